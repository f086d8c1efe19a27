//! The user's access keys at IAM (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html> and
//! its like). Each partition has one IAM, reached in the partition's own region.

use aws_sdk_iam::Client;
use aws_sdk_iam::config::BehaviorVersion;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_iam::types::StatusType;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_types::SdkConfig;
use chrono::{DateTime, Utc};

use super::access_key::AccessKey;
use super::error::about_the_user;
use super::key_ring::{KeyRing, ListedKey, Used};
use crate::IdentityContext;
use daypass_core::Boxed;
use daypass_core::credentials::Keys;
use daypass_core::names::Partition;
use daypass_core::problem::{AwsProblem, Problem, ProblemCode, ProblemKind};
use daypass_core::service::Service;
use daypass_sts::{CallContext, ExchangeError, Sts, StsRegions, sdk_credentials};

/// IAM and STS, asked about this user.
pub(super) struct Iam<'a> {
    context: &'a IdentityContext,
    sts: Sts,
    at: StsRegions,
    config: SdkConfig,
    /// The session that the MFA device vouched for. It signs instead of a key.
    session: Option<Keys>,
    user: String,
}

impl<'a> Iam<'a> {
    pub(super) fn new(
        context: &'a IdentityContext,
        session: Option<Keys>,
        user: &str,
        at: StsRegions,
    ) -> Result<Self, Problem> {
        let aws = &context.services.aws;
        // Each partition has one IAM, reached in the partition's own region.
        let home = Partition::of_region(&at.regions[0]).default_region();
        let config = aws.sdk_config(Service::Iam, &home)?;
        Ok(Self { context, sts: aws.sts()?, at, config, session, user: user.to_owned() })
    }

    fn client(&self, by: &AccessKey) -> Client {
        let keys = self.session.clone().unwrap_or_else(|| by.keys());
        let config = aws_sdk_iam::config::Builder::from(&self.config)
            .behavior_version(BehaviorVersion::v2026_01_12())
            .credentials_provider(sdk_credentials(&keys));
        Client::from_conf(config.build())
    }

    fn refused<E>(&self, operation: &'static str, error: &SdkError<E, HttpResponse>) -> Problem
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let endpoints = &self.context.services.aws.surroundings.endpoints;
        let endpoint = endpoints.of(Service::Iam).map_or_else(|| "AWS".to_owned(), ToString::to_string);
        let context =
            CallContext { service: Service::Iam, operation, subject: Some(self.user.clone()), endpoint, region: None };
        explained(ExchangeError::of(context, error).into())
    }

    async fn used(client: &Client, id: &str) -> Used {
        // A user who may not ask can still rotate.
        let Ok(answer) = client.get_access_key_last_used().access_key_id(id).send().await else {
            return Used::Unknown;
        };
        match answer.access_key_last_used() {
            Some(last) => last.last_used_date().and_then(time).map_or(Used::Never, Used::At),
            None => Used::Unknown,
        }
    }
}

impl KeyRing for Iam<'_> {
    fn list<'a>(&'a self, by: &'a AccessKey) -> Boxed<'a, Result<Vec<ListedKey>, Problem>> {
        Box::pin(async move {
            let client = self.client(by);
            let answer = client
                .list_access_keys()
                .user_name(&self.user)
                .send()
                .await
                .map_err(|error| self.refused("ListAccessKeys", &error))?;
            let mut keys = Vec::new();
            for key in answer.access_key_metadata() {
                let Some(id) = key.access_key_id() else { continue };
                keys.push(ListedKey {
                    id: id.to_owned(),
                    active: key.status() == Some(&StatusType::Active),
                    created: key.create_date().and_then(time),
                    used: Self::used(&client, id).await,
                });
            }
            Ok(keys)
        })
    }

    fn create<'a>(&'a self, by: &'a AccessKey) -> Boxed<'a, Result<AccessKey, Problem>> {
        Box::pin(async move {
            let answer = self
                .client(by)
                .create_access_key()
                .user_name(&self.user)
                .send()
                .await
                .map_err(|error| self.refused("CreateAccessKey", &error))?;
            let key = answer.access_key().ok_or_else(|| {
                Problem::new(
                    ProblemKind::Failed,
                    ProblemCode::Aws(Service::Iam, AwsProblem::IncompleteAnswer),
                    "IAM's response doesn't contain an access key",
                )
                .hint("check AWS_ENDPOINT_URL_IAM")
            })?;
            AccessKey::new(key.access_key_id(), key.secret_access_key())
        })
    }

    fn deactivate<'a>(&'a self, id: &'a str, by: &'a AccessKey) -> Boxed<'a, Result<(), Problem>> {
        Box::pin(async move {
            let sent = self
                .client(by)
                .update_access_key()
                .user_name(&self.user)
                .access_key_id(id)
                .status(StatusType::Inactive)
                .send()
                .await;
            unless_gone(sent.map(drop).map_err(|error| self.refused("UpdateAccessKey", &error)))
        })
    }

    fn delete<'a>(&'a self, id: &'a str, by: &'a AccessKey) -> Boxed<'a, Result<(), Problem>> {
        Box::pin(async move {
            let sent = self.client(by).delete_access_key().user_name(&self.user).access_key_id(id).send().await;
            unless_gone(sent.map(drop).map_err(|error| self.refused("DeleteAccessKey", &error)))
        })
    }

    fn caller<'a>(&'a self, key: &'a AccessKey) -> Boxed<'a, Result<String, Problem>> {
        Box::pin(async move {
            let caller = self.sts.get_caller_identity(&self.at, &key.keys()).await;
            Ok(caller.map_err(|error| about_the_user(&self.context.name, false, error.into()))?.arn)
        })
    }
}

fn unless_gone(sent: Result<(), Problem>) -> Result<(), Problem> {
    match sent {
        Err(problem) if problem.code == ProblemCode::Aws(Service::Iam, AwsProblem::NoSuchEntity) => Ok(()),
        sent => sent,
    }
}

/// What to do about a refusal.
fn explained(problem: Problem) -> Problem {
    match problem.code {
        ProblemCode::Aws(Service::Iam, AwsProblem::AccessDenied) => problem.hint(
            "the user needs iam:ListAccessKeys, iam:CreateAccessKey, iam:UpdateAccessKey, iam:DeleteAccessKey and \
             iam:GetAccessKeyLastUsed on itself; where the policy asks for MFA, set mfa_serial",
        ),
        // Waiting doesn't help here.
        ProblemCode::Aws(Service::Iam, AwsProblem::LimitExceeded) => Problem { kind: ProblemKind::Refused, ..problem }
            .hint("the user has two access keys: delete the one that isn't in use, then rotate again"),
        _ => problem,
    }
}

fn time(at: &aws_smithy_types::DateTime) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(at.secs(), 0)
}
