use std::path::Path;

use clap::error::ErrorKind;

use super::*;

#[test]
fn the_command_line_is_well_formed() {
    <Arguments as clap::CommandFactory>::command().debug_assert();
}

/// A page that shows a command which does not exist is found here, not by the person who copies it.
#[test]
fn every_command_of_the_pages_is_taken() {
    let mut count = 0;
    for (page, text) in pages() {
        let whole = in_blocks(&text).into_iter().map(|command| (command, false));
        // Within a sentence, a command may be called by its name alone.
        let named = in_sentences(&text).into_iter().map(|command| (command, true));
        for (command, by_name) in whole.chain(named) {
            match Arguments::try_parse_from(words(&command)) {
                Ok(_) => {}
                Err(error) if by_name && error.kind() == ErrorKind::MissingRequiredArgument => {}
                Err(error) => panic!("{}: {command}\n{error}", page.display()),
            }
            count += 1;
        }
    }
    assert!(count > 50, "only {count} were found");
}

/// The exit codes are described on a page and in `--help`: in the same words, and all that there are.
#[test]
fn exit_codes_are_described_alike() {
    use daypass_core::problem::ProblemKind::{Cancelled, Failed, Invalid, NeedsSignIn, NotFound, Passing, Refused};
    const HEAD: &str = "| exit code | meaning |\n| --- | --- |\n";

    let page = pages().into_iter().find_map(|page| Some(page.1.split_once(HEAD)?.1.to_owned())).unwrap();
    let row = |line: &str| Some(line.strip_prefix("| ")?.strip_suffix(" |")?.replacen(" | ", "  ", 1));
    let told: Vec<String> = page.lines().map_while(row).collect();

    let mut in_help: Vec<String> = Vec::new();
    let codes = EXIT_CODES.lines().skip(1).take_while(|line| !line.is_empty());
    for line in codes {
        match (line.strip_prefix("     "), in_help.last_mut()) {
            (Some(rest), Some(last)) => *last = format!("{last} {rest}"),
            _ => in_help.push(line.trim_start().to_owned()),
        }
    }
    assert_eq!(in_help, told);

    let kinds = [Cancelled, Failed, Invalid, NeedsSignIn, NotFound, Passing, Refused];
    let codes: std::collections::BTreeSet<u8> = kinds.map(crate::exit_code::exit_code).into_iter().chain([0]).collect();
    let numbers: Vec<String> = codes.iter().map(u8::to_string).collect();
    let described: Vec<&str> = told.iter().filter_map(|row| row.split_whitespace().next()).collect();
    assert_eq!(described, numbers);
}

/// Each kind takes `--region`, and its roles' profiles get it unless `--default-region` names another.
#[test]
fn an_identity_of_any_kind_can_have_a_region_for_its_roles() {
    let kinds = [
        "identity-center work --start-url d-1234567890",
        "oidc work --issuer https://login.example.com --client-id x",
        "saml work --start-url https://login.example.com/aws",
        "saml work --sso-url https://login.example.com/sso",
        "oauth work --provider-id www.amazon.com --client-id x",
        "directory work --url ldaps://ldap.example.com --bind-dn uid={user}",
        "iam-user work",
        "profile work --profile p",
        "console work",
        "cognito work --identity corp --pool-id us-east-1:01234567-89ab-cdef-0123-456789abcdef --account 123456789012",
    ];
    let region = |command: &str| {
        let arguments = Arguments::try_parse_from(words(&format!("daypass identity add {command}"))).unwrap();
        let Command::Identity(IdentityCommand::Add(add)) = arguments.command else { unreachable!() };
        let settings = add.kind.unwrap().parse().unwrap().settings;
        daypass_identity::check(&settings).unwrap_or_else(|problem| panic!("{command}: {problem:?}"));
        settings.default_region().map(ToString::to_string)
    };
    for kind in kinds {
        assert_eq!(region(&format!("{kind} --region eu-west-1")).as_deref(), Some("eu-west-1"), "{kind}");
        let other = match kind.split(' ').next() {
            Some("console" | "identity-center" | "saml" | "iam-user" | "profile") => {
                "--region eu-west-1 --default-region"
            }
            _ => "--default-region",
        };
        assert_eq!(region(&format!("{kind} {other} eu-north-1")).as_deref(), Some("eu-north-1"), "{kind}");
    }
    assert_eq!(region(kinds[9]).as_deref(), Some("us-east-1"), "a pool's own");
    assert_eq!(region(kinds[6]), None);
}

#[test]
fn an_identity_is_added_by_an_address_or_by_its_kind() {
    let add = |command: &str| {
        let arguments = Arguments::try_parse_from(words(&format!("daypass identity add {command}")))?;
        let Command::Identity(IdentityCommand::Add(add)) = arguments.command else { unreachable!() };
        Ok::<_, clap::Error>(add)
    };
    let pasted = add("https://acme.awsapps.com/start work --region eu-west-1").unwrap().pasted.unwrap();
    assert_eq!((pasted.text.as_str(), pasted.name.unwrap().as_str()), ("https://acme.awsapps.com/start", "work"));
    assert!(add("saml work --start-url https://login.example.com/aws").unwrap().kind.is_some());
    assert!(add("").is_err() && add("saml").is_err());
}

/// Every page, with its path.
fn pages() -> Vec<(std::path::PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = docs.filter(|path| path.extension().is_some_and(|e| e == "md")).chain([root.join("README.md")]);
    pages.map(|page| (page.clone(), std::fs::read_to_string(page).unwrap())).collect()
}

/// In indented blocks, as they are copied.
fn in_blocks(page: &str) -> Vec<String> {
    let page = page.replace("\\\n", " ");
    let command = |line: &str| {
        let (before, rest) = line.split_at(line.find("daypass ")?);
        // A list item goes on in an indented line. `in_sentences` has its commands.
        if before.ends_with('`') {
            return None;
        }
        // Another language may have the command in quotes.
        let quote = before.chars().next_back().filter(|c| "'\"".contains(*c));
        Some(quote.map_or(rest, |quote| rest.split(quote).next().unwrap_or(rest)).to_owned())
    };
    page.lines().filter(|line| line.starts_with("    ")).filter_map(command).collect()
}

/// Commands between backticks that have no placeholders.
fn in_sentences(page: &str) -> Vec<String> {
    let is_plain = |text: &&str| !text.contains(|c: char| c.is_uppercase() || "[<…\\".contains(c));
    let quoted = page.split('`').skip(1).step_by(2).filter(|text| text.starts_with("daypass "));
    quoted.filter(is_plain).map(str::to_owned).collect()
}

/// Splits a command as a shell does, up to the first pipe, redirection or comment.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in command.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ')' | '|' | '<' | '>' | '#' | ';') => break,
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
