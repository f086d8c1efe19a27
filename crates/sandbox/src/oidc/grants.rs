//! Everything that the provider remembers: sign-ins in progress, codes, sessions and their tokens. It keeps only
//! digests of tokens.

use std::collections::{BTreeSet, HashMap};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

use super::error::OauthError;
use crate::random::{self, Digest};
use crate::sign_in::Pending;

/// RFC 6749, section 4.1.2 recommends at most ten minutes. Clients redeem codes immediately.
const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(1);

/// A valid authorization request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) challenge: String,
    pub(super) scope: BTreeSet<String>,
    pub(super) login_hint: Option<String>,
}

/// A person's sign-in and all tokens from it.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) sid: String,
    pub(super) username: String,
    pub(super) scope: BTreeSet<String>,
    pub(super) auth_time: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub(super) struct Grants {
    /// Requests that wait for the person to answer the page.
    pub(super) pending: Pending<Request>,
    codes: HashMap<Digest, Code>,
    sessions: HashMap<String, Session>,
    refresh: HashMap<Digest, RefreshToken>,
    access: HashMap<Digest, (String, DateTime<Utc>)>,
}

#[derive(Debug)]
struct Code {
    request: Request,
    sid: String,
    ends: DateTime<Utc>,
    spent: bool,
}

#[derive(Debug)]
struct RefreshToken {
    sid: String,
    spent: bool,
}

impl Grants {
    /// The person agreed. Starts a session and issues a code for it.
    pub(super) fn agree(&mut self, transaction: &str, username: &str, now: DateTime<Utc>) -> Option<(Request, String)> {
        let request = self.pending.take(transaction, now)?;
        let session = Session {
            sid: random::token(),
            username: username.to_owned(),
            scope: request.scope.clone(),
            auth_time: now,
        };
        let code = random::authorization_code();
        self.codes.retain(|_, code| code.ends > now);
        self.codes.insert(
            Digest::of(&code),
            Code { request: request.clone(), sid: session.sid.clone(), ends: now + CODE_LIFETIME, spent: false },
        );
        self.sessions.insert(session.sid.clone(), session);
        Some((request, code))
    }

    /// Redeems a code once. A second try means that it leaked, so all tokens from it are revoked (RFC 6749, section
    /// 4.1.2).
    pub(super) fn redeem(
        &mut self,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
        now: DateTime<Utc>,
    ) -> Result<(Session, Option<String>), OauthError> {
        let refused = |why| Err(OauthError::new("invalid_grant", why));
        let Some(code) = self.codes.get_mut(&Digest::of(code)).filter(|code| code.ends > now) else {
            return refused("The code is unknown or has expired.");
        };
        if code.spent {
            let sid = code.sid.clone();
            self.end(&sid);
            return refused("The code was already used. All tokens from it are revoked.");
        }
        if code.request.redirect_uri != redirect_uri {
            return refused("redirect_uri differs from the one in the authorization request.");
        }
        if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != code.request.challenge {
            return refused("code_verifier does not match the code_challenge.");
        }
        code.spent = true;
        let (sid, nonce) = (code.sid.clone(), code.request.nonce.clone());
        let Some(session) = self.sessions.get(&sid) else {
            return refused("The session has ended.");
        };
        Ok((session.clone(), nonce))
    }

    /// Redeems a refresh token. If a used one comes back, two parties have it, so the whole family is revoked (RFC
    /// 9700, section 4.14.2).
    pub(super) fn spend(&mut self, token: &str) -> Result<Session, OauthError> {
        let refused = |why| Err(OauthError::new("invalid_grant", why));
        let Some(found) = self.refresh.get_mut(&Digest::of(token)) else {
            return refused("The refresh token is unknown, or its session has ended.");
        };
        let sid = found.sid.clone();
        if std::mem::replace(&mut found.spent, true) {
            self.end(&sid);
            return refused("The refresh token was already used. All tokens of its session are revoked.");
        }
        match self.sessions.get(&sid) {
            Some(session) => Ok(session.clone()),
            None => refused("The session has ended."),
        }
    }

    pub(super) fn new_refresh_token(&mut self, sid: &str) -> String {
        let token = random::token();
        self.refresh.insert(Digest::of(&token), RefreshToken { sid: sid.to_owned(), spent: false });
        token
    }

    pub(super) fn new_access_token(&mut self, sid: &str, now: DateTime<Utc>, lifetime: TimeDelta) -> String {
        let token = random::token();
        self.access.retain(|_, (_, ends)| *ends > now);
        self.access.insert(Digest::of(&token), (sid.to_owned(), now + lifetime));
        token
    }

    pub(super) fn session(&self, sid: &str) -> Option<&Session> {
        self.sessions.get(sid)
    }

    pub(super) fn session_of_access_token(&self, token: &str, now: DateTime<Utc>) -> Option<&Session> {
        let (sid, ends) = self.access.get(&Digest::of(token))?;
        (*ends > now).then(|| self.sessions.get(sid)).flatten()
    }

    /// The session of an access or refresh token, used or not.
    pub(super) fn sid_of_any_token(&self, token: &str) -> Option<String> {
        let digest = Digest::of(token);
        let by_refresh = self.refresh.get(&digest).map(|token| &token.sid);
        by_refresh.or(self.access.get(&digest).map(|(sid, _)| sid)).cloned()
    }

    /// Ends a session with all its tokens.
    pub(super) fn end(&mut self, sid: &str) {
        self.sessions.remove(sid);
        self.refresh.retain(|_, token| token.sid != sid);
        self.access.retain(|_, (of, _)| of != sid);
    }
}
