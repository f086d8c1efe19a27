//! Mix-up (RFC 9700, section 4.4): the person begins a sign-in at a hostile provider, which sends them on to an honest
//! one. The honest one's answer comes back, and its code would go to the hostile one.
//!
//! A provider that names itself in its answers (`iss`, RFC 9207) is safe from it. One that doesn't is safe if its
//! redirect address is registered with a path that no identity of another provider has.

use daypass_core::names::IdentityName;
use daypass_core::settings::{Config, IdentitySettings};
use daypass_core::view::Caution;

/// The path of a redirect address, unless the settings have another one.
const CALLBACK: &str = "/callback";

/// The path of an identity's redirect address.
pub(crate) fn callback(redirect_path: Option<&str>) -> &str {
    redirect_path.unwrap_or(CALLBACK)
}

/// The caution for an identity whose provider doesn't name itself in its answers. `None` if no identity of another
/// provider has its path.
pub(crate) fn caution(name: &IdentityName, settings: &IdentitySettings, config: &Config) -> Option<Caution> {
    let (provider, path) = provider_and_path(settings)?;
    let has_its_path = |other: &IdentitySettings| {
        provider_and_path(other).is_some_and(|(others, other_path)| others != provider && other_path == path)
    };
    let others: Vec<&str> = config
        .identities
        .iter()
        .filter(|(other, settings)| *other != name && has_its_path(settings))
        .map(|(other, _)| other.as_str())
        .collect();
    if others.is_empty() {
        return None;
    }
    let (path, others) = (path.to_owned(), others.join(", "));
    Some(Caution {
        message: format!(
            "the provider doesn't name itself in its answers (RFC 9207), and identities of other providers have the same \
             redirect path {path}: {others}. If one of those providers is hostile, it could get this provider's codes"
        ),
        hint: format!(
            "set redirect_path = \"/callback/{name}\" and register that path with the provider instead of {path}"
        ),
    })
}

/// The provider that answers in a browser with a code, and the path that it answers to.
fn provider_and_path(settings: &IdentitySettings) -> Option<(&str, &str)> {
    match settings {
        IdentitySettings::Oidc(oidc) => {
            Some((oidc.issuer.trim_end_matches('/'), callback(oidc.redirect_path.as_deref())))
        }
        IdentitySettings::Oauth(oauth) => Some((&oauth.provider_id, callback(oauth.redirect_path.as_deref()))),
        // Identity Center and the console have paths of their own. A pool is signed in to by another identity.
        IdentitySettings::IdentityCenter(_)
        | IdentitySettings::Cognito(_)
        | IdentitySettings::Console(_)
        | IdentitySettings::Saml(_)
        | IdentitySettings::IamUser(_)
        | IdentitySettings::Directory(_)
        | IdentitySettings::Profile(_) => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use daypass_core::settings::{OauthSettings, OidcSettings};

    use super::*;
    use crate::Kind;

    fn oidc(issuer: &str, path: Option<&str>) -> IdentitySettings {
        let redirect_path = path.map(str::to_owned);
        IdentitySettings::Oidc(OidcSettings { issuer: issuer.into(), redirect_path, ..Kind::example() })
    }

    fn of(all: &[(&str, IdentitySettings)]) -> Option<Caution> {
        let identities = all.iter().map(|(name, settings)| (name.parse().unwrap(), settings.clone())).collect();
        caution(&all[0].0.parse().unwrap(), &all[0].1, &Config { identities, ..Config::default() })
    }

    #[test]
    fn another_provider_with_the_same_path_is_told_and_nothing_else() {
        let corp = ("corp", oidc("https://a.example", None));
        let found = of(&[corp.clone(), ("other", oidc("https://b.example", None))]).unwrap();
        assert!(found.message.contains(": other.") && found.hint.contains("/callback/corp"), "{found:?}");
        let same = oidc("https://b.example", Some("/callback"));
        assert!(of(&[corp.clone(), ("other", same)]).is_some());
        let amazon = IdentitySettings::Oauth(OauthSettings { provider_id: "www.amazon.com".into(), ..Kind::example() });
        assert!(of(&[corp.clone(), ("amazon", amazon.clone())]).is_some());
        assert!(of(&[("amazon", amazon), corp.clone()]).is_some());

        assert_eq!(of(std::slice::from_ref(&corp)), None);
        assert_eq!(of(&[corp.clone(), ("again", oidc("https://a.example/", None))]), None, "the same provider");
        assert_eq!(of(&[corp.clone(), ("other", oidc("https://b.example", Some("/callback/other")))]), None);
        assert_eq!(of(&[("corp", oidc("https://a.example", Some("/callback/corp"))), ("other", corp.1.clone())]), None);
        assert_eq!(of(&[corp, ("center", IdentitySettings::IdentityCenter(Kind::example()))]), None);
    }
}
