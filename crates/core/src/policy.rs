//! What an organization allows on its machines: the policy that an administrator installs.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use url::Url;

use crate::names::{AccountId, CatalogName, SessionDuration, Target};
use crate::problem::Problem;
use crate::settings::{AskWhen, CatalogSettings, IdentitySettings};

/// A policy. The default allows everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// The longest that sessions last.
    pub longest_session: Option<SessionDuration>,
    /// How credentials reach programs. Any way without.
    pub deliveries: Option<BTreeSet<PolicyDelivery>>,
    /// The kinds of identity. Any kind without.
    pub kinds: Option<BTreeSet<String>>,
    /// The hosts of identity providers. Any host without.
    pub providers: Option<Vec<HostPattern>>,
    /// Production accounts.
    pub production: ProductionPolicy,
    /// Shared catalogs for everyone.
    pub catalogs: BTreeMap<CatalogName, CatalogSettings>,
}

/// What is allowed in production accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductionPolicy {
    /// Whether sessions there are read-only.
    pub read_only: bool,
    /// When the person is asked before a program gets credentials there, at least.
    pub ask: AskWhen,
    /// Accounts that are production, beside those that are marked.
    pub accounts: BTreeSet<AccountId>,
    /// Roles that may do more, by their ARN with `*` for any characters.
    pub except: Vec<String>,
}

/// A way in which credentials reach a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum PolicyDelivery {
    /// Keys in the AWS credentials file.
    File,
    /// `credential_process`.
    Process,
    /// The endpoint of `exec`, `shell` and `serve`.
    Endpoint,
    /// Variables: `env`.
    Env,
    /// The console, in a browser.
    Console,
}

impl PolicyDelivery {
    /// As it stands in the policy.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Process => "process",
            Self::Endpoint => "endpoint",
            Self::Env => "env",
            Self::Console => "console",
        }
    }
}

/// A host, or all hosts of a domain: `login.acme.example`, `*.acme.example`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern(String);

impl HostPattern {
    /// Reads one.
    ///
    /// # Errors
    ///
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let host = text.strip_prefix("*.").unwrap_or(text);
        let is_host = !host.is_empty()
            && !host.starts_with('.')
            && host.chars().all(|c| c.is_ascii_alphanumeric() || "-.:[]".contains(c));
        match is_host {
            true => Ok(Self(text.to_ascii_lowercase())),
            false => Err(format!("{text:?} isn't a host like login.acme.example or *.acme.example")),
        }
    }

    fn admits(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        match self.0.strip_prefix('*') {
            // The dot is part of it, so evil-acme.example doesn't count.
            Some(domain) => host.len() > domain.len() && host.ends_with(domain),
            None => host == self.0,
        }
    }
}

/// What a policy says against something, as a phrase that begins in lower case.
pub type Forbidden = String;

impl Policy {
    /// Whether credentials may reach programs in this way.
    ///
    /// # Errors
    ///
    /// What the policy says against it.
    pub fn admits_delivery(&self, delivery: PolicyDelivery) -> Result<(), Forbidden> {
        match &self.deliveries {
            Some(allowed) if !allowed.contains(&delivery) => {
                let words: Vec<&str> = allowed.iter().map(|it| it.word()).collect();
                let allowed = if words.is_empty() { "none".to_owned() } else { words.join(", ") };
                Err(format!("delivery by {} isn't allowed. Allowed: {allowed}", delivery.word()))
            }
            _ => Ok(()),
        }
    }

    /// Whether people may sign in with this identity.
    ///
    /// # Errors
    ///
    /// What the policy says against it. A provider that can't be told is refused too.
    pub fn admits_identity(&self, settings: &IdentitySettings) -> Result<(), Forbidden> {
        if let Some(kinds) = &self.kinds
            && !kinds.contains(settings.kind())
        {
            let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
            return Err(format!(
                "identities of the kind {} aren't allowed. Allowed: {}",
                settings.kind(),
                kinds.join(", ")
            ));
        }
        match self.forbidden_providers(settings).into_iter().next() {
            Some((_, what)) => Err(what),
            None => Ok(()),
        }
    }

    /// The fields of an identity's settings that the policy forbids, by their names in `config.toml`, each with what it
    /// says against it.
    #[must_use]
    pub fn forbidden_fields(&self, settings: &IdentitySettings) -> Vec<(&'static str, Forbidden)> {
        let mut forbidden = self.forbidden_providers(settings);
        if let IdentitySettings::Saml(it) = settings
            && let Some(what) = it.duration.and_then(|duration| self.admits_duration(duration).err())
        {
            forbidden.push(("duration", what));
        }
        forbidden
    }

    /// Whether sessions may be asked to last this long.
    ///
    /// # Errors
    ///
    /// What the policy says against it.
    pub fn admits_duration(&self, duration: SessionDuration) -> Result<(), Forbidden> {
        match self.longest_session {
            Some(longest) if duration > longest => Err(format!("sessions last {longest} at most")),
            _ => Ok(()),
        }
    }

    fn forbidden_providers(&self, settings: &IdentitySettings) -> Vec<(&'static str, Forbidden)> {
        let Some(allowed) = &self.providers else { return Vec::new() };
        let forbidden = |provider: &str| match host(provider) {
            None => Some(format!("{provider:?} doesn't contain a host that could be allowed")),
            Some(host) if allowed.iter().any(|pattern| pattern.admits(&host)) => None,
            Some(host) => Some(format!("the identity provider {host} isn't allowed")),
        };
        let providers = providers(settings).into_iter();
        providers.filter_map(|(field, provider)| Some((field, forbidden(&provider)?))).collect()
    }

    /// Whether sessions of a role must be read-only. `is_marked`: its account is marked as production.
    #[must_use]
    pub fn limits_to_reading(&self, role: &Target, is_marked: bool) -> bool {
        self.production.read_only && self.is_production(role, is_marked)
    }

    /// When the person is asked, at least, before a program gets a role's credentials.
    #[must_use]
    pub fn asks(&self, role: &Target, is_marked: bool) -> AskWhen {
        if self.is_production(role, is_marked) { self.production.ask } else { AskWhen::Never }
    }

    /// Whether a role is one of production that no exception names.
    fn is_production(&self, role: &Target, is_marked: bool) -> bool {
        let ProductionPolicy { accounts, except, .. } = &self.production;
        let arn = role.to_string();
        (is_marked || accounts.contains(role.account())) && !except.iter().any(|pattern| matches(pattern, &arn))
    }
}

/// Where the person signs in, or what signs them in is sent, with the setting that says it.
fn providers(settings: &IdentitySettings) -> Vec<(&'static str, String)> {
    let all = |texts: &[(&'static str, Option<&String>)]| {
        texts.iter().filter_map(|(field, text)| Some((*field, (*text)?.clone()))).collect()
    };
    match settings {
        IdentitySettings::IdentityCenter(it) => {
            all(&[("start_url", Some(&it.start_url)), ("second_start_url", it.second_start_url.as_ref())])
        }
        IdentitySettings::Oidc(it) => all(&[("issuer", Some(&it.issuer))]),
        IdentitySettings::Saml(it) => all(&[("start_url", it.start_url.as_ref()), ("sso_url", it.sso_url.as_ref())]),
        IdentitySettings::Oauth(it) => all(&[
            ("provider_id", Some(&it.provider_id)),
            ("authorization_endpoint", it.authorization_endpoint.as_ref()),
            ("token_endpoint", it.token_endpoint.as_ref()),
            ("userinfo_endpoint", it.userinfo_endpoint.as_ref()),
        ]),
        IdentitySettings::Directory(it) => all(&[("url", Some(&it.url))]),
        // Theirs is AWS itself, or the identity that they name, which is asked about too.
        IdentitySettings::Cognito(_)
        | IdentitySettings::IamUser(_)
        | IdentitySettings::Profile(_)
        | IdentitySettings::Console(_) => Vec::new(),
    }
}

/// The host of an address, also of one without `https://`. A directory of IAM Identity Center is named by its id.
fn host(text: &str) -> Option<String> {
    if text.starts_with("d-") && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Some(format!("{text}.awsapps.com"));
    }
    let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("https://{text}")) };
    url.ok()?.host_str().map(str::to_owned)
}

/// Whether a text has this form, in which `*` stands for any characters.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((begin, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(begin) else { return false };
    let parts: Vec<&str> = rest.split('*').collect();
    let Some((end, between)) = parts.split_last() else { return true };
    for part in between {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(end)
}

/// The policy of this machine, as the window and `--json` see it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct PolicyView {
    /// Its file.
    pub file: String,
    /// The longest that sessions last.
    pub longest_session: Option<SessionDuration>,
    /// How credentials reach programs, where that is limited.
    pub deliveries: Option<Vec<PolicyDelivery>>,
    /// The kinds of identity, where they are limited.
    pub kinds: Option<Vec<String>>,
    /// The hosts of identity providers, where they are limited.
    pub providers: Option<Vec<String>>,
    /// Whether sessions in production accounts are read-only.
    pub production_read_only: bool,
    /// Why it can't be used. Nothing that it could forbid is allowed then.
    pub problem: Option<Problem>,
}

impl PolicyView {
    /// What a policy says.
    #[must_use]
    pub fn of(file: String, policy: &Policy) -> Self {
        Self {
            file,
            longest_session: policy.longest_session,
            deliveries: policy.deliveries.as_ref().map(|it| it.iter().copied().collect()),
            kinds: policy.kinds.as_ref().map(|it| it.iter().cloned().collect()),
            providers: policy.providers.as_ref().map(|it| it.iter().map(|pattern| pattern.0.clone()).collect()),
            production_read_only: policy.production.read_only,
            problem: None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::settings::{OidcSettings, SamlSettings};

    fn allowing(hosts: &[&str]) -> Policy {
        let providers = hosts.iter().map(|host| HostPattern::parse(host).unwrap()).collect();
        Policy { providers: Some(providers), ..Policy::default() }
    }

    #[test]
    fn a_provider_is_admitted_by_its_host_and_no_other_part() {
        let policy = allowing(&["login.acme.example", "*.corp.example"]);
        let oidc =
            |issuer: &str| policy.admits_identity(&IdentitySettings::Oidc(OidcSettings::new(issuer, "x"))).is_ok();
        for issuer in ["https://login.acme.example/a", "https://LOGIN.acme.example:8443", "https://a.b.corp.example"] {
            assert!(oidc(issuer), "{issuer}");
        }
        for issuer in [
            "https://login.acme.example.evil.example",
            "https://evil.example/login.acme.example",
            "https://corp.example",
            "https://evil-corp.example",
            "https://login.acme.example@evil.example",
            "",
            "https://",
        ] {
            assert!(!oidc(issuer), "{issuer}");
        }
        let two = SamlSettings {
            sso_url: Some("https://login.acme.example".into()),
            start_url: Some("https://evil.example".into()),
            ..SamlSettings::default()
        };
        assert!(policy.admits_identity(&IdentitySettings::Saml(two)).is_err());
        for wrong in ["", "*", "*.", "https://x", "a*b", "a b"] {
            assert!(HostPattern::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn roles_are_excepted_by_their_arn() {
        let arn = "arn:aws:iam::111122223333:role/team/Deploy";
        for (pattern, is_it) in [
            (arn, true),
            ("arn:aws:iam::*:role/*Deploy", true),
            ("*", true),
            ("*Deploy*", true),
            ("arn:aws:iam::111122223333:role/Deploy", false),
            ("*:role/x*Deploy", false),
            ("*Dep", false),
            ("", false),
        ] {
            assert_eq!(matches(pattern, arn), is_it, "{pattern}");
        }
        let mut policy = Policy::default();
        let role: Target = arn.parse().unwrap();
        assert!(!policy.limits_to_reading(&role, true), "a policy that says nothing limits nothing");
        policy.production.read_only = true;
        assert!(policy.limits_to_reading(&role, true) && !policy.limits_to_reading(&role, false));
        policy.production.accounts.insert(role.account().clone());
        assert!(policy.limits_to_reading(&role, false));
        policy.production.except.push("*/Deploy".into());
        assert!(!policy.limits_to_reading(&role, true));
    }
}
