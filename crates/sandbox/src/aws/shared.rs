//! The state of STS, IAM and the console.

use std::{ops::Deref, sync::Arc};

use super::{
    encoded_messages::EncodedMessages, held::HeldKeys, issuers::ForeignIssuers, signin_tokens::SigninTokens,
    used_codes::UsedCodes,
};
use crate::{common::Common, oidc::Provider};

/// The state that AWS's routes share.
pub(crate) struct Shared {
    pub(crate) common: Arc<Common>,
    pub(crate) keys: Arc<HeldKeys>,
    /// AWS trusts the ID tokens of the sandbox's own provider.
    pub(crate) provider: Arc<Provider>,
    pub(crate) issuers: ForeignIssuers,
    pub(crate) signin_tokens: SigninTokens,
    pub(crate) encoded_messages: EncodedMessages,
    pub(crate) used_codes: UsedCodes,
}

impl Deref for Shared {
    type Target = Common;

    fn deref(&self) -> &Common {
        &self.common
    }
}
