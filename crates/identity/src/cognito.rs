//! A Cognito identity pool, by its enhanced flow: it exchanges the ID token of an OpenID Connect identity for
//! credentials (<https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html>). You sign in with
//! that identity, and no request is signed.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_cognitoidentity::Client;
use aws_sdk_cognitoidentity::config::BehaviorVersion;
use aws_sdk_cognitoidentity::error::SdkError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use chrono::DateTime;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::oidc::{OidcClient, OidcIdentity, Token};
use super::trial::{SETTINGS, Trial};
use super::{FoundRole, Identity, IdentityContext, IdentityError, Kind, SignInCall, Standing};
use daypass_core::Boxed;
use daypass_core::credentials::{IssuedCredentials, SessionCredentials};
use daypass_core::names::{AccountId, IdentityName, Partition, Region, Target};
use daypass_core::problem::{AwsProblem, Problem, ProblemCode, ProblemKind};
use daypass_core::service::Service;
use daypass_core::session_request::SessionRequest;
use daypass_core::settings::{BadSetting, CognitoSettings, IdentitySettings, OidcSettings, SettingField};
use daypass_core::view::SignInWay;
use daypass_sts::{CallContext, ExchangeError, Operation, Says, SkewReader};

/// The person's ID in the pool, remembered to save a request each time. Not a secret.
#[derive(Serialize, Deserialize)]
struct StoredPoolId {
    pool_id: String,
    login: String,
    /// `sub` of the token.
    subject: Option<String>,
    /// `REGION:UUID`, the person's id in the pool.
    identity_id: String,
}

/// An identity pool.
pub(crate) struct CognitoIdentity {
    settings: CognitoSettings,
    context: IdentityContext,
    oidc: OidcClient,
}

impl Kind for CognitoSettings {
    fn check(&self) -> Result<(), Problem> {
        self.target().map_err(|wrong| {
            Problem::from(wrong).hint(
                "copy it from the identity pool in the Cognito console: eu-central-1:01234567-89ab-cdef-0123-456789abcdef",
            )
        })?;
        self.check_login().map_err(|wrong| {
            Problem::from(wrong)
                .hint("write the issuer without https://, e.g. login.example.com/tenant, or leave it out")
        })
    }

    fn mistakes(&self) -> Vec<BadSetting> {
        [self.target().err(), self.check_login().err()].into_iter().flatten().collect()
    }

    fn example() -> Self {
        Self {
            identity: IdentityName::example(),
            pool_id: "us-east-1:01234567-89ab-cdef-0123-456789abcdef".to_owned(),
            account: AccountId::example(),
            role: None,
            login: None,
            default_region: None,
        }
    }

    fn operation(&self, _: &Target) -> Operation {
        Operation::GetCredentialsForIdentity
    }
}

/// What the settings mean.
trait PoolSettings {
    /// The pool as a target of credentials.
    fn target(&self) -> Result<Target, BadSetting>;

    /// Whether the name of the login provider is well-formed.
    fn check_login(&self) -> Result<(), BadSetting>;

    /// Pool ids begin with their region.
    fn region(&self) -> Option<Region>;

    /// The pool's name for the provider of the ID token.
    fn login(&self, oidc: &OidcSettings) -> String;
}

impl PoolSettings for CognitoSettings {
    fn target(&self) -> Result<Target, BadSetting> {
        let wrong = || {
            BadSetting::new(
                SettingField::PoolId,
                &self.pool_id,
                "an identity pool's ID looks like eu-central-1:01234567-89ab-cdef-0123-456789abcdef",
            )
        };
        let region = self.region().ok_or_else(wrong)?;
        let (partition, account, id) = (Partition::of_region(&region), &self.account, &self.pool_id);
        let arn = format!("arn:{partition}:cognito-identity:{region}:{account}:identitypool/{id}");
        arn.parse().map_err(|_| wrong())
    }

    fn check_login(&self) -> Result<(), BadSetting> {
        let login = self.login.as_deref().unwrap_or("x");
        if login.is_empty() || login.contains("://") || login.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(BadSetting::new(
                SettingField::Login,
                login,
                "write the provider's name in the pool, without https://",
            ));
        }
        Ok(())
    }

    fn region(&self) -> Option<Region> {
        self.pool_id.split_once(':').and_then(|(region, _)| region.parse().ok())
    }

    fn login(&self, oidc: &OidcSettings) -> String {
        let issuer = oidc.issuer.split_once("://").map_or(oidc.issuer.as_str(), |(_, rest)| rest);
        self.login.clone().unwrap_or_else(|| issuer.trim_end_matches('/').to_owned())
    }
}

impl Identity for CognitoIdentity {
    fn way(&self) -> SignInWay {
        self.oidc().map_or(SignInWay::None, |(oidc, _)| oidc.way())
    }

    fn provider(&self) -> String {
        self.settings.pool_id.clone()
    }

    fn signed_in_by(&self) -> Option<IdentityName> {
        Some(self.settings.identity.clone())
    }

    fn ready(&self) -> Result<(), Problem> {
        self.oidc().map(drop)
    }

    fn standing(&self) -> Result<Standing, Problem> {
        self.oidc()?.0.standing()
    }

    fn roles(&self) -> Vec<FoundRole> {
        self.settings.target().map(|target| FoundRole { target, account_name: None }).into_iter().collect()
    }

    fn sign_in<'a>(&'a self, call: &'a SignInCall<'a>) -> Boxed<'a, Result<String, Problem>> {
        // The broker asks the other identity. A caller that asks this one gets the same answer.
        Box::pin(async move { self.oidc()?.0.sign_in(call).await })
    }

    fn issue<'a>(&'a self, request: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, IdentityError>> {
        Box::pin(async move {
            let target = self.settings.target()?;
            if request.role != target {
                let message =
                    format!("identity {} provides credentials of {target}, not of {}", self.context.name, request.role);
                return Err(Problem::new(ProblemKind::Invalid, ProblemCode::CognitoNotThePool, message)
                    .hint("declare the role with `via` and the pool's ARN, to assume it with the pool's credentials")
                    .into());
            }
            let order = self.context.services.aws.order(&request.role, request.region.as_ref(), &request.terms);
            Operation::GetCredentialsForIdentity.check(&order)?;
            self.exchange().await.map_err(explained)
        })
    }

    fn sign_out(&self) -> Boxed<'_, Result<bool, Problem>> {
        Box::pin(self.context.forget())
    }

    fn try_out<'a>(&'a self, trial: &'a Trial<'a>) -> Boxed<'a, ()> {
        Box::pin(async move {
            const OIDC: &str = "find the OpenID Connect identity";
            const POOL: &str = "the pool knows the person";
            let is_signed_in = self.standing().is_ok_and(|standing| standing.is_signed_in());
            trial.plan([SETTINGS, OIDC].into_iter().chain(is_signed_in.then_some(POOL)));
            if trial.settings(self.settings.check().err().into_iter().collect()).is_none() {
                return;
            }
            let is_there = trial.step(OIDC, async { self.oidc().map(drop) }).await.is_some();
            if is_there && is_signed_in {
                trial.step(POOL, async { self.exchange().await.map_err(|error| explained(error).into()) }).await;
            }
        })
    }
}

impl CognitoIdentity {
    pub(crate) fn new(settings: CognitoSettings, context: IdentityContext, oidc: OidcClient) -> Self {
        Self { settings, context, oidc }
    }

    /// The identity whose token the pool gets.
    fn oidc(&self) -> Result<(OidcIdentity, OidcSettings), Problem> {
        let name = &self.settings.identity;
        match self.context.services.config.current().identity(name)?.clone() {
            IdentitySettings::Oidc(settings) => {
                let context = IdentityContext::of(name, &self.context.services);
                Ok((OidcIdentity::new(settings.clone(), context, self.oidc.clone()), settings))
            }
            other => {
                let message = format!("identity {name} is of kind {}, which doesn't have an ID token", other.kind());
                Err(Problem::new(ProblemKind::Invalid, ProblemCode::CognitoNoOidc, message)
                    .hint("set `identity` to one of kind oidc"))
            }
        }
    }

    async fn exchange(&self) -> Result<IssuedCredentials, IdentityError> {
        let (oidc, settings) = self.oidc()?;
        let login = self.settings.login(&settings);
        oidc.with_token(|token| self.exchange_token(&login, token), wants_another_token).await
    }

    async fn exchange_token(&self, login: &str, token: Token) -> Result<IssuedCredentials, IdentityError> {
        let client = self.client()?;
        if let Some(known) = self.identity_id(login, &token)? {
            match self.credentials(&client, &known, login, &token).await {
                // The person's ID was deleted from the pool.
                Err(error) if error.code() == of_cognito(AwsProblem::ResourceNotFound) => {}
                result => return result,
            }
        }
        let id = self.get_id(&client, login, &token).await?;
        self.credentials(&client, &id, login, &token).await
    }

    async fn get_id(&self, client: &Client, login: &str, token: &Token) -> Result<String, IdentityError> {
        let answer = client
            .get_id()
            .account_id(self.settings.account.as_str())
            .identity_pool_id(&self.settings.pool_id)
            .set_logins(Some(logins(login, token)))
            .send()
            .await
            .map_err(|error| self.refused("GetId", &error))?;
        let id = answer.identity_id().ok_or_else(|| incomplete("identity id"))?.to_owned();
        self.context.keep(&StoredPoolId {
            pool_id: self.settings.pool_id.clone(),
            login: login.to_owned(),
            subject: subject(token),
            identity_id: id.clone(),
        })?;
        Ok(id)
    }

    async fn credentials(
        &self,
        client: &Client,
        id: &str,
        login: &str,
        token: &Token,
    ) -> Result<IssuedCredentials, IdentityError> {
        let skew = SkewReader::new(Arc::clone(&self.context.services.clock));
        let answer = client
            .get_credentials_for_identity()
            .identity_id(id)
            .set_logins(Some(logins(login, token)))
            .set_custom_role_arn(self.settings.role.as_ref().map(ToString::to_string))
            .customize()
            .interceptor(skew.clone())
            .send()
            .await
            .map_err(|error| self.refused("GetCredentialsForIdentity", &error))?;
        let given = answer.credentials().ok_or_else(|| incomplete("credentials"))?;
        let text = |value: Option<&str>| value.filter(|text| !text.is_empty()).map(str::to_owned);
        let (Some(key), Some(secret), Some(session_token), Some(expires_at)) = (
            text(given.access_key_id()),
            text(given.secret_key()),
            text(given.session_token()),
            given.expiration().and_then(|at| DateTime::from_timestamp(at.secs(), 0)),
        ) else {
            return Err(incomplete("key, session token or expiry").into());
        };
        Ok(IssuedCredentials {
            credentials: SessionCredentials::new(key, secret, session_token, expires_at)
                .map_err(|bad| incomplete(&format!("usable keys ({bad})")))?,
            assumed_role_arn: self.assumed()?,
            assumed_role_id: id.to_owned(),
            request_id: aws_types::request_id::RequestId::request_id(&answer).map(str::to_owned),
            issued_at: self.context.now(),
            clock_skew: skew.read(),
            fallback_region: None,
        })
    }

    /// Cognito doesn't say which of the pool's roles it used. The session's name is always the same.
    fn assumed(&self) -> Result<String, Problem> {
        const SESSION: &str = "CognitoIdentityCredentials";
        Ok(match &self.settings.role {
            Some(role) => {
                format!("arn:{}:sts::{}:assumed-role/{}/{SESSION}", role.partition(), role.account(), role.name())
            }
            None => format!("{}/{SESSION}", self.settings.target()?),
        })
    }

    /// The remembered ID, if it belongs to the same person in the same pool.
    fn identity_id(&self, login: &str, token: &Token) -> Result<Option<String>, Problem> {
        let kept: Option<StoredPoolId> = self.context.kept()?;
        let same = |kept: &StoredPoolId| {
            kept.pool_id == self.settings.pool_id && kept.login == login && kept.subject == subject(token)
        };
        Ok(kept.filter(same).map(|kept| kept.identity_id))
    }

    fn client(&self) -> Result<Client, Problem> {
        let target = self.settings.target()?;
        let region = self.settings.region().unwrap_or_else(|| target.partition().default_region());
        let config = self.context.services.aws.sdk_config(Service::CognitoIdentity, &region)?;
        let config = aws_sdk_cognitoidentity::config::Builder::from(&config)
            .behavior_version(BehaviorVersion::v2026_01_12())
            .allow_no_auth()
            .build();
        Ok(Client::from_conf(config))
    }

    fn refused<E>(&self, operation: &'static str, error: &SdkError<E, HttpResponse>) -> ExchangeError
    where
        E: aws_sdk_cognitoidentity::error::ProvideErrorMetadata + std::error::Error + 'static,
    {
        let service = Service::CognitoIdentity;
        let endpoint = self.context.services.aws.surroundings.endpoints.of(service);
        let endpoint = endpoint.map_or_else(|| "AWS".to_owned(), ToString::to_string);
        let context =
            CallContext { service, operation, subject: Some(self.settings.pool_id.clone()), endpoint, region: None };
        ExchangeError::of(context, error)
    }
}

fn logins(login: &str, token: &Token) -> HashMap<String, String> {
    [(login.to_owned(), token.token.expose_secret().to_owned())].into()
}

fn subject(token: &Token) -> Option<String> {
    token.claims.get("sub").and_then(|sub| sub.as_str()).map(str::to_owned)
}

fn of_cognito(problem: AwsProblem) -> ProblemCode {
    ProblemCode::Aws(Service::CognitoIdentity, problem)
}

/// A refusal that blames the token rather than the pool.
fn wants_another_token(error: &IdentityError) -> bool {
    error.says() == Some(Says::LoginTokenRefused)
}

/// What to do about a refusal.
fn explained(error: IdentityError) -> IdentityError {
    match error {
        IdentityError::Exchange(cause) => {
            let says = cause.says();
            IdentityError::explained(cause, |problem| with_hint(says, problem))
        }
        error => error,
    }
}

fn with_hint(says: Option<Says>, problem: Problem) -> Problem {
    let hint = match (problem.code, says) {
        (_, Some(Says::WrongAudience)) => {
            "add the client_id of the OpenID Connect identity to the audiences of the IAM identity provider that the pool uses"
        }
        (_, Some(Says::UnsupportedProvider)) => {
            "add the provider to the identity pool, or set `login` to the name that the pool has for it: the issuer \
             without https://"
        }
        (_, Some(Says::LoginTokenRefused)) => {
            return Problem { kind: ProblemKind::NeedsSignIn, ..problem }
                .hint("sign in again; if that doesn't help, compare the issuer with the pool's provider");
        }
        (ProblemCode::Aws(_, AwsProblem::NotAuthorized), _) => {
            "check the roles of the identity pool, and `role` if it's set"
        }
        (ProblemCode::Aws(_, AwsProblem::ResourceNotFound), _) => {
            "check pool_id and account, and that the pool is in that region"
        }
        (ProblemCode::Aws(_, AwsProblem::InvalidIdentityPoolConfiguration), _) => {
            "choose an authenticated role for the identity pool, whose trust policy lets cognito-identity.amazonaws.com \
             assume it for this pool"
        }
        (ProblemCode::Aws(_, AwsProblem::ExternalService), _) => {
            "Cognito can't reach the identity provider: its issuer must be on the internet"
        }
        (ProblemCode::Aws(_, AwsProblem::LimitExceeded), _) => {
            "there are too many requests to the identity pool; see its quotas"
        }
        _ if problem.hint.is_none() => {
            "the message has Cognito's own reason. Compare the pool's settings with the identity's: pool_id, account, login \
             and role"
        }
        _ => return problem,
    };
    problem.hint(hint)
}

fn incomplete(what: &str) -> Problem {
    Problem::new(
        ProblemKind::Failed,
        of_cognito(AwsProblem::IncompleteAnswer),
        format!("Cognito's response doesn't contain {what}"),
    )
    .hint("check AWS_ENDPOINT_URL_COGNITO_IDENTITY")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::TimeDelta;
    use daypass_core::endpoints::Endpoints;
    use daypass_http::fake::{Fake, Reply};
    use serde_json::{Map, json};

    use super::*;
    use crate::fixture::{fixture, fixture_at};

    fn settings(pool_id: &str) -> CognitoSettings {
        CognitoSettings {
            identity: "work".parse().unwrap(),
            pool_id: pool_id.to_owned(),
            account: "123456789012".parse().unwrap(),
            role: None,
            login: None,
            default_region: None,
        }
    }

    #[tokio::test]
    async fn the_clock_of_cognito_is_compared_with_ours() {
        let clock = fixture().context.services.clock.clone();
        let fake = Fake::start(move |_, (_, body)| {
            let answer = if body.contains("IdentityPoolId") {
                json!({ "IdentityId": "eu-central-1:1" })
            } else {
                let key =
                    json!({ "AccessKeyId": "A", "SecretKey": "S", "SessionToken": "T", "Expiration": 1_795_309_207 });
                json!({ "IdentityId": "eu-central-1:1", "Credentials": key })
            };
            let Reply(status, head, body) = Reply::json(&answer);
            let date = (clock.now() + TimeDelta::minutes(5)).to_rfc2822();
            Reply(status, format!("{head}date: {date}\r\n"), body)
        })
        .await;
        let endpoints = Endpoints { cognito_identity: Some(fake.url.parse().unwrap()), ..Endpoints::default() };
        let fixture = fixture_at(endpoints);
        let settings = settings("eu-central-1:01234567-89ab-cdef-0123-456789abcdef");
        let pool = CognitoIdentity::new(
            settings,
            fixture.context.clone(),
            OidcClient::new(Arc::clone(&fixture.context.services.clock), daypass_http::Network::plain()),
        );
        let issued = pool.exchange_token("login.example.com", Token::of("token", Map::new())).await.unwrap();
        let skew = issued.clock_skew.unwrap();
        // Cognito's date has whole seconds.
        assert!((skew - TimeDelta::minutes(5)).abs() <= TimeDelta::seconds(2), "{skew}");
    }

    #[test]
    fn a_pool_is_named_by_its_arn() {
        let good = settings("eu-central-1:01234567-89ab-cdef-0123-456789abcdef");
        good.check().unwrap();
        assert_eq!(
            good.target().unwrap().to_string(),
            "arn:aws:cognito-identity:eu-central-1:123456789012:identitypool/eu-central-1:01234567-89ab-cdef-0123-456789abcdef"
        );
        assert_eq!(settings("cn-north-1:01234567-89ab").target().unwrap().partition().id(), "aws-cn");
        for bad in ["", "01234567-89ab", "eu-central-1:", "eu-central-1:xyz", "eu-central-1_AbCdEf", "EU:1"] {
            assert_eq!(settings(bad).check().unwrap_err().code, ProblemCode::BadPoolId, "{bad}");
        }
    }

    #[test]
    fn the_login_is_the_issuer_without_its_scheme() {
        let oidc = |issuer: &str| OidcSettings::new(issuer, "daypass");
        let pool = settings("eu-central-1:01234567-89ab-cdef-0123-456789abcdef");
        assert_eq!(pool.login(&oidc("https://login.example.com/tenant/")), "login.example.com/tenant");
        assert_eq!(pool.login(&oidc("http://127.0.0.1:4000")), "127.0.0.1:4000");
        let named = CognitoSettings { login: Some("corp".into()), ..pool.clone() };
        assert_eq!(named.login(&oidc("https://x")), "corp");
        for bad in ["", "https://login.example.com", "a b"] {
            let bad = CognitoSettings { login: Some(bad.into()), ..pool.clone() };
            assert_eq!(bad.check().unwrap_err().code, ProblemCode::BadLogin);
        }
    }

    #[test]
    fn a_refusal_says_whose_turn_it_is() {
        let refused = |code: &str, words: &str| {
            let context = CallContext {
                service: Service::CognitoIdentity,
                operation: "GetId",
                subject: None,
                endpoint: "https://cognito".to_owned(),
                region: None,
            };
            IdentityError::Exchange(ExchangeError::refused(context, 400, code, words, None))
        };
        let expired = refused("NotAuthorizedException", "Invalid login token. Token expired: 1 >= 0");
        assert!(wants_another_token(&expired));
        assert_eq!(explained(expired).kind(), ProblemKind::NeedsSignIn);
        let audience = refused("NotAuthorizedException", "Invalid login token. Incorrect token audience.");
        assert!(!wants_another_token(&audience) && explained(audience).kind() == ProblemKind::Refused);
        let provider = "Token is not from a supported provider of this identity pool.";
        assert!(!wants_another_token(&refused("NotAuthorizedException", provider)));
        for (code, words) in [
            ("NotAuthorizedException", provider),
            ("NotAuthorizedException", "Access to Role is forbidden"),
            ("ResourceNotFoundException", "IdentityPool not found"),
            ("InvalidIdentityPoolConfigurationException", ""),
            ("ExternalServiceException", ""),
            ("LimitExceededException", ""),
            ("InvalidParameterException", "Basic (classic) flow is not enabled"),
        ] {
            assert!(Problem::from(explained(refused(code, words))).hint.is_some(), "{code}");
        }
    }
}
