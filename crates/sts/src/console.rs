//! The console's sign-in URL for a session.
//!
//! It follows AWS's guide for custom identity brokers
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html>):
//! the credentials get a sign-in token, and the token gets a URL. Credentials go in the body of a POST, because a query
//! would end up in the logs of every proxy on the way.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;
use url::Url;

use daypass_core::console::Destination;
use daypass_core::credentials::SessionCredentials;
use daypass_core::names::{ConsoleDuration, Partition, Region, Target};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_http::{CA_SETTING, Http, Trouble, Unanswered};

/// The name that the console shows when its session ends. Not a URL, because we don't have a page to sign in again.
const ISSUER: &str = "daypass";

/// Whether the federation endpoint takes the credentials of such a target. It takes those of roles (`AssumeRole*`, and
/// what Identity Center and Cognito give, which are roles' too) and of federated users (`GetFederationToken`). It takes
/// none of `GetSessionToken`
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html>: "SSO to the console is not
/// allowed"), and AssumeRoot is for the tasks of its policy: no console is documented for it.
///
/// # Errors
///
/// [`ConsoleError::NotForUsers`], [`ConsoleError::NotForRoot`].
pub fn admits(target: &Target) -> Result<(), ConsoleError> {
    match target {
        Target::User(_) => Err(ConsoleError::NotForUsers { target: target.clone() }),
        Target::Root(_) => Err(ConsoleError::NotForRoot { target: target.clone() }),
        Target::Role(_) | Target::FederatedUser(_) | Target::IdentityPool(_) => Ok(()),
    }
}

/// An address that signs a browser in. For 15 minutes, it gives the session to anyone who has it: never log it.
#[derive(Clone)]
pub struct SignInUrl(SecretString);

impl SignInUrl {
    /// The address, to open in a browser or to copy.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for SignInUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignInUrl(..)")
    }
}

/// How the console is opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Opening {
    /// How long it stays signed in (`SessionDuration`). `None` for as long as the credentials last. AWS takes none with
    /// the credentials of a chained role or a federated user.
    pub duration: Option<ConsoleDuration>,
    /// Logs the browser out first.
    pub log_out_first: bool,
}

/// Whether the console can stay signed in for another time than its credentials.
///
/// # Errors
///
/// [`ConsoleError::NoDuration`].
pub fn admits_duration(target: &Target, is_chained: bool) -> Result<(), ConsoleError> {
    let whose = match target {
        Target::FederatedUser(_) => "a federated user",
        _ if is_chained => "a role that another role assumes",
        _ => return Ok(()),
    };
    Err(ConsoleError::NoDuration { target: target.clone(), whose })
}

/// Gets the sign-in URL for a session's credentials. `endpoint` replaces the partition's own
/// (`AWS_ENDPOINT_URL_SIGNIN`).
///
/// # Errors
///
/// See [`ConsoleError`].
pub async fn sign_in_url(
    http: &Http,
    endpoint: Option<&Url>,
    credentials: &SessionCredentials,
    destination: &Destination,
    opening: Opening,
) -> Result<SignInUrl, ConsoleError> {
    let region = destination.region();
    let federation = signin_url(endpoint, region, None, "federation")?;
    let log_out = match opening.log_out_first {
        // A region's own host, because the global one doesn't lead on, and only this region's does in partition aws.
        true => Some(signin_url(endpoint, region, Some(first_region(region)), "oauth")?),
        false => None,
    };
    let session = SecretString::from(
        serde_json::json!({
            "sessionId": credentials.access_key_id,
            "sessionKey": credentials.secret_access_key.expose_secret(),
            "sessionToken": credentials.session_token.expose_secret(),
        })
        .to_string(),
    );
    let seconds = opening.duration.map(|d| d.seconds().to_string());
    let mut form = vec![("Action", "getSigninToken"), ("Session", session.expose_secret())];
    if let Some(seconds) = &seconds {
        form.push(("SessionDuration", seconds));
    }
    let answer = http.post_form(&federation, &form).await.map_err(ConsoleError::Unreachable)?;
    let url = federation.to_string();
    if answer.status != 200 {
        return Err(ConsoleError::Refused { url, status: answer.status, with_duration: opening.duration.is_some() });
    }
    let token: TokenAnswer =
        serde_json::from_slice(&answer.body).map_err(|_| ConsoleError::Unreadable { url: url.clone() })?;
    if token.signin_token.is_empty() {
        return Err(ConsoleError::Unreadable { url });
    }
    let mut login = federation;
    login
        .query_pairs_mut()
        .append_pair("Action", "login")
        .append_pair("Issuer", ISSUER)
        .append_pair("Destination", destination.url().as_str())
        .append_pair("SigninToken", &token.signin_token);
    let Some(mut first) = log_out else { return Ok(SignInUrl(String::from(login).into())) };
    let login = SecretString::from(String::from(login));
    first.query_pairs_mut().append_pair("Action", "logout").append_pair("redirect_uri", login.expose_secret());
    Ok(SignInUrl(String::from(first).into()))
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(rename = "SigninToken")]
    signin_token: String,
}

/// The region of a partition whose sign-in every browser session begins at.
fn first_region(region: &Region) -> Region {
    Partition::of_region(region).default_region()
}

/// An address of the console's sign-in, at the host of a region if one is given.
fn signin_url(endpoint: Option<&Url>, region: &Region, at: Option<Region>, path: &str) -> Result<Url, ConsoleError> {
    let partition = Partition::of_region(region);
    let text = match endpoint {
        Some(url) => {
            let base = url.as_str().trim_end_matches('/');
            format!("{}/{path}", base.strip_suffix("/federation").unwrap_or(base))
        }
        None => {
            let host = partition.signin_host().ok_or(ConsoleError::NoConsole { partition })?;
            let at = at.or_else(|| partition.signs_in_by_region().then(|| region.clone()));
            let at = at.map(|region| format!("{region}.")).unwrap_or_default();
            format!("https://{at}{host}/{path}")
        }
    };
    text.parse().map_err(|_| ConsoleError::NoConsole { partition })
}

/// Why a sign-in URL isn't available.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConsoleError {
    /// The credentials would be of GetSessionToken.
    #[error("the console doesn't accept an IAM user's session ({target}, from GetSessionToken)")]
    NotForUsers {
        /// The user.
        target: Target,
    },
    /// The credentials would be of AssumeRoot.
    #[error("the console doesn't accept a root session ({target}, from AssumeRoot)")]
    NotForRoot {
        /// The root.
        target: Target,
    },
    /// The credentials would be of a chained role or a federated user.
    #[error("you can't set a duration for the console of {target}, because its credentials are from {whose}")]
    NoDuration {
        /// The role or the federated user.
        target: Target,
        /// What it is.
        whose: &'static str,
    },
    /// AWS publishes no console for this partition.
    #[error("partition {partition} doesn't have a public console")]
    NoConsole {
        /// The partition.
        partition: Partition,
    },
    /// The federation endpoint does not answer.
    #[error("the console's sign-in didn't answer: {0}")]
    Unreachable(Unanswered),
    /// The federation endpoint refused. It doesn't say why.
    #[error("the console's sign-in at {url} refused the session (HTTP status {status})")]
    Refused {
        /// The address.
        url: String,
        /// HTTP status.
        status: u16,
        /// Whether it was asked for a duration.
        with_duration: bool,
    },
    /// The answer has no sign-in token.
    #[error("the console's sign-in at {url} answered without a sign-in token")]
    Unreadable {
        /// The address.
        url: String,
    },
}

impl From<ConsoleError> for Problem {
    fn from(error: ConsoleError) -> Self {
        let message = error.to_string();
        let (kind, code, hint) = match &error {
            ConsoleError::NotForUsers { .. } => (
                ProblemKind::Refused,
                ProblemCode::ConsoleNotForUsers,
                "open it as a role that this user may assume (declare one with the same identity), or sign in at the \
                 console with the user's own name and password"
                    .to_owned(),
            ),
            ConsoleError::NotForRoot { .. } => (
                ProblemKind::Refused,
                ProblemCode::ConsoleNotForRoot,
                "such a session is only for the calls that its task policy allows: make them with the AWS CLI. Open \
                 the console as a role of that account instead"
                    .to_owned(),
            ),
            ConsoleError::NoDuration { .. } => (
                ProblemKind::Invalid,
                ProblemCode::TermNotPossible,
                "leave the duration out: the console stays signed in as long as the credentials last. Nothing was sent to \
                 AWS"
                    .to_owned(),
            ),
            ConsoleError::NoConsole { .. } => (
                ProblemKind::Invalid,
                ProblemCode::NoConsole,
                "AWS publishes no console address for this partition, so Daypass can't open one: use the session's \
                 profile with tools. Nothing was sent"
                    .to_owned(),
            ),
            ConsoleError::Unreachable(Unanswered { trouble, .. }) => {
                let kind = if trouble.is_passing() { ProblemKind::Passing } else { ProblemKind::Invalid };
                let code = match trouble {
                    Trouble::Certificate(_) => ProblemCode::ConsoleCertificateUntrusted,
                    _ => ProblemCode::ConsoleUnreachable,
                };
                (kind, code, trouble.hint(CA_SETTING))
            }
            ConsoleError::Refused { status, .. } if daypass_http::is_passing_status(*status) => {
                (ProblemKind::Passing, ProblemCode::ConsoleOutOfOrder, "try again in a moment".to_owned())
            }
            ConsoleError::Refused { with_duration: true, .. } => (
                ProblemKind::Refused,
                ProblemCode::ConsoleRefused,
                "leave the duration out: AWS takes none with the credentials of a role that another role assumes. If it \
                 is refused without one too, renew the session"
                    .to_owned(),
            ),
            ConsoleError::Refused { .. } => (
                ProblemKind::Refused,
                ProblemCode::ConsoleRefused,
                "the credentials may have expired, or be of a kind that the console doesn't accept: renew the session"
                    .to_owned(),
            ),
            ConsoleError::Unreadable { .. } => (
                ProblemKind::Failed,
                ProblemCode::ConsoleUnreadableAnswer,
                "check AWS_ENDPOINT_URL_SIGNIN, and whether a proxy answers instead".to_owned(),
            ),
        };
        Problem::new(kind, code, message).hint(hint)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use daypass_core::console::Asked;
    use daypass_http::fake::{Fake, Reply};

    fn credentials() -> SessionCredentials {
        SessionCredentials::new("ASIA1", "PLANTED-KEY", "PLANTED/+=", "2026-11-22T11:00:00Z".parse().unwrap()).unwrap()
    }

    fn to(region: &str, service: Option<&str>) -> Destination {
        let region: Region = region.parse().unwrap();
        let asked = Asked { service, ..Asked::default() };
        Destination::find(Partition::of_region(&region), &"111122223333".parse().unwrap(), &region, asked).unwrap()
    }

    async fn ask(fake: &Fake, duration: Option<ConsoleDuration>) -> Result<SignInUrl, ConsoleError> {
        open(fake, Opening { duration, log_out_first: false }).await
    }

    async fn open(fake: &Fake, opening: Opening) -> Result<SignInUrl, ConsoleError> {
        let endpoint = fake.url.parse().unwrap();
        let destination = to("eu-central-1", Some("s3"));
        sign_in_url(
            &Http::over(&daypass_http::Network::plain(), None).unwrap(),
            Some(&endpoint),
            &credentials(),
            &destination,
            opening,
        )
        .await
    }

    #[tokio::test]
    async fn credentials_go_in_the_body_and_only_the_token_in_the_url() {
        let fake = Fake::start(|_, _| Reply::json(&serde_json::json!({"SigninToken": "t&=t"}))).await;
        let url = ask(&fake, Some("1h".parse().unwrap())).await.unwrap();
        assert!(!format!("{url:?}").contains("t&"), "{url:?}");
        let parsed: Url = url.expose().parse().unwrap();
        let query: Vec<_> = parsed.query_pairs().into_owned().collect();
        let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
        assert_eq!(parsed.path(), "/federation");
        assert_eq!(
            query,
            [
                pair("Action", "login"),
                pair("Issuer", "daypass"),
                pair("Destination", "https://eu-central-1.console.aws.amazon.com/s3/home?region=eu-central-1"),
                pair("SigninToken", "t&=t"),
            ]
        );
        let (line, body) = fake.seen.lock().unwrap()[0].clone();
        assert_eq!(line, "POST /federation");
        let fields: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        assert_eq!(fields[0], pair("Action", "getSigninToken"));
        let session: serde_json::Value = serde_json::from_str(&fields[1].1).unwrap();
        assert_eq!(session["sessionToken"], "PLANTED/+=");
        assert_eq!(fields[2], pair("SessionDuration", "3600"));

        ask(&fake, None).await.unwrap();
        assert!(!fake.seen.lock().unwrap()[1].1.contains("SessionDuration"));
    }

    #[tokio::test]
    async fn refusals_say_what_and_never_show_the_session() {
        for (reply, code, kind) in [
            ((400, ""), ProblemCode::ConsoleRefused, ProblemKind::Refused),
            ((503, ""), ProblemCode::ConsoleOutOfOrder, ProblemKind::Passing),
            ((200, "<html>"), ProblemCode::ConsoleUnreadableAnswer, ProblemKind::Failed),
            ((200, "{\"SigninToken\":\"\"}"), ProblemCode::ConsoleUnreadableAnswer, ProblemKind::Failed),
            ((302, ""), ProblemCode::ConsoleRefused, ProblemKind::Refused),
        ] {
            let fake = Fake::start(move |_, _| Reply::with(reply.0, "text/html", reply.1)).await;
            let error = ask(&fake, None).await.unwrap_err();
            let problem = Problem::from(error.clone());
            assert_eq!((problem.code, problem.kind), (code, kind));
            assert!(!format!("{error:?}{problem:?}").contains("PLANTED"));
        }
    }

    #[tokio::test]
    async fn a_browser_is_logged_out_on_the_way() {
        let fake = Fake::start(|_, _| Reply::json(&serde_json::json!({"SigninToken": "t&=t"}))).await;
        let url: Url =
            open(&fake, Opening { duration: None, log_out_first: true }).await.unwrap().expose().parse().unwrap();
        assert_eq!(url.path(), "/oauth");
        let query: Vec<_> = url.query_pairs().into_owned().collect();
        assert_eq!(query[0], ("Action".to_owned(), "logout".to_owned()));
        let onward: Url = query[1].1.parse().unwrap();
        assert_eq!((query[1].0.as_str(), onward.path()), ("redirect_uri", "/federation"));
        assert!(onward.query_pairs().any(|(name, value)| name == "SigninToken" && value == "t&=t"));

        let at_aws = |region: &str| {
            let region = region.parse().unwrap();
            signin_url(None, &region, Some(first_region(&region)), "oauth").unwrap().to_string()
        };
        assert_eq!(at_aws("eu-central-1"), "https://us-east-1.signin.aws.amazon.com/oauth");
        assert_eq!(at_aws("us-gov-east-1"), "https://us-gov-west-1.signin.amazonaws-us-gov.com/oauth");
    }

    #[test]
    fn chained_roles_and_federated_users_have_no_duration_of_their_own() {
        let asked = |arn: &str, is_chained| {
            admits_duration(&arn.parse().unwrap(), is_chained).map_err(|error| Problem::from(error).code)
        };
        let role = "arn:aws:iam::111122223333:role/Admin";
        assert_eq!(asked(role, false), Ok(()));
        assert_eq!(asked(role, true), Err(ProblemCode::TermNotPossible));
        assert_eq!(asked("arn:aws:sts::111122223333:federated-user/maya", false), Err(ProblemCode::TermNotPossible));
    }

    #[test]
    fn the_console_takes_roles_and_federated_users_only() {
        let asked = |arn: &str| admits(&arn.parse().unwrap()).map_err(|error| Problem::from(error).code);
        for arn in [
            "arn:aws:iam::111122223333:role/Admin",
            "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/Admin",
            "arn:aws:sts::111122223333:federated-user/maya",
            "arn:aws:cognito-identity:eu-central-1:111122223333:identitypool/eu-central-1:0a1b2c3d-0000-4000-8000-000000000000",
        ] {
            assert_eq!(asked(arn), Ok(()), "{arn}");
        }
        assert_eq!(asked("arn:aws:iam::111122223333:user/maya"), Err(ProblemCode::ConsoleNotForUsers));
        assert_eq!(asked("arn:aws-us-gov:iam::111122223333:root"), Err(ProblemCode::ConsoleNotForRoot));
    }

    #[test]
    fn every_partition_has_its_own_console_or_says_that_there_is_none() {
        let of = |region: &str| {
            let federation = signin_url(None, &region.parse().unwrap(), None, "federation")?;
            Ok::<_, ConsoleError>((String::from(federation), to(region, None).url().to_string()))
        };
        let (federation, destination) = of("us-gov-west-1").unwrap();
        assert_eq!(federation, "https://signin.amazonaws-us-gov.com/federation");
        assert_eq!(destination, "https://us-gov-west-1.console.amazonaws-us-gov.com/console/home?region=us-gov-west-1");
        assert_eq!(of("cn-north-1").unwrap().0, "https://signin.amazonaws.cn/federation");
        let (federation, destination) = of("eusc-de-east-1").unwrap();
        assert_eq!(federation, "https://eusc-de-east-1.signin.amazonaws-eusc.eu/federation");
        assert_eq!(destination, "https://eusc-de-east-1.console.amazonaws-eusc.eu/console/home?region=eusc-de-east-1");
        for isolated in ["us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1"] {
            let error = of(isolated).unwrap_err();
            assert!(matches!(error, ConsoleError::NoConsole { .. }), "{isolated}");
            // No variable helps: the console's own page would still be unknown.
            assert!(!Problem::from(error).hint.unwrap().contains("AWS_ENDPOINT_URL"), "{isolated}");
        }
    }
}
