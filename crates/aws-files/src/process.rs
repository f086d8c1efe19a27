//! Arguments in a `credential_process` line.

/// One argument, quoted so that it arrives as it is both where the line is split as by Python's
/// `shlex` (botocore, the AWS CLI) and where it goes through `sh -c` (the SDKs for Rust, Go,
/// JavaScript, …): in single quotes, since `sh` looks for `$` and `` ` `` in double ones.
///
/// On Windows in double quotes, as the C runtime and `cmd` want it.
///
/// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>
#[must_use]
pub fn quote_process_argument(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c) || (cfg!(windows) && c == '\\');
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    if cfg!(windows) {
        return quote_for_windows(argument);
    }
    format!("'{}'", argument.replace('\'', r#"'"'"'"#))
}

/// By the rules of `CommandLineToArgvW`: backslashes count only in front of a quote.
fn quote_for_windows(argument: &str) -> String {
    let mut quoted = String::from("\"");
    let mut backslashes = 0;
    for c in argument.chars() {
        match c {
            '\\' => backslashes += 1,
            '"' => {
                quoted.push_str(&"\\".repeat(backslashes + 1));
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        quoted.push(c);
    }
    quoted.push_str(&"\\".repeat(backslashes));
    quoted.push('"');
    quoted
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::header::split_words;

    proptest! {
        #[test]
        #[cfg(not(windows))]
        fn arrives_as_one_word(argument in ".*") {
            prop_assert_eq!(split_words(&quote_process_argument(&argument)).unwrap(), vec![argument]);
        }
    }

    #[test]
    #[cfg(not(windows))]
    fn the_shell_gives_it_back() {
        for argument in ["", "/opt/day pass/daypass", "it's", "$HOME `id` \"x\" \\", "/usr/bin/daypass"] {
            let script = format!("printf %s {}", quote_process_argument(argument));
            let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), argument);
        }
    }

    #[test]
    fn plain_stays_plain() {
        assert_eq!(quote_process_argument("/usr/bin/daypass"), "/usr/bin/daypass");
    }

    #[test]
    fn windows_backslashes() {
        assert_eq!(quote_for_windows(r"C:\Program Files\d\"), r#""C:\Program Files\d\\""#);
        assert_eq!(quote_for_windows(r#"a\"b"#), r#""a\\\"b""#);
    }
}
