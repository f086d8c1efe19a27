//! `daypass exec`: runs a program with a role's credentials, for as long as it takes.

mod signals;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;

use daypass_broker::region::lacks_region;
use daypass_broker::requests::{GetShellStatements, Person, UseRole};
use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::names::ProfileName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::view::SessionView;
use daypass_deliver::env::{CREDENTIAL_VARIABLES, REGION_VARIABLES, Shell};
use daypass_endpoint::{
    Book, Consumer, ConsumerName, Endpoint, Entry, Fresh, ListenAt, Process, Protocol, Serves, TOKEN_VARIABLE, Token,
    URI_VARIABLE,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::process::Command;

use super::session_source::SessionSource;
use super::sign_in_first::sign_in_first;
use crate::args::Exec;
use crate::ask::{ask_quietly, run_serving, surroundings};
use crate::say;
use signals::Signals;

/// Names the session to the program, to nested calls, and to a shell's prompt.
const MARK: &str = "DAYPASS_EXEC";

/// Runs the program, and ends with its exit code.
pub(super) fn exec(exec: Exec) -> Result<(), Problem> {
    let Exec { role, region, read_only, keys, nested, sign_in, program } = exec;
    refuse_nested(nested)?;
    let session = sign_in_first(sign_in, |person| {
        let (role, region) = (role.clone(), region.clone());
        UseRole { role, region, read_only, person }
    })?;
    let region = region.or_else(|| session.region.clone());
    let mut variables = Variables::new();
    match &region {
        Some(region) => REGION_VARIABLES.iter().for_each(|name| variables.set(name, Some(region.to_string()))),
        None if lacks_region(&session, &surroundings()?.places, |name| std::env::var_os(name)) => {
            say::note("The role has no region, so tools in this program may ask for one. Name it with --region")
        }
        // The program has the shell's.
        None => {}
    }
    variables.set(MARK, Some(session.profile.to_string()));
    let code = if keys {
        variables.put_keys(&session.profile)?;
        run_serving(async { run_program(&program, &variables).await })??
    } else {
        variables.pass_over_default_profiles()?;
        run_serving(serve(&program, variables, &session))??
    };
    std::process::exit(code)
}

fn refuse_nested(is_allowed: bool) -> Result<(), Problem> {
    let around = std::env::var(MARK).ok().filter(|around| !around.is_empty() && !is_allowed);
    around.map_or(Ok(()), |around| {
        let message = format!("this command already runs in `daypass exec`, for profile {around}");
        Err(Problem::new(ProblemKind::Refused, ProblemCode::ExecNested, message)
            .hint("leave that program first, or add --nested if you mean it"))
    })
}

/// Runs the program beside an endpoint that answers for as long as it runs.
async fn serve(program: &[OsString], mut variables: Variables, session: &SessionView) -> Result<i32, Problem> {
    let endpoint = Endpoint::bind(ListenAt::LOOPBACK, 0).map_err(|e| {
        Problem::new(ProblemKind::Failed, ProblemCode::EndpointPort, format!("no port on 127.0.0.1 can be opened: {e}"))
    })?;
    let token = Token::new();
    let (entry, book) = entry(program, session, &endpoint)?;
    let consumer = Consumer::new(entry.name.clone(), Some(&token), Fresh::new(SessionSource(session.profile.clone())));
    let consumer = Arc::new(consumer);
    variables.set(URI_VARIABLE, Some(endpoint.uri(consumer.name())));
    variables.set_secret(TOKEN_VARIABLE, token.secret().clone());
    let account = session.role.account();
    variables.set("AWS_ACCOUNT_ID", Some(account.to_string()));
    let entered = Arc::clone(&consumer);
    // The program doesn't wait for the disk.
    tokio::task::spawn_blocking(move || match book.offer(entry, Some(&token), true) {
        Ok(offered) => entered.enter(offered),
        Err(problem) => tracing::warn!(code = %problem.code, "this program isn't in the list of consumers"),
    });
    tokio::select! {
        code = run_program(program, &variables) => code,
        never = endpoint.serve(Serves::Containers(vec![consumer])) => match never {},
    }
}

/// What `daypass serve list` shows of the program.
fn entry(program: &[OsString], session: &SessionView, endpoint: &Endpoint) -> Result<(Entry, Book), Problem> {
    let id = std::process::id();
    let called = program.first().and_then(|name| Path::new(name).file_name()).unwrap_or_default().to_string_lossy();
    let name = ConsumerName::like(&format!("{called}-{id}")).unwrap_or_else(ConsumerName::unnamed);
    let entry = Entry {
        name,
        role: session.role.clone(),
        identity: session.identity.clone(),
        profile: session.profile.clone(),
        protocol: Protocol::Container,
        address: endpoint.address(),
        token_file: None,
        served_by: Process { id, program: "daypass exec".to_owned() },
        since: SystemClock.now(),
        last_use: None,
        used_by: None,
    };
    Ok((entry, Book::in_folder(surroundings()?.places.consumers)))
}

/// Runs the program and waits for its end. Passes on what tells this process to end; a signal from the terminal reaches both.
async fn run_program(program: &[OsString], variables: &Variables) -> Result<i32, Problem> {
    let Some((name, arguments)) = program.split_first() else { return Ok(0) };
    // Before the program starts, or a signal that comes at once would end only this process.
    let mut signals = Signals::listen()?;
    let mut command = Command::new(name);
    command.args(arguments);
    variables.apply(&mut command);
    let mut child = command.spawn().map_err(|e| not_started(name, &e))?;
    loop {
        tokio::select! {
            status = child.wait() => {
                let lost = |e: std::io::Error| Problem::new(ProblemKind::Failed, ProblemCode::Interrupted, e.to_string());
                return Ok(code_of(status.map_err(lost)?));
            }
            signal = signals.next() => signals::pass_on(signal, &child),
        }
    }
}

/// The exit code as a shell tells it: for a program that was ended by a signal, 128 and the signal's number.
fn code_of(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    let by_signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|number| 128 + number);
    #[cfg(not(unix))]
    let by_signal = None;
    status.code().or(by_signal).unwrap_or(1)
}

fn not_started(program: &OsStr, error: &std::io::Error) -> Problem {
    let message = format!("cannot start {}: {error}", program.display());
    Problem::new(ProblemKind::NotFound, ProblemCode::ExecProgram, message)
        .hint("check its name and your PATH. Write the program after the role: daypass exec ROLE -- PROGRAM")
}

/// What the program finds in its environment, and what it must not find there.
struct Variables(BTreeMap<&'static str, Option<SecretString>>);

impl Variables {
    fn new() -> Self {
        Self(CREDENTIAL_VARIABLES.iter().map(|name| (*name, None)).collect())
    }

    fn set(&mut self, name: &'static str, value: Option<String>) {
        self.0.insert(name, value.map(SecretString::from));
    }

    fn set_secret(&mut self, name: &'static str, value: SecretString) {
        self.0.insert(name, Some(value));
    }

    /// Keys in variables, as `daypass env` prints them.
    fn put_keys(&mut self, profile: &ProfileName) -> Result<(), Problem> {
        let request = GetShellStatements { profile: profile.clone(), shell: Shell::Json, person: Person::Away };
        let statements = ask_quietly(request)?.done()?;
        let mut keys: BTreeMap<String, SecretString> = serde_json::from_str(statements.expose()).map_err(|e| {
            let message = format!("the keys can't be read (column {})", e.column());
            Problem::new(ProblemKind::Failed, ProblemCode::Interrupted, message)
        })?;
        for name in CREDENTIAL_VARIABLES {
            if let Some(value) = keys.remove(name) {
                self.set_secret(name, value);
            }
        }
        Ok(())
    }

    /// Tools ask an endpoint last. The files' default profile comes before it, so a file in which that profile has
    /// credentials isn't shown to the program.
    fn pass_over_default_profiles(&mut self) -> Result<(), Problem> {
        let places = surroundings()?.places;
        for (name, file) in daypass_broker::credentials_file::with_default_credentials(&places) {
            say::note(&format!(
                "{} has a default profile with credentials, which tools would use instead. This program doesn't see that file",
                file.display()
            ));
            self.set(name, Some(NOTHING.to_owned()));
        }
        Ok(())
    }

    fn apply(&self, command: &mut Command) {
        for (name, value) in &self.0 {
            match value {
                Some(value) => command.env(name, value.expose_secret()),
                None => command.env_remove(name),
            };
        }
    }
}

/// A file with nothing in it.
const NOTHING: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };
