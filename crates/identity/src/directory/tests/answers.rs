//! Servers that answer with arbitrary bytes. (tests/cli/test_directory.py has some of them behind real TLS.)

use std::future::Future;
use std::time::Duration;

use ldap3::Scope;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::Instant;

use crate::directory::DirectoryError;
use crate::directory::talk::{Connection, Found};
use daypass_core::problem::{Problem, ProblemCode};
use daypass_ldap::ber::{ENUMERATED, INTEGER, OCTET_STRING, SEQUENCE, SET};
use daypass_ldap::ber::{element, holding, numbered};
use daypass_ldap::message::message;
use daypass_ldap::refusal::{BindEnd, Refusal};

pub(super) const BIND_RESPONSE: u8 = 0x61;
pub(super) const ENTRY: u8 = 0x64;
pub(super) const DONE: u8 = 0x65;

/// The first request has this number.
pub(super) const FIRST: u32 = 2;

pub(super) fn outcome(id: u32, tag: u8, code: u32) -> Vec<u8> {
    let text = element(OCTET_STRING, b"");
    let body = holding(tag, &[&numbered(ENUMERATED, code), &text, &text]);
    holding(SEQUENCE, &[&numbered(INTEGER, id), &body]).to_vec()
}

fn entry(id: u32, dn: &[u8], value: &[u8]) -> Vec<u8> {
    let values = element(SET, &element(OCTET_STRING, value));
    let attribute = holding(SEQUENCE, &[&element(OCTET_STRING, b"cn"), &values]);
    let body = holding(ENTRY, &[&element(OCTET_STRING, dn), &element(SEQUENCE, &attribute)]);
    holding(SEQUENCE, &[&numbered(INTEGER, id), &body]).to_vec()
}

/// A connection to a server that answers the first request with these bytes, and then stays silent.
fn answering(bytes: Vec<u8>) -> Connection<DuplexStream> {
    answering_by(|mut stream| async move {
        let _ = stream.write_all(&bytes).await;
        tokio::time::sleep(Duration::from_secs(3_600)).await;
    })
}

pub(super) fn answering_by<F>(server: impl FnOnce(DuplexStream) -> F + Send + 'static) -> Connection<DuplexStream>
where
    F: Future<Output = ()> + Send + 'static,
{
    let (ours, mut theirs) = duplex(64 * 1024);
    tokio::spawn(async move {
        let mut request = [0; 2048];
        let _ = theirs.read(&mut request).await;
        server(theirs).await;
    });
    Connection::on(ours, "ldaps://ldap.example.org")
}

async fn bind(connection: &mut Connection<DuplexStream>) -> Result<BindEnd, DirectoryError> {
    connection.bind("uid=jane", &"secret".into()).await
}

async fn search(connection: &mut Connection<DuplexStream>) -> Result<Found, DirectoryError> {
    connection.search("dc=org", Scope::Subtree, "(uid=jane)", &["cn"], 2).await
}

#[tokio::test(start_paused = true)]
async fn right_answers_are_right() {
    let bound = bind(&mut answering(outcome(FIRST, BIND_RESPONSE, 0))).await;
    assert_eq!(bound.unwrap(), BindEnd::Bound);
    let refused = bind(&mut answering(outcome(FIRST, BIND_RESPONSE, 49))).await;
    assert_eq!(refused.unwrap(), BindEnd::Refused(Refusal::Credentials));
    let bytes = [entry(FIRST, b"cn=a", b"a"), entry(FIRST, b"cn=b", b"\xff"), outcome(FIRST, DONE, 0)].concat();
    let Found::Entries(found) = search(&mut answering(bytes)).await.unwrap() else { panic!("too many") };
    assert_eq!(found.iter().map(|entry| entry.values("CN").len()).collect::<Vec<_>>(), [1, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_base_that_is_not_there_and_a_search_that_takes_a_bind_have_their_own_codes() {
    let code =
        async |connection: &mut Connection<DuplexStream>| Problem::from(search(connection).await.unwrap_err()).code;
    assert_eq!(code(&mut answering(outcome(FIRST, DONE, 32))).await, ProblemCode::DirectoryNoBase);
    // Active Directory says operationsError, and others these.
    for refused in [1, 8, 48, 50, 53] {
        assert_eq!(code(&mut answering(outcome(FIRST, DONE, refused))).await, ProblemCode::DirectoryNotAnonymous);
        // After a bind it means something else.
        let mut bound = answering_by(move |mut stream| async move {
            let bytes = [outcome(FIRST, BIND_RESPONSE, 0), outcome(FIRST + 1, DONE, refused)].concat();
            let _ = stream.write_all(&bytes).await;
            tokio::time::sleep(Duration::from_secs(3_600)).await;
        });
        assert_eq!(bind(&mut bound).await.unwrap(), BindEnd::Bound);
        assert_eq!(code(&mut bound).await, ProblemCode::DirectoryRefused);
    }
    for (answer, is_there) in [(0, true), (4, true), (32, false), (1, false)] {
        let looked = answering(outcome(FIRST, DONE, answer)).look_for("dc=org").await;
        assert_eq!(looked.is_ok(), is_there, "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_search_that_found_too_many_is_not_the_next_ones() {
    let left = entry(FIRST, b"cn=a", b"a").repeat(5);
    let mut connection = answering_by(|mut stream| async move {
        let next = entry(FIRST + 1, b"cn=next", b"next");
        let bytes = [left, outcome(FIRST, DONE, 4), next, outcome(FIRST + 1, DONE, 0)].concat();
        let _ = stream.write_all(&bytes).await;
        tokio::time::sleep(Duration::from_secs(3_600)).await;
    });
    assert!(matches!(search(&mut connection).await.unwrap(), Found::TooMany));
    let Found::Entries(found) = search(&mut connection).await.unwrap() else { panic!("too many") };
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].dn, "cn=next");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_answer_is_told_as_that_and_at_once() {
    let cut_short = |mut bytes: Vec<u8>| {
        // The message is shorter than its content claims.
        bytes.truncate(bytes.len() - 1);
        bytes[1] -= 1;
        bytes
    };
    for bytes in [
        b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".to_vec(),
        b"\x15\x03\x01\x00\x02\x02\x46".to_vec(),
        // 4 GB, more than that, and an indefinite length.
        b"\x30\x84\xff\xff\xff\xff\x02\x01\x02".to_vec(),
        b"\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        b"\x30\x80\x02\x01\x02\x00\x00".to_vec(),
        // Empty; without an operation; with another one; without a number; with a negative one.
        b"\x30\x00".to_vec(),
        b"\x30\x03\x02\x01\x02".to_vec(),
        b"\x30\x05\x02\x01\x02\x42\x00".to_vec(),
        b"\x30\x04\x04\x02ab".to_vec(),
        b"\x30\x0c\x02\x01\xff\x61\x07\x0a\x01\x00\x04\x00\x04\x00".to_vec(),
        cut_short(outcome(FIRST, BIND_RESPONSE, 0)),
        cut_short(outcome(FIRST, DONE, 0)),
        cut_short(entry(FIRST, b"cn=a", b"a")),
        entry(FIRST, b"\xff\xfe", b"a"),
        // An answer to another request, and an unsolicited one.
        outcome(FIRST + 1, BIND_RESPONSE, 0),
        outcome(0, BIND_RESPONSE, 0),
        outcome(1, BIND_RESPONSE, 0),
        outcome(FIRST, 0x6b, 0),
        // A result without its texts, and malformed controls.
        b"\x30\x08\x02\x01\x02\x61\x03\x0a\x01\x00".to_vec(),
        b"\x30\x10\x02\x01\x02\x61\x07\x0a\x01\x00\x04\x00\x04\x00\xa0\x02\x04\x00".to_vec(),
        nested(100_000),
    ] {
        let began = Instant::now();
        let start = &bytes[..bytes.len().min(40)];
        for error in [
            bind(&mut answering(bytes.clone())).await.map(drop).unwrap_err(),
            search(&mut answering(bytes.clone())).await.map(drop).unwrap_err(),
        ] {
            let problem = Problem::from(error);
            assert_eq!(problem.code, ProblemCode::DirectoryNotLdap, "{start:?}: {}", problem.message);
            assert!(problem.hint.is_some());
        }
        assert_eq!(began.elapsed(), Duration::ZERO, "{start:?}");
    }
}

/// Nested elements.
fn nested(depth: usize) -> Vec<u8> {
    let mut bytes = vec![0; 6 * depth];
    for (at, head) in bytes.chunks_exact_mut(6).enumerate() {
        let length = u32::try_from(6 * (depth - at - 1)).unwrap();
        head.copy_from_slice(&[&[0x30, 0x84][..], &length.to_be_bytes()].concat());
    }
    bytes
}

#[tokio::test(start_paused = true)]
async fn the_answer_to_another_kind_of_request_is_none() {
    let error = bind(&mut answering(outcome(FIRST, DONE, 0))).await.unwrap_err();
    assert!(matches!(error, DirectoryError::NotLdap { .. }), "{error}");
    let error = search(&mut answering(outcome(FIRST, BIND_RESPONSE, 0))).await.unwrap_err();
    assert!(matches!(error, DirectoryError::NotLdap { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_goodbye_is_told_in_the_servers_words() {
    let body = [&b"\x78\x0c\x0a\x01\x34\x04\x00\x04\x05later"[..]].concat();
    let bytes = holding(SEQUENCE, &[&numbered(INTEGER, 0), &body]).to_vec();
    let problem = Problem::from(bind(&mut answering(bytes)).await.unwrap_err());
    assert_eq!(problem.code, ProblemCode::DirectoryRefused);
    assert!(problem.message.contains("(52: later)"), "{}", problem.message);
}

#[tokio::test(start_paused = true)]
async fn silence_ends_in_time_also_in_the_middle_of_an_answer() {
    let whole = [entry(FIRST, b"cn=a", b"a"), outcome(FIRST, DONE, 0)].concat();
    for length in [0, 1, 2, 10, whole.len() - 1] {
        let began = Instant::now();
        let problem = Problem::from(search(&mut answering(whole[..length].to_vec())).await.unwrap_err());
        assert_eq!(problem.code, ProblemCode::DirectoryUnreachable);
        assert!(began.elapsed() <= Duration::from_secs(16), "{:?}", began.elapsed());
    }
    // Always sends something and never ends.
    let mut dripping = answering_by(|mut stream| async move {
        while stream.write_all(&entry(FIRST - 1, b"cn=a", b"a")[..1]).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert!(search(&mut dripping).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_flood_ends_when_it_is_more_than_anybody_asked_for() {
    // References don't count as entries, so there may be any number of them.
    let reference = {
        let body = element(0x73, &element(OCTET_STRING, &vec![b'x'; 60_000]));
        holding(SEQUENCE, &[&numbered(INTEGER, FIRST), &body]).to_vec()
    };
    let mut flooding = answering_by(|mut stream| async move { while stream.write_all(&reference).await.is_ok() {} });
    let error = search(&mut flooding).await.unwrap_err();
    assert!(matches!(error, DirectoryError::NotLdap { .. }), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_can_be_read_as_a_message(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = message(&bytes);
    }

    /// Most random bytes fail at the first element. These go deeper.
    #[test]
    fn no_damage_to_a_message_can_hurt(
        at in 0usize..60, byte: u8, cut in 0usize..60, code in 0u32..100, value in proptest::collection::vec(any::<u8>(), 0..20)
    ) {
        for mut bytes in [outcome(FIRST, BIND_RESPONSE, code), entry(FIRST, b"cn=a,dc=org", &value)] {
            let length = bytes.len();
            bytes[at % length] = byte;
            bytes.truncate(length - cut % length);
            let _ = bytes.get(2..).map(message);
        }
    }
}
