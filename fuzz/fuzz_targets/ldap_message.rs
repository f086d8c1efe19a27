//! The bytes that come from a directory's port.
#![no_main]

use daypass_ldap::message::{Answer, Head, LONGEST, head, message};
use daypass_ldap::refusal;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let content = match head(bytes, LONGEST) {
        Ok(Head::Content(length)) => {
            assert!(length <= LONGEST);
            bytes.len().checked_sub(length).map(|start| &bytes[start..])
        }
        Ok(Head::Unfinished(more)) => {
            assert!(more > 0);
            None
        }
        Err(_) => None,
    };
    match content.map(message) {
        Some(Ok(message)) => match message.answer {
            Answer::Bind(outcome) => drop(refusal::read(&outcome)),
            Answer::Entry(entry) => {
                if let Some((_, Some(next))) = entry.part("memberOf", 0) {
                    assert!(next > 0);
                }
            }
            Answer::Aside | Answer::Done(_) | Answer::Extended(_) => {}
        },
        Some(Err(_)) | None => {}
    }
});
