//! `daypass identity add …`: one module for each kind, which turns arguments into settings.

mod cognito;
mod directory;
mod iam_user;
mod identity_center;
mod oauth;
mod oidc;
mod profile;
mod saml;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use daypass_broker::agent::Request;
use daypass_broker::broker::identity_exists;
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::secret::Given;
use daypass_core::settings::IdentitySettings;
use daypass_core::view::SignInWay;

use super::secret;
use crate::ask::ask_quietly;
use crate::commands::snapshot;
use crate::say;

#[derive(Subcommand)]
pub(crate) enum AddIdentity {
    /// AWS IAM Identity Center (the AWS access portal)
    IdentityCenter(Add<identity_center::IdentityCenter>),
    /// An OpenID Connect provider
    Oidc(Add<oidc::Oidc>),
    /// A SAML 2.0 identity provider: AD FS, Entra ID, Okta, Google, Keycloak and others
    Saml(Add<saml::Saml>),
    /// An OAuth 2.0 provider without OpenID Connect: Login with Amazon or Facebook
    Oauth(Add<oauth::Oauth>),
    /// A directory (LDAP or Active Directory), together with an access key for Daypass
    Directory(Box<Add<directory::Directory>>),
    /// An IAM user, with an access key that you type or pass on standard input
    #[command(after_help = iam_user::ACCESS_KEY)]
    IamUser(Add<iam_user::IamUser>),
    /// An AWS profile that already works and that another tool manages
    Profile(Add<profile::Profile>),
    /// A Cognito identity pool, used with the ID token of an OpenID Connect identity
    Cognito(Add<cognito::Cognito>),
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

/// Arguments that become an identity's settings.
pub(crate) trait Settings {
    /// Turns the arguments into settings.
    ///
    /// # Errors
    ///
    /// If an argument can't be used.
    fn settings(self) -> Result<IdentitySettings, Problem>;

    /// Reads the secrets that the identity needs, and the optional ones in `with`.
    ///
    /// # Errors
    ///
    /// If one of them is missing.
    fn secrets(name: &IdentityName, settings: &IdentitySettings, with: &[String]) -> Result<Given, Problem> {
        secret::needed(name, settings, with)
    }
}

pub(super) fn run(add: AddIdentity) -> Result<(), Problem> {
    match add {
        AddIdentity::IdentityCenter(add) => add.run(),
        AddIdentity::Oidc(add) => add.run(),
        AddIdentity::Saml(add) => add.run(),
        AddIdentity::Oauth(add) => add.run(),
        AddIdentity::Directory(add) => add.run(),
        AddIdentity::IamUser(add) => add.run(),
        AddIdentity::Profile(add) => add.run(),
        AddIdentity::Cognito(add) => add.run(),
    }
}

impl<S: Args + Settings> Add<S> {
    fn run(self) -> Result<(), Problem> {
        let Self { name, settings, with } = self;
        let settings = settings.settings()?;
        // You should not type secrets for what is refused anyway.
        daypass_identity::check(&settings)?;
        if snapshot()?.identities.iter().any(|identity| identity.name == name) {
            return Err(identity_exists(&name));
        }
        let secrets = S::secrets(&name, &settings, &with)?;
        ask_quietly(Request::PutIdentity { name: name.clone(), settings, secrets, new: true })?;
        let needs_sign_in = snapshot()?.identities.iter().any(|i| i.name == name && i.way != SignInWay::None);
        let next = if needs_sign_in { format!(" Sign in: daypass identity login {name}") } else { String::new() };
        say::line(&format!("Added identity {name}.{next}"));
        Ok(())
    }
}

/// The redirect from the browser, for kinds whose provider has to know the port.
#[derive(Args)]
struct Redirect {
    /// Port for the redirect to http://127.0.0.1:PORT/callback [default: a free one]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    redirect_port: Option<u16>,
}

/// Certificates to trust, for kinds whose provider may have its own.
#[derive(Args)]
struct Trust {
    /// PEM file with certificates to trust in addition to the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl Trust {
    /// The file's absolute path, because the agent has another working folder.
    fn ca_file(self) -> Result<Option<String>, Problem> {
        let Some(path) = self.ca_file else { return Ok(None) };
        let path = std::path::absolute(&path)
            .map_err(|e| Problem::new(ProblemKind::Invalid, "bad-ca-file", format!("{}: {e}", path.display())))?;
        path.into_os_string().into_string().map(Some).map_err(|path| {
            let message = format!("the path {} is not UTF-8 text, which config.toml requires", path.display());
            Problem::new(ProblemKind::Invalid, "bad-ca-file", message).hint("rename the file or a folder above it")
        })
    }
}
