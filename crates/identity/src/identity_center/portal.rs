//! The requests to the portal with an access token, at the pace that AWS allows.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sso::types::RoleCredentials;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use chrono::DateTime;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::access::Access;
use super::center::Center;
use super::error::{CenterCall, CenterError, Reason};
use super::pace::Pace;
use daypass_core::credentials::{IssuedCredentials, SessionCredentials};
use daypass_core::names::{AccountId, Target};
use daypass_sts::SkewReader;

/// The most that AWS returns at once
/// (<https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_ListAccounts.html>).
const PAGE: i32 = 100;
/// How often a request is repeated when the service fails or can't be reached.
const RETRIES: u32 = 3;

/// A portal, as one person sees it.
#[derive(Clone)]
pub(super) struct Portal {
    pub(super) access: Access,
    pub(super) center: Center,
    pub(super) pace: Arc<Pace>,
    /// How long a throttled request is repeated.
    pub(super) patience: Duration,
}

/// An account, as the portal lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) id: AccountId,
    pub(super) name: Option<String>,
}

/// A page of a list, and what to ask for the next.
pub(super) type Page<T> = (Vec<T>, Option<String>);

impl Portal {
    /// `ListAccounts`.
    pub(super) async fn accounts(&self, next: Option<String>) -> Result<Page<Listed>, CenterError> {
        let page = self
            .ask("ListAccounts", |token| {
                let request = self.center.sso.list_accounts().access_token(token).max_results(PAGE);
                request.set_next_token(next.clone()).send()
            })
            .await?;
        let read = |account: aws_sdk_sso::types::AccountInfo| {
            let id = account.account_id.unwrap_or_default();
            let name = account.account_name.filter(|name| !name.is_empty());
            // An ID of another form can't be part of an ARN.
            id.parse().ok().map(|id| Listed { id, name })
        };
        let accounts = page.account_list.unwrap_or_default().into_iter().filter_map(read).collect();
        Ok((accounts, page.next_token.filter(|token| !token.is_empty())))
    }

    /// `ListAccountRoles`: names of permission sets.
    pub(super) async fn roles(&self, account: &AccountId, next: Option<String>) -> Result<Page<String>, CenterError> {
        let page = self
            .ask("ListAccountRoles", |token| {
                let request = self.center.sso.list_account_roles().access_token(token).account_id(account.as_str());
                request.max_results(PAGE).set_next_token(next.clone()).send()
            })
            .await
            .map_err(|error| error.about(&format!("account {account}")))?;
        let names = page.role_list.unwrap_or_default().into_iter().filter_map(|role| role.role_name).collect();
        Ok((names, page.next_token.filter(|token| !token.is_empty())))
    }

    /// `GetRoleCredentials`. The permission set decides how long they live.
    pub(super) async fn credentials(&self, target: &Target, role: &str) -> Result<IssuedCredentials, CenterError> {
        const OPERATION: &str = "GetRoleCredentials";
        let (account, clock) = (target.account(), &self.access.context.services.clock);
        let skew = SkewReader::new(Arc::clone(clock));
        let answer = self
            .ask(OPERATION, |token| {
                let request = self.center.sso.get_role_credentials().access_token(token);
                let request = request.account_id(account.as_str()).role_name(role);
                request.customize().interceptor(skew.clone()).send()
            })
            .await
            .map_err(|error| error.about(&format!("{role} in account {account}")))?;
        let request_id = aws_sdk_sso::operation::RequestId::request_id(&answer).map(str::to_owned);
        let credentials = answer.role_credentials.and_then(session_credentials);
        Ok(IssuedCredentials {
            credentials: credentials.ok_or_else(|| self.center.lacks(OPERATION, "credentials"))?,
            // The portal doesn't tell. The real role has a suffix, and the session has the name of the person's user.
            assumed_role_arn: format!(
                "arn:{}:sts::{account}:assumed-role/AWSReservedSSO_{role}_*/*",
                target.partition()
            ),
            assumed_role_id: String::new(),
            request_id,
            issued_at: clock.now(),
            clock_skew: skew.read(),
            fallback_region: None,
        })
    }

    /// `Logout`: ends the session at AWS, refresh token included.
    pub(super) async fn log_out(&self, token: &SecretString) -> Result<(), CenterError> {
        let asked = CenterCall { operation: "Logout", endpoint: &self.center.portal_endpoint };
        let request = self.center.sso.logout().access_token(token.expose_secret());
        request.send().await.map(drop).map_err(|error| CenterError::of(asked, &error))
    }

    /// Sends one request when its turn comes, with a valid token. Repeats it if that may help.
    async fn ask<T, E, F>(&self, operation: &'static str, send: impl Fn(&str) -> F) -> Result<T, CenterError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let asked = CenterCall { operation, endpoint: &self.center.portal_endpoint };
        let began = Instant::now();
        let mut token = self.access.token(None).await?;
        let (mut was_replaced, mut failures) = (false, 0);
        loop {
            self.pace.turn().await;
            let error = match send(token.expose_secret()).await {
                Ok(answer) => {
                    self.pace.went_well();
                    return Ok(answer);
                }
                Err(error) => CenterError::of(asked, &error),
            };
            match error {
                CenterError::Busy(refusal) if refusal.is_throttling() => {
                    self.pace.too_fast();
                    if began.elapsed() > self.patience {
                        return Err(CenterError::Busy(refusal));
                    }
                }
                CenterError::Refused(refusal) if refusal.reason() == Reason::Unauthorized => {
                    if was_replaced {
                        return Err(CenterError::Over(refusal));
                    }
                    token = self.access.token(Some(&token)).await?;
                    was_replaced = true;
                }
                error if error.is_passing() && failures < RETRIES => {
                    failures += 1;
                    let pause = Duration::from_millis(250) * 2_u32.pow(failures);
                    tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
                }
                error => return Err(error),
            }
        }
    }
}

fn session_credentials(given: RoleCredentials) -> Option<SessionCredentials> {
    let text = |text: Option<String>| text.filter(|text| !text.is_empty());
    let expires_at = DateTime::from_timestamp_millis(given.expiration).filter(|_| given.expiration > 0)?;
    let (id, secret) = (text(given.access_key_id)?, text(given.secret_access_key)?);
    SessionCredentials::new(id, secret, text(given.session_token)?, expires_at).ok()
}
