//! Prove: one folder for each kind of identity. What comes out of a sign-in is a proof, which `exchange` takes.

pub mod oidc;
pub mod proofs;

pub use oidc::OidcProof;
