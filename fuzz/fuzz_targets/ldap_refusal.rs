//! What a directory says about a password: a result code, the value of a password policy control, and a text.
#![no_main]

use daypass_ldap::message::{Control, Outcome};
use daypass_ldap::refusal::{BindEnd, PASSWORD_POLICY, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, Option<Vec<u8>>, String)| {
    let (code, value, text) = input;
    let control = value.map(|value| Control { oid: PASSWORD_POLICY.to_owned(), value: Some(value) });
    let outcome = Outcome { code: code.into(), text, controls: control.into_iter().collect(), ..Outcome::default() };
    assert!(code == 0 || read(&outcome) != BindEnd::Bound);
});
