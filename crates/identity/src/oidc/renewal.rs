//! What a sign-in requests to be able to renew without the person, and what to do if it can't.

use url::Url;

use super::provider::Metadata;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::OidcSettings;

const OFFLINE: &str = "offline_access";
/// In addition to `openid`, if the settings name no scopes.
const DEFAULTS: [&str; 2] = ["email", OFFLINE];

/// `openid` and those of the settings. If the settings name none: [`DEFAULTS`] without [`left_out`].
pub(super) fn asked_scopes(settings: &OidcSettings, metadata: &Metadata) -> Vec<String> {
    let mut scopes = vec!["openid".to_owned()];
    if settings.scopes.is_empty() {
        let left_out = left_out(settings, metadata);
        scopes.extend(DEFAULTS.iter().filter(|scope| !left_out.contains(*scope)).map(|scope| (*scope).to_owned()));
    } else {
        scopes.extend(settings.scopes.iter().filter(|scope| *scope != "openid").cloned());
    }
    scopes
}

/// The default scopes that aren't asked for, because the provider lists its scopes without them: some providers refuse
/// scopes that they don't know. Others list only a part (OpenID Connect Discovery 1.0, section 3).
fn left_out(settings: &OidcSettings, metadata: &Metadata) -> Vec<&'static str> {
    let Some(offered) = metadata.scopes_supported.as_ref().filter(|_| settings.scopes.is_empty()) else {
        return Vec::new();
    };
    DEFAULTS.into_iter().filter(|scope| !offered.iter().any(|offer| offer == scope)).collect()
}

/// Whether the parameters ask for a refresh token in Google's way.
fn asks_as_google(settings: &OidcSettings) -> bool {
    settings.authorization_parameters.get("access_type").is_some_and(|value| value == "offline")
}

/// What a trial says about scopes that are left out.
pub(super) fn remark(settings: &OidcSettings, metadata: &Metadata) -> Option<String> {
    let left_out = left_out(settings, metadata);
    if left_out.is_empty() || (left_out == [OFFLINE] && asks_as_google(settings)) {
        return None;
    }
    let (scopes, hint) = (left_out.join(" and "), how_to_ask(&metadata.issuer));
    Some(format!("the provider doesn't announce {scopes}, so Daypass doesn't request it. {hint}"))
}

/// Whether a sign-in doesn't ask for a refresh token, because the provider doesn't announce the scope.
pub(super) fn leaves_out_offline(settings: &OidcSettings, metadata: &Metadata) -> bool {
    left_out(settings, metadata).contains(&OFFLINE) && !asks_as_google(settings)
}

/// A word about a sign-in that brought no refresh token. None if the settings don't ask for one.
pub(super) fn no_refresh_token(settings: &OidcSettings, is_left_out: bool) -> Option<Problem> {
    let (why, hint) = if is_left_out {
        let why = "Daypass didn't ask for one, because the provider doesn't announce the scope offline_access";
        (why, how_to_ask(&settings.issuer))
    } else if !settings.scopes.is_empty() && !settings.scopes.iter().any(|scope| scope == OFFLINE) {
        return None;
    } else {
        let hint = "allow the grant type refresh_token and the scope offline_access for this client at the provider";
        ("Daypass asked for one", hint)
    };
    let issuer = &settings.issuer;
    let message =
        format!("{issuer} didn't send a refresh token, so you sign in again whenever its ID token expires. {why}");
    Some(Problem::new(ProblemKind::Invalid, ProblemCode::OidcNoRefreshToken, message).hint(hint))
}

/// Which setting asks for a refresh token.
fn how_to_ask(issuer: &str) -> &'static str {
    let url = issuer.parse::<Url>().ok();
    match url.as_ref().and_then(Url::host_str) {
        Some("accounts.google.com") => {
            "to renew without you, set authorization_parameters = { access_type = \"offline\", prompt = \"consent\" }"
        }
        _ => "to ask for it anyway, set scopes = [\"email\", \"offline_access\"] of the identity",
    }
}

/// OpenID Connect Core, section 11: `offline_access` must come with `prompt=consent`, or is ignored. These providers
/// grant it without, and would show the person a consent page at each sign-in (Entra even refuses if only
/// administrators may consent).
pub(super) fn wants_consent(scopes: &[String], issuer: &str) -> bool {
    const GRANT_WITHOUT: &[&str] = &[
        "microsoftonline.com",
        "microsoftonline.us",
        "partner.microsoftonline.cn",
        "windows.net",
        "b2clogin.com",
        "ciamlogin.com",
        "okta.com",
        "oktapreview.com",
        "okta-emea.com",
        "auth0.com",
        "onelogin.com",
        "amazonaws.com",
    ];
    if !scopes.iter().any(|scope| scope == OFFLINE) {
        return false;
    }
    let Ok(url) = issuer.parse::<Url>() else { return true };
    let host = url.host_str().unwrap_or_default();
    let is_below = |domain: &&str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let is_keycloak = url.path().contains("/realms/");
    !is_keycloak && !GRANT_WITHOUT.iter().any(is_below)
}
