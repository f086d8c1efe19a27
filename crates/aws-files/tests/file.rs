//! A file on disk: what is refused, what is backed up, what the messages say.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use aws_files::{AwsFile, Error, Foreign, Kind, Outcome, ProfileName, entry, locate};

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
        Self { file: AwsFile::new(path, Kind::Credentials), folder }
    }

    fn content(&self) -> String {
        fs::read_to_string(self.file.path()).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join(".aws")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

#[test]
fn a_file_made_for_us_goes_with_us() {
    let home = Home::with(None);
    assert_eq!(home.file.remove(&[name("dev")]).unwrap(), 0);
    assert!(!home.folder.path().join(".aws").exists(), "nothing to remove, nothing to make");

    let put = home.file.put(&name("dev"), &[entry("region", "eu-west-1").unwrap()], Foreign::Refuse).unwrap();
    assert_eq!((put.outcome, put.backup), (Outcome::Written, None));
    assert_eq!(home.content(), "[dev]\n# daypass: writes region in \"dev\" (+0, new file)\nregion = eu-west-1\n");
    let again = home.file.put(&name("dev"), &[entry("region", "eu-west-1").unwrap()], Foreign::Refuse).unwrap();
    assert_eq!(again.outcome, Outcome::Unchanged);
    assert_eq!(home.file.owned().unwrap(), [name("dev")]);

    assert_eq!(home.file.remove(&[name("dev"), name("other")]).unwrap(), 1);
    assert_eq!(home.names(), Vec::<String>::new());
}

#[test]
fn somebodys_profile_is_refused_and_named() {
    let home = Home::with(Some("# mine\n[x]\na = b\n\n[ dev ]\naws_access_key_id = AKIA\n"));
    let before = home.content();
    let error = home.file.put(&name("dev"), &[entry("region", "x").unwrap()], Foreign::Refuse).unwrap_err();
    assert_eq!(error.code(), "foreign-profile");
    let message = error.to_string();
    assert!(message.contains(".aws/credentials:5 has a profile \"dev\""), "{message}");
    assert_eq!(home.file.remove(&[name("dev")]).unwrap(), 0);
    assert_eq!(home.content(), before);
    assert_eq!(home.names(), ["credentials"]);
}

#[test]
fn somebodys_profile_is_backed_up_before_it_is_replaced() {
    let home = Home::with(Some("[dev]\naws_access_key_id = AKIA\nregion = x\n\n# about y\n[y]\na = b\n"));
    let before = home.content();
    let entries = [entry("aws_access_key_id", "ASIA").unwrap()];
    let put = home.file.put(&name("dev"), &entries, Foreign::BackUpAndReplace).unwrap();
    let backup = put.backup.unwrap();
    assert_eq!(fs::read_to_string(&backup).unwrap(), before);
    assert_eq!(
        home.content(),
        "[dev]\n# daypass: writes aws_access_key_id in \"dev\" (+0)\naws_access_key_id = ASIA\n\n# about y\n[y]\na = b\n"
    );
    // It is ours now: no second backup.
    let put = home.file.put(&name("dev"), &entries, Foreign::BackUpAndReplace).unwrap();
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
        let _ = home.file.put(profile, &[entry("region", "x").unwrap()], Foreign::Refuse).unwrap();
    }
    assert_eq!(home.file.owned().unwrap(), names);
    assert_eq!(home.file.remove(&names).unwrap(), 3);
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
    assert!(!format!("{:?}", entry("aws_secret_access_key", secret).unwrap()).contains(secret));
    let home = Home::with(Some("[a]\naws_secret_access_key = s3cr3t\n"));
    assert!(!format!("{:?}", home.file.profiles().unwrap()).contains(secret));
}

#[test]
fn bad_profile_names_say_what_is_allowed() {
    for bad in
        ["", " a", "a ", "a\nb", "a\r\n[b", "a]b", "[a", "a\tb", "a\"b", "a'b", "a\\b", "a#b", "DEFAULT", "profile x"]
    {
        let error = ProfileName::parse(bad).unwrap_err();
        assert_eq!(error.code(), "bad-profile-name");
        assert!(error.to_string().contains("use letters, digits"), "{error}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    for good in ["default", "dev", "my dev", "a.b-c_d/e%f@g:h+i", "profile", "тест"] {
        assert_eq!(ProfileName::parse(good).unwrap().as_str(), good);
    }
}

#[test]
fn twice_the_same_key_and_no_entries_are_refused() {
    let home = Home::with(None);
    let twice = [entry("region", "a").unwrap(), entry("region", "b").unwrap()];
    assert_eq!(home.file.put(&name("dev"), &twice, Foreign::Refuse).unwrap_err().code(), "bad-key");
    assert_eq!(home.file.put(&name("dev"), &[], Foreign::Refuse).unwrap_err().code(), "no-entries");
    assert!(!home.folder.path().join(".aws").exists());
}

#[test]
fn a_folder_in_the_way_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = AwsFile::new(folder.path(), Kind::Config);
    let error = file.put(&name("dev"), &[entry("region", "a").unwrap()], Foreign::Refuse).unwrap_err();
    assert_eq!(error.code(), "not-a-file");
    assert!(error.to_string().contains(folder.path().to_str().unwrap()));
}

#[test]
fn the_environment_says_where_the_files_are() {
    let home = Path::new("/home/me");
    let at = |kind, set: Option<&str>| locate(kind, |_| set.map(OsString::from), home);
    assert_eq!(at(Kind::Credentials, None), PathBuf::from("/home/me/.aws/credentials"));
    assert_eq!(at(Kind::Config, Some("")), PathBuf::from("/home/me/.aws/config"));
    assert_eq!(at(Kind::Config, Some("~/c")), PathBuf::from("/home/me/c"));
    assert_eq!(at(Kind::Config, Some("/x/~/c")), PathBuf::from("/x/~/c"));
    let only_config = |variable: &str| (variable == "AWS_CONFIG_FILE").then(|| OsString::from("/c"));
    assert_eq!(locate(Kind::Credentials, only_config, home), PathBuf::from("/home/me/.aws/credentials"));
    assert_eq!(locate(Kind::Config, only_config, home), PathBuf::from("/c"));
}
