//! The limits of STS that a response has to keep.

/// The most characters of base64 that STS takes
/// (`SAMLAssertion` of <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html>).
pub const LONGEST_ASSERTION: usize = 100_000;
