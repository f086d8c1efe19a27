//! Decides whether two identities are the same, whatever their names.

use daypass_core::names::IdentityName;
use daypass_core::settings::IdentitySettings;

/// What an identity is known by.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// The same provider with the same client, the same portal, the same profile.
    By(&'static str, Vec<String>),
    /// An IAM user: by the id of the access key, and by the name where that isn't known.
    User { name: String, key_id: Option<String> },
}

impl Known {
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::User { key_id: Some(one), .. }, Self::User { key_id: Some(other), .. }) => one == other,
            (Self::User { name: one, .. }, Self::User { name: other, .. }) => one == other,
            _ => self == other,
        }
    }
}

/// What an identity is known by.
pub(crate) fn key_of(name: &IdentityName, settings: &IdentitySettings, key_id: Option<&str>) -> Known {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let by = |parts: Vec<String>| Known::By(settings.kind(), parts);
    match settings {
        IdentitySettings::IamUser(_) => Known::User { name: name.to_string(), key_id: key_id.map(str::to_owned) },
        IdentitySettings::IdentityCenter(it) => by(vec![portal(&it.start_url), it.region.to_string()]),
        IdentitySettings::Oidc(it) => by(vec![address(&it.issuer), it.client_id.clone()]),
        IdentitySettings::Saml(it) => by(vec![address(&text(&it.start_url)), address(&text(&it.sso_url))]),
        IdentitySettings::Oauth(it) => by(vec![it.provider_id.clone(), it.client_id.clone()]),
        IdentitySettings::Directory(it) => by(vec![address(&it.url), text(&it.search_base)]),
        IdentitySettings::Profile(it) => by(vec![it.profile.to_string()]),
        IdentitySettings::Cognito(it) => by(vec![it.identity.to_string(), it.pool_id.clone()]),
        // One region has the sign-ins of several people.
        IdentitySettings::Console(it) => by(vec![it.region.to_string(), name.to_string()]),
    }
}

/// An address without what can be written in several ways.
fn address(url: &str) -> String {
    url.trim().trim_end_matches('/').to_lowercase()
}

/// The address of an access portal, as [`address`]: with and without `/start`, `#` and the scheme it is the same.
pub(crate) fn portal(url: &str) -> String {
    let url = url.trim().to_lowercase();
    let url = url.trim_end_matches(['/', '#']).trim_end_matches("/start").trim_end_matches('/');
    url.trim_start_matches("https://").to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use daypass_core::settings::IamUserSettings;

    #[test]
    fn a_portal_is_the_same_in_all_its_forms() {
        for url in ["https://acme.awsapps.com/start", "https://Acme.awsapps.com/start/#/", "acme.awsapps.com"] {
            assert_eq!(portal(url), "acme.awsapps.com", "{url}");
        }
        assert_eq!(portal("https://identitycenter.amazonaws.com/ssoins-1"), "identitycenter.amazonaws.com/ssoins-1");
    }

    #[test]
    fn a_user_is_known_by_the_key_before_the_name() {
        let user = |name: &str, key: Option<&str>| {
            key_of(&name.parse().unwrap(), &IdentitySettings::IamUser(IamUserSettings::default()), key)
        };
        assert!(user("a", Some("AKIA1")).is_same(&user("b", Some("AKIA1"))));
        assert!(!user("a", Some("AKIA1")).is_same(&user("a", Some("AKIA2"))));
        assert!(user("a", None).is_same(&user("a", Some("AKIA2"))));
        assert!(!user("a", None).is_same(&user("b", None)));
    }
}
