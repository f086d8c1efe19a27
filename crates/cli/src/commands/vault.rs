//! `daypass vault`, `daypass lock`, `daypass unlock`.
//!
//! A move and a new passphrase are the work of this process, also if an agent runs, so that it asks on this terminal.
//! The agent hears of it afterwards.

use std::io::IsTerminal;

use daypass_broker::agent;
use daypass_broker::broker::{Broker, OldKey, VaultMove, VaultStatus};
use daypass_broker::requests::{Ask, GetVaultState, LockReason, LockVault, SecretText, UnlockVault, VaultState};
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::settings::VaultKey;
use daypass_vault::PassphraseNeed;
use secrecy::SecretString;
use serde_json::json;

use super::identity::read_secret;
use crate::args::{KeyPlace, VaultCommand};
use crate::ask::surroundings;
use crate::say;

/// How often the person may type the passphrase.
const TRIES: u8 = 3;

pub(super) fn run(command: VaultCommand) -> Result<(), Problem> {
    let broker = Broker::open(surroundings()?);
    match command {
        VaultCommand::Status => status(&broker),
        VaultCommand::Move { place, keep_old_key } => {
            let place = match place {
                KeyPlace::UsualFile => broker.usual_key_file(),
                KeyPlace::Named(key) => key,
            };
            let old_key = if keep_old_key { OldKey::Keep } else { OldKey::Remove };
            move_to(&broker, &place, old_key)
        }
        VaultCommand::Passphrase => {
            broker.change_passphrase()?;
            say::result(&json!({ "changed": true }), || {
                say::line("The vault has a new passphrase. The old one doesn't open it any more");
            })
        }
    }
}

fn status(broker: &Broker) -> Result<(), Problem> {
    let status = broker.vault_status()?;
    let agent = ask_agent(broker, GetVaultState)?;
    if say::wants_json() {
        return say::json(&json!({ "vault": status, "agent": agent }));
    }
    let VaultStatus { file, exists, place, secrets, problem, moves_from, lock_after_idle, lock_with_screen, .. } =
        status;
    let holds = match (exists, secrets) {
        (false, _) => "doesn't exist yet. Your first secret creates it".to_owned(),
        (true, Some(secrets)) => format!("opens, with {}", say::count(secrets, "secret")),
        (true, None) => "doesn't open".to_owned(),
    };
    let locks = match (lock_after_idle, lock_with_screen) {
        (None, false) => "only when you lock it".to_owned(),
        (None, true) => "with the screen".to_owned(),
        (Some(idle), false) => format!("after {idle} without use"),
        (Some(idle), true) => format!("after {idle} without use, and with the screen"),
    };
    let agent = match agent {
        None => "isn't running",
        Some(VaultState { locked: Some(reason), .. }) => locked_because(reason),
        Some(VaultState { locked: None, open: true }) => "has the vault open",
        Some(VaultState { locked: None, open: false }) => "hasn't opened the vault",
    };
    let rows = [
        ("Vault", file.display().to_string()),
        ("State", holds),
        ("Key", place),
        ("Locked", locks),
        ("Agent", agent.to_owned()),
    ];
    say::table(&rows.map(|(what, text)| vec![what.to_owned(), text]));
    if let Some(from) = moves_from {
        say::note(&format!("Moving the key from {from} isn't finished. Run the move again"));
    }
    problem.map_or(Ok(()), Err)
}

fn locked_because(reason: LockReason) -> &'static str {
    match reason {
        LockReason::Asked => "is locked",
        LockReason::Idle => "is locked, because you were away",
        LockReason::Screen => "is locked, because the screen was",
        LockReason::Sleep => "is locked, because the machine slept",
    }
}

fn move_to(broker: &Broker, place: &VaultKey, old_key: OldKey) -> Result<(), Problem> {
    let moved = broker.move_vault(place, old_key)?;
    tell_agent(broker);
    if say::wants_json() {
        return say::json(&moved);
    }
    let VaultMove { place, sealed, .. } = &moved;
    say::line(&match sealed {
        true => format!("The vault has a new key, in {place}"),
        false => format!("The vault's key is in {place}"),
    });
    say_old_key(&moved);
    Ok(())
}

/// What became of the old key.
pub(super) fn say_old_key(moved: &VaultMove) {
    let Some(old) = &moved.old_place else { return };
    match (&moved.not_removed, moved.old_key_left) {
        (Some(problem), _) => say::note(&format!(
            "The old key is still in {old}: {}. It doesn't open the vault any more. Remove it yourself",
            problem.message
        )),
        (None, true) => say::note(&format!("The old key is still in {old}. It doesn't open this vault any more")),
        (None, false) => say::line(&format!("The old key was removed from {old}")),
    }
}

/// Has a running agent open the vault with the key that counts now. It would ask for the key by itself, but not for a
/// passphrase, which was typed here.
pub(super) fn tell_agent(broker: &Broker) {
    let told = || -> Result<(), Problem> {
        match ask_agent(broker, GetVaultState)? {
            // It asks for the new key when the person unlocks it.
            None | Some(VaultState { locked: Some(_), .. }) => Ok(()),
            Some(VaultState { locked: None, .. }) => {
                let typed = broker.passphrase_need().map(|_| say::passphrase(PassphraseNeed::Existing)).transpose()?;
                ask_agent(broker, UnlockVault { passphrase: typed.map(SecretText::from) }).map(drop)
            }
        }
    };
    if let Err(problem) = told() {
        say::note(&format!("The running agent didn't accept the new key: {}. Run: daypass unlock", problem.message));
    }
}

pub(super) fn lock() -> Result<(), Problem> {
    let broker = Broker::open(surroundings()?);
    let Some(is_news) = ask_agent(&broker, LockVault)? else { return Err(no_agent()) };
    say::result(&json!({ "locked": true, "wasOpen": is_news }), || {
        say::line(if is_news {
            "Locked the vault. Renewals pause until you unlock it"
        } else {
            "The vault was already locked, or doesn't exist yet"
        });
    })
}

pub(super) fn unlock() -> Result<(), Problem> {
    let broker = Broker::open(surroundings()?);
    let Some(state) = ask_agent(&broker, GetVaultState)? else { return Err(no_agent()) };
    let need = broker.passphrase_need();
    let VaultState { locked, open } = state;
    let is_shut = locked.is_some() || (need.is_some() && !open);
    if is_shut {
        match need {
            Some(need) => with_passphrase(&broker, need)?,
            None => drop(ask_agent(&broker, UnlockVault { passphrase: None })?),
        }
    }
    say::result(&json!({ "unlocked": is_shut }), || {
        say::line(if is_shut { "Unlocked the vault" } else { "The vault isn't locked" });
    })
}

/// Asks for the passphrase until it is right, or takes it from standard input.
fn with_passphrase(broker: &Broker, need: PassphraseNeed) -> Result<(), Problem> {
    if !std::io::stdin().is_terminal() {
        return send(broker, read_secret("vault's passphrase")?);
    }
    for left in (1..=TRIES).rev() {
        let need = if left == TRIES { need } else { PassphraseNeed::Again { left } };
        match send(broker, say::passphrase(need)?) {
            Err(problem) if problem.code == ProblemCode::PassphraseWrong && left > 1 => {}
            outcome => return outcome,
        }
    }
    Ok(())
}

fn send(broker: &Broker, passphrase: SecretString) -> Result<(), Problem> {
    ask_agent(broker, UnlockVault { passphrase: Some(passphrase.into()) }).map(drop)
}

/// Asks the running agent. `None` without one.
fn ask_agent<R: Ask>(broker: &Broker, request: R) -> Result<Option<R::Answer>, Problem> {
    match agent::connect(&broker.surroundings().places.socket)? {
        Some(agent) => agent.ask(request, |_| ()).map(Some).map_err(Problem::from),
        None => Ok(None),
    }
}

fn no_agent() -> Problem {
    Problem::new(ProblemKind::NotFound, ProblemCode::NoAgent, "no agent is running, so no program keeps the vault open")
        .hint("each command opens it for itself. To keep it open, start the desktop app or `daypass agent`")
        .next(NextStep::StartAgent)
}
