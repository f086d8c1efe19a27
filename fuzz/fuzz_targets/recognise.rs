//! What a person pastes to add an identity, and what a server answers about it.
#![no_main]

use daypass_identity::recognise::{self, Issuer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, &str, &str)| {
    let (pasted, location, page) = texts;
    let mut reading = recognise::read(pasted);
    let asked = "https://login.example.com/start".parse().unwrap();
    reading.learn_page(&asked, Some(location), page);
    drop(Issuer::read(&asked, page.as_bytes()));
    let found = reading.recognised(|_| false);
    assert!(!found.of.chars().any(char::is_control));
    if let Some(identity) = found.identity {
        assert!(identity.name.parse::<daypass_core::names::IdentityName>().is_ok());
    }
});
