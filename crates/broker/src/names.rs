//! The words of AWS as types that cannot hold a wrong value. Each is parsed once, where text comes in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A text that does not have the form it must have. Says which form is expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what} {text:?} is not valid: {expected}")]
pub struct NameError {
    /// What the text was meant to be, e.g. `role ARN`.
    pub what: &'static str,
    /// The text as given, cut to 200 characters.
    pub text: String,
    /// The form that is expected, as a sentence for the person.
    pub expected: &'static str,
}

impl NameError {
    fn new(what: &'static str, text: &str, expected: &'static str) -> Self {
        Self { what, text: text.chars().take(200).collect(), expected }
    }
}

/// A newtype over a checked string: parsing, display and serde through its `check` function.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $expected:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
        #[serde(try_from = "String", into = "String")]
        #[ts(type = "string")]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text.to_owned())) } else { Err(NameError::new($what, text, $expected)) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

checked_text!(
    /// The name of an identity in `config.toml`: what the person calls it.
    IdentityName,
    "identity name",
    "use 1 to 64 letters, digits, '-', '_' or '.', beginning with a letter or digit",
    |t| (1..=64).contains(&t.len())
        && t.starts_with(|c: char| c.is_ascii_alphanumeric())
        && t.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
);

checked_text!(
    /// A 12-digit AWS account id. Leading zeros count, so it is never a number.
    AccountId,
    "account id",
    "an AWS account id has exactly 12 digits",
    |t| t.len() == 12 && t.bytes().all(|b| b.is_ascii_digit())
);

checked_text!(
    /// A region's code, e.g. `eu-central-1`. The form is checked, not the list: AWS adds regions.
    Region,
    "region",
    "a region looks like eu-central-1: lower-case letters, digits and '-', ending in a number",
    |t| (5..=32).contains(&t.len())
        && t.contains('-')
        && t.starts_with(|c: char| c.is_ascii_lowercase())
        && t.ends_with(|c: char| c.is_ascii_digit())
        && !t.contains("--")
        && t.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
);

checked_text!(
    /// The name of an AWS profile, the word between the brackets in the credentials file.
    ProfileName,
    "profile name",
    "use 1 to 128 characters without line breaks, brackets, quotes, '#', ';' or blanks at either end",
    |t| t.len() <= 128
        && !t.contains(['[', '"', '\'', '#', ';', '\\'])
        // U+2028 and its like end a line for some readers.
        && !t.contains(|c: char| c != ' ' && c.is_whitespace())
        && aws_files::ProfileName::parse(t).is_ok()
);

checked_text!(
    /// `RoleSessionName`: 2 to 64 characters of `[\w+=,.@-]`
    /// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>).
    SessionName,
    "role session name",
    "AWS allows 2 to 64 characters: letters, digits and _ + = , . @ -",
    |t| (2..=64).contains(&t.len()) && t.chars().all(is_session_name_char)
);

pub(crate) fn is_session_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
}

/// A partition: a set of regions with its own accounts, endpoints and ARNs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition(&'static PartitionFacts);

#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct PartitionFacts {
    id: &'static str,
    dns_suffix: &'static str,
    region_prefixes: &'static [&'static str],
    default_region: &'static str,
    signin_host: Option<&'static str>,
    console_host: Option<&'static str>,
}

/// From the SDKs' `partitions.json`, and
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html>.
static PARTITIONS: &[PartitionFacts] = &[
    PartitionFacts {
        id: "aws",
        dns_suffix: "amazonaws.com",
        region_prefixes: &[],
        default_region: "us-east-1",
        signin_host: Some("signin.aws.amazon.com"),
        console_host: Some("console.aws.amazon.com"),
    },
    PartitionFacts {
        id: "aws-cn",
        dns_suffix: "amazonaws.com.cn",
        region_prefixes: &["cn-"],
        default_region: "cn-northwest-1",
        signin_host: Some("signin.amazonaws.cn"),
        console_host: Some("console.amazonaws.cn"),
    },
    PartitionFacts {
        id: "aws-us-gov",
        dns_suffix: "amazonaws.com",
        region_prefixes: &["us-gov-"],
        default_region: "us-gov-west-1",
        signin_host: Some("signin.amazonaws-us-gov.com"),
        console_host: Some("console.amazonaws-us-gov.com"),
    },
    PartitionFacts {
        id: "aws-eusc",
        dns_suffix: "amazonaws.eu",
        region_prefixes: &["eusc-"],
        default_region: "eusc-de-east-1",
        signin_host: Some("signin.amazonaws-eusc.eu"),
        console_host: Some("console.amazonaws-eusc.eu"),
    },
    PartitionFacts {
        id: "aws-iso",
        dns_suffix: "c2s.ic.gov",
        region_prefixes: &["us-iso-"],
        default_region: "us-iso-east-1",
        signin_host: None,
        console_host: None,
    },
    PartitionFacts {
        id: "aws-iso-b",
        dns_suffix: "sc2s.sgov.gov",
        region_prefixes: &["us-isob-"],
        default_region: "us-isob-east-1",
        signin_host: None,
        console_host: None,
    },
    PartitionFacts {
        id: "aws-iso-e",
        dns_suffix: "cloud.adc-e.uk",
        region_prefixes: &["eu-isoe-"],
        default_region: "eu-isoe-west-1",
        signin_host: None,
        console_host: None,
    },
    PartitionFacts {
        id: "aws-iso-f",
        dns_suffix: "csp.hci.ic.gov",
        region_prefixes: &["us-isof-"],
        default_region: "us-isof-south-1",
        signin_host: None,
        console_host: None,
    },
];

impl Partition {
    /// The partition id as it stands in ARNs, e.g. `aws-us-gov`.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.0.id
    }

    /// The region that is asked when the person named none.
    #[must_use]
    pub fn default_region(self) -> Region {
        Region(self.0.default_region.to_owned())
    }

    /// Domain under which the services of this partition live.
    #[must_use]
    pub fn dns_suffix(self) -> &'static str {
        self.0.dns_suffix
    }

    /// Host of the console's federation endpoint; `None` where AWS does not publish one.
    #[must_use]
    pub fn signin_host(self) -> Option<&'static str> {
        self.0.signin_host
    }

    /// Host of the console; `None` where AWS does not publish one.
    #[must_use]
    pub fn console_host(self) -> Option<&'static str> {
        self.0.console_host
    }

    /// The partition that a region belongs to.
    #[must_use]
    pub fn of_region(region: &Region) -> Self {
        let facts = PARTITIONS
            .iter()
            .find(|p| p.region_prefixes.iter().any(|prefix| region.as_str().starts_with(prefix)))
            .unwrap_or(&PARTITIONS[0]);
        Self(facts)
    }

    fn of_id(id: &str) -> Option<Self> {
        PARTITIONS.iter().find(|p| p.id == id).map(Self)
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.id)
    }
}

/// The ARN of an IAM role: `arn:PARTITION:iam::ACCOUNT:role/[PATH/]NAME`.
///
/// Role names have 1 to 64 characters of `[\w+=,.@-]`; the path up to 512
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html>).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(try_from = "String", into = "String")]
#[ts(type = "string")]
pub struct RoleArn {
    partition: Partition,
    account: AccountId,
    /// `/` or `/some/path/`.
    path: String,
    name: String,
}

impl RoleArn {
    const EXPECTED: &'static str = "a role ARN looks like arn:aws:iam::123456789012:role/Developer";

    /// The partition.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.partition
    }

    /// The account that owns the role.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The role's name without its path.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl FromStr for RoleArn {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let wrong = || NameError::new("role ARN", text, Self::EXPECTED);
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let &["arn", partition, "iam", "", account, resource] = parts.as_slice() else { return Err(wrong()) };
        let partition = Partition::of_id(partition).ok_or_else(wrong)?;
        let account = account.parse().map_err(|_| wrong())?;
        let full = resource.strip_prefix("role/").ok_or_else(wrong)?;
        let (path, name) = match full.rsplit_once('/') {
            Some((path, name)) => (format!("/{path}/"), name),
            None => ("/".to_owned(), full),
        };
        let name_is_good = (1..=64).contains(&name.len()) && name.chars().all(is_session_name_char);
        let path_is_good = path.len() <= 512 && path.bytes().all(|b| (0x21..=0x7e).contains(&b));
        if !name_is_good || !path_is_good || path.contains("//") {
            return Err(wrong());
        }
        Ok(Self { partition, account, path, name: name.to_owned() })
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:{}:iam::{}:role{}{}", self.partition, self.account, self.path, self.name)
    }
}

impl TryFrom<String> for RoleArn {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<RoleArn> for String {
    fn from(arn: RoleArn) -> String {
        arn.to_string()
    }
}

/// How long a role session is asked to live: 900 s to 43,200 s, whole seconds
/// (`DurationSeconds` of AssumeRoleWithWebIdentity). Written `1h`, `90m`, `3600s` or `3600`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(try_from = "DurationText", into = "String")]
#[ts(type = "string")]
pub struct RoleDuration(u32);

#[derive(Deserialize)]
#[serde(untagged)]
enum DurationText {
    Seconds(u32),
    Text(String),
}

impl RoleDuration {
    const EXPECTED: &'static str =
        "a role session lasts 15 minutes to 12 hours: write 15m to 12h, or 900 to 43200 seconds";

    /// Whole seconds.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.0
    }
}

impl Default for RoleDuration {
    /// One hour: what AWS grants a role when nobody asks for more.
    fn default() -> Self {
        Self(3600)
    }
}

impl FromStr for RoleDuration {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let wrong = || NameError::new("duration", text, Self::EXPECTED);
        let (number, unit) = match text.strip_suffix(['h', 'm', 's']) {
            Some(number) => (number, &text[number.len()..]),
            None => (text, "s"),
        };
        let number: u32 = number.trim().parse().map_err(|_| wrong())?;
        let factor = match unit {
            "h" => 3600,
            "m" => 60,
            _ => 1,
        };
        match number.checked_mul(factor) {
            Some(seconds) if (900..=43_200).contains(&seconds) => Ok(Self(seconds)),
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<DurationText> for RoleDuration {
    type Error = NameError;
    fn try_from(text: DurationText) -> Result<Self, NameError> {
        match text {
            DurationText::Seconds(seconds) => seconds.to_string().parse(),
            DurationText::Text(text) => text.parse(),
        }
    }
}

impl fmt::Display for RoleDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            s if s % 3600 == 0 => write!(f, "{}h", s / 3600),
            s if s % 60 == 0 => write!(f, "{}m", s / 60),
            s => write!(f, "{s}s"),
        }
    }
}

impl From<RoleDuration> for String {
    fn from(duration: RoleDuration) -> String {
        duration.to_string()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn role_arns_are_read_in_every_partition() {
        for text in [
            "arn:aws:iam::123456789012:role/Dev",
            "arn:aws-cn:iam::012345678901:role/team/blue/Dev",
            "arn:aws-us-gov:iam::123456789012:role/a+b=c,d.e@f-g_h",
        ] {
            let arn: RoleArn = text.parse().unwrap();
            assert_eq!(arn.to_string(), text);
        }
        let arn: RoleArn = "arn:aws-cn:iam::012345678901:role/team/blue/Dev".parse().unwrap();
        assert_eq!((arn.account().as_str(), arn.name()), ("012345678901", "Dev"));
    }

    #[test]
    fn malformed_role_arns_are_refused() {
        for text in [
            "",
            "Dev",
            "arn:aws:iam::12345678901:role/Dev",
            "arn:aws:iam::123456789012:user/Dev",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role//Dev",
            "arn:aws:iam::123456789012:role/De v",
            "arn:aws:iam::123456789012:role/Dev\n",
            "arn:aws:sts::123456789012:assumed-role/Dev/me",
            "arn:aws:iam:us-east-1:123456789012:role/Dev",
            "arn:mars:iam::123456789012:role/Dev",
        ] {
            assert!(text.parse::<RoleArn>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn profile_names_cannot_inject_a_line_or_a_section() {
        for text in ["", " dev", "dev ", "a\nb", "a\rb", "a]b", "[x", "a\u{0}b", "a;b", "a#b", "a\u{2028}b", "a\tb"] {
            assert!(text.parse::<ProfileName>().is_err(), "{text:?} was taken");
        }
        for text in ["default", "my dev", "corp/prod-1", "grün", "a.b:c@d"] {
            assert!(text.parse::<ProfileName>().is_ok(), "{text:?} was refused");
        }
    }

    #[test]
    fn durations_keep_to_the_limits_of_sts() {
        let seconds = |t: &str| t.parse::<RoleDuration>().map(RoleDuration::seconds).ok();
        assert_eq!(seconds("15m"), Some(900));
        assert_eq!(seconds("12h"), Some(43_200));
        assert_eq!(seconds("3600"), Some(3600));
        for text in ["14m", "13h", "899", "43201", "1d", "", "h", "-1h", "99999999h", "1.5h"] {
            assert_eq!(seconds(text), None, "{text:?} was taken");
        }
        assert_eq!("90m".parse::<RoleDuration>().unwrap().to_string(), "90m");
    }

    #[test]
    fn regions_know_their_partition() {
        let id = |r: &str| Partition::of_region(&r.parse().unwrap()).id();
        assert_eq!(id("eu-central-1"), "aws");
        assert_eq!(id("cn-north-1"), "aws-cn");
        assert_eq!(id("us-gov-east-1"), "aws-us-gov");
        assert_eq!(id("eusc-de-east-1"), "aws-eusc");
        assert_eq!(id("us-isob-east-1"), "aws-iso-b");
        assert!("sts.example.com/x-1".parse::<Region>().is_err());
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_display_is_its_inverse(text in ".{0,80}") {
            if let Ok(arn) = text.parse::<RoleArn>() { prop_assert_eq!(arn.to_string(), text.clone()); }
            if let Ok(d) = text.parse::<RoleDuration>() { prop_assert_eq!(d.to_string().parse::<RoleDuration>().unwrap(), d); }
            let _ = (text.parse::<Region>(), text.parse::<ProfileName>(), text.parse::<SessionName>(), text.parse::<AccountId>());
        }
    }
}
