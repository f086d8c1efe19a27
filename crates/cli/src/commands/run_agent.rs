//! `daypass agent`: the desktop app's agent, without a window.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use daypass_broker::agent;
use daypass_broker::agent::{Host, Shown};
use daypass_broker::broker::Broker;
use daypass_core::consent::Consents;
use daypass_core::event::Event;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::surroundings::Surroundings;
use daypass_vault::{PassphraseNeed, VaultError};
use secrecy::SecretString;
use tokio::sync::Notify;

use super::consent;
use super::own_path::own_path;
use crate::ask::run_serving;
use crate::ending::{end_of_process, finish};
use crate::say;

/// An agent on a terminal. It ends when the desktop app takes over.
struct TerminalHost {
    end: Notify,
}

impl Host for TerminalHost {
    fn show(&self, _: Shown, _: Option<String>) -> bool {
        false
    }

    fn retire(&self) -> bool {
        self.end.notify_one();
        true
    }

    fn has_window(&self) -> bool {
        false
    }
}

pub(super) fn agent() -> Result<(), Problem> {
    let is_starting = Arc::new(AtomicBool::new(true));
    let asks = Arc::clone(&is_starting);
    let surroundings = Surroundings::of_process(Arc::new(move |need| passphrase(need, asks.load(Ordering::Relaxed))))?;
    run_serving(async move {
        let socket = surroundings.places.socket.clone();
        let broker = Broker::open(surroundings);
        // For the sessions that it starts by itself.
        broker.use_command(own_path);
        // Now, while the person looks, and not when the first command needs it. Commands don't wait for the answer at a
        // socket that isn't there yet.
        if broker.needs_passphrase() && agent::connect(&socket)?.is_none() {
            let vault = broker.vault().clone();
            match tokio::task::spawn_blocking(move || vault.read()).await.map_err(|error| crashed(&error))? {
                // Started by the system, as from a unit: the person unlocks it later.
                Err(VaultError::PassphraseNeeded { .. }) => {
                    say::note("The vault needs its passphrase. Run this and type it: daypass unlock");
                }
                opened => drop(opened?),
            }
        }
        is_starting.store(false, Ordering::Relaxed);
        let listening = agent::listen(&socket)?;
        say::note(&format!("Daypass agent {} is running. Press Ctrl-C to stop it", env!("CARGO_PKG_VERSION")));
        let host = Arc::new(TerminalHost { end: Notify::new() });
        let end = end_of_process()?;
        let starting = broker.clone();
        drop(tokio::spawn(async move { starting.start_chosen_sessions(say::problem).await }));
        tokio::select! {
            () = broker.keep() => {}
            () = tell_config_problems(&broker) => {}
            () = tell_questions(&broker) => {}
            () = agent::serve(listening, broker.clone(), Arc::clone(&host) as Arc<dyn Host>) => {
                say::note("This agent's socket was removed, and another agent has taken its place. Stopping this one");
            }
            () = host.end.notified() => say::note("This agent was asked to stop"),
            () = end => {}
        }
        // The desktop app waits for our answer to its request to retire, so that has to leave first.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        finish(&broker).await;
        Ok(())
    })?
}

/// The vault's passphrase, typed while the person looks. Later, nothing would show them the question, and every other
/// request would wait for the answer.
fn passphrase(need: PassphraseNeed, is_starting: bool) -> Result<SecretString, VaultError> {
    match need {
        PassphraseNeed::Existing | PassphraseNeed::Again { .. } if !is_starting => {
            Err(VaultError::PassphraseNeeded { hint: "run this and type it: daypass unlock".to_owned() })
        }
        PassphraseNeed::New | PassphraseNeed::Existing | PassphraseNeed::Again { .. } => say::passphrase(need),
    }
}

fn crashed(error: &tokio::task::JoinError) -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::Interrupted, format!("opening the vault crashed: {error}"))
}

/// Says what is wrong with `config.toml`, now and after each edit: without a command, the person doesn't hear of it.
async fn tell_config_problems(broker: &Broker) {
    let mut events = broker.subscribe();
    let mut told = None;
    loop {
        let problem = broker.config_problem();
        if problem != told {
            problem.iter().for_each(say::problem);
            told = problem;
        }
        // (The broker is here, so its events don't end.)
        while !matches!(events.recv().await, Ok(Event::CatalogChanged) | Err(_)) {}
    }
}

/// Says which program waits for the person's consent, and where they answer: this terminal may be a log.
async fn tell_questions(broker: &Broker) {
    let mut known = Vec::new();
    loop {
        let Consents { questions, .. } = broker.consent_question(&known).await;
        for question in questions.iter().filter(|question| !known.contains(&question.id)) {
            consent::lines(question).iter().for_each(|line| say::note(line));
            say::note("   Answer in another terminal: daypass consent watch");
        }
        known = questions.iter().map(|question| question.id).collect();
    }
}
