//! The promise: after writing and removing profiles, the file is the same, byte for byte.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use aws_files::{AwsFile, Document, FileKind, Foreign, HomeId, Key, ProfileName, Value, entry};
use proptest::prelude::*;

fn name(name: &str) -> ProfileName {
    ProfileName::parse(name).unwrap()
}

fn keys(suffix: &str) -> Vec<(Key, Value)> {
    ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"]
        .map(|key| entry(key, &format!("{key}/{suffix}=")).unwrap())
        .to_vec()
}

const HOMES: [HomeId; 2] = [HomeId::new(1), HomeId::new(u64::MAX)];

fn put(bytes: Option<&[u8]>, kind: FileKind, profile: &ProfileName, entries: &[(Key, Value)]) -> Vec<u8> {
    put_by(HOMES[0], bytes, kind, profile, entries)
}

fn put_by(
    home: HomeId,
    bytes: Option<&[u8]>,
    kind: FileKind,
    profile: &ProfileName,
    entries: &[(Key, Value)],
) -> Vec<u8> {
    Document::parse(bytes.unwrap_or_default(), kind).with(profile, entries, home, bytes.is_none())
}

/// None if the file is deleted.
fn remove(bytes: &[u8], kind: FileKind, profiles: &[ProfileName]) -> Option<Vec<u8>> {
    Document::parse(bytes, kind).without(profiles, HOMES[0]).bytes
}

fn read(bytes: &[u8], kind: FileKind, profile: &str) -> Option<Vec<(String, String)>> {
    let profiles = Document::parse(bytes, kind).profiles();
    let profile = profiles.into_iter().find(|read| read.name == profile)?;
    Some(profile.keys().map(|key| (key.to_owned(), profile.get(key).unwrap().to_owned())).collect())
}

fn texts(entries: &[(Key, Value)]) -> Vec<(String, String)> {
    entries.iter().map(|(key, value)| (key.as_str().to_owned(), value.expose().to_owned())).collect()
}

fn any_kind() -> impl Strategy<Value = FileKind> {
    prop_oneof![Just(FileKind::Credentials), Just(FileKind::Config)]
}

/// Files as people have them, and files that no one should have.
fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"[default]"[..],
        b"[profile a]",
        b"[ profile  a ]",
        b"[profile \"my a\"]",
        b"[a]",
        b"[sso-session x]",
        b"  [indented]",
        b"[]",
        b"[open",
        b"region = eu-west-1",
        b"s3 =",
        b"  max_concurrent_requests = 20",
        b"# comment",
        b"  ; comment",
        b"# daypass: writes region in \"a\" (+1)",
        b"# daypass: writes region in \"a\" (+0, home 0000000000000001)",
        b"# daypass: writes region in \"a\" (+2, new file, home 00000000000000ff)",
        b"# daypass: writes",
        b"no delimiter",
        b"\xff\xfe = \x00",
        b"\xef\xbb\xbf",
        b" ",
        b"\t",
        b"\n",
        b"\n",
        b"\n",
        b"\r\n",
        b"\r\n",
        b"\r",
    ]);
    prop_oneof![
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat()),
        prop::collection::vec(any::<u8>(), 0..200),
    ]
}

/// Two sections of one profile whose titles differ in blanks: botocore takes the last one as a whole.
#[test]
fn a_second_section_of_the_name_never_hides_what_is_written() {
    let second = "[ profile  dev ]\n# daypass: writes region in \"dev\" (+1)\n";
    for (rest, is_refused) in [("", false), ("region = x\n", false), ("[]", true), ("output = json\n", true)] {
        let before = format!("[profile dev]\n# daypass: writes region in \"dev\" (+0)\n{second}{rest}");
        let dev = name("dev");
        let there = put(Some(before.as_bytes()), FileKind::Config, &dev, &keys("1"));
        assert_eq!(read(&there, FileKind::Config, "dev"), Some(texts(&keys("1"))), "{before}");

        // What a person wrote there goes only if they agree.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        std::fs::write(&path, &before).unwrap();
        let file = AwsFile::new(&path, FileKind::Config);
        let refused = file.put(&dev, &keys("1"), HOMES[0], Foreign::Refuse).is_err();
        assert_eq!(refused, is_refused, "{before}");
        let left = std::fs::read(&path).unwrap();
        assert_eq!(left == before.as_bytes(), is_refused, "{before}");
    }
}

/// The empty line above the second section is at the end of the first.
#[test]
fn a_second_section_goes_with_the_empty_line_above_it() {
    let section = "[profile dev]\n# daypass: writes region in \"dev\" (+1)\nregion = x\n";
    let before = format!("{section}\n{section}");
    let there = put(Some(before.as_bytes()), FileKind::Config, &name("dev"), &keys("1"));
    assert_eq!(read(&there, FileKind::Config, "dev"), Some(texts(&keys("1"))));
    assert_eq!(String::from_utf8(there).unwrap().matches("[profile dev]").count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn put_then_remove_restores_every_byte(before in prop::option::of(any_file()), kind in any_kind()) {
        let dev = name("dev");
        let there = put(before.as_deref(), kind, &dev, &keys("1"));
        prop_assert_eq!(read(&there, kind, "dev"), Some(texts(&keys("1"))));
        prop_assert!(there.starts_with(before.as_deref().unwrap_or_default()));
        prop_assert_eq!(remove(&there, kind, &[dev]), before);
    }

    #[test]
    fn any_order_of_any_profiles_restores_every_byte(
        before in prop::option::of(any_file()),
        kind in any_kind(),
        steps in prop::collection::vec((0..4_usize, any::<bool>()), 1..20),
        at_once in any::<bool>(),
        last in Just(vec![0, 1, 2, 3_usize]).prop_shuffle(),
    ) {
        let names = ["dev", "prod", "my own", "x"].map(name);
        let mut now = before.clone();
        for (number, (which, is_put)) in steps.into_iter().enumerate() {
            now = match now {
                now if is_put => Some(put(now.as_deref(), kind, &names[which], &keys(&number.to_string()))),
                Some(now) => remove(&now, kind, &names[which..=which]),
                None => None,
            };
            // The bytes that were there first never change.
            let now = now.as_deref().unwrap_or_default();
            prop_assert!(now.starts_with(before.as_deref().unwrap_or_default()));
        }
        if at_once {
            now = now.and_then(|now| remove(&now, kind, &names));
        } else {
            for which in last {
                now = now.and_then(|now| remove(&now, kind, &names[which..=which]));
            }
        }
        prop_assert_eq!(now, before);
    }

    #[test]
    fn homes_that_share_a_file_never_touch_each_others_profiles(
        before in prop::option::of(any_file()),
        kind in any_kind(),
        steps in prop::collection::vec((0..2_usize, 0..3_usize, any::<bool>()), 1..16),
    ) {
        let names = ["dev", "prod", "x"].map(name);
        let mut now = before.clone();
        // Which home wrote each profile last, and with what.
        let mut expected: [Option<(usize, String)>; 3] = Default::default();
        for (number, (by, which, is_put)) in steps.into_iter().enumerate() {
            let home = HOMES[by];
            if is_put {
                let entries = keys(&number.to_string());
                now = Some(put_by(home, now.as_deref(), kind, &names[which], &entries));
                expected[which] = Some((by, format!("{:?}", texts(&entries))));
            } else if let Some(bytes) = now.take() {
                // Everything, as an agent cleans up: only its own is gone.
                now = Document::parse(&bytes, kind).without(&names, home).bytes;
                expected.iter_mut().for_each(|entry| drop(entry.take_if(|(writer, _)| *writer == by)));
            }
            let profiles = Document::parse(now.as_deref().unwrap_or_default(), kind).profiles();
            for (name, expected) in names.iter().zip(&expected) {
                let there = profiles.iter().find(|profile| profile.name == name.as_str());
                let there = there.map(|profile| (profile.home, format!("{:?}", texts_of(profile).1)));
                prop_assert_eq!(there, expected.clone().map(|(writer, texts)| (Some(HOMES[writer]), texts)));
            }
        }
        for home in HOMES {
            now = now.and_then(|now| Document::parse(&now, kind).without(&names, home).bytes);
        }
        prop_assert_eq!(now, before);
    }

    #[test]
    fn what_others_write_around_ours_stays(
        before in any_file(), between in any_file(), behind in any_file(), kind in any_kind(), first in any::<bool>(),
    ) {
        // Their text begins a line, as an editor has it.
        let (dev, prod) = (name("dev"), name("prod"));
        let mut now = put(Some(&before), kind, &dev, &keys("1"));
        let between = [b"[between]\n".to_vec(), between].concat();
        now.extend_from_slice(&between);
        now = put(Some(&now), kind, &prod, &keys("2"));
        let behind = [b"[behind]\n".to_vec(), behind].concat();
        now.extend_from_slice(&behind);
        let others = Document::parse(&now, kind).profiles().into_iter().filter(|profile| !matches!(profile.name.as_str(), "dev" | "prod"));
        let others: Vec<String> = others.map(|profile| format!("{:?}", texts_of(&profile))).collect();
        let order = if first { [dev, prod] } else { [prod, dev] };
        for profile in order {
            now = remove(&now, kind, &[profile]).unwrap();
        }
        let left = Document::parse(&now, kind).profiles();
        let left: Vec<String> = left.iter().map(|profile| format!("{:?}", texts_of(profile))).collect();
        prop_assert_eq!(left, others);
        prop_assert!(now.starts_with(&before) && now.ends_with(&behind));
        // At most the line breaks that keep lines apart are left.
        let theirs = before.len() + between.len() + behind.len();
        prop_assert!(now.len() <= theirs + 4, "{} > {}", now.len(), theirs);
    }

    #[test]
    fn renewing_changes_nothing_but_ours(before in any_file(), behind in any_file(), kind in any_kind()) {
        let dev = name("dev");
        let mut first = put(Some(&before), kind, &dev, &keys("1"));
        // Comments and empty lines, and a section of the person's.
        let behind = [b"# theirs\n\n[theirs]\n".to_vec(), behind].concat();
        first.extend_from_slice(&behind);
        let second = put(Some(&first), kind, &dev, &keys("2"));
        prop_assert!(second.starts_with(&before) && second.ends_with(&behind));
        prop_assert_eq!(second.len(), first.len());
        prop_assert_eq!(put(Some(&second), kind, &dev, &keys("1")), first);
    }

    #[test]
    fn taking_over_reads_back(before in any_file(), kind in any_kind()) {
        // A header that is indented is one only while no value is above it; a value is what comes now.
        let blank_first = |line: &[u8]| line.first().is_some_and(u8::is_ascii_whitespace) && line.contains(&b'[');
        if before.split(|byte| matches!(byte, b'\n' | b'\r')).any(blank_first) {
            return Ok(());
        }
        let a = name("a");
        let there = put(Some(&before), kind, &a, &keys("1"));
        let read = read(&there, kind, "a").unwrap();
        for entry in texts(&keys("1")) {
            prop_assert!(read.contains(&entry));
        }
        let there = Document::parse(&there, kind);
        prop_assert!(there.profiles().iter().any(|profile| profile.name == "a" && profile.home == Some(HOMES[0])));
        prop_assert_eq!(there.profiles().iter().filter(|profile| profile.name == "a").count(), 1);
    }

    #[test]
    fn no_accepted_value_is_read_back_differently(value in ".*", kind in any_kind()) {
        if let Ok(pair) = entry("region", &value) {
            let there = put(Some(b"[x]\na = b"), kind, &name("dev"), std::slice::from_ref(&pair));
            prop_assert_eq!(read(&there, kind, "dev"), Some(texts(&[pair])));
        }
    }

    #[test]
    fn no_accepted_name_is_read_back_differently(given in ".*", kind in any_kind()) {
        if let Ok(profile) = ProfileName::parse(&given) {
            let there = put(None, kind, &profile, &keys("1"));
            prop_assert_eq!(read(&there, kind, &given), Some(texts(&keys("1"))));
            prop_assert_eq!(remove(&there, kind, &[profile]), None);
        }
    }
}

fn texts_of(profile: &aws_files::ProfileEntry) -> (String, Vec<(String, String)>) {
    let values = profile.keys().map(|key| (key.to_owned(), profile.get(key).unwrap().to_owned()));
    (profile.name.clone(), values.collect())
}
