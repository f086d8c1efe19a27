//! A sign-in in the system's browser.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use openidconnect::{CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use url::Url;

use super::callback::{self, Arrival, Outcome};
use super::error::{OidcError, cleaned};
use super::proof::OidcProof;
use super::provider::{Oidc, Provider};
use super::{check, page, tokens};
use crate::names::IdentityName;
use crate::problem::Problem;
use crate::view::OidcSettings;

/// A sign-in that waits for the person. Dropping it closes the port and ends it.
pub struct SignIn {
    identity: IdentityName,
    settings: OidcSettings,
    oidc: Oidc,
    provider: Arc<Provider>,
    listener: TcpListener,
    url: Url,
    redirect_uri: String,
    state: SecretString,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

impl SignIn {
    /// Opens the loopback port, then asks the provider what it needs. The port is open before anybody knows the
    /// address to return to, so the browser cannot come too early.
    ///
    /// # Errors
    ///
    /// A setting that cannot be used, a port that is taken, a provider that does not answer or is none.
    pub async fn begin(identity: IdentityName, settings: OidcSettings, oidc: &Oidc) -> Result<Self, OidcError> {
        check::well_formed(&settings)?;
        let listener = listen(settings.redirect_port).await?;
        let port = listener.local_addr().map_err(|source| OidcError::NoPort { source })?.port();
        let redirect_uri = format!("http://127.0.0.1:{port}{}", callback::PATH);
        let provider = oidc.provider(&settings).await?;

        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (state, nonce) = (CsrfToken::new_random_len(32), Nonce::new_random_len(32));
        let mut url = provider.metadata.authorization_endpoint.clone();
        let scopes = asked_scopes(&settings, &provider);
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &settings.client_id)
            .append_pair("redirect_uri", &redirect_uri)
            .append_pair("scope", &scopes.join(" "))
            .append_pair("state", state.secret())
            .append_pair("nonce", nonce.secret())
            .append_pair("code_challenge", challenge.as_str())
            .append_pair("code_challenge_method", "S256");
        if scopes.iter().any(|s| s == "offline_access") && wants_consent_for_offline(&provider.metadata.issuer) {
            url.query_pairs_mut().append_pair("prompt", "consent");
        }
        let state = state.secret().as_str().into();
        Ok(Self {
            identity,
            settings,
            oidc: oidc.clone(),
            provider,
            listener,
            url,
            redirect_uri,
            state,
            nonce,
            verifier,
        })
    }

    /// The address to open in a browser. It holds the state, but neither code nor verifier: who reads it cannot
    /// finish the sign-in.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Waits until the browser returns, gets the tokens and verifies them, then tells the person in the browser.
    ///
    /// `limit` is how long the person may take; the provider's own answers have their own time-outs. When `cancel`
    /// ends first, so does the sign-in.
    ///
    /// # Errors
    ///
    /// See [`OidcError`]. No request by another program can cause one.
    pub async fn wait(self, limit: Duration, cancel: impl Future<Output = ()>) -> Result<OidcProof, OidcError> {
        let (sender, mut arrivals) = mpsc::channel(1);
        let mut door = Box::pin(callback::serve(self.listener, self.state, sender));
        tokio::pin!(cancel);

        let arrival = tokio::select! {
            Some(arrival) = arrivals.recv() => arrival,
            never = &mut door => match never {},
            () = &mut cancel => return Err(OidcError::Cancelled),
            () = tokio::time::sleep(limit) => return Err(OidcError::TimedOut { after: limit }),
        };
        let finish = async {
            let code = accepted_code(&arrival, &self.provider)?;
            let grant =
                tokens::Grant { code, redirect_uri: &self.redirect_uri, verifier: self.verifier, nonce: &self.nonce };
            tokens::redeem(&self.oidc, &self.settings, Arc::clone(&self.provider), grant).await
        };
        let result = tokio::select! {
            result = finish => result,
            // Others are still answered meanwhile.
            never = &mut door => match never {},
            () = &mut cancel => Err(OidcError::Cancelled),
        };
        // The page comes last, so that it tells what is true.
        let html = match &result {
            Ok(proof) => page::signed_in(&self.identity, &proof.person),
            Err(error) => page::failed(&self.identity, &Problem::from(error)),
        };
        arrival.show(&html).await;
        result
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("identity", &self.identity)
            .field("issuer", &self.settings.issuer)
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

async fn listen(port: Option<u16>) -> Result<TcpListener, OidcError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).await.map_err(|source| match (port, source.kind()) {
        (Some(port), io::ErrorKind::AddrInUse) => OidcError::PortInUse { port },
        _ => OidcError::NoPort { source },
    })
}

/// `openid` and those of the settings. Where the settings name none: `email`, and `offline_access` unless the
/// provider lists its scopes without it (some refuse scopes that they don't know).
fn asked_scopes(settings: &OidcSettings, provider: &Provider) -> Vec<String> {
    let mut scopes = vec!["openid".to_owned()];
    if settings.scopes.is_empty() {
        let offered = provider.metadata.scopes_supported.as_deref();
        let defaults = ["email", "offline_access"].map(str::to_owned);
        scopes.extend(defaults.into_iter().filter(|scope| offered.is_none_or(|list| list.contains(scope))));
    } else {
        scopes.extend(settings.scopes.iter().filter(|scope| *scope != "openid").cloned());
    }
    scopes
}

/// OpenID Connect Core, section 11: `offline_access` must come with `prompt=consent`, or is ignored. These
/// providers grant it without, and would bother the person with a consent page at each sign-in (Entra even refuses
/// where only administrators may consent).
fn wants_consent_for_offline(issuer: &str) -> bool {
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
    let Ok(url) = issuer.parse::<Url>() else { return true };
    let host = url.host_str().unwrap_or_default();
    let is_below = |domain: &&str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let is_keycloak = url.path().contains("/realms/");
    !is_keycloak && !GRANT_WITHOUT.iter().any(is_below)
}

fn accepted_code<'a>(arrival: &'a Arrival, provider: &Provider) -> Result<&'a SecretString, OidcError> {
    let issuer = provider.metadata.issuer.clone();
    let must_say = provider.metadata.authorization_response_iss_parameter_supported;
    match &arrival.issuer {
        Some(found) if *found != issuer => {
            let found = cleaned(found).unwrap_or_default();
            return Err(OidcError::AnswerFromOther { expected: issuer, found });
        }
        None if must_say => {
            return Err(OidcError::AnswerFromOther { expected: issuer, found: "nobody".to_owned() });
        }
        _ => {}
    }
    match &arrival.outcome {
        Outcome::Code(code) => Ok(code),
        Outcome::Error { error, description } => {
            let description = description.as_deref().and_then(cleaned);
            if error == "access_denied" {
                return Err(OidcError::ConsentRefused { issuer, description });
            }
            Err(OidcError::SignInFailed { issuer, error: cleaned(error).unwrap_or_default(), description })
        }
    }
}
