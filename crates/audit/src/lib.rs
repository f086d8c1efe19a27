//! The audit log: one JSON line an event, each carrying the hash of the one before.
//!
//! A chain of hashes shows a change in its middle, and not one at its end: a program that can write the file can write a
//! new last line, or take some away. So how many lines there are and the hash of the last one are kept in a
//! [`HeadFile`], which only the vault's key can write.

mod head;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use daypass_core::digest;
use daypass_core::event::SessionChange;
use daypass_core::names::{IdentityName, ProfileName, Region, Target};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::view::SessionView;

pub use head::{Head, HeadFile, HeadStore, KnownHead};

/// The log of one `DAYPASS_HOME`.
#[derive(Clone)]
pub struct AuditLog {
    path: Arc<PathBuf>,
    heads: Arc<dyn HeadStore>,
}

/// What [`AuditLog::verify`] found in a log that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verified {
    /// The lines of the log.
    pub lines: usize,
    /// Those that came while the vault was closed, so that nothing but their own chain vouches for them.
    pub unsealed: usize,
    /// The lines of logs before this one, which were moved away.
    pub earlier: usize,
}

/// What happened, in words that are matched with CloudTrail by access key id and request id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditEvent {
    /// A person proved who they are.
    SignedIn,
    /// The proof was thrown away.
    SignedOut,
    /// A proof was exchanged for the first credentials of a session, and they were delivered.
    Started,
    /// New credentials for a running session were exchanged and delivered.
    Renewed,
    /// A session failed, or could not be renewed.
    Failed,
    /// Tools get the same credentials another way: as a profile in the file, or from `credential_process`.
    DeliveryChanged,
    /// Credentials expired.
    Expired,
    /// The person ended a session.
    Stopped,
    /// A console sign-in address was made.
    ConsoleOpened,
    /// An access key of an IAM user was created.
    AccessKeyCreated,
    /// An access key of an IAM user was switched off.
    AccessKeyDeactivated,
    /// An access key of an IAM user was deleted.
    AccessKeyDeleted,
}

/// One line of the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditLine {
    /// When, on this machine's clock.
    pub at: DateTime<Utc>,
    /// What.
    pub event: AuditEvent,
    /// With which identity.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub identity: Option<IdentityName>,
    /// Who, as the provider says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<String>,
    /// For which profile.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub profile: Option<ProfileName>,
    /// For which role.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<Target>,
    /// The key's id, as CloudTrail has it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub access_key_id: Option<String>,
    /// The region whose STS answered, where it was not the first that was asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub region: Option<Region>,
    /// The service's request id, as CloudTrail has it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
    /// Code of the problem.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub problem: Option<String>,
    /// SHA-256 of the line before, 64 zeros for the first.
    #[serde(default)]
    pub before: String,
}

impl AuditLine {
    /// A line with only its time and event.
    #[must_use]
    pub fn new(at: DateTime<Utc>, event: AuditEvent) -> Self {
        Self {
            at,
            event,
            identity: None,
            person: None,
            profile: None,
            role: None,
            access_key_id: None,
            region: None,
            request_id: None,
            problem: None,
            before: String::new(),
        }
    }
}

const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl AuditLog {
    /// The log at this path, whose head is kept in `heads`; made with its first line.
    #[must_use]
    pub fn new(path: PathBuf, heads: Arc<dyn HeadStore>) -> Self {
        Self { path: Arc::new(path), heads }
    }

    /// Appends a line. A log that cannot be written is reported in the program's own log and stops nothing: a full
    /// disk must not keep the person from working.
    pub fn record(&self, line: AuditLine) {
        if let Err(error) = self.append(line) {
            tracing::warn!(file = %self.path.display(), %error, "the audit log could not be written");
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
            region: session.sts_region.clone(),
            request_id: request_id.map(str::to_owned).or_else(|| problem.and_then(|p| p.request_id.clone())),
            problem: problem.map(|p| p.code.to_string()),
            ..AuditLine::new(at, event)
        });
    }

    fn read(&self) -> Result<Option<Vec<u8>>, Problem> {
        durable_file::read(&self.path)
            .map_err(|e| Problem { hint: e.advice().map(str::to_owned), ..self.unreadable(&e) })
    }

    fn unreadable(&self, why: &dyn std::fmt::Display) -> Problem {
        Problem::new(ProblemKind::Failed, ProblemCode::AuditUnreadable, format!("{}: {why}", self.path.display()))
    }

    fn append(&self, mut line: AuditLine) -> Result<(), durable_file::Error> {
        let _turn = durable_file::lock(&self.path)?;
        let last = last_line(&self.path).map(|line| digest::full(line.as_bytes()));
        let head = self.heads.head();
        line.before = last.clone().unwrap_or_else(|| FIRST.to_owned());
        // The line has strings, dates and newtypes over strings only: they serialize.
        let Ok(text) = serde_json::to_string(&line) else { return Ok(()) };
        durable_file::append_line(&self.path, &durable_file::Options::default(), &text)?;
        let hash = digest::full(text.as_bytes());
        let next = match (head, last) {
            (KnownHead::Whole(head), Some(last)) if head.hash == last => {
                Some(Head { lines: head.lines + 1, hash, ..head })
            }
            // A new log: the one before was moved away.
            (KnownHead::Whole(head), None) => {
                Some(Head { lines: 1, hash, earlier: head.lines + head.earlier, unsealed: 0 })
            }
            (KnownHead::None, None) => Some(Head { lines: 1, hash, earlier: 0, unsealed: 0 }),
            // Lines came while the vault was closed, which is told for ever. Where anything else happened, the head
            // stays, and `verify` tells.
            (head @ (KnownHead::Whole(_) | KnownHead::None), Some(_)) => {
                let found = self.verify_from(head).ok();
                // Of these, the one that was just written is ours.
                found.map(|Verified { lines, earlier, unsealed }| Head {
                    lines,
                    hash,
                    earlier,
                    unsealed: unsealed.saturating_sub(1),
                })
            }
            (KnownHead::Broken, _) => None,
        };
        if let Some(next) = next {
            self.heads.keep(&next);
        }
        Ok(())
    }

    /// Checks that no line was changed, removed or put in between, the last ones included.
    ///
    /// # Errors
    ///
    /// `audit-broken` with the number of the first line that is not as Daypass wrote it.
    pub fn verify(&self) -> Result<Verified, Problem> {
        self.verify_from(self.heads.head())
    }

    fn verify_from(&self, head: KnownHead) -> Result<Verified, Problem> {
        let head = match head {
            KnownHead::Whole(head) => Some(head),
            KnownHead::None => None,
            KnownHead::Broken => {
                return Err(self.broken("the file that says where the log ends is gone or was changed"));
            }
        };
        let text = match self.read()? {
            Some(bytes) => String::from_utf8(bytes).map_err(|e| self.unreadable(&e))?,
            None => String::new(),
        };
        let sealed = head.as_ref().map_or(0, |head| head.lines);
        let mut before = FIRST.to_owned();
        let mut lines = 0;
        for line in text.lines() {
            lines += 1;
            if !serde_json::from_str::<AuditLine>(line).is_ok_and(|line| line.before == before) {
                return Err(self.broken(&format!("line {lines}: does not follow from the line before it")));
            }
            before = digest::full(line.as_bytes());
            if head.as_ref().is_some_and(|head| head.lines == lines && head.hash != before) {
                return Err(self.broken(&format!("line {lines}: is not the one that Daypass wrote")));
            }
        }
        if lines < sealed {
            return Err(self.broken(&format!("ends after line {lines}, and Daypass wrote {sealed}")));
        }
        let (earlier, unsealed) = head.map_or((0, 0), |head| (head.earlier, head.unsealed));
        Ok(Verified { lines, unsealed: unsealed + lines - sealed, earlier })
    }

    fn broken(&self, what: &str) -> Problem {
        let message = format!("{}: {what}", self.path.display());
        Problem::new(ProblemKind::Failed, ProblemCode::AuditBroken, message).hint(
            "a line was changed, removed or added by something else than Daypass; compare with a backup and with CloudTrail",
        )
    }
}

impl std::fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuditLog").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The last line of the log, read from its end: the log grows for years.
fn last_line(path: &Path) -> Option<String> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = std::fs::File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    // A line has a dozen short fields: 16 kB hold it many times over.
    file.seek(SeekFrom::Start(length.saturating_sub(16 * 1024))).ok()?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail).ok()?;
    let text = String::from_utf8_lossy(&tail);
    text.lines().last().map(str::to_owned)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[derive(Default)]
    struct Heads {
        head: Mutex<Option<Head>>,
        closed: AtomicBool,
    }

    impl HeadStore for Heads {
        fn head(&self) -> KnownHead {
            self.head.lock().unwrap().clone().map_or(KnownHead::None, KnownHead::Whole)
        }

        fn keep(&self, head: &Head) {
            if !self.closed.load(Ordering::SeqCst) {
                *self.head.lock().unwrap() = Some(head.clone());
            }
        }
    }

    fn log(folder: &tempfile::TempDir) -> AuditLog {
        AuditLog::new(folder.path().join("audit.jsonl"), Arc::new(Heads::default()))
    }

    #[test]
    fn a_changed_removed_or_added_line_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(&folder);
        assert_eq!(log.verify().unwrap(), Verified::default());
        for n in 0..5 {
            let at = DateTime::from_timestamp(n, 0).unwrap();
            log.record(AuditLine { person: Some(format!("p{n}")), ..AuditLine::new(at, AuditEvent::SignedIn) });
        }
        assert_eq!(log.verify().unwrap(), Verified { lines: 5, ..Verified::default() });
        let text = std::fs::read_to_string(&*log.path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let broken = [
            text.replace("p2", "px"),
            [&lines[..2], &lines[3..]].concat().join("\n"),
            [&lines[..2], &[lines[1]], &lines[2..]].concat().join("\n"),
            // At its end no hash follows.
            text.replace("p4", "px"),
            lines[..4].join("\n"),
            String::new(),
        ];
        for text in broken {
            #[allow(clippy::disallowed_methods)]
            std::fs::write(&*log.path, &text).unwrap();
            assert_eq!(log.verify().unwrap_err().code, ProblemCode::AuditBroken);
            if text.is_empty() {
                continue;
            }
            // What Daypass writes later hides nothing.
            log.record(AuditLine::new(DateTime::UNIX_EPOCH, AuditEvent::SignedIn));
            assert_eq!(log.verify().unwrap_err().code, ProblemCode::AuditBroken);
        }
    }

    #[test]
    fn lines_that_came_while_the_vault_was_closed_are_told_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let heads = Arc::new(Heads::default());
        let log = AuditLog::new(folder.path().join("audit.jsonl"), Arc::clone(&heads) as Arc<dyn HeadStore>);
        let line = || AuditLine::new(DateTime::UNIX_EPOCH, AuditEvent::SignedIn);
        log.record(line());
        heads.closed.store(true, Ordering::SeqCst);
        log.record(line());
        log.record(line());
        heads.closed.store(false, Ordering::SeqCst);
        assert_eq!(log.verify().unwrap(), Verified { lines: 3, unsealed: 2, earlier: 0 });
        log.record(line());
        log.record(line());
        assert_eq!(log.verify().unwrap(), Verified { lines: 5, unsealed: 2, earlier: 0 }, "told for ever");
    }

    #[test]
    fn a_log_that_was_moved_away_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(&folder);
        let line = || AuditLine::new(DateTime::UNIX_EPOCH, AuditEvent::SignedIn);
        (0..3).for_each(|_| log.record(line()));
        for round in 1..3 {
            #[allow(clippy::disallowed_methods)]
            std::fs::rename(&*log.path, folder.path().join(format!("audit.{round}.jsonl"))).unwrap();
            (0..2).for_each(|_| log.record(line()));
        }
        assert_eq!(log.verify().unwrap(), Verified { lines: 2, unsealed: 0, earlier: 5 });
    }

    #[test]
    fn the_chain_holds_with_many_writers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let heads = Arc::new(Heads::default());
        // Each its own log: nothing but the files is shared, as between processes.
        let writers = (0..8).map(|writer| {
            let log = AuditLog::new(path.clone(), Arc::clone(&heads) as Arc<dyn HeadStore>);
            std::thread::spawn(move || {
                for n in 0..25 {
                    let person = Some(format!("{writer}/{n}"));
                    log.record(AuditLine { person, ..AuditLine::new(DateTime::UNIX_EPOCH, AuditEvent::SignedIn) });
                }
            })
        });
        writers.collect::<Vec<_>>().into_iter().for_each(|writer| writer.join().unwrap());
        let found = AuditLog::new(path, heads).verify().unwrap();
        assert_eq!(found, Verified { lines: 200, ..Verified::default() });
    }

    #[test]
    fn half_a_line_from_a_power_cut_is_found_and_does_not_stop_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(&folder);
        let line = || AuditLine::new(DateTime::UNIX_EPOCH, AuditEvent::SignedIn);
        log.record(line());
        let whole = std::fs::read_to_string(&*log.path).unwrap();
        #[allow(clippy::disallowed_methods)]
        std::fs::write(&*log.path, format!("{whole}{}", &whole[..20])).unwrap();
        log.record(line());
        assert_eq!(std::fs::read_to_string(&*log.path).unwrap().lines().count(), 3);
        let problem = log.verify().unwrap_err();
        assert!(problem.code == ProblemCode::AuditBroken && problem.message.contains("line 2"), "{problem}");
    }
}
