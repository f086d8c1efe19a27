//! OpenID Connect as a kind of identity: its proof in the vault, refreshed one at a time, exchanged at STS.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::claims::session_name;
use super::provider::parse_issuer;
use super::renewal::no_refresh_token;
use super::roles::{self, roles_from_claim};
use super::settings::{check_settings, mistakes};
use super::tokens::{Held, refresh};
use super::{OidcClient, OidcError, OidcProof, SignIn, check};
use crate::ca_file;
use crate::client;
use crate::context::exposed_option;
use crate::mix_up;
use crate::{FoundRole, Identity, IdentityContext, IdentityError, Kind, SignInCall, Standing, Trial};
use daypass_core::Boxed;
use daypass_core::credentials::IssuedCredentials;
use daypass_core::names::{SessionName, Target};
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::session_request::SessionRequest;
use daypass_core::settings::{BadSetting, IdentitySettings, OidcSettings};
use daypass_core::view::{Caution, SecretField, SignInAsk, SignInWay};
use daypass_sts::{Operation, WebIdentity};

/// An ID token is used while it has at least this long to live, because it must reach STS before it expires.
const LEAST_LIFE: TimeDelta = TimeDelta::seconds(30);

/// The proof, as the vault stores it.
#[derive(Clone, Serialize, Deserialize)]
struct StoredTokens {
    issuer: String,
    client_id: String,
    person: String,
    subject: String,
    #[serde(serialize_with = "exposed_option")]
    refresh_token: Option<SecretString>,
    #[serde(serialize_with = "exposed_option")]
    id_token: Option<SecretString>,
    expires_at: DateTime<Utc>,
    claims: Map<String, Value>,
    /// The scopes to send with a refresh. Sign-ins from before have none.
    #[serde(default)]
    refresh_scopes: Vec<String>,
    /// Whether the provider renewed nothing at the last try, although the refresh token may not be spent.
    #[serde(default)]
    needs_person: bool,
    /// Whether the sign-in didn't ask for a refresh token, because the provider doesn't announce that it gives one.
    #[serde(default)]
    is_offline_left_out: bool,
    /// The fingerprint of the `ca_file` that the provider was trusted with. Sign-ins from before have none.
    #[serde(default)]
    ca_file: Option<String>,
}

/// A token that can be exchanged.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) token: SecretString,
    pub(crate) claims: Map<String, Value>,
    /// Whether it was issued for this exchange. If so, a refusal is not worth a second try.
    fresh: bool,
}

#[cfg(test)]
impl Token {
    pub(crate) fn of(token: &str, claims: Map<String, Value>) -> Self {
        Self { token: token.into(), claims, fresh: true }
    }
}

/// An OpenID Connect identity.
#[derive(Clone)]
pub(crate) struct OidcIdentity {
    settings: OidcSettings,
    context: IdentityContext,
    oidc: OidcClient,
}

impl Kind for OidcSettings {
    fn check(&self) -> Result<(), Problem> {
        check_settings(self)
    }

    fn secrets(&self) -> Vec<SecretField> {
        vec![client::secret_field(&destination(self), self.ca_file.as_deref())]
    }

    fn mistakes(&self) -> Vec<BadSetting> {
        mistakes(self)
    }

    fn example() -> Self {
        Self::new("https://login.example.com", "daypass")
    }

    fn operation(&self, _: &Target) -> Operation {
        Operation::AssumeRoleWithWebIdentity
    }
}

/// Where the client's secret goes: the provider, in one spelling. Its own document names the token endpoint.
fn destination(settings: &OidcSettings) -> String {
    let issuer = parse_issuer(&settings.issuer).map_or_else(|_| settings.issuer.clone(), String::from);
    issuer.trim_end_matches('/').to_owned()
}

impl Identity for OidcIdentity {
    fn way(&self) -> SignInWay {
        SignInWay::Browser { device: false }
    }

    fn provider(&self) -> String {
        self.settings.issuer.clone()
    }

    fn standing(&self) -> Result<Standing, Problem> {
        let Some(kept) = self.kept()? else { return Ok(Standing::signed_out()) };
        let renews = kept.refresh_token.is_some() && !kept.needs_person;
        let is_good = kept.is_good(self.context.now());
        Ok(Standing::with_token(kept.person, renews, is_good, kept.expires_at))
    }

    fn roles(&self) -> Vec<FoundRole> {
        let Some(claim) = &self.settings.roles_claim else { return Vec::new() };
        let Ok(Some(kept)) = self.kept() else { return Vec::new() };
        let roles = roles_from_claim(claim, &kept.claims).roles.into_iter();
        roles.map(|role| FoundRole { target: role.into(), account_name: None }).collect()
    }

    fn remarks(&self) -> Vec<Problem> {
        let Ok(Some(kept)) = self.kept() else { return Vec::new() };
        // After a refusal, the refresh token is gone because it was spent.
        let has_none = kept.refresh_token.is_none() && !kept.needs_person;
        let renewal = has_none.then(|| no_refresh_token(&self.settings, kept.is_offline_left_out)).flatten();
        let roles = self.settings.roles_claim.as_ref().and_then(|claim| roles::remark(claim, &kept.claims));
        renewal.into_iter().chain(roles).collect()
    }

    fn sign_in<'a>(&'a self, call: &'a SignInCall<'a>) -> Boxed<'a, Result<String, Problem>> {
        Box::pin(async move {
            // First: if the file can't be used, that is the answer, and not that the secret isn't for it.
            let (oidc, ca_file) = self.oidc.trusting_now(&self.settings)?;
            let oidc = self.with_own_secret(&oidc)?;
            let sign_in = SignIn::begin(self.context.name.clone(), self.settings.clone(), &oidc).await?;
            if let Some(Caution { message, hint }) = self.caution().await {
                tracing::warn!(identity = %self.context.name, hint, "{message}");
            }
            call.show(SignInAsk::Browser { url: sign_in.url().to_string() });
            let caution = |caution| call.caution(caution);
            let (proof, _spending) = sign_in.wait_spending(|| self.context.spending(), &caution).await?;
            let person = proof.person.clone();
            let _turn = self.context.turn().await?;
            self.context.keep(&self.stored(proof, ca_file))?;
            Ok(person)
        })
    }

    fn issue<'a>(&'a self, request: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, IdentityError>> {
        Box::pin(async move {
            // A token that was in hand may be refused because it is too old for STS, or because the provider changed
            // its keys.
            let is_refusal = |error: &IdentityError| error.kind() == ProblemKind::NeedsSignIn;
            self.with_token(|token| self.exchange(request, token), is_refusal).await
        })
    }

    fn sign_out(&self) -> Boxed<'_, Result<bool, Problem>> {
        Box::pin(self.context.forget())
    }

    fn caution(&self) -> Boxed<'_, Option<Caution>> {
        Box::pin(async {
            let caution = self.possible_mix_up()?;
            // If it can't be reached now, that's reported elsewhere.
            let provider = self.oidc.provider(&self.settings).await.ok()?;
            (!provider.names_itself()).then_some(caution)
        })
    }

    fn try_out<'a>(&'a self, trial: &'a Trial<'a>) -> Boxed<'a, ()> {
        let secret = client::secret(&self.context);
        let claims = self.kept().ok().flatten().map(|kept| kept.claims);
        Box::pin(check::try_out(&self.settings, &self.oidc, secret, self.possible_mix_up(), claims, trial))
    }
}

impl OidcIdentity {
    pub(crate) fn new(settings: OidcSettings, context: IdentityContext, oidc: OidcClient) -> Self {
        let context = context.sending(&settings.secrets());
        Self { settings, context, oidc }
    }

    /// If the provider doesn't name itself in its answers.
    fn possible_mix_up(&self) -> Option<Caution> {
        let config = self.context.services.config.current();
        mix_up::caution(&self.context.name, &IdentitySettings::Oidc(self.settings.clone()), &config)
    }

    /// Runs `exchange` with the ID token in hand, or with a new one if that is refused. Never asks the person.
    pub(crate) async fn with_token<F: Future<Output = Result<IssuedCredentials, IdentityError>>>(
        &self,
        exchange: impl Fn(Token) -> F,
        is_refusal: impl Fn(&IdentityError) -> bool,
    ) -> Result<IssuedCredentials, IdentityError> {
        let token = self.token(None).await?;
        match exchange(token.clone()).await {
            Err(error) if !token.fresh && is_refusal(&error) => exchange(self.token(Some(&token)).await?).await,
            result => result,
        }
    }

    /// The ID token in hand, or a new one from the refresh token. Never the one that was `refused`.
    async fn token(&self, refused: Option<&Token>) -> Result<Token, Problem> {
        let identity = self.clone();
        self.context.good_or_refreshed(|| self.good(refused), async move { identity.refresh().await }).await
    }

    /// The role session name for a person with these claims.
    pub(crate) fn session_name(&self, claims: &Map<String, Value>) -> Result<SessionName, Problem> {
        session_name(self.settings.session_name.as_deref(), claims)
    }

    async fn exchange(&self, request: &SessionRequest, proof: Token) -> Result<IssuedCredentials, IdentityError> {
        let session_name = &self.session_name(&proof.claims)?;
        let aws = &self.context.services.aws;
        let order = aws.order(&request.role, request.region.as_ref(), &request.terms);
        let identity = WebIdentity { token: &proof.token, provider_id: None, session_name };
        Ok(aws.sts()?.assume_role_with_web_identity(&order, identity).await?)
    }

    async fn refresh(&self) -> Result<Token, Problem> {
        let (oidc, ca_file) = self.oidc.trusting_now(&self.settings)?;
        let mut kept = self.kept_for(&ca_file)?.ok_or_else(|| self.context.signed_out())?;
        kept.ca_file = Some(ca_file.clone());
        let Some(refresh_token) = kept.refresh_token.clone() else {
            let hint = "sign in again. To renew without you, a sign-in has to ask for offline_access (see scopes)";
            return Err(self.context.not_renewable(kept.needs_person, hint));
        };
        tracing::debug!(identity = %self.context.name, issuer = self.settings.issuer, "the provider is asked for a new ID token");
        let before = kept.clone();
        let held = Held {
            refresh_token: &refresh_token,
            subject: Some(&before.subject),
            scopes: &before.refresh_scopes,
            claims: &before.claims,
        };
        let rotated = |next: &SecretString| {
            kept.refresh_token = Some(next.clone());
            self.keep_next(&kept);
        };
        match refresh(&self.settings, &self.with_own_secret(&oidc)?, held, rotated).await {
            Ok(proof) => {
                let (token, claims) = (proof.id_token.clone(), proof.claims.clone());
                self.context.keep_or_hold(&self.stored(proof, ca_file))?;
                Ok(Token { token, claims, fresh: true })
            }
            Err(error) => {
                let is_spent = matches!(error, OidcError::Spent { .. });
                let problem = Problem::from(error);
                if problem.kind == ProblemKind::NeedsSignIn {
                    // Keeps the person's name, so that the window can say who has to sign in again.
                    let refresh_token = kept.refresh_token.take().filter(|_| !is_spent);
                    self.keep_next(&StoredTokens { refresh_token, id_token: None, needs_person: true, ..kept });
                }
                Err(problem)
            }
        }
    }

    /// Stores what a refresh changed. The caller only hears about the refresh itself.
    fn keep_next(&self, kept: &StoredTokens) {
        if let Err(problem) = self.context.keep_or_hold(kept) {
            tracing::error!(identity = %self.context.name, code = %problem.code, "the next refresh token is lost");
        }
    }

    /// With the client's secret, if it has one.
    fn with_own_secret(&self, oidc: &OidcClient) -> Result<OidcClient, Problem> {
        Ok(oidc.with_secret(client::secret(&self.context)?))
    }

    fn stored(&self, proof: OidcProof, ca_file: String) -> StoredTokens {
        StoredTokens {
            issuer: self.settings.issuer.clone(),
            client_id: self.settings.client_id.clone(),
            person: proof.person,
            subject: proof.subject,
            refresh_token: proof.refresh_token,
            id_token: Some(proof.id_token),
            expires_at: proof.expires_at,
            claims: proof.claims,
            refresh_scopes: proof.refresh_scopes,
            is_offline_left_out: proof.is_offline_left_out,
            needs_person: false,
            ca_file: Some(ca_file),
        }
    }

    /// The stored proof, if it is from the same provider and client, trusted with the same `ca_file`.
    fn kept(&self) -> Result<Option<StoredTokens>, Problem> {
        self.kept_for(&ca_file::fingerprint(self.settings.ca_file.as_deref())?)
    }

    fn kept_for(&self, ca_file: &str) -> Result<Option<StoredTokens>, Problem> {
        let kept: Option<StoredTokens> = self.context.kept()?;
        Ok(kept.filter(|kept| {
            kept.issuer == self.settings.issuer
                && kept.client_id == self.settings.client_id
                && ca_file::is_same(kept.ca_file.as_deref(), ca_file)
        }))
    }

    fn good(&self, refused: Option<&Token>) -> Result<Option<Token>, Problem> {
        let now = self.context.now();
        let kept = self.kept()?.filter(|kept| kept.is_good(now));
        let token = kept.and_then(|k| Some(Token { token: k.id_token?, claims: k.claims, fresh: false }));
        Ok(token.filter(|token| refused.is_none_or(|r| r.token.expose_secret() != token.token.expose_secret())))
    }
}

impl StoredTokens {
    fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.id_token.is_some() && self.expires_at - LEAST_LIFE > now
    }
}
