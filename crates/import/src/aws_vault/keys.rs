//! Where aws-vault keeps its keys: the folder of its `file` backend, the Secret Service, or places that only it reads.
//!
//! Sources: `cli/global.go` and `vault/credentialkeyring.go` of aws-vault, `file.go` and `secretservice.go` of the
//! keyring library that it uses (99designs/keyring).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

use super::jwe;
use crate::found::{FoundSecret, Held, Origin, Remark, Sealed, Secret, TakeOut, Tool};
use crate::machine::{KeyringItem, Machine};
use crate::profiles::{AwsFiles, Process};

/// Its keys, by the names of their profiles.
pub(crate) struct VaultKeys {
    keys: BTreeMap<String, Place>,
    files: Vec<PathBuf>,
    remarks: Vec<Remark>,
}

/// Where a key is.
enum Place {
    /// In a file of the `file` backend, which a passphrase opens.
    File(PathBuf),
    /// In this collection of the Secret Service.
    SecretService(String),
    /// Where only aws-vault reads it.
    Elsewhere,
}

impl VaultKeys {
    pub(crate) fn read(machine: &Machine, files: &AwsFiles) -> Self {
        let mut found = Self { keys: BTreeMap::new(), files: Vec::new(), remarks: Vec::new() };
        found.read_folder(machine);
        found.read_collection(machine);
        if found.keys.is_empty() && is_used(machine, files) {
            // Only the names that it must have keys for are known.
            found.keys = asked_for(files).into_iter().map(|name| (name, Place::Elsewhere)).collect();
        }
        found
    }

    /// Whether it has a key for a profile.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.keys.contains_key(name)
    }

    /// The profiles that it has keys for.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// The files that hold keys.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    pub(crate) fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// Where the key of a profile is.
    pub(crate) fn origin(&self, name: &str) -> Origin {
        match self.keys.get(name) {
            Some(Place::File(file)) => Origin::file(file).section(name),
            Some(Place::SecretService(collection)) => Origin::file(format!("keyring:{collection}")).section(name),
            Some(Place::Elsewhere) | None => Origin::file("aws-vault").section(name),
        }
    }

    /// The key of a profile, or how to get it.
    pub(crate) fn secrets(&self, name: &str, machine: &Machine) -> Vec<FoundSecret> {
        let both = |secret: &dyn Fn(&'static str) -> Secret| {
            FIELDS.map(|field| FoundSecret { field, secret: secret(field) }).into()
        };
        let ask = |why: String| both(&|_| Secret::Ask { why: why.clone() });
        let hold = |key: &Key| both(&|field| held(key, field, self.origin(name), name));
        match self.keys.get(name) {
            Some(Place::File(file)) => match machine.variable("AWS_VAULT_FILE_PASSPHRASE") {
                Some(passphrase) => match open(file, &passphrase.into(), machine) {
                    Ok(key) => hold(&key),
                    Err(why) => ask(why),
                },
                None => both(&|_| Secret::Sealed(Sealed { file: file.clone(), tool: Tool::AwsVault })),
            },
            Some(Place::SecretService(collection)) => {
                let item = KeyringItem { collection: Some(collection), attributes: &[("profile", name)] };
                match machine.keyring(&item).and_then(|item| item.ok_or_else(|| "the keyring has lost it".to_owned())) {
                    Ok(item) => match Key::of_item(item.expose_secret()) {
                        Some(key) => hold(&key),
                        None => ask("the keyring's entry isn't an aws-vault key".to_owned()),
                    },
                    Err(why) => ask(why),
                }
            }
            Some(Place::Elsewhere) | None => {
                ask("only aws-vault can read the place where it keeps this key".to_owned())
            }
        }
    }

    fn read_folder(&mut self, machine: &Machine) {
        let usual = || machine.resolve(machine.variable("AWS_VAULT_FILE_DIR").unwrap_or("~/.awsvault/keys"));
        let folder = machine.named(Tool::AwsVault).map_or_else(usual, Path::to_owned);
        // One key's file is named by itself.
        let files = if folder.is_file() { vec![folder] } else { machine.files_in(&folder) };
        for file in files {
            let Some(name) = file.file_name().and_then(|name| name.to_str()) else { continue };
            let name = percent_decode_str(name).decode_utf8_lossy().into_owned();
            if is_session(&name) || name.starts_with('.') {
                continue;
            }
            self.files.push(file.clone());
            self.keys.insert(name, Place::File(file));
        }
    }

    fn read_collection(&mut self, machine: &Machine) {
        let is_elsewhere = machine.variable("AWS_VAULT_BACKEND").is_some_and(|backend| backend != "secret-service");
        if is_elsewhere || machine.named(Tool::AwsVault).is_some() {
            return;
        }
        let collection = machine.variable("AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME").unwrap_or("awsvault");
        for name in machine.keyring_names(collection, "profile") {
            if !is_session(&name) {
                self.keys.entry(name).or_insert_with(|| Place::SecretService(collection.to_owned()));
            }
        }
    }
}

/// What aws-vault keeps beside keys: `sts.GetSessionToken,NAME,SERIAL,EXPIRY`, `oidc:URL`, and older forms.
fn is_session(name: &str) -> bool {
    name.split(',').count() == 4
        || ["session,", "session:", "oidc:"].iter().any(|begin| name.starts_with(begin))
        || (name.ends_with(')') && name.contains(" session ("))
}

/// Whether aws-vault was used here, although none of its keys is in sight.
fn is_used(machine: &Machine, files: &AwsFiles) -> bool {
    let keychain = machine.variable("AWS_VAULT_KEYCHAIN_NAME").unwrap_or("aws-vault");
    let keychain = machine.home().join("Library/Keychains").join(format!("{keychain}.keychain-db"));
    let says_so = |key: &str| files.profiles().any(|profile| profile.get(key).is_some());
    machine.variable("AWS_VAULT_BACKEND").is_some()
        || keychain.exists()
        || machine.home().join(".awsvault").exists()
        || ["include_profile", "parent_profile", "mfa_process"].into_iter().any(says_so)
        || files.profiles().any(|profile| of_process(profile.get("credential_process")).is_some())
}

/// The profiles whose keys other profiles or aws-vault use, but that don't have keys in the
/// files.
fn asked_for(files: &AwsFiles) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let included = |profile: &str| {
        let includes = ["include_profile", "parent_profile"];
        files.profiles().any(|other| includes.iter().any(|key| other.get(key) == Some(profile)))
    };
    for profile in files.profiles() {
        let is_base = profile.name == "default" || included(&profile.name);
        let has_key = profile.get("aws_access_key_id").is_some();
        if profile.get("role_arn").is_none() && profile.get("mfa_serial").is_some() && !has_key && !is_base {
            names.insert(profile.name.clone());
        }
        names.extend(profile.get("source_profile").map(str::to_owned));
        names.extend(of_process(profile.get("credential_process")));
    }
    const WAYS: [&str; 5] = ["role_arn", "aws_access_key_id", "sso_session", "sso_start_url", "login_session"];
    let has_a_way = |name: &String| {
        files.profile(name).is_some_and(|profile| {
            let is_other = profile.get("credential_process").is_some_and(|line| of_process(Some(line)).is_none());
            is_other || WAYS.iter().any(|key| profile.get(key).is_some())
        })
    };
    names.into_iter().filter(|name| !has_a_way(name)).collect()
}

fn of_process(line: Option<&str>) -> Option<String> {
    match Process::of(line?) {
        Process::AwsVault(name) => Some(name),
        Process::Daypass | Process::Of(_) | Process::Other => None,
    }
}

/// The fields of an IAM user.
const FIELDS: [&str; 2] = ["access_key_id", "secret_access_key"];

/// An access key, as aws-vault writes one.
#[derive(Deserialize, Zeroize)]
#[zeroize(drop)]
#[serde(rename_all = "PascalCase")]
struct Key {
    #[serde(rename = "AccessKeyID")]
    access_key_id: String,
    secret_access_key: String,
}

impl Key {
    /// The key in an item of the keyring library: JSON around JSON.
    fn of_item(item: &str) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Item {
            data: String,
        }
        let item: Item = serde_json::from_str(item).ok()?;
        let data = Zeroizing::new(STANDARD.decode(Zeroizing::new(item.data).as_bytes()).ok()?);
        serde_json::from_slice(&data).ok()
    }

    fn field(&self, field: &str) -> &str {
        if field == FIELDS[0] { &self.access_key_id } else { &self.secret_access_key }
    }
}

fn held(key: &Key, field: &str, origin: Origin, name: &str) -> Secret {
    let advice = format!("aws-vault keeps its copy until you run: aws-vault remove {name}");
    let take_out = TakeOut::Stays { advice: Some(advice) };
    Secret::Held(Held { value: key.field(field).into(), origin, take_out })
}

fn open(file: &Path, passphrase: &SecretString, machine: &Machine) -> Result<Key, String> {
    let text = machine.read(file).map_err(|remark| remark.why)?;
    let text = text.ok_or("its file is gone")?;
    let item = jwe::decrypt(text.text.trim(), passphrase)?;
    Key::of_item(&item).ok_or_else(|| "its file doesn't contain an aws-vault key".to_owned())
}

/// A field of the key in a sealed file.
///
/// # Errors
///
/// Why the file can't be opened, as a sentence without its full stop.
pub(crate) fn unseal(
    file: &Path,
    field: &str,
    passphrase: &SecretString,
    machine: &Machine,
) -> Result<SecretString, String> {
    Ok(open(file, passphrase, machine)?.field(field).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_of_aws_vault_are_not_keys() {
        for name in
            ["sts.GetSessionToken,ZGV2,YXJu,1700000000", "session,dev,,17", "oidc:https://x", "dev session (17)"]
        {
            assert!(is_session(name), "{name}");
        }
        for name in ["dev", "my dev", "a,b", "session"] {
            assert!(!is_session(name), "{name}");
        }
    }
}
