//! The STS operations that grant credentials.

use aws_sdk_sts::operation::RequestId;
use aws_sdk_sts::operation::assume_role::AssumeRoleInput;
use aws_sdk_sts::operation::assume_role_with_saml::AssumeRoleWithSamlInput;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityInput;
use aws_sdk_sts::operation::assume_root::AssumeRootInput;
use aws_sdk_sts::operation::get_federation_token::GetFederationTokenInput;
use aws_sdk_sts::operation::get_session_token::GetSessionTokenInput;
use aws_sdk_sts::types::{AssumedRoleUser, Credentials, PolicyDescriptorType, ProvidedContext, Tag};
use chrono::DateTime;
use secrecy::ExposeSecret;

use super::error::ExchangeError;
use super::operation::Operation;
use super::sts::{Answered, Call, Sts};
use super::{ExchangeRequest, Mfa, SamlIdentity, StsRegions, WebIdentity, limits};
use daypass_core::credentials::{IssuedCredentials, Keys, SessionCredentials};
use daypass_core::endpoints::StsEndpoint;
use daypass_core::names::Target;

// The inputs and outputs of the SDK's operations look alike but share no trait, so these two macros do what a generic
// function would.

/// Asks each region in turn with the same input.
macro_rules! ask {
    ($sts:expr, $call:expr, $input:expr) => {
        $sts.ask($call, |client| {
            let input = $input.clone();
            async move { input.send_with(&client).await }
        })
        .await?
    };
}

/// What an answer grants, and who gets it.
macro_rules! issued {
    ($sts:expr, $answered:expr, $who:expr) => {
        $sts.issued(&$answered, $answered.output.request_id(), $answered.output.credentials(), $who)
    };
}

impl Operation {
    /// The operation that gets a target's credentials with keys. (There is none for a pool: AssumeRole refuses it.)
    pub fn by_keys(target: &Target) -> Self {
        match target {
            Target::Root(_) => Self::AssumeRoot,
            Target::User(_) => Self::GetSessionToken,
            Target::FederatedUser(_) => Self::GetFederationToken,
            Target::Role(_) | Target::IdentityPool(_) => Self::AssumeRole,
        }
    }
}

impl ExchangeRequest {
    /// Checks what [`Sts::with_keys`] would check, before the keys are known. `are_temporary` says which kind they
    /// will be.
    pub fn check_for_keys(&self, are_temporary: bool) -> Result<(), ExchangeError> {
        let operation = Operation::by_keys(&self.target);
        operation.check(self)?;
        let needs_user = matches!(operation, Operation::GetSessionToken | Operation::GetFederationToken);
        match needs_user && are_temporary {
            true => Err(ExchangeError::NeedsUserKeys { operation, target: self.target.to_string() }),
            false => Ok(()),
        }
    }
}

impl Sts {
    /// Gets the requested credentials with keys: AssumeRole for a role, AssumeRoot for the root of a member
    /// account, GetSessionToken for the user of the keys, GetFederationToken for a federated user. `session_name` is
    /// for a role's session, unless the terms name one.
    ///
    /// # Errors
    ///
    /// As [`Sts::assume_role`]; [`TermError::Target`](super::TermError::Target) for an identity pool.
    pub async fn with_keys(
        &self,
        order: &ExchangeRequest,
        keys: &Keys,
        session_name: &str,
    ) -> Result<IssuedCredentials, ExchangeError> {
        match Operation::by_keys(&order.target) {
            Operation::AssumeRoot => self.assume_root(order, keys).await,
            Operation::GetSessionToken => self.get_session_token(order, keys, None).await,
            Operation::GetFederationToken => self.get_federation_token(order, keys, order.target.name()).await,
            // The other operations don't use keys.
            Operation::AssumeRole
            | Operation::AssumeRoleWithSaml
            | Operation::AssumeRoleWithWebIdentity
            | Operation::GetRoleCredentials
            | Operation::GetCredentialsForIdentity
            | Operation::CreateOAuth2Token => self.assume_role(order, keys, session_name, None).await,
        }
    }

    /// `AssumeRole` (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>).
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Term`] before anything is sent. For other errors, the caller tries again if
    /// [`ExchangeError::is_passing`], and asks the person to sign in if [`ExchangeError::needs_sign_in`]. The rest are
    /// final.
    pub async fn assume_role(
        &self,
        order: &ExchangeRequest,
        keys: &Keys,
        session_name: &str,
        mfa: Option<Mfa<'_>>,
    ) -> Result<IssuedCredentials, ExchangeError> {
        let operation = Operation::AssumeRole;
        operation.check(order)?;
        let terms = &order.terms;
        let session_name = terms.session_name(session_name);
        limits::session_name(operation, &session_name)?;
        if let Some(mfa) = mfa {
            limits::mfa(operation, mfa.serial, mfa.code)?;
        }
        let contexts = terms.provided_contexts.iter().map(|context| {
            let context =
                ProvidedContext::builder().provider_arn(&context.provider_arn).context_assertion(&context.assertion);
            context.build()
        });
        let input = AssumeRoleInput::builder()
            .role_arn(order.target.to_string())
            .role_session_name(session_name)
            .duration_seconds(operation.duration(order))
            .set_minimum_session_token_size(token_size(order))
            .set_policy(terms.policy.clone())
            .set_policy_arns(managed_policies(order))
            .set_tags(tags(order))
            .set_transitive_tag_keys(some(terms.transitive_tag_keys.clone()))
            .set_source_identity(terms.source_identity.clone())
            .set_external_id(terms.external_id.clone())
            .set_provided_contexts(some(contexts.collect()))
            .set_serial_number(mfa.map(|mfa| mfa.serial.to_owned()))
            .set_token_code(mfa.map(|mfa| mfa.code.expose_secret().to_owned()));
        let call = Call { keys: Some(keys), once: mfa.is_some(), ..call(operation, order, &order.at) };
        let answered = ask!(self, &call, input);
        let who = assumed(&answered, answered.output.assumed_role_user())?;
        issued!(self, answered, who)
    }

    /// `AssumeRoleWithSAML` (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html>).
    /// Unsigned: the assertion is the proof.
    ///
    /// # Errors
    ///
    /// As [`Sts::assume_role`].
    pub async fn assume_role_with_saml(
        &self,
        order: &ExchangeRequest,
        identity: SamlIdentity<'_>,
    ) -> Result<IssuedCredentials, ExchangeError> {
        let operation = Operation::AssumeRoleWithSaml;
        operation.check(order)?;
        limits::saml_assertion(identity.assertion)?;
        let input = AssumeRoleWithSamlInput::builder()
            .role_arn(order.target.to_string())
            .principal_arn(identity.principal_arn)
            .saml_assertion(identity.assertion.expose_secret())
            .duration_seconds(operation.duration(order))
            .set_minimum_session_token_size(token_size(order))
            .set_policy(order.terms.policy.clone())
            .set_policy_arns(managed_policies(order));
        let answered = ask!(self, &call(operation, order, &order.at), input);
        let who = assumed(&answered, answered.output.assumed_role_user())?;
        issued!(self, answered, who)
    }

    /// `AssumeRoleWithWebIdentity`
    /// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>). Unsigned: the
    /// token is the proof.
    ///
    /// # Errors
    ///
    /// As [`Sts::assume_role`].
    pub async fn assume_role_with_web_identity(
        &self,
        order: &ExchangeRequest,
        identity: WebIdentity<'_>,
    ) -> Result<IssuedCredentials, ExchangeError> {
        let operation = Operation::AssumeRoleWithWebIdentity;
        operation.check(order)?;
        limits::web_identity_token(identity.token)?;
        let input = AssumeRoleWithWebIdentityInput::builder()
            .role_arn(order.target.to_string())
            .role_session_name(order.terms.session_name(identity.session_name.as_str()))
            .web_identity_token(identity.token.expose_secret())
            .set_provider_id(identity.provider_id.map(str::to_owned))
            .duration_seconds(operation.duration(order))
            .set_minimum_session_token_size(token_size(order))
            .set_policy(order.terms.policy.clone())
            .set_policy_arns(managed_policies(order));
        let answered = ask!(self, &call(operation, order, &order.at), input);
        let who = assumed(&answered, answered.output.assumed_role_user())?;
        issued!(self, answered, who)
    }

    /// `AssumeRoot` (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html>): the root of a member
    /// account for one task, 15 minutes at most. Always sent to a regional endpoint: the global one doesn't have it.
    ///
    /// # Errors
    ///
    /// As [`Sts::assume_role`]; a [`LimitError`](super::LimitError) without a task policy.
    pub async fn assume_root(&self, order: &ExchangeRequest, keys: &Keys) -> Result<IssuedCredentials, ExchangeError> {
        let operation = Operation::AssumeRoot;
        operation.check(order)?;
        let task = order.terms.task_policy.as_deref().unwrap_or_default();
        let policy = format!("arn:{}:iam::aws:policy/root-task/{task}", order.target.partition());
        let input = AssumeRootInput::builder()
            .target_principal(order.target.account().as_str())
            .task_policy_arn(PolicyDescriptorType::builder().arn(policy).build())
            .duration_seconds(operation.duration(order))
            .set_minimum_session_token_size(token_size(order));
        let at = StsRegions { endpoint: StsEndpoint { global: false, ..order.at.endpoint }, ..order.at.clone() };
        let call = Call { keys: Some(keys), ..call(operation, order, &at) };
        let answered = ask!(self, &call, input);
        issued!(self, answered, (order.target.to_string(), String::new()))
    }

    /// `GetSessionToken` (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>): temporary
    /// credentials of the user that the keys belong to.
    ///
    /// # Errors
    ///
    /// As [`Sts::assume_role`]; [`ExchangeError::NeedsUserKeys`] if the keys are temporary.
    pub async fn get_session_token(
        &self,
        order: &ExchangeRequest,
        keys: &Keys,
        mfa: Option<Mfa<'_>>,
    ) -> Result<IssuedCredentials, ExchangeError> {
        let operation = Operation::GetSessionToken;
        operation.check(order)?;
        of_a_user(operation, order, keys)?;
        if let Some(mfa) = mfa {
            limits::mfa(operation, mfa.serial, mfa.code)?;
        }
        let input = GetSessionTokenInput::builder()
            .duration_seconds(operation.duration(order))
            .set_minimum_session_token_size(token_size(order))
            .set_serial_number(mfa.map(|mfa| mfa.serial.to_owned()))
            .set_token_code(mfa.map(|mfa| mfa.code.expose_secret().to_owned()));
        let call = Call { keys: Some(keys), once: mfa.is_some(), ..call(operation, order, &order.at) };
        let answered = ask!(self, &call, input);
        issued!(self, answered, (order.target.to_string(), String::new()))
    }

    /// `GetFederationToken` (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>):
    /// credentials of a federated user of this name. Without a session policy, they allow only what a resource's
    /// own policy allows.
    ///
    /// # Errors
    ///
    /// As [`Sts::get_session_token`].
    pub async fn get_federation_token(
        &self,
        order: &ExchangeRequest,
        keys: &Keys,
        name: &str,
    ) -> Result<IssuedCredentials, ExchangeError> {
        let operation = Operation::GetFederationToken;
        operation.check(order)?;
        of_a_user(operation, order, keys)?;
        limits::federated_name(name)?;
        let input = GetFederationTokenInput::builder()
            .name(name)
            .duration_seconds(operation.duration(order))
            .set_minimum_session_token_size(token_size(order))
            .set_policy(order.terms.policy.clone())
            .set_policy_arns(managed_policies(order))
            .set_tags(tags(order));
        let call = Call { keys: Some(keys), ..call(operation, order, &order.at) };
        let answered = ask!(self, &call, input);
        let user = answered.output.federated_user().ok_or_else(|| incomplete(&answered, "federated user"))?;
        let who = (user.arn.clone(), user.federated_user_id.clone());
        issued!(self, answered, who)
    }

    fn issued<T>(
        &self,
        answered: &Answered<T>,
        request_id: Option<&str>,
        credentials: Option<&Credentials>,
        (arn, id): (String, String),
    ) -> Result<IssuedCredentials, ExchangeError> {
        let credentials = credentials.ok_or_else(|| incomplete(answered, "credentials"))?;
        let expires_at = DateTime::from_timestamp(credentials.expiration.secs(), 0);
        let expires_at = expires_at.ok_or_else(|| incomplete(answered, "expiry"))?;
        let Credentials { access_key_id: key, secret_access_key: secret, session_token: token, .. } = credentials;
        Ok(IssuedCredentials {
            credentials: SessionCredentials::new(key.as_str(), secret.as_str(), token.as_str(), expires_at)
                .map_err(|bad| incomplete(answered, &format!("usable keys ({bad})")))?,
            assumed_role_arn: arn,
            assumed_role_id: id,
            request_id: request_id.map(str::to_owned),
            issued_at: self.wire.clock.now(),
            clock_skew: answered.clock_skew,
            fallback_region: answered.fallback_region.clone(),
        })
    }
}

fn call<'a>(operation: Operation, order: &ExchangeRequest, at: &'a StsRegions) -> Call<'a> {
    Call { operation: operation.name(), subject: Some(order.target.to_string()), at, keys: None, once: false }
}

fn of_a_user(operation: Operation, order: &ExchangeRequest, keys: &Keys) -> Result<(), ExchangeError> {
    match keys.session_token {
        None => Ok(()),
        Some(_) => Err(ExchangeError::NeedsUserKeys { operation, target: order.target.to_string() }),
    }
}

fn assumed<T>(answered: &Answered<T>, user: Option<&AssumedRoleUser>) -> Result<(String, String), ExchangeError> {
    let user = user.ok_or_else(|| incomplete(answered, "assumed role"))?;
    Ok((user.arn.clone(), user.assumed_role_id.clone()))
}

pub(super) fn incomplete<T>(answered: &Answered<T>, what: &str) -> ExchangeError {
    let (service, endpoint) = (answered.context.service, answered.context.endpoint.clone());
    ExchangeError::Incomplete { service, endpoint, what: what.to_owned() }
}

fn managed_policies(order: &ExchangeRequest) -> Option<Vec<PolicyDescriptorType>> {
    let arns = order.terms.managed_policies(order.target.partition()).into_iter();
    some(arns.map(|arn| PolicyDescriptorType::builder().arn(arn).build()).collect())
}

fn token_size(order: &ExchangeRequest) -> Option<i32> {
    order.terms.minimum_session_token_size.map(i32::from)
}

fn tags(order: &ExchangeRequest) -> Option<Vec<Tag>> {
    let tags = order.terms.tags.iter();
    // The builder only refuses a tag without a key or value.
    some(tags.filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect())
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
