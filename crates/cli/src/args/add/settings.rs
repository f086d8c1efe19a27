//! What the arguments of several kinds have in common.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use daypass_core::names::Region;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{IdentitySettings, RedirectHost};

/// Arguments that become an identity's settings.
pub(crate) trait Settings {
    /// Turns the arguments into settings.
    ///
    /// # Errors
    ///
    /// If an argument can't be used.
    fn settings(self) -> Result<IdentitySettings, Problem>;
}

/// The redirect from the browser, for kinds whose provider has to know the port or the path.
#[derive(Args)]
pub(super) struct Redirect {
    /// Port for the redirect to http://127.0.0.1:PORT/callback [default: a free one]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) redirect_port: Option<u16>,
    /// Host for the redirect, as registered with the provider [default: 127.0.0.1]
    #[arg(long, value_name = "HOST", value_parser = PossibleValuesParser::new(["127.0.0.1", "localhost"]).map(redirect_host))]
    pub(super) redirect_host: Option<RedirectHost>,
    /// Path for the redirect, as registered with the provider, e.g. /callback/work, or / for none [default: /callback]
    #[arg(long, value_name = "PATH")]
    pub(super) redirect_path: Option<String>,
    /// Parameter for the authorization endpoint, e.g. prompt=login; repeat for several
    #[arg(long = "authorization-parameter", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub(super) authorization_parameters: Vec<(String, String)>,
}

fn redirect_host(name: String) -> RedirectHost {
    match name.as_str() {
        "localhost" => RedirectHost::Localhost,
        _ => RedirectHost::Address,
    }
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// The region for the profiles of an identity's roles, for kinds with no other region.
#[derive(Args)]
pub(super) struct RoleRegion {
    /// Region for its roles' profiles, so your tools know which region to use
    #[arg(long = "region", visible_alias = "default-region", value_name = "REGION")]
    pub(super) default_region: Option<Region>,
}

/// The region for the profiles of an identity's roles, for kinds that use a region themselves.
#[derive(Args)]
pub(super) struct OtherRoleRegion {
    /// Region for its roles' profiles, so your tools know which region to use [default: --region]
    #[arg(long, value_name = "REGION")]
    pub(super) default_region: Option<Region>,
}

/// Certificates to trust, for kinds whose provider may have its own.
#[derive(Args)]
pub(super) struct Trust {
    /// PEM file with certificates to trust in addition to the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl Trust {
    /// The file's absolute path, because the agent has another working folder.
    pub(super) fn ca_file(self) -> Result<Option<String>, Problem> {
        let Some(path) = self.ca_file else { return Ok(None) };
        // In quotes it is `~`, so that each person of a team has a file of their own.
        let path = if path.starts_with("~") {
            path
        } else {
            std::path::absolute(&path).map_err(|e| {
                Problem::new(ProblemKind::Invalid, ProblemCode::BadCaFile, format!("{}: {e}", path.display()))
            })?
        };
        path.into_os_string().into_string().map(Some).map_err(|path| {
            let message = format!("the path {} isn't UTF-8 text, which config.toml requires", path.display());
            Problem::new(ProblemKind::Invalid, ProblemCode::BadCaFile, message)
                .hint("rename the file or a folder above it")
        })
    }
}
