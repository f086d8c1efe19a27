//! The errors of starting a sandbox and of changing its knobs.

/// Why a sandbox did not start or did not accept a setting.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The port is taken, or listening is not permitted.
    #[error("the sandbox cannot listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The requested port.
        port: u16,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The sandbox's own folder could not be created.
    #[error("cannot create the sandbox's folder: {}: {why}", path.display())]
    Home {
        /// The file or folder.
        path: std::path::PathBuf,
        /// The operating system's error.
        why: String,
    },
    /// There are files that no sandbox made.
    #[error("{} isn't a sandbox's, and a sandbox would replace it", path.display())]
    NotASandbox {
        /// The file that exists.
        path: std::path::PathBuf,
    },
    /// Another sandbox runs in the folder.
    #[error("another sandbox is running in {}", path.display())]
    HomeInUse {
        /// The folder.
        path: std::path::PathBuf,
    },
    /// The key that signs ID tokens could not be generated.
    #[error("the sandbox cannot generate its signing key: {0}")]
    SigningKey(String),
    /// The HTTP client that fetches other issuers' keys could not be built.
    #[error("the sandbox cannot set up its HTTP client: {0}")]
    HttpClient(#[source] reqwest::Error),
    /// An account ID is not twelve digits, or occurs twice.
    #[error("account ID {id:?} can't be used: {why}")]
    AccountId {
        /// The id as given.
        id: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A role cannot exist in IAM as described.
    #[error("role {role:?} in account {account} can't be used: {why}")]
    Role {
        /// The account's id.
        account: String,
        /// The role's name as given.
        role: String,
        /// What is wrong with it, and what would be valid.
        why: &'static str,
    },
    /// A knob is out of its range.
    #[error("knob `{knob}` is out of range: {range}")]
    Knob {
        /// The knob's name, as in the JSON.
        knob: &'static str,
        /// The valid values.
        range: &'static str,
    },
}

impl SandboxError {
    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Listen { .. } => Some("choose another port, or 0 for a free one"),
            Self::SigningKey(_) => Some("start it again"),
            Self::HttpClient(_) => Some("check the system's certificate store"),
            Self::AccountId { .. } => Some("give each account its own twelve digits"),
            Self::NotASandbox { .. } => Some("choose a folder of its own for the sandbox, which need not exist"),
            Self::HomeInUse { .. } => Some("end that one first, or choose another folder"),
            Self::Home { .. } | Self::Role { .. } | Self::Knob { .. } => None,
        }
    }
}
