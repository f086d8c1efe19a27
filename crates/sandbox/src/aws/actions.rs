//! The STS actions, which turn parameters into a result element.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html>

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use secrecy::ExposeSecret;

use super::{
    fault::Fault,
    held::{Caller, Credentials, Principal},
    limits::Limits,
    shared::Shared,
    sigv4::Received,
    xml::Xml,
};
use crate::params::Params;

/// A result and the access key that it concerns.
pub(crate) struct Done {
    pub(crate) result: Xml,
    pub(crate) access_key_id: String,
}

/// One call, with everything its action may need.
pub(crate) struct Call<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) request: Received<'a>,
    pub(crate) params: &'a Params,
    pub(crate) now: DateTime<Utc>,
}

impl Call<'_> {
    pub(crate) async fn answer(&self, action: &str, version: &str) -> Result<Done, Fault> {
        match action {
            "AssumeRole" => self.assume_role(),
            "AssumeRoleWithSAML" => self.assume_role_with_saml(),
            "AssumeRoleWithWebIdentity" => self.assume_role_with_web_identity().await,
            "AssumeRoot" => self.assume_root(),
            "DecodeAuthorizationMessage" => self.decode_authorization_message(),
            "GetAccessKeyInfo" => self.get_access_key_info(),
            "GetCallerIdentity" => self.get_caller_identity(),
            "GetFederationToken" => self.get_federation_token(),
            "GetSessionToken" => self.get_session_token(),
            _ => Err(Fault::no_such_action(action, version)),
        }
    }

    fn get_caller_identity(&self) -> Result<Done, Fault> {
        let Caller { access_key_id, principal, .. } = self.caller()?;
        let result = Xml::default()
            .text("Arn", &principal.arn())
            .text("UserId", &principal.user_id())
            .text("Account", principal.account());
        Ok(Done { result, access_key_id })
    }

    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>
    fn get_access_key_info(&self) -> Result<Done, Fault> {
        let caller = self.caller()?;
        let id = self.params.get("AccessKeyId");
        let mut limits = Limits::default();
        limits.present("accessKeyId", id);
        limits.length("accessKeyId", id, 16, 128);
        limits.check()?;
        let account = self.shared.keys.account_of(id.unwrap_or_default());
        let account = account.ok_or_else(|| Fault::validation("The access key id is not one of the sandbox's."))?;
        Ok(Done { result: Xml::default().text("Account", &account), access_key_id: caller.access_key_id })
    }

    pub(super) fn caller(&self) -> Result<Caller, Fault> {
        self.known_here(self.shared.keys.authenticate(self.request, self.now)?)
    }

    pub(super) fn issue(&self, principal: Principal, seconds: i64) -> Credentials {
        let cap = self.shared.panel.read().lifetime_seconds.map_or(seconds, i64::from);
        self.shared.keys.issue(principal, self.now, TimeDelta::seconds(seconds.min(cap)))
    }
}

pub(super) fn credentials_xml(credentials: &Credentials) -> Xml {
    Xml::default()
        .text("AccessKeyId", &credentials.access_key_id)
        .text("SecretAccessKey", credentials.secret_access_key.expose_secret())
        .text("SessionToken", credentials.session_token.expose_secret())
        .text("Expiration", &credentials.expiration.to_rfc3339_opts(SecondsFormat::Secs, true))
}
