//! Serving in the background: another process of this program, away from the terminal.

use std::io::Read as _;
use std::process::{Command, Stdio};

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use serde::Deserialize;

use super::served::{self, Served};
use crate::args::Offer;

/// What the process in the background prints once it serves.
#[derive(Deserialize)]
struct Printed {
    consumers: Vec<Served>,
}

/// Starts it, and tells what it serves. The person has signed in by now.
pub(super) fn run(offer: &Offer) -> Result<(), Problem> {
    let mut command = Command::new(std::env::current_exe().map_err(|error| failed(&error))?);
    command.args(["--json", "serve", "--in-background", "--no-sign-in"]);
    for (flag, is_set) in [("--read-only", offer.read_only), ("--imds", offer.imds), ("--docker", offer.docker)] {
        command.args(is_set.then_some(flag));
    }
    let values = [
        ("--name", offer.name.as_ref().map(ToString::to_string)),
        ("--region", offer.region.as_ref().map(ToString::to_string)),
        ("--port", offer.port.map(|port| port.to_string())),
        ("--address", offer.address.map(|at| at.ip().to_string())),
    ];
    for (flag, value) in values {
        command.args(value.map(|value| format!("{flag}={value}")));
    }
    if let Some(file) = &offer.token_file {
        command.arg("--token-file").arg(file);
    }
    command.arg("--").args(&offer.roles);
    apart(&mut command);
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.map_err(|error| failed(&error))?;
    let out = child.stdout.take().map(serde_json::Deserializer::from_reader);
    let printed = out.and_then(|mut out| Printed::deserialize(&mut out).ok());
    let Some(Printed { consumers }) = printed else { return Err(ended(&mut child)) };
    let shown: Vec<&Served> = consumers.iter().collect();
    served::print(&shown, offer.shell)?;
    served::note(&shown, true)
}

/// Why it didn't serve.
fn ended(child: &mut std::process::Child) -> Problem {
    let mut told = String::new();
    if let Some(mut err) = child.stderr.take() {
        let _ = err.read_to_string(&mut told);
    }
    let _ = child.wait();
    // Notes come before the problem.
    let problem = told.find('{').and_then(|at| serde_json::from_str(&told[at..]).ok());
    problem.unwrap_or_else(|| failed(&told.trim()))
}

fn failed(why: &dyn std::fmt::Display) -> Problem {
    let message = format!("the process in the background didn't start: {why}");
    Problem::new(ProblemKind::Failed, ProblemCode::Interrupted, message)
}

/// Makes this process one that no terminal ends.
pub(super) fn leave_terminal() {
    #[cfg(unix)]
    if let Err(error) = rustix::process::setsid() {
        tracing::warn!(%error, "this process ends with its terminal");
    }
}

#[cfg(unix)]
fn apart(_: &mut Command) {}

#[cfg(windows)]
fn apart(command: &mut Command) {
    use std::os::windows::process::CommandExt as _;
    const DETACHED_PROCESS: u32 = 0x0000_0008;
    command.creation_flags(DETACHED_PROCESS);
}
