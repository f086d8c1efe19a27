//! The cookies by which the sandbox's pages know a browser again.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};

/// The value of a browser's cookie.
pub(crate) fn cookie(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|line| line.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == wanted).then(|| value.to_owned())
    })
}

/// Sets a cookie for the pages below `path`. With 0 seconds, the browser forgets it.
pub(crate) fn set_cookie(response: &mut Response, name: &str, value: &str, path: &str, seconds: i64) {
    let cookie = format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
}
