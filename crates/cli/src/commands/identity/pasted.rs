//! `daypass identity add ADDRESS`: what the address is decides the kind and most settings.

use std::io::Read;

use daypass_broker::region;
use daypass_broker::requests::Recognise;
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::recognised::{ProposedIdentity, Recognised};
use daypass_core::settings::IdentitySettings;

use super::recognised;
use crate::args::{NewIdentity, Pasted};
use crate::ask::{ask_quietly, surroundings};
use crate::say;

/// An e-mail with its attachments is longer, and has the address in its beginning.
const LONGEST: u64 = 256 * 1024;

/// The identity that the text tells of, with what the options say.
pub(super) fn read(pasted: Pasted) -> Result<NewIdentity, Problem> {
    let text = if pasted.text == "-" { from_stdin()? } else { pasted.text };
    let mut found = ask_quietly(Recognise { text, ask: true })?;
    found.suggest_region(&region::usual(&surroundings()?.places, |name| std::env::var_os(name)));
    let Some(mut identity) = found.identity.clone() else { return Err(recognised::not_usable(&found)) };
    say::note(&recognised::in_words(&found));
    if let Some(why) = &found.unanswered {
        say::note(&format!("The address couldn't be checked: {why}"));
    }
    let regions = [("region", pasted.region), ("default_region", pasted.default_region)];
    let given = regions.into_iter().filter_map(|(name, region)| Some((name, region?.to_string())));
    for (name, value) in given.chain(pasted.client_id.map(|id| ("client_id", id))) {
        if name == "region" {
            identity.filled.entry("default_region".to_owned()).or_insert_with(|| value.clone());
        }
        identity.asked.retain(|asked| asked != name);
        identity.filled.insert(name.to_owned(), value);
    }
    let name = match pasted.name {
        Some(name) => name,
        None => identity.name.parse::<IdentityName>()?,
    };
    let settings = settings(&found, &identity, &name)?;
    Ok(NewIdentity { name, settings, with: pasted.with })
}

fn settings(found: &Recognised, identity: &ProposedIdentity, name: &IdentityName) -> Result<IdentitySettings, Problem> {
    let mut settings = identity.settings();
    // Daypass asks for a key's ID together with its secret. It isn't a setting.
    if let Some(table) = settings.as_object_mut() {
        table.remove("access_key_id");
    }
    serde_json::from_value(settings).map_err(|error| recognised::incomplete(found, identity, name, &error))
}

fn from_stdin() -> Result<String, Problem> {
    let mut text = Vec::new();
    std::io::stdin().lock().take(LONGEST).read_to_end(&mut text).map_err(|error| {
        Problem::new(ProblemKind::Failed, ProblemCode::NothingTyped, format!("standard input can't be read: {error}"))
    })?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
