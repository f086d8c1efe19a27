//! What several tools have in common, in Daypass's types.

use std::collections::BTreeSet;

use daypass_core::names::{AccountId, IdentityName, Partition, Region, Target};
use daypass_core::settings::{DeclaredRole, IdentityCenterSettings, IdentitySettings, SamlSettings};
use daypass_core::terms::Terms;

use crate::{Found, FoundIdentity, Origin, names};

/// The role of a permission set in an account.
pub(crate) fn permission_set(partition: Partition, account: &AccountId, name: &str) -> Option<Target> {
    format!("arn:{partition}:iam::{account}:role/aws-reserved/sso.amazonaws.com/{name}").parse().ok()
}

/// A role without anything else.
pub(crate) fn role(arn: Target, identity: &IdentityName) -> DeclaredRole {
    let (via, profile, region, delivery) = (None, None, None, None);
    DeclaredRole { arn, identity: identity.clone(), via, profile, region, delivery, terms: Terms::default() }
}

/// An access portal. A default region of another partition is none of its roles'.
pub(crate) fn portal(start_url: &str, region: Region, default_region: Option<Region>) -> IdentitySettings {
    let here = Partition::of_region(&region);
    let default_region = default_region.filter(|region| Partition::of_region(region) == here);
    IdentitySettings::IdentityCenter(IdentityCenterSettings {
        start_url: start_url.to_owned(),
        region,
        second_start_url: None,
        second_region: None,
        scopes: Vec::new(),
        redirect_port: None,
        default_region,
    })
}

/// An identity provider that begins at an address of its own.
pub(crate) fn saml(start_url: &str) -> SamlSettings {
    SamlSettings { start_url: Some(start_url.to_owned()), ..SamlSettings::default() }
}

/// An account's id. A tool that took it for a number has lost its leading zeros.
pub(crate) fn account_id(text: &str) -> Option<AccountId> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { format!("{text:0>12}").parse().ok() } else { None }
}

/// The host of an address.
pub(crate) fn host(address: &str) -> Option<&str> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next()?;
    let host = host.rsplit('@').next()?;
    Some(host).filter(|host| !host.is_empty())
}

/// What the person calls their portal: the first part of its host (`acme` of `acme.awsapps.com`), or its directory's
/// id.
pub(crate) fn portal_name(start_url: &str) -> IdentityName {
    let first = host(start_url).and_then(|host| host.split('.').next()).unwrap_or_default();
    names::identity(first, "sso")
}

/// The value of an option on a command line.
pub(crate) fn option<'a>(words: &'a [String], names: &[&str]) -> Option<&'a str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if names.contains(&word.as_str()) {
            return words.next().map(String::as_str);
        }
        if let Some((name, value)) = word.split_once('=')
            && names.contains(&name)
        {
            return Some(value);
        }
    }
    None
}

impl Found {
    /// Adds an identity unless there is one with the same settings, and says what it is called.
    pub(crate) fn identity(&mut self, name: &IdentityName, settings: IdentitySettings, origin: Origin) -> IdentityName {
        if let Some(known) = self.identities.iter().find(|known| known.settings == settings) {
            return known.name.clone();
        }
        self.another_identity(name, settings, origin)
    }

    /// Adds an identity even if another has the same settings: the keys of two users differ.
    pub(crate) fn another_identity(
        &mut self,
        name: &IdentityName,
        settings: IdentitySettings,
        origin: Origin,
    ) -> IdentityName {
        let taken: BTreeSet<IdentityName> = self.identities.iter().map(|known| known.name.clone()).collect();
        let name = names::unique(name, &taken);
        self.identities.push(FoundIdentity { name: name.clone(), settings, secrets: Vec::new(), origin });
        name
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_accounts_are_recognised() {
        assert_eq!(host("https://acme.awsapps.com/start#/"), Some("acme.awsapps.com"));
        assert_eq!(host("http://127.0.0.1:8123/x"), Some("127.0.0.1"));
        assert_eq!(host("https://user@acme.okta.com/"), Some("acme.okta.com"));
        assert_eq!(host("https://"), None);
        assert_eq!(portal_name("https://acme.awsapps.com/start").as_str(), "acme");
        assert_eq!(portal_name("").as_str(), "sso");
        assert_eq!(account_id("1234").unwrap().as_str(), "000000001234");
        assert_eq!(account_id("1234567890123"), None);
        assert_eq!(account_id("12x"), None);
    }

    #[test]
    fn options_have_their_value_after_them_or_after_an_equals_sign() {
        let words = ["login", "-a", "corp", "--role=x"].map(str::to_owned);
        assert_eq!(option(&words, &["-a", "--idp-account"]), Some("corp"));
        assert_eq!(option(&words, &["--role"]), Some("x"));
        assert_eq!(option(&words, &["--profile"]), None);
    }
}
