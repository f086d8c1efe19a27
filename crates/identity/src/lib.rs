//! Prove: ways to prove who one is, one module a kind.
//!
//! A kind is a struct of settings and what it can do with them: [`Kind`] (settings, pure) and [`Identity`] (settings at
//! a [`Desk`]: sign in, say where it stands, list roles, exchange). The list of kinds stands once, in `kinds.rs`.
//! What all kinds share is here too: `sign_ins` (one sign-in at a time for each identity), `desk` (vault, clock,
//! turns, STS), `client` (who Daypass is to a provider), `loopback` (the address that a browser returns to).

pub mod browser;
mod client;
mod command_line;
mod desk;
mod kinds;
mod loopback;
mod page;
mod sign_ins;
mod trial;
mod words;

#[cfg(test)]
mod bench;

pub mod cognito;
pub mod directory;
pub mod iam_user;
pub mod identity_center;
pub mod oauth;
pub mod oidc;
pub mod profile;
pub mod saml;

use chrono::{DateTime, Utc};

pub use desk::{Desk, Draft, Shared};
pub use kinds::{check, identity, operation, secrets};
pub use sign_ins::{Asked, SamlPage, SamlWindow, Show, SignInCall};
pub use sign_ins::{SignIns, naming_the_way};
pub use trial::{TellTrial, Trial};

use daypass_core::Boxed;
use daypass_core::credentials::IssuedCredentials;
use daypass_core::names::{IdentityName, Target};
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::session_request::SessionRequest;
use daypass_core::view::{CatalogProgress, IdentityState, SecretField, SignInWay};
use daypass_sts::Operation;

/// The settings of a kind: what `config.toml` holds of it, and nothing secret.
pub trait Kind {
    /// Whether settings are well-formed, before they are saved. No network, no files.
    ///
    /// # Errors
    ///
    /// The first field that cannot be used: what, where, and what to write instead.
    fn check(&self) -> Result<(), Problem>;

    /// Secrets that the person gives once and that stay in the vault.
    fn secrets(&self) -> Vec<SecretField> {
        Vec::new()
    }

    /// The operation by which it reaches a target by itself (no chain): a declared role's terms are checked against it.
    fn operation(&self, target: &Target) -> Operation {
        Operation::by_keys(target)
    }

    /// The identity with these settings.
    fn at(&self, desk: Desk) -> Box<dyn Identity>;
}

/// Settings that would make every other kind's as large as themselves.
impl<K: Kind> Kind for Box<K> {
    fn check(&self) -> Result<(), Problem> {
        (**self).check()
    }

    fn secrets(&self) -> Vec<SecretField> {
        (**self).secrets()
    }

    fn operation(&self, target: &Target) -> Operation {
        (**self).operation(target)
    }

    fn at(&self, desk: Desk) -> Box<dyn Identity> {
        (**self).at(desk)
    }
}

/// An identity: settings at a desk. Made for each question; it holds nothing that is not in the vault or in
/// [`Shared`].
pub trait Identity: Send + Sync {
    /// How a person signs in.
    fn way(&self) -> SignInWay;

    /// One line for lists: where the provider is, or whose key.
    fn provider(&self) -> String;

    /// Another identity that signs in for this one.
    fn signed_in_by(&self) -> Option<IdentityName> {
        None
    }

    /// Where it stands, as far as is known without asking anybody.
    ///
    /// # Errors
    ///
    /// When the vault cannot be opened.
    fn standing(&self) -> Result<Standing, Problem>;

    /// Roles that are known from its proof or from what was discovered. No network.
    fn roles(&self) -> Vec<FoundRole> {
        Vec::new()
    }

    /// Whether its roles are listed over the network, by [`Identity::discover`].
    fn lists_roles(&self) -> bool {
        false
    }

    /// Whether they were listed long ago or never. False while nobody is signed in.
    fn is_catalog_old(&self) -> bool {
        false
    }

    /// Lists its roles over the network, keeps them for [`Identity::roles`], and returns how many there are. `tell`
    /// hears how far it is. Never asks the person.
    ///
    /// # Errors
    ///
    /// `nothing-to-refresh` for kinds that do not list roles; what the service refuses.
    fn discover<'a>(&'a self, tell: &'a (dyn Fn(CatalogProgress) + Send + Sync)) -> Boxed<'a, Result<usize, Problem>> {
        let _ = tell;
        Box::pin(async {
            let message = "this kind of identity does not list roles over the network";
            Err(Problem::new(ProblemKind::Refused, "nothing-to-refresh", message)
                .hint("its roles are those of config.toml, and those that a sign-in brings"))
        })
    }

    /// Signs a person in, keeps the proof, and returns what the person is called. The future is dropped when the
    /// person cancels or time is up. At most one runs for an identity.
    ///
    /// # Errors
    ///
    /// What the provider or the person refused.
    fn sign_in<'a>(&'a self, call: &'a SignInCall<'a>) -> Boxed<'a, Result<String, Problem>>;

    /// Whether a new proof is worth renewing all its sessions at once, because it will be spent in minutes.
    fn proof_is_short_lived(&self) -> bool {
        false
    }

    /// New credentials for a request whose target this identity reaches by itself (no chain). Never asks the person:
    /// without a proof in hand it fails with [`ProblemKind::NeedsSignIn`](daypass_core::problem::ProblemKind::NeedsSignIn).
    ///
    /// # Errors
    ///
    /// What proof or exchange refuse.
    fn issue<'a>(&'a self, request: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, Problem>>;

    /// Throws the proof away, here and at the provider where it can be told; false when there was none.
    ///
    /// # Errors
    ///
    /// When the vault cannot be written.
    fn sign_out(&self) -> Boxed<'_, Result<bool, Problem>>;

    /// "Try it now": what a sign-in needs, step by step, without the person.
    fn try_out<'a>(&'a self, trial: &'a Trial<'a>) -> Boxed<'a, ()>;
}

/// Where an identity stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// State; whether a sign-in is under way is added by who knows.
    pub state: IdentityState,
    /// Who is, or was, signed in.
    pub person: Option<String>,
    /// Until when credentials are to be had without the person; unknown while something renews itself.
    pub until: Option<DateTime<Utc>>,
}

impl Standing {
    /// Nobody is signed in.
    pub(crate) fn signed_out() -> Self {
        Self { state: IdentityState::SignedOut, person: None, until: None }
    }

    /// Of a token that ends, where one that `renews` it may be there: then nobody knows until when.
    pub(crate) fn with_token(person: String, renews: bool, is_good: bool, ends: DateTime<Utc>) -> Self {
        let state = if renews || is_good { IdentityState::SignedIn } else { IdentityState::NeedsSignIn };
        Self { state, person: Some(person), until: (!renews).then_some(ends) }
    }
}

/// A role that an identity is known to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRole {
    /// What credentials are of.
    pub target: Target,
    /// A name for the account.
    pub account_name: Option<String>,
}
