//! What the person or their shell is told about a consumer.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use daypass_core::names::{ProfileName, Target};
use daypass_core::problem::Problem;
use daypass_core::view::SessionView;
use daypass_deliver::env::{self, REGION_VARIABLES, Variables};
use daypass_endpoint::{ConsumerName, IMDS_VARIABLE};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::args::ShellName;
use crate::ask::surroundings;
use crate::say;

/// A consumer that is served.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Served {
    pub(super) name: ConsumerName,
    role: Target,
    profile: ProfileName,
    /// Where it is served.
    address: SocketAddr,
    token_file: Option<PathBuf>,
    /// What its program needs in its environment. The token may be among it.
    variables: BTreeMap<String, String>,
    /// What to run for a container.
    pub(super) run: Vec<String>,
}

/// The last of all services that keys come from may be switched off.
const IMDS_DISABLED: &str = "AWS_EC2_METADATA_DISABLED";

impl Served {
    pub(super) fn new(
        name: ConsumerName,
        session: &SessionView,
        address: SocketAddr,
        token_file: Option<PathBuf>,
    ) -> Self {
        let (role, profile) = (session.role.clone(), session.profile.clone());
        let mut served = Self { name, role, profile, address, token_file, variables: BTreeMap::new(), run: Vec::new() };
        served.set("AWS_ACCOUNT_ID", session.role.account().to_string());
        served
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.insert(name.to_owned(), value.into());
    }

    /// `NAME=VALUE` lines.
    pub(super) fn lines(&self) -> SecretString {
        self.variables.iter().map(|(name, value)| format!("{name}={value}\n")).collect::<String>().into()
    }

    /// Statements that set its variables, and remove those that would lead elsewhere.
    fn statements(&self, shell: ShellName) -> Result<SecretString, Problem> {
        let mut variables = Variables::without_credentials();
        if self.is_imds() {
            variables.unset(IMDS_DISABLED);
        }
        for (name, value) in &self.variables {
            variables.set(name.clone(), value.as_str());
        }
        Ok(env::statements(&variables, shell.into())?)
    }

    fn is_imds(&self) -> bool {
        self.variables.contains_key(IMDS_VARIABLE)
    }
}

/// Prints what the programs need.
pub(super) fn print(all: &[&Served], shell: ShellName) -> Result<(), Problem> {
    if say::wants_json() {
        return say::json(&json!({ "consumers": all }));
    }
    for one in all {
        if !one.run.is_empty() {
            one.run.iter().for_each(|line| say::line(line));
            continue;
        }
        if all.len() > 1 {
            say::line(&format!("# {}: {}", one.name, say::target(&one.role)));
        }
        say::line(one.statements(shell)?.expose_secret().trim_end());
    }
    Ok(())
}

/// Tells the person who is served until when, and what could keep tools from it.
pub(super) fn note(all: &[&Served], in_background: bool) -> Result<(), Problem> {
    for one in all {
        let until = if in_background { "in the background" } else { "until you press Ctrl-C" };
        say::note(&format!(
            "Serving {} as consumer {}, {until}. To end it: daypass serve revoke {}",
            say::target(&one.role),
            one.name,
            one.name
        ));
        if !one.variables.contains_key(REGION_VARIABLES[0]) {
            say::note("The role doesn't have a region, so tools may ask for one. Set it with --region");
        }
    }
    if all.iter().any(|one| one.is_imds()) {
        say::note(
            "Any of your programs on this machine can use the metadata service, because it doesn't have its own token",
        );
    }
    if let Some(ip) = all.iter().map(|one| one.address.ip()).find(|ip| !ip.is_loopback()) {
        say::note(&format!(
            "Every container in a network with {ip}, and every program on this machine, can connect to {ip}. Only those \
             that send the token get credentials",
        ));
        return Ok(());
    }
    let places = surroundings()?.places;
    for (variable, file) in daypass_broker::credentials_file::with_default_credentials(&places) {
        say::note(&format!(
            "{} has a default profile with credentials, which most tools use instead. Set {variable} to an empty file for them",
            file.display()
        ));
    }
    Ok(())
}
