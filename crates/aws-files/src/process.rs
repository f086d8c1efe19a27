//! Arguments in a `credential_process` line.

use crate::header::split_words;

/// Besides letters and digits.
const PLAIN: &str = if cfg!(windows) { r"_@%+=:,./-\" } else { "_@%+=:,./-" };

/// The words of a `credential_process` line, as botocore splits it (Python's `shlex.split`). None where a quote doesn't
/// end.
#[must_use]
pub fn split_process_line(line: &str) -> Option<Vec<String>> {
    split_words(line)
}

/// Quotes one argument so that it arrives unchanged, whether Python's `shlex` splits the line (botocore, the
/// AWS CLI) or `sh -c` runs it (the SDKs for Rust, Go, JavaScript, …). It uses single quotes, because `sh`
/// expands `$` and `` ` `` in double quotes.
///
/// On Windows it uses double quotes, as the C runtime and `cmd` expect.
///
/// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>
#[must_use]
pub fn quote_process_argument(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || PLAIN.contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    if cfg!(windows) {
        return quote_for_windows(argument);
    }
    format!("'{}'", argument.replace('\'', r#"'"'"'"#))
}

/// By the rules of `CommandLineToArgvW`, where a backslash is special only in front of a quote.
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
        for argument in ["", "/opt/day pass/daypass", r"a\b", "it's", "$HOME `id` \"x\" \\", "/usr/bin/daypass"] {
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
