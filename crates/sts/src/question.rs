//! STS's operations that only answer a question: who am I, whose key is this, why was I denied.

use aws_sdk_sts::operation::RequestId;

use super::denial::Denial;
use super::error::ExchangeError;
use super::grant::incomplete;
use super::sts::{Call, Sts};
use super::{Caller, StsRegions, limits};
use daypass_core::credentials::Keys;
use daypass_core::names::AccountId;

impl Sts {
    /// `GetCallerIdentity`, which needs no permission
    /// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>).
    ///
    /// # Errors
    ///
    /// As for an exchange; expired credentials are [`ExchangeError::NeedsSignIn`] with code `ExpiredToken`.
    pub async fn get_caller_identity(&self, at: &StsRegions, keys: &Keys) -> Result<Caller, ExchangeError> {
        let call = call("GetCallerIdentity", None, at, keys);
        let answered = self.ask(&call, |client| async move { client.get_caller_identity().send().await }).await?;
        let output = &answered.output;
        Ok(Caller {
            account: output.account().ok_or_else(|| incomplete(&answered, "account"))?.to_owned(),
            arn: output.arn().ok_or_else(|| incomplete(&answered, "ARN"))?.to_owned(),
            user_id: output.user_id().unwrap_or_default().to_owned(),
            request_id: output.request_id().map(str::to_owned),
            clock_skew: answered.clock_skew,
        })
    }

    /// `GetAccessKeyInfo` (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>): the
    /// account of an access key, whether or not the key still works. Needs `sts:GetAccessKeyInfo`.
    ///
    /// # Errors
    ///
    /// A [`LimitError`](super::LimitError) if it is not an access key id; as for an exchange.
    pub async fn get_access_key_info(
        &self,
        at: &StsRegions,
        keys: &Keys,
        access_key_id: &str,
    ) -> Result<AccountId, ExchangeError> {
        let access_key_id = access_key_id.trim();
        limits::access_key_id(access_key_id)?;
        let call = call("GetAccessKeyInfo", Some(access_key_id), at, keys);
        let answered = self
            .ask(&call, |client| async move { client.get_access_key_info().access_key_id(access_key_id).send().await })
            .await?;
        let account = answered.output.account().and_then(|account| account.parse().ok());
        account.ok_or_else(|| incomplete(&answered, "account"))
    }

    /// `DecodeAuthorizationMessage`
    /// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>): why a request was
    /// denied. `text` is the encoded message, or a whole error with it. Needs `sts:DecodeAuthorizationMessage`.
    ///
    /// # Errors
    ///
    /// A [`LimitError`](super::LimitError) if it cannot be an encoded message; as for an exchange.
    pub async fn decode_authorization_message(
        &self,
        at: &StsRegions,
        keys: &Keys,
        text: &str,
    ) -> Result<Denial, ExchangeError> {
        let message = Denial::encoded_in(text);
        limits::encoded_message(&message)?;
        let call = call("DecodeAuthorizationMessage", None, at, keys);
        let answered = self
            .ask(&call, |client| {
                let message = message.clone();
                async move { client.decode_authorization_message().encoded_message(message).send().await }
            })
            .await?;
        let decoded = answered.output.decoded_message().and_then(Denial::read);
        decoded.ok_or_else(|| incomplete(&answered, "readable message"))
    }
}

fn call<'a>(operation: &'static str, subject: Option<&str>, at: &'a StsRegions, keys: &'a Keys) -> Call<'a> {
    Call { operation, subject: subject.map(str::to_owned), at, keys: Some(keys), once: false }
}
