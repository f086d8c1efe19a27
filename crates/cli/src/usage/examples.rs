//! The command line with examples in the help of every command.

use clap::{Command, CommandFactory};

use crate::args::Arguments;

/// The examples of the commands that have no other text below their help. `args` has the longer ones.
const EXAMPLES: &[(&str, &str)] = &[
    ("identity", "  daypass identity add https://acme.awsapps.com/start work\n  daypass identity login work"),
    (
        "identity add",
        "  daypass identity add https://acme.awsapps.com/start\n  daypass identity add https://login.example.com work --client-id daypass\n  daypass identity add - work < welcome.eml     an email that has the address\n  daypass identity add oidc --help              the settings of one kind",
    ),
    (
        "identity add identity-center",
        "  daypass identity add identity-center work --region eu-central-1 \\\n    --start-url https://d-1234567890.awsapps.com/start",
    ),
    (
        "identity add oidc",
        "  daypass identity add oidc work --issuer https://login.example.com \\\n    --client-id daypass",
    ),
    ("identity add saml", "  daypass identity add saml work --start-url https://login.example.com/app/aws"),
    ("identity add console", "  daypass identity add console me --region eu-central-1"),
    (
        "identity add oauth",
        "  daypass identity add oauth shop --provider-id www.amazon.com \\\n    --client-id amzn1.application-oa2-client.1234",
    ),
    (
        "identity add directory",
        "  daypass identity add directory corp --url ldaps://ldap.example.com \\\n    --search-base dc=example,dc=com --role-pattern 'AWS-{account}-{role}'",
    ),
    ("identity add profile", "  daypass identity add profile corp --profile corp-sso"),
    (
        "identity add cognito",
        "  daypass identity add cognito app --identity work --account 123456789012 \\\n    --pool-id eu-central-1:01234567-89ab-cdef-0123-456789abcdef",
    ),
    ("import undo", "  daypass import undo"),
    ("identity code", "  daypass identity code ann"),
    ("identity rotate-key", "  daypass identity rotate-key ann"),
    ("identity try", "  daypass identity try work"),
    ("identity list", "  daypass identity list\n  daypass identity list --json"),
    ("identity remove", "  daypass identity remove work"),
    ("identity refresh", "  daypass identity refresh work"),
    ("identity logout", "  daypass identity logout work"),
    (
        "role",
        "  daypass role list\n  daypass role add arn:aws:iam::123456789012:role/Dev --identity work \\\n    --profile dev",
    ),
    ("role list", "  daypass role list\n  daypass role list prod readonly\n  daypass role list --json"),
    (
        "account",
        "  daypass account list\n  daypass account set 111122223333 --alias shop-prod --colour red --production",
    ),
    ("favourite", "  daypass favourite add shop-prod/ReadOnly\n  daypass favourite list"),
    ("favourite list", "  daypass favourite list"),
    ("favourite remove", "  daypass favourite remove shop-prod/ReadOnly"),
    ("catalog", "  daypass catalog add acme ~/src/aws-catalog/daypass.toml\n  daypass catalog accept acme"),
    ("catalog list", "  daypass catalog list\n  daypass catalog list --json"),
    ("catalog show", "  daypass catalog show acme"),
    ("catalog remove", "  daypass catalog remove acme"),
    ("account list", "  daypass account list\n  daypass account list --json"),
    ("role remove", "  daypass role remove 123456789012/Dev"),
    ("renew", "  daypass renew dev"),
    ("fall-back", "  daypass fall-back shop-prod"),
    ("lease list", "  daypass lease list\n  daypass lease list --json"),
    ("lease end", "  daypass lease end lease-claude\n  daypass lease end --all"),
    ("stop", "  daypass stop dev\n  daypass stop --all"),
    ("whoami", "  daypass whoami dev"),
    ("why", "  aws ec2 stop-instances --instance-ids i-1 --profile dev 2>&1 | \\\n    daypass why --profile dev"),
    ("whose-key", "  daypass whose-key AKIAIOSFODNN7EXAMPLE"),
    (
        "agent",
        "  daypass agent                               run it here, until Ctrl-C\n  daypass agent status\n  daypass agent stop",
    ),
    ("browser", "  daypass browser list\n  daypass browser use firefox --isolated"),
    ("browser list", "  daypass browser list\n  daypass browser list --json"),
    ("console services", "  daypass console services\n  daypass console services queue"),
    ("serve list", "  daypass serve list\n  daypass serve list --json"),
    ("serve revoke", "  daypass serve revoke vscode\n  daypass serve revoke --all"),
    ("serve rotate", "  daypass serve rotate vscode"),
    ("agent status", "  daypass agent status"),
    ("agent stop", "  daypass agent stop"),
    ("config", "  daypass config get\n  daypass config set vault.key passphrase"),
    ("config path", "  $EDITOR \"$(daypass config path)\""),
    ("config get", "  daypass config get                          all settings\n  daypass config get vault.key"),
    ("config unset", "  daypass config unset region"),
    ("vault", "  daypass vault status\n  daypass vault move passphrase"),
    ("profiles", "  daypass profiles sync\n  daypass profiles undo"),
    ("profiles list", "  daypass profiles list\n  daypass profiles list --json"),
    ("profiles remove", "  daypass profiles remove 'shop-*'\n  daypass profiles remove --all --yes"),
    ("profiles undo", "  daypass profiles undo"),
    ("doctor", "  daypass doctor\n  daypass doctor --json"),
    ("logs", "  daypass logs list --since yesterday\n  daypass logs verify"),
    ("logs verify", "  daypass logs verify"),
    ("logs restart", "  daypass logs restart"),
    ("man-pages", "  daypass man-pages ~/.local/share/man/man1"),
];

/// The whole command line, for its help.
pub(crate) fn command() -> Command {
    with_examples(Arguments::command(), "")
}

fn with_examples(command: Command, path: &str) -> Command {
    let command = command.mut_subcommands(|sub| {
        let path = format!("{path} {}", sub.get_name());
        with_examples(sub, path.trim_start())
    });
    match EXAMPLES.iter().find(|(own, _)| *own == path) {
        Some((_, examples)) => {
            let title = if examples.contains("\n  daypass") { "Examples" } else { "Example" };
            command.after_help(format!("{title}:\n{examples}"))
        }
        None => command,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;
    use clap::error::ErrorKind;

    use super::*;

    /// Every command's help shows how it is used, and what it shows is right.
    #[test]
    fn every_help_has_examples_and_they_parse() {
        let mut helps = Vec::new();
        collect(&command(), "daypass", &mut helps);
        assert!(helps.len() > 40, "only {} were found", helps.len());
        for (path, help) in helps {
            // Clap would break a line that is longer where it can't be copied.
            let long = help.lines().find(|line| line.starts_with("  ") && line.chars().count() > 80);
            assert_eq!(long, None, "{path}");
            let whole = help.replace("\\\n", " ");
            let lines: Vec<&str> = whole.lines().filter(|line| line.contains("daypass ")).collect();
            assert!(!lines.is_empty(), "the help of {path} has no example");
            for line in lines.into_iter().filter(|line| line.starts_with("  ")) {
                let typed = words(line);
                // What is in capitals or has dots stands for something else.
                let is_plain =
                    |word: &String| !(word.contains("...") || word.len() > 2 && word.chars().all(char::is_uppercase));
                if !typed.iter().all(is_plain) {
                    continue;
                }
                match Arguments::try_parse_from(&typed) {
                    Err(error) if error.kind() != ErrorKind::DisplayHelp => panic!("{path}: {typed:?}\n{error}"),
                    _ => {}
                }
            }
        }
    }

    fn collect(command: &Command, path: &str, helps: &mut Vec<(String, String)>) {
        helps.push((path.to_owned(), command.get_after_help().map(ToString::to_string).unwrap_or_default()));
        for sub in command.get_subcommands() {
            collect(sub, &format!("{path} {}", sub.get_name()), helps);
        }
    }

    /// The words of the command in a line, up to a pipe, a quote that ends around it, or what explains it after blanks.
    fn words(line: &str) -> Vec<String> {
        let command = &line[line.find("daypass ").unwrap()..];
        let ends = |text: &str, at: usize| text[at..].starts_with("   ") && !text[at..].trim_start().starts_with("--");
        let end = (0..command.len()).find(|at| command.is_char_boundary(*at) && ends(command, *at));
        let command = command[..end.unwrap_or(command.len())].split(['|', '<', '>', ')']).next().unwrap();
        command.split_whitespace().map(|word| word.trim_matches(['\'', '"']).to_owned()).collect()
    }
}
