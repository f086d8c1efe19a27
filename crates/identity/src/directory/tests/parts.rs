//! Answers in parts: pages of a search and ranges of an attribute.

#![allow(clippy::unwrap_used)]

use ldap3::Scope;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::answers::{BIND_RESPONSE, DONE, ENTRY, FIRST, outcome};
use super::settings;
use crate::directory::DirectoryError;
use crate::directory::entry::{BindName, Proven, member_of, prove_over};
use crate::directory::talk::{Connection, Found};
use daypass_core::problem::{Problem, ProblemCode};
use daypass_ldap::ber::{ENUMERATED, INTEGER, OCTET_STRING, SEQUENCE, SET, element, holding, numbered};
use daypass_ldap::message::Entry;

const PAGED_RESULTS: &[u8] = b"1.2.840.113556.1.4.319";

/// Answers each request with what `server` returns for its bytes and the number of earlier requests.
fn served(mut server: impl FnMut(&[u8], u32) -> Vec<u8> + Send + 'static) -> Connection<DuplexStream> {
    let (ours, mut theirs) = duplex(1024 * 1024);
    tokio::spawn(async move {
        let mut request = vec![0; 4096];
        let mut count = 0;
        while let Ok(length @ 1..) = theirs.read(&mut request).await {
            theirs.write_all(&server(&request[..length], count)).await.unwrap();
            count += 1;
        }
    });
    Connection::on(ours, "ldaps://ldap.example.org")
}

fn entry(id: u32, dn: &str, attribute: &str, values: &[String]) -> Vec<u8> {
    let values: Vec<_> = values.iter().map(|value| element(OCTET_STRING, value.as_bytes())).collect();
    let values = holding(SET, &values.iter().map(|value| value.as_slice()).collect::<Vec<_>>());
    let attribute = holding(SEQUENCE, &[&element(OCTET_STRING, attribute.as_bytes()), &values]);
    let body = holding(ENTRY, &[&element(OCTET_STRING, dn.as_bytes()), &element(SEQUENCE, &attribute)]);
    holding(SEQUENCE, &[&numbered(INTEGER, id), &body]).to_vec()
}

/// The end of a page.
fn page_done(id: u32, cookie: &[u8]) -> Vec<u8> {
    let text = element(OCTET_STRING, b"");
    let body = holding(DONE, &[&numbered(ENUMERATED, 0), &text, &text]);
    let value = holding(SEQUENCE, &[&numbered(INTEGER, 0), &element(OCTET_STRING, cookie)]);
    let control = holding(SEQUENCE, &[&element(OCTET_STRING, PAGED_RESULTS), &element(OCTET_STRING, &value)]);
    holding(SEQUENCE, &[&numbered(INTEGER, id), &body, &element(0xa0, &control)]).to_vec()
}

fn has(request: &[u8], part: &[u8]) -> bool {
    request.windows(part.len()).any(|window| window == part)
}

async fn all(connection: &mut Connection<DuplexStream>, limit: usize) -> Result<Found, DirectoryError> {
    connection.search("ou=groups,dc=org", Scope::Subtree, "(member=uid=jane)", &["cn"], limit).await
}

/// Pages of these lengths. Each is requested with the previous page's cookie.
fn pages(lengths: &'static [usize]) -> Connection<DuplexStream> {
    served(move |request, count| {
        let id = FIRST + count;
        assert!(has(request, PAGED_RESULTS));
        assert!(count == 0 || has(request, format!("cookie-{}", count - 1).as_bytes()), "{count}");
        let at = count as usize;
        let mut bytes: Vec<u8> =
            (0..lengths[at]).flat_map(|n| entry(id, &format!("cn=g{at}-{n}"), "cn", &[format!("g{at}-{n}")])).collect();
        let cookie = if at + 1 < lengths.len() { format!("cookie-{count}") } else { String::new() };
        bytes.extend(page_done(id, cookie.as_bytes()));
        bytes
    })
}

#[tokio::test(start_paused = true)]
async fn a_long_list_is_read_page_by_page_an_empty_one_among_them() {
    let Found::Entries(found) = all(&mut pages(&[500, 0, 500, 203]), 10_000).await.unwrap() else { panic!("too many") };
    assert_eq!(found.len(), 1_203);
    assert_eq!((found[0].dn.as_str(), found[1_202].dn.as_str()), ("cn=g0-0", "cn=g3-202"));
}

#[tokio::test(start_paused = true)]
async fn a_limit_counts_all_pages_together() {
    assert!(
        matches!(all(&mut pages(&[500, 500]), 1_000).await.unwrap(), Found::Entries(found) if found.len() == 1_000)
    );
    assert!(matches!(all(&mut pages(&[500, 500, 1]), 1_000).await.unwrap(), Found::TooMany));
}

#[tokio::test(start_paused = true)]
async fn a_server_without_pages_gives_all_at_once_and_a_short_search_asks_for_none() {
    let mut plain = served(|_, count| {
        let id = FIRST + count;
        [entry(id, "cn=a", "cn", &["a".into()]), outcome(id, DONE, 0)].concat()
    });
    assert!(matches!(all(&mut plain, 10_000).await.unwrap(), Found::Entries(found) if found.len() == 1));
    let mut short = served(|request, count| {
        assert!(!has(request, PAGED_RESULTS));
        outcome(FIRST + count, DONE, 0)
    });
    assert!(matches!(all(&mut short, 2).await.unwrap(), Found::Entries(found) if found.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn pages_without_end_are_not_waited_for() {
    let mut endless = served(|_, count| page_done(FIRST + count, b"more"));
    let error = all(&mut endless, 10_000).await.unwrap_err();
    assert!(matches!(error, DirectoryError::NotLdap { .. }), "{error}");
}

fn ranged(name: &str, values: std::ops::Range<usize>) -> Entry {
    let values = values.map(|n| format!("cn=g{n},dc=org")).collect();
    Entry::new("cn=jane,dc=org", [("memberOf".to_owned(), Vec::new()), (name.to_owned(), values)])
}

const BY_MEMBER_OF: &str = "url = 'ldaps://x'\nbind_dn = 'uid={user},dc=org'\n";

#[tokio::test(start_paused = true)]
async fn groups_beyond_the_first_1500_of_active_directory_are_asked_for() {
    let mut server = served(|request, count| {
        let id = FIRST + count;
        let (wanted, name, values) = [
            ("memberOf;range=1500-*", "memberOf;range=1500-2999", 1_500..3_000),
            ("memberOf;range=3000-*", "memberOf;range=3000-*", 3_000..3_007),
        ][count as usize]
            .clone();
        assert!(has(request, wanted.as_bytes()));
        let values: Vec<_> = values.map(|n| format!("cn=g{n},dc=org")).collect();
        [entry(id, "cn=jane,dc=org", name, &values), outcome(id, DONE, 0)].concat()
    });
    let first = ranged("memberOf;range=0-1499", 0..1_500);
    let groups = member_of(&mut server, &settings(BY_MEMBER_OF), &first).await.unwrap();
    assert_eq!(groups.len(), 3_007);
    assert_eq!((groups[0].as_str(), groups[3_006].as_str()), ("cn=g0,dc=org", "cn=g3006,dc=org"));
}

#[tokio::test(start_paused = true)]
async fn what_is_whole_is_asked_for_once_and_parts_that_go_nowhere_end() {
    let mut silent = served(|_, _| panic!("asked"));
    let settings = settings(BY_MEMBER_OF);
    assert_eq!(member_of(&mut silent, &settings, &ranged("memberOf;range=0-*", 0..3)).await.unwrap().len(), 3);
    assert_eq!(member_of(&mut silent, &settings, &ranged("mail", 0..3)).await.unwrap().len(), 0);
    // The same part again, and no part at all.
    for answer in ["memberOf;range=0-1499", "mail"] {
        let mut stuck = served(move |_, count| {
            let id = FIRST + count;
            [entry(id, "cn=jane,dc=org", answer, &["cn=g0".into()]), outcome(id, DONE, 0)].concat()
        });
        let error = member_of(&mut stuck, &settings, &ranged("memberOf;range=0-1499", 0..1_500)).await.unwrap_err();
        assert!(matches!(error, DirectoryError::EntryHidden { .. }), "{error}");
    }
    // More than anyone has.
    let mut endless = served(|_, count| {
        let (id, from) = (FIRST + count, 5_000 * (count + 1));
        let name = format!("memberOf;range={from}-{}", from + 4_999);
        let values: Vec<_> = (0..5_000).map(|n| format!("cn=g{n}")).collect();
        [entry(id, "cn=jane,dc=org", &name, &values), outcome(id, DONE, 0)].concat()
    });
    let error = member_of(&mut endless, &settings, &ranged("memberOf;range=0-4999", 0..5_000)).await.unwrap_err();
    assert!(matches!(error, DirectoryError::TooManyGroups { .. }), "{error}");
}

const ACTIVE_DIRECTORY: &str = "url = 'ldaps://corp.example'\nbind_dn = '{user}@corp.example'\n\
    search_base = 'dc=corp,dc=example'\nsearch_filter = '(sAMAccountName={user})'\n";

/// The conversation with Active Directory, which accepts a name that isn't a DN, refers to its other partitions, and
/// gives `memberOf` in ranges. `finds` is whether the search finds the person.
async fn jane_signs_in(finds: bool) -> Result<Proven, DirectoryError> {
    const DN: &str = "CN=Doe\\, Jane,OU=Staff,DC=corp,DC=example";
    let mut server = served(move |request, count| {
        let id = FIRST + count;
        let reference = element(0x73, &element(OCTET_STRING, b"ldap://DomainDnsZones.corp.example/"));
        let reference = holding(SEQUENCE, &[&numbered(INTEGER, id), &reference]).to_vec();
        let groups = |from: usize, to: usize| (from..to).map(|n| format!("CN=G{n},DC=corp")).collect::<Vec<_>>();
        let (asked, answer) = match count {
            0 => ("jane@corp.example", outcome(id, BIND_RESPONSE, 0)),
            1 if finds => ("sAMAccountName", [entry(id, DN, "x", &[]), reference, outcome(id, DONE, 0)].concat()),
            1 => ("sAMAccountName", [reference, outcome(id, DONE, 0)].concat()),
            2 => (DN, outcome(id, BIND_RESPONSE, 0)),
            3 => (DN, [entry(id, DN, "memberOf;range=0-1499", &groups(0, 1_500)), outcome(id, DONE, 0)].concat()),
            4 => (DN, [entry(id, DN, "memberOf;range=1500-*", &groups(1_500, 1_503)), outcome(id, DONE, 0)].concat()),
            _ => panic!("asked once more"),
        };
        assert!(has(request, asked.as_bytes()), "{count}");
        answer
    });
    let settings = settings(ACTIVE_DIRECTORY);
    let name = BindName::of(&settings, "jane").unwrap();
    prove_over(&mut server, &settings, "jane", name, &"secret".into(), None).await
}

#[tokio::test(start_paused = true)]
async fn a_person_of_active_directory_has_all_groups() {
    let proven = jane_signs_in(true).await.unwrap();
    assert_eq!((proven.groups.len(), proven.groups[1_502].name.as_str()), (1_503, "G1502"));
}

#[tokio::test(start_paused = true)]
async fn whose_password_was_taken_is_not_told_that_it_is_wrong() {
    let problem = Problem::from(jane_signs_in(false).await.unwrap_err());
    assert_eq!(problem.code, ProblemCode::DirectoryNoEntry);
    assert!(problem.hint.unwrap().contains("sAMAccountName"));
}
