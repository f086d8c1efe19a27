//! Environment variables that override the profile, so that tools act as another identity.

use std::ffi::OsString;

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// The most common reason why a new profile "doesn't work". (boto3 reads the token's old name as well.)
const KEYS: [&str; 4] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"];

/// What belongs to such keys and would be wrong with others.
const ABOUT_KEYS: [&str; 2] = ["AWS_CREDENTIAL_EXPIRATION", "AWS_ACCOUNT_ID"];

/// What is set in this environment that leads tools away from profiles, if anything.
#[must_use]
pub fn shadowing_variables(env: impl Fn(&str) -> Option<OsString>) -> Option<Problem> {
    let set = |name: &&str| env(name).is_some_and(|value| !value.is_empty());
    let keys: Vec<&str> = KEYS.into_iter().filter(set).collect();
    let about: Vec<&str> = ABOUT_KEYS.into_iter().filter(set).collect();
    let message = match keys.as_slice() {
        [] if about.is_empty() => return None,
        [] => format!("{} set here, without the keys that it is about", about.join(", ")),
        keys => format!(
            "{} set here: AWS tools use it instead of the profile in AWS_PROFILE, and some instead of any profile",
            keys.join(", ")
        ),
    };
    let hint = format!("unset {}", [keys, about].concat().join(" "));
    Some(Problem::new(ProblemKind::Refused, ProblemCode::ProfileShadowed, message).hint(hint))
}
