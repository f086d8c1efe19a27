//! What a `credential_process` line runs.

use std::path::Path;

use aws_files::split_process_line;

use crate::found::Tool;

/// A known program, and the profile that it should use.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Process {
    /// Daypass itself.
    Daypass,
    /// A tool whose own reader knows what the line means.
    Of(Tool),
    /// `aws-vault exec NAME` or `aws-vault export NAME`.
    AwsVault(String),
    /// Any other program.
    Other,
}

impl Process {
    pub(crate) fn of(line: &str) -> Self {
        let words = split_process_line(line).unwrap_or_default();
        let Some((program, arguments)) = words.split_first() else { return Self::Other };
        let program = program.rsplit(['/', '\\']).next().unwrap_or_default();
        let program = Path::new(program).file_stem().map(|stem| stem.to_string_lossy().to_lowercase());
        match program.as_deref() {
            Some("daypass") => Self::Daypass,
            Some("aws-vault") => first_name(arguments).map_or(Self::Other, Self::AwsVault),
            Some("granted" | "dgranted" | "assume") => Self::Of(Tool::Granted),
            Some("aws-sso") => Self::Of(Tool::AwsSsoCli),
            Some("saml2aws") => Self::Of(Tool::Saml2aws),
            Some("aws-azure-login") => Self::Of(Tool::AwsAzureLogin),
            Some("okta-aws-cli") => Self::Of(Tool::OktaAwsCli),
            Some("gimme-aws-creds") => Self::Of(Tool::GimmeAwsCreds),
            _ => Self::Other,
        }
    }
}

/// The options of `aws-vault exec` and `export` that have a value.
const WITH_VALUE: [&str; 9] =
    ["-d", "--duration", "--region", "-t", "--mfa-token", "--backend", "--prompt", "--format", "--file-dir"];

/// The first word after `exec` or `export` that isn't an option.
fn first_name(arguments: &[String]) -> Option<String> {
    let at = arguments.iter().position(|word| word == "exec" || word == "export")?;
    let mut words = arguments[at + 1..].iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        if WITH_VALUE.contains(&word.as_str()) {
            words.next();
        } else if !word.starts_with('-') {
            return Some(word.clone());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_known_by_their_command_lines() {
        for (line, process) in [
            ("/usr/bin/daypass credential-process --profile dev", Process::Daypass),
            ("aws-vault exec --json dev", Process::AwsVault("dev".into())),
            ("/opt/aws-vault --backend file export --format=json -d 2h 'my dev'", Process::AwsVault("my dev".into())),
            ("aws-vault list", Process::Other),
            ("granted credential-process --profile dev", Process::Of(Tool::Granted)),
            ("aws-sso -u open process --arn arn:aws:iam::1:role/x", Process::Of(Tool::AwsSsoCli)),
            ("saml2aws login --credential-process", Process::Of(Tool::Saml2aws)),
            ("'open quote", Process::Other),
            ("", Process::Other),
            ("my-tool aws-vault exec dev", Process::Other),
        ] {
            assert_eq!(Process::of(line), process, "{line}");
        }
        if cfg!(not(windows)) {
            assert_eq!(Process::of(r#""C:/Program Files/aws-vault.exe" exec dev"#), Process::AwsVault("dev".into()));
        }
    }
}
