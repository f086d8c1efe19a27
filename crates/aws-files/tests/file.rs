//! A file on disk: what is refused, what is backed up, what errors say.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use aws_files::{AwsFile, Error, FileKind, Foreign, HomeId, Outcome, ProfileName, entry, locate};

const HOME: HomeId = HomeId::new(0xa1b2);

fn name(name: &str) -> ProfileName {
    ProfileName::parse(name).unwrap()
}

struct Home {
    folder: tempfile::TempDir,
    file: AwsFile,
}

impl Home {
    fn with(content: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".aws/credentials");
        if let Some(content) = content {
            fs::create_dir(folder.path().join(".aws")).unwrap();
            fs::write(&path, content).unwrap();
        }
        Self { file: AwsFile::new(path, FileKind::Credentials), folder }
    }

    fn content(&self) -> String {
        fs::read_to_string(self.file.path()).unwrap()
    }

    /// The profiles that Daypass wrote.
    fn owned(&self) -> Vec<String> {
        let profiles = self.file.profiles().unwrap().into_iter();
        profiles.filter(|profile| profile.owned).map(|profile| profile.name).collect()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join(".aws")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        // On Windows the lock's file stays: nothing can take its name for a while after it is removed.
        names.filter(|name| cfg!(unix) || !name.ends_with(".daypass-lock")).collect()
    }
}

#[test]
fn a_file_we_created_is_deleted_with_our_last_profile() {
    let home = Home::with(None);
    assert_eq!(home.file.remove(&[name("dev")], HOME).unwrap(), 0);
    assert!(!home.folder.path().join(".aws").exists(), "nothing to remove, nothing to make");

    let put = home.file.put(&name("dev"), &[entry("region", "eu-west-1").unwrap()], HOME, Foreign::Refuse).unwrap();
    assert_eq!((put.outcome, put.backup), (Outcome::Written, None));
    assert_eq!(
        home.content(),
        "[dev]\n# daypass: writes region in \"dev\" (+0, new file, home 000000000000a1b2)\nregion = eu-west-1\n"
    );
    let again = home.file.put(&name("dev"), &[entry("region", "eu-west-1").unwrap()], HOME, Foreign::Refuse).unwrap();
    assert_eq!(again.outcome, Outcome::Unchanged);
    assert_eq!(home.owned(), ["dev"]);

    assert_eq!(home.file.remove(&[name("dev"), name("other")], HOME).unwrap(), 1);
    assert_eq!(home.names(), Vec::<String>::new());
}

#[test]
fn a_profile_of_the_persons_is_refused_and_named() {
    let home = Home::with(Some("# mine\n[x]\na = b\n\n[ dev ]\naws_access_key_id = AKIA\n"));
    let before = home.content();
    let error = home.file.put(&name("dev"), &[entry("region", "x").unwrap()], HOME, Foreign::Refuse).unwrap_err();
    assert_eq!(error.code(), "foreign-profile");
    let message = error.to_string();
    assert!(message.contains(".aws/credentials:5 has a profile \"dev\""), "{message}");
    assert_eq!(home.file.remove(&[name("dev")], HOME).unwrap(), 0);
    assert_eq!(home.content(), before);
    assert_eq!(home.names(), ["credentials"]);
}

#[test]
fn a_profile_of_the_persons_is_backed_up_before_it_is_replaced() {
    let home = Home::with(Some("[dev]\naws_access_key_id = AKIA\nregion = x\n\n# about y\n[y]\na = b\n"));
    let before = home.content();
    let entries = [entry("aws_access_key_id", "ASIA").unwrap()];
    let put = home.file.put(&name("dev"), &entries, HOME, Foreign::BackUpAndReplace).unwrap();
    let backup = put.backup.unwrap();
    assert_eq!(fs::read_to_string(&backup).unwrap(), before);
    assert_eq!(
        home.content(),
        "[dev]\n# daypass: writes aws_access_key_id in \"dev\" (+0, home 000000000000a1b2)\naws_access_key_id = ASIA\n\n# about y\n[y]\na = b\n"
    );
    // It is ours now: no second backup.
    let put = home.file.put(&name("dev"), &entries, HOME, Foreign::BackUpAndReplace).unwrap();
    assert_eq!(put.backup, None);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(backup).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn all_are_removed_with_one_write() {
    let home = Home::with(Some("[mine]\na = b\n"));
    let names = ["a", "b", "c"].map(name);
    for profile in &names {
        let _ = home.file.put(profile, &[entry("region", "x").unwrap()], HOME, Foreign::Refuse).unwrap();
    }
    assert_eq!(home.owned(), ["a", "b", "c"]);
    assert_eq!(home.file.remove(&names, HOME).unwrap(), 3);
    assert_eq!(home.content(), "[mine]\na = b\n");
}

#[test]
fn profiles_are_read_as_the_aws_cli_reads_them() {
    let home = Home::with(Some(
        "[a]\nREGION: eu-west-1\ns3 =\n  x = 1\n\n  # not\n  y = 2\nregion = later # kept\n\n[b]\n  k=v\n[a]\noutput = json\n",
    ));
    let profiles = home.file.profiles().unwrap();
    assert_eq!(
        profiles.iter().map(|profile| (profile.name.as_str(), profile.line)).collect::<Vec<_>>(),
        [("a", 1), ("b", 10)]
    );
    let a = &profiles[0];
    assert_eq!(a.get("region"), Some("later # kept"));
    assert_eq!(a.get("s3"), Some("\nx = 1\n\ny = 2"));
    assert_eq!(a.get("output"), Some("json"));
    assert_eq!(profiles[1].get("k"), Some("v"));
}

#[test]
fn sections_are_found_where_the_aws_cli_finds_them() {
    let names = |kind, content: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, content).unwrap();
        let profiles = AwsFile::new(path, kind).profiles().unwrap().into_iter();
        profiles.map(|profile| (profile.name.clone(), profile.keys().count())).collect::<Vec<_>>()
    };
    let found = |name: &str, keys| vec![(name.to_owned(), keys)];
    // Only `default` needs no `profile` in front of it, and a name with a blank in it is quoted.
    for (header, name) in [
        ("[default]", Some("default")),
        ("[dev]", None),
        ("[profile]", None),
        ("[profile ]", None),
        ("[profiles dev]", None),
        ("[profile dev]", Some("dev")),
        ("[profile\tdev]", Some("dev")),
        ("[profile my dev]", None),
        ("[profile 'my dev']", Some("my dev")),
        ("[profile my\\ dev]", Some("my dev")),
        ("[profile \"a\\\"b\\c\"]", Some("a\"b\\c")),
        ("[profile \"open]", None),
    ] {
        let expected = name.map(|name| found(name, 1)).unwrap_or_default();
        assert_eq!(names(FileKind::Config, &format!("{header}\nregion = x\n")), expected, "{header}");
    }
    // Empty brackets are not a header.
    assert_eq!(names(FileKind::Credentials, "[a]\nregion = x\n[] = y\n"), found("a", 2));
    // A key before the first section does not continue into an indented header.
    assert_eq!(names(FileKind::Credentials, "region = x\n  [a]\n  region = y\n"), found("a", 1));
    // A key in a section does.
    assert_eq!(names(FileKind::Credentials, "[a]\nregion = x\n  [b]\n"), found("a", 1));
    // Blanks may stand around a header and a comment.
    assert_eq!(names(FileKind::Credentials, " \t[ a ] \n  # [b]\n  ; [c]\nregion = x\n"), found("a", 1));
}

#[test]
fn no_value_injects_a_line_or_is_shown() {
    let secret = "s3cr3t";
    for value in ["a\nb", "a\r[x]", "a\0b", " a", "a ", "a\u{1b}b", "#a", "a ;b", "a\u{2028}b", "a\u{85}b"] {
        let error = entry("aws_secret_access_key", &format!("{value}{secret}\n")).unwrap_err();
        assert!(matches!(error, Error::BadValue { .. }));
        let error = entry("aws_secret_access_key", value).unwrap_err();
        assert_eq!(error.code(), "bad-value");
        assert!(error.to_string().contains("aws_secret_access_key"));
        assert!(!format!("{error} {error:?}").contains(secret));
    }
    for key in ["", "a b", "a=b", "a:b", "Region", "a\nb", "[a", "#a"] {
        assert_eq!(entry(key, "x").unwrap_err().code(), "bad-key", "{key:?}");
    }
    assert_eq!(format!("{:?}", entry("aws_secret_access_key", secret).unwrap().1), "Value(redacted)");
    let home = Home::with(Some("[a]\naws_secret_access_key = s3cr3t\n"));
    assert_eq!(
        format!("{:?}", home.file.profiles().unwrap()),
        r#"[ProfileEntry { name: "a", line: 1, owned: false, home: None, keys: ["aws_secret_access_key"] }]"#
    );
}

#[test]
fn a_bad_profile_name_is_refused_with_what_is_allowed() {
    for bad in
        ["", " a", "a ", "a\nb", "a\r\n[b", "a]b", "[a", "a\tb", "a\"b", "a'b", "a\\b", "a#b", "DEFAULT", "profile x"]
    {
        let error = ProfileName::parse(bad).unwrap_err();
        assert_eq!(error.code(), "bad-profile-name");
        assert!(error.advice().is_some_and(|advice| advice.starts_with("use letters, digits")));
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    for good in ["default", "dev", "my dev", "a.b-c_d/e%f@g:h+i", "profile", "тест"] {
        assert_eq!(ProfileName::parse(good).unwrap().as_str(), good);
    }
}

#[test]
fn each_home_removes_only_its_own_profiles() {
    let home = Home::with(None);
    let (other, entries) = (HomeId::new(7), [entry("region", "x").unwrap()]);
    let _ = home.file.put(&name("ours"), &entries, HOME, Foreign::Refuse).unwrap();
    let _ = home.file.put(&name("theirs"), &entries, other, Foreign::Refuse).unwrap();
    let wrote = |file: &AwsFile| file.profiles().unwrap().into_iter().map(|entry| entry.home).collect::<Vec<_>>();
    assert_eq!(wrote(&home.file), [Some(HOME), Some(other)]);
    let both = ["ours", "theirs"].map(name);
    assert_eq!(home.file.remove(&both, HOME).unwrap(), 1);
    assert_eq!(home.owned(), ["theirs"]);

    // Who writes a profile has it, and the other leaves it alone from then on.
    let refused = home.file.put(&name("theirs"), &entries, HOME, Foreign::Refuse).unwrap_err();
    assert!(refused.to_string().contains("another Daypass") && home.file.check(&[name("theirs")], HOME).is_err());
    let put = home.file.put(&name("theirs"), &entries, HOME, Foreign::BackUpAndReplace).unwrap();
    std::fs::remove_file(put.backup.unwrap()).unwrap();
    assert_eq!(home.file.remove(&both, other).unwrap(), 0);
    assert_eq!(home.file.remove(&both, HOME).unwrap(), 1);
    assert_eq!(home.names(), Vec::<String>::new(), "the file was created for the first profile");
}

#[test]
fn a_profile_that_is_only_remembered_is_not_ours() {
    let home = Home::with(Some("[dev]\n# daypass: writes nothing in \"dev\" (+0)\nregion = x\n"));
    assert_eq!(home.owned(), Vec::<String>::new());
    assert_eq!(home.file.remove(&[name("dev")], HOME).unwrap(), 0);
    assert_eq!(home.content(), "[dev]\n# daypass: writes nothing in \"dev\" (+0)\nregion = x\n");
}

#[test]
fn a_profile_in_several_sections_is_ours_if_one_of_them_is() {
    let ours = "[dev]\n# daypass: writes region in \"dev\" (+0, home 0000000000000007)\nregion = x\n";
    let theirs = "[dev]\noutput = json\n";
    for content in [format!("{ours}{theirs}"), format!("{theirs}{ours}"), format!("{ours}{ours}")] {
        let profiles = Home::with(Some(&content)).file.profiles().unwrap();
        assert_eq!(profiles.len(), 1);
        assert_eq!((profiles[0].owned, profiles[0].home), (true, Some(HomeId::new(7))), "{content}");
    }
}

#[test]
fn twice_the_same_key_and_no_entries_are_refused() {
    let home = Home::with(None);
    let twice = [entry("region", "a").unwrap(), entry("region", "b").unwrap()];
    assert_eq!(home.file.put(&name("dev"), &twice, HOME, Foreign::Refuse).unwrap_err().code(), "bad-key");
    assert_eq!(home.file.put(&name("dev"), &[], HOME, Foreign::Refuse).unwrap_err().code(), "no-entries");
    assert!(!home.folder.path().join(".aws").exists());
}

#[test]
fn a_folder_in_the_way_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = AwsFile::new(folder.path(), FileKind::Config);
    let error = file.put(&name("dev"), &[entry("region", "a").unwrap()], HOME, Foreign::Refuse).unwrap_err();
    assert_eq!(error.code(), "not-a-file");
    assert!(error.to_string().contains(folder.path().to_str().unwrap()));
}

#[test]
fn the_environment_says_where_the_files_are() {
    let home = Path::new("/home/me");
    let at = |kind, set: Option<&str>| locate(kind, |_| set.map(OsString::from), home);
    assert_eq!(at(FileKind::Credentials, None), PathBuf::from("/home/me/.aws/credentials"));
    assert_eq!(at(FileKind::Config, Some("")), PathBuf::from("/home/me/.aws/config"));
    assert_eq!(at(FileKind::Config, Some("~/c")), PathBuf::from("/home/me/c"));
    assert_eq!(at(FileKind::Config, Some("/x/~/c")), PathBuf::from("/x/~/c"));
    let only_config = |variable: &str| (variable == "AWS_CONFIG_FILE").then(|| OsString::from("/c"));
    assert_eq!(locate(FileKind::Credentials, only_config, home), PathBuf::from("/home/me/.aws/credentials"));
    assert_eq!(locate(FileKind::Config, only_config, home), PathBuf::from("/c"));
}

#[test]
fn a_section_is_known_by_its_key_when_its_comment_is_gone() {
    let bare = "[mine]\na = b\n\n[dev]\naws_access_key_id = ASIA1\naws_secret_access_key = x\naws_session_token = y\n";
    let known =
        |home: &Home, key: &str| home.file.clone().knowing([(name("dev"), vec!["ASIA0".to_owned(), key.to_owned()])]);
    let entries = [entry("aws_access_key_id", "ASIA2").unwrap()];
    for (added, after) in [("", "[mine]\na = b\n\n"), ("region = r\n", "[mine]\na = b\n\n")] {
        let home = Home::with(Some(&format!("{bare}{added}")));
        let other_key = known(&home, "ASIA9");
        assert_eq!(other_key.check(&[name("dev")], HOME).unwrap_err().code(), "foreign-profile");
        assert_eq!(other_key.remove(&[name("dev")], HOME).unwrap(), 0);
        let ours = known(&home, "ASIA1");
        ours.check(&[name("dev")], HOME).unwrap();
        let _ = ours.put(&name("dev"), &entries, HOME, Foreign::Refuse).unwrap();
        assert_eq!(home.content().matches("ASIA").count(), 1, "{}", home.content());
        assert_eq!(home.owned(), ["dev"]);
        assert_eq!(home.file.remove(&[name("dev")], HOME).unwrap(), 1);
        assert_eq!(home.content(), after);
        let home = Home::with(Some(&format!("{bare}{added}")));
        assert_eq!(known(&home, "ASIA1").remove(&[name("dev")], HOME).unwrap(), 1);
        assert_eq!(home.content(), after);
    }
    // What the person wrote there stays, and what may be theirs.
    let home = Home::with(Some(&format!("{bare}region = r\noutput = json\n")));
    assert_eq!(known(&home, "ASIA1").remove(&[name("dev")], HOME).unwrap(), 1);
    assert_eq!(home.content(), "[mine]\na = b\n\n[dev]\nregion = r\noutput = json\n");
    // A home that was at another path before.
    let home = Home::with(None);
    let _ = home.file.put(&name("dev"), &entries, HomeId::new(5), Foreign::Refuse).unwrap();
    known(&home, "ASIA2").check(&[name("dev")], HOME).unwrap();
    assert_eq!(known(&home, "ASIA2").remove(&[name("dev")], HOME).unwrap(), 1);
}

#[test]
fn a_profile_behind_an_odd_blank_is_not_overlooked() {
    for text in [
        include_str!("cases/nbsp-before-header.ini"),
        include_str!("cases/vt-before-header.ini"),
        include_str!("cases/ideographic-space.ini"),
    ] {
        let home = Home::with(Some(text));
        let put = |foreign| home.file.put(&name("zz-new"), &[entry("region", "x").unwrap()], HOME, foreign);
        assert_eq!(put(Foreign::Refuse).unwrap_err().code(), "foreign-profile", "{text:?}");
        let _ = put(Foreign::BackUpAndReplace).unwrap();
        assert_eq!(home.content().matches("[zz-new]").count(), 1, "{}", home.content());
        assert_eq!(aws_files::first_fault(home.content().as_bytes()), None);
    }
}

#[test]
fn names_are_swapped_with_one_write_and_a_file_of_ours_stays_ours() {
    let keys = |id: &str| [entry("aws_access_key_id", id).unwrap()];
    let mine = "# mine\n[x]\nregion = y\n";
    let home = Home::with(Some(mine));
    let put = |profiles: &[&str], gone: &[&str], id: &str| {
        let names = |names: &[&str]| names.iter().map(|text| name(text)).collect::<Vec<_>>();
        home.file.put_each(&names(profiles), &keys(id), &names(gone), HOME, Foreign::Refuse)
    };
    let _ = put(&["dev", "more"], &[], "ASIA1").unwrap();
    let _ = put(&["shop", "more"], &["dev", "x"], "ASIA2").unwrap();
    assert_eq!(home.owned(), ["more", "shop"]);
    assert!(home.content().starts_with(mine), "another tool's profile stays: {}", home.content());
    assert!(put(&["x"], &["shop", "more"], "ASIA3").is_err());
    assert_eq!(home.owned(), ["more", "shop"], "all or nothing");

    let empty = Home::with(None);
    let _ = empty.file.put_each(&[name("dev")], &keys("ASIA1"), &[], HOME, Foreign::Refuse).unwrap();
    let _ = empty.file.put_each(&[name("shop")], &keys("ASIA1"), &[name("dev")], HOME, Foreign::Refuse).unwrap();
    assert_eq!(empty.owned(), ["shop"]);
    empty.file.remove(&[name("shop")], HOME).unwrap();
    assert!(!empty.file.path().exists(), "Daypass made the file");
}
