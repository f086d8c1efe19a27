//! `daypass sandbox`: try Daypass without an AWS account.

use std::io::IsTerminal;

use daypass_core::names::RoleArn;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_sandbox::{Home, Knobs, Options, PASSWORD, Sandbox, SandboxError, TrustedIssuer};

use serde_json::json;

use crate::args;
use crate::ask::run_serving;
use crate::ending::end_of_process;
use crate::say;

pub(super) fn run(options: args::Sandbox) -> Result<(), Problem> {
    let trusted_issuers = options.trust.iter().map(|text| trusted(text)).collect::<Result<_, _>>()?;
    let knobs = Knobs { lifetime_seconds: options.lifetime, ..Knobs::default() };
    run_serving(async {
        let started =
            Sandbox::start(Options { port: options.port, knobs, trusted_issuers, ..Options::default() }).await;
        let sandbox = started.map_err(|e| problem(ProblemCode::Sandbox, &e))?;
        let home = match &options.home {
            Some(folder) => Home::at(folder, &sandbox),
            None => Home::temporary(&sandbox),
        };
        let home = home.map_err(|e| problem(ProblemCode::SandboxHome, &e))?;
        let end = end_of_process()?;
        if let Some((program, arguments)) = options.program.split_first() {
            welcome(&sandbox);
            let mut command = tokio::process::Command::new(program);
            command.args(arguments).envs(home.variables());
            for name in Home::CLEARED {
                command.env_remove(name);
            }
            let status = command.status().await.map_err(|e| not_started(program, &e))?;
            drop(home);
            std::process::exit(status.code().unwrap_or(1));
        }
        introduce(&sandbox, &home)?;
        end.await;
        sandbox.stop().await;
        Ok(())
    })?
}

/// Tells a person at a terminal what to type first.
fn welcome(sandbox: &Sandbox) {
    if std::io::stderr().is_terminal() {
        say::note(&format!("You're in the sandbox. {}\n", first_steps(sandbox)));
    }
}

fn first_steps(sandbox: &Sandbox) -> String {
    let people = sandbox.people().join(", ");
    let role = first_role(sandbox);
    format!(
        "Try:\n\n  \
         daypass identity login sandbox      sign in as {people} with the password {PASSWORD}\n  \
         daypass role list\n  \
         daypass start {role} --profile dev\n  \
         aws sts get-caller-identity --profile dev"
    )
}

fn introduce(sandbox: &Sandbox, home: &Home) -> Result<(), Problem> {
    if say::wants_json() {
        let variables: serde_json::Map<String, serde_json::Value> =
            home.variables().iter().map(|(name, value)| (name.to_string(), value.clone().into())).collect();
        let result = json!({ "url": sandbox.base_url(), "variables": variables, "unset": Home::CLEARED });
        return say::json(&result);
    }
    for (name, value) in home.variables() {
        say::line(&format!("export {name}='{}'", value.replace('\'', "'\\''")));
    }
    say::line(&format!("unset {}", Home::CLEARED.join(" ")));
    say::note(&format!(
        "\nThe sandbox is running at {}. It doesn't touch your AWS files or your own Daypass.\n\
         Paste the lines above into another terminal. {}\n\n\
         Press Ctrl-C to stop it. Next time, get a shell in the sandbox with: daypass sandbox -- bash",
        sandbox.base_url(),
        first_steps(sandbox),
    ));
    Ok(())
}

/// The first role in the sandbox, as `ACCOUNT/ROLE`.
fn first_role(sandbox: &Sandbox) -> String {
    let arn = sandbox.roles().first().and_then(|arn| arn.parse::<RoleArn>().ok());
    arn.map_or_else(|| "ROLE".to_owned(), |arn| format!("{}/{}", arn.account(), arn.name()))
}

fn trusted(text: &str) -> Result<TrustedIssuer, Problem> {
    let wrong = || {
        Problem::new(ProblemKind::Invalid, ProblemCode::BadTrust, format!("--trust {text} isn't ISSUER=CLIENT_ID"))
            .hint("for example --trust http://127.0.0.1:5601=my-client")
    };
    let (issuer, client) = text.rsplit_once('=').ok_or_else(wrong)?;
    Ok(TrustedIssuer { issuer: issuer.parse().map_err(|_| wrong())?, audiences: vec![client.to_owned()] })
}

fn problem(code: ProblemCode, error: &SandboxError) -> Problem {
    let problem = Problem::new(ProblemKind::Failed, code, error.to_string());
    match error.advice() {
        Some(advice) => problem.hint(advice),
        None => problem,
    }
}

fn not_started(program: &std::ffi::OsStr, error: &std::io::Error) -> Problem {
    let message = format!("can't start {} in the sandbox: {error}", program.display());
    Problem::new(ProblemKind::NotFound, ProblemCode::SandboxProgram, message)
        .hint("for a shell, use: daypass sandbox -- bash")
}
