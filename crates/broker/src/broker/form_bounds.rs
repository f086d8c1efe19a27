//! What the machine's policy says about the window's forms, so that they can show it before saving.
//!
//! A policy that can't be used says nothing here: the window tells that by itself, and each exchange is refused.

use std::sync::Arc;

use super::field_mistake::mistake;
use crate::config::PolicyFile;
use daypass_core::names::SessionDuration;
use daypass_core::policy::{Forbidden, Policy};
use daypass_core::settings::{AskWhen, Config, DeclaredRole, IdentitySettings};
use daypass_core::view::FieldMistake;

/// The fields of an identity that the policy forbids.
pub(super) fn mistakes_in_identity(file: &PolicyFile, settings: &IdentitySettings) -> Vec<FieldMistake> {
    let forbidden = policy_of(file).forbidden_fields(settings).into_iter();
    forbidden.map(|(field, what)| mistake(field, &by_organization(&what))).collect()
}

/// What the policy limits of a role.
pub(super) struct RoleLimits {
    /// The longest that its sessions last.
    pub(super) longest: Option<SessionDuration>,
    /// Whether its sessions are read-only.
    pub(super) read_only: bool,
    /// When the person is asked at least.
    pub(super) ask: AskWhen,
    /// A duration that is longer.
    pub(super) mistake: Option<FieldMistake>,
}

/// What the policy limits of a role that is being written.
pub(super) fn limits_of_role(file: &PolicyFile, config: &Config, role: &DeclaredRole) -> RoleLimits {
    let policy = policy_of(file);
    let is_marked = config.accounts.get(role.arn.account()).is_some_and(|account| account.production);
    let forbidden = role.terms.duration.and_then(|duration| policy.admits_duration(duration).err());
    RoleLimits {
        longest: policy.longest_session,
        read_only: policy.limits_to_reading(&role.arn, is_marked),
        ask: policy.asks(&role.arn, is_marked),
        mistake: forbidden.map(|what| mistake("terms.duration", &by_organization(&what))),
    }
}

fn policy_of(file: &PolicyFile) -> Arc<Policy> {
    file.policy().unwrap_or_default()
}

fn by_organization(what: &Forbidden) -> String {
    format!("{what}. This is set by your organization")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use daypass_core::settings::AccountSettings;

    use super::*;
    use crate::config::policy_of_anyone;

    const POLICY: &str = "[sessions]\nlongest = \"4h\"\n[identities]\nproviders = [\"*.acme.example\"]\n\
                          [production]\nread_only = true\n";

    fn policy() -> (tempfile::TempDir, PolicyFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        std::fs::write(&path, POLICY).unwrap();
        let file = policy_of_anyone(&path);
        (folder, file)
    }

    #[test]
    fn a_form_says_which_field_of_an_identity_the_policy_forbids() {
        let (_folder, file) = policy();
        let of = |issuer: &str| {
            let settings = format!("{{\"kind\": \"oidc\", \"issuer\": {issuer:?}, \"client_id\": \"d\"}}");
            mistakes_in_identity(&file, &serde_json::from_str(&settings).unwrap())
        };
        assert!(of("https://login.acme.example").is_empty());
        let forbidden = of("https://login.evil.example");
        let [only] = &forbidden[..] else { panic!("one field") };
        assert_eq!(only.field, "issuer");
        assert_eq!(
            only.message,
            "The identity provider login.evil.example isn't allowed. This is set by your organization."
        );
    }

    #[test]
    fn a_form_says_how_far_a_role_reaches() {
        let (_folder, file) = policy();
        let role = |duration: &str| -> DeclaredRole {
            let text = format!(
                "{{\"arn\": \"arn:aws:iam::111122223333:role/A\", \"identity\": \"a\", \
                  \"terms\": {{\"duration\": {duration:?}}}}}"
            );
            serde_json::from_str(&text).unwrap()
        };
        let mut config = Config::default();
        let short = limits_of_role(&file, &config, &role("2h"));
        assert!(short.mistake.is_none() && !short.read_only);
        assert_eq!(short.longest.unwrap().to_string(), "4h");
        let long = limits_of_role(&file, &config, &role("8h")).mistake.unwrap();
        assert_eq!(long.field, "terms.duration");
        assert_eq!(long.message, "Sessions last 4h at most. This is set by your organization.");
        let marked = AccountSettings { production: true, ..AccountSettings::default() };
        config.accounts.insert("111122223333".parse().unwrap(), marked);
        assert!(limits_of_role(&file, &config, &role("2h")).read_only);
    }
}
