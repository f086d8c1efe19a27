//! What may be logged when you ask for logs.

/// A filter for `tracing` that leaves secrets out. At `trace`, the AWS SDK logs requests with all their headers, and
/// the portal of IAM Identity Center expects its token in a header that the SDK doesn't treat as a secret.
#[must_use]
pub fn filter(asked: &str) -> String {
    // The last directive for a target wins, and a longer target wins over a shorter one.
    let own = ["aws_smithy_runtime", "aws_smithy_runtime::client", "aws_smithy_runtime::client::orchestrator"];
    own.iter().fold(asked.to_owned(), |filter, target| format!("{filter},{target}=debug"))
}
