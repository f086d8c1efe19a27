//! The sandbox inside the app. Its servers run in this process, and its files are in a temporary folder.

use std::process::Command;

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::surroundings::Surroundings;
use daypass_deliver::env::Variables;
use daypass_sandbox::{Home, Options, Sandbox};
use daypass_vault::PassphrasePrompt;

/// The sandbox's variables, which lead a terminal's tools to it and to its files. Empty outside of the sandbox.
pub(crate) struct SandboxVariables(Vec<(String, String)>);

impl SandboxVariables {
    pub(crate) fn of(sandbox: Option<&RunningSandbox>) -> Self {
        Self(sandbox.map(|sandbox| sandbox.home.variables()).unwrap_or_default())
    }

    pub(crate) fn add_to(&self, variables: &mut Variables) {
        for (name, value) in &self.0 {
            variables.set(name.clone(), value.as_str());
        }
    }
}

/// A running sandbox and its home. Both go away when this is dropped.
pub(crate) struct RunningSandbox {
    _sandbox: Sandbox,
    home: Home,
}

impl RunningSandbox {
    /// Starts the servers.
    pub(crate) async fn start() -> Result<Self, Problem> {
        let sandbox = Sandbox::start(Options::default()).await.map_err(|e| problem(&e))?;
        let home = Home::temporary(&sandbox).map_err(|e| problem(&e))?;
        Ok(Self { _sandbox: sandbox, home })
    }

    /// The person's surroundings, with everything that leads out of the sandbox replaced.
    pub(crate) fn surroundings(&self, passphrase: PassphrasePrompt) -> Result<Surroundings, Problem> {
        let variables = self.home.variables();
        let env = |name: &str| match variables.iter().find(|(own, _)| own == name) {
            Some((_, value)) => Some(value.into()),
            None if Home::CLEARED.contains(&name) => None,
            None => std::env::var_os(name),
        };
        Surroundings::of(env, passphrase)
    }
}

/// Starts Daypass again, inside or outside the sandbox. The new one has its own socket, so this one may end.
pub(crate) fn start_again(sandbox: bool) -> Result<(), Problem> {
    let own = std::env::current_exe().map_err(|e| problem(&e))?;
    let mut command = Command::new(own);
    if sandbox {
        command.arg("--sandbox");
    }
    let mut child = command.spawn().map_err(|e| problem(&e))?;
    std::thread::spawn(move || drop(child.wait()));
    Ok(())
}

fn problem(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::Sandbox, error.to_string())
}
