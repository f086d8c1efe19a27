//! Reads the whole seed corpus: responses in the shapes of well-known identity providers, with made-up values.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daypass_saml::{Assertion, ResponseError};

/// What each file must be read as.
const EXPECTED: [(&str, &str); 13] = [
    ("ad-fs-encrypted.xml", "Encrypted"),
    ("ad-fs.xml", "2 roles for ann@example.org"),
    ("entra-id.xml", "1 roles for ann@example.org"),
    ("google-workspace.xml", "1 roles for ann@example.org"),
    ("keycloak-declined.xml", "Declined"),
    ("keycloak.xml", "2 roles for ann, 1 skipped"),
    ("no-rolesessionname.xml", "1 roles for ann"),
    ("okta.xml", "2 roles for ann@example.org"),
    ("role-trailing-comma.xml", "1 roles for ann@example.org"),
    ("rolesessionname-blank-inside.xml", "1 roles for ann, 1 skipped"),
    ("sessionnotonorafter-empty.xml", "1 roles for ann@example.org"),
    ("shibboleth.xml", "1 roles for ann@university.example"),
    ("simplesamlphp.xml", "2 roles for ann"),
];

fn corpus() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    files.map(|file| (file.file_name().into_string().unwrap(), fs::read_to_string(file.path()).unwrap())).collect()
}

fn summary(outcome: Result<Assertion, ResponseError>) -> String {
    match outcome {
        Ok(assertion) => {
            let skipped = match assertion.skipped.len() {
                0 => String::new(),
                count => format!(", {count} skipped"),
            };
            format!("{} roles for {}{skipped}", assertion.roles.len(), assertion.person())
        }
        // The variant alone: what it says to people may be reworded.
        Err(error) => format!("{error:?}").split([' ', '(', '{']).next().unwrap().to_owned(),
    }
}

#[test]
fn every_response_of_the_corpus_is_read_as_expected() {
    let read = corpus().into_iter().map(|(name, xml)| (name, summary(Assertion::read(&STANDARD.encode(xml)))));
    let expected = EXPECTED.map(|(name, summary)| (name.to_owned(), summary.to_owned()));
    assert_eq!(read.collect::<BTreeMap<_, _>>(), BTreeMap::from(expected));
}

#[test]
fn a_response_means_the_same_in_every_form_that_people_paste() {
    for (name, xml) in corpus() {
        let field = STANDARD.encode(&xml);
        let wanted = summary(Assertion::read(&field));
        let escaped = field.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        for given in [xml, format!("SAMLResponse={escaped}&RelayState="), field] {
            assert_eq!(summary(Assertion::read_given(&given)), wanted, "{name}");
        }
    }
}

#[test]
fn no_response_that_ends_early_is_read_or_makes_the_reader_panic() {
    for (name, xml) in corpus() {
        // The last character may be a line break, which doesn't matter.
        let end = xml.trim_end().len();
        for cut in (0..end).step_by(7).filter(|cut| xml.is_char_boundary(*cut)) {
            assert!(Assertion::read(&STANDARD.encode(&xml[..cut])).is_err(), "{name} up to {cut}");
        }
    }
}
