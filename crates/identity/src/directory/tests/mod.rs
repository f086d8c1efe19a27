//! Tests that don't need a server: settings, names, groups. The rest is tested against OpenLDAP
//! (tests/cli/test_directory.py).

#![allow(clippy::unwrap_used)]

mod answers;
mod parts;
mod people;
mod settings;

use daypass_core::settings::DirectorySettings;

/// Settings as `config.toml` has them.
fn settings(text: &str) -> DirectorySettings {
    toml_edit::de::from_str(text).unwrap()
}
