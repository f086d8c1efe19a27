//! What a profile requests besides its role.

use std::collections::BTreeMap;

use daypass_core::names::SessionDuration;
use daypass_core::settings::DeclaredRole;
use daypass_core::terms::Terms;

use super::step::get;
use crate::found::Remark;
use crate::profiles::{AwsFiles, AwsProfile};

/// The terms of a profile's role, or of a user's session without one, and what can't be kept of them.
pub(super) fn terms(profile: &AwsProfile, files: &AwsFiles, role: Option<&DeclaredRole>) -> (Terms, Vec<Remark>) {
    let mut remarks = Vec::new();
    let mut leave_out = |key: &str, why: String| {
        let what = format!("the {key} of profile {:?} isn't imported", profile.name);
        remarks.push(Remark::new(what, why, files.origin_of(profile, key)));
    };
    let text = |key: &str| get(profile, files, key);
    let mut terms = Terms::default();
    if let Some(seconds) = text("duration_seconds") {
        match seconds.parse().map_err(drop).and_then(|seconds| SessionDuration::from_seconds(seconds).map_err(drop)) {
            Ok(duration) => terms.duration = Some(duration),
            Err(()) => leave_out("duration_seconds", format!("{seconds:?} isn't 900 to 129600 seconds")),
        }
    }
    let Some(role) = role else { return (terms, remarks) };
    if let Some(name) = text("role_session_name") {
        match name.parse() {
            Ok(name) => terms.session_name = Some(name),
            Err(error) => leave_out("role_session_name", daypass_core::names::NameError::to_string(&error)),
        }
    }
    terms.external_id = text("external_id").map(str::to_owned);
    terms.source_identity = text("source_identity").map(str::to_owned);
    terms.tags = pairs(text("session_tags").unwrap_or_default());
    terms.transitive_tag_keys = words(text("transitive_session_tags").unwrap_or_default());
    let asked = DeclaredRole { terms: terms.clone(), ..role.clone() };
    if let Some(why) = asked.asks_for_too_long() {
        leave_out("duration_seconds", why);
        terms.duration = None;
    }
    (terms, remarks)
}

/// `KEY=VALUE,KEY=VALUE`, as aws-vault has it.
fn pairs(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())).collect()
}

fn words(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
