//! The exit codes.

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

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

/// That of a problem. A program that can't be started has the codes that shells and env(1) have for it.
pub(crate) fn exit_code_of(problem: &Problem) -> u8 {
    match (problem.code, problem.kind) {
        (ProblemCode::ExecProgram, ProblemKind::NotFound) => 127,
        (ProblemCode::ExecProgram, _) => 126,
        (_, kind) => exit_code(kind),
    }
}
