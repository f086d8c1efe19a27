//! The name of an entry, as a directory writes it.
#![no_main]

use daypass_ldap::dn::{common_name, plain};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|dn: &str| {
    assert_eq!(plain(dn).is_some(), common_name(dn).is_some());
});
