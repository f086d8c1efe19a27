//! The events of the person's identities, from the audit log.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use chrono::Local;
use daypass_audit::{AuditFilter, AuditLine, Entries, Entry, OfRole, Placed, Verified};
use daypass_core::account::{AccountLabel, AccountView, LabelAccounts as _};
use daypass_core::history::{
    History, HistoryAccount, HistoryAsked, HistoryChain, HistoryEvent, HistoryExport, HistoryFormat,
};
use daypass_core::names::{AccountId, IdentityName, Target};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::view::role_id;

use durable_file::{Change, EditError, Options};

use super::door::Broker;

impl Broker {
    /// A page of events, newest first. Reads the log from its end and holds no more than the page: a day of a log of
    /// years is as near as a day of a short one.
    ///
    /// # Errors
    ///
    /// `unknown-role` for a role that isn't written as `IDENTITY:ARN`; `audit-unreadable`.
    pub fn history(&self, asked: HistoryAsked) -> Result<History, Problem> {
        let most = asked.limit.unwrap_or(HistoryAsked::MOST).min(HistoryAsked::MOST);
        let cursor = asked.cursor.clone();
        let mut names = NamesNow::default();
        let of_role = asked.role.as_deref().map(of_role).transpose()?;
        let page = self.0.audit.page(&self.filter_of(asked)?, most as usize, cursor.as_ref())?;
        let event = |placed: Placed| {
            let now = names.of(&placed.entry.line);
            // All of them are of this one, whatever it was called.
            event_of(placed, of_role.as_ref().map(|of| of.identity.clone()).or(now))
        };
        let events: Vec<HistoryEvent> = page.entries.into_iter().map(event).collect();
        let accounts = self.accounts_of(&events);
        Ok(History { events, more: page.more, unreadable: few(page.unreadable), accounts })
    }

    fn accounts_of(&self, events: &[HistoryEvent]) -> Vec<HistoryAccount> {
        let ids: BTreeSet<&AccountId> = events.iter().filter_map(|event| event.account.as_ref()).collect();
        let of = |id: &AccountId| {
            let AccountLabel { name, alias, colour, production } = self.0.accounts.label(id);
            let name = name.or_else(|| alias.map(|alias| alias.to_string()));
            HistoryAccount { id: id.clone(), name, colour, production }
        };
        let says = |account: &HistoryAccount| account.name.is_some() || account.colour.is_some() || account.production;
        ids.into_iter().map(of).filter(says).collect()
    }

    /// Writes events to a new file in a folder, which only the person can read: the newest [`HistoryAsked::MOST`] of
    /// them at most, oldest first.
    ///
    /// # Errors
    ///
    /// Those of [`Broker::history`]; file errors.
    pub fn export_history(
        &self,
        asked: HistoryAsked,
        format: HistoryFormat,
        folder: &Path,
    ) -> Result<HistoryExport, Problem> {
        let Entries { entries, .. } = self.0.audit.read(&self.filter_of(asked)?, Some(HistoryAsked::MOST as usize))?;
        let (text, ending) = match format {
            HistoryFormat::Jsonl => (entries.iter().map(|Entry { text, .. }| format!("{text}\n")).collect(), "jsonl"),
            HistoryFormat::Csv => (daypass_audit::csv(entries.iter().map(|entry| &entry.line))?, "csv"),
        };
        let day = self.0.surroundings.clock.now().with_timezone(&Local).format("%Y-%m-%d");
        let file = write_new(folder, &format!("daypass-{day}"), ending, &text)?;
        Ok(HistoryExport { file: file.display().to_string(), lines: few(entries.len()) })
    }

    fn filter_of(&self, asked: HistoryAsked) -> Result<AuditFilter, Problem> {
        let HistoryAsked { since, until, role, identity, account, kinds, text, limit: _, cursor: _ } = asked;
        Ok(AuditFilter {
            role: None,
            of_role: role.map(|role| of_role(&role)).transpose()?,
            identity,
            account,
            events: kinds,
            text_accounts: text.as_deref().map(|text| self.accounts_named(text)).unwrap_or_default(),
            text,
            since,
            until,
        })
    }

    /// The accounts that have a text in their name or alias, in any case.
    #[must_use]
    pub fn accounts_named(&self, text: &str) -> Vec<AccountId> {
        let part = text.to_lowercase();
        let has = |name: &str| name.to_lowercase().contains(&part);
        let is_named = |one: &AccountView| {
            one.name.as_deref().is_some_and(has) || one.alias.as_ref().is_some_and(|alias| has(&alias.to_string()))
        };
        self.accounts().unwrap_or_default().into_iter().filter(is_named).map(|one| one.id).collect()
    }

    /// Whether the log is as Daypass wrote it. Reads all of it.
    #[must_use]
    pub fn check_history(&self) -> HistoryChain {
        // The vault knows where the log ends.
        if let Err(problem) = self.0.vault.read() {
            return HistoryChain::NotChecked { problem: problem.into() };
        }
        match self.0.audit.verify() {
            Ok(Verified { lines, unsealed, removed, restarted, .. }) => {
                HistoryChain::Intact { lines: few(lines), unsealed: few(unsealed), removed: few(removed), restarted }
            }
            Err(problem) if problem.code == ProblemCode::AuditBroken => HistoryChain::Broken { problem },
            Err(problem) => HistoryChain::NotChecked { problem },
        }
    }
}

/// Writes a file under the first free one of such names: `daypass-2026-11-30.csv`, `daypass-2026-11-30 (2).csv`.
fn write_new(folder: &Path, name: &str, ending: &str, text: &str) -> Result<PathBuf, Problem> {
    let mut number = 1;
    loop {
        let more = if number == 1 { String::new() } else { format!(" ({number})") };
        let file = folder.join(format!("{name}{more}.{ending}"));
        let written = durable_file::edit(&file, &Options::default(), |before| match before {
            Some(_) => Err(Taken),
            None => Ok(Change::Replace(text.into())),
        });
        match written {
            Ok(_) => return Ok(file),
            Err(EditError::Change(Taken)) => number += 1,
            Err(EditError::File(error)) => return Err(error.into()),
        }
    }
}

/// A file has this name already.
struct Taken;

fn of_role(id: &str) -> Result<OfRole, Problem> {
    let parts = id.split_once(':').and_then(|(identity, role)| Some((identity.parse().ok()?, role.parse().ok()?)));
    let (identity, role) = parts.ok_or_else(|| {
        Problem::new(ProblemKind::NotFound, ProblemCode::UnknownRole, format!("no role is called {id}"))
    })?;
    Ok(OfRole { identity, role })
}

/// What identities are called now, by what they were called at a line of the log. Lines come newest first.
#[derive(Default)]
struct NamesNow(HashMap<IdentityName, IdentityName>);

impl NamesNow {
    fn of(&mut self, line: &AuditLine) -> Option<IdentityName> {
        let name = line.identity.as_ref()?;
        let now = self.0.get(name).unwrap_or(name).clone();
        if let Some(former) = &line.former_name {
            // Before this, another identity may have had the new name.
            self.0.remove(name);
            self.0.insert(former.clone(), now.clone());
        }
        Some(now)
    }
}

fn event_of(Placed { file, offset, entry }: Placed, identity_now: Option<IdentityName>) -> HistoryEvent {
    let AuditLine { role, .. } = &entry.line;
    let role_id = identity_now.as_ref().zip(role.as_ref()).map(|(identity, role)| role_id(identity, role));
    let account = role.as_ref().map(|role| role.account().clone());
    let role_name = role.as_ref().map(Target::name).map(str::to_owned);
    let line = entry.line;
    HistoryEvent {
        id: format!("{file}.{offset}"),
        at: line.at,
        kind: line.event,
        identity: line.identity,
        identity_now,
        former_name: line.former_name,
        person: line.person,
        profile: line.profile,
        role: line.role,
        account,
        role_name,
        role_id,
        access_key_id: line.access_key_id,
        expires_at: line.expires_at,
        region: line.region,
        request_id: line.request_id,
        problem: line.problem.and_then(|code| code.parse().ok()),
        why: line.why,
        catalog: line.catalog,
        taker: line.taker,
        consent: line.consent,
        since: line.since,
    }
}

fn few(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
