//! Questions to STS, asked with the keys of a running session.

use super::door::Broker;
use daypass_core::credentials::Keys;
use daypass_core::names::{AccountId, ProfileName};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_sts::{Caller, Denial, StsRegions};

/// Whether the text has an encoded message in it, as far as can be seen without AWS.
///
/// # Errors
///
/// `nothing-typed`.
pub fn has_message(text: &str) -> Result<(), Problem> {
    if Denial::may_be_in(text) {
        return Ok(());
    }
    Err(Problem::new(
        ProblemKind::Invalid,
        ProblemCode::NothingTyped,
        "this text doesn't contain an encoded authorization message",
    )
    .hint(
        "only some services send one: \"Encoded authorization failure message: ...\". Other denials name the action \
             and the kind of policy in their text",
    ))
}

impl Broker {
    /// Who AWS says a profile's session is.
    ///
    /// # Errors
    ///
    /// `unknown-session`; what STS refuses.
    pub async fn who_am_i(&self, profile: &ProfileName) -> Result<Caller, Problem> {
        let (at, keys) = self.keys_of(profile).await?;
        Ok(self.0.services.aws.sts()?.get_caller_identity(&at, &keys).await?)
    }

    /// "Why was I denied": what an encoded authorization message says. `text` may be the whole error that it came in.
    ///
    /// # Errors
    ///
    /// `unknown-session`; a text without an encoded message; what STS refuses (it needs `sts:DecodeAuthorizationMessage`).
    pub async fn explain_denial(&self, profile: &ProfileName, text: &str) -> Result<Denial, Problem> {
        has_message(text)?;
        let (at, keys) = self.keys_of(profile).await?;
        Ok(self.0.services.aws.sts()?.decode_authorization_message(&at, &keys, text).await?)
    }

    /// "Whose key is this": the account of an access key id.
    ///
    /// # Errors
    ///
    /// `unknown-session`; a text that is not an access key id; what STS refuses (it needs `sts:GetAccessKeyInfo`).
    pub async fn whose_key(&self, profile: &ProfileName, access_key_id: &str) -> Result<AccountId, Problem> {
        let (at, keys) = self.keys_of(profile).await?;
        Ok(self.0.services.aws.sts()?.get_access_key_info(&at, &keys, access_key_id).await?)
    }

    /// The keys of a session that runs, and where to ask with them.
    async fn keys_of(&self, profile: &ProfileName) -> Result<(StsRegions, Keys), Problem> {
        let credentials = self.0.sessions.fresh_credentials(profile).await?;
        let request = self.0.sessions.find(profile).ok().and_then(|_| self.0.sessions.request(profile));
        let request = request.ok_or_else(|| daypass_session::unknown_session(profile))?;
        Ok((self.0.services.aws.regions(request.role.partition(), request.region.as_ref()), credentials.keys().into()))
    }
}
