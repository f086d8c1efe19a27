//! The `daypass` command: short-lived AWS credentials from the terminal.
//!
//! The window can do everything that this command does. Each subcommand is one request to the broker. The running
//! agent answers it or, if no agent runs, this process does (`ask`).

mod args;
mod ask;
mod commands;
mod ending;
mod exit_code;
mod say;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};
use daypass_core::log::LogFilter;
use daypass_vault::memory;
use exit_code::exit_code;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log(arguments.verbose);
    if !matches!(arguments.command, Command::Sandbox(_)) {
        // What runs in the sandbox inherits limits, and there is nothing secret in it.
        memory::forbid_core_dumps();
        memory::forbid_tracing();
    }
    let say_problem = if arguments.command.wants_json() { say::problem_json } else { say::problem };
    match commands::run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            say_problem(&problem);
            ExitCode::from(exit_code(problem.kind))
        }
    }
}

/// Starts the log for `--verbose`, or for `DAYPASS_LOG` with a `tracing` filter. Log lines never contain secrets.
fn start_log(verbose: bool) {
    let asked =
        std::env::var("DAYPASS_LOG").ok().or_else(|| verbose.then(|| "daypass=debug,daypass_broker=debug".into()));
    if let Some(asked) = asked {
        let LogFilter { text, mistakes } = daypass_core::log::filter(&asked);
        for mistake in mistakes {
            say::note(&format!("daypass: DAYPASS_LOG: {mistake}. It is ignored"));
        }
        tracing_subscriber::fmt()
            .with_env_filter(text)
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr)
            .init();
    }
}
