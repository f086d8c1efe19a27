//! Texts that mean the same role today and tomorrow, whatever else is in the catalog.

use daypass_core::names::{IdentityName, Target};
use daypass_core::problem::Problem;
use daypass_core::view::{RoleView, SessionView};

use super::refusal;

/// The roles that belong to the identity in front of a text, and the rest of the text. Several identities may reach the
/// same role, and then the text names one of them first.
pub(super) fn of_identity<'a, 't>(roles: &[&'a RoleView], text: &'t str) -> Option<(Vec<&'a RoleView>, &'t str)> {
    let (identity, rest) = text.split_once(':')?;
    let its = |of: &IdentityName| of.as_str() == identity;
    let is_one = text.parse::<Target>().is_err()
        && roles.iter().any(|role| its(&role.identity))
        && roles.iter().all(|role| role.profile.as_str() != text);
    is_one.then(|| (roles.iter().filter(|role| its(&role.identity)).copied().collect(), rest))
}

/// The role that a text means: an ARN, `ACCOUNT/ROLE`, or a profile, with `IDENTITY:` before it if necessary.
pub(crate) fn find<'a>(roles: &[&'a RoleView], running: &[SessionView], text: &str) -> Result<&'a RoleView, Problem> {
    if let Some((its, rest)) = of_identity(roles, text) {
        let identity = its.first().map(|role| &role.identity);
        let running: Vec<SessionView> =
            running.iter().filter(|session| Some(&session.identity) == identity).cloned().collect();
        return find(&its, &running, rest);
    }
    let of_session = running.iter().find(|s| s.profile.as_str() == text);
    let matching: Vec<&RoleView> = if let Ok(arn) = text.parse::<Target>() {
        roles.iter().filter(|role| role.arn == arn).copied().collect()
    } else if let Some(session) = of_session {
        roles.iter().filter(|role| role.arn == session.role && role.identity == session.identity).copied().collect()
    } else if text.starts_with("arn:") {
        return Err(refusal::not_an_arn(text));
    } else {
        let by_profile: Vec<&RoleView> = roles.iter().filter(|role| role.profile.as_str() == text).copied().collect();
        if by_profile.is_empty() { by_account_id(roles, text) } else { by_profile }
    };
    match matching.as_slice() {
        [] => Err(refusal::unknown(text)),
        [role] => Ok(role),
        several => Err(refusal::ambiguous(text, several, roles)),
    }
}

fn by_account_id<'a>(roles: &[&'a RoleView], text: &str) -> Vec<&'a RoleView> {
    match text.split_once('/') {
        Some((account, name)) => {
            roles.iter().filter(|role| role.account.as_str() == account && role.name == name).copied().collect()
        }
        None => Vec::new(),
    }
}
