//! A sign-in in the system's browser.

use std::fmt;
use std::sync::Arc;

use openidconnect::{Nonce, PkceCodeChallenge, PkceCodeVerifier};
use secrecy::SecretString;
use url::Url;

use super::error::OidcError;
use super::proof::OidcProof;
use super::provider::{OidcClient, Provider};
use super::renewal::{asked_scopes, wants_consent};
use super::settings::{client_settings, well_formed};
use super::tokens;
use crate::loopback::{Arrival, Loopback, Outcome};
use daypass_core::names::IdentityName;
use daypass_core::settings::OidcSettings;
use daypass_core::text::said;
use daypass_core::view::Caution;

/// A sign-in that waits for the person. Dropping it closes the port and ends it.
pub struct SignIn {
    identity: IdentityName,
    settings: OidcSettings,
    oidc: OidcClient,
    provider: Arc<Provider>,
    door: Loopback,
    url: Url,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
    scopes: Vec<String>,
}

impl SignIn {
    /// Opens the loopback port, then asks the provider what it needs. The port is open before the return address is
    /// known elsewhere, so the browser can't come too early.
    ///
    /// # Errors
    ///
    /// A setting that can't be used, a port that is taken, or a provider that doesn't answer or isn't an OpenID
    /// provider.
    pub async fn begin(identity: IdentityName, settings: OidcSettings, oidc: &OidcClient) -> Result<Self, OidcError> {
        well_formed(&settings)?;
        let client = client_settings(&settings);
        let door = Loopback::open(client.redirect()).await.map_err(OidcError::NoPort)?;
        let provider = oidc.provider(&settings).await?;

        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = Nonce::new_random_len(32);
        let mut url = provider.metadata.authorization_endpoint.clone();
        let scopes = asked_scopes(&settings, &provider.metadata);
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &settings.client_id)
            .append_pair("redirect_uri", &door.redirect_uri())
            .append_pair("scope", &scopes.join(" "))
            .append_pair("state", door.state())
            .append_pair("nonce", nonce.secret())
            .append_pair("code_challenge", challenge.as_str())
            .append_pair("code_challenge_method", "S256");
        if wants_consent(&scopes, &provider.metadata.issuer) && !client.parameters.contains_key("prompt") {
            url.query_pairs_mut().append_pair("prompt", "consent");
        }
        client.add_parameters(&mut url);
        Ok(Self { identity, settings, oidc: oidc.clone(), provider, door, url, nonce, verifier, scopes })
    }

    /// The address to open in a browser. It contains the state, the nonce and the challenge, so another user who reads
    /// it could end the sign-in, or finish it as himself. It must not be a program's argument, and the callback turns
    /// other users away where the system tells who they are ([`crate::loopback`]).
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Waits until the browser returns, gets the tokens and verifies them, then tells the person in the browser. Takes
    /// as long as the person does; the provider's own answers have their own time-outs.
    ///
    /// # Errors
    ///
    /// See [`OidcError`]. No request by another program can cause one.
    pub async fn wait(self) -> Result<OidcProof, OidcError> {
        self.wait_spending(|| (), &|_| ()).await.map(|(proof, ())| proof)
    }

    /// The same. `spending` is called right before the code is exchanged, and what it returns is for the caller to hold
    /// until the proof is stored. `caution` gets what the person should know besides.
    pub(super) async fn wait_spending<T>(
        self,
        spending: impl FnOnce() -> T,
        caution: &(dyn Fn(Caution) + Send + Sync),
    ) -> Result<(OidcProof, T), OidcError> {
        let Self { identity, settings, oidc, provider, door, nonce, verifier, scopes, .. } = self;
        let redirect_uri = door.redirect_uri();
        door.wait(&identity, caution, async |arrival| {
            let code = accepted_code(arrival, &provider)?;
            let brought =
                tokens::Brought { code, redirect_uri: &redirect_uri, verifier, nonce: &nonce, scopes: &scopes };
            let spending = spending();
            let proof = tokens::redeem(&oidc, &settings, Arc::clone(&provider), brought).await?;
            let person = proof.person.clone();
            Ok(((proof, spending), person))
        })
        .await
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("identity", &self.identity)
            .field("issuer", &self.settings.issuer)
            .field("redirect_uri", &self.door.redirect_uri())
            .finish_non_exhaustive()
    }
}

fn accepted_code<'a>(arrival: &'a Arrival, provider: &Provider) -> Result<&'a SecretString, OidcError> {
    let issuer = provider.metadata.issuer.clone();
    match &arrival.issuer {
        Some(found) if *found != issuer => {
            let found = said(found).unwrap_or_default();
            return Err(OidcError::AnswerFromOther { expected: issuer, found });
        }
        None if provider.names_itself() => {
            return Err(OidcError::AnswerFromOther { expected: issuer, found: "no issuer".to_owned() });
        }
        _ => {}
    }
    match &arrival.outcome {
        Outcome::Code(code) => Ok(code),
        Outcome::Error { error, description } => {
            let description = description.as_deref().and_then(said);
            if error == "access_denied" {
                return Err(OidcError::ConsentRefused { issuer, description });
            }
            Err(OidcError::SignInFailed { issuer, error: said(error).unwrap_or_default(), description })
        }
    }
}
