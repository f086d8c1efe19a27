//! A SAML response as an identity provider posts it. The input is the XML, so that mutations reach the reader.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daypass_saml::Assertion;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|xml: &[u8]| {
    if let Ok(assertion) = Assertion::read(&STANDARD.encode(xml)) {
        assert!(!assertion.roles.is_empty());
        let _ = assertion.check_answers("_r1");
        let _ = assertion.person();
    }
});
