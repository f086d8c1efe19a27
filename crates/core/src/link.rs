//! Links of the form `daypass://start/ROLE`. Any web page, message or file can have one, so a link only says what to
//! ask the person about: it never starts, opens or signs in by itself.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use ts_rs::TS;

use crate::console::read_place;
use crate::names::IdentityName;
use crate::problem::{Problem, ProblemCode, ProblemKind};
use crate::text;
use crate::view::{IdentityView, RoleView};

/// The scheme that desktops hand to Daypass.
pub const SCHEME: &str = "daypass";

/// Longer ones aren't read. The addresses of the console that people copy are far shorter.
const LONGEST: usize = 4096;

/// The longest text that names a role or an identity, in characters. An ARN of a role has at most 600.
const LONGEST_NAME: usize = 700;

/// What a link asks for. Nothing in it names a file, a program or a profile to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// `daypass://start/ROLE`: start a role.
    Start {
        /// A role, named as on a command line.
        role: String,
    },
    /// `daypass://console/ROLE?to=PAGE`: open the console.
    Console {
        /// A role, named as on a command line.
        role: String,
        /// A page of the console: its address, its path, or an ARN.
        to: Option<String>,
    },
    /// `daypass://sign-in/IDENTITY`: sign in.
    SignIn {
        /// The identity.
        identity: IdentityName,
    },
}

/// What the window asks the person about, because a link wants it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[ts(export)]
#[allow(clippy::large_enum_variant)]
pub enum LinkQuestion {
    /// Whether to start a role.
    Start {
        /// The role that the link means.
        role: RoleView,
    },
    /// Whether to open the console.
    Console {
        /// The role that the link means.
        role: RoleView,
        /// What the link names of the page, for [`Link::Console::to`].
        to: Option<String>,
        /// The page that would open: host and path.
        page: String,
    },
    /// Whether to sign in.
    SignIn {
        /// The identity that the link means.
        identity: IdentityView,
    },
}

/// Why a text isn't a link that Daypass follows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("Daypass doesn't follow this link: {why}")]
pub struct LinkError {
    why: String,
}

impl From<LinkError> for Problem {
    fn from(error: LinkError) -> Self {
        Self::new(ProblemKind::Invalid, ProblemCode::BadLink, error.to_string())
            .hint("a link looks like daypass://start/ROLE, daypass://console/ROLE or daypass://sign-in/IDENTITY")
    }
}

/// Whether a text is meant as a link, right or wrong.
#[must_use]
pub fn is_link(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME))
}

/// Reads a link, strictly: what isn't understood is refused and never skipped.
///
/// # Errors
///
/// [`LinkError`].
pub fn read(link: &str) -> Result<Link, LinkError> {
    if link.len() > LONGEST {
        return Err(wrong("it's too long"));
    }
    if !link.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(wrong("it contains characters that have to be encoded in an address"));
    }
    if !is_link(link) {
        return Err(wrong("it doesn't begin with daypass://"));
    }
    let rest = link[SCHEME.len() + 1..].strip_prefix("//").ok_or_else(|| wrong("two slashes belong after daypass:"))?;
    if rest.contains('#') {
        return Err(wrong("it has a fragment (#)"));
    }
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (rest, None),
    };
    let (deed, name) = path.split_once('/').unwrap_or((path, ""));
    let name = || decoded_name(name);
    // Browsers write the part before the first slash in lower case: for them it is a host.
    match deed.to_ascii_lowercase().as_str() {
        "start" => without_query(query).and_then(|()| Ok(Link::Start { role: name()? })),
        "console" => Ok(Link::Console { role: name()?, to: query.map(page).transpose()? }),
        "sign-in" => without_query(query).and_then(|()| {
            let identity = name()?.parse().map_err(|_| wrong("that isn't the name of an identity"))?;
            Ok(Link::SignIn { identity })
        }),
        other => Err(wrong(&format!("it can't ask for {:?}", text::cleaned(other, 40)))),
    }
}

fn wrong(why: &str) -> LinkError {
    LinkError { why: why.to_owned() }
}

fn without_query(query: Option<&str>) -> Result<(), LinkError> {
    match query {
        None => Ok(()),
        Some(_) => Err(wrong("it can't have anything after its question mark")),
    }
}

fn decoded(text: &str) -> Result<String, LinkError> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| wrong("it isn't UTF-8"))?;
    match matches!(text::shown(&decoded), std::borrow::Cow::Borrowed(_)) {
        true => Ok(decoded.into_owned()),
        false => Err(wrong("it has invisible characters in it")),
    }
}

fn decoded_name(text: &str) -> Result<String, LinkError> {
    let name = decoded(text.strip_suffix('/').unwrap_or(text))?;
    match name.chars().count() {
        0 => Err(wrong("it doesn't name anything")),
        1..=LONGEST_NAME if name.trim() == name => Ok(name),
        _ => Err(wrong("its name is too long, or begins or ends with a blank")),
    }
}

/// The page in a query that has nothing else.
fn page(query: &str) -> Result<String, LinkError> {
    let to = query.strip_prefix("to=").filter(|to| !to.contains('&'));
    let to = decoded(to.ok_or_else(|| wrong("only to=PAGE belongs after its question mark"))?)?;
    read_place(&to).map_err(|error| LinkError { why: error.to_string() })?;
    Ok(to)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn start(role: &str) -> Link {
        Link::Start { role: role.to_owned() }
    }

    #[test]
    fn each_form_is_read() {
        assert_eq!(read("daypass://start/shop-prod"), Ok(start("shop-prod")));
        assert_eq!(read("DAYPASS://START/shop-prod/"), Ok(start("shop-prod")));
        assert_eq!(read("daypass://start/Shop%20production%2FRead%20Only"), Ok(start("Shop production/Read Only")));
        let arn = "arn:aws:iam::111122223333:role/team/Deploy";
        assert_eq!(read(&format!("daypass://start/{arn}")), Ok(start(arn)));
        assert_eq!(read("daypass://start/%E6%9D%B1%E4%BA%AC"), Ok(start("東京")));
        let console = |to: Option<&str>| Ok(Link::Console { role: "dev".to_owned(), to: to.map(str::to_owned) });
        assert_eq!(read("daypass://console/dev"), console(None));
        let bucket = "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1";
        let encoded = "https%3A%2F%2Feu-west-1.console.aws.amazon.com%2Fs3%2Fhome%3Fregion%3Deu-west-1";
        assert_eq!(read(&format!("daypass://console/dev?to={encoded}")), console(Some(bucket)));
        assert_eq!(read("daypass://console/dev?to=arn:aws:s3:::logs"), console(Some("arn:aws:s3:::logs")));
        assert_eq!(read("daypass://sign-in/work"), Ok(Link::SignIn { identity: "work".parse().unwrap() }));
    }

    #[test]
    fn hostile_links_are_refused() {
        let long = format!("daypass://start/{}", "a".repeat(LONGEST));
        let long_name = format!("daypass://start/{}", "a".repeat(LONGEST_NAME + 1));
        for hostile in [
            "",
            "daypass:",
            "daypass://",
            "daypass:start/dev",
            "daypass:///start/dev",
            "daypass://start",
            "daypass://start/",
            "daypass://start/%20",
            "daypass://start/%20dev",
            "daypass://start/dev?",
            "daypass://start/dev?profile=default",
            "daypass://start/dev?replace=true",
            "daypass://start/dev#force",
            "daypass://start/dev\n",
            "daypass://start/d ev",
            "daypass://start/dév",
            "daypass://start/%00",
            "daypass://start/%1b%5B2J",
            "daypass://start/%E2%80%AEnimda",
            "daypass://start/%ff%fe",
            "daypass://someone@start/dev",
            "daypass://start:443/dev",
            "daypass://exec/sh",
            "daypass://remove-identity/work",
            "daypass://sign-in/work?then=start",
            "daypass://sign-in/..%2F..%2Fetc",
            "daypass://sign-in/--device",
            "daypass://console/dev?to=",
            "daypass://console/dev?to=https%3A%2F%2Fevil.example%2F",
            "daypass://console/dev?to=https%3A%2F%2Fconsole.aws.amazon.com.evil.example%2F",
            "daypass://console/dev?to=https%3A%2F%2Fconsole.aws.amazon.com%40evil.example%2F",
            "daypass://console/dev?to=http%3A%2F%2Fconsole.aws.amazon.com%2F",
            "daypass://console/dev?to=%2F%2Fevil.example",
            "daypass://console/dev?to=%2F%5Cevil.example",
            "daypass://console/dev?to=javascript%3Aalert(1)",
            "daypass://console/dev?to=file%3A%2F%2F%2Fetc%2Fpasswd",
            "daypass://console/dev?to=arn:aws:s3:::a&to=arn:aws:s3:::b",
            "daypass://console/dev?to=arn:aws:s3:::a&browser=sh",
            "daypass://console/dev?browser=sh",
            "https://start/dev",
            "xdaypass://start/dev",
            &long,
            &long_name,
        ] {
            let refused = read(hostile).map(|link| panic!("{hostile:?} is read as {link:?}")).unwrap_err();
            let problem = Problem::from(refused);
            assert_eq!(problem.code, ProblemCode::BadLink);
            assert!(problem.message.len() < 400, "{}", problem.message.len());
            assert!(!problem.message.contains(|c: char| c.is_control()), "{problem:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(daypass://(start|console|sign-in)/)?\\PC{0,60}") {
            if let Ok(Link::Start { role } | Link::Console { role, .. }) = read(&text) {
                prop_assert!(!role.is_empty() && role.chars().count() <= LONGEST_NAME);
                prop_assert!(text::shown(&role) == role.as_str());
            }
        }

        #[test]
        fn any_role_survives_in_a_link(role in "[^\\p{C}\\p{Z}]{1,60}") {
            prop_assume!(text::shown(&role) == role.as_str() && !role.ends_with('/'));
            let encoded = percent_encoding::utf8_percent_encode(&role, percent_encoding::NON_ALPHANUMERIC);
            prop_assert_eq!(read(&format!("daypass://start/{encoded}")), Ok(start(&role)));
        }
    }
}
