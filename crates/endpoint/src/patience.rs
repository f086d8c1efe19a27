//! How long a client waits for a response, and how to keep it waiting.
//!
//! A request that needs a sign-in is held for the person, but SDKs hang up on an endpoint that is silent, and what they
//! show then isn't why. So it depends on the reader (measured with botocore 1.43, the SDKs for JavaScript 3.1175, Go
//! 1.17 and Rust 1.13, and the C runtime 0.36; read in the documentation of the others):
//!
//! - botocore, and with it the AWS CLI, waits 2 s for each read and asks three times. `100 Continue` is a read, and every
//!   client of HTTP/1.1 has to pass over it (RFC 9110, 15.2), so that keeps it waiting.
//! - The SDKs for JavaScript 3 and Go, and the C runtime (C++), wait by themselves. Go accepts at most five such
//!   answers.
//! - The SDK for Rust waits 5 s for the answer, whatever comes before, and asks three times. It sends no name, as the one
//!   for JavaScript, and shows the reason in no case.
//! - Java and PHP wait 1 s. These and what we don't know get the reason before that.

use std::time::Duration;

use hyper::header::{self, HeaderMap};
use hyper::{Request, Version};

/// How long the person may take.
const FOR_PERSON: Duration = Duration::from_secs(120);

/// Shorter than any SDK waits.
const FOR_OTHERS: Duration = Duration::from_millis(900);

/// How one reader waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// How long its request is held.
    pub(crate) hold: Duration,
    /// Whether it has to hear something meanwhile.
    pub(crate) beats: bool,
}

impl Patience {
    pub(crate) fn of(request: &Request<impl Sized>) -> Self {
        let patience = Self::of_reader(request.headers());
        Self { beats: patience.beats && request.version() == Version::HTTP_11, ..patience }
    }

    fn of_reader(headers: &HeaderMap) -> Self {
        let Some(name) = headers.get(header::USER_AGENT) else { return Self { hold: FOR_PERSON, beats: false } };
        let name = name.to_str().unwrap_or_default().to_ascii_lowercase();
        let is = |reader: &str| name.starts_with(reader);
        if is("python-urllib3") || is("botocore") || is("boto3") || is("aws-cli") {
            Self { hold: FOR_PERSON, beats: true }
        } else if is("aws-sdk-go") || is("go-http-client") || is("aws-sdk-crt") || is("aws-sdk-js") {
            Self { hold: FOR_PERSON, beats: false }
        } else {
            Self { hold: FOR_OTHERS, beats: false }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_reader_is_held_as_long_as_it_waits() {
        let of = |name: Option<&str>| {
            let mut request = Request::builder().version(Version::HTTP_11);
            if let Some(name) = name {
                request = request.header("user-agent", name);
            }
            let Patience { hold, beats } = Patience::of(&request.body(()).unwrap());
            (hold, beats)
        };
        assert_eq!(of(Some("python-urllib3/2.8.0")), (FOR_PERSON, true));
        assert_eq!(of(None), (FOR_PERSON, false));
        assert_eq!(of(Some("aws-sdk-crt/ecs-credentials-provider")), (FOR_PERSON, false));
        assert_eq!(of(Some("Go-http-client/1.1")), (FOR_PERSON, false));
        assert_eq!(of(Some("aws-sdk-java/2.20")), (FOR_OTHERS, false));
        let old =
            Request::builder().version(Version::HTTP_10).header("user-agent", "python-urllib3/1").body(()).unwrap();
        assert!(!Patience::of(&old).beats, "HTTP/1.0 doesn't support that response");
    }
}
