//! The oracle: botocore itself reads what we wrote, and reads everything else as before.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::Command;

use aws_files::{AwsFile, FileKind, Foreign, HomeId, ProfileName, entry, quote_process_argument};

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
        println!("skipped: python3 cannot import botocore ({why})");
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
