//! OAuth 2.0 as a kind of identity: its access token in the vault, refreshed one at a time, exchanged at STS with
//! `ProviderId`.

use chrono::{DateTime, TimeDelta, Utc};
use oauth2::{PkceCodeChallenge, PkceCodeVerifier};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use super::check;
use super::error::OauthError;
use super::provider::Provider;
use super::tokens::{self, Client, Tokens};
use crate::ca_file;
use crate::client;
use crate::context::exposed_option;
use crate::loopback::{Arrival, Loopback, Outcome};
use crate::mix_up;
use crate::oidc::{person, session_name};
use crate::unfinished::UnderWay;
use crate::{Identity, IdentityContext, IdentityError, Kind, SignInCall, Standing, Trial};
use daypass_core::Boxed;
use daypass_core::credentials::IssuedCredentials;
use daypass_core::names::Target;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::SessionRequest;
use daypass_core::settings::{BadSetting, IdentitySettings, OauthSettings};
use daypass_core::text::said;
use daypass_core::view::{Caution, SecretField, SignInAsk, SignInWay};
use daypass_sts::{Operation, WebIdentity};

/// An access token is used while it has at least this long to live, because STS asks the provider about it.
const LEAST_LIFE: TimeDelta = TimeDelta::seconds(60);

/// Who signed in, as the vault stores it.
#[derive(Clone, Serialize, Deserialize)]
struct StoredToken {
    provider_id: String,
    client_id: String,
    token_endpoint: Url,
    person: String,
    #[serde(serialize_with = "exposed_option")]
    access_token: Option<SecretString>,
    #[serde(serialize_with = "exposed_option")]
    refresh_token: Option<SecretString>,
    expires_at: DateTime<Utc>,
    profile: Map<String, Value>,
    /// The scopes to send with a refresh. Sign-ins from before have none.
    #[serde(default)]
    refresh_scopes: Vec<String>,
    /// Whether the provider renewed nothing at the last try, although the refresh token may not be spent.
    #[serde(default)]
    needs_person: bool,
    /// The fingerprint of the `ca_file` that the provider was trusted with. Sign-ins from before have none.
    #[serde(default)]
    ca_file: Option<String>,
}

/// An OAuth 2.0 identity.
#[derive(Clone)]
pub(crate) struct OauthIdentity {
    settings: OauthSettings,
    context: IdentityContext,
}

impl Kind for OauthSettings {
    fn check(&self) -> Result<(), Problem> {
        check::field_errors(self).into_iter().next().map_or(Ok(()), Err)
    }

    fn secrets(&self) -> Vec<SecretField> {
        vec![client::secret_field(&destination(self), self.ca_file.as_deref())]
    }

    fn mistakes(&self) -> Vec<BadSetting> {
        check::mistakes(self)
    }

    fn example() -> Self {
        Self {
            provider_id: "www.amazon.com".to_owned(),
            client_id: "daypass".to_owned(),
            authorization_endpoint: None,
            token_endpoint: None,
            userinfo_endpoint: None,
            scopes: Vec::new(),
            redirect_port: None,
            redirect_host: None,
            redirect_path: None,
            authorization_parameters: Default::default(),
            session_name: None,
            ca_file: None,
            default_region: None,
        }
    }

    fn operation(&self, _: &Target) -> Operation {
        Operation::AssumeRoleWithWebIdentity
    }
}

/// Where the client's secret goes: the token endpoint.
fn destination(settings: &OauthSettings) -> String {
    let own = || settings.token_endpoint.clone().unwrap_or_else(|| settings.provider_id.clone());
    Provider::of(settings).map_or_else(|_| own(), |provider| provider.token.into())
}

impl Identity for OauthIdentity {
    fn way(&self) -> SignInWay {
        SignInWay::Browser { device: false }
    }

    fn provider(&self) -> String {
        self.settings.provider_id.clone()
    }

    fn standing(&self) -> Result<Standing, Problem> {
        let Some(kept) = self.kept()? else { return Ok(Standing::signed_out()) };
        let renews = kept.refresh_token.is_some() && !kept.needs_person;
        let is_good = kept.is_good(self.context.now());
        Ok(Standing::with_token(kept.person, renews, is_good, kept.expires_at))
    }

    fn sign_in<'a>(&'a self, call: &'a SignInCall<'a>) -> Boxed<'a, Result<String, Problem>> {
        Box::pin(async move {
            let (kept, _spending) = self.ask(call).await?;
            let person = kept.person.clone();
            let _turn = self.context.turn().await?;
            self.context.keep(&kept)?;
            Ok(person)
        })
    }

    fn issue<'a>(&'a self, request: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, IdentityError>> {
        Box::pin(async move {
            let kept = self.good(None).await?;
            match self.exchange(request, &kept).await {
                // The provider may have revoked the token. A new one shows whether the person is needed.
                Err(error) if error.kind() == ProblemKind::NeedsSignIn && kept.refresh_token.is_some() => {
                    self.exchange(request, &self.good(Some(&kept)).await?).await
                }
                result => result,
            }
        })
    }

    fn sign_out(&self) -> Boxed<'_, Result<bool, Problem>> {
        Box::pin(self.context.forget())
    }

    fn caution(&self) -> Boxed<'_, Option<Caution>> {
        Box::pin(async { self.possible_mix_up() })
    }

    fn try_out<'a>(&'a self, trial: &'a Trial<'a>) -> Boxed<'a, ()> {
        let network = self.context.services.aws.network();
        let secret = client::secret(&self.context);
        Box::pin(check::try_out(&self.settings, network, secret, self.possible_mix_up(), trial))
    }
}

impl OauthIdentity {
    pub(crate) fn new(settings: OauthSettings, context: IdentityContext) -> Self {
        let context = context.sending(&settings.secrets());
        Self { settings, context }
    }

    /// OAuth 2.0 has no discovery, so it isn't known whether a provider names itself in its answers.
    fn possible_mix_up(&self) -> Option<Caution> {
        let config = self.context.services.config.current();
        mix_up::caution(&self.context.name, &IdentitySettings::Oauth(self.settings.clone()), &config)
    }

    /// Has the person sign in with a browser.
    async fn ask(&self, call: &SignInCall<'_>) -> Result<(StoredToken, Option<UnderWay<'_>>), Problem> {
        self.settings.check()?;
        let provider = Provider::of(&self.settings)?;
        self.check_endpoint(&provider)?;
        // Before the secret: if the file can't be used, that is the answer, and not that the secret isn't for it.
        let (http, ca_file) = tokens::trusting(&self.settings, self.context.services.aws.network())?;
        let secret = client::secret(&self.context)?;
        let client = Client { settings: &self.settings, provider: &provider, secret: secret.as_ref(), http: &http };

        // Open before the return address is known elsewhere, so the browser can't come too early.
        let redirect = check::client_settings(&self.settings).redirect();
        let door = Loopback::open(redirect).await.map_err(OauthError::NoPort)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        if let Some(Caution { message, hint }) = self.possible_mix_up() {
            tracing::warn!(identity = %self.context.name, hint, "{message}");
        }
        call.show(SignInAsk::Browser { url: self.address(&provider, &door, &challenge).into() });
        let redirect_uri = door.redirect_uri();
        let finished = door
            .wait(&self.context.name, &|caution| call.caution(caution), async |arrival| {
                let spending = self.context.spending();
                let kept = self.finish(&client, arrival, &redirect_uri, verifier, &ca_file).await?;
                let person = kept.person.clone();
                Ok::<_, OauthError>(((kept, spending), person))
            })
            .await;
        Ok(finished?)
    }

    /// A code is worth an access token to the server that gets it, so it goes to the token endpoint of the last
    /// sign-in, unless the person signs out first. (A client's secret is bound to its destination in the same way.)
    fn check_endpoint(&self, provider: &Provider) -> Result<(), Problem> {
        let kept: Option<StoredToken> = self.context.kept()?;
        let is_same_client = |kept: &StoredToken| {
            kept.provider_id == self.settings.provider_id && kept.client_id == self.settings.client_id
        };
        match kept.filter(is_same_client) {
            Some(kept) if kept.token_endpoint != provider.token => {
                let (name, before, now) = (&self.context.name, kept.token_endpoint, &provider.token);
                let message =
                    format!("identity {name} last signed in with {before}, and its token_endpoint is {now} now");
                Err(Problem::new(ProblemKind::Invalid, ProblemCode::SecretForAnotherDestination, message)
                    .hint(format!("if you trust {now}, sign out first. Otherwise set token_endpoint back to {before}")))
            }
            _ => Ok(()),
        }
    }

    /// The address to open (RFC 6749, 4.1.1; RFC 7636, 4.3).
    fn address(&self, provider: &Provider, door: &Loopback, challenge: &PkceCodeChallenge) -> Url {
        let mut url = provider.authorization.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &door.redirect_uri())
            .append_pair("state", door.state())
            .append_pair("code_challenge", challenge.as_str())
            .append_pair("code_challenge_method", "S256");
        if !provider.scopes.is_empty() {
            url.query_pairs_mut().append_pair("scope", &provider.scopes.join(" "));
        }
        check::client_settings(&self.settings).add_parameters(&mut url);
        url
    }

    async fn finish(
        &self,
        client: &Client<'_>,
        arrival: &Arrival,
        redirect_uri: &str,
        verifier: PkceCodeVerifier,
        ca_file: &str,
    ) -> Result<StoredToken, OauthError> {
        let provider = self.settings.provider_id.clone();
        check_issuer(client.provider, &provider, arrival.issuer.as_deref())?;
        let code = match &arrival.outcome {
            Outcome::Code(code) => code,
            Outcome::Error { error, description } => {
                let description = description.as_deref().and_then(said);
                return Err(match error.as_str() {
                    "access_denied" => OauthError::ConsentRefused { provider, description },
                    error => {
                        let error = said(error).unwrap_or_default();
                        OauthError::SignInFailed { provider, error, description }
                    }
                });
            }
        };
        let tokens = client.redeem(code, redirect_uri, verifier, self.context.now()).await?;
        let profile = client.profile(&tokens.access_token).await?;
        let person = match (profile.is_empty(), &self.settings.session_name) {
            (true, Some(name)) => name.clone(),
            _ => person(&profile),
        };
        Ok(self.kept_of(client.provider, tokens, person, profile, ca_file))
    }

    async fn exchange(&self, request: &SessionRequest, kept: &StoredToken) -> Result<IssuedCredentials, IdentityError> {
        let name = session_name(self.settings.session_name.as_deref(), &kept.profile)?;
        let token = kept.access_token.as_ref().ok_or_else(|| self.context.spent())?;
        let provider_id = Some(self.settings.provider_id.as_str());
        let aws = &self.context.services.aws;
        let order = aws.order(&request.role, request.region.as_ref(), &request.terms);
        let identity = WebIdentity { token, provider_id, session_name: &name };
        Ok(aws.sts()?.assume_role_with_web_identity(&order, identity).await?)
    }

    /// The stored sign-in with a valid access token other than the `refused` one. Never asks the person.
    async fn good(&self, refused: Option<&StoredToken>) -> Result<StoredToken, Problem> {
        let shown = |kept: &StoredToken| kept.access_token.as_ref().map(|token| token.expose_secret().to_owned());
        let refused = refused.and_then(shown);
        // Settings that can't be used would otherwise look like a missing sign-in.
        Provider::of(&self.settings)?;
        let good = || {
            let kept = self.kept()?.ok_or_else(|| self.context.signed_out())?;
            let is_good = kept.is_good(self.context.now()) && (refused.is_none() || shown(&kept) != refused);
            Ok(is_good.then_some(kept))
        };
        let identity = self.clone();
        self.context.good_or_refreshed(good, async move { identity.refresh().await }).await
    }

    async fn refresh(&self) -> Result<StoredToken, Problem> {
        let provider = Provider::of(&self.settings)?;
        let (http, ca_file) = tokens::trusting(&self.settings, self.context.services.aws.network())?;
        let mut kept = self.kept_for(&provider, &ca_file)?.ok_or_else(|| self.context.signed_out())?;
        kept.ca_file = Some(ca_file.clone());
        let Some(refresh_token) = kept.refresh_token.clone() else {
            return Err(self.context.not_renewable(kept.needs_person, "sign in again"));
        };
        let secret = client::secret(&self.context)?;
        let client = Client { settings: &self.settings, provider: &provider, secret: secret.as_ref(), http: &http };
        let scopes = kept.refresh_scopes.clone();
        let rotated = |next: &SecretString| {
            kept.refresh_token = Some(next.clone());
            self.keep_next(&kept);
        };
        match client.refresh(&refresh_token, &scopes, self.context.now(), rotated).await {
            Ok(tokens) => {
                let renewed = self.kept_of(&provider, tokens, kept.person, kept.profile, &ca_file);
                self.context.keep_or_hold(&renewed)?;
                Ok(renewed)
            }
            Err(error) => {
                let is_spent = matches!(error, OauthError::Spent { .. });
                let problem = Problem::from(error);
                if problem.kind == ProblemKind::NeedsSignIn {
                    // Keeps the person's name, so that the window can say who has to sign in again.
                    let refresh_token = kept.refresh_token.take().filter(|_| !is_spent);
                    self.keep_next(&StoredToken { refresh_token, access_token: None, needs_person: true, ..kept });
                }
                Err(problem)
            }
        }
    }

    /// Stores what a refresh changed. The caller only hears about the refresh itself.
    fn keep_next(&self, kept: &StoredToken) {
        if let Err(problem) = self.context.keep_or_hold(kept) {
            tracing::error!(identity = %self.context.name, code = %problem.code, "the next refresh token is lost");
        }
    }

    fn kept_of(
        &self,
        provider: &Provider,
        tokens: Tokens,
        person: String,
        profile: Map<String, Value>,
        ca_file: &str,
    ) -> StoredToken {
        StoredToken {
            provider_id: self.settings.provider_id.clone(),
            client_id: self.settings.client_id.clone(),
            token_endpoint: provider.token.clone(),
            person,
            access_token: Some(tokens.access_token),
            refresh_token: tokens.refresh_token,
            expires_at: tokens.expires_at,
            profile,
            refresh_scopes: tokens.refresh_scopes,
            needs_person: false,
            ca_file: Some(ca_file.to_owned()),
        }
    }

    /// The stored sign-in, if it is from the same provider and client, trusted with the same `ca_file`.
    fn kept(&self) -> Result<Option<StoredToken>, Problem> {
        let Ok(provider) = Provider::of(&self.settings) else { return Ok(None) };
        self.kept_for(&provider, &ca_file::fingerprint(self.settings.ca_file.as_deref())?)
    }

    fn kept_for(&self, provider: &Provider, ca_file: &str) -> Result<Option<StoredToken>, Problem> {
        let kept: Option<StoredToken> = self.context.kept()?;
        Ok(kept.filter(|kept| {
            kept.provider_id == self.settings.provider_id
                && kept.client_id == self.settings.client_id
                && kept.token_endpoint == provider.token
                && ca_file::is_same(kept.ca_file.as_deref(), ca_file)
        }))
    }
}

/// An answer that names another provider than the one that was asked (RFC 9207) has another one's code in it. These
/// settings have no issuer, so the hosts are compared.
fn check_issuer(provider: &Provider, provider_id: &str, found: Option<&str>) -> Result<(), OauthError> {
    let Some(found) = found else { return Ok(()) };
    match found.parse::<Url>() {
        Ok(issuer) if issuer.origin() == provider.authorization.origin() => Ok(()),
        Ok(_) | Err(_) => Err(OauthError::AnswerFromOther {
            provider: provider_id.to_owned(),
            found: said(found).unwrap_or_default(),
        }),
    }
}

impl StoredToken {
    fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.access_token.is_some() && self.expires_at - LEAST_LIFE > now
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fixture::{Fixture, fixture};

    /// A person who is signed in, with `ca_file` as it was stored then.
    fn signed_in(fixture: &Fixture, ca_file: Option<&str>) {
        let mut stored = json!({
            "provider_id": "www.amazon.com", "client_id": "daypass",
            "token_endpoint": "https://api.amazon.com/auth/o2/token", "person": "ann",
            "access_token": "PLANTED", "refresh_token": "PLANTED", "expires_at": "2100-01-01T00:00:00Z", "profile": {},
        });
        if let Some(ca_file) = ca_file {
            stored["ca_file"] = json!(ca_file);
        }
        fixture.context.keep(&stored).unwrap();
    }

    #[tokio::test]
    #[allow(clippy::disallowed_methods)]
    async fn a_sign_in_belongs_to_the_certificates_that_its_provider_was_trusted_with() {
        let fixture = fixture();
        let path = fixture.folder.path().join("ca.pem");
        let with = |ca_file: Option<&str>| {
            let settings = OauthSettings { ca_file: ca_file.map(str::to_owned), ..OauthSettings::example() };
            OauthIdentity::new(settings, fixture.context.clone())
        };
        let path = path.to_str().unwrap();
        let found = |identity: &OauthIdentity| identity.kept().map(|kept| kept.is_some());
        std::fs::write(path, "one").unwrap();
        let one = crate::ca_file::fingerprint(Some(path)).unwrap();
        for (stored, without, with_one) in
            [(Some(""), true, false), (Some(one.as_str()), false, true), (None, true, true)]
        {
            signed_in(&fixture, stored);
            assert_eq!(found(&with(None)).unwrap(), without, "{stored:?}");
            assert_eq!(found(&with(Some(path))).unwrap(), with_one, "{stored:?}");
        }
        signed_in(&fixture, Some(one.as_str()));
        std::fs::write(path, "two").unwrap();
        assert!(!found(&with(Some(path))).unwrap());
        // Before anything is sent.
        assert_eq!(with(None).refresh().await.err().unwrap().code, ProblemCode::SignedOut);
        let missing = found(&with(Some("/no/such/file.pem"))).unwrap_err();
        assert_eq!(missing.code, ProblemCode::CaFileUnreadable);
    }

    #[tokio::test]
    async fn a_code_goes_to_the_token_endpoint_of_the_last_sign_in() {
        let fixture = fixture();
        signed_in(&fixture, Some(""));
        let with = |token_endpoint: &str| {
            let token_endpoint = Some(token_endpoint.to_owned());
            let settings = OauthSettings { token_endpoint, ..OauthSettings::example() };
            let provider = Provider::of(&settings).unwrap();
            OauthIdentity::new(settings, fixture.context.clone())
                .check_endpoint(&provider)
                .map_err(|problem| problem.code)
        };
        let elsewhere = "https://api.amazon.co.jp/auth/o2/token";
        assert_eq!(with("https://api.amazon.com/auth/o2/token"), Ok(()));
        assert_eq!(with(elsewhere), Err(ProblemCode::SecretForAnotherDestination));
        fixture.context.forget().await.unwrap();
        assert_eq!(with(elsewhere), Ok(()), "who signed out may sign in elsewhere");
    }

    #[tokio::test]
    async fn settings_that_send_the_token_elsewhere_are_a_mistake_and_not_a_missing_sign_in() {
        let fixture = fixture();
        signed_in(&fixture, Some(""));
        let userinfo_endpoint = Some("https://evil.example/me".to_owned());
        let settings = OauthSettings { userinfo_endpoint, ..OauthSettings::example() };
        let identity = OauthIdentity::new(settings, fixture.context.clone());
        let problem = identity.good(None).await.err().unwrap();
        assert_eq!(problem.code, ProblemCode::BadUserinfoEndpoint);
    }

    #[test]
    fn an_answer_that_names_another_provider_is_not_taken() {
        let provider = Provider::of(&OauthSettings::example()).unwrap();
        let judged = |issuer| check_issuer(&provider, "www.amazon.com", issuer).map_err(Problem::from);
        for issuer in [None, Some("https://www.amazon.com"), Some("https://www.amazon.com/ap")] {
            assert!(judged(issuer).is_ok(), "{issuer:?}");
        }
        for issuer in ["https://login.example.com", "http://www.amazon.com", "https://www.amazon.com.example", "x", ""]
        {
            let problem = judged(Some(issuer)).unwrap_err();
            assert_eq!(problem.code, ProblemCode::OauthAnswerFromOther, "{issuer}");
        }
    }
}
