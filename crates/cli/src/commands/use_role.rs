//! `daypass use`: a role for the current shell, through the function that `daypass init` prints.

use daypass_broker::requests::StartSession;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::view::SessionView;
use daypass_deliver::env::{Variables, marks, statements};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::choose::{named_or_chosen, or_chosen};
use super::here::{EXEC, refuse_hidden_file, refuse_nested, variable};
use super::profiles;
use super::prompt::ask_agent;
use super::session;
use super::sign_in_first::sign_in_first;
use crate::args::{CallingShell, FunctionShell, ShellName, Use};
use crate::ask::agent_runs;
use crate::say;

/// Starts the role, and prints what the shell evaluates.
pub(super) fn use_role(wanted: Use) -> Result<(), Problem> {
    let Use { role, clear, profile, region, read_only, nested, caller, sign_in } = wanted;
    if clear {
        return unuse(caller);
    }
    let shell = function_of(caller, "use")?;
    refuse_nested(nested)?;
    refuse_hidden_file()?;
    let role = named_or_chosen(role, "daypass use ROLE", &sign_in)?;
    let started = or_chosen(&role, &sign_in, |role| {
        sign_in_first(sign_in, |person| {
            let (role, profile, region) = (role.to_owned(), profile.clone(), region.clone());
            StartSession { role, profile, also: Vec::new(), region, replace: false, read_only, person }
        })
    })?;
    profiles::follow_session(None, &started)?;
    print(&variables_for(&started), shell)?;
    tell(&started)
}

/// Takes back what `use` and `env` set.
pub(super) fn unuse(caller: CallingShell) -> Result<(), Problem> {
    let shell = function_of(caller, "unuse")?;
    if let Some(around) = variable(EXEC).filter(|around| variable(marks::PROFILE).as_ref() == Some(around)) {
        let message =
            format!("this shell has the credentials of profile {around} from `daypass exec` or `daypass shell`");
        return Err(Problem::new(ProblemKind::Refused, ProblemCode::ExecNested, message).hint("type exit to leave it"));
    }
    let Some(profile) = variable(marks::PROFILE) else {
        say::note("`daypass use` and `daypass env` haven't set anything in this shell");
        return Ok(());
    };
    // Variables that the person set since then stay.
    let of_profile = variable("AWS_PROFILE").is_some_and(|used| used == profile);
    let of_keys = variable("AWS_PROFILE").is_none();
    let mut variables = if of_keys { Variables::without_credentials() } else { Variables::default() };
    if of_profile {
        variables.unset("AWS_PROFILE");
    }
    variables.unmark(variable);
    print(&variables, shell)?;
    say::note(&format!("This shell stopped using profile {profile}. Its session keeps running"));
    Ok(())
}

/// The profile leads to credentials that are renewed in place. Whatever would win over it goes.
fn variables_for(session: &SessionView) -> Variables {
    let mut variables = Variables::without_credentials();
    variables.set_profile(&session.profile);
    variables.set_region(session.region.as_ref(), session.role.partition(), variable);
    let until = match ask_agent(session.profile.clone()) {
        Ok(Some(standing)) => standing.fresh_until(),
        Ok(None) | Err(()) => session.expires_here,
    };
    variables.mark(session, until);
    variables
}

fn print(variables: &Variables, shell: FunctionShell) -> Result<(), Problem> {
    let text = statements(variables, ShellName::from(shell).into())?;
    say::line(text.expose_secret().trim_end());
    Ok(())
}

/// For the person: standard output is the shell's.
fn tell(session: &SessionView) -> Result<(), Problem> {
    let SessionView { profile, .. } = session;
    say::note(&format!(
        "This shell uses profile {profile}, {}{}",
        session::role_words(session),
        session::until(session)
    ));
    if let Some(old) = &session.replaced {
        say::note(&format!("Profile {profile} was {old}. Stopped that session"));
    }
    session::note_other_region(session);
    session::note_clock(std::slice::from_ref(session));
    session::note_no_region(session)?;
    session::warn_of_files(session)?;
    if !agent_runs() {
        say::note(session::NOT_RENEWED);
    }
    Ok(())
}

/// The shell whose function called. A program can't change the variables of the shell that runs it.
fn function_of(caller: CallingShell, name: &str) -> Result<FunctionShell, Problem> {
    caller.shell.ok_or_else(|| {
        let message = format!("`daypass {name}` changes this shell's variables, which only a shell function can do");
        let shell = variable("SHELL").unwrap_or_default();
        let (line, file) = match std::path::Path::new(&shell).file_name().and_then(|name| name.to_str()) {
            Some("zsh") => ("eval \"$(daypass init zsh)\"", "~/.zshrc"),
            Some("fish") => ("daypass init fish | source", "~/.config/fish/config.fish"),
            Some("bash") => ("eval \"$(daypass init bash)\"", "~/.bashrc"),
            _ if cfg!(windows) => ("daypass init powershell | Out-String | Invoke-Expression", "$PROFILE"),
            _ => ("eval \"$(daypass init bash)\"", "~/.bashrc"),
        };
        Problem::new(ProblemKind::Invalid, ProblemCode::NoShellFunction, message)
            .hint(format!("add this line to {file}, run it here too, and write {name} in full: {line}"))
    })
}

/// Prints the function that hands `daypass use` to the shell.
pub(super) fn init(shell: FunctionShell) -> Result<(), Problem> {
    let script = match shell {
        FunctionShell::Bash | FunctionShell::Zsh => include_str!("shell/function.sh"),
        FunctionShell::Fish => include_str!("shell/function.fish"),
        FunctionShell::Powershell => include_str!("shell/function.ps1"),
    };
    let name = match shell {
        FunctionShell::Bash => "bash",
        FunctionShell::Zsh => "zsh",
        FunctionShell::Fish => "fish",
        FunctionShell::Powershell => "powershell",
    };
    let script = script.replace("SHELL_NAME", name);
    say::result(&json!({ "shell": name, "script": script }), || say::line(script.trim_end()))
}
