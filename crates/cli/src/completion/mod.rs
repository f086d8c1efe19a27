//! What a shell completes on Tab: commands and options from the command line's definition, names from the files that
//! the broker keeps for it. Neither the vault nor an agent is asked, because a key is pressed often.
//!
//! `daypass completions SHELL` prints a script that asks this program, with [`VARIABLE`] set. What a name contains is
//! up to a shared `config.toml` or to a provider, so each script takes it as text, and quotes it where it's put into a
//! command.

mod answers;
mod bash;
mod candidates;
mod shells;

use std::ffi::OsString;

use clap::{Command, CommandFactory};
use clap_complete::ArgValueCompleter;
use clap_complete::CompleteEnv;
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::{Elvish, EnvCompleter, Shells};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

use crate::args::Arguments;
use bash::Bash;
use candidates::{accounts, identities, profiles, regions, roles, services};
use shells::{Fish, PowerShell, Zsh};

/// Names the shell that asks. Set for that one question by the script.
const VARIABLE: &str = "_DAYPASS_COMPLETE";

const SHELLS: &[&dyn EnvCompleter] = &[&Bash, &Elvish, &Fish, &PowerShell, &Zsh];

/// Answers if a shell asks. Returns whether one did.
pub(crate) fn answer(given: &[OsString]) -> bool {
    let folder = std::env::current_dir().ok();
    let shell = CompleteEnv::with_factory(command).var(VARIABLE).shells(Shells(SHELLS));
    // A mistake in the question would disturb the line that the person types.
    shell.try_complete(given.iter().cloned(), folder.as_deref()).unwrap_or(true)
}

/// The script for a shell.
pub(crate) fn script(shell: clap_complete::Shell) -> Result<String, Problem> {
    let mut script = Vec::new();
    let name = shell.to_string();
    let known = Shells(SHELLS).completer(&name).map(|shell| {
        // By its name, so that the script outlives an update that puts the program elsewhere.
        shell.write_registration(VARIABLE, "daypass", "daypass", "daypass", &mut script)
    });
    match known {
        Some(Ok(())) => Ok(String::from_utf8_lossy(&script).into_owned()),
        Some(Err(_)) | None => {
            let message = format!("daypass doesn't complete names in {name}");
            Err(Problem::new(ProblemKind::Invalid, ProblemCode::BadUsage, message))
        }
    }
}

/// The command line, with what its arguments may be.
fn command() -> Command {
    with_names(Arguments::command(), false)
}

/// Arguments are known by their names, so a new one that is called `role` is completed as the others are.
fn with_names(command: Command, is_of_identity: bool) -> Command {
    let is_added = command.get_name() == "add";
    let of_identity = is_of_identity && !is_added;
    let completer = move |argument: &str| -> Option<fn(&std::ffi::OsStr) -> Vec<CompletionCandidate>> {
        match argument {
            "role" | "roles" => Some(roles),
            "profile" => Some(profiles),
            "identity" => Some(identities),
            "name" if of_identity => Some(identities),
            "region" | "default_region" => Some(regions),
            "account" => Some(accounts),
            "service" => Some(services),
            _ => None,
        }
    };
    let command = command.mut_args(|argument| match completer(argument.get_id().as_str()) {
        Some(complete) => argument.add(ArgValueCompleter::new(complete)),
        None => argument,
    });
    let is_of_identity = of_identity || command.get_name() == "identity";
    command.mut_subcommands(|sub| with_names(sub, is_of_identity))
}
