//! What may be logged, where a person asks for logs.

/// A filter of `tracing` without what would show secrets: at `trace`, the AWS SDK writes out requests with all their
/// headers, and the portal of IAM Identity Center takes its token in a header that the SDK does not know as secret.
#[must_use]
pub fn filter(asked: &str) -> String {
    // The last directive of a target counts, and the longest target before all shorter ones.
    let own = ["aws_smithy_runtime", "aws_smithy_runtime::client", "aws_smithy_runtime::client::orchestrator"];
    own.iter().fold(asked.to_owned(), |filter, target| format!("{filter},{target}=debug"))
}
