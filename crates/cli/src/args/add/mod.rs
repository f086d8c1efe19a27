//! The arguments of `daypass identity add …`: one module for each kind.

mod cognito;
mod console;
mod directory;
mod iam_user;
mod identity_center;
mod oauth;
mod oidc;
mod profile;
mod saml;
mod settings;

use clap::{Args, Subcommand};
use daypass_core::names::{IdentityName, Region};
use daypass_core::problem::Problem;
use daypass_core::settings::IdentitySettings;

use settings::Settings;

/// Adds what a pasted text tells of, or an identity of a kind by its settings.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct AddAny {
    #[command(flatten)]
    pub(crate) pasted: Option<Pasted>,
    #[command(subcommand)]
    pub(crate) kind: Option<AddIdentity>,
}

/// What your company gave you.
#[derive(Args)]
pub(crate) struct Pasted {
    /// The address your company gave you, an access key's ID, or an email that contains the address (- for standard
    /// input)
    #[arg(value_name = "ADDRESS")]
    pub(crate) text: String,
    /// Name for the identity [default: your company's, from the address]
    pub(crate) name: Option<IdentityName>,
    /// Region of your IAM Identity Center or of the console's sign-in, if it isn't in the address
    #[arg(long)]
    pub(crate) region: Option<Region>,
    /// Client ID registered with an OpenID Connect provider
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// Region for its roles' profiles, so your tools know which region to use
    #[arg(long, value_name = "REGION")]
    pub(crate) default_region: Option<Region>,
    /// Save an optional secret in the vault too; repeat for several
    #[arg(long = "with", value_name = "SECRET")]
    pub(crate) with: Vec<String>,
}

#[derive(Subcommand)]
pub(crate) enum AddIdentity {
    /// AWS IAM Identity Center (the AWS access portal)
    IdentityCenter(Add<identity_center::IdentityCenter>),
    /// An OpenID Connect provider
    Oidc(Box<Add<oidc::Oidc>>),
    /// A SAML 2.0 identity provider: AD FS, Entra ID, Okta, Google, Keycloak and others
    Saml(Add<saml::Saml>),
    /// An OAuth 2.0 provider without OpenID Connect: Login with Amazon or Facebook
    Oauth(Box<Add<oauth::Oauth>>),
    /// A directory (LDAP or Active Directory), together with an access key for Daypass
    Directory(Box<Add<directory::Directory>>),
    /// An IAM user, with an access key that you type or pass on standard input
    #[command(after_help = iam_user::ACCESS_KEY)]
    IamUser(Add<iam_user::IamUser>),
    /// An AWS profile that already works and that another tool manages
    Profile(Add<profile::Profile>),
    /// A Cognito identity pool, used with the ID token of an OpenID Connect identity
    Cognito(Add<cognito::Cognito>),
    /// The AWS Management Console's own sign-in, as `aws login` uses it
    Console(Add<console::Console>),
}

/// Arguments that all kinds share.
#[derive(Args)]
pub(crate) struct Add<S: Args> {
    /// Name for the identity
    name: IdentityName,
    #[command(flatten)]
    settings: S,
    /// Save an optional secret in the vault too; repeat for several
    #[arg(long = "with", value_name = "SECRET")]
    with: Vec<String>,
}

/// An identity to add.
pub(crate) struct NewIdentity {
    pub(crate) name: IdentityName,
    pub(crate) settings: IdentitySettings,
    /// Optional secrets to save in the vault too.
    pub(crate) with: Vec<String>,
}

impl AddIdentity {
    /// The identity that the arguments describe.
    ///
    /// # Errors
    ///
    /// If an argument can't be used.
    pub(crate) fn parse(self) -> Result<NewIdentity, Problem> {
        match self {
            Self::IdentityCenter(add) => add.parse(),
            Self::Oidc(add) => add.parse(),
            Self::Saml(add) => add.parse(),
            Self::Oauth(add) => add.parse(),
            Self::Directory(add) => add.parse(),
            Self::IamUser(add) => add.parse(),
            Self::Profile(add) => add.parse(),
            Self::Cognito(add) => add.parse(),
            Self::Console(add) => add.parse(),
        }
    }
}

impl<S: Args + Settings> Add<S> {
    fn parse(self) -> Result<NewIdentity, Problem> {
        let Self { name, settings, with } = self;
        Ok(NewIdentity { name, settings: settings.settings()?, with })
    }
}
