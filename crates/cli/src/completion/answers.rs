//! Completions for the current word.

use std::ffi::OsString;
use std::io::Error;
use std::path::Path;

use clap::Command;
use clap_complete::engine::{CompletionCandidate, complete};

pub(super) struct Answer {
    pub(super) word: String,
    /// What it stands for, in one line.
    pub(super) about: String,
}

/// What the last word may become. Options are offered to who begins one, or where nothing else is.
pub(super) fn answers(command: &mut Command, args: Vec<OsString>, folder: Option<&Path>) -> Result<Vec<Answer>, Error> {
    let last = args.len().saturating_sub(1);
    let begins_option = args.last().is_some_and(|word| is_option(&word.to_string_lossy()));
    let mut answers: Vec<Answer> = complete(command, args, last, folder)?.iter().map(answer).collect();
    if !begins_option && answers.iter().any(|answer| !is_option(&answer.word)) {
        answers.retain(|answer| !is_option(&answer.word));
    }
    Ok(answers)
}

fn answer(candidate: &CompletionCandidate) -> Answer {
    let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
    Answer {
        word: candidate.get_value().to_string_lossy().into_owned(),
        about: help.lines().next().unwrap_or_default().to_owned(),
    }
}

fn is_option(word: &str) -> bool {
    word.starts_with('-')
}
