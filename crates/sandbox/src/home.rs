//! The sandbox's own AWS files and Daypass folder, which keep it away from the person's.

use std::path::{Path, PathBuf};

use durable_file::{Change, EditError};

use secrecy::ExposeSecret;

use crate::{CLIENT_ID, IamUser, Sandbox, SandboxError, common::REGION};

/// A folder with everything that programs need to run in the sandbox. A temporary one is deleted when dropped.
#[derive(Debug)]
pub struct Home {
    folder: PathBuf,
    variables: Vec<(String, String)>,
    temporary: Option<tempfile::TempDir>,
    /// Keeps other sandboxes out.
    _in_use: durable_file::Lock,
}

impl Home {
    /// Variables that would lead programs out of the sandbox. Remove them from the environment.
    pub const CLEARED: [&'static str; 7] = [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL_STS",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    ];

    /// Creates a home that is deleted together with this value.
    ///
    /// # Errors
    /// [`SandboxError::Home`] if it can't be created.
    pub fn temporary(sandbox: &Sandbox) -> Result<Self, SandboxError> {
        let folder = tempfile::Builder::new().prefix("daypass-sandbox-").tempdir();
        let folder = folder.map_err(|e| SandboxError::Home { path: std::env::temp_dir(), why: e.to_string() })?;
        let home = Self::at(folder.path(), sandbox)?;
        Ok(Self { temporary: Some(folder), ..home })
    }

    /// Creates a home in this folder, and the folder if it's missing. Replaces its `config.toml`, because the URLs of
    /// the sandbox's providers change with every start.
    ///
    /// # Errors
    /// [`SandboxError::Home`] if a file in it can't be written.
    pub fn at(folder: &Path, sandbox: &Sandbox) -> Result<Self, SandboxError> {
        let folder = std::path::absolute(folder)
            .map_err(|e| SandboxError::Home { path: folder.to_owned(), why: e.to_string() })?;
        let daypass = folder.join("daypass");
        refuse_others_files(&folder, &daypass)?;
        let in_use = alone_in(&daypass)?;
        let key = daypass.join("vault.key");
        // The vault of an earlier sandbox holds proofs from a provider that doesn't exist any more.
        for stale in [daypass.join("vault.age"), key.clone(), folder.join("aws/credentials")] {
            write(&stale, None)?;
        }
        write(&daypass.join("config.toml"), Some(config(sandbox, &key)))?;
        for user in sandbox.users() {
            write(&daypass.join(format!("{}_accessKeys.csv", user.name)), Some(access_keys(user)))?;
        }
        write(&folder.join("aws/config"), Some("# The sandbox's own AWS config file\n".to_owned()))?;
        let text = |path: PathBuf| path.display().to_string();
        let variables = [
            ("DAYPASS_HOME", text(daypass)),
            ("DAYPASS_SANDBOX", sandbox.base_url().to_string()),
            ("AWS_SHARED_CREDENTIALS_FILE", text(folder.join("aws/credentials"))),
            ("AWS_CONFIG_FILE", text(folder.join("aws/config"))),
            ("AWS_ENDPOINT_URL", sandbox.base_url().to_string()),
            ("AWS_ENDPOINT_URL_SSO", sandbox.base_url().to_string()),
            ("AWS_ENDPOINT_URL_SSO_OIDC", sandbox.base_url().to_string()),
            ("AWS_ENDPOINT_URL_SIGNIN", sandbox.signin_url().to_string()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Ok(Self { folder, variables, temporary: None, _in_use: in_use })
    }

    /// The environment of programs in the sandbox.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, String)> {
        self.variables.clone()
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it is deleted when dropped.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.temporary.is_some()
    }
}

/// The first line of a `config.toml` that a sandbox wrote.
const MARK: &str = "# The sandbox replaces this file every time it starts.";

/// Fails if a file that the sandbox would replace exists and isn't a sandbox's.
fn refuse_others_files(folder: &Path, daypass: &Path) -> Result<(), SandboxError> {
    let config = durable_file::read(&daypass.join("config.toml")).map_err(|e| unusable(daypass, &e))?;
    if config.as_deref().is_some_and(|config| config.starts_with(MARK.as_bytes())) {
        return Ok(());
    }
    let is_there = |path: &Path| std::fs::symlink_metadata(path).is_ok();
    let others = [daypass.to_owned(), folder.join("aws/credentials"), folder.join("aws/config")];
    // An empty folder may have been made for the sandbox.
    let is_empty = |path: &Path| std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
    match others.into_iter().find(|path| is_there(path) && !is_empty(path)) {
        Some(path) => Err(SandboxError::NotASandbox { path }),
        None => Ok(()),
    }
}

/// The folder's lock, until the sandbox ends: another sandbox would take the files from under it.
fn alone_in(daypass: &Path) -> Result<durable_file::Lock, SandboxError> {
    let lock = durable_file::try_lock(&daypass.join("sandbox")).map_err(|e| unusable(daypass, &e))?;
    lock.ok_or_else(|| SandboxError::HomeInUse { path: daypass.to_owned() })
}

fn unusable(path: &Path, error: &durable_file::Error) -> SandboxError {
    SandboxError::Home { path: path.to_owned(), why: error.to_string() }
}

/// A user's access key as the IAM console offers it for download.
fn access_keys(user: &IamUser) -> String {
    format!("Access key ID,Secret access key\n{},{}\n", user.access_key_id, user.secret_access_key.expose_secret())
}

fn config(sandbox: &Sandbox, key: &Path) -> String {
    format!(
        "{MARK}\n\
         [settings]\n\
         region = \"{REGION}\"\n\n\
         [settings.vault]\n\
         # There is nothing to protect here, and a demonstration shouldn't need a keyring.\n\
         key = 'file:{}'\n\n\
         [identity.sandbox]\n\
         kind = \"oidc\"\n\
         issuer = \"{}\"\n\
         client_id = \"{CLIENT_ID}\"\n\
         scopes = [\"email\", \"groups\", \"offline_access\"]\n\
         roles_claim = \"https://aws.amazon.com/roles\"\n\n\
         [identity.sandbox-center]\n\
         kind = \"identity-center\"\n\
         start_url = \"{}\"\n\
         region = \"{REGION}\"\n\n\
         [identity.sandbox-console]\n\
         kind = \"console\"\n\
         region = \"{REGION}\"\n\n\
         [identity.sandbox-saml]\n\
         kind = \"saml\"\n\
         start_url = \"{}\"\n",
        key.display(),
        sandbox.issuer(),
        sandbox.start_url(),
        sandbox.saml_start_url(),
    )
}

fn write(path: &Path, text: Option<String>) -> Result<(), SandboxError> {
    let edited = durable_file::edit(path, &durable_file::Options::default(), |_| {
        Ok::<_, std::convert::Infallible>(match &text {
            Some(text) => Change::Replace(text.clone().into_bytes()),
            None => Change::Remove,
        })
    });
    match edited {
        Ok(_) => Ok(()),
        Err(EditError::File(error)) => Err(SandboxError::Home { path: path.to_owned(), why: error.to_string() }),
        Err(EditError::Change(never)) => match never {},
    }
}
