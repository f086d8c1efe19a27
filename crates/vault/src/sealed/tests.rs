#![allow(clippy::unwrap_used)]

use std::io::Write as _;

use proptest::prelude::*;
use secrecy::ExposeSecret as _;

use super::{OpenError, open, seal};
use crate::entries::Entries;
use crate::key::Key;

const PLANTED: &str = "PLANTED-SECRET-7f3a";

fn sample() -> Entries {
    let mut entries = Entries::default();
    entries.set("session/dev", PLANTED);
    entries.set("identity/corp/refresh-token", "a \"quoted\"\nsecret");
    entries
}

proptest! {
    #[test]
    fn what_was_sealed_opens_again(pairs in proptest::collection::btree_map(any::<String>(), any::<String>(), 0..20)) {
        let key = Key::generate();
        let mut entries = Entries::default();
        for (name, secret) in &pairs {
            entries.set(name.clone(), secret.clone());
        }
        let opened = open(&seal(&entries, &[&key]).unwrap(), &key).unwrap();
        prop_assert!(opened.same_as(&entries));
        prop_assert_eq!(opened.len(), pairs.len());
    }
}

#[test]
fn large_vaults_of_several_chunks_open() {
    // age seals in chunks of 64 KiB, so an off-by-one would show around multiples of that.
    let key = Key::generate();
    for size in [65_536 - 50, 65_536 - 38, 65_536, 2 * 65_536 - 38, 300_000] {
        let mut entries = Entries::default();
        entries.set("a", "x".repeat(size));
        let sealed = seal(&entries, &[&key]).unwrap();
        assert_eq!(open(&sealed, &key).unwrap().get("a").unwrap().expose_secret().len(), size);
        assert!(matches!(open(&sealed[..sealed.len() - 17], &key), Err(OpenError::Damaged(_))));
    }
}

#[test]
fn another_key_is_not_damage() {
    let sealed = seal(&sample(), &[&Key::generate()]).unwrap();
    assert_eq!(open(&sealed, &Key::generate()).unwrap_err(), OpenError::OtherKey);
}

#[test]
fn every_flipped_bit_is_damage_and_never_another_key() {
    let key = Key::generate();
    let sealed = seal(&sample(), &[&key]).unwrap();
    for position in 0..sealed.len() {
        for bit in 0..8 {
            let mut flipped = sealed.clone();
            flipped[position] ^= 1 << bit;
            let outcome = open(&flipped, &key);
            assert!(matches!(outcome, Err(OpenError::Damaged(_))), "byte {position} bit {bit}: {outcome:?}");
        }
    }
}

#[test]
fn every_truncation_and_every_addition_is_damage() {
    let key = Key::generate();
    let sealed = seal(&sample(), &[&key]).unwrap();
    for length in 0..sealed.len() {
        let outcome = open(&sealed[..length], &key);
        assert!(matches!(outcome, Err(OpenError::Damaged(_))), "{length} bytes: {outcome:?}");
    }
    let longer = [&sealed[..], b"x"].concat();
    assert!(matches!(open(&longer, &key), Err(OpenError::Damaged(_))));
    let zeroed = vec![0; sealed.len()];
    assert_eq!(open(&zeroed, &key).unwrap_err(), OpenError::Damaged("it isn't an age file"));
}

#[test]
fn a_newer_version_is_refused_whatever_else_it_holds() {
    let key = Key::generate();
    for (plaintext, version) in
        [(r#"{"version":2,"entries":[1,2]}"#, 2), (r#"{"sealed":true,"version":18446744073709551615}"#, u64::MAX)]
    {
        assert_eq!(open(&sealed_text(plaintext, &key), &key).unwrap_err(), OpenError::Newer(version));
    }
}

#[test]
fn foreign_plaintext_is_damage_without_quoting_it() {
    let key = Key::generate();
    for plaintext in [PLANTED, "", "{}", r#"{"version":1}"#, r#"{"version":1,"entries":{},"new":1}"#] {
        let err = open(&sealed_text(plaintext, &key), &key).unwrap_err();
        assert!(matches!(err, OpenError::Damaged(_)), "{plaintext}: {err:?}");
        assert!(!format!("{err:?}").contains(PLANTED));
    }
}

#[test]
fn plain_age_tools_open_the_file_and_it_shows_no_secret() {
    let key = Key::generate();
    let sealed = seal(&sample(), &[&key]).unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains(PLANTED));
    let plaintext = String::from_utf8(age::decrypt(key.identity(), &sealed).unwrap()).unwrap();
    assert_eq!(
        plaintext,
        r#"{"version":1,"entries":{"identity/corp/refresh-token":"a \"quoted\"\nsecret","session/dev":"PLANTED-SECRET-7f3a"}}"#
    );
    // And what age sealed, without our stanza, opens here.
    let resealed = age::encrypt(&key.identity().to_public(), plaintext.as_bytes()).unwrap();
    assert!(open(&resealed, &key).unwrap().same_as(&sample()));
}

fn sealed_text(plaintext: &str, key: &Key) -> Vec<u8> {
    let recipient = super::NamedRecipient(key);
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient)).unwrap();
    let mut sealed = Vec::new();
    let mut writer = encryptor.wrap_output(&mut sealed).unwrap();
    writer.write_all(plaintext.as_bytes()).unwrap();
    writer.finish().unwrap();
    sealed
}
