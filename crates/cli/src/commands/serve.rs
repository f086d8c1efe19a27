//! `daypass serve`: credentials for programs that ask for them, until it is ended.
//!
//! Each run is a process of its own, also in the background: so it goes on when an agent restarts, and works without one.
//! Other runs know of it by the list of consumers.

mod consumers;
mod containers;
mod detach;
mod served;

use std::sync::Arc;
use std::time::Duration;

use daypass_broker::requests::UseRole;
use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::names::{Region, TargetKind};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::view::SessionView;
use daypass_deliver::env::{REGION_VARIABLES, reaching_directly};
use daypass_endpoint::{
    Book, Consumer, ConsumerName, Endpoint, Entry, EnvFile, Fresh, IMDS_VARIABLE, ListenAt, Machine, Protocol, Serves,
    TOKEN_FILE_VARIABLE, TOKEN_VARIABLE, Token, TokenFile, URI_VARIABLE,
};
use secrecy::ExposeSecret as _;

use super::choose::{named_or_chosen, or_chosen};
use super::here::variable;
use super::meant::tell_of_session;
use super::session_source::SessionSource;
use super::sign_in_first::sign_in_first;
use crate::args::{Offer, Serve, ServeCommand};
use crate::ask::{run_serving, surroundings};
use crate::ending::end_of_process;
use crate::say;
use containers::Containers;
use served::Served;

pub(super) fn run(serve: Serve) -> Result<(), Problem> {
    match serve.command {
        Some(ServeCommand::List) => consumers::list(),
        Some(ServeCommand::Revoke { name, all: _ }) => consumers::revoke(name),
        Some(ServeCommand::Rotate { name }) => consumers::rotate(&name),
        None => offer(serve.offer),
    }
}

fn offer(mut offer: Offer) -> Result<(), Problem> {
    if offer.roles.is_empty() {
        offer.roles.push(named_or_chosen(None, "daypass serve ROLE", &offer.sign_in)?);
    }
    if offer.roles.len() > 1 && (offer.name.is_some() || offer.imds || offer.token_file.is_some()) {
        let message = "--name, --token-file and --imds are for one role at a time";
        return Err(Problem::new(ProblemKind::Invalid, ProblemCode::BadUsage, message)
            .hint("run `daypass serve` once for each role"));
    }
    if offer.in_background {
        detach::leave_terminal();
    }
    let sessions = offer.roles.iter().map(|role| session(role, &offer)).collect::<Result<Vec<_>, _>>()?;
    if offer.detach {
        return detach::run(&offer);
    }
    let containers = if offer.docker { Some(Containers::find()?) } else { None };
    run_serving(serve(&offer, &sessions, containers.as_ref()))?
}

fn session(role: &str, offer: &Offer) -> Result<SessionView, Problem> {
    let standing = or_chosen(role, &offer.sign_in, |role| {
        sign_in_first(offer.sign_in, |person| {
            let (role, region, read_only) = (role.to_owned(), offer.region.clone(), offer.read_only);
            UseRole { role, region, read_only, at_least: None, person }
        })
    })?;
    tell_of_session(role, &standing.session);
    Ok(standing.session)
}

async fn serve(offer: &Offer, sessions: &[SessionView], containers: Option<&Containers>) -> Result<(), Problem> {
    let end = end_of_process()?;
    let at = containers.map(Containers::listen_at).or(offer.address).unwrap_or(ListenAt::LOOPBACK);
    let endpoint = Endpoint::bind(at, offer.port.unwrap_or(0)).map_err(|error| no_port(offer, at, &error))?;
    let mut offered = Vec::new();
    for session in sessions {
        offered.push(Offered::make(offer, session, &endpoint, containers)?);
    }
    let shown: Vec<&Served> = offered.iter().map(|one| &one.shown).collect();
    served::print(&shown, offer.shell)?;
    if !offer.in_background {
        served::note(&shown, false)?;
    }
    let consumers: Vec<Arc<Consumer>> = offered.iter().map(|one| Arc::clone(&one.consumer)).collect();
    let serves = match (offer.imds, &consumers[..], sessions) {
        (true, [consumer], [session]) => Serves::Instance(Arc::clone(consumer), machine(session, offer)),
        _ => Serves::Containers(consumers.clone()),
    };
    tokio::select! {
        never = endpoint.serve(serves) => match never {},
        () = all_revoked(&consumers) => say::note("All consumers are revoked, so this command stops"),
        () = end => {}
    }
    Ok(())
}

/// A consumer, and what there is for it. It all goes when this is dropped.
struct Offered {
    consumer: Arc<Consumer>,
    shown: Served,
    _env_file: Option<EnvFile>,
}

impl Offered {
    fn make(
        offer: &Offer,
        session: &SessionView,
        endpoint: &Endpoint,
        containers: Option<&Containers>,
    ) -> Result<Self, Problem> {
        let book = Book::in_folder(surroundings()?.places.consumers);
        let token = (!offer.imds).then(Token::new);
        let token_file =
            offer.token_file.as_ref().map(|file| std::path::absolute(file).unwrap_or_else(|_| file.clone()));
        if let (Some(file), Some(token)) = (&token_file, &token) {
            TokenFile::at(file.clone()).write(token)?;
        }
        let wanted = offer.name.clone().or_else(|| ConsumerName::like(session.profile.as_str()));
        let protocol = if offer.imds { Protocol::Imds } else { Protocol::Container };
        let entry = Entry {
            name: wanted.unwrap_or_else(ConsumerName::unnamed),
            role: session.role.clone(),
            identity: session.identity.clone(),
            profile: session.profile.clone(),
            protocol,
            address: endpoint.address(),
            token_file: token_file.clone(),
            served_by: daypass_endpoint::Process { id: std::process::id(), program: "daypass serve".to_owned() },
            since: SystemClock.now(),
            last_use: None,
            used_by: None,
        };
        let entered = book.offer(entry, token.as_ref(), offer.name.is_some())?;
        let name = entered.name().clone();
        let mut shown = Served::new(name.clone(), session, endpoint.address(), token_file.clone());
        match (&token, &token_file) {
            (None, _) => shown.set(IMDS_VARIABLE, endpoint.imds_uri()),
            (Some(_), Some(file)) => shown.set(TOKEN_FILE_VARIABLE, file.display().to_string()),
            (Some(token), None) => shown.set(TOKEN_VARIABLE, token.secret().expose_secret()),
        }
        if token.is_some() {
            shown.set(URI_VARIABLE, endpoint.uri(&name));
        }
        // A container has an environment of its own.
        if containers.is_none() {
            let direct = reaching_directly(&endpoint.address().ip().to_string(), variable);
            direct.into_iter().for_each(|(name, value)| shown.set(name, value));
        }
        if let Some(region) = region(session, offer) {
            REGION_VARIABLES.iter().for_each(|variable| shown.set(variable, region.to_string()));
        }
        let env_file = match containers {
            Some(containers) => {
                let file = book.write_env_file(&name, &shown.lines())?;
                shown.run = containers.commands(file.path(), endpoint.address().port());
                Some(file)
            }
            None => None,
        };
        let source = SessionSource::of(session.profile.clone(), name.to_string());
        let consumer = Arc::new(Consumer::new(name, token.as_ref(), Fresh::new(source)));
        consumer.enter(entered);
        Ok(Self { consumer, shown, _env_file: env_file })
    }
}

fn region(session: &SessionView, offer: &Offer) -> Option<Region> {
    offer.region.clone().or_else(|| session.region.clone())
}

fn machine(session: &SessionView, offer: &Offer) -> Machine {
    let role = match session.role.kind() {
        TargetKind::Role => session.role.name().to_owned(),
        _ => session.profile.to_string(),
    };
    Machine { account: session.role.account().clone(), role, region: region(session, offer) }
}

async fn all_revoked(consumers: &[Arc<Consumer>]) {
    while !consumers.iter().all(|consumer| consumer.is_revoked()) {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn no_port(offer: &Offer, at: ListenAt, error: &std::io::Error) -> Problem {
    let message = match offer.port {
        Some(port) => format!("port {port} on {} can't be opened: {error}", at.ip()),
        None => format!("no port on {} can be opened: {error}", at.ip()),
    };
    let problem = Problem::new(ProblemKind::Failed, ProblemCode::EndpointPort, message);
    match offer.port {
        Some(_) => problem.hint("choose another --port, or stop the program that uses it"),
        None => problem,
    }
}
