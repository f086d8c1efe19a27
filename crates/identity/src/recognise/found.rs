//! What was found in a text, before it gets an unused name.

use std::collections::BTreeMap;

use daypass_core::recognised::{ProposedIdentity, Recognised, Thing};

use super::question::Question;

/// A part of the text that is something.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) thing: Thing,
    pub(super) provider: Option<&'static str>,
    pub(super) of: String,
    /// What to call an identity, if the text tells.
    pub(super) name: Option<String>,
    pub(super) filled: Option<Filled>,
    pub(super) question: Option<Question>,
    pub(super) unanswered: Option<String>,
}

/// Settings of a kind.
#[derive(Debug, Clone)]
pub(super) struct Filled {
    pub(super) kind: &'static str,
    pub(super) settings: BTreeMap<String, String>,
    /// What the person has to say if the settings don't: settings and secrets.
    needed: &'static [&'static str],
}

impl Filled {
    fn of(kind: &'static str, needed: &'static [&'static str]) -> Self {
        Self { kind, settings: BTreeMap::new(), needed }
    }

    pub(super) fn identity_center() -> Self {
        Self::of("identity-center", &["start_url", "region"])
    }

    pub(super) fn saml() -> Self {
        Self::of("saml", &[])
    }

    pub(super) fn oidc() -> Self {
        Self::of("oidc", &["issuer", "client_id"])
    }

    pub(super) fn iam_user() -> Self {
        Self::of("iam-user", &["access_key_id", "secret_access_key"])
    }

    pub(super) fn directory() -> Self {
        Self::of("directory", &["url", "bind_dn", "role_pattern", "broker_access_key_id", "broker_secret_access_key"])
    }

    pub(super) fn cognito() -> Self {
        Self::of("cognito", &["identity", "pool_id", "account"])
    }

    pub(super) fn console() -> Self {
        Self::of("console", &["region"])
    }

    /// With one setting more.
    pub(super) fn with(mut self, setting: &str, value: impl Into<String>) -> Self {
        self.set(setting, value);
        self
    }

    pub(super) fn set(&mut self, setting: &str, value: impl Into<String>) {
        let value = value.into();
        // What can't be seen or would act on the rest of a line isn't part of an address.
        if !value.is_empty() && !value.chars().any(char::is_control) {
            self.settings.insert(setting.to_owned(), value);
        }
    }

    fn asked(&self) -> Vec<String> {
        let is_open = |name: &&&str| !self.settings.contains_key(**name);
        self.needed.iter().filter(is_open).map(ToString::to_string).collect()
    }
}

impl Found {
    pub(super) fn new(thing: Thing, of: impl Into<String>) -> Self {
        let of = of.into();
        Self { thing, provider: None, of, name: None, filled: None, question: None, unanswered: None }
    }

    pub(super) fn by(mut self, provider: &'static str) -> Self {
        self.provider = Some(provider);
        self
    }

    pub(super) fn named(mut self, name: Option<String>) -> Self {
        self.name = name;
        self
    }

    pub(super) fn filling(mut self, filled: Filled) -> Self {
        self.filled = Some(filled);
        self
    }

    pub(super) fn asking(mut self, question: Question) -> Self {
        self.question = Some(question);
        self
    }

    /// How much it tells beside other parts of the same text. An e-mail has links to help pages too.
    pub(super) fn weight(&self) -> u8 {
        match self.thing {
            Thing::AccessPortal => 100,
            Thing::AwsTile => 90,
            Thing::SamlEndpoint => 85,
            Thing::IdentityPool => 80,
            Thing::Issuer => 75,
            Thing::Directory => 70,
            Thing::AccessKey => 65,
            Thing::PortalTile => 60,
            Thing::PortalWithoutDirectory => 58,
            Thing::CompanyPortal => 57,
            Thing::AnyTenant => 55,
            Thing::MfaDevice => 50,
            Thing::AwsConsole => 45,
            Thing::HomePage => 40,
            Thing::TemporaryKey => 35,
            Thing::Role => 30,
            Thing::OtherArn => 25,
            Thing::WebPage => 20,
            Thing::Account => 15,
            Thing::AwsWebSite => 10,
            Thing::Secret => 8,
            Thing::EmailAddress => 5,
            Thing::Nothing => 0,
        }
    }

    pub(super) fn recognised(&self, is_taken: impl Fn(&str) -> bool) -> Recognised {
        let identity = self.filled.as_ref().map(|filled| ProposedIdentity {
            name: free(self.name.as_deref().unwrap_or("work"), is_taken),
            kind: filled.kind.to_owned(),
            filled: filled.settings.clone(),
            asked: filled.asked(),
        });
        Recognised {
            thing: self.thing,
            provider: self.provider.map(str::to_owned),
            of: self.of.clone(),
            identity,
            unanswered: self.unanswered.clone(),
            can_ask: self.question.is_some(),
        }
    }
}

/// The name, or the first of `name-2`, `name-3`, … that is free.
fn free(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..1000).map(|n| format!("{name}-{n}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_else(|| name.to_owned())
}
