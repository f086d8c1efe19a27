//! Roles without the profile that they were to have, and why.

use std::collections::HashSet;

use daypass_core::names::{NameError, ProfileName};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::profile_template::ProfileTemplate;
use daypass_core::view::RoleView;
use daypass_deliver::generated::{FoundProfile, GeneratedProfile};
use serde::Serialize;

/// Roles without the profile that they were to have.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// The profile's name. None if there is none that could be written.
    pub name: Option<String>,
    /// The roles, as `IDENTITY:ARN`.
    pub role_ids: Vec<String>,
    /// Why, and what to do about it.
    pub problem: Problem,
}

impl LeftOut {
    pub(super) fn unnamed(role: &RoleView, error: &NameError) -> Self {
        let message = format!("the profile of {} can't be named {:?}", role.id, error.text);
        let problem = Problem::new(ProblemKind::Invalid, ProblemCode::BadProfileName, message)
            .hint(format!("{}. Change the template, or set `profile` of the role in config.toml", error.expected));
        Self { name: None, role_ids: vec![role.id.clone()], problem }
    }

    /// Another tool, or another Daypass, has the name.
    pub(super) fn refused(profile: &GeneratedProfile, problem: Problem) -> Self {
        // A generated profile never replaces another one.
        let problem = problem.hint("rename that section, remove it, or set `profile` of the role in config.toml");
        Self { name: Some(profile.name.to_string()), role_ids: vec![profile.role.clone()], problem }
    }

    /// A role that stays has the name.
    pub(super) fn taken(profile: &GeneratedProfile, holder: &FoundProfile) -> Self {
        let GeneratedProfile { name, role, .. } = profile;
        let message = format!("{name} is the profile of {} now, and would be the one of {role}", holder.role);
        let problem = Problem::new(ProblemKind::Refused, ProblemCode::ProfilesLeftOut, message).hint(format!(
            "sign in to both identities and sync both at once, or remove the old one: daypass profiles remove {name}"
        ));
        Self { name: Some(name.to_string()), role_ids: vec![role.clone(), holder.role.clone()], problem }
    }

    pub(super) fn collision(name: &ProfileName, roles: &[&RoleView], template: &ProfileTemplate) -> Self {
        let role_ids: Vec<String> = roles.iter().map(|role| role.id.clone()).collect();
        let message = format!("{name} would be the profile of {}", role_ids.join(" and of "));
        let differs = |of: fn(&RoleView) -> &str| roles.iter().map(|role| of(role)).collect::<HashSet<_>>().len() > 1;
        let part = match () {
            () if differs(|role| role.account.as_str()) => Some("{id}"),
            () if differs(|role| role.identity.as_str()) => Some("{identity}"),
            () => None,
        };
        let declare = "set `profile` of one of the roles in config.toml";
        let hint = match part {
            Some(part) => format!("{declare}, or tell them apart with {part}: --name '{template}-{part}'"),
            None => declare.to_owned(),
        };
        let problem = Problem::new(ProblemKind::Refused, ProblemCode::ProfilesLeftOut, message).hint(hint);
        Self { name: Some(name.to_string()), role_ids, problem }
    }
}
