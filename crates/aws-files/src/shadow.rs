//! What makes tools pass over the keys of a profile in the credentials file.
//!
//! The tools merge both files, and each asks its sources of credentials in an order of its own. botocore's (the AWS CLI,
//! boto3): `role_arn`, `web_identity_token_file`, `sso_account_id` or `sso_role_name`, and only then the keys in the
//! credentials file, `login_session`, `credential_process`. The SDKs for Java and Rust also ask the last two, and an
//! `sso_session` alone, before the keys. The SDK for JavaScript 3 asks only `role_arn` before them.
//!
//! Sources: botocore's `credentials.py` (`create_credential_resolver`, `ProfileProviderBuilder`), how `aws-config`
//! represents a profile's credentials, and `ProfileCredentialsUtils` of the SDK for Java 2.

use std::path::Path;

use crate::header::{FileKind, split_words};
use crate::profiles::ProfileEntry;

/// A line that leads tools away from the keys.
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

/// Which tools don't use the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShadowedTools {
    /// The AWS CLI and boto3 work as somebody else, and so do some SDKs.
    AwsCli,
    /// Only some SDKs do.
    SomeSdks,
}

const FOR_THE_CLI: [&str; 4] = ["role_arn", "web_identity_token_file", "sso_account_id", "sso_role_name"];
const FOR_SOME_SDKS: [&str; 4] = ["sso_session", "sso_start_url", "login_session", "credential_process"];

/// What leads tools away from the keys of a profile in the credentials file: a line of the config file, or one that the
/// person added to Daypass's own section. A section that Daypass is to replace doesn't count.
#[must_use]
pub fn shadow(config: &[ProfileEntry], credentials: &[ProfileEntry], profile: &str) -> Option<Shadow> {
    let find = |profiles: &'_ [ProfileEntry]| profiles.iter().position(|entry| entry.name == profile);
    let sections = [
        (FileKind::Config, find(config).map(|at| &config[at])),
        (FileKind::Credentials, find(credentials).map(|at| &credentials[at]).filter(|entry| entry.owned)),
    ];
    let by = |keys: &[&'static str], tools| {
        keys.iter().find_map(|&key| {
            sections.iter().find_map(|&(file, section)| {
                let section = section.filter(|section| !is_daypass_itself(section, key))?;
                Some(Shadow { file, line: section.line_of(key)?, key, tools })
            })
        })
    };
    by(&FOR_THE_CLI, ShadowedTools::AwsCli).or_else(|| by(&FOR_SOME_SDKS, ShadowedTools::SomeSdks))
}

/// A `credential_process` of Daypass for the same profile gives the same credentials.
fn is_daypass_itself(section: &ProfileEntry, key: &str) -> bool {
    let line = section.get(key).filter(|_| key == "credential_process");
    let words = line.and_then(split_words).unwrap_or_default();
    let is_daypass = |program: &String| Path::new(program).file_stem().is_some_and(|name| name == "daypass");
    let named = format!("--profile={}", section.name);
    let is_for_it =
        words.contains(&named) || words.windows(2).any(|pair| pair[0] == "--profile" && pair[1] == section.name);
    words.first().is_some_and(is_daypass) && is_for_it
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::document::Document;

    fn of(config: &str, credentials: &str) -> Option<(FileKind, usize, &'static str, ShadowedTools)> {
        let config = Document::parse(config.as_bytes(), FileKind::Config).profiles();
        let credentials = Document::parse(credentials.as_bytes(), FileKind::Credentials).profiles();
        shadow(&config, &credentials, "dev").map(|it| (it.file, it.line, it.key, it.tools))
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
        ] {
            assert_eq!(of(&format!("[profile dev]\n{harmless}"), ""), None, "{harmless}");
        }
        assert_eq!(of("[dev]\nrole_arn = x\n", ""), None, "not a profile in the config file");
        for process in ["daypass credential-process --profile prod", "daypass-tool --profile dev", "/bin/daypass 'open"]
        {
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
}
