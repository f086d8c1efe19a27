//! The client that is registered for Daypass at a provider. OpenID Connect and plain OAuth 2.0 share this; the rest is
//! in `oidc` and `oauth`.

use std::collections::BTreeMap;

use secrecy::SecretString;
use url::Url;

use super::IdentityContext;
use super::ca_file;
use super::loopback::Redirect;
use super::mix_up;
use super::trial::Trial;
use super::words::is_scope;
use daypass_core::problem::Problem;
use daypass_core::settings::{BadSetting, RedirectHost, SettingField};
use daypass_core::text::said;
use daypass_core::view::SecretField;

/// The secret of a client that was registered with one. A desktop can't hide it from its owner, but some providers
/// register no other clients.
const SECRET: &str = "client_secret";

const LONGEST_PATH: usize = 200;

/// More would make an address that some servers refuse.
const MOST_PARAMETERS: usize = 20;
const LONGEST_PARAMETER: usize = 1000;

/// What Daypass sends to the authorization endpoint, or reads from its answer, and what would replace that (RFC 9101).
const OWN_PARAMETERS: [&str; 13] = [
    "response_type",
    "response_mode",
    "client_id",
    "client_secret",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "code",
    "request",
    "request_uri",
];

/// The step of a trial for a client that has a secret.
pub(super) const SECRET_STEP: &str = "the provider doesn't refuse the client and its secret";

/// The field that the secret is given in, for the provider that it is sent to.
pub(super) fn secret_field(address: &str, ca_file: Option<&str>) -> SecretField {
    let label = format!("Client secret for {}", host_of(address));
    SecretField::optional(SECRET, &label, &ca_file::destination(address, ca_file))
}

/// The host of an address and its port if it isn't the usual one, or the whole text if it has none.
pub(super) fn host_of(address: &str) -> String {
    let url = address.parse::<url::Url>().ok();
    let host = url.as_ref().and_then(|url| {
        let host = url.host_str().filter(|host| !host.is_empty())?;
        Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    });
    host.or_else(|| said(address)).unwrap_or_default()
}

/// The secret, where the client has one.
pub(super) fn secret(context: &IdentityContext) -> Result<Option<SecretString>, Problem> {
    context.secret(SECRET)
}

/// A client's settings, which both kinds have.
pub(super) struct ClientSettings<'a> {
    pub(super) client_id: &'a str,
    pub(super) scopes: &'a [String],
    pub(super) redirect_port: Option<u16>,
    pub(super) redirect_host: Option<RedirectHost>,
    pub(super) redirect_path: Option<&'a str>,
    pub(super) parameters: &'a BTreeMap<String, String>,
}

impl<'a> ClientSettings<'a> {
    /// Where the browser returns to.
    pub(super) fn redirect(&self) -> Redirect<'a> {
        Redirect {
            host: self.redirect_host.unwrap_or_default(),
            port: self.redirect_port,
            path: mix_up::callback(self.redirect_path),
        }
    }

    /// Adds the parameters of the settings to the address that the browser opens.
    pub(super) fn add_parameters(&self, url: &mut Url) {
        for (name, value) in self.parameters {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
}

/// Everything wrong with a client's settings, checked field by field.
pub(super) fn mistakes(settings: &ClientSettings<'_>) -> Vec<BadSetting> {
    let ClientSettings { client_id, scopes, redirect_port, redirect_path, .. } = *settings;
    let mut mistakes = Vec::new();
    let mut wrong = |field, value: &str, why: &str| mistakes.push(BadSetting::new(field, value, why));
    if client_id.trim().is_empty() {
        wrong(SettingField::ClientId, client_id, "enter the client ID registered for Daypass at the provider");
    } else if client_id.trim() != client_id || client_id.contains(char::is_control) {
        wrong(SettingField::ClientId, client_id, "it contains spaces or control characters");
    }
    for scope in scopes.iter().filter(|scope| !is_scope(scope)) {
        wrong(SettingField::Scopes, scope, "a scope is one word without spaces, quotes or backslashes");
    }
    if redirect_port == Some(0) {
        wrong(SettingField::RedirectPort, "0", "use a port from 1024 to 65535, or leave it out to use a free one");
    }
    if let Some(path) = redirect_path.filter(|path| !is_redirect_path(path)) {
        wrong(
            SettingField::RedirectPath,
            path,
            "write a path such as /callback/work, with only letters, digits and -._~ between slashes, or / for none",
        );
    }
    mistakes.extend(wrong_parameter(settings.parameters));
    mistakes
}

/// The first parameter for the authorization endpoint that can't be sent.
fn wrong_parameter(parameters: &BTreeMap<String, String>) -> Option<BadSetting> {
    const FIELD: SettingField = SettingField::AuthorizationParameters;
    if parameters.len() > MOST_PARAMETERS {
        return Some(BadSetting::new(FIELD, "", format!("it has more than {MOST_PARAMETERS} parameters")));
    }
    parameters.iter().find_map(|(name, value)| {
        let why = if OWN_PARAMETERS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            "Daypass sets this parameter itself, or it would replace those that it sets"
        } else if !is_parameter_name(name) {
            "the name of a parameter has letters, digits and -._: only"
        } else if value.is_empty() {
            "it's empty; leave it out instead"
        } else if value.chars().count() > LONGEST_PARAMETER || value.contains(char::is_control) {
            "it's too long, or has control characters"
        } else if name == "prompt" && value.split_whitespace().any(|word| word == "none") {
            "with none, the provider never shows a page, so you couldn't sign in"
        } else {
            return None;
        };
        Some(BadSetting::new(FIELD, &format!("{name}={value}"), why))
    })
}

/// RFC 6749, 8.2; some providers have colons in theirs.
fn is_parameter_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte))
}

/// Whether a path can be registered at a provider and comes back the same: browsers and providers change others.
fn is_redirect_path(path: &str) -> bool {
    let is_segment = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    };
    path == "/"
        || path.len() <= LONGEST_PATH && path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_segment))
}

/// The scopes to send with a refresh: those that were granted, or those that were asked for if the provider says
/// nothing (RFC 6749, 5.1 and 6). Some providers send no ID token unless the refresh asks for `openid`. The list of
/// what was granted may leave it out, as it may leave out `offline_access`.
pub(super) fn refresh_scopes(asked: &[String], granted: Option<Vec<String>>) -> Vec<String> {
    let Some(mut scopes) = granted.filter(|scopes| !scopes.is_empty()) else { return asked.to_vec() };
    let implied = asked.iter().filter(|scope| ["openid", "offline_access"].contains(&scope.as_str()));
    let missing: Vec<String> = implied.filter(|scope| !scopes.contains(*scope)).cloned().collect();
    scopes.extend(missing);
    scopes
}

/// [`SECRET_STEP`] of a trial. `None` if it failed.
pub(super) async fn try_secret(trial: &Trial<'_>, shown: impl Future<Output = Result<String, Problem>>) -> Option<()> {
    trial.step_seeing(SECRET_STEP, async { shown.await.map(|seen| ((), Some(seen))) }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_that_comes_back_as_it_was_registered() {
        for path in ["/callback", "/callback/work", "/oauth/call-back_1.~", "/a", "/"] {
            assert!(is_redirect_path(path), "{path}");
        }
        for path in ["", "callback", "//x", "/a/", "/a/../b", "/./a", "/a b", "/a?b", "/a#b", "/%41", "/ü", "http://x"]
        {
            assert!(!is_redirect_path(path), "{path}");
        }
        assert!(!is_redirect_path(&format!("/{}", "a".repeat(LONGEST_PATH))));
    }

    #[test]
    fn parameters_are_sent_but_for_those_that_daypass_sets() {
        let judged = |name: &str, value: &str| {
            let parameters = [(name.to_owned(), value.to_owned())].into();
            wrong_parameter(&parameters).map(|bad| bad.to_string())
        };
        for (name, value) in [
            ("access_type", "offline"),
            ("prompt", "select_account consent"),
            ("domain_hint", "example.org"),
            ("acr_values", "urn:mace:incommon:iap:silver"),
            ("claims", "{\"id_token\":{\"roles\":null}}"),
            ("kc_idp_hint", "corp ü"),
        ] {
            assert_eq!(judged(name, value), None, "{name}");
        }
        for name in OWN_PARAMETERS.iter().copied().chain(["State", "REDIRECT_URI", "", "a b", "a=b", "a&b", "ü", "a\n"])
        {
            assert!(judged(name, "x").is_some(), "{name}");
        }
        let long = "x".repeat(LONGEST_PARAMETER + 1);
        for (name, value) in
            [("prompt", "none"), ("prompt", "login none"), ("x", ""), ("x", "a\nb"), ("x", long.as_str())]
        {
            assert!(judged(name, value).is_some(), "{name}={value}");
        }
        assert!(
            judged("state", "x").is_some_and(|why| why.contains("authorization_parameters") && why.contains("state=x"))
        );
    }
}
