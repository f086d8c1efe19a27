//! One folder a scenario: `before`, `steps` (`put NAME`, `take NAME`, `remove NAME…`; the first line is
//! the kind of file) and `after`. `BLESS=1` writes `after`; look at it before you commit it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use std::fs;
use std::path::Path;

use aws_files::{AwsFile, Foreign, Kind, ProfileName, entry};

#[test]
fn scenarios() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut count = 0;
    for folder in fs::read_dir(&root).unwrap() {
        check(&folder.unwrap().path());
        count += 1;
    }
    assert!(count >= 5, "{} has only {count} scenarios", root.display());
}

fn check(scenario: &Path) {
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("file");
    fs::copy(scenario.join("before"), &path).unwrap();
    let steps = fs::read_to_string(scenario.join("steps")).unwrap();
    let mut steps = steps.lines();
    let kind = match steps.next() {
        Some("credentials") => Kind::Credentials,
        Some("config") => Kind::Config,
        other => panic!("{}: unknown kind {other:?}", scenario.display()),
    };
    let file = AwsFile::new(&path, kind);
    for step in steps {
        let (verb, names) = step.split_once(' ').unwrap();
        let names: Vec<ProfileName> = names.split(' ').map(|name| ProfileName::parse(name).unwrap()).collect();
        let entries = [entry("aws_access_key_id", "ASIANEW").unwrap(), entry("region", "eu-north-1").unwrap()];
        match verb {
            "put" => drop(file.put(&names[0], &entries, Foreign::Refuse).unwrap()),
            "take" => drop(file.put(&names[0], &entries, Foreign::BackUpAndReplace).unwrap()),
            "remove" => drop(file.remove(&names).unwrap()),
            _ => panic!("{}: unknown step {step}", scenario.display()),
        }
    }
    let after = scenario.join("after");
    if std::env::var_os("BLESS").is_some() {
        fs::copy(&path, &after).unwrap();
    }
    let (seen, expected) = (fs::read(&path).unwrap(), fs::read(&after).unwrap_or_default());
    assert_eq!(String::from_utf8_lossy(&seen), String::from_utf8_lossy(&expected), "{}", scenario.display());
    assert_eq!(seen, expected, "{}", scenario.display());
}
