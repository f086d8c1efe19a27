//! What was done with the person's identities, from the audit log.

use daypass_audit::{AuditFilter, AuditLine, OfRole, Placed, Verified};
use daypass_core::history::{History, HistoryAsked, HistoryChain, HistoryEvent};
use daypass_core::names::Target;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::view::role_id;

use super::door::Broker;

impl Broker {
    /// A page of events, newest first. Reads the log from its end and holds no more than the page: a day of a log of years
    /// is as near as a day of a short one.
    ///
    /// # Errors
    ///
    /// `unknown-role` for a role that isn't written as `IDENTITY:ARN`; `audit-unreadable`.
    pub fn history(&self, asked: HistoryAsked) -> Result<History, Problem> {
        let most = asked.limit.unwrap_or(HistoryAsked::MOST).min(HistoryAsked::MOST);
        let cursor = asked.cursor.clone();
        let page = self.0.audit.page(&filter_of(asked)?, most as usize, cursor.as_ref())?;
        Ok(History {
            events: page.entries.into_iter().map(event_of).collect(),
            more: page.more,
            unreadable: few(page.unreadable),
        })
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

pub(super) fn filter_of(asked: HistoryAsked) -> Result<AuditFilter, Problem> {
    let HistoryAsked { since, until, role, identity, account, kinds, text, limit: _, cursor: _ } = asked;
    Ok(AuditFilter {
        role: None,
        of_role: role.map(|role| of_role(&role)).transpose()?,
        identity,
        account,
        events: kinds,
        text,
        since,
        until,
    })
}

fn of_role(id: &str) -> Result<OfRole, Problem> {
    let parts = id.split_once(':').and_then(|(identity, role)| Some((identity.parse().ok()?, role.parse().ok()?)));
    let (identity, role) = parts.ok_or_else(|| {
        Problem::new(ProblemKind::NotFound, ProblemCode::UnknownRole, format!("no role is called {id}"))
    })?;
    Ok(OfRole { identity, role })
}

fn event_of(Placed { file, offset, entry }: Placed) -> HistoryEvent {
    let AuditLine { identity, role, .. } = &entry.line;
    let role_id = identity.as_ref().zip(role.as_ref()).map(|(identity, role)| role_id(identity, role));
    let account = role.as_ref().map(|role| role.account().clone());
    let role_name = role.as_ref().map(Target::name).map(str::to_owned);
    let line = entry.line;
    HistoryEvent {
        id: format!("{file}.{offset}"),
        at: line.at,
        kind: line.event,
        identity: line.identity,
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
        catalog: line.catalog,
        taker: line.taker,
        since: line.since,
    }
}

fn few(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
