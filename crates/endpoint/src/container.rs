//! Credentials as containers get them: a GET with the consumer's token.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>

use std::sync::Arc;

use daypass_deliver::container::ContainerCredentials;
use hyper::header;
use hyper::{Method, Request, Response, StatusCode};

use crate::answer::{json, turned_away};
use crate::consumer::{Admission, Consumer};
use crate::name::ConsumerName;
use crate::token::TokenDigest;
use crate::variables::TOKEN_VARIABLE;
use crate::visit::Visit;

/// Where a consumer finds its credentials.
pub(crate) fn path(name: &ConsumerName) -> String {
    format!("/credentials/{name}")
}

pub(crate) async fn answer(
    consumers: &[Arc<Consumer>],
    visit: &Visit,
    request: &Request<impl Sized>,
) -> Response<String> {
    let consumer = match admit(consumers, request) {
        Ok(consumer) => consumer,
        Err(refused) => return refused,
    };
    match visit.credentials(consumer, request).await {
        Ok(credentials) => json(StatusCode::OK, &ContainerCredentials::from(credentials)),
        Err(refused) => refused,
    }
}

fn admit<'a>(
    consumers: &'a [Arc<Consumer>],
    request: &Request<impl Sized>,
) -> Result<&'a Arc<Consumer>, Response<String>> {
    let consumer = of_token(consumers, request)?;
    if request.uri().path() != path(consumer.name()) {
        let words = format!("this token's credentials are at {}", path(consumer.name()));
        return Err(turned_away(StatusCode::NOT_FOUND, "NotFound", &words));
    }
    if request.method() != Method::GET {
        return Err(turned_away(StatusCode::METHOD_NOT_ALLOWED, "WrongMethod", "send a GET request"));
    }
    Ok(consumer)
}

fn of_token<'a>(
    consumers: &'a [Arc<Consumer>],
    request: &Request<impl Sized>,
) -> Result<&'a Arc<Consumer>, Response<String>> {
    let mut tokens = request.headers().get_all(header::AUTHORIZATION).iter();
    let (Some(token), None) = (tokens.next(), tokens.next()) else { return Err(wrong_token()) };
    let given = TokenDigest::of(token.as_bytes());
    // All of them, so that the time doesn't tell which.
    let admissions: Vec<Admission> = consumers.iter().map(|consumer| consumer.admits(&given)).collect();
    let at = |wanted| admissions.iter().position(|admission| *admission == wanted);
    if let Some(consumer) = at(Admission::Admitted).and_then(|at| consumers.get(at)) {
        return Ok(consumer);
    }
    match at(Admission::Revoked) {
        Some(_) => Err(turned_away(StatusCode::UNAUTHORIZED, "Revoked", "Daypass: this token was revoked")),
        None => Err(wrong_token()),
    }
}

fn wrong_token() -> Response<String> {
    let words = format!("the request needs the token in {TOKEN_VARIABLE} as its Authorization header");
    turned_away(StatusCode::UNAUTHORIZED, "WrongToken", &words)
}
