//! One folder for each scenario: `before`, `steps` and `after`. The first line of `steps` is the kind of
//! file; then come `put NAME`, `take NAME` and `remove NAME…`, after `other` if another Daypass home does
//! it. `BLESS=1` writes `after`; look at it before you commit it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use std::fs;
use std::path::Path;

use aws_files::{AwsFile, FileKind, Foreign, HomeId, ProfileName, entry};

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
        Some("credentials") => FileKind::Credentials,
        Some("config") => FileKind::Config,
        other => panic!("{}: unknown kind {other:?}", scenario.display()),
    };
    let file = AwsFile::new(&path, kind);
    for step in steps {
        let (home, step) = match step.strip_prefix("other ") {
            Some(step) => (HomeId::new(0x0123_4567_89ab_cdef), step),
            None => (HomeId::new(0xd), step),
        };
        let (verb, names) = step.split_once(' ').unwrap();
        let names: Vec<ProfileName> = names.split(' ').map(|name| ProfileName::parse(name).unwrap()).collect();
        let entries = [entry("aws_access_key_id", "ASIANEW").unwrap(), entry("region", "eu-north-1").unwrap()];
        match verb {
            "put" => drop(file.put(&names[0], &entries, home, Foreign::Refuse).unwrap()),
            "take" => drop(file.put(&names[0], &entries, home, Foreign::BackUpAndReplace).unwrap()),
            "remove" => drop(file.remove(&names, home).unwrap()),
            _ => panic!("{}: unknown step {step}", scenario.display()),
        }
    }
    let after = scenario.join("after");
    if std::env::var_os("BLESS").is_some() {
        fs::copy(&path, &after).unwrap();
    }
    let (actual, expected) = (fs::read(&path).unwrap(), fs::read(&after).unwrap_or_default());
    assert_eq!(String::from_utf8_lossy(&actual), String::from_utf8_lossy(&expected), "{}", scenario.display());
    assert_eq!(actual, expected, "{}", scenario.display());
}
