//! The oracle: botocore itself reads what we wrote, and reads everything else as before.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::Command;

use aws_files::{
    AwsFile, FileKind, Foreign, HomeId, ProfileName, ShadowedTools, Shadows, entry, quote_process_argument,
};

const HOME: HomeId = HomeId::new(1);

const READ: &str = "
import json, sys, botocore.configloader as c
path, kind = sys.argv[1:]
read = c.load_config(path) if kind == 'config' else {'profiles': c.raw_config_parse(path)}
print(json.dumps(read, sort_keys=True))
";

const FOREIGN: &str = "\
# mine\n; old style\n[default]\nregion=eu-west-1\ns3 =\n  max_concurrent_requests = 20\n  # inside\n\n\
[profile \"my dev\"]\naws_account_id = 012345678901\noutput: json\n\n[sso-session corp]\nsso_region = us-east-1\n\
[services local]\ns3 =\n  endpoint_url = http://localhost\n[plugins]\nx = y\n\
[profile multi]\nrole_arn = arn\n  and more\n\n\n  still\nempty =\n";

#[test]
fn botocore_reads_what_we_write_and_everything_else_as_before() {
    if !botocore_is_there() {
        return;
    }
    for kind in [FileKind::Config, FileKind::Credentials] {
        for before in [FOREIGN.to_owned(), FOREIGN.trim_end().to_owned(), FOREIGN.replace('\n', "\r\n"), String::new()]
        {
            check(kind, &before);
        }
    }
}

fn check(kind: FileKind, before: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, before).unwrap();
    let expected = read(&path, kind);
    let file = AwsFile::new(&path, kind);
    let process =
        format!("{} credential-process --profile \"a b\"", quote_process_argument("/opt/day pass/it's $HOME"));
    // In the alphabet's order, as botocore's answer is printed.
    let entries = [
        entry("aws_access_key_id", "ASIA+/=").unwrap(),
        entry("aws_session_token", "a=b:c;d#e %x ${y} 'q' \"r\" \\").unwrap(),
        entry("credential_process", &process).unwrap(),
        entry("region", "тест").unwrap(),
    ];
    let names = ["dev", "my own", "a.b-c_d/e%f@g:h+i", "тест"].map(|name| ProfileName::parse(name).unwrap());
    for name in &names {
        let _ = file.put(name, &entries, HOME, Foreign::Refuse).unwrap();
    }

    let there = read(&path, kind);
    let expected_values: Vec<&str> = entries.iter().map(|(_, value)| value.expose()).collect();
    let values = values_of(&there, &names);
    assert_eq!(values.lines().count(), names.len());
    for (name, values) in names.iter().zip(values.lines()) {
        assert_eq!(values.split('\0').collect::<Vec<_>>(), expected_values, "{name} in {kind:?}");
    }
    // Ours taken out of what botocore read: the rest is what it read before.
    assert_eq!(without(&there, &names), expected);

    assert_eq!(file.remove(&names, HOME).unwrap(), names.len());
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
}

#[test]
fn botocore_runs_the_process_that_was_quoted() {
    if !botocore_is_there() {
        return;
    }
    let script = "import sys, botocore.compat as c; print('\\n'.join(c.compat_shell_split(sys.argv[1])))";
    let program = "/opt/day pass/it's $HOME `x` \"y\" \\z";
    let words = python(script, &[&format!("{} --profile dev", quote_process_argument(program))]).unwrap();
    assert_eq!(words.lines().collect::<Vec<_>>(), [program, "--profile", "dev"]);
}

fn botocore_is_there() -> bool {
    let found = python("import botocore", &[]);
    if let Err(why) = &found {
        println!("skipped: python3 can't import botocore ({why})");
    }
    found.is_ok()
}

fn read(path: &Path, kind: FileKind) -> String {
    let kind = if kind == FileKind::Config { "config" } else { "credentials" };
    python(READ, &[path.to_str().unwrap(), kind]).unwrap()
}

/// A line for each profile, its values apart by NUL.
fn values_of(json: &str, profiles: &[ProfileName]) -> String {
    let script = "
import json, sys
read = json.loads(sys.argv[1])
for profile in sys.argv[2:]: print(*read['profiles'][profile].values(), sep='\\0')
";
    let mut arguments = vec![json];
    arguments.extend(profiles.iter().map(ProfileName::as_str));
    python(script, &arguments).unwrap()
}

fn without(json: &str, profiles: &[ProfileName]) -> String {
    let script = "
import json, sys
read = json.loads(sys.argv[1])
for profile in sys.argv[2:]: del read['profiles'][profile]
print(json.dumps(read, sort_keys=True))
";
    let mut arguments = vec![json];
    arguments.extend(profiles.iter().map(ProfileName::as_str));
    python(script, &arguments).unwrap()
}

fn python(script: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("python3").args(["-X", "utf8", "-c", script]).args(arguments).output();
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned())
    }
}

/// Three thousand files of good and bad lines: botocore reads those in which no fault is found, and no others. In those
/// that it reads, it finds the profiles and values that we find.
#[test]
fn botocore_reads_a_file_exactly_if_no_fault_is_found() {
    if !botocore_is_there() {
        return;
    }
    const LINES: [&str; 31] = [
        "[a]",
        "[b]",
        "[ a ]",
        "[a] x",
        "[]",
        "x = 1",
        "X: 2",
        "y=",
        "  z = 3",
        "\u{a0}[a]",
        "\u{3000}x = 1",
        "\u{b}[b]",
        "# c",
        " ; c",
        "",
        "  ",
        "stray",
        "= 1",
        "s3 =",
        "  in = 1",
        "  in",
        "   deeper",
        "\tt = 1",
        "x\u{a0}= 5",
        "[c]\u{a0}",
        "key = a = b",
        "u = ü",
        "\u{1c}v = 1",
        "[d",
        "é",
        "\u{feff}w = 1",
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut state = 7_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut texts = Vec::new();
    for number in 0..3_000 {
        let mut lines: Vec<&str> = (0..next(7)).map(|_| LINES[next(LINES.len())]).collect();
        if next(4) > 0 {
            lines.insert(0, LINES[next(2)]);
        }
        let text = lines.join(["\n", "\r\n", "\n\n", "\r"][next(4)]);
        let text =
            if next(40) == 0 { text.into_bytes().into_iter().chain(*b"\n\xe4\n").collect() } else { text.into_bytes() };
        fs::write(folder.path().join(format!("{number:04}")), &text).unwrap();
        texts.push(text);
    }
    let script = "
import os, sys, json, botocore.configloader as c
for name in sorted(os.listdir(sys.argv[1])):
    try:
        read = c.raw_config_parse(os.path.join(sys.argv[1], name), parse_subsections=True)
        flat = {p.strip(): sorted(v) for p, v in read.items() if not any(q != p and q.strip() == p.strip() for q in read)}
        print(json.dumps([[p, flat[p]] for p in sorted(flat)], ensure_ascii=False))
    except Exception as e: print('fault')
";
    let answers = python(script, &[folder.path().to_str().unwrap()]).unwrap();
    let answers: Vec<&str> = answers.split_terminator('\n').collect();
    assert_eq!(answers.len(), texts.len());
    let mut faults = 0;
    for (text, answer) in texts.iter().zip(answers) {
        let fault = aws_files::first_fault(text);
        let shown = String::from_utf8_lossy(text);
        assert_eq!(fault.is_some(), answer == "fault", "{fault:?} in {shown:?}, and botocore reads {answer}");
        faults += usize::from(fault.is_some());
    }
    assert!((300..2_700).contains(&faults), "{faults} faults");
}

/// Beside a `credential_process` of Daypass's: botocore asks it, unless a line is found that leads it away.
#[test]
fn botocore_passes_over_a_process_exactly_where_a_shadow_is_found() {
    if !botocore_is_there() {
        return;
    }
    let script = "
import os, sys
os.environ |= {'AWS_CONFIG_FILE': sys.argv[1], 'AWS_SHARED_CREDENTIALS_FILE': sys.argv[2]}
import botocore.session, botocore.credentials
session = botocore.session.Session(profile='dev')
for provider in botocore.credentials.create_credential_resolver(session).providers:
    try: found = provider.load() is not None
    except Exception: found = True
    if found: sys.exit(print(provider.METHOD))
";
    let keys = "aws_access_key_id = A\naws_secret_access_key = B\n";
    let cases = [
        ("region = x\noutput = json\n", ""),
        ("role_arn = arn:aws:iam::444455556666:role/x\nsource_profile = other\n", ""),
        ("web_identity_token_file = /t\nrole_arn = arn:aws:iam::444455556666:role/x\n", ""),
        ("sso_account_id = 1\n", ""),
        ("sso_role_name = A\n", ""),
        ("sso_session = corp\n", ""),
        ("sso_start_url = https://x.example\n", ""),
        ("login_session = x\n", ""),
        (keys, ""),
        ("", keys),
        ("", "role_arn = arn:aws:iam::444455556666:role/x\nsource_profile = other\n"),
    ];
    for (config_lines, credentials_lines) in cases {
        let folder = tempfile::tempdir().unwrap();
        let (config, credentials) = (folder.path().join("config"), folder.path().join("credentials"));
        let process = "credential_process = daypass credential-process --profile dev --role work:arn";
        fs::write(&config, format!("[profile dev]\n{process}\n{config_lines}\n[profile other]\n{keys}")).unwrap();
        fs::write(&credentials, format!("[dev]\n{credentials_lines}")).unwrap();
        let of = |path: &Path, kind| AwsFile::new(path, kind).profiles().unwrap();
        let (in_config, in_credentials) = (of(&config, FileKind::Config), of(&credentials, FileKind::Credentials));
        let shadow = Shadows::among(&in_config, &in_credentials).of_process("dev");
        let leads_away = shadow.is_some_and(|shadow| shadow.tools == ShadowedTools::AwsCli);
        let paths = [config.to_str().unwrap(), credentials.to_str().unwrap()];
        let method = python(script, &paths).unwrap();
        assert_eq!(leads_away, method.trim() != "custom-process", "{config_lines}{credentials_lines}: {method}");
    }
}
