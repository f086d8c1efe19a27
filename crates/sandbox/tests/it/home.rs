//! The folder for a sandbox's files: nothing of anyone else is ever replaced in it.

use std::fs;

use daypass_sandbox::{Home, SandboxError};

use crate::support::start;

#[tokio::test]
async fn what_no_sandbox_made_is_left_alone() {
    let sandbox = start().await;
    for theirs in ["daypass/config.toml", "daypass/vault.age", "aws/credentials", "aws/config"] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(theirs);
        fs::create_dir(file.parent().unwrap()).unwrap();
        fs::write(&file, "theirs").unwrap();
        let refused = Home::at(folder.path(), &sandbox).map(drop).unwrap_err();
        assert!(matches!(refused, SandboxError::NotASandbox { .. }), "{theirs}: {refused}");
        assert!(refused.advice().unwrap().contains("folder of its own"));
        assert_eq!(fs::read_to_string(&file).unwrap(), "theirs");
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "and nothing is put beside it");
    }
}

#[tokio::test]
async fn a_folder_serves_one_sandbox_after_the_other_and_never_two_at_once() {
    let sandbox = start().await;
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("daypass")).unwrap();
    let first = Home::at(folder.path(), &sandbox).unwrap();
    let credentials = folder.path().join("aws/credentials");
    fs::write(&credentials, "in use").unwrap();
    let refused = Home::at(folder.path(), &sandbox).map(drop).unwrap_err();
    assert!(matches!(refused, SandboxError::HomeInUse { .. }), "{refused}");
    assert_eq!(fs::read_to_string(&credentials).unwrap(), "in use");
    drop(first);
    Home::at(folder.path(), &sandbox).unwrap();
    assert!(!credentials.exists(), "an earlier sandbox's");
}
