//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use daypass_core::names::{IdentityName, ProfileName, Region, SessionDuration, SessionName, Target};

use crate::commands::identity::add::AddIdentity;

/// Short-lived AWS credentials: sign in once, start roles, and every tool has fresh keys.
#[derive(Parser)]
#[command(version, after_help = [FIRST_STEPS, EXIT_CODES].concat(), infer_subcommands = true)]
pub(crate) struct Arguments {
    /// Say on standard error what is being done
    #[arg(long, short, global = true, display_order = 900)]
    pub(crate) verbose: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const FIRST_STEPS: &str = "\
First steps:
  daypass sandbox -- bash                     try everything out, without an AWS account
  daypass identity add oidc work --issuer URL --client-id ID
  daypass identity login work
  daypass role add ARN --identity work --profile dev
  daypass start dev                           now: aws --profile dev ...
  daypass agent                               keeps started roles fresh, as the desktop app does

";

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed: a file, the keyring, the clock; or cancelled, or nobody signed in
  2  wrong usage, or a setting that has to be mended
  3  somebody has to sign in
  4  no such identity, role, profile, session or program
  5  refused: by AWS, by the identity provider, or to protect what is not Daypass's
  6  a passing failure: network, throttling, a server's fault; try again

A ROLE is named ACCOUNT/ROLE, by its ARN, or by its profile; IDENTITY:ROLE where
several identities reach it.
DAYPASS_HOME=FOLDER keeps everything of Daypass in that folder.";

const FOR_CREDENTIAL_PROCESS: &str = "\
In ~/.aws/config, for tools that ask for credentials whenever they need them:

  [profile dev-live]
  credential_process = daypass credential-process --profile dev

The role of that profile is started when none runs, and renewed when it is due. No browser ever opens.";

const FOR_COMPLETIONS: &str = "\
Put it where the shell looks, for example:

  daypass completions bash > ~/.local/share/bash-completion/completions/daypass
  daypass completions zsh > ~/.zfunc/_daypass            with ~/.zfunc in fpath
  daypass completions fish > ~/.config/fish/completions/daypass.fish";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Manage identities: ways to prove who you are
    #[command(subcommand)]
    Identity(IdentityCommand),
    /// Manage roles that can be assumed
    #[command(subcommand)]
    Role(RoleCommand),
    /// Start a role: write its profile to the AWS credentials file
    Start(Start),
    /// Renew a session now
    Renew {
        /// Profile of the session
        profile: ProfileName,
    },
    /// End a session: take its profile out of the AWS credentials file
    #[command(override_usage = "daypass stop <PROFILE>\n       daypass stop --all")]
    Stop {
        /// Profile of the session
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        profile: Option<ProfileName>,
        /// End all sessions
        #[arg(long)]
        all: bool,
    },
    /// Show identities and sessions, and how long they last
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print credentials as AWS tools want them of a `credential_process`
    #[command(after_help = FOR_CREDENTIAL_PROCESS)]
    CredentialProcess {
        /// The profile
        #[arg(long)]
        profile: ProfileName,
    },
    /// Print credentials for a shell: eval "$(daypass env PROFILE)"
    Env {
        /// The profile
        profile: ProfileName,
        /// For which shell
        #[arg(long, value_enum, default_value = "sh")]
        shell: ShellName,
    },
    /// Open the AWS console, signed in as a role
    Console(Console),
    /// Show who AWS takes a session for (GetCallerIdentity)
    Whoami {
        /// Profile of the session; may be left out when only one runs
        profile: Option<ProfileName>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Why was I denied: read an encoded authorization message (DecodeAuthorizationMessage)
    Why {
        /// The message, or the whole error with it; from standard input when left out
        message: Option<String>,
        /// Profile of the session that asks; may be left out when only one runs
        #[arg(long)]
        profile: Option<ProfileName>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Whose access key is this: its account (GetAccessKeyInfo)
    WhoseKey {
        /// The access key id: AKIA... or ASIA...
        access_key_id: String,
        /// Profile of the session that asks; may be left out when only one runs
        #[arg(long)]
        profile: Option<ProfileName>,
    },
    /// Keep sessions fresh where no desktop app runs (SSH hosts, WSL, servers)
    Agent,
    /// Try everything out: a local AWS and identity provider, no account needed
    Sandbox(Sandbox),
    /// Find what is wrong here, and how to mend it
    Doctor {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print what lets a shell complete commands and options at the Tab key
    #[command(after_help = FOR_COMPLETIONS)]
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// Check the log of everything that was done with your identities
    #[command(subcommand)]
    Audit(AuditCommand),
}

impl Command {
    /// Whether what it says is for a program.
    pub(crate) fn wants_json(&self) -> bool {
        match self {
            Self::Status { json } | Self::Whoami { json, .. } | Self::Why { json, .. } | Self::Doctor { json } => *json,
            Self::Start(start) => start.json,
            Self::Role(RoleCommand::List { json }) => *json,
            Self::Identity(
                IdentityCommand::Code { json, .. }
                | IdentityCommand::RotateKey { json, .. }
                | IdentityCommand::Try { json, .. }
                | IdentityCommand::List { json },
            ) => *json,
            _ => false,
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum IdentityCommand {
    /// Add an identity
    #[command(subcommand)]
    Add(AddIdentity),
    /// Put a secret of an identity into the vault: from standard input, or typed
    Secret {
        /// The identity
        name: IdentityName,
        /// Which secret
        field: String,
        /// Remove it from the vault
        #[arg(long)]
        remove: bool,
    },
    /// Show the code of an IAM user's MFA device, where its secret is in the vault
    Code {
        /// The identity
        name: IdentityName,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Replace the access key of an IAM user: create a new one, check it, delete the old one
    RotateKey {
        /// The identity
        name: IdentityName,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Try an identity: each step of a sign-in that needs nobody
    Try {
        /// The identity
        name: IdentityName,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List identities
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove an identity with its roles, sessions and sign-in
    Remove {
        /// Its name
        name: IdentityName,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Sign in
    Login(Login),
    /// List the roles of an identity anew (IAM Identity Center)
    Refresh {
        /// The identity
        name: IdentityName,
    },
    /// Sign out: the proof is thrown away
    Logout {
        /// The identity
        name: IdentityName,
    },
}

#[derive(Args)]
pub(crate) struct Login {
    /// The identity
    pub(crate) name: IdentityName,
    /// Print the address instead of opening a browser
    #[arg(long)]
    pub(crate) print_url: bool,
    /// Sign in with a code on another device (IAM Identity Center)
    #[arg(long)]
    pub(crate) device: bool,
    /// User name, where one is typed [default: the one of the last time, or asked]
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// SAML: take the assertion (the SAMLResponse that the page posts) from a file, or from standard input with "-"
    #[arg(long, value_name = "FILE")]
    pub(crate) assertion_file: Option<PathBuf>,
    /// Give up after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) timeout: u32,
}

#[derive(Subcommand)]
pub(crate) enum RoleCommand {
    /// Declare a role
    Add(Box<AddRole>),
    /// List roles
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a role's declaration
    Remove {
        /// ACCOUNT/ROLE, ARN or profile
        role: String,
    },
}

#[derive(Args)]
pub(crate) struct AddRole {
    /// Its ARN (or that of a user, a federated user, an account's root, an identity pool)
    pub(crate) arn: Target,
    /// The identity that may assume it
    #[arg(long)]
    pub(crate) identity: IdentityName,
    /// The role whose session assumes it: ARN of a role of the same identity
    #[arg(long, value_name = "ARN")]
    pub(crate) via: Option<Target>,
    /// Profile to write [default: ACCOUNT-ROLE]
    #[arg(long)]
    pub(crate) profile: Option<ProfileName>,
    /// Region for the profile, and whose STS is asked
    #[arg(long)]
    pub(crate) region: Option<Region>,
    #[command(flatten)]
    pub(crate) terms: TermsGiven,
}

/// What is asked for in the exchange.
#[derive(Args)]
#[command(next_help_heading = "Terms")]
pub(crate) struct TermsGiven {
    /// Lifetime to ask for: 15m to 12h, one hour at most with --via, to 36h for users [default: 1h; 12h for users]
    #[arg(long)]
    pub(crate) duration: Option<SessionDuration>,
    /// Role session name, where the identity does not give one
    #[arg(long, value_name = "NAME")]
    pub(crate) session_name: Option<SessionName>,
    /// Narrow the session to reading (the AWS managed policy ReadOnlyAccess)
    #[arg(long)]
    pub(crate) read_only: bool,
    /// File with an inline session policy, JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) policy_file: Option<PathBuf>,
    /// Managed session policy; may be given several times
    #[arg(long = "policy-arn", value_name = "ARN")]
    pub(crate) policy_arns: Vec<String>,
    /// Session tag; may be given several times
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub(crate) tags: Vec<(String, String)>,
    /// Key of a tag that is handed on through a chain; may be given several times
    #[arg(long = "transitive-tag", value_name = "KEY")]
    pub(crate) transitive_tag_keys: Vec<String>,
    /// Source identity, for CloudTrail
    #[arg(long, value_name = "NAME")]
    pub(crate) source_identity: Option<String>,
    /// External id that the role's trust policy asks for
    #[arg(long, value_name = "ID")]
    pub(crate) external_id: Option<String>,
    /// Context of a trusted provider, for trusted identity propagation; may be given several times
    #[arg(long = "provided-context", value_name = "PROVIDER=ASSERTION", value_parser = key_and_value)]
    pub(crate) provided_contexts: Vec<(String, String)>,
    /// What an account's root may do for these 15 minutes, e.g. IAMAuditRootUserCredentials
    #[arg(long, value_name = "NAME")]
    pub(crate) task_policy: Option<String>,
    /// Least size of the session token, up to 4096: to test what must take long tokens
    #[arg(long, value_name = "BYTES")]
    pub(crate) minimum_session_token_size: Option<u16>,
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

#[derive(Args)]
pub(crate) struct Start {
    /// ACCOUNT/ROLE, ARN or profile
    pub(crate) role: String,
    /// Profile to write instead of the role's own
    #[arg(long)]
    pub(crate) profile: Option<ProfileName>,
    /// Back up and replace a profile that is not Daypass's
    #[arg(long)]
    pub(crate) replace: bool,
    /// Narrow the session to reading (the AWS managed policy ReadOnlyAccess)
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Console {
    /// ACCOUNT/ROLE, ARN or profile
    pub(crate) role: String,
    /// Print the address instead of opening it (a secret for 15 minutes: whoever opens it is signed in)
    #[arg(long)]
    pub(crate) print: bool,
    /// Service to land on, e.g. s3
    #[arg(long)]
    pub(crate) service: Option<String>,
    /// Region to land in
    #[arg(long)]
    pub(crate) region: Option<Region>,
}

#[derive(Args)]
pub(crate) struct Sandbox {
    /// Port on 127.0.0.1 [default: a free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,
    /// Longest life of credentials, so that renewals can be watched
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=43_200))]
    pub(crate) lifetime: Option<u32>,
    /// Keep the sandbox's files in this folder [default: a temporary one]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) home: Option<PathBuf>,
    /// Trust another OpenID provider too; may be given several times
    #[arg(long = "trust", value_name = "ISSUER=CLIENT_ID")]
    pub(crate) trust: Vec<String>,
    /// Run this program in the sandbox instead of printing the environment
    #[arg(last = true)]
    pub(crate) program: Vec<std::ffi::OsString>,
}

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Check that no line of the log was changed, removed or added
    Verify,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ShellName {
    Sh,
    Fish,
    Powershell,
    Json,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
