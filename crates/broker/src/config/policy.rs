//! The policy of this machine, which only an administrator can change.
//!
//! A policy that can't be read, that others can change, or that has a mistake allows nothing that it could forbid: what
//! it meant to forbid isn't known.

#[cfg(test)]
use std::path::Path;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde::Deserialize;
use toml_edit::{Document, Item};

use super::parse::{self, Mistake, read};
use daypass_core::names::{AccountId, SessionDuration};
use daypass_core::openness::only_root_can_change;
use daypass_core::policy::{Forbidden, HostPattern, Policy, PolicyDelivery, PolicyView, ProductionPolicy};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{AskWhen, IdentitySettings};

/// The longest policy.
const LONGEST: u64 = 1 << 20;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct SessionsTable {
    longest: Option<SessionDuration>,
    deliveries: Option<Vec<PolicyDelivery>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct IdentitiesTable {
    kinds: Option<Vec<String>>,
    providers: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ProductionTable {
    read_only: bool,
    ask: AskWhen,
    accounts: Vec<AccountId>,
    except: Vec<String>,
}

/// Reads the text of a policy.
fn parsed(text: &str) -> Result<Policy, Mistake> {
    let document = Document::parse(text).map_err(|e| Mistake::new(e.message(), e.span()))?;
    let mut policy = Policy::default();
    for (key, item) in document.as_table() {
        match key {
            "sessions" => {
                let SessionsTable { longest, deliveries } = read(item)?;
                policy.longest_session = longest;
                policy.deliveries = deliveries.map(|them| them.into_iter().collect());
            }
            "identities" => read_identities(&mut policy, item)?,
            "production" => {
                let ProductionTable { read_only, ask, accounts, except } = read(item)?;
                let accounts = accounts.into_iter().collect();
                policy.production = ProductionPolicy { read_only, ask, accounts, except };
            }
            "catalog" => policy.catalogs = parse::read_catalogs(item)?,
            other => {
                let what = format!(
                    "unknown table `{other}`, expected one of `sessions`, `identities`, `production`, `catalog`"
                );
                return Err(Mistake::new(what, document.as_table().key(key).and_then(|k| k.span())));
            }
        }
    }
    Ok(policy)
}

fn read_identities(policy: &mut Policy, item: &Item) -> Result<(), Mistake> {
    let IdentitiesTable { kinds, providers } = read(item)?;
    let place = |field: &str| item.get(field).and_then(Item::span);
    let unknown = |kind: &&String| !IdentitySettings::KINDS.contains(&kind.as_str());
    if let Some(kind) = kinds.iter().flatten().find(unknown) {
        let what = format!("unknown kind {kind:?}, expected some of {}", IdentitySettings::KINDS.join(", "));
        return Err(Mistake::new(what, place("kinds")));
    }
    policy.kinds = kinds.map(|kinds| kinds.into_iter().collect());
    let patterns = providers.map(|all| all.iter().map(|text| HostPattern::parse(text)).collect());
    policy.providers = patterns.transpose().map_err(|what: String| Mistake::new(what, place("providers")))?;
    Ok(())
}

/// The policy's file, followed.
pub(crate) struct PolicyFile {
    path: PathBuf,
    /// Whether a file that isn't root's counts, as in tests that don't run as root.
    owner: Owner,
    last: Mutex<Option<(Stamp, Read)>>,
}

/// Who must own the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Root,
    #[cfg(test)]
    Anyone,
}

type Stamp = Option<(SystemTime, u64)>;
type Read = Result<Arc<Policy>, Problem>;

impl PolicyFile {
    /// The policy in this file, which need not exist. Reads nothing yet.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, owner: Owner::Root, last: Mutex::default() }
    }

    /// What it says. Without a file, everything is allowed.
    ///
    /// # Errors
    ///
    /// `machine-policy-mistake` with its line, `machine-policy-open`, `machine-policy-unreadable`.
    pub(crate) fn policy(&self) -> Result<Arc<Policy>, Problem> {
        let stamp = match std::fs::metadata(&self.path) {
            Ok(facts) => Some((facts.modified().unwrap_or(SystemTime::UNIX_EPOCH), facts.len())),
            Err(error) if is_missing(&error) => None,
            Err(error) => return Err(self.unreadable(&error.to_string())),
        };
        // Also when the file is as it was: a folder may have been opened since.
        if stamp.is_some() {
            self.is_root_s()?;
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((known, policy)) if *known == stamp => policy.clone(),
            _ => {
                let policy = if stamp.is_some() { self.read().map(Arc::new) } else { Ok(Arc::default()) };
                *last = Some((stamp, policy.clone()));
                policy
            }
        }
    }

    /// What the window shows of it. `None` without a policy.
    pub(crate) fn view(&self) -> Option<PolicyView> {
        let file = self.path.display().to_string();
        match self.policy() {
            Ok(policy) if *policy == Policy::default() => None,
            Ok(policy) => Some(PolicyView::of(file, &policy)),
            Err(problem) => Some(PolicyView { file, problem: Some(problem), ..PolicyView::default() }),
        }
    }

    /// `not-allowed-by-policy`.
    pub(crate) fn forbids(&self, what: &Forbidden) -> Problem {
        let message = format!("{what}. This is set by your organization ({})", self.path.display());
        Problem::new(ProblemKind::Refused, ProblemCode::NotAllowedByPolicy, message)
            .hint("ask this machine's administrator")
    }

    fn read(&self) -> Result<Policy, Problem> {
        use std::io::Read as _;
        let file = std::fs::File::open(&self.path).map_err(|error| self.unreadable(&error.to_string()))?;
        let mut text = String::new();
        file.take(LONGEST).read_to_string(&mut text).map_err(|error| self.unreadable(&error.to_string()))?;
        parsed(&text).map_err(|mistake| {
            let message = mistake.placed(&text, &self.path.display().to_string());
            Problem::new(ProblemKind::Invalid, ProblemCode::MachinePolicyMistake, message)
                .hint("ask your administrator to fix that line. Until then, Daypass forbids everything that the policy could forbid")
        })
    }

    fn is_root_s(&self) -> Result<(), Problem> {
        match self.owner {
            Owner::Root => only_root_can_change(&self.path).map_err(|opening| {
                let message = format!("{opening}, so it may not be your organization's: {}", self.path.display());
                let root = if cfg!(windows) { "administrators" } else { "root" };
                Problem::new(ProblemKind::Refused, ProblemCode::MachinePolicyOpen, message).hint(format!(
                    "the file and each folder above it must belong to {root}, and only {root} may write to them. \
                     Until then, Daypass forbids everything that the policy could forbid",
                ))
            }),
            #[cfg(test)]
            Owner::Anyone => Ok(()),
        }
    }

    fn unreadable(&self, why: &str) -> Problem {
        let message = format!("the policy of this machine, {}, can't be read: {why}", self.path.display());
        Problem::new(ProblemKind::Failed, ProblemCode::MachinePolicyUnreadable, message)
            .hint("everyone must be able to read it. Until then, Daypass forbids everything that it could forbid")
    }
}

fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
pub(crate) mod tests {
    use super::*;

    /// A policy that a test wrote.
    pub(crate) fn policy_of_anyone(path: &Path) -> PolicyFile {
        PolicyFile { path: path.to_owned(), owner: Owner::Anyone, last: Mutex::default() }
    }

    const WHOLE: &str = "[sessions]\nlongest = \"4h\"\ndeliveries = [\"process\", \"endpoint\"]\n\
        [identities]\nkinds = [\"oidc\", \"saml\"]\nproviders = [\"*.acme.example\"]\n\
        [production]\nread_only = true\naccounts = [\"111122223333\"]\nexcept = [\"*:role/Deploy\"]\n\
        [catalog.acme]\nfrom = \"https://acme.example/c.toml\"\n\
        key = \"RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\"\n";

    #[test]
    fn a_policy_is_read_whole_and_its_mistakes_are_told_with_their_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        let file = policy_of_anyone(&path);
        assert_eq!(*file.policy().unwrap(), Policy::default());
        assert!(file.view().is_none());
        std::fs::write(&path, WHOLE).unwrap();
        let policy = file.policy().unwrap();
        assert_eq!(policy.longest_session.unwrap().to_string(), "4h");
        assert!(policy.admits_delivery(PolicyDelivery::File).is_err());
        assert!(policy.admits_delivery(PolicyDelivery::Process).is_ok());
        assert_eq!(policy.catalogs.len(), 1);
        for (line, wrong) in [
            (2, WHOLE.replace("\"4h\"", "\"4 weeks\"")),
            (3, WHOLE.replace("\"process\"", "\"post\"")),
            (5, WHOLE.replace("\"saml\"", "\"sms\"")),
            (6, WHOLE.replace("*.acme", "*acme")),
            (7, WHOLE.replace("[production]", "[produktion]")),
            (8, WHOLE.replace("read_only", "readonly")),
            (9, WHOLE.replace("111122223333", "1111")),
            (13, WHOLE.replace("RWQf", "RWX")),
        ] {
            std::fs::write(&path, &wrong).unwrap();
            let problem = policy_of_anyone(&path).policy().unwrap_err();
            assert_eq!(problem.code, ProblemCode::MachinePolicyMistake);
            assert!(problem.message.contains(&format!("line {line},")), "{line}: {}", problem.message);
        }
        // An earlier good version must not hide a policy that is wrong now.
        assert!(file.policy().is_err());
        std::fs::remove_file(&path).unwrap();
        assert!(file.policy().is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_policy_that_others_can_change_allows_nothing() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        std::fs::write(&path, WHOLE).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        let problem = PolicyFile::new(path.clone()).policy().unwrap_err();
        assert_eq!(problem.code, ProblemCode::MachinePolicyOpen);
        assert!(PolicyFile::new(path).view().unwrap().problem.is_some());
    }
}
