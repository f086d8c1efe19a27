//! OpenID Connect as a kind of identity: its proof in the vault, refreshed one at a time, exchanged at STS.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::claims::{roles_from_claim, session_name};
use super::settings::OidcSettings;
use super::{Oidc, OidcProof, SignIn, check, refresh};
use crate::exchange::{Minted, WebIdentity};
use crate::identity::desk::{exposed_option, refresh_ended, to_the_end};
use crate::identity::{Desk, FoundRole, Identity, Kind, SignInCall, Standing};
use crate::names::SessionName;
use crate::problem::{Problem, ProblemKind};
use crate::session::{Boxed, Wish};
use crate::view::{SecretField, SignInAsk, SignInWay, TrialStep};

/// An ID token is used while it has this long to live: the exchange must arrive at STS before its end.
const LEAST_LIFE: TimeDelta = TimeDelta::seconds(30);
/// The secret of a client that was registered with one. A desktop cannot keep it from its owner, but some providers
/// register no other clients.
const CLIENT_SECRET: &str = "client_secret";

/// Who proved what, as it lies in the vault.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
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
}

/// A token that is good for an exchange.
pub(crate) struct Token {
    pub(crate) token: SecretString,
    pub(crate) claims: Map<String, Value>,
    /// Whether it was made for this exchange: a refused one is not worth a second try then.
    fresh: bool,
}

/// An OpenID Connect identity at its desk.
#[derive(Clone)]
pub(crate) struct OidcIdentity {
    settings: OidcSettings,
    desk: Desk,
}

impl Kind for OidcSettings {
    fn check(&self) -> Result<(), Problem> {
        check::check_settings(self)
    }

    fn at(&self, desk: Desk) -> Box<dyn Identity> {
        Box::new(OidcIdentity::new(self.clone(), desk))
    }
}

impl Identity for OidcIdentity {
    fn way(&self) -> SignInWay {
        SignInWay::Browser { device: false }
    }

    fn secrets(&self) -> Vec<SecretField> {
        let is_set = self.desk.secret(CLIENT_SECRET).is_ok_and(|secret| secret.is_some());
        vec![SecretField { name: CLIENT_SECRET.into(), label: "Client secret".into(), optional: true, is_set }]
    }

    fn provider(&self) -> String {
        self.settings.issuer.clone()
    }

    fn standing(&self) -> Result<Standing, Problem> {
        let Some(kept) = self.kept()? else { return Ok(Standing::signed_out()) };
        let (renews, is_good) = (kept.refresh_token.is_some(), kept.is_good(self.desk.now()));
        Ok(Standing::with_token(kept.person, renews, is_good, kept.expires_at))
    }

    fn roles(&self) -> Vec<FoundRole> {
        let Some(claim) = &self.settings.roles_claim else { return Vec::new() };
        let Ok(Some(kept)) = self.kept() else { return Vec::new() };
        let roles = roles_from_claim(claim, &kept.claims).roles.into_iter();
        roles.map(|role| FoundRole { target: role.into(), account_name: None }).collect()
    }

    fn sign_in<'a>(&'a self, call: &'a SignInCall<'a>) -> Boxed<'a, Result<String, Problem>> {
        Box::pin(async move {
            let sign_in = SignIn::begin(self.desk.name.clone(), self.settings.clone(), &self.oidc()?).await?;
            call.show(SignInAsk::Browser { url: sign_in.url().to_string() });
            let proof = sign_in.wait().await?;
            let person = proof.person.clone();
            let _turn = self.desk.turn().await?;
            self.keep(proof)?;
            Ok(person)
        })
    }

    fn mint<'a>(&'a self, wish: &'a Wish) -> Boxed<'a, Result<Minted, Problem>> {
        Box::pin(async move {
            match self.exchange(wish, false).await {
                // The token in hand was refused: it may be older than STS likes, or the provider changed its keys.
                Err((problem, false)) if problem.kind == ProblemKind::NeedsSignIn => {
                    self.exchange(wish, true).await.map_err(|(problem, _)| problem)
                }
                result => result.map_err(|(problem, _)| problem),
            }
        })
    }

    fn sign_out(&self) -> Boxed<'_, Result<bool, Problem>> {
        Box::pin(self.desk.forget())
    }

    fn try_out<'a>(&'a self, tell: &'a (dyn Fn(TrialStep) + Send + Sync)) -> Boxed<'a, ()> {
        Box::pin(check::try_out(&self.settings, &self.desk.shared.oidc, tell))
    }
}

impl OidcIdentity {
    pub(crate) fn new(settings: OidcSettings, desk: Desk) -> Self {
        Self { settings, desk }
    }

    /// An ID token that is good for an exchange: the one in hand, or a new one by the refresh token. Never asks
    /// the person. With `anew` the one in hand will not do.
    pub(crate) async fn token(&self, anew: bool) -> Result<Token, Problem> {
        if !anew && let Some(token) = self.good()? {
            return Ok(token);
        }
        let turn = self.desk.turn().await?;
        // Another process may have refreshed it while this one waited.
        if !anew && let Some(token) = self.good()? {
            return Ok(token);
        }
        // A refresh token that was sent is spent, and the answer holds the next one.
        let identity = self.clone();
        let refreshed = to_the_end(turn, async move { identity.refresh().await }).await;
        refreshed.unwrap_or_else(|| Err(refresh_ended()))
    }

    /// The role session name for a person with these claims.
    pub(crate) fn session_name(&self, claims: &Map<String, Value>) -> Result<SessionName, Problem> {
        session_name(self.settings.session_name.as_deref(), claims)
    }

    /// One exchange; an error says whether the token was made for it.
    async fn exchange(&self, wish: &Wish, anew: bool) -> Result<Minted, (Problem, bool)> {
        let proof = self.token(anew).await.map_err(|p| (p, true))?;
        let name = self.session_name(&proof.claims).map_err(|p| (p, true))?;
        let sts = self.desk.shared.aws.sts().map_err(|p| (p, true))?;
        let identity = WebIdentity { token: &proof.token, provider_id: None, session_name: &name };
        let order = self.desk.shared.aws.order(&wish.role, wish.region.as_ref(), &wish.terms);
        sts.assume_role_with_web_identity(&order, identity).await.map_err(|error| (error.into(), proof.fresh))
    }

    async fn refresh(&self) -> Result<Token, Problem> {
        let kept = self.kept()?.ok_or_else(|| self.desk.signed_out())?;
        let Some(refresh_token) = kept.refresh_token.clone() else { return Err(self.desk.spent()) };
        tracing::debug!(identity = %self.desk.name, issuer = self.settings.issuer, "the provider is asked for a new ID token");
        match refresh(&self.settings, &self.oidc()?, &refresh_token, Some(&kept.subject)).await {
            Ok(proof) => {
                let (token, claims) = (proof.id_token.clone(), proof.claims.clone());
                self.keep(proof)?;
                Ok(Token { token, claims, fresh: true })
            }
            Err(error) => {
                let problem = Problem::from(error);
                if problem.kind == ProblemKind::NeedsSignIn {
                    // Who it was stays, so that the window can say who has to sign in again.
                    self.desk.keep(&Kept { refresh_token: None, id_token: None, ..kept })?;
                }
                Err(problem)
            }
        }
    }

    /// With the client's secret, where it has one.
    fn oidc(&self) -> Result<Oidc, Problem> {
        Ok(self.desk.shared.oidc.with_secret(self.desk.secret(CLIENT_SECRET)?))
    }

    fn keep(&self, proof: OidcProof) -> Result<(), Problem> {
        self.desk.keep(&Kept {
            issuer: self.settings.issuer.clone(),
            client_id: self.settings.client_id.clone(),
            person: proof.person,
            subject: proof.subject,
            refresh_token: proof.refresh_token,
            id_token: Some(proof.id_token),
            expires_at: proof.expires_at,
            claims: proof.claims,
        })
    }

    /// What is kept, as long as it is still the same provider and client.
    fn kept(&self) -> Result<Option<Kept>, Problem> {
        let kept: Option<Kept> = self.desk.kept()?;
        Ok(kept.filter(|k| k.issuer == self.settings.issuer && k.client_id == self.settings.client_id))
    }

    fn good(&self) -> Result<Option<Token>, Problem> {
        let now = self.desk.now();
        let kept = self.kept()?.filter(|kept| kept.is_good(now));
        Ok(kept.and_then(|k| Some(Token { token: k.id_token?, claims: k.claims, fresh: false })))
    }
}

impl Kept {
    fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.id_token.is_some() && self.expires_at - LEAST_LIFE > now
    }
}
