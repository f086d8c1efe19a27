//! What one tool's files contain, in Daypass's terms.

use std::path::PathBuf;
use std::str::FromStr;

use daypass_core::names::{AccountId, IdentityName, ProfileName, Region, Target};
use daypass_core::settings::{AccountSettings, DeclaredRole, IdentitySettings};
use daypass_core::terms::Terms;
use secrecy::SecretString;

macro_rules! tools {
    ($($(#[$doc:meta])* $variant:ident = $id:literal, $name:literal;)*) => {
        /// A tool whose files can be read.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Tool {
            $($(#[$doc])* $variant,)*
        }

        impl Tool {
            /// All of them. Of two that say the same, the first counts.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As `--from` names it.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// As it calls itself.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

impl Tool {
    /// Whether its file can be named. Of the AWS files, those that are read are those that change.
    #[must_use]
    pub fn has_own_file(self) -> bool {
        !matches!(self, Self::Aws | Self::AwsAzureLogin)
    }
}

impl FromStr for Tool {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|tool| tool.id() == text).ok_or_else(|| {
            let ids: Vec<&str> = Self::ALL.iter().map(|tool| tool.id()).collect();
            format!("Daypass can't import from {text:?}. Use one of {}", ids.join(", "))
        })
    }
}

tools! {
    /// The AWS CLI and the SDKs: `~/.aws/config` and `~/.aws/credentials`.
    Aws = "aws", "AWS CLI";
    /// aws-vault: its keys, and what only it reads in `~/.aws/config`.
    AwsVault = "aws-vault", "aws-vault";
    /// Leapp: its workspace file.
    Leapp = "leapp", "Leapp";
    /// aws-sso-cli: `~/.aws-sso/config.yaml` or `~/.config/aws-sso/config.yaml`.
    AwsSsoCli = "aws-sso-cli", "aws-sso-cli";
    /// Granted: `~/.granted`.
    Granted = "granted", "Granted";
    /// saml2aws: `~/.saml2aws`.
    Saml2aws = "saml2aws", "saml2aws";
    /// aws-azure-login: what only it reads in `~/.aws/config`.
    AwsAzureLogin = "aws-azure-login", "aws-azure-login";
    /// okta-aws-cli: `~/.okta/okta.yaml` and its environment.
    OktaAwsCli = "okta-aws-cli", "okta-aws-cli";
    /// gimme-aws-creds: `~/.okta_aws_login_config`.
    GimmeAwsCreds = "gimme-aws-creds", "gimme-aws-creds";
}

/// What the files of one tool say.
#[derive(Debug)]
pub struct Found {
    /// Whose files.
    pub tool: Tool,
    /// The files that were read, absolute, in the order in which they count.
    pub files: Vec<PathBuf>,
    /// Ways to prove who you are.
    pub identities: Vec<FoundIdentity>,
    /// Roles, each of one of these identities.
    pub roles: Vec<FoundRole>,
    /// Profiles that stand for an identity itself, without a role.
    pub users: Vec<FoundUser>,
    /// What is said of accounts.
    pub accounts: Vec<FoundAccount>,
    /// What can't be kept, or was not understood.
    pub remarks: Vec<Remark>,
}

impl Found {
    /// Nothing yet.
    #[must_use]
    pub fn new(tool: Tool) -> Self {
        let (identities, roles, users, accounts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { tool, files: Vec::new(), identities, roles, users, accounts, remarks: Vec::new() }
    }
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The file, absolute.
    pub file: PathBuf,
    /// From 1, if the file has lines that a person would look at.
    pub line: Option<usize>,
    /// What the tool calls it there: a section, a session, an account. Foreign text.
    pub section: Option<String>,
}

impl Origin {
    /// A whole file.
    #[must_use]
    pub fn file(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into(), line: None, section: None }
    }

    /// A line of a file, from 1.
    #[must_use]
    pub fn line(file: impl Into<PathBuf>, line: usize) -> Self {
        Self { file: file.into(), line: Some(line), section: None }
    }

    /// The same, with what the tool calls it.
    #[must_use]
    pub fn section(self, section: impl Into<String>) -> Self {
        Self { section: Some(section.into()), ..self }
    }
}

/// A way to prove who you are.
#[derive(Debug)]
pub struct FoundIdentity {
    /// A name for it, unique within this [`Found`], by which its roles name it. The plan may change it.
    pub name: IdentityName,
    /// What `config.toml` is to say.
    pub settings: IdentitySettings,
    /// Its secrets, as far as the tool used any. Optional ones that the tool doesn't know are left out.
    pub secrets: Vec<FoundSecret>,
    /// Where it stands.
    pub origin: Origin,
}

/// A secret of an identity.
#[derive(Debug)]
pub struct FoundSecret {
    /// The name of the field that takes it (`access_key_id`, `client_secret`), as the kind calls it.
    pub field: &'static str,
    /// Where it comes from.
    pub secret: Secret,
}

/// Where a secret comes from.
#[derive(Debug)]
pub enum Secret {
    /// It could be read.
    Held(Held),
    /// It is in a file that a passphrase opens (see [`unseal`](crate::unseal)).
    Sealed(Sealed),
    /// The person has to type it.
    Ask {
        /// Why it could not be read, as a sentence: `the key is in aws-vault's keychain, which only it can read`.
        why: String,
    },
}

/// A file that a passphrase of the tool's opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The file, absolute.
    pub file: PathBuf,
    /// The tool that sealed it.
    pub tool: Tool,
}

/// A secret that could be read.
#[derive(Debug)]
pub struct Held {
    /// The secret itself.
    pub value: SecretString,
    /// Where it lies now.
    pub origin: Origin,
    /// How to take it away there, once it is in the vault.
    pub take_out: TakeOut,
}

/// How a secret leaves the file where it lies in the clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakeOut {
    /// It is a key of this profile in the AWS credentials file, or in the AWS config file.
    AwsFile {
        /// As in the section's header, whatever it contains.
        profile: String,
    },
    /// It stays where it is. Says what the person can do, as a phrase: `run aws-vault remove dev`.
    Stays {
        /// What to do about it. `None` if it is well protected there.
        advice: Option<String>,
    },
}

/// A role that can be assumed.
#[derive(Debug)]
pub struct FoundRole {
    /// What `config.toml` is to say. `identity` is the name of a [`FoundIdentity`], and `profile` the AWS profile by
    /// which the person used it, if any.
    ///
    /// A role that the identity lists itself (a permission set, a role of a SAML assertion) is found too: the profile's
    /// name and region are in it. The plan declares it only where that says something.
    pub role: DeclaredRole,
    /// Whether the identity lists it after a sign-in, so that it needs no `[[role]]` unless that says something more.
    pub is_listed: bool,
    /// Where it stands.
    pub origin: Origin,
}

/// A profile with an identity's own credentials: an IAM user's, or a console sign-in's.
#[derive(Debug)]
pub struct FoundUser {
    /// The name of a [`FoundIdentity`].
    pub identity: IdentityName,
    /// The AWS profile by which the person used it.
    pub profile: ProfileName,
    /// Its region.
    pub region: Option<Region>,
    /// Whose credentials they are, if the files say so. Otherwise AWS says so, once the identity exists.
    pub target: Option<Target>,
    /// What was asked for: the duration of an IAM user's session.
    pub terms: Terms,
    /// Where it stands.
    pub origin: Origin,
}

/// What a tool says of an account.
#[derive(Debug)]
pub struct FoundAccount {
    /// Which.
    pub id: AccountId,
    /// What `config.toml` should say about it. Existing settings stay.
    pub settings: AccountSettings,
    /// Where it stands.
    pub origin: Origin,
}

/// What can't be kept, or was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What it is, as a phrase that begins in lower case: `profile "old" takes its keys from old`.
    pub what: String,
    /// Why it can't be kept, as a sentence without its full stop.
    pub why: String,
    /// What to do instead, in the imperative, without its full stop.
    pub advice: Option<String>,
    /// Where it stands.
    pub origin: Origin,
    /// The AWS profile that it is about, if another tool's files may explain that one. Then the remark is dropped.
    pub unless_found: Option<String>,
}

impl Remark {
    /// What, why and where.
    #[must_use]
    pub fn new(what: impl Into<String>, why: impl Into<String>, origin: Origin) -> Self {
        Self { what: what.into(), why: why.into(), advice: None, origin, unless_found: None }
    }

    /// The same, with what to do instead.
    #[must_use]
    pub fn advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    /// The same, dropped once another tool's files explain this AWS profile.
    #[must_use]
    pub fn of_profile(self, profile: &str) -> Self {
        Self { unless_found: Some(profile.to_owned()), ..self }
    }
}
