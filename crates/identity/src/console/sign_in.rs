//! Signs a person in: in this machine's browser, which brings a code back, or in one on another device, which shows a
//! code to type.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use oauth2::{CsrfToken, PkceCodeChallenge};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use url::Url;
use zeroize::Zeroizing;

use super::address::SignInService;
use super::dpop::DpopKey;
use super::error::ConsoleError;
use super::principal::Principal;
use super::proof::{Access, Pending, StoredSignIn};
use super::token::{Client, TokenRequest};
use crate::SignInCall;
use crate::loopback::{Arrival, Loopback, Outcome, Redirect};
use crate::unfinished::UnderWay;
use daypass_core::credentials::Credentials;
use daypass_core::settings::RedirectHost;
use daypass_core::text::said;
use daypass_core::view::SignInAsk;

/// The path of the AWS CLI's redirect address. AWS accepts any port, and no registration.
const CALLBACK: &str = "/oauth/callback";
/// What the person types, if the browser is on another device.
const CODE: &str = "code";
/// How long a code from another device is waited for.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);
/// Longer than any code, whose parts have 512 characters at most.
const LONGEST_CODE: usize = 4096;

/// A sign-in under way.
pub(super) struct SignIn<'a> {
    pub(super) service: &'a SignInService,
    pub(super) access: &'a Access,
    pub(super) call: &'a SignInCall<'a>,
}

/// A sign-in that isn't stored yet, and what is held until it is.
type SignedIn<'a> = (StoredSignIn, Option<UnderWay<'a>>);

/// What is exchanged.
struct Grant<'a> {
    client: Client,
    key: &'a DpopKey,
    code: &'a SecretString,
    verifier: &'a str,
    redirect_uri: &'a str,
}

impl<'a> SignIn<'a> {
    /// In this machine's browser.
    pub(super) async fn here(&self) -> Result<SignedIn<'a>, ConsoleError> {
        const CLIENT: Client = Client::SameDevice;
        // Open before the return address is known elsewhere, so the browser can't come too early.
        let redirect = Redirect { host: RedirectHost::Address, port: None, path: CALLBACK };
        let door = Loopback::open(redirect).await.map_err(ConsoleError::NoPort)?;
        let key = DpopKey::generate()?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let redirect_uri = door.redirect_uri();
        let url = self.address(CLIENT, &redirect_uri, door.state(), &challenge);
        self.call.show(SignInAsk::Browser { url: url.into() });
        let context = &self.access.context;
        door.wait(&context.name, &|caution| self.call.caution(caution), async |arrival| {
            let code = self.accepted(arrival)?;
            let (key, verifier, redirect_uri) = (&key, verifier.secret().as_str(), redirect_uri.as_str());
            let signed_in = self.redeem(Grant { client: CLIENT, key, code, verifier, redirect_uri }).await?;
            let person = signed_in.0.principal.person();
            Ok::<_, ConsoleError>((signed_in, person))
        })
        .await
    }

    /// In a browser on another device: tells the person where to go, or takes the code that the browser showed there.
    pub(super) async fn elsewhere(&self) -> Result<SignedIn<'a>, ConsoleError> {
        match self.call.given.get(CODE) {
            Some(typed) => self.with_code(typed).await,
            None => Err(self.ask_for_code().await?),
        }
    }

    /// What the person has to do next, as an error: the call that brings the code is another one.
    async fn ask_for_code(&self) -> Result<ConsoleError, ConsoleError> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let state = CsrfToken::new_random_len(32);
        let url = self.address(Client::CrossDevice, self.service.confirmation.as_str(), state.secret(), &challenge);
        let context = &self.access.context;
        let pending = Pending {
            service: self.service.base.clone(),
            state: state.secret().as_str().into(),
            verifier: verifier.secret().as_str().into(),
            key: DpopKey::generate()?,
            until: context.now() + PATIENCE,
        };
        self.access.begin(pending).await?;
        self.call.show(SignInAsk::Browser { url: url.into() });
        Ok(ConsoleError::CodeWanted { identity: context.name.clone() })
    }

    async fn with_code(&self, typed: &SecretString) -> Result<SignedIn<'a>, ConsoleError> {
        let identity = || self.access.context.name.clone();
        let pending = self.access.pending(self.service)?;
        let pending = pending.ok_or_else(|| ConsoleError::NothingPending { identity: identity() })?;
        let (state, code) = read_code(typed)?;
        if !bool::from(state.expose_secret().as_bytes().ct_eq(pending.state.expose_secret().as_bytes())) {
            return Err(ConsoleError::WrongCode { why: "it belongs to another sign-in" });
        }
        let verifier = pending.verifier.expose_secret();
        let redirect_uri = self.service.confirmation.as_str();
        self.redeem(Grant { client: Client::CrossDevice, key: &pending.key, code: &code, verifier, redirect_uri }).await
    }

    /// The address to open. `SHA-256` is what AWS calls the method that RFC 7636 calls `S256`.
    fn address(&self, client: Client, redirect_uri: &str, state: &str, challenge: &PkceCodeChallenge) -> Url {
        let mut url = self.service.authorize.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", client.id())
            .append_pair("state", state)
            .append_pair("code_challenge_method", "SHA-256")
            .append_pair("scope", "openid")
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("code_challenge", challenge.as_str());
        url
    }

    fn accepted<'b>(&self, arrival: &'b Arrival) -> Result<&'b SecretString, ConsoleError> {
        match &arrival.outcome {
            Outcome::Code(code) => Ok(code),
            Outcome::Error { error, description } => Err(ConsoleError::EndedInBrowser {
                region: self.service.region.clone(),
                error: said(error).unwrap_or_default(),
                description: description.as_deref().and_then(said),
                denied: error == "access_denied",
            }),
        }
    }

    async fn redeem(&self, grant: Grant<'_>) -> Result<SignedIn<'a>, ConsoleError> {
        let Grant { client, key, code, verifier, redirect_uri } = grant;
        let (service, context) = (self.service, &self.access.context);
        let http = context.services.aws.http()?;
        let request = TokenRequest { service, context, http: &http, client, key, skew: TimeDelta::zero() };
        let spending = context.spending();
        let tokens = request.redeem(code.expose_secret(), verifier, redirect_uri).await?;
        let principal = tokens.id_token.as_deref().and_then(Principal::of_id_token);
        let principal = principal.ok_or_else(|| request.unreadable("it doesn't say who is signed in"))?;
        let kept = StoredSignIn {
            service: service.base.clone(),
            client,
            signed_in_at: context.now(),
            key: key.clone(),
            refresh_token: Some(tokens.refresh_token),
            credentials: Credentials { assumed_role: principal.arn.clone(), ..tokens.credentials },
            principal,
            needs_person: false,
        };
        Ok((kept, spending))
    }
}

/// State and code, from what the confirmation page shows: both as a query string, in base64.
fn read_code(typed: &SecretString) -> Result<(SecretString, SecretString), ConsoleError> {
    let wrong = |why| ConsoleError::WrongCode { why };
    let text = typed.expose_secret().trim();
    if text.len() > LONGEST_CODE {
        return Err(wrong("it's too long"));
    }
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| wrong("it's incomplete, or something else"))?;
    let bytes = Zeroizing::new(bytes);
    let field = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(&bytes);
        pairs.find(|(found, _)| found == name).map(|(_, value)| SecretString::from(value.as_ref()))
    };
    field("state").zip(field("code")).ok_or_else(|| wrong("it's something else"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, String)> {
        let (state, code) = read_code(&text.into()).ok()?;
        Some((state.expose_secret().to_owned(), code.expose_secret().to_owned()))
    }

    #[test]
    fn a_code_is_what_the_page_shows() {
        let shown = BASE64_STANDARD.encode("state=s-1&code=c%2F1");
        let both = Some(("s-1".to_owned(), "c/1".to_owned()));
        assert_eq!(read(&shown), both);
        assert_eq!(read(&format!("  {shown}\n")), both);
        for wrong in ["", "123456", &shown[..shown.len() - 3], &BASE64_STANDARD.encode("code=c"), &"A".repeat(5000)] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn anything_may_be_typed(text in "\\PC{0,80}") {
            let _ = read_code(&text.into());
        }
    }
}
