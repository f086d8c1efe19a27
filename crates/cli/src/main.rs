//! The `daypass` command: short-lived AWS credentials from the terminal.
//!
//! The window can do everything that this command does. Each subcommand is one request to the broker. The running
//! agent answers it or, if no agent runs, this process does (`ask`).

mod args;
mod ask;
mod commands;
mod completion;
mod ending;
mod exit_code;
mod held_signals;
mod picker;
mod say;
mod usage;

use std::alloc::System;
use std::io::IsTerminal;
use std::process::ExitCode;

use args::{Command, ShellName};
use daypass_core::log::LogFilter;
use daypass_deliver::env;
use daypass_vault::memory;
use exit_code::{exit_code, exit_code_of};
use usage::WrongUsage;
use zeroizing_alloc::ZeroAlloc;

/// What is freed is zeroed: a locked vault leaves no secret in memory, and neither does a request that was answered.
#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    #[cfg(windows)]
    windows_access::keep_streams();
    let given: Vec<_> = std::env::args_os().collect();
    if completion::answer(&given) {
        return ExitCode::SUCCESS;
    }
    let arguments = match usage::parse(given) {
        Ok(arguments) => arguments,
        Err(wrong) => return wrongly_used(&wrong),
    };
    say::use_json(arguments.json);
    start_log(arguments.verbose);
    // A program that Daypass starts inherits its limits. A process that can't be traced leaves no core dump either.
    if !matches!(arguments.command, Command::Sandbox(_) | Command::Exec(_) | Command::Lease(_) | Command::Shell(_)) {
        memory::forbid_core_dumps();
    }
    // The sandbox holds nothing secret. The agent has to see whose program a command is that asks for credentials, so
    // that one forbids it a moment later (`ask.rs`), before it has any.
    match &arguments.command {
        Command::Sandbox(_) => {}
        command if command.takes_credentials() => ask::is_to_be_seen(),
        _ => memory::forbid_tracing(),
    }
    let shell = arguments.command.evaluated_by();
    match commands::run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            say::problem(&problem);
            failed(exit_code_of(&problem), shell)
        }
    }
}

/// The end of a command line that can't be carried out. Help isn't a mistake.
fn wrongly_used(wrong: &WrongUsage) -> ExitCode {
    if wrong.is_help() {
        let is_evaluated = wrong.evaluated_by().is_some() && !std::io::stdout().is_terminal();
        if is_evaluated {
            wrong.print_aside()
        } else {
            wrong.print()
        }
        return ExitCode::SUCCESS;
    }
    let problem = wrong.problem();
    say::use_json(wrong.wants_json());
    if wrong.wants_json() {
        say::problem(&problem);
    } else {
        wrong.print();
    }
    failed(exit_code(problem.kind), wrong.evaluated_by())
}

/// The end of a command that failed. A shell that evaluates its output, as in `eval "$(daypass env dev)"`, would not
/// see that: it gets a statement that fails too.
fn failed(code: u8, shell: Option<ShellName>) -> ExitCode {
    if let Some(statement) = shell.and_then(|shell| env::failure(shell.into(), code))
        && !say::wants_json()
        && !std::io::stdout().is_terminal()
    {
        say::line(&statement);
    }
    ExitCode::from(code)
}

/// Starts the log for `--verbose`, or for `DAYPASS_LOG` with a `tracing` filter. Log lines never contain secrets.
fn start_log(verbose: bool) {
    let asked = std::env::var("DAYPASS_LOG").ok();
    let verbose = verbose && asked.is_none();
    if let Some(asked) = asked.or_else(|| verbose.then(|| "daypass=debug,single_flight=debug".to_owned())) {
        let LogFilter { text, mistakes } = daypass_core::log::filter(&asked);
        for mistake in mistakes {
            say::note(&format!("daypass: DAYPASS_LOG: {mistake}. It's ignored"));
        }
        let log = tracing_subscriber::fmt()
            .with_env_filter(text)
            .with_ansi(say::has_colours(&std::io::stderr()))
            .with_writer(std::io::stderr);
        // Who says when and where is for those who read the code.
        if verbose { log.without_time().with_target(false).with_level(false).init() } else { log.init() }
    }
}
