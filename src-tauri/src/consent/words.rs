//! The texts of the consent window. A program's own texts were made safe when they were read.

use daypass_core::consent::{ConsentAnswer, ConsentQuestion};
use daypass_core::history::TakenBy;
use daypass_core::settings::AskWhen;

pub(super) fn title(question: &ConsentQuestion) -> String {
    format!("{} wants to use {}", question.program.name, question.role.arn.name())
}

/// The question itself.
pub(super) fn asks(question: &ConsentQuestion) -> String {
    let production = if question.role.production { ", a production account" } else { "" };
    let role = format!("{}{production}", question.role.words());
    let program = &question.program.name;
    match question.by {
        TakenBy::Process | TakenBy::Endpoint | TakenBy::Clipboard => {
            format!("Give {program} the credentials of {role}?")
        }
        TakenBy::Variables => format!("Give {program} keys of {role}? Daypass doesn't renew them."),
        TakenBy::Console => format!("Let {program} open the AWS console as {role}?"),
    }
}

/// What the system says about the program, as labels and values.
pub(super) fn facts(question: &ConsentQuestion) -> Vec<(&'static str, String)> {
    let ConsentQuestion { program, folder, consumer, processes, .. } = question;
    let several = (*processes > 1).then(|| format!("{processes} processes"));
    let all = [
        ("Started", program.parent_words()),
        ("Folder", folder.clone()),
        ("Runs", program.executable.clone()),
        ("Container", program.container.clone()),
        ("For", consumer.clone()),
        ("Waiting", several),
    ];
    all.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
}

/// How many other questions are waiting.
pub(super) fn others(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("1 more program is waiting".to_owned()),
        more => Some(format!("{more} more programs are waiting")),
    }
}

/// A button's label, with the letter that presses it.
pub(super) fn button(answer: ConsentAnswer, ask: AskWhen) -> &'static str {
    match (answer, ask) {
        (ConsentAnswer::Once, _) => "_Once",
        (ConsentAnswer::Program, AskWhen::PerSession) => "_Until the session ends",
        (ConsentAnswer::Program, _) => "_This program from now on",
        (ConsentAnswer::ReadOnly, _) => "_Read-only instead",
        (ConsentAnswer::No, _) => "_No",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use daypass_core::consent::ConsentRole;
    use daypass_core::program::{ParentProgram, Program};

    use super::*;

    fn question() -> ConsentQuestion {
        let parent = |name: &str| ParentProgram { name: name.to_owned(), ..ParentProgram::default() };
        ConsentQuestion {
            id: 1,
            at: "2026-11-30T12:00:00Z".parse().unwrap(),
            until: "2026-11-30T12:02:00Z".parse().unwrap(),
            program: Program {
                name: "terraform".to_owned(),
                executable: Some("/usr/bin/terraform".to_owned()),
                parents: vec![parent("zsh"), parent("konsole")],
                ..Program::default()
            },
            folder: Some("~/shop".to_owned()),
            by: TakenBy::Process,
            consumer: None,
            role: ConsentRole {
                id: String::new(),
                arn: "arn:aws:iam::123456789012:role/Admin".parse().unwrap(),
                account: "123456789012".parse().unwrap(),
                account_name: Some("shop-prod".to_owned()),
                production: true,
                profile: "prod".parse().unwrap(),
            },
            ask: AskWhen::FirstUse,
            can_be_read_only: true,
            processes: 3,
        }
    }

    #[test]
    fn the_question_names_program_folder_role_and_account() {
        let question = question();
        assert_eq!(title(&question), "terraform wants to use Admin");
        let asked = asks(&question);
        assert_eq!(asked, "Give terraform the credentials of Admin in shop-prod (123456789012), a production account?");
        let facts = facts(&question);
        let facts: Vec<(&str, &str)> = facts.iter().map(|(label, value)| (*label, value.as_str())).collect();
        let expected = [
            ("Started", "by zsh, in konsole"),
            ("Folder", "~/shop"),
            ("Runs", "/usr/bin/terraform"),
            ("Waiting", "3 processes"),
        ];
        assert_eq!(facts, expected);
        assert_eq!((others(0), others(2).unwrap().as_str()), (None, "2 more programs are waiting"));
    }
}
