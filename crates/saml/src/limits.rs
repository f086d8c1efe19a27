//! STS's limits for a response.

/// The most characters of base64 that STS accepts
/// (`SAMLAssertion` of <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html>).
pub const LONGEST_ASSERTION: usize = 100_000;
