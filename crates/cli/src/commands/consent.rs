//! `daypass consent`: the questions about programs, on the person's own terminal.

use std::io::{BufRead as _, Write as _};

use daypass_broker::requests::{AnswerConsent, AwaitConsentQuestion, GetConsents, RevokeConsents};
use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::consent::{ConsentAnswer, ConsentGiven, ConsentHolds, ConsentQuestion, Consents, answers_to};
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::settings::AskWhen;
use daypass_core::text;
use serde_json::json;

use crate::args::ConsentCommand;
use crate::ask::{agent_runs, ask_quietly};
use crate::say;

pub(super) fn run(command: ConsentCommand) -> Result<(), Problem> {
    match command {
        ConsentCommand::List => list(),
        ConsentCommand::Watch => watch(),
        ConsentCommand::Allow { id, keep, read_only } => {
            let answer = match (keep, read_only) {
                (_, true) => ConsentAnswer::ReadOnly,
                (true, false) => ConsentAnswer::Program,
                (false, false) => ConsentAnswer::Once,
            };
            answered(id, answer)
        }
        ConsentCommand::Deny { id } => answered(id, ConsentAnswer::No),
        ConsentCommand::Revoke { id, all: _ } => revoke(id),
    }
}

fn list() -> Result<(), Problem> {
    let consents = ask_quietly(GetConsents)?;
    if say::wants_json() {
        return say::json(&consents);
    }
    let Consents { questions, given } = consents;
    if questions.is_empty() && given.is_empty() {
        say::note("No programs are waiting for your answer, and you have no current answers");
        return Ok(());
    }
    let mut rows = vec![["NUMBER", "PROGRAM", "ROLE", "ANSWER", "HOLDS"].map(str::to_owned).to_vec()];
    rows.extend(questions.iter().map(|question| {
        let left = say::span(question.until - SystemClock.now());
        let words = [question.program.words(), question.role.words(), "waiting for you".to_owned(), left];
        std::iter::once(question.id.to_string()).chain(words).collect()
    }));
    rows.extend(given.iter().map(|given| {
        let words = [given.program.words(), given.role.words(), answer_words(given.answer).to_owned(), holds(given)];
        std::iter::once(given.id.to_string()).chain(words).collect()
    }));
    say::table(&rows);
    Ok(())
}

fn answered(id: u32, answer: ConsentAnswer) -> Result<(), Problem> {
    needs_agent()?;
    let given = ask_quietly(AnswerConsent { id, answer, asked_by: None })?;
    say::result(&given, || say::line(&said(&given)))
}

fn revoke(id: Option<u32>) -> Result<(), Problem> {
    let taken_back = ask_quietly(RevokeConsents { id })?;
    say::result(&json!({ "revoked": taken_back }), || match taken_back.as_slice() {
        [] => say::line("No answer holds"),
        some => say::line(&format!("Revoked {}", say::count(some.len(), "answer"))),
    })
}

/// Asks each question that comes, until the person ends it.
fn watch() -> Result<(), Problem> {
    needs_agent()?;
    if !say::can_confirm() {
        let message = "`daypass consent watch` needs a terminal to ask you in";
        return Err(Problem::new(ProblemKind::Invalid, ProblemCode::BadUsage, message)
            .hint("run it in a terminal, or answer by number: daypass consent list"));
    }
    say::note("Daypass asks you here about programs that need your consent. Press Ctrl-C to stop");
    let mut known = Vec::new();
    loop {
        let Consents { questions, .. } = ask_quietly(AwaitConsentQuestion { known: known.clone() })?;
        known.retain(|id| questions.iter().any(|question| question.id == *id));
        for question in questions {
            if known.contains(&question.id) {
                continue;
            }
            known.push(question.id);
            let Some(answer) = chosen(&question) else { return Ok(()) };
            match ask_quietly(AnswerConsent { id: question.id, answer, asked_by: None }) {
                Ok(given) => say::line(&said(&given)),
                // The question is over, or the answer doesn't count. The next one may.
                Err(problem) => say::problem(&problem),
            }
        }
    }
}

/// What the person chooses. `None` at the end of the input.
fn chosen(question: &ConsentQuestion) -> Option<ConsentAnswer> {
    let answers = answers_to(question);
    let choices: Vec<String> = answers.iter().map(|answer| choice(*answer, question.ask)).collect();
    for line in lines(question) {
        say::line(&line);
    }
    loop {
        let _ = write!(std::io::stderr(), "  {}: ", choices.join(", "));
        let mut typed = String::new();
        if std::io::stdin().lock().read_line(&mut typed).ok()? == 0 {
            return None;
        }
        let typed = typed.trim().to_ascii_lowercase();
        if let Some(answer) = answers.iter().find(|answer| key(**answer) == typed) {
            return Some(*answer);
        }
    }
}

/// What a question says. The program's own texts were made safe when they were read.
pub(super) fn lines(question: &ConsentQuestion) -> Vec<String> {
    let ConsentQuestion { id, program, folder, role, processes, .. } = question;
    let production = if role.production { ", which is production" } else { "" };
    let more = if *processes > 1 { format!(" ({processes} processes)") } else { String::new() };
    let first = format!("\n{id}. {}{more} wants to use {}{production}", program.words(), role.words());
    let facts = [
        folder.as_ref().map(|folder| format!("   folder: {folder}")),
        program.executable.as_ref().map(|path| format!("   runs: {path}")),
        program.container.as_ref().map(|container| format!("   container: {container}")),
    ];
    std::iter::once(first)
        .chain(facts.into_iter().flatten())
        .map(|line| text::shown_lines(&line).into_owned())
        .collect()
}

fn key(answer: ConsentAnswer) -> &'static str {
    match answer {
        ConsentAnswer::Once => "o",
        ConsentAnswer::Program => "k",
        ConsentAnswer::ReadOnly => "r",
        ConsentAnswer::No => "n",
    }
}

fn choice(answer: ConsentAnswer, ask: AskWhen) -> String {
    let words = match (answer, ask) {
        (ConsentAnswer::Once, _) => "once",
        (ConsentAnswer::Program, AskWhen::PerSession) => "keep until the session ends",
        (ConsentAnswer::Program, _) => "keep until you revoke it",
        (ConsentAnswer::ReadOnly, _) => "read-only",
        (ConsentAnswer::No, _) => "no",
    };
    format!("[{}] {words}", key(answer))
}

fn answer_words(answer: ConsentAnswer) -> &'static str {
    match answer {
        ConsentAnswer::Once => "allowed once",
        ConsentAnswer::Program => "allowed",
        ConsentAnswer::ReadOnly => "allowed read-only",
        ConsentAnswer::No => "refused",
    }
}

fn holds(given: &ConsentGiven) -> String {
    match given.holds {
        ConsentHolds::Process => "while it runs".to_owned(),
        ConsentHolds::Session => "until the session ends".to_owned(),
        ConsentHolds::UntilRevoked => "until you revoke it".to_owned(),
        ConsentHolds::Until { at } => format!("for another {}", say::span(at - SystemClock.now())),
    }
}

/// `Allowed once: aws, by zsh, in konsole, for Admin in shop-prod (123456789012). Valid while it runs`
fn said(given: &ConsentGiven) -> String {
    let mut words = answer_words(given.answer).to_owned();
    words.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
    format!("{words}: {}, for {}. Valid {}", given.program.words(), given.role.words(), holds(given))
}

fn needs_agent() -> Result<(), Problem> {
    if agent_runs() {
        return Ok(());
    }
    let message = "no agent is running, so no programs are waiting for your answer";
    Err(Problem::new(ProblemKind::NotFound, ProblemCode::NoAgent, message)
        .hint("start the desktop app, or `daypass agent`")
        .next(NextStep::StartAgent))
}
