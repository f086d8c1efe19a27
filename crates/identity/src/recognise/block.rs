//! Settings as the AWS CLI writes and asks for them: a block of `~/.aws/config` with `sso_start_url`, or what
//! `aws configure sso` showed.

use daypass_core::names::Region;

use super::aws;
use super::found::Found;
use super::name;

/// The portal in the block. `None` if the text doesn't have one.
pub(super) fn read(text: &str) -> Option<Found> {
    let start_url = after(text, &["sso_start_url", "sso start url"])?;
    let region = after(text, &["sso_region", "sso region"]).and_then(|text| text.parse::<Region>().ok());
    let mut found = aws::of_start_url(start_url, region.as_ref())?;
    let default = after(text, &["region", "default client region", "cli default client region"]);
    let default = default.and_then(|text| text.parse::<Region>().ok());
    if let (Some(default), Some(filled)) = (default, &mut found.filled) {
        filled.set("default_region", default.as_str());
    }
    // A session's name is the person's own word for the portal. Profiles are named after roles.
    let session = after(text, &["sso_session", "sso session name (recommended)", "sso session name"]);
    let session = session.or_else(|| text.lines().find_map(|line| line.trim().strip_prefix("[sso-session ")));
    let session = session.and_then(|name| name::tidy(name.trim_end_matches(']')));
    found.name = found.name.or(session);
    Some(found)
}

/// What stands after one of these words at the beginning of a line: after `=`, or after `[None]:` as the CLI asks.
fn after<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let line = line.trim();
        let at = line.find(['=', '[', ':']).filter(|at| *at > 0)?;
        let word = line.get(..at)?.trim().to_ascii_lowercase();
        if !words.contains(&word.as_str()) {
            return None;
        }
        let rest = line.get(at..)?;
        let value = match rest.strip_prefix('[') {
            Some(_) => rest.split_once("]:")?.1,
            None => rest.get(1..)?,
        };
        let value = value.trim().trim_matches(['"', '\'']);
        (!value.is_empty()).then_some(value)
    })
}
