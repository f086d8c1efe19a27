//! Everything that the authorization service remembers. It keeps only digests of tokens and codes.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use super::{clients::Client, refusal::Refusal};
use crate::random::{self, Digest};
use crate::sign_in::Pending;

const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(1);
/// What `slow_down` adds to the interval, for this and all later polls (RFC 8628, 3.5).
const SLOW_DOWN: TimeDelta = TimeDelta::seconds(5);
/// How long to remember expired device codes, so that they get `ExpiredTokenException`.
const REMEMBERED: TimeDelta = TimeDelta::hours(1);

/// A valid authorization request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) challenge: String,
}

/// A person's sign-in and all tokens from it.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) username: String,
    pub(super) client_id: String,
    pub(super) ends: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub(super) struct Grants {
    clients: HashMap<String, Client>,
    devices: HashMap<Digest, Device>,
    /// Requests that wait for the person to answer the page.
    pub(super) pending: Pending<Request>,
    codes: HashMap<Digest, Code>,
    sessions: HashMap<String, Session>,
    refresh: HashMap<Digest, String>,
    access: HashMap<Digest, (String, DateTime<Utc>)>,
}

#[derive(Debug)]
struct Device {
    client_id: String,
    user_code: String,
    ends: DateTime<Utc>,
    /// How long the client has to wait between two polls.
    interval: TimeDelta,
    polled_at: Option<DateTime<Utc>>,
    answer: Answer,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    Awaited,
    Allowed { session: String },
    Denied,
    Redeemed,
}

#[derive(Debug)]
struct Code {
    request: Request,
    session: String,
    ends: DateTime<Utc>,
}

impl Grants {
    pub(super) fn add_client(&mut self, id: String, client: Client, now: DateTime<Utc>) {
        self.clients.retain(|_, client| client.expires > now);
        self.clients.insert(id, client);
    }

    pub(super) fn client(&self, id: &str, now: DateTime<Utc>) -> Option<&Client> {
        self.clients.get(id).filter(|client| client.expires > now)
    }

    /// # Errors
    /// `InvalidClientException` if the client is unknown, its registration has expired, or the secret is wrong.
    pub(super) fn authenticate(&self, id: &str, secret: &str, now: DateTime<Utc>) -> Result<&Client, Refusal> {
        self.client(id, now)
            .filter(|client| client.secret.expose_secret().as_bytes().ct_eq(secret.as_bytes()).into())
            .ok_or_else(|| Refusal::invalid_client("The client is unknown, or its registration has expired."))
    }

    /// Issues a device code, and the short user code that a person compares or types.
    pub(super) fn begin_device(
        &mut self,
        client_id: &str,
        now: DateTime<Utc>,
        lifetime: TimeDelta,
        interval: TimeDelta,
    ) -> (String, String) {
        self.devices.retain(|_, device| device.ends + REMEMBERED > now);
        let (device_code, user_code) = (random::token(), random::user_code());
        self.devices.insert(
            Digest::of(&device_code),
            Device {
                client_id: client_id.to_owned(),
                user_code: user_code.clone(),
                ends: now + lifetime,
                interval,
                polled_at: None,
                answer: Answer::Awaited,
            },
        );
        (device_code, user_code)
    }

    /// The client that waits for an answer to this code.
    pub(super) fn client_of_user_code(&self, user_code: &str, now: DateTime<Utc>) -> Option<&Client> {
        let device = self.devices.values().find(|device| device.awaits(user_code, now))?;
        self.clients.get(&device.client_id)
    }

    /// Records the person's answer, which is a user name, or `None` to deny. Returns false if no client waits for it.
    pub(super) fn answer_device(
        &mut self,
        user_code: &str,
        username: Option<&str>,
        now: DateTime<Utc>,
        lifetime: TimeDelta,
    ) -> bool {
        let Some((&digest, device)) = self.devices.iter().find(|(_, device)| device.awaits(user_code, now)) else {
            return false;
        };
        let client_id = device.client_id.clone();
        let answer = match username {
            Some(username) => Answer::Allowed { session: self.open_session(username, &client_id, now, lifetime) },
            None => Answer::Denied,
        };
        if let Some(device) = self.devices.get_mut(&digest) {
            device.answer = answer;
        }
        true
    }

    /// Answers a poll. Slows it down if it comes too early, or if `rehearsed` is set.
    ///
    /// # Errors
    /// The answer while there is no token yet, or if there never will be one.
    pub(super) fn redeem_device(
        &mut self,
        device_code: &str,
        client_id: &str,
        now: DateTime<Utc>,
        rehearsed: bool,
    ) -> Result<Session, Refusal> {
        let unknown = || Refusal::invalid_grant("The device code is unknown or was already redeemed.");
        let device = self.devices.get_mut(&Digest::of(device_code)).filter(|device| device.client_id == client_id);
        let device = device.ok_or_else(unknown)?;
        let is_early = device.polled_at.replace(now).is_some_and(|at| now - at < device.interval);
        let is_live = device.ends > now && matches!(device.answer, Answer::Awaited | Answer::Allowed { .. });
        if is_live && (is_early || rehearsed) {
            device.interval += SLOW_DOWN;
            return Err(Refusal::slow_down());
        }
        match &device.answer {
            Answer::Redeemed => Err(unknown()),
            Answer::Denied => Err(Refusal::access_denied()),
            _ if device.ends <= now => Err(Refusal::expired()),
            Answer::Awaited => Err(Refusal::authorization_pending()),
            Answer::Allowed { session } => {
                let session = session.clone();
                device.answer = Answer::Redeemed;
                self.sessions.get(&session).cloned().ok_or_else(unknown)
            }
        }
    }

    /// The person agreed. Starts a session and issues a code for it.
    pub(super) fn agree(
        &mut self,
        transaction: &str,
        username: &str,
        now: DateTime<Utc>,
        lifetime: TimeDelta,
    ) -> Option<String> {
        let request = self.pending.take(transaction, now)?;
        let session = self.open_session(username, &request.client_id, now, lifetime);
        let code = random::authorization_code();
        self.codes.retain(|_, code| code.ends > now);
        self.codes.insert(Digest::of(&code), Code { request, session, ends: now + CODE_LIFETIME });
        Some(code)
    }

    /// Redeems an authorization code, once.
    ///
    /// # Errors
    /// `InvalidGrantException` if the code is unknown, used, expired or another client's, or if its redirect URI or
    /// verifier doesn't match.
    pub(super) fn redeem(
        &mut self,
        code: &str,
        client_id: &str,
        redirect_uri: &str,
        verifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Session, Refusal> {
        let unknown = || Refusal::invalid_grant("The code is unknown, was already used, or has expired.");
        let found = self.codes.get(&Digest::of(code)).filter(|code| code.ends > now);
        let found = found.filter(|code| code.request.client_id == client_id).ok_or_else(unknown)?;
        if found.request.redirect_uri != redirect_uri {
            return Err(Refusal::invalid_grant("redirectUri is not the one of the authorization request."));
        }
        if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != found.request.challenge {
            return Err(Refusal::invalid_grant("codeVerifier does not match the code_challenge."));
        }
        let session = found.session.clone();
        self.codes.remove(&Digest::of(code));
        self.sessions.get(&session).cloned().ok_or_else(unknown)
    }

    /// Redeems a refresh token. Each works once, and the answer has the next one.
    ///
    /// # Errors
    /// `InvalidGrantException` if it is unknown, used or another client's, or if its session has ended.
    pub(super) fn spend(&mut self, token: &str, client_id: &str, now: DateTime<Utc>) -> Result<Session, Refusal> {
        let spent =
            || Refusal::invalid_grant("The refresh token is unknown or was already used, or its session has ended.");
        let id = self.refresh.get(&Digest::of(token)).ok_or_else(spent)?;
        let session = self.sessions.get(id).filter(|s| s.client_id == client_id && s.ends > now);
        let session = session.cloned().ok_or_else(spent)?;
        self.refresh.remove(&Digest::of(token));
        Ok(session)
    }

    pub(super) fn new_refresh_token(&mut self, session: &str) -> String {
        let token = random::token();
        self.refresh.insert(Digest::of(&token), session.to_owned());
        token
    }

    pub(super) fn new_access_token(&mut self, session: &str, now: DateTime<Utc>, ends: DateTime<Utc>) -> String {
        let token = random::token();
        self.access.retain(|_, (_, ends)| *ends > now);
        self.access.insert(Digest::of(&token), (session.to_owned(), ends));
        token
    }

    pub(super) fn session_of_access_token(&self, token: &str, now: DateTime<Utc>) -> Option<&Session> {
        let (session, ends) = self.access.get(&Digest::of(token))?;
        (*ends > now).then(|| self.sessions.get(session)).flatten()
    }

    /// Ends a session with all its tokens.
    pub(super) fn end(&mut self, session: &str) {
        self.sessions.remove(session);
        self.refresh.retain(|_, of| of != session);
        self.access.retain(|_, (of, _)| of != session);
    }

    fn open_session(&mut self, username: &str, client_id: &str, now: DateTime<Utc>, lifetime: TimeDelta) -> String {
        self.sessions.retain(|_, session| session.ends > now);
        let session = Session {
            id: random::token(),
            username: username.to_owned(),
            client_id: client_id.to_owned(),
            ends: now + lifetime,
        };
        let id = session.id.clone();
        self.sessions.insert(id.clone(), session);
        id
    }
}

impl Device {
    fn awaits(&self, user_code: &str, now: DateTime<Utc>) -> bool {
        self.answer == Answer::Awaited && self.ends > now && self.user_code == user_code
    }
}
