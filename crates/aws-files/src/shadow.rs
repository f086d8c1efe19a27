//! Finds what makes tools ignore a profile that Daypass wrote.
//!
//! The tools merge both files, and each asks its sources of credentials in an order of its own. botocore's (the AWS
//! CLI, boto3): `role_arn`, `web_identity_token_file`, `sso_account_id` or `sso_role_name`, and only then the keys in
//! the credentials file, `login_session`, `credential_process`, the keys in the config file. The SDKs for Java and Rust
//! also ask `login_session`, `credential_process` and an `sso_session` alone before the keys. The SDK for JavaScript 3
//! asks only `role_arn` before keys, wherever they are.
//!
//! Sources: botocore's `credentials.py` (`create_credential_resolver`, `ProfileProviderBuilder`), how `aws-config`
//! represents a profile's credentials, `ProfileCredentialsUtils` of the SDK for Java 2, and `resolveProfileData` of the
//! SDK for JavaScript 3.

use std::collections::HashMap;
use std::path::Path;

use crate::header::{FileKind, split_words};
use crate::profiles::ProfileEntry;

/// A line that leads tools away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shadow {
    /// The file that it is in.
    pub file: FileKind,
    /// From 1.
    pub line: usize,
    /// Its key.
    pub key: &'static str,
    /// Which tools it leads away.
    pub tools: ShadowedTools,
}

/// Which tools are led away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShadowedTools {
    /// The AWS CLI and boto3 use someone else's credentials, and so do some SDKs.
    AwsCli,
    /// Only some SDKs do.
    SomeSdks,
}

/// What every tool takes before keys in the credentials file and before `credential_process`, but for the SDK for
/// JavaScript.
const FOR_THE_CLI: [&str; 4] = ["role_arn", "web_identity_token_file", "sso_account_id", "sso_role_name"];
/// What some SDKs take before keys in the credentials file.
const FOR_SOME_SDKS: [&str; 4] = ["sso_session", "sso_start_url", "login_session", "credential_process"];
const KEY_ID: &str = "aws_access_key_id";

/// The profiles of both files, to look for lines that lead tools away.
pub struct Shadows<'a> {
    config: HashMap<&'a str, &'a ProfileEntry>,
    credentials: HashMap<&'a str, &'a ProfileEntry>,
}

/// A file, and the profile's section in it.
type Sections<'a> = [(FileKind, Option<&'a ProfileEntry>); 2];

impl<'a> Shadows<'a> {
    /// Among the profiles of the config file and of the credentials file.
    #[must_use]
    pub fn among(config: &'a [ProfileEntry], credentials: &'a [ProfileEntry]) -> Self {
        let by_name =
            |profiles: &'a [ProfileEntry]| profiles.iter().map(|entry| (entry.name.as_str(), entry)).collect();
        Self { config: by_name(config), credentials: by_name(credentials) }
    }

    /// What leads tools away from the keys that Daypass writes for `role` (`IDENTITY:ARN`) in the credentials file: a
    /// line of the config file, or one that the person added to Daypass's own section. A section that Daypass is to
    /// replace doesn't count.
    #[must_use]
    pub fn of_keys(&self, profile: &str, role: &str) -> Option<Shadow> {
        let ours = self.credentials.get(profile).copied().filter(|entry| entry.owned);
        let config = self.config.get(profile).copied();
        let sections = [(FileKind::Config, config), (FileKind::Credentials, ours)];
        let is_daypass = config.is_some_and(|section| is_daypass_itself(section, role));
        let others = FOR_SOME_SDKS.iter().filter(|key| !(is_daypass && **key == "credential_process"));
        let first = find(sections, FOR_THE_CLI.iter(), ShadowedTools::AwsCli);
        first.or_else(|| find(sections, others, ShadowedTools::SomeSdks))
    }

    /// What leads tools away from a `credential_process` of Daypass's in the config file. Keys that Daypass writes for
    /// the same profile don't: a session has them.
    #[must_use]
    pub fn of_process(&self, profile: &str) -> Option<Shadow> {
        let config = (FileKind::Config, self.config.get(profile).copied());
        let credentials = (FileKind::Credentials, self.credentials.get(profile).copied());
        let theirs = (credentials.0, credentials.1.filter(|entry| !entry.owned));
        let none = (FileKind::Config, None);
        find([config, credentials], FOR_THE_CLI.iter(), ShadowedTools::AwsCli)
            .or_else(|| find([theirs, none], [KEY_ID].iter(), ShadowedTools::AwsCli))
            .or_else(|| find([config, credentials], ["login_session"].iter(), ShadowedTools::AwsCli))
            .or_else(|| find([config, credentials], ["sso_session", "sso_start_url"].iter(), ShadowedTools::SomeSdks))
            .or_else(|| find([config, none], [KEY_ID].iter(), ShadowedTools::SomeSdks))
    }
}

fn find<'k>(
    sections: Sections<'_>,
    mut keys: impl Iterator<Item = &'k &'static str>,
    tools: ShadowedTools,
) -> Option<Shadow> {
    keys.find_map(|&key| {
        sections.iter().find_map(|&(file, section)| Some(Shadow { file, line: section?.line_of(key)?, key, tools }))
    })
}

/// A `credential_process` of Daypass for the same profile and role gives the same credentials.
fn is_daypass_itself(section: &ProfileEntry, role: &str) -> bool {
    let words = section.get("credential_process").and_then(split_words).unwrap_or_default();
    let is_daypass = |program: &String| Path::new(program).file_stem().is_some_and(|name| name == "daypass");
    let value = |option: &str| {
        let joined = words.iter().find_map(|word| word.strip_prefix(option)?.strip_prefix('='));
        joined.or_else(|| words.windows(2).find(|pair| pair[0] == option).map(|pair| pair[1].as_str()))
    };
    let is_for_it = value("--profile") == Some(&section.name) && value("--role").is_none_or(|named| named == role);
    words.first().is_some_and(is_daypass) && is_for_it
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::document::Document;

    type Found = Option<(FileKind, usize, &'static str, ShadowedTools)>;

    fn among(config: &str, credentials: &str, look: impl Fn(&Shadows<'_>) -> Option<Shadow>) -> Found {
        let config = Document::parse(config.as_bytes(), FileKind::Config).profiles();
        let credentials = Document::parse(credentials.as_bytes(), FileKind::Credentials).profiles();
        look(&Shadows::among(&config, &credentials)).map(|it| (it.file, it.line, it.key, it.tools))
    }

    fn of(config: &str, credentials: &str) -> Found {
        among(config, credentials, |shadows| shadows.of_keys("dev", "work:arn"))
    }

    #[test]
    fn a_line_of_the_config_file_leads_tools_away() {
        use ShadowedTools::{AwsCli, SomeSdks};
        let config = |line| (FileKind::Config, line);
        let role = include_str!("../tests/cases/shadow-role_arn.config.ini");
        assert_eq!(of(role, "").unwrap(), (FileKind::Config, 2, "role_arn", AwsCli));
        let sso = include_str!("../tests/cases/shadow-sso_session.config.ini");
        assert_eq!(of(sso, "").unwrap(), (FileKind::Config, 3, "sso_account_id", AwsCli));
        for (key, tools) in FOR_THE_CLI.map(|key| (key, AwsCli)).into_iter().chain(FOR_SOME_SDKS.map(|k| (k, SomeSdks)))
        {
            let text =
                format!("[profile other]\nrole_arn = x\n\n[profile dev]\nregion = r\n{} = x\n", key.to_uppercase());
            let (file, line) = config(6);
            assert_eq!(of(&text, "").unwrap(), (file, line, key, tools));
        }
        for harmless in [
            "region = eu-west-1\noutput = json\nsource_profile = x\nmfa_serial = y\ns3 =\n  role_arn = x\n",
            "aws_access_key_id = A\naws_secret_access_key = B\n",
            "credential_process = daypass credential-process --profile dev\n",
            "credential_process = \"/opt/day pass/daypass\" credential-process --profile=dev\n",
            "credential_process = daypass credential-process --profile dev --role work:arn\n",
        ] {
            assert_eq!(of(&format!("[profile dev]\n{harmless}"), ""), None, "{harmless}");
        }
        assert_eq!(of("[dev]\nrole_arn = x\n", ""), None, "not a profile in the config file");
        for process in [
            "daypass credential-process --profile prod",
            "daypass credential-process --profile dev --role other:arn",
            "daypass-tool --profile dev",
            "/bin/daypass 'open",
        ] {
            let shadowed = of(&format!("[profile dev]\ncredential_process = {process}\n"), "").unwrap();
            assert_eq!(shadowed, (FileKind::Config, 2, "credential_process", SomeSdks), "{process}");
        }
    }

    #[test]
    fn a_line_that_the_person_added_to_our_section_counts_and_another_tools_section_does_not() {
        let ours = "[dev]\n# daypass: writes aws_access_key_id in \"dev\" (+0)\naws_access_key_id = A\nrole_arn = x\n";
        assert_eq!(of("", ours).unwrap(), (FileKind::Credentials, 4, "role_arn", ShadowedTools::AwsCli));
        assert_eq!(of("", "[dev]\naws_access_key_id = A\nrole_arn = x\n"), None);
    }

    #[test]
    fn a_process_gives_way_to_more() {
        use ShadowedTools::{AwsCli, SomeSdks};
        let process = "[profile dev]\ncredential_process = daypass\n";
        let of = |config: &str, credentials: &str| {
            among(&format!("{process}{config}"), credentials, |shadows| shadows.of_process("dev"))
        };
        assert_eq!(of("region = x\noutput = json\n", "[other]\naws_access_key_id = A\n"), None);
        let keys = "[dev]\naws_access_key_id = A\n";
        assert_eq!(of("", keys).unwrap(), (FileKind::Credentials, 2, "aws_access_key_id", AwsCli));
        let ours = "[dev]\n# daypass: writes aws_access_key_id in \"dev\" (+0)\naws_access_key_id = A\n";
        assert_eq!(of("", ours), None);
        for (key, tools) in FOR_THE_CLI.map(|key| (key, AwsCli)).into_iter().chain([
            ("login_session", AwsCli),
            ("sso_session", SomeSdks),
            ("sso_start_url", SomeSdks),
            ("aws_access_key_id", SomeSdks),
        ]) {
            assert_eq!(of(&format!("{key} = x\n"), "").unwrap(), (FileKind::Config, 3, key, tools));
        }
        assert_eq!(of("", "[dev]\nrole_arn = x\n").unwrap(), (FileKind::Credentials, 2, "role_arn", AwsCli));
    }
}
