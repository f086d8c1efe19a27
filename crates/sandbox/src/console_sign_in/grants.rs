//! Everything that the service remembers: sign-ins in progress, codes, sessions and their refresh tokens. It keeps only
//! digests of codes and tokens.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

use super::{dpop::Thumbprint, refusal::Refusal};
use crate::{
    aws::Principal,
    random::{self, Digest},
    sign_in::Pending,
};

const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// A refresh with the same token gets a consistent answer for a while, as the service's model says, so that a client whose
/// answer got lost can ask again.
const REPEATABLE: TimeDelta = TimeDelta::seconds(60);

/// A valid authorization request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) state: String,
    pub(super) challenge: String,
}

/// A console session that a client may use.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) principal: Principal,
    pub(super) client_id: String,
    pub(super) ends: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub(super) struct Grants {
    /// Requests that wait for the person to answer the page.
    pub(super) pending: Pending<Request>,
    codes: HashMap<Digest, Code>,
    refresh: HashMap<Digest, RefreshToken>,
}

#[derive(Debug)]
struct Code {
    request: Request,
    principal: Principal,
    ends: DateTime<Utc>,
}

#[derive(Debug)]
struct RefreshToken {
    session: Session,
    key: Thumbprint,
    spent: Option<DateTime<Utc>>,
}

impl Grants {
    /// The person agreed, as this principal.
    pub(super) fn agree(
        &mut self,
        transaction: &str,
        principal: Principal,
        now: DateTime<Utc>,
    ) -> Option<(Request, String)> {
        let request = self.pending.take(transaction, now)?;
        let code = random::token();
        let ends = now + CODE_LIFETIME;
        self.codes.insert(Digest::of(&code), Code { request: request.clone(), principal, ends });
        Some((request, code))
    }

    /// Redeems a code, once. It is spent even if the rest of the request is wrong.
    pub(super) fn redeem(
        &mut self,
        code: &str,
        client_id: &str,
        redirect_uri: &str,
        verifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Principal, Refusal> {
        let Some(code) = self.codes.remove(&Digest::of(code)) else {
            return Err(Refusal::invalid("The authorization code is unknown or was used before."));
        };
        if code.ends <= now {
            return Err(Refusal::code_expired());
        }
        if code.request.client_id != client_id || code.request.redirect_uri != redirect_uri {
            return Err(Refusal::invalid("The client or the redirect URI differs from the authorization request."));
        }
        if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != code.request.challenge {
            return Err(Refusal::invalid("The code verifier does not match the code challenge."));
        }
        Ok(code.principal)
    }

    /// A refresh token of a session, bound to a key.
    pub(super) fn new_refresh_token(&mut self, session: Session, key: Thumbprint) -> String {
        let token = random::token();
        self.refresh.insert(Digest::of(&token), RefreshToken { session, key, spent: None });
        token
    }

    /// Redeems a refresh token of this client, with a proof of the key that it is bound to.
    pub(super) fn spend(
        &mut self,
        token: &str,
        client_id: &str,
        key: &Thumbprint,
        now: DateTime<Utc>,
    ) -> Result<Session, Refusal> {
        let Some(found) = self.refresh.get_mut(&Digest::of(token)) else {
            return Err(Refusal::invalid("The refresh token is unknown."));
        };
        if found.session.client_id != client_id || found.key != *key {
            return Err(Refusal::invalid("The refresh token was issued to another client or another key."));
        }
        if found.session.ends <= now {
            return Err(Refusal::token_expired());
        }
        if found.spent.is_some_and(|spent| spent + REPEATABLE <= now) {
            return Err(Refusal::invalid("The refresh token was used before."));
        }
        found.spent.get_or_insert(now);
        Ok(found.session.clone())
    }
}
