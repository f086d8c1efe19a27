//! A SAML response as a person pastes it: XML, base64, or the body of a form.
#![no_main]

use daypass_saml::Assertion;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(assertion) = Assertion::read_given(text) {
        assert!(!assertion.roles.is_empty());
    }
});
