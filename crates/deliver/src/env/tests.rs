use std::process::Command;

use daypass_core::credentials::Credentials;
use secrecy::ExposeSecret as _;

use super::*;

const AWKWARD: &str = r#"a'b"c\d$e`f %PATH% !x! ^&|<> (y) #{z} /+=="#;

fn keys(secret: &str, assumed_role: &str) -> ProcessCredentials {
    ProcessCredentials::from(&Credentials {
        access_key_id: "ASIAEXAMPLE".into(),
        secret_access_key: secret.into(),
        session_token: "IQoJb3JpZ2luX2VjEJr/+w==".into(),
        expires_at: DateTime::UNIX_EPOCH,
        issued_at: DateTime::UNIX_EPOCH,
        skew_ms: 0,
        fallback_region: None,
        assumed_role: assumed_role.into(),
    })
}

fn of_session(secret: &str) -> Variables {
    let mut variables = Variables::without_credentials();
    variables.set_keys(&keys(secret, "arn:aws:sts::123456789012:assumed-role/Dev/ann"));
    variables.set(marks::PROFILE, "dev");
    variables
}

fn text(variables: &Variables, shell: Shell) -> String {
    statements(variables, shell).unwrap().expose_secret().to_owned()
}

/// What a program sees that is started after the statements, where a person's own variables were set before. `None` where
/// this shell isn't installed.
fn seen_after(shell: &str, text: &str) -> Option<BTreeMap<String, String>> {
    let strict = if shell == "fish" { "" } else { "set -eu\n" };
    let mut command = Command::new(shell);
    command.args(["-c", &format!("{strict}{text}exec env -0")]);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN"] {
        command.env(name, "stale");
    }
    let output = match command.output() {
        Ok(output) => output,
        Err(missing) if shell != "sh" && missing.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => panic!("{shell}: {error}"),
    };
    assert!(output.status.success(), "{shell}: {output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let pairs = text.split_terminator('\0').filter_map(|line| line.split_once('='));
    let ours = pairs.filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("DAYPASS_"));
    Some(ours.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

#[test]
fn real_shells_read_back_what_was_meant_and_lose_what_leads_elsewhere() {
    let variables = of_session(AWKWARD);
    let expected: BTreeMap<String, String> = [
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"),
        ("AWS_ACCOUNT_ID", "123456789012"),
        ("AWS_CREDENTIAL_EXPIRATION", "1970-01-01T00:00:00Z"),
        // Not ours to remove: see `set_region`.
        ("AWS_REGION", "stale"),
        ("AWS_SECRET_ACCESS_KEY", AWKWARD),
        ("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjEJr/+w=="),
        ("DAYPASS_PROFILE", "dev"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (shell, form) in [("sh", Shell::Sh), ("bash", Shell::Sh), ("zsh", Shell::Sh), ("fish", Shell::Fish)] {
        if let Some(seen) = seen_after(shell, &text(&variables, form)) {
            assert_eq!(seen, expected, "{shell}");
        }
    }
}

#[test]
fn a_real_shell_stops_at_a_failure() {
    let script =
        |options: &str| format!("{options} eval \"{}\"; echo \"went on with $?\"", failure(Shell::Sh, 3).unwrap());
    let run = |script: &str| Command::new("sh").args(["-c", script]).output().unwrap();
    let strict = run(&script("set -e;"));
    assert_eq!((strict.status.code(), &*strict.stdout), (Some(3), &b""[..]));
    assert_eq!(run(&script("")).stdout, b"went on with 3\n");
}

/// By their documentation: about_Quoting_Rules, and `set /?` with <https://ss64.com/nt/syntax-esc.html>.
#[test]
fn powershell_and_cmd_quote() {
    let powershell = text(&of_session(AWKWARD), Shell::PowerShell);
    let quoted = AWKWARD.replace('\'', "''");
    assert!(powershell.contains(&format!("$Env:AWS_SECRET_ACCESS_KEY = '{quoted}'\n")), "{powershell}");
    assert!(powershell.contains("Remove-Item Env:AWS_PROFILE -ErrorAction Ignore\n"));
    let mut typographic = Variables::default();
    typographic.set(marks::PROFILE, "a\u{2018}b\u{2019}; calc; \u{201a}c\u{201b}d'");
    assert_eq!(
        text(&typographic, Shell::PowerShell),
        "$Env:DAYPASS_PROFILE = 'a\u{2018}\u{2018}b\u{2019}\u{2019}; calc; \u{201a}\u{201a}c\u{201b}\u{201b}d'''\n"
    );

    let cmd = text(&of_session("a&b|c<d>e^f(g) h='$"), Shell::Cmd);
    assert!(cmd.contains("set \"AWS_SECRET_ACCESS_KEY=a&b|c<d>e^f(g) h='$\"\n"), "{cmd}");
    assert!(cmd.contains("set \"AWS_PROFILE=\"\n"));
    assert!(cmd.lines().all(|line| line.starts_with("set \"") && line.ends_with('"')));
}

#[test]
fn what_has_no_safe_form_is_refused_without_telling_the_value() {
    let refused = |value: &str, shell| statements(&of_session(value), shell).err().map(|refused| refused.to_string());
    for shell in [Shell::Sh, Shell::Fish, Shell::PowerShell, Shell::Cmd, Shell::Dotenv] {
        for value in ["a\nexport PATH=.", "a\rb", "a\u{1b}[2J"] {
            let told = refused(value, shell).unwrap();
            assert!(told.contains("AWS_SECRET_ACCESS_KEY") && !told.contains("PATH"), "{told}");
        }
    }
    for value in ["a\"b", "100%", "%PATH%", "wow!"] {
        assert!(refused(value, Shell::Cmd).unwrap().contains("cmd.exe"));
    }
    for value in ["a b", "a'b", "a\"b", "$x", "a#b", "a\\b", "é"] {
        assert!(refused(value, Shell::Dotenv).unwrap().contains(".env"), "{value}");
    }
    assert_eq!(refused(AWKWARD, Shell::Nu), None);
}

#[test]
fn a_record_has_what_to_remove_and_files_have_only_keys() {
    let parse = |shell| serde_json::from_str::<serde_json::Value>(&text(&of_session(AWKWARD), shell)).unwrap();
    let (nu, json) = (parse(Shell::Nu), parse(Shell::Json));
    for value in [&nu, &json] {
        assert_eq!(value["AWS_SECRET_ACCESS_KEY"], AWKWARD);
        assert_eq!(value["AWS_CREDENTIAL_EXPIRATION"], "1970-01-01T00:00:00Z");
    }
    assert!(nu["AWS_PROFILE"].is_null() && nu.as_object().unwrap().contains_key("AWS_PROFILE"));
    assert!(json.as_object().unwrap().values().all(serde_json::Value::is_string), "{json}");
    assert_eq!((&nu["DAYPASS_PROFILE"], &json["DAYPASS_PROFILE"]), (&"dev".into(), &serde_json::Value::Null));

    let file = text(&of_session("wJalr/+="), Shell::Dotenv);
    assert!(file.contains("AWS_SECRET_ACCESS_KEY=wJalr/+=\n") && !file.contains("DAYPASS_"), "{file}");
    assert!(file.lines().last().unwrap().starts_with("# This file can't unset variables"), "{file}");
    assert!(file.contains("AWS_PROFILE"), "{file}");
}

#[test]
fn an_account_that_is_not_known_is_not_left_over() {
    let mut variables = Variables::without_credentials();
    variables.set_keys(&keys("s", ""));
    assert_eq!(variables.iter().find(|(name, _)| *name == "AWS_ACCOUNT_ID"), Some(("AWS_ACCOUNT_ID", None)));
}

/// What happens to the person's region, as (AWS_REGION, AWS_DEFAULT_REGION): `None` if it stays as it is.
fn region_after(known: Option<&str>, partition: &str, here: &[(&str, &str)]) -> [Option<Option<String>>; 2] {
    let mut variables = Variables::default();
    let region = known.map(|region| region.parse().unwrap());
    let here = |name: &str| here.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
    variables.set_region(region.as_ref(), Partition::of_id(partition).unwrap(), here);
    REGION_VARIABLES
        .map(|name| variables.iter().find(|(own, _)| *own == name).map(|(_, value)| value.map(str::to_owned)))
}

#[test]
fn the_persons_region_stays_unless_another_is_known_or_it_can_not_work() {
    let here = [("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "eu-north-1")];
    let set = Some(Some("us-east-1".to_owned()));
    assert_eq!(region_after(Some("us-east-1"), "aws", &here), [set.clone(), set]);
    assert_eq!(region_after(None, "aws", &here), [None, None]);
    assert_eq!(region_after(None, "aws", &[]), [None, None]);
    // Of another partition.
    assert_eq!(region_after(None, "aws-cn", &here), [Some(None), Some(None)]);
    // From the session before, by `daypass env` or `daypass use`.
    let earlier = [here[0], here[1], ("DAYPASS_REGION", "eu-west-1")];
    assert_eq!(region_after(None, "aws", &earlier), [Some(None), None]);
    assert_eq!(region_after(None, "aws", &[("AWS_REGION", "Not A Region")]), [None, None]);
}

#[test]
fn marks_go_with_their_region_and_leave_the_persons_own() {
    let here = [("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "eu-north-1"), ("DAYPASS_REGION", "eu-west-1")];
    let mut variables = Variables::default();
    variables.unmark(|name| here.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned()));
    let names: Vec<&str> = variables.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["AWS_REGION", "DAYPASS_PROFILE", "DAYPASS_REGION", "DAYPASS_ROLE", "DAYPASS_UNTIL"]);
}
