//! Who may answer: not the program that the question is about. On a terminal, a program could run the command that
//! answers, so an answer counts only from a terminal that isn't the program's, where nothing but the terminal's app started
//! both.

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::program::Program;

/// Who brings an answer.
#[derive(Debug)]
pub enum Answerer {
    /// A window of Daypass.
    Window,
    /// A command, run by this program as far as the system tells.
    Command(Option<Program>),
}

/// Checks that an answer comes from the person.
///
/// # Errors
///
/// `consent-own-terminal`.
pub(in crate::broker) fn check(asks: &Program, by: &Answerer) -> Result<(), Problem> {
    match by {
        Answerer::Window => Ok(()),
        Answerer::Command(Some(shell)) if is_elsewhere(asks, shell) => Ok(()),
        Answerer::Command(_) => {
            let message = "this answer doesn't count, because the asking program could have given it".to_owned();
            Err(Problem::new(ProblemKind::Refused, ProblemCode::ConsentOwnTerminal, message)
                .hint("answer in a terminal other than the program's, or in Daypass's window"))
        }
    }
}

fn is_elsewhere(asks: &Program, shell: &Program) -> bool {
    let (asks_at, answers_at) = (asks.terminal.as_ref(), shell.terminal.as_ref());
    let ways = |program: &Program| {
        // The last one is the terminal's app, which has several windows.
        let own = program.parents.split_last().map_or(&[][..], |(_, own)| own).iter().map(|parent| parent.process);
        std::iter::once(program.process).chain(own).collect::<Vec<u32>>()
    };
    let theirs = ways(asks);
    answers_at.is_some() && asks_at != answers_at && !ways(shell).iter().any(|process| theirs.contains(process))
}

#[cfg(test)]
mod tests {
    use daypass_core::program::ParentProgram;

    use super::*;

    fn program(terminal: Option<&str>, processes: &[u32]) -> Program {
        let parent = |process: &u32| ParentProgram { process: *process, ..ParentProgram::default() };
        Program {
            process: processes[0],
            parents: processes[1..].iter().map(parent).collect(),
            terminal: terminal.map(str::to_owned),
            ..Program::default()
        }
    }

    fn counts(asks: &Program, shell: Option<Program>) -> bool {
        check(asks, &Answerer::Command(shell)).is_ok()
    }

    #[test]
    fn a_program_cannot_answer_for_the_person() {
        let asks = program(Some("pts/1"), &[30, 20, 10]);
        assert!(check(&asks, &Answerer::Window).is_ok());
        assert!(counts(&asks, Some(program(Some("pts/2"), &[40, 10]))), "another tab of the same app");
        assert!(!counts(&asks, Some(program(Some("pts/1"), &[40, 10]))), "the same terminal");
        assert!(!counts(&asks, Some(program(None, &[40, 10]))), "no terminal");
        assert!(
            !counts(&asks, Some(program(Some("pts/2"), &[50, 30, 20, 10]))),
            "its own child, on a terminal it made"
        );
        assert!(!counts(&asks, Some(program(Some("pts/2"), &[50, 20, 10]))), "started by the shell that started it");
        assert!(!counts(&asks, None));
        // A program without a terminal, such as an editor's.
        let editor = program(None, &[30, 20, 10]);
        assert!(counts(&editor, Some(program(Some("pts/2"), &[40, 11]))));
        assert!(!counts(&editor, Some(program(None, &[40, 11]))));
    }
}
