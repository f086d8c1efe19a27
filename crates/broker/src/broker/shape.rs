//! What a lease or an elevation makes of a request at the moment of an exchange: how long the keys last, and what
//! CloudTrail shows.

use chrono::{DateTime, Utc};
use daypass_core::names::SessionDuration;
use daypass_core::session_request::SessionRequest;
use daypass_core::settings::Config;
use daypass_core::terms::Term;

use super::catalog;

/// The tags that say what a session is for.
const LEASE_TAG: &str = "daypass:lease";
const WHY_TAG: &str = "daypass:why";

/// The longest value of a tag.
const LONGEST_VALUE: usize = 256;

/// The request as it is sent now. One without a lease or an elevation stays as it is.
pub(super) fn shaped(config: &Config, request: &SessionRequest, now: DateTime<Utc>) -> SessionRequest {
    let mut shaped = request.at(now);
    let Some(ends) = shaped.ends_at() else { return shaped };
    let settings = config.identities.get(&request.identity);
    let is_chained = !request.via.is_empty();
    let allowed = catalog::terms(settings, &request.role, is_chained);
    let (label, tag, value) = match (&shaped.lease, &shaped.elevation) {
        (Some(lease), _) => (format!("lease={}", lease.purpose), LEASE_TAG, lease.purpose.clone()),
        (None, Some(elevation)) => ("elevated".to_owned(), WHY_TAG, elevation.why.clone()),
        (None, None) => return shaped,
    };
    let is_elevated = shaped.elevation.is_some();
    let terms = &mut shaped.terms;
    if is_elevated {
        terms.read_only = false;
    }
    if allowed.contains(&Term::Duration) {
        let usual = terms.duration.or_else(|| catalog::usual_duration(settings, &request.role, is_chained));
        let left = u32::try_from((ends - now).num_seconds().max(0)).unwrap_or(u32::MAX);
        let needed = SessionDuration::within(left);
        terms.duration = Some(usual.map_or(needed, |usual| usual.min(needed)));
    }
    if allowed.contains(&Term::SessionName) {
        terms.session_label = Some(label);
    }
    if allowed.contains(&Term::Tags) {
        terms.tags.insert(tag.to_owned(), as_value(&value));
    }
    shaped
}

/// The same request without what a role's trust policy may not allow: a name of its own, and tags.
pub(super) fn without_labels(shaped: &SessionRequest) -> SessionRequest {
    let mut plain = shaped.clone();
    plain.terms.session_label = None;
    plain.terms.tags.retain(|key, _| key != LEASE_TAG && key != WHY_TAG);
    plain
}

/// Letters, digits, blanks and `_ . : / = + - @`, as a tag may have
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html>).
fn as_value(text: &str) -> String {
    let is_allowed = |c: char| c.is_alphanumeric() || "_.:/=+-@ ".contains(c);
    text.chars().map(|c| if is_allowed(c) { c } else { '-' }).take(LONGEST_VALUE).collect()
}
