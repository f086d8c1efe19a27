//! Everything that can go wrong between a person and a directory.

use std::io::ErrorKind;

use thiserror::Error;

use super::receive::ReadError;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{BadSetting, SettingField};
use daypass_http::{HttpError, Trouble};
use daypass_ldap::message::NotLdap;
use daypass_ldap::refusal::Refusal;

/// A sign-in or a trial that failed. No variant ever holds a password.
#[derive(Debug, Error)]
pub enum DirectoryError {
    /// A field of the settings cannot be used.
    #[error(transparent)]
    Setting(#[from] BadSetting),
    /// The certificates to trust cannot be used.
    #[error(transparent)]
    Certificates(#[from] HttpError),
    /// Connecting or TLS failed, or the connection broke.
    #[error("the directory {url} didn't answer: {trouble}")]
    Unreachable {
        /// The setting.
        url: String,
        /// What went wrong.
        trouble: Trouble,
    },
    /// The answer didn't come from a directory.
    #[error("the directory {url} sent something other than LDAP: {why}")]
    NotLdap {
        /// The setting.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The server has no TLS on the plain port. No password was sent.
    #[error("the directory {url} refuses StartTLS ({code}{})", told(words))]
    StartTlsRefused {
        /// The setting.
        url: String,
        /// LDAP's result code.
        code: u32,
        /// In the server's words.
        words: String,
    },
    /// What was typed cannot be a name here.
    #[error("the user name {user:?} can't be used: {why}")]
    BadUserName {
        /// As typed, cut to 64 characters.
        user: String,
        /// Why.
        why: &'static str,
    },
    /// A bind without password is a success that proves nothing (RFC 4513, 5.1.2), so none is tried.
    #[error("an empty password doesn't prove anything, so Daypass didn't send it to the directory")]
    EmptyPassword,
    /// The person may not bind.
    #[error("{} (directory {url})", says(*refusal))]
    Refused {
        /// The setting.
        url: String,
        /// Why.
        refusal: Refusal,
    },
    /// The account that searches may not bind.
    #[error("the directory {url} doesn't let {bind_user} in: {}", says(*refusal))]
    ServiceRefused {
        /// The setting.
        url: String,
        /// The setting.
        bind_user: String,
        /// Why.
        refusal: Refusal,
    },
    /// The search account's password is not in the vault.
    #[error("the password of {bind_user} isn't in the vault")]
    NoBindPassword {
        /// The setting.
        bind_user: String,
    },
    /// A request ended with an unexpected code.
    #[error("the directory {url} refused to {doing} ({code}{})", told(words))]
    Failed {
        /// The setting.
        url: String,
        /// What the request was for.
        doing: String,
        /// LDAP's result code (RFC 4511, appendix A).
        code: u32,
        /// In the server's words.
        words: String,
    },
    /// noSuchObject for the base of a search.
    #[error("the directory {url} doesn't have an entry {base:?} to search below, or doesn't show it{}", told(words))]
    NoBase {
        /// The setting.
        url: String,
        /// Where to search.
        base: String,
        /// In the server's words.
        words: String,
    },
    /// The directory refuses a search without a bind.
    #[error("the directory {url} requires a sign-in before a search ({code}{})", told(words))]
    NotAnonymous {
        /// The setting.
        url: String,
        /// LDAP's result code.
        code: u32,
        /// In the server's words.
        words: String,
    },
    /// The person is signed in, and none of the groups is a role.
    #[error("{}", without_roles(person, groups))]
    NoRole {
        /// The person.
        person: String,
        /// The names of all groups.
        groups: Vec<String>,
    },
    /// The server refers to another one. The password is not sent there.
    #[error("the directory {url} refers to another server ({to}), and Daypass sends your password only to yours")]
    Referral {
        /// The setting.
        url: String,
        /// The other server.
        to: String,
    },
    /// The person's password is right, but no search finds them.
    #[error(
        "the directory {url} accepted the password, but the search finds no entry for the user {user:?} below {base}"
    )]
    NoEntry {
        /// The setting.
        url: String,
        /// As typed.
        user: String,
        /// The setting.
        base: String,
    },
    /// The filter finds more than one person for a name.
    #[error("the directory {url} has several entries for the user {user:?} below {base}")]
    SeveralEntries {
        /// The setting.
        url: String,
        /// As typed.
        user: String,
        /// The setting.
        base: String,
    },
    /// The person's own entry cannot be read.
    #[error("the directory {url} doesn't show the entry {dn}")]
    EntryHidden {
        /// The setting.
        url: String,
        /// The entry.
        dn: String,
    },
    /// The person has more groups than the directory returns or Daypass reads.
    #[error("you're in more groups than the directory {url} returns, or than the {limit} that Daypass reads")]
    TooManyGroups {
        /// The setting.
        url: String,
        /// How many are read.
        limit: usize,
    },
    /// The filter from the settings isn't valid once the person is filled in.
    #[error("{filter:?} isn't a filter")]
    Filter {
        /// The filter, with the person in it.
        filter: String,
    },
    /// The template of the session name cannot be filled.
    #[error("session_name can't be built: {why}")]
    SessionName {
        /// Why.
        why: String,
        /// What to do.
        hint: String,
    },
    /// An attribute cannot be a session tag. Its characters are never replaced, because permissions may depend on the
    /// value.
    #[error("the attribute {attribute} can't be the session tag {key}: {why}")]
    Tag {
        /// The tag's key.
        key: String,
        /// The attribute.
        attribute: String,
        /// Why.
        why: &'static str,
    },
}

impl DirectoryError {
    pub(super) fn setting(field: SettingField, value: &str, why: impl Into<String>) -> Self {
        BadSetting::new(field, value, why).into()
    }

    /// A connection that can't be used any more.
    pub(super) fn broken(url: &str, error: ReadError) -> Self {
        let trouble = match error {
            ReadError::NotLdap(NotLdap(why)) => return Self::NotLdap { url: url.to_owned(), why },
            ReadError::Broken(error) if error.kind() == ErrorKind::UnexpectedEof => {
                Trouble::Other("the connection was closed".to_owned())
            }
            ReadError::Broken(error) => Trouble::of(&error),
        };
        Self::Unreachable { url: url.to_owned(), trouble }
    }
}

impl From<DirectoryError> for Problem {
    fn from(error: DirectoryError) -> Self {
        let text = error.to_string();
        let problem = |kind, code: ProblemCode| Problem::new(kind, code, text.clone());
        match error {
            DirectoryError::Certificates(error) => error.into(),
            DirectoryError::Setting(bad) => bad.into(),
            DirectoryError::Unreachable { trouble, .. } => {
                let kind = if trouble.is_passing() { ProblemKind::Passing } else { ProblemKind::Invalid };
                let code = match trouble {
                    Trouble::Certificate(_) => ProblemCode::DirectoryCertificateUntrusted,
                    _ => ProblemCode::DirectoryUnreachable,
                };
                problem(kind, code).hint(way_there(&trouble))
            }
            DirectoryError::NotLdap { .. } => problem(ProblemKind::Invalid, ProblemCode::DirectoryNotLdap).hint(
                "check the address and the port (636 or 389); if they are right, tell your directory administrator",
            ),
            DirectoryError::StartTlsRefused { .. } => problem(ProblemKind::Refused, ProblemCode::DirectoryNoStartTls)
                .hint("use ldaps:// with the server's TLS port (636), or have TLS turned on there"),
            DirectoryError::BadUserName { .. } => problem(ProblemKind::Invalid, ProblemCode::DirectoryBadUserName)
                .hint("type your user name as you do elsewhere"),
            DirectoryError::EmptyPassword => {
                problem(ProblemKind::Invalid, ProblemCode::DirectoryEmptyPassword).hint("type the password")
            }
            DirectoryError::Refused { refusal, .. } => {
                problem(ProblemKind::Refused, code(refusal)).hint(advice(refusal))
            }
            DirectoryError::ServiceRefused { .. } => {
                problem(ProblemKind::Refused, ProblemCode::DirectoryServiceRefused)
                    .hint("check bind_user, and enter its password again: edit the identity, field bind_password")
            }
            DirectoryError::NoBindPassword { .. } => {
                problem(ProblemKind::Invalid, ProblemCode::DirectoryNoBindPassword)
                    .hint("edit the identity and enter its password in the field bind_password")
            }
            DirectoryError::Failed { code, .. } => {
                // busy, unavailable, and the limits of time.
                let kind = if matches!(code, 3 | 51 | 52) { ProblemKind::Passing } else { ProblemKind::Refused };
                problem(kind, ProblemCode::DirectoryRefused)
                    .hint("send the code and the text to your directory administrator")
            }
            DirectoryError::NoBase { .. } => problem(ProblemKind::Invalid, ProblemCode::DirectoryNoBase).hint(
                "correct search_base or group_base of the identity: it's the DN of an entry that the directory has and \
                 that the account which searches may see. If only an account with a password may, set bind_user",
            ),
            DirectoryError::NotAnonymous { .. } => problem(ProblemKind::Invalid, ProblemCode::DirectoryNotAnonymous)
                .hint(
                    "set bind_user of the identity to an account that may search; or for Active Directory, set bind_dn to \
                     {user}@ and the domain, so that people search with their own password",
                ),
            DirectoryError::NoRole { groups, .. } if groups.is_empty() => {
                problem(ProblemKind::Invalid, ProblemCode::DirectoryNoRole).hint(
                    "ask your directory administrator for a group; if you have one, correct group_base and group_filter \
                     of the identity. Without group_base, groups are read from memberOf, which not every directory has",
                )
            }
            DirectoryError::NoRole { .. } => problem(ProblemKind::Invalid, ProblemCode::DirectoryNoRole).hint(
                "ask your directory administrator for a group with a role, or correct role_pattern and roles of the \
                 identity, which say which group is which role. Then sign in again",
            ),
            DirectoryError::Referral { .. } => problem(ProblemKind::Refused, ProblemCode::DirectoryReferral)
                .hint("if that server is the right one, write it in the identity's url"),
            DirectoryError::NoEntry { .. } => problem(ProblemKind::Invalid, ProblemCode::DirectoryNoEntry).hint(
                "correct search_base or search_filter of the identity; for Active Directory the filter is \
                 (sAMAccountName={user}), or (userPrincipalName={user}) where people type that",
            ),
            DirectoryError::SeveralEntries { .. } => {
                problem(ProblemKind::Refused, ProblemCode::DirectorySeveralEntries)
                    .hint("narrow search_base or search_filter until it finds one person for each name")
            }
            DirectoryError::EntryHidden { .. } => problem(ProblemKind::Refused, ProblemCode::DirectoryEntryHidden)
                .hint("let people read their own entry, or set bind_user to an account that can"),
            DirectoryError::TooManyGroups { .. } => problem(ProblemKind::Refused, ProblemCode::DirectoryTooManyGroups)
                .hint("narrow group_base or group_filter, for example with (cn=AWS-*) in it"),
            DirectoryError::Filter { .. } => problem(ProblemKind::Invalid, ProblemCode::BadFilter)
                .hint("correct search_filter and group_filter of the identity"),
            DirectoryError::SessionName { hint, .. } => {
                problem(ProblemKind::Invalid, ProblemCode::BadSessionName).hint(hint)
            }
            DirectoryError::Tag { .. } => problem(ProblemKind::Refused, ProblemCode::DirectoryBadTag)
                .hint("ask your directory administrator to correct the attribute, or remove the tag from the identity's tags"),
        }
    }
}

fn code(refusal: Refusal) -> ProblemCode {
    match refusal {
        Refusal::Credentials => ProblemCode::DirectoryWrongPassword,
        Refusal::Locked => ProblemCode::DirectoryAccountLocked,
        Refusal::Disabled => ProblemCode::DirectoryAccountDisabled,
        Refusal::AccountExpired => ProblemCode::DirectoryAccountExpired,
        Refusal::PasswordExpired => ProblemCode::DirectoryPasswordExpired,
        Refusal::MustChange => ProblemCode::DirectoryPasswordMustChange,
        Refusal::Hours => ProblemCode::DirectoryNotAtThisHour,
        Refusal::Workstation => ProblemCode::DirectoryNotFromHere,
    }
}

fn says(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Credentials => "the user name or the password is wrong",
        Refusal::Locked => "the account is locked",
        Refusal::Disabled => "the account is disabled",
        Refusal::AccountExpired => "the account has expired",
        Refusal::PasswordExpired => "the password has expired",
        Refusal::MustChange => "the password must be changed first",
        Refusal::Hours => "the account may not sign in at this hour",
        Refusal::Workstation => "the account may not sign in from this machine",
    }
}

fn advice(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Credentials => "try again; after a few wrong passwords many directories lock the account",
        Refusal::Locked => "wait until the lock ends, or ask your directory administrator to remove it",
        Refusal::Disabled | Refusal::AccountExpired => "ask your directory administrator",
        Refusal::PasswordExpired | Refusal::MustChange => {
            "change it where you usually do, then sign in with the new one"
        }
        Refusal::Hours | Refusal::Workstation => "the directory allows it at other times or places",
    }
}

/// Like [`Trouble::hint`], but for LDAP where that talks about the web.
fn way_there(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Refused => "check the address and the port: 636 for ldaps://, 389 for ldap:// with start_tls".into(),
        Trouble::TimedOut => "check that you are online, on the VPN, and allowed through the firewall".into(),
        Trouble::Tls(_) | Trouble::Other(_) => {
            "check the port: 636 speaks TLS at once (ldaps://), 389 after StartTLS (ldap:// with start_tls)".into()
        }
        other => other.hint("ca_file"),
    }
}

fn without_roles(person: &str, groups: &[String]) -> String {
    const SHOWN: usize = 10;
    let more = groups.len().saturating_sub(SHOWN);
    let names = groups.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match groups.len() {
        0 => format!("the directory doesn't show any groups for {person}, so the sign-in doesn't give any roles"),
        _ if more > 0 => format!("none of {person}'s groups in the directory gives a role: {names} and {more} more"),
        _ => format!("none of {person}'s groups in the directory gives a role: {names}"),
    }
}

fn told(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {words}") }
}
