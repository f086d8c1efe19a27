//! `daypass exec`: runs a program with a role's credentials, for as long as it takes.

mod program;
mod signals;

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use daypass_broker::credentials_file::with_default_credentials;
use daypass_broker::region::lacks_region;
use daypass_broker::requests::{AtLeast, GetKeys, Person, UseRole};
use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::names::Region;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::standing::SessionStanding;
use daypass_core::view::SessionView;
use daypass_deliver::env::{Variables, reaching_directly};
use daypass_endpoint::{
    Book, Consumer, ConsumerName, Endpoint, Entry, Fresh, ListenAt, Process, Protocol, Serves, TOKEN_VARIABLE, Token,
    URI_VARIABLE,
};

use super::choose::{named_or_chosen, or_chosen};
use super::here::{EXEC, NOTHING, advise_lease, refuse_nested, variable};
use super::meant::tell_of_session;
use super::session_source::SessionSource;
use super::sign_in_first::sign_in_first;
use crate::args::{Exec, ProgramTerms};
use crate::ask::{ask_quietly, run_serving, surroundings};
use crate::say;

/// Runs the program, and ends with its exit code.
pub(super) fn exec(exec: Exec) -> Result<(), Problem> {
    let Exec { role, terms, program } = exec;
    Prepared::new(role, &program, &usage(&program), terms)?.run(&program)
}

/// A program that ends sooner isn't entered in the list of consumers, because that takes longer than it runs.
const UNLISTED: Duration = Duration::from_millis(200);

/// What to type, with the program that was given.
fn usage(program: &[OsString]) -> String {
    let words: Vec<String> = program.iter().map(|word| say::shell_word(&word.to_string_lossy())).collect();
    format!("daypass exec ROLE -- {}", words.join(" "))
}

/// A session for one program, and what that finds in its environment.
pub(super) struct Prepared {
    pub(super) session: SessionView,
    pub(super) variables: Variables,
    keys: bool,
}

impl Prepared {
    /// Of the role that is named, or else chosen. `usage` is what could have been typed.
    pub(super) fn new(
        role: Option<String>,
        program: &[OsString],
        usage: &str,
        terms: ProgramTerms,
    ) -> Result<Self, Problem> {
        refuse_nested(terms.nested)?;
        advise_lease();
        let role = named_or_chosen(role, usage, &terms.sign_in)?;
        let keys = terms.keys;
        let region = terms.region.clone();
        Self::of_session(session(&role, terms)?, program, region, keys)
    }

    /// Of a session that runs.
    pub(super) fn of_session(
        standing: SessionStanding,
        program: &[OsString],
        region: Option<Region>,
        keys: bool,
    ) -> Result<Self, Problem> {
        let session = &standing.session;
        let region = region.or_else(|| session.region.clone());
        if region.is_none() && lacks_region(session, &surroundings()?.places, |name| std::env::var_os(name)) {
            say::note("The role doesn't have a region, so tools in this program may ask for one. Set it with --region");
        }
        let mut variables = Variables::without_credentials();
        variables.set_region(region.as_ref(), session.role.partition(), variable);
        variables.set(EXEC, session.profile.as_str());
        let until = if keys { session.expires_here } else { standing.fresh_until() };
        variables.mark(session, until);
        if keys {
            let request =
                GetKeys { consumer: Some(called(program)), ..GetKeys::of(session.profile.clone(), Person::Away) };
            variables.set_keys(&ask_quietly(request)?.done()?.keys);
        } else {
            pass_over_default_profiles(&mut variables)?;
        }
        Ok(Self { session: standing.session, variables, keys })
    }

    /// Runs the program, and ends with its exit code.
    pub(super) fn run(self, program: &[OsString]) -> Result<(), Problem> {
        std::process::exit(self.run_to_end(program)?)
    }

    /// Runs the program, and returns its exit code.
    pub(super) fn run_to_end(self, program: &[OsString]) -> Result<i32, Problem> {
        if self.keys {
            run_serving(async { program::run(program, &self.variables).await })?
        } else {
            run_serving(serve(program, self.variables, &self.session))?
        }
    }
}

/// The session of the role, which lasts as long as it has to.
fn session(role: &str, terms: ProgramTerms) -> Result<SessionStanding, Problem> {
    let ProgramTerms { region, read_only, keys, at_least, nested: _, sign_in } = terms;
    let at_least = at_least.map(|least| if keys { AtLeast::Keys(least) } else { AtLeast::Renewed(least) });
    let asked = std::cell::Cell::new(0);
    let standing = or_chosen(role, &sign_in, |role| {
        sign_in_first(sign_in, |person| {
            asked.set(asked.get() + 1);
            UseRole { role: role.to_owned(), region: region.clone(), read_only, at_least, person }
        })
    });
    if let Ok(standing) = &standing {
        tell_of_session(role, &standing.session);
    }
    standing.map_err(|problem| match problem.code {
        ProblemCode::LastsTooShort if asked.get() > 1 => {
            Problem::new(ProblemKind::Refused, problem.code, problem.message).hint(
                "you've just signed in, and the identity provider ends your sign-in sooner than that: ask for less",
            )
        }
        _ => problem,
    })
}

/// Runs the program beside an endpoint that answers for as long as it runs.
async fn serve(program: &[OsString], mut variables: Variables, session: &SessionView) -> Result<i32, Problem> {
    let endpoint = Endpoint::bind(ListenAt::LOOPBACK, 0).map_err(|e| {
        Problem::new(ProblemKind::Failed, ProblemCode::EndpointPort, format!("no port on 127.0.0.1 can be opened: {e}"))
    })?;
    let token = Token::new();
    let (entry, book) = entry(program, session, &endpoint)?;
    let source = SessionSource::of(session.profile.clone(), called(program));
    let consumer = Arc::new(Consumer::new(entry.name.clone(), Some(&token), Fresh::new(source)));
    variables.set(URI_VARIABLE, endpoint.uri(consumer.name()));
    variables.set(TOKEN_VARIABLE, token.secret().clone());
    variables.set_account(session.role.account());
    for (name, value) in reaching_directly(&endpoint.address().ip().to_string(), variable) {
        variables.set(name, value);
    }
    let entered = Arc::clone(&consumer);
    tokio::spawn(async move {
        tokio::time::sleep(UNLISTED).await;
        // Off the threads that answer the program.
        drop(tokio::task::spawn_blocking(move || match book.offer(entry, Some(&token), true) {
            Ok(offered) => entered.enter(offered),
            Err(problem) => tracing::warn!(code = %problem.code, "this program isn't in the list of consumers"),
        }));
    });
    tokio::select! {
        code = program::run(program, &variables) => code,
        never = endpoint.serve(Serves::Containers(vec![consumer])) => match never {},
    }
}

/// The program's name without its folder.
pub(super) fn called(program: &[OsString]) -> String {
    program.first().and_then(|name| Path::new(name).file_name()).unwrap_or_default().to_string_lossy().into_owned()
}

/// What `daypass serve list` shows of the program.
fn entry(program: &[OsString], session: &SessionView, endpoint: &Endpoint) -> Result<(Entry, Book), Problem> {
    let id = std::process::id();
    let name = ConsumerName::like(&format!("{}-{id}", called(program))).unwrap_or_else(ConsumerName::unnamed);
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

/// Tools ask an endpoint last. The files' default profile comes before it, so a file in which that profile has credentials
/// isn't shown to the program.
fn pass_over_default_profiles(variables: &mut Variables) -> Result<(), Problem> {
    let places = surroundings()?.places;
    for (name, file) in with_default_credentials(&places) {
        say::note(&format!(
            "{} has a default profile with credentials, which tools would use instead. This program doesn't see that file",
            file.display()
        ));
        variables.set(name, NOTHING);
    }
    Ok(())
}
