//! Requests to the redirect address that don't count: the response to the sender, and the message to the waiting
//! person.

use hyper::{Response, StatusCode};

use crate::local_server::{self, Unheard};
use daypass_core::text::said;
use daypass_core::view::Caution;

/// Why a request is not the expected one.
#[derive(Debug)]
pub(super) enum Refused {
    NotForUs(Response<String>),
    WrongPath {
        /// Its path, if it brings our state: then the provider sent the browser there.
        came_to: Option<String>,
    },
    WrongMethod,
    Repeated,
    WrongState {
        /// Whether it has a query at all.
        has_an_answer: bool,
    },
    NoCode,
    AlreadyTaken,
    TooLate,
}

impl Refused {
    pub(super) fn answer(self) -> Response<String> {
        let (status, words) = match self {
            Self::NotForUs(answer) => return answer,
            Self::WrongPath { .. } => (StatusCode::NOT_FOUND, "This address doesn't have a page."),
            Self::WrongMethod => (StatusCode::METHOD_NOT_ALLOWED, "This address only accepts GET requests."),
            Self::Repeated => return local_server::not_understood(),
            Self::WrongState { .. } => (
                StatusCode::FORBIDDEN,
                "This isn't the response that Daypass is waiting for. Go back to Daypass and sign in from there.",
            ),
            Self::NoCode => (StatusCode::BAD_REQUEST, "The identity provider's response is incomplete."),
            Self::AlreadyTaken => {
                (StatusCode::CONFLICT, "Daypass has already received this response. You can close this window.")
            }
            Self::TooLate => (StatusCode::GONE, "This sign-in has ended. Go back to Daypass and sign in from there."),
        };
        local_server::refusal(status, words)
    }

    /// What the person is told if it may have been their browser. Never quotes a state or a code. `uri` is the redirect
    /// address, `is_our_path` whether the request is for its path.
    pub(super) fn caution(&self, uri: &str, is_our_path: bool) -> Option<Caution> {
        let (message, hint) = match self {
            Self::WrongPath { came_to: Some(path) } => {
                let path = said(path).unwrap_or_default();
                (
                    format!("the provider sent the browser to {path}, which isn't the path of {uri}"),
                    format!("register {uri} with the provider, or set redirect_path = {path:?}"),
                )
            }
            Self::NotForUs(_) if is_our_path => (
                format!("a browser came to the sign-in's address by another name than {uri}, and was turned away"),
                format!("the browser has to reach Daypass as {uri}. If you forward a port, forward that one"),
            ),
            Self::WrongMethod if is_our_path => (
                format!("a program sent something other than a GET to {uri}, and was turned away"),
                "if that was the browser: the provider has to answer with a redirect, and not with a form (response_mode)"
                    .to_owned(),
            ),
            Self::Repeated => (
                format!("an answer came to {uri} that names a parameter twice, and was turned away"),
                "check the authorization endpoint of the provider, and a proxy in between".to_owned(),
            ),
            Self::WrongState { has_an_answer: true } => (
                format!("a browser came to {uri} with an answer to another sign-in, and was turned away"),
                "finish the sign-in in the page that Daypass opened last, and close older ones".to_owned(),
            ),
            Self::WrongState { has_an_answer: false } => (
                format!("a browser came to {uri} without an answer, and was turned away"),
                "if you just signed in: the client at the provider has to allow the authorization code flow".to_owned(),
            ),
            Self::NoCode => (
                format!("the provider's answer at {uri} has neither a code nor an error, and was turned away"),
                "the client at the provider has to allow the authorization code flow".to_owned(),
            ),
            Self::WrongPath { came_to: None }
            | Self::NotForUs(_)
            | Self::WrongMethod
            | Self::AlreadyTaken
            | Self::TooLate => return None,
        };
        Some(Caution { message, hint })
    }
}

/// The message to the person about a connection whose request wasn't checked.
pub(super) fn unheard(why: Unheard, uri: &str) -> Caution {
    let (message, hint) = match why {
        Unheard::Stranger => (
            format!("a program of another user of this machine connected to {uri}, and was turned away"),
            "if that was your browser, start it as the user who runs Daypass",
        ),
        Unheard::TooLong => (
            format!("a browser sent more than 64 kB of headers to {uri}, and was turned away"),
            "delete the browser's cookies for 127.0.0.1 and localhost, or sign in from a private window",
        ),
    };
    Caution { message, hint: hint.to_owned() }
}
