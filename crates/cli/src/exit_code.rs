//! The exit codes.

use daypass_core::problem::ProblemKind;

/// `daypass --help` and the docs describe these.
pub(crate) fn exit_code(kind: ProblemKind) -> u8 {
    match kind {
        ProblemKind::Failed | ProblemKind::Cancelled => 1,
        ProblemKind::Invalid => 2,
        ProblemKind::NeedsSignIn => 3,
        ProblemKind::NotFound => 4,
        ProblemKind::Refused => 5,
        ProblemKind::Passing => 6,
    }
}
