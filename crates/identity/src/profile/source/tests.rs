use daypass_core::problem::ProblemCode;
use secrecy::ExposeSecret;

use super::*;

fn find_in(config: &str, credentials: &str, name: &str) -> Result<Found, Problem> {
    let folder = tempfile::tempdir().unwrap();
    let (config_file, credentials_file) = (folder.path().join("config"), folder.path().join("credentials"));
    for (path, text) in [(&config_file, config), (&credentials_file, credentials)] {
        if !text.is_empty() {
            #[allow(clippy::disallowed_methods)]
            std::fs::write(path, text).unwrap();
        }
    }
    find(&Places::under(folder.path(), credentials_file, config_file), &name.parse().unwrap())
}

const KEYS: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = PLANTED\n";

#[test]
fn keys_are_read_where_they_stand() {
    let found = find_in("[profile a]\nregion = eu-central-1\n", &format!("[a]\n{KEYS}"), "a").unwrap();
    assert_eq!(found.region.as_ref().unwrap().as_str(), "eu-central-1");
    assert!(!format!("{found:?}").contains("PLANTED"), "{found:?}");
    let Source::Keys(keys) = found.source else { panic!("{found:?}") };
    assert_eq!(keys.access_key_id, "AKIAIOSFODNN7EXAMPLE");
    assert_eq!(keys.secret_access_key.expose_secret(), "PLANTED");
    assert!(keys.session_token.is_none());
    let found = find_in(&format!("[profile a]\n{KEYS}aws_session_token = T\n"), "", "a").unwrap();
    assert!(matches!(found.source, Source::Keys(Keys { session_token: Some(_), .. })));
}

#[test]
fn the_order_is_that_of_the_aws_cli() {
    let process = "credential_process = /bin/tool x\n";
    let source = |config: &str, credentials: &str| find_in(config, credentials, "a").unwrap().source;
    let in_credentials = format!("[a]\n{KEYS}");
    assert!(matches!(source(&format!("[profile a]\n{process}"), &in_credentials), Source::Keys(_)));
    assert!(matches!(source(&format!("[profile a]\n{process}{KEYS}"), ""), Source::Process(c) if c == "/bin/tool x"));
    for more in [
        "role_arn = arn:aws:iam::123456789012:role/X\nsource_profile = b\n",
        "sso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev\n",
        "sso_start_url = https://x\nsso_account_id = 123456789012\n",
        "role_arn = arn:aws:iam::123456789012:role/X\nweb_identity_token_file = /t\n",
        "login_session = arn:aws:iam::123456789012:user/ann\n",
    ] {
        assert!(
            matches!(source(&format!("[profile a]\n{more}"), &in_credentials), Source::AwsCli { login } if login == more.starts_with("login")),
            "{more}"
        );
    }
    // An older AWS CLI can't open what builds on `aws login` either.
    let behind = "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/X\nsource_profile = b\n\
                  [profile b]\nlogin_session = arn:aws:iam::123456789012:user/ann\n";
    assert!(matches!(source(behind, ""), Source::AwsCli { login: true }));
}

#[test]
fn what_is_not_there_is_told() {
    assert_eq!(find_in("", "", "a").unwrap_err().code, ProblemCode::ProfileNotFound);
    assert_eq!(find_in("[a]\nregion = x\n", "", "a").unwrap_err().code, ProblemCode::ProfileNotFound);
    assert_eq!(find_in("[profile a]\nregion = eu-west-1\n", "", "a").unwrap_err().code, ProblemCode::ProfileEmpty);
    assert_eq!(find_in("[profile a]\nrole_arn =\n", "", "a").unwrap_err().code, ProblemCode::ProfileEmpty);
    assert!(find_in("[default]\nsso_session = x\n", "", "default").is_ok());
}

#[test]
fn daypasss_own_profiles_are_refused_however_they_are_reached() {
    let own = format!("[dev]\n# daypass: writes aws_access_key_id, aws_secret_access_key in \"dev\" (+0)\n{KEYS}");
    assert_eq!(find_in("", &own, "dev").unwrap_err().code, ProblemCode::ProfileIsDaypass);
    let behind = "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/X\nsource_profile = b\n\
                  [profile b]\nrole_arn = arn:aws:iam::123456789012:role/Y\nsource_profile = dev\n";
    let problem = find_in(behind, &own, "a").unwrap_err();
    assert_eq!(problem.code, ProblemCode::ProfileIsDaypass);
    assert!(problem.message.contains("a → b → dev"), "{problem}");
    let commands = [
        "daypass credential-process --profile dev",
        "\"/opt/day pass/daypass\" credential-process --profile dev",
        "sh -c 'exec \"/usr/bin/daypass\" credential-process'",
        "env DAYPASS_HOME=/x daypass credential-process",
        "test -e /x && /opt/daypass/bin/Daypass.EXE credential-process | cat",
    ];
    // Windows' shell doesn't know single quotes.
    for command in commands.iter().filter(|command| Shell::HERE == Shell::Posix || !command.contains('\'')) {
        let config = format!("[profile a]\ncredential_process = {command}\n");
        assert_eq!(find_in(&config, "", "a").unwrap_err().code, ProblemCode::ProfileLoop, "{command}");
    }
    // What the shell of Windows starts, on any system.
    let windows = command_line::programs(r"C:\Programs\Daypass.exe credential-process", Shell::Cmd);
    assert_eq!(windows, [r"C:\Programs\Daypass.exe"]);
    if Shell::HERE == Shell::Cmd {
        assert!(is_daypass(&windows[0]));
    }
    // A role that is its own source ends there.
    let itself = format!("[a]\n{KEYS}role_arn = arn:aws:iam::123456789012:role/X\nsource_profile = a\n");
    assert!(matches!(find_in("", &itself, "a").unwrap().source, Source::AwsCli { login: false }));
}

#[test]
fn folders_arguments_and_scripts_may_be_called_daypass() {
    for command in [
        "/bin/my-daypass-free-tool",
        "/home/me/src/daypass/tools/get-keys.sh",
        "/home/me/src/daypass/.dev/venv/bin/python -c 'print(1)'",
        "tool --for daypass",
        "tool --file=/x/daypass",
        "sh /home/me/daypass/get.sh daypass",
        "env TOOL=daypass tool get daypass",
        "echo 'not daypass; daypass'",
        // Without quotes this is a program /opt/day.
        "/opt/day pass/daypass credential-process",
    ] {
        let config = format!("[profile a]\ncredential_process = {command}\n");
        let found = find_in(&config, "", "a").unwrap_or_else(|problem| panic!("{command}: {problem}"));
        assert!(matches!(found.source, Source::Process(line) if line == command), "{command}");
    }
}

#[cfg(unix)]
#[test]
#[allow(clippy::disallowed_methods)]
fn daypass_is_known_behind_a_link_and_under_another_name() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["daypass", "other"] {
        std::fs::write(at(name), "").unwrap();
        std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    symlink(at("daypass"), at("get-keys")).unwrap();
    symlink(at("other"), at("get-others")).unwrap();
    symlink(std::env::current_exe().unwrap(), at("renamed")).unwrap();
    let is_daypass = |name: &str| is_daypass(at(name).to_str().unwrap());
    assert_eq!(["get-keys", "renamed", "other", "get-others"].map(is_daypass), [true, true, false, false]);
}

#[test]
fn keys_that_no_request_can_be_signed_with_are_named_with_their_line() {
    let refused = |text: &str| {
        let problem = find_in("", text, "src").unwrap_err();
        assert_eq!(problem.code, ProblemCode::BadAccessKey, "{problem:?}");
        assert!(!format!("{problem:?}").contains("PLANTED"), "{problem:?}");
        problem.message
    };
    let below_id = refused(include_str!("cases/indented-line-under-key-id.ini"));
    assert!(below_id.contains("credentials:3: aws_access_key_id of profile src"), "{below_id}");
    assert!(below_id.ends_with("it contains a line break"), "{below_id}");
    let below_token = refused(include_str!("cases/indented-line-under-token.ini"));
    assert!(below_token.contains("credentials:4: aws_session_token of profile src"), "{below_token}");
    assert!(refused("[src]\naws_access_key_id = AKIA\0\naws_secret_access_key = PLANTED\n").contains("NUL"));
    assert!(refused("[src]\naws_access_key_id = A B\naws_secret_access_key = PLANTED\n").contains("blank"));
    assert!(
        refused("[src]\naws_access_key_id = A\naws_secret_access_key = PLANTED\n  x = y\n").contains(":3: aws_secret")
    );
    let in_config = "[profile src]\naws_access_key_id = Ä\naws_secret_access_key = PLANTED\n";
    assert!(find_in(in_config, "", "src").unwrap_err().message.contains("config:2: aws_access_key_id"));
}

#[test]
fn files_are_read_as_botocore_reads_them() {
    let keys = |text: &str| match find_in("", text, "src").unwrap().source {
        Source::Keys(keys) => keys,
        other => panic!("{other:?}"),
    };
    let legacy = keys(include_str!("cases/legacy-security-token.ini"));
    assert_eq!(legacy.session_token.unwrap().expose_secret(), "only-the-old-name");
    assert_eq!(keys(include_str!("cases/nbsp-before-keys.ini")).access_key_id, "AKIAMADEUP0000000001");
    let both = format!("[src]\n{KEYS}aws_session_token = new\naws_security_token = old\n");
    assert_eq!(keys(&both).session_token.unwrap().expose_secret(), "old", "as botocore does");
    // Of `[default]` and `[profile default]`, the one that comes last counts, as a whole.
    let default = |config: &str| find_in(config, "", "default").map(|found| found.region.map(String::from));
    let (one, two) = (format!("[default]\n{KEYS}region = eu-west-1\n"), format!("[profile default]\n{KEYS}"));
    assert_eq!(default(&format!("{one}{two}")).unwrap(), None);
    assert_eq!(default(&format!("{two}{one}")).unwrap().as_deref(), Some("eu-west-1"));
}
