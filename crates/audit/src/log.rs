//! Writes the log.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use daypass_core::digest;
use daypass_core::event::SessionChange;
use daypass_core::history::AuditEvent;
use daypass_core::problem::{Problem, ProblemCode};
use daypass_core::settings::ConfigSource;
use daypass_core::view::SessionView;

use crate::files::{Files, Opened, last_line};
use crate::head::{Head, HeadStore, KnownHead, Removed};
use crate::line::{AuditLine, FIRST};
use crate::rotation;
use crate::verify::{Verified, Walk, unreadable};

/// The log of one `DAYPASS_HOME`.
#[derive(Clone)]
pub struct AuditLog {
    pub(crate) files: Files,
    heads: Arc<dyn HeadStore>,
    config: Arc<dyn ConfigSource>,
}

impl AuditLog {
    /// The log at this path, whose head is kept in `heads`; made with its first line.
    #[must_use]
    pub fn new(path: PathBuf, heads: Arc<dyn HeadStore>, config: Arc<dyn ConfigSource>) -> Self {
        Self { files: Files::of(path), heads, config }
    }

    /// Appends a line. A log that cannot be written is reported in the program's own log and stops nothing: a full
    /// disk must not keep the person from working.
    pub fn record(&self, line: AuditLine) {
        if let Err(error) = self.append(line) {
            tracing::warn!(file = %self.files.current().display(), %error, "the audit log couldn't be written");
        }
    }

    /// Records what happened to a session, where it is worth a line.
    pub fn record_session(
        &self,
        at: DateTime<Utc>,
        change: SessionChange,
        session: &SessionView,
        request_id: Option<&str>,
    ) {
        let event = match change {
            SessionChange::Started => AuditEvent::Started,
            SessionChange::Renewed => AuditEvent::Renewed,
            SessionChange::Failed | SessionChange::SignInNeeded if session.access_key_id.is_some() => {
                AuditEvent::RenewalFailed
            }
            SessionChange::Failed | SessionChange::SignInNeeded => AuditEvent::Failed,
            SessionChange::DeliveryChanged => AuditEvent::DeliveryChanged,
            SessionChange::Expired => AuditEvent::Expired,
            SessionChange::Stopped => AuditEvent::Stopped,
            SessionChange::Requested | SessionChange::RenewalBegan | SessionChange::RenewalDelayed => return,
        };
        let problem = session.problem.as_ref();
        self.record(AuditLine {
            identity: Some(session.identity.clone()),
            profile: Some(session.profile.clone()),
            role: Some(session.role.clone()),
            access_key_id: session.access_key_id.clone(),
            expires_at: session.expires_here.filter(|_| matches!(event, AuditEvent::Started | AuditEvent::Renewed)),
            region: session.sts_region.clone(),
            request_id: request_id.map(str::to_owned).or_else(|| problem.and_then(|p| p.request_id.clone())),
            problem: problem.map(|p| p.code.to_string()),
            ..AuditLine::new(at, event)
        });
    }

    fn append(&self, line: AuditLine) -> Result<(), durable_file::Error> {
        let _turn = durable_file::lock(self.files.current())?;
        let settings = self.config.current().audit;
        if rotation::is_due(&self.files, &settings, line.at) {
            let continued = rotation::rotate(&self.files, line.at)?;
            self.write(continued)?;
            if let (Some(keep), KnownHead::Whole(head)) = (settings.keep, self.heads.head()) {
                self.remove_old(head, line.at - keep.span());
            }
        }
        self.write(line)
    }

    /// Writes a line below the last one, and keeps the new head. The caller has the turn.
    fn write(&self, mut line: AuditLine) -> Result<(), durable_file::Error> {
        let last = self.last_hash();
        let head = self.heads.head();
        line.before = last.clone().unwrap_or_else(|| FIRST.to_owned());
        let Some(text) = line.written() else { return Ok(()) };
        durable_file::append_line(self.files.current(), &durable_file::Options::default(), &text)?;
        let hash = digest::full(text.as_bytes());
        let next = match (head, last) {
            (KnownHead::Whole(head), Some(last)) if head.hash == last => {
                Some(Head { lines: head.lines + 1, hash, ..head })
            }
            (KnownHead::None, None) => Some(Head { lines: 1, hash, unsealed: 0, removed: Removed::default() }),
            // Lines were written while the vault was closed, which is always reported. If anything else happened, the
            // head stays, and `verify` tells.
            (head @ (KnownHead::Whole(_) | KnownHead::None), Some(_)) => self.caught_up(head, hash),
            // The log is gone, or its head is.
            (KnownHead::Whole(_), None) | (KnownHead::Broken, _) => None,
        };
        if let Some(next) = next {
            self.heads.keep(&next);
        }
        Ok(())
    }

    /// The head of a log that was written without one. Of the lines that nothing vouches for, the last one is ours.
    fn caught_up(&self, head: KnownHead, hash: String) -> Option<Head> {
        let removed = match &head {
            KnownHead::Whole(head) => head.removed.clone(),
            KnownHead::None | KnownHead::Broken => Removed::default(),
        };
        let files = self.opened(removed.files).ok()?;
        let found = Self::walk(Walk::from(head, self.files.current()).ok()?, files).ok()?;
        let lines = found.lines + found.removed;
        Some(Head { lines, hash, unsealed: found.unsealed.saturating_sub(1), removed })
    }

    /// SHA-256 of the last line, which is in a full file if the process ended between two steps of a rotation.
    fn last_hash(&self) -> Option<String> {
        let last = last_line(self.files.current()).or_else(|| {
            let full = self.files.existing_full().ok()?;
            last_line(&full.last()?.path)
        });
        last.map(|line| digest::full(line.as_bytes()))
    }

    /// Removes full files whose last line is older. First the head, so that a file that is left behind is known for one
    /// that should be gone.
    fn remove_old(&self, head: Head, before: DateTime<Utc>) {
        let Some((removed, old)) = rotation::removable(&self.files, &head.removed, before) else { return };
        self.heads.keep(&Head { removed, ..head });
        if matches!(self.heads.head(), KnownHead::Whole(now) if now.removed != head.removed) {
            old.iter().for_each(|file| rotation::remove(file));
        }
    }

    /// Checks that no line was changed, removed or put in between, in any file, the last ones included.
    ///
    /// # Errors
    ///
    /// `audit-broken` with the first line that is not as Daypass wrote it.
    pub fn verify(&self) -> Result<Verified, Problem> {
        // Neither a line nor a rotation may come between the files and the head. What is open then stays as it is, so
        // lines can come again while a long log is read. Where the turn can't be had, the log can't be written either.
        let turn = self.files.current().parent().filter(|folder| folder.exists());
        let turn = turn.and_then(|_| durable_file::lock(self.files.current()).ok());
        let (head, files) = self.standing()?;
        drop(turn);
        Self::walk(Walk::from(head, self.files.current())?, files)
    }

    /// The head, and the files that are left.
    fn standing(&self) -> Result<(KnownHead, Vec<Opened>), Problem> {
        let head = self.heads.head();
        let removed = match &head {
            KnownHead::Whole(head) => head.removed.files,
            KnownHead::None | KnownHead::Broken => 0,
        };
        let files = self.opened(removed)?;
        Ok((head, files))
    }

    fn walk(mut walk: Walk, files: Vec<Opened>) -> Result<Verified, Problem> {
        for file in files {
            walk.file(file)?;
        }
        walk.end()
    }

    /// The same for a caller that has the turn.
    fn verify_in_turn(&self) -> Result<Verified, Problem> {
        let (head, files) = self.standing()?;
        Self::walk(Walk::from(head, self.files.current())?, files)
    }

    /// The files with a number above this one, oldest first, and the current one.
    pub(crate) fn opened(&self, removed: u32) -> Result<Vec<Opened>, Problem> {
        let current = self.files.current();
        let full = self.files.existing_full().map_err(|error| unreadable(current, &error))?;
        let mut opened = Vec::with_capacity(full.len() + 1);
        for file in full.iter().filter(|file| file.number > removed) {
            let there = Opened::open(&file.path, Some(file.number)).map_err(|error| unreadable(&file.path, &error))?;
            opened.extend(there);
        }
        opened.extend(Opened::open(current, None).map_err(|error| unreadable(current, &error))?);
        Ok(opened)
    }

    /// The number up to which full files count as removed.
    pub(crate) fn removed_files(&self) -> u32 {
        match self.heads.head() {
            KnownHead::Whole(head) => head.removed.files,
            KnownHead::None | KnownHead::Broken => 0,
        }
    }

    /// Begins a new log after a break, and says so in its first line. The broken one keeps its content under other
    /// names, which are returned. A whole log stays as it is.
    ///
    /// # Errors
    ///
    /// `audit-unreadable`; files that can't get another name.
    pub fn restart(&self, at: DateTime<Utc>) -> Result<Vec<PathBuf>, Problem> {
        let current = self.files.current();
        let _turn = durable_file::lock(current)?;
        match self.verify_in_turn() {
            Ok(_) => return Ok(Vec::new()),
            Err(problem) if problem.code == ProblemCode::AuditBroken => {}
            Err(problem) => return Err(problem),
        }
        let moment = at.format("%Y%m%dT%H%M%SZ").to_string();
        let mut kept = Vec::new();
        // The current one last: until it has gone, another call finds the break too.
        for file in self.opened(0)? {
            let aside = self.files.set_aside(&file.path, &moment);
            durable_file::rename(&file.path, &aside)?;
            kept.push(aside);
        }
        let first = AuditLine {
            problem: Some(ProblemCode::AuditBroken.to_string()),
            before: FIRST.to_owned(),
            ..AuditLine::new(at, AuditEvent::Restarted)
        };
        let Some(text) = first.written() else { return Ok(kept) };
        self.heads.forget();
        durable_file::append_line(current, &durable_file::Options::default(), &text)?;
        let hash = digest::full(text.as_bytes());
        self.heads.keep(&Head { lines: 1, hash, unsealed: 0, removed: Removed::default() });
        Ok(kept)
    }
}

impl std::fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuditLog").field("files", &self.files).finish_non_exhaustive()
    }
}
