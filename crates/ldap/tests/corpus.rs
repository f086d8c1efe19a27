//! Reads the whole seed corpus: messages as OpenLDAP, Active Directory, 389 Directory Server and FreeIPA send them, and
//! names as they write them. All values are made up.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use daypass_ldap::dn::common_name;
use daypass_ldap::message::{Answer, Head, LONGEST, head, message};
use daypass_ldap::refusal::{BindEnd, read};

/// What each message must be read as.
const MESSAGES: [(&str, &str); 27] = [
    ("389ds-bind-expired.ber", "bind: PasswordExpired"),
    ("389ds-bind-retry-limit.ber", "bind: Locked"),
    ("ad-bind-locked.ber", "bind: Locked"),
    ("ad-bind-password-expired.ber", "bind: PasswordExpired"),
    ("ad-bind-wrong-password.ber", "bind: Credentials"),
    ("ad-entry-ranged.ber", "entry CN=Ann Example,OU=Staff,DC=corp,DC=example,DC=org: groups 0 and 2, more from 2"),
    ("ad-goodbye.ber", "extended: 52"),
    ("ad-signing-required.ber", "bind: code 8"),
    ("freeipa-bind-inactivated.ber", "bind: Disabled"),
    ("not-ldap-http.ber", "not LDAP"),
    ("not-ldap-request.ber", "not LDAP"),
    ("openldap-bind-grace.ber", "bind: fine"),
    ("openldap-bind-locked.ber", "bind: Locked"),
    ("openldap-bind-must-change.ber", "bind: MustChange"),
    ("openldap-bind-ok.ber", "bind: fine"),
    ("openldap-bind-wrong-password.ber", "bind: Credentials"),
    ("openldap-entry-binary.ber", "entry uid=jürgen,ou=people,dc=example,dc=org: groups 0"),
    ("openldap-entry.ber", "entry uid=ann,ou=people,dc=example,dc=org: groups 2"),
    ("openldap-intermediate.ber", "aside"),
    ("openldap-long-length.ber", "bind: fine"),
    ("openldap-no-such-object.ber", "done: 32"),
    ("openldap-reference.ber", "aside"),
    ("openldap-referral.ber", "done: 10 ldap://other.example.org/dc=example,dc=org"),
    ("openldap-search-done.ber", "done: 0"),
    ("openldap-size-limit.ber", "done: 4"),
    ("openldap-starttls-unsupported.ber", "extended: 2"),
    ("openldap-starttls.ber", "extended: 0"),
];

/// The common name in each DN.
const NAMES: [(&str, Option<&str>); 7] = [
    ("blanks.txt", Some("aws-dev")),
    ("escaped-comma.txt", Some("AWS, all")),
    ("hex-escape.txt", Some("Jürgen")),
    ("hex-string.txt", Some("#04024869")),
    ("multi-valued.txt", Some("Ann Example")),
    ("plain.txt", Some("aws-dev")),
    // Quotes are LDAP 2's (RFC 1779): no server sends them.
    ("quoted.txt", None),
];

fn files(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|file| file.path().is_file());
    files.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap())).collect()
}

fn content(bytes: &[u8]) -> Option<&[u8]> {
    match head(bytes, LONGEST) {
        Ok(Head::Content(length)) => bytes.get(bytes.len().checked_sub(length)?..),
        Ok(Head::Unfinished(_)) | Err(_) => None,
    }
}

fn summary(bytes: &[u8]) -> String {
    let Some(Ok(message)) = content(bytes).map(message) else { return "not LDAP".to_owned() };
    match message.answer {
        Answer::Bind(outcome) => match read(&outcome) {
            BindEnd::Bound => "bind: fine".to_owned(),
            BindEnd::Refused(refusal) => format!("bind: {refusal:?}"),
            BindEnd::Other { code, .. } => format!("bind: code {code}"),
        },
        Answer::Entry(entry) => {
            let more = match entry.part("memberOf", 0) {
                Some((part, Some(next))) => format!(" and {}, more from {next}", part.len()),
                Some((part, None)) => format!(" and {}", part.len()),
                None => String::new(),
            };
            format!("entry {}: groups {}{more}", entry.dn, entry.values("MEMBEROF").len())
        }
        Answer::Aside => "aside".to_owned(),
        Answer::Done(outcome) => {
            format!("done: {} {}", outcome.code, outcome.referrals.join(" ")).trim_end().to_owned()
        }
        Answer::Extended(outcome) => format!("extended: {}", outcome.code),
    }
}

#[test]
fn every_message_of_the_corpus_is_read_as_expected() {
    let read: BTreeMap<_, _> = files("corpus").into_iter().map(|(name, bytes)| (name, summary(&bytes))).collect();
    assert_eq!(read, MESSAGES.map(|(name, summary)| (name.to_owned(), summary.to_owned())).into());
}

#[test]
fn every_name_of_the_corpus_is_read_as_expected() {
    let name = |bytes: Vec<u8>| common_name(&String::from_utf8(bytes).unwrap());
    let read: BTreeMap<_, _> = files("corpus/dn").into_iter().map(|(file, bytes)| (file, name(bytes))).collect();
    assert_eq!(read, NAMES.map(|(file, name)| (file.to_owned(), name.map(str::to_owned))).into());
}

#[test]
fn no_message_with_a_changed_byte_makes_the_reader_panic() {
    for bytes in files("corpus").into_values() {
        for at in 0..bytes.len() {
            for byte in [0x00, 0x01, 0x30, 0x7f, 0x80, 0x84, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] = byte;
                summary(&damaged);
            }
            summary(&bytes[..at]);
        }
    }
}
