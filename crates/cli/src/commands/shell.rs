//! `daypass shell`: the person's own shell with a role's credentials, and a mark in its prompt.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_core::view::SessionView;
use daypass_deliver::env::Variables;
use daypass_deliver::start_files;

use super::exec::Prepared;
use super::here::variable;
use super::session::{role_words, until};
use crate::args::Subshell;
use crate::ask::surroundings;
use crate::say;

/// Runs the shell, and ends with its exit code.
pub(super) fn shell(wanted: Subshell) -> Result<(), Problem> {
    let Subshell { role, shell, no_mark, terms } = wanted;
    let program = shell.unwrap_or_else(own_shell);
    let mut prepared = Prepared::new(role, &[program.clone().into_os_string()], "daypass shell ROLE", terms)?;
    let kind = Kind::of(&program);
    let arguments = match no_mark {
        true => Vec::new(),
        false => kind.with_mark(&prepared.session.profile, &mut prepared.variables)?,
    };
    tell(&prepared.session, kind, no_mark);
    let command: Vec<OsString> = std::iter::once(program.into_os_string()).chain(arguments).collect();
    prepared.run(&command)
}

fn tell(session: &SessionView, kind: Kind, no_mark: bool) {
    let SessionView { profile, .. } = session;
    say::note(&format!(
        "This shell uses profile {profile}, {}{}. Type exit to leave it",
        role_words(session),
        until(session)
    ));
    if matches!(kind, Kind::Other) && !no_mark {
        say::note(
            "Daypass can't mark its prompt. DAYPASS_PROFILE names the profile there, and `daypass prompt` shows the time left",
        );
    }
}

/// The shell that the person works in.
fn own_shell() -> PathBuf {
    let default = if cfg!(windows) { "cmd.exe" } else { "/bin/sh" };
    variable("SHELL")
        .or_else(|| variable("ComSpec").filter(|_| cfg!(windows)))
        .unwrap_or_else(|| default.to_owned())
        .into()
}

/// The shells whose prompt we know how to mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bash,
    Zsh,
    Fish,
    PowerShell,
    Cmd,
    Other,
}

impl Kind {
    fn of(program: &Path) -> Self {
        let name = program.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
        match name.as_str() {
            "bash" => Self::Bash,
            "zsh" => Self::Zsh,
            "fish" => Self::Fish,
            "pwsh" | "powershell" => Self::PowerShell,
            "cmd" => Self::Cmd,
            _ => Self::Other,
        }
    }

    /// The arguments and variables with which it reads the person's own files and then marks the prompt.
    fn with_mark(self, profile: &ProfileName, variables: &mut Variables) -> Result<Vec<OsString>, Problem> {
        if let Ok(own) = std::env::current_exe() {
            variables.set("DAYPASS_BIN", own.to_string_lossy().into_owned());
        }
        Ok(match self {
            Self::Bash => {
                vec!["--rcfile".into(), start_file("bashrc", include_str!("shell/bashrc"))?.into(), "-i".into()]
            }
            Self::Zsh => {
                let file = start_file("zsh/.zshenv", include_str!("shell/zshenv"))?;
                match std::env::var("ZDOTDIR") {
                    Ok(own) => variables.set("DAYPASS_ZDOTDIR", own),
                    Err(_) => variables.unset("DAYPASS_ZDOTDIR"),
                }
                variables.set("ZDOTDIR", file.parent().unwrap_or(Path::new(".")).to_string_lossy().into_owned());
                vec!["-i".into()]
            }
            Self::Fish => vec!["--init-command".into(), include_str!("shell/start.fish").into()],
            Self::PowerShell => vec!["-NoExit".into(), "-Command".into(), include_str!("shell/start.ps1").into()],
            Self::Cmd => {
                let before = variable("PROMPT").unwrap_or_else(|| "$P$G".to_owned());
                // `$` begins a code there (`prompt /?`). Nothing runs in it, so the time left isn't shown.
                variables.set("PROMPT", format!("[{}] {before}", profile.as_str().replace('$', "$$")));
                Vec::new()
            }
            Self::Other => Vec::new(),
        })
    }
}

fn start_file(name: &str, text: &str) -> Result<PathBuf, Problem> {
    start_files::keep(&surroundings()?.places.cache, name, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_are_known_by_their_file() {
        for (program, kind) in [
            ("/usr/bin/bash", Kind::Bash),
            ("/opt/homebrew/bin/zsh", Kind::Zsh),
            ("fish", Kind::Fish),
            ("pwsh.exe", Kind::PowerShell),
            ("/bin/dash", Kind::Other),
            ("CMD.EXE", Kind::Cmd),
        ] {
            assert_eq!(Kind::of(Path::new(program)), kind, "{program}");
        }
    }
}
