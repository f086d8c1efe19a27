//! The endpoints of a provider.

use url::Url;

use super::error::OauthError;
use crate::token_endpoint::SecretIn;
use daypass_core::settings::OauthSettings;
use daypass_core::settings::{BadSetting, SettingField};
use daypass_http::is_loopback;

/// A provider that AWS knows.
struct Known {
    provider_id: &'static str,
    authorization: &'static str,
    token: &'static str,
    /// Hosts of its token endpoints in other regions.
    token_hosts: &'static [&'static str],
    profile: &'static str,
    scopes: &'static [&'static str],
}

/// <https://developer.amazon.com/docs/login-with-amazon/authorization-code-grant.html> and
/// <https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow>.
const KNOWN: [Known; 2] = [
    Known {
        provider_id: "www.amazon.com",
        authorization: "https://www.amazon.com/ap/oa",
        token: "https://api.amazon.com/auth/o2/token",
        token_hosts: &["api.amazon.com", "api.amazon.co.uk", "api.amazon.co.jp"],
        profile: "https://api.amazon.com/user/profile",
        scopes: &["profile"],
    },
    Known {
        provider_id: "graph.facebook.com",
        authorization: "https://www.facebook.com/dialog/oauth",
        token: "https://graph.facebook.com/oauth/access_token",
        token_hosts: &["graph.facebook.com"],
        profile: "https://graph.facebook.com/me?fields=id,name,email",
        scopes: &["public_profile", "email"],
    },
];

/// The endpoints of an identity.
#[derive(Debug, Clone)]
pub(super) struct Provider {
    pub(super) authorization: Url,
    pub(super) token: Url,
    pub(super) profile: Option<Url>,
    pub(super) scopes: Vec<String>,
    pub(super) secret_in: SecretIn,
}

impl Provider {
    /// From the settings and what is known about the provider.
    pub(super) fn of(settings: &OauthSettings) -> Result<Self, OauthError> {
        let known = known(settings);
        let [authorization, token, profile] = endpoints(settings);
        let scopes = match known {
            Some(known) if settings.scopes.is_empty() => known.scopes.iter().map(ToString::to_string).collect(),
            _ => settings.scopes.clone(),
        };
        Ok(Self {
            authorization: needed(SettingField::AuthorizationEndpoint, authorization?)?,
            token: needed(SettingField::TokenEndpoint, token?)?,
            profile: profile?,
            scopes,
            // RFC 6749, section 2.3.1: all servers accept Basic. These two document the body.
            secret_in: if known.is_some() { SecretIn::Body } else { SecretIn::Header },
        })
    }
}

/// The endpoints that cannot be used, or are missing.
pub(super) fn wrong_endpoints(settings: &OauthSettings) -> Vec<BadSetting> {
    let [authorization, token, profile] = endpoints(settings);
    let checks = [
        authorization.and_then(|url| needed(SettingField::AuthorizationEndpoint, url)).map(drop),
        token.and_then(|url| needed(SettingField::TokenEndpoint, url)).map(drop),
        profile.map(drop),
    ];
    checks.into_iter().filter_map(Result::err).collect()
}

/// Where the person signs in, where a code is exchanged for a token, and where to ask who owns the token.
fn endpoints(settings: &OauthSettings) -> [Result<Option<Url>, BadSetting>; 3] {
    let known = known(settings);
    let endpoint = |field: SettingField, own: &Option<String>, known: Option<&'static str>| {
        own.as_deref().or(known).map(|text| parse(field, text)).transpose()
    };
    let authorization =
        endpoint(SettingField::AuthorizationEndpoint, &settings.authorization_endpoint, known.map(|k| k.authorization));
    let token = endpoint(SettingField::TokenEndpoint, &settings.token_endpoint, known.map(|k| k.token))
        .and_then(|url| of_the_provider(known, url));
    let profile = userinfo_endpoint(settings, token.as_ref().ok().and_then(Option::as_ref));
    [authorization, token, profile]
}

/// A code goes to the token endpoint, and who has it gets what AWS takes. So for a provider that Daypass knows, it is
/// one of the provider's own.
fn of_the_provider(known: Option<&Known>, url: Option<Url>) -> Result<Option<Url>, BadSetting> {
    match (known, url) {
        (Some(known), Some(url)) if !is_at(&url, known.token_hosts) => Err(BadSetting::new(
            SettingField::TokenEndpoint,
            url.as_str(),
            format!("for this provider its host must be one of {}", known.token_hosts.join(", ")),
        )),
        (_, url) => Ok(url),
    }
}

fn is_at(url: &Url, hosts: &[&str]) -> bool {
    url.scheme() == "https" && url.port().is_none() && url.host_str().is_some_and(|host| hosts.contains(&host))
}

/// Where to ask who owns an access token. The token goes there, and it is what AWS takes, so it must not go to a server
/// that has nothing to do with the sign-in.
fn userinfo_endpoint(settings: &OauthSettings, token: Option<&Url>) -> Result<Option<Url>, BadSetting> {
    const FIELD: SettingField = SettingField::UserinfoEndpoint;
    let own = settings.userinfo_endpoint.as_deref();
    if let Some(known) = known(settings) {
        return match own {
            Some(own) if own != known.profile => Err(BadSetting::new(
                FIELD,
                own,
                "the access token goes there, and it's what AWS takes, so for this provider Daypass uses only the \
                 address that it knows; leave it out",
            )),
            _ => parse(FIELD, known.profile).map(Some),
        };
    }
    let Some(own) = own else { return Ok(None) };
    let url = parse(FIELD, own)?;
    // What is wrong with the token endpoint is said at its own field. (The authorization endpoint doesn't count: a page
    // there can lead on to the real one.)
    if token.is_none_or(|token| token.origin() == url.origin()) {
        return Ok(Some(url));
    }
    Err(BadSetting::new(
        FIELD,
        own,
        "the access token goes there, and it's what AWS takes, so its scheme, host and port must be those of \
         token_endpoint",
    ))
}

fn needed(field: SettingField, url: Option<Url>) -> Result<Url, BadSetting> {
    url.ok_or_else(|| BadSetting::new(field, "", "write the address that this provider documents"))
}

fn known(settings: &OauthSettings) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.provider_id == settings.provider_id)
}

fn parse(field: SettingField, text: &str) -> Result<Url, BadSetting> {
    let wrong = |why| BadSetting::new(field, text, why);
    let url: Url = text.parse().map_err(|_| wrong("it isn't a URL; write it with https://"))?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err(wrong("plain http is only safe on this machine (127.0.0.1, localhost); write https://")),
        _ => return Err(wrong("it must begin with https://")),
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(wrong("an endpoint can't contain a user name, a password or '#'"));
    }
    Ok(url)
}
