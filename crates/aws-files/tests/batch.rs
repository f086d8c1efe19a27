//! Many profiles with one write: the same bytes as one by one, and a way back.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use std::fs;
use std::path::Path;

use aws_files::{AwsFile, Batch, Error, FileKind, Foreign, HomeId, Outcome, Patch, ProfileName, entry};
use proptest::prelude::*;

const HOME: HomeId = HomeId::new(0xa1b2);
const OTHER: HomeId = HomeId::new(7);

fn name(text: &str) -> ProfileName {
    ProfileName::parse(text).unwrap()
}

fn put(profile: &str, region: &str) -> (ProfileName, Vec<(aws_files::Key, aws_files::Value)>) {
    (name(profile), vec![entry("credential_process", "daypass x").unwrap(), entry("region", region).unwrap()])
}

fn batch(puts: &[(&str, &str)], removals: &[&str]) -> Batch {
    Batch {
        puts: puts.iter().map(|(profile, region)| put(profile, region)).collect(),
        removals: removals.iter().map(|profile| name(profile)).collect(),
        ..Batch::default()
    }
}

fn content(path: &Path) -> Option<Vec<u8>> {
    fs::read(path).ok()
}

/// Applies it, and returns the way back.
fn apply(file: &AwsFile, batch: &Batch) -> (Option<Patch>, Vec<Error>) {
    let mut back = None;
    let done = file.apply(batch, HOME, |edit| {
        back = Some(edit.back.clone());
        Ok::<_, Error>(())
    });
    (back, done.unwrap().refused)
}

/// The same, one by one: first what goes, then what is rewritten, then what is added.
fn one_by_one(file: &AwsFile, batch: &Batch) {
    file.remove(&batch.removals, HOME).unwrap();
    let there: Vec<String> = file.profiles().unwrap().into_iter().map(|profile| profile.name).collect();
    for is_there in [true, false] {
        for (profile, entries) in &batch.puts {
            if there.iter().any(|name| name == profile.as_str()) == is_there {
                // Refused in the same way.
                let _ = file.put(profile, entries, HOME, Foreign::Refuse);
            }
        }
    }
}

fn any_file() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "[default]\n",
        "[profile a]\n",
        "[profile b]\n",
        "[ profile  a ]\n",
        "[profile c]\n# daypass: writes region in \"c\" (+0)\nregion = x\n",
        "[profile d]\n# daypass: writes region in \"d\" (+1, home 000000000000a1b2)\nregion = x\n",
        "\n[profile e]\n# daypass: writes region in \"e\" (+1, new file, home 000000000000a1b2)\nregion = x\n",
        "[profile f]\n# daypass: writes region in \"f\" (+0, home 0000000000000007)\n",
        "[sso-session x]\n",
        "output = json\n",
        "s3 =\n  max = 2\n",
        "# comment\n",
        "\n",
        "\r\n",
        "[profile g]\r\n# daypass: writes region in \"g\" (+0, home 000000000000a1b2)\r\nregion = x\r\n",
        "stray",
        "\u{feff}",
    ]);
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

const NAMES: [&str; 9] = ["default", "a", "b", "c", "d", "e", "f", "g", "new"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_writes_what_one_by_one_would_and_finds_back(
        before in prop::option::of(any_file()),
        puts in prop::sample::subsequence(NAMES.to_vec(), 0..9),
        removals in prop::sample::subsequence(NAMES.to_vec(), 0..6),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
        if let Some(before) = &before {
            fs::write(&ours, before).unwrap();
            fs::write(&theirs, before).unwrap();
        }
        let puts: Vec<(&str, &str)> = puts.iter().map(|name| (*name, "eu-west-1")).collect();
        let removals: Vec<&str> = removals.into_iter().filter(|name| puts.iter().all(|(put, _)| put != name)).collect();
        let batch = batch(&puts, &removals);
        let file = AwsFile::new(&ours, FileKind::Config);
        let (back, refused) = apply(&file, &batch);
        one_by_one(&AwsFile::new(&theirs, FileKind::Config), &batch);
        let after = content(&ours);
        prop_assert_eq!(&after, &content(&theirs));
        prop_assert!(refused.iter().all(|error| error.code() == "foreign-profile"));
        if let Some(back) = back {
            let kept: Patch = serde_json::from_str(&serde_json::to_string(&back).unwrap()).unwrap();
            prop_assert!(file.take_back(before.is_some(), &kept, |now| now == after.as_deref()).unwrap());
        }
        prop_assert_eq!(content(&ours), before.map(String::into_bytes));
    }
}

#[test]
fn others_are_refused_and_the_rest_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    fs::write(&path, "[profile mine]\nregion = x\n").unwrap();
    let file = AwsFile::new(&path, FileKind::Config);
    let _ = file.put(&name("theirs"), &put("theirs", "r").1, OTHER, Foreign::Refuse).unwrap();
    let before = content(&path).unwrap();
    let (_, refused) = apply(&file, &batch(&[("mine", "a"), ("theirs", "a"), ("ours", "a")], &["theirs", "mine"]));
    let words: Vec<String> = refused.iter().map(ToString::to_string).collect();
    assert!(words.len() == 2 && words[0].contains("config:1 has a profile \"mine\""), "{words:?}");
    assert!(words[1].contains("another Daypass"), "{words:?}");
    let after = content(&path).unwrap();
    assert!(after.starts_with(&before) && after.len() > before.len());
}

#[test]
fn what_is_as_wanted_is_not_written_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = AwsFile::new(folder.path().join("config"), FileKind::Config);
    let wanted = batch(&[("a", "x"), ("b", "x")], &["c"]);
    assert!(apply(&file, &wanted).0.is_some());
    let again = file.apply(&wanted, HOME, |_| -> Result<(), Error> { panic!("nothing is to be changed") }).unwrap();
    assert_eq!(again.outcome, Outcome::Unchanged);
    // What can't be kept isn't done.
    let before = content(file.path());
    let refused = file.apply(&batch(&[], &["a"]), HOME, |_| Err::<(), _>(Error::NoEntries { profile: "a".into() }));
    assert!(refused.is_err() && content(file.path()) == before);
}

#[test]
fn a_file_that_changed_since_is_not_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let file = AwsFile::new(&path, FileKind::Config);
    let (back, _) = apply(&file, &batch(&[("a", "x")], &[]));
    let after = content(&path);
    fs::write(&path, "[profile x]\n").unwrap();
    assert!(!file.take_back(false, &back.unwrap(), |now| now == after.as_deref()).unwrap());
    assert_eq!(content(&path).unwrap(), b"[profile x]\n");
}
