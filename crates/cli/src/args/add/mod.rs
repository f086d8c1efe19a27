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
use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;
use daypass_core::settings::IdentitySettings;

use settings::Settings;

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
