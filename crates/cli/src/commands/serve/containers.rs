//! `daypass serve --docker`: how a container reaches the endpoint at an address that its SDKs take plain HTTP from.
//!
//! Those are loopback and 169.254.170.2. So a network of Docker's gets that address for its own end, which is this
//! machine, and the endpoint listens there. Where the network's end is another machine (Docker Desktop, Podman on macOS
//! and Windows) or belongs to a user's own network (Podman without root), loopback inside the container leads here.

use std::path::Path;
use std::process::Command;

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_endpoint::{CONTAINERS, ListenAt};

/// The network that containers join.
const NETWORK: &str = "daypass";
const SUBNET: &str = "169.254.170.0/24";

/// What runs containers here, and how they reach this machine.
pub(super) enum Containers {
    /// In a network whose end on this machine has the address.
    Network {
        /// The program.
        tool: &'static str,
    },
    /// Through a container that forwards its loopback to this machine's, which has this name there.
    Forwarder {
        /// The program.
        tool: &'static str,
        /// This machine's name in containers.
        here: &'static str,
    },
    /// With Podman's own forwarding of loopback.
    Pasta,
}

impl Containers {
    /// Finds Docker, or else Podman, and makes the network if they need it.
    pub(super) fn find() -> Result<Self, Problem> {
        let docker = ask("docker", &["info", "--format", "{{.OperatingSystem}} {{.SecurityOptions}}"]);
        let found = match docker {
            Ok(told) if told.contains("Docker Desktop") || !cfg!(target_os = "linux") => {
                Self::Forwarder { tool: "docker", here: "host.docker.internal" }
            }
            Ok(told) if told.contains("rootless") => return Err(rootless_docker()),
            Ok(_) => Self::Network { tool: "docker" },
            Err(no_docker) => match ask("podman", &["info", "--format", "{{.Host.Security.Rootless}}"]) {
                Ok(_) if !cfg!(target_os = "linux") => {
                    Self::Forwarder { tool: "podman", here: "host.containers.internal" }
                }
                Ok(told) if told.trim() == "true" => Self::Pasta,
                Ok(_) => Self::Network { tool: "podman" },
                Err(no_podman) => return Err(nothing(&no_docker, &no_podman)),
            },
        };
        if let Self::Network { tool } = found {
            make_network(tool)?;
        }
        Ok(found)
    }

    /// Where the endpoint has to listen.
    pub(super) fn listen_at(&self) -> ListenAt {
        match self {
            Self::Network { .. } => ListenAt::CONTAINERS,
            Self::Forwarder { .. } | Self::Pasta => ListenAt::LOOPBACK,
        }
    }

    /// What the person runs.
    pub(super) fn commands(&self, env_file: &Path, port: u16) -> Vec<String> {
        let file = env_file.display().to_string();
        let word = crate::say::shell_word(&file);
        match self {
            Self::Network { tool } => vec![
                format!("{tool} run --network {NETWORK} --env-file {word} IMAGE"),
                String::new(),
                "# or in a compose file:".to_owned(),
                "services:".to_owned(),
                "  app:".to_owned(),
                format!("    env_file: {}", in_yaml(&file)),
                format!("    networks: [{NETWORK}]"),
                "networks:".to_owned(),
                format!("  {NETWORK}:"),
                "    external: true".to_owned(),
            ],
            Self::Forwarder { tool, here } => vec![
                format!(
                    "{tool} run --detach --rm --name {NETWORK} alpine/socat TCP-LISTEN:{port},bind=127.0.0.1,fork TCP:{here}:{port}"
                ),
                format!("{tool} run --network container:{NETWORK} --env-file {word} IMAGE"),
            ],
            Self::Pasta => vec![format!("podman run --network pasta:-T,{port} --env-file {word} IMAGE")],
        }
    }
}

fn in_yaml(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn make_network(tool: &str) -> Result<(), Problem> {
    let gateway = CONTAINERS.to_string();
    if let Ok(told) = ask(tool, &["network", "inspect", NETWORK]) {
        if told.contains(&format!("\"{gateway}\"")) {
            return Ok(());
        }
        let message = format!("{tool} has a network {NETWORK} whose gateway isn't {gateway}");
        return Err(failed(message).hint(format!("remove it: {tool} network rm {NETWORK}")));
    }
    ask(tool, &["network", "create", "--subnet", SUBNET, "--gateway", &gateway, NETWORK])
        .map_err(|why| failed(format!("{tool} can't make the network {NETWORK}: {why}")))?;
    Ok(())
}

/// What the program prints, or why it doesn't.
fn ask(tool: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(tool).args(arguments).output().map_err(|error| format!("{tool}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}

fn nothing(no_docker: &str, no_podman: &str) -> Problem {
    failed(format!("neither Docker nor Podman responds ({no_docker}; {no_podman})")).hint(
        "start one of them. A container that shares this machine's network doesn't need either: see docs/containers.md",
    )
}

fn rootless_docker() -> Problem {
    failed("Docker runs without root here, so its networks don't reach this machine".to_owned())
        .hint("use Podman, or Docker with root")
}

fn failed(message: String) -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::ContainerNetwork, message)
}
