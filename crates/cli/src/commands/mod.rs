//! One module for each group of subcommands.

mod account;
mod agent;
mod browser;
mod catalog;
mod change;
mod choose;
mod config;
mod consent;
mod console;
mod credential_process;
mod doctor;
mod elevate;
mod exec;
mod export;
mod facts;
mod favourite;
mod here;
mod identity;
mod import;
mod import_words;
mod last_uses;
mod leaked;
mod lease;
mod logs;
mod man_pages;
mod meant;
mod own_path;
mod profiles;
mod prompt;
mod question;
mod role;
mod run_agent;
mod sandbox;
mod save;
mod serve;
mod session;
mod session_source;
mod shell;
mod sign_in_first;
mod snapshot;
mod status;
mod use_role;
mod vault;

use daypass_core::problem::Problem;
use serde_json::json;

use crate::args::Command;
use crate::completion;
use crate::say;

pub(crate) fn run(command: Command) -> Result<(), Problem> {
    match command {
        // First, because tools call it thousands of times a day.
        Command::CredentialProcess { profile, role, wait } => credential_process::print(profile, role, wait),
        Command::Identity(command) => identity::run(command),
        Command::Role(command) => role::run(command),
        Command::Account(command) => account::run(command),
        Command::Favourite(command) => favourite::run(command),
        Command::Catalog(command) => catalog::run(command),
        Command::Start(start) => session::start(start),
        Command::Change(change) => change::change(change),
        Command::Renew { profile, sign_in } => session::renew(profile, sign_in),
        Command::Stop { profile, all: _, give_back } => session::stop(profile, give_back),
        Command::Status(wanted) => status::status(wanted),
        Command::Env { profile, shell, sign_in } => session::env(profile, shell, sign_in),
        Command::Exec(exec) => exec::exec(exec),
        Command::Lease(lease) => lease::run(lease),
        Command::Elevate(asked) => elevate::elevate(asked),
        Command::FallBack { profile } => elevate::fall_back(profile),
        Command::Serve(serve) => serve::run(serve),
        Command::Shell(wanted) => shell::shell(wanted),
        Command::Use(wanted) => use_role::use_role(wanted),
        Command::Unuse(caller) => use_role::unuse(caller),
        Command::Init { shell } => use_role::init(shell),
        Command::Prompt { format } => prompt::prompt(&format),
        Command::Consent(command) => consent::run(command),
        Command::Console(wanted) => console::run(wanted),
        Command::Browser(command) => browser::run(command),
        Command::Whoami { profile } => question::whoami(profile),
        Command::Why { message, profile } => question::why(message, profile),
        Command::WhoseKey { access_key_id, profile } => question::whose_key(access_key_id, profile),
        Command::Leaked(asked) => leaked::leaked(asked),
        Command::Agent { command } => agent::run(command),
        Command::Sandbox(options) => sandbox::run(options),
        Command::Import(import) => import::run(import),
        Command::Profiles(command) => profiles::run(command),
        Command::Config(command) => config::run(command),
        Command::Export(export) => export::export(export),
        Command::Restore(restore) => export::restore(restore),
        Command::Vault(command) => vault::run(command),
        Command::Lock => vault::lock(),
        Command::Unlock => vault::unlock(),
        Command::Doctor => doctor::run(),
        Command::Completions { shell } => completions(shell),
        Command::Logs(command) => logs::run(command),
        Command::ManPages { folder } => man_pages::write(&folder),
    }
}

fn completions(shell: clap_complete::Shell) -> Result<(), Problem> {
    let script = completion::script(shell)?;
    say::result(&json!({ "shell": shell.to_string(), "script": script }), || say::line(script.trim_end()))
}
