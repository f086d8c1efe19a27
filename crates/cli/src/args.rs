//! The command line.

mod account;
mod add;
mod browser;
mod catalog;
mod change;
mod consent;
mod console;
mod exec;
mod export;
mod favourite;
mod import;
mod leaked;
mod lease;
mod logs;
mod profiles;
mod serve;
mod shells;
mod sign_in;
mod vault;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use daypass_core::names::{IdentityName, ProfileName, Region, SessionDuration, SessionName, Target, mistake_in_arn};
use daypass_core::settings::{AskWhen, DeliverySetting};

pub(crate) use account::AccountCommand;
pub(crate) use add::{AddAny, NewIdentity, Pasted};
pub(crate) use browser::{BrowserCommand, Level, UseBrowser};
pub(crate) use catalog::CatalogCommand;
pub(crate) use change::Change;
pub(crate) use consent::ConsentCommand;
pub(crate) use console::{Console, ConsoleCommand, OpenConsole};
pub(crate) use exec::{Exec, FOR_EXEC, ProgramTerms};
pub(crate) use export::{Export, Restore};
pub(crate) use favourite::FavouriteCommand;
pub(crate) use import::{Import, ImportCommand, ImportOptions};
pub(crate) use leaked::Leaked;
pub(crate) use lease::{BeginLeaseArgs, ElevateArgs, Lease, LeaseCommand};
pub(crate) use logs::{ExportFormat, LogsCommand, LogsExport, LogsFilter};
pub(crate) use profiles::{Consent, ProfilesCommand, RemoveProfiles, SyncProfiles};
pub(crate) use serve::{Offer, Serve, ServeCommand};
pub(crate) use shells::{CallingShell, FunctionShell, ShellName, Subshell, Use};
pub(crate) use sign_in::SignInArgs;
pub(crate) use vault::{KeyPlace, VaultCommand};

/// Sign in once, start the roles you need, and every AWS tool has fresh, short-lived credentials
#[derive(Parser)]
#[command(version, after_help = [FIRST_STEPS, EXIT_CODES].concat(), infer_subcommands = true)]
pub(crate) struct Arguments {
    /// Say what Daypass does, on standard error
    #[arg(long, short, global = true, display_order = 900)]
    pub(crate) verbose: bool,
    /// Print results and errors as JSON
    #[arg(long, global = true, display_order = 901)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const FIRST_STEPS: &str = "\
First steps:
  daypass sandbox -- bash                     try Daypass without an AWS account
  daypass identity add URL work               the address your company gave you
  daypass identity login work
  daypass role list
  daypass start ROLE --profile dev            then: aws --profile dev ...
  daypass agent                               renew without the desktop app

";

const EXIT_CODES: &str = "\
Exit codes:
  0  success
  1  failed (a file, the keyring, the clock, the output), cancelled, or the
     sign-in timed out
  2  wrong usage, or a wrong setting
  3  you need to sign in
  4  not found: an identity, role, session, AWS profile, TOTP secret, or the
     program for the sandbox
  5  refused by AWS, by the identity provider, or by Daypass, for example to
     protect a profile it didn't write
  6  temporary failure (network, throttling, a server error): try again

Write a ROLE as ACCOUNT/ROLE, with the account's name, alias or 12 digits, as
its name alone, as its profile or as its ARN. Part of a name is enough if only
one role matches. If several identities can assume it, write IDENTITY:ROLE.
Set DAYPASS_HOME=FOLDER to keep all of Daypass's own files in that folder.";

const FOR_START: &str = "\
Examples:
  daypass start                               choose from a list
  daypass start dev
  daypass start shop-prod/ReadOnly            by names, or parts of them
  daypass start 123456789012/ReadOnly --profile audit
  daypass start dev --default                 also for tools without a profile
  daypass start audit --region eu-central-1   the same role again";

const FOR_ENV: &str = "\
Examples:
  eval \"$(daypass env dev)\"                   bash, zsh
  daypass env dev --shell fish | source       fish
  daypass env dev --shell powershell | Out-String | iex
  for /f \"delims=\" %i in ('daypass env dev --shell cmd') do @%i
  daypass env dev --shell nu | from json | load-env
  daypass env dev --shell dotenv > .env

The variables stop working when the credentials expire. Daypass can't renew
them.";

const FOR_STATUS: &str = "\
Examples:
  daypass status
  daypass status --json
  daypass status dev --remaining              seconds left, or fail if expired
  daypass status --format '{profile}:{account}/{role}:{seconds}'

The names are: profile, account, role, identity, region, state, remaining,
seconds and until.";

/// What `daypass prompt` prints by default.
const DEFAULT_PROMPT: &str = "{profile} {remaining}";

const FOR_SANDBOX: &str = "\
Examples:
  daypass sandbox -- bash                     a shell in the sandbox
  daypass sandbox --lifetime 120 -- bash      with credentials for two minutes";

const FOR_SECRET: &str = "\
Examples:
  daypass identity secret work client_secret
  pass show work/aws | daypass identity secret work client_secret";

const FOR_RENAME: &str = "\
Example:
  daypass identity rename work acme";

const FOR_LOGIN: &str = "\
Examples:
  daypass identity login                      the only identity
  daypass identity login work --device        enter a code on your phone";

const FOR_ADD_ROLE: &str = "\
Examples:
  daypass role add arn:aws:iam::123456789012:role/Dev --identity work \\
    --profile dev --duration 4h
  daypass role add arn:aws:iam::123456789012:role/Deploy --identity work \\
    --ask always";

const FOR_CONFIG_SET: &str = "\
Examples:
  daypass config set vault.key passphrase         protect the key with one
  daypass config set vault.key file:~/.config/daypass/vault.key
  daypass config set vault.key keyring            the default
  daypass config set region eu-central-1          for roles that don't set one
  daypass config set fallback_regions eu-west-1,eu-north-1
  daypass config set network.proxy http://proxy.example.org:8080
  daypass config set network.ca_file ~/corp-ca.pem

If you have a vault, this moves its key, like `daypass vault move`.";

const FOR_PROXY_LOGIN: &str = "\
Examples:
  daypass config set network.proxy http://proxy.example.org:8080
  daypass config proxy-login                      asks for both
  daypass config proxy-login --user 'CORP\\ann' < password.txt
  daypass config proxy-login --forget

Daypass sends the password only to the proxy that is set now. Enter it again if
the proxy's address changes.";

const FOR_CREDENTIAL_PROCESS: &str = "\
Add this to ~/.aws/config, so tools can ask Daypass for credentials:

  [profile dev-live]
  credential_process = daypass credential-process --profile dev

Daypass starts the profile's role if it isn't running, and renews the session
when it's due. It never opens a browser. With --wait 50, a call that needs you
to sign in continues once you have.";

const FOR_COMPLETIONS: &str = "\
Save the script where your shell looks for completions:

  daypass completions bash > ~/.local/share/bash-completion/completions/daypass
  daypass completions zsh > ~/.zfunc/_daypass            with ~/.zfunc in fpath
  daypass completions fish > ~/.config/fish/completions/daypass.fish

In PowerShell, add this to $PROFILE:

  daypass completions powershell | Out-String | Invoke-Expression

This also completes names of roles, profiles, identities and regions, without
opening the vault.";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Manage identities, the ways to prove who you are
    #[command(subcommand)]
    Identity(IdentityCommand),
    /// Manage the roles you can assume
    #[command(subcommand)]
    Role(RoleCommand),
    /// Name the AWS accounts of your roles
    #[command(subcommand)]
    Account(AccountCommand),
    /// Choose the roles that lists show first
    #[command(subcommand, alias = "favorite")]
    Favourite(FavouriteCommand),
    /// Use a team's shared identities, roles and accounts from a file, a URL or a git checkout
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// Start a role and write its profile to the AWS credentials file
    #[command(after_help = FOR_START)]
    Start(Start),
    /// Renew a session now
    Renew {
        /// Profile of the session
        profile: ProfileName,
        #[command(flatten)]
        sign_in: SignInArgs,
    },
    /// Change a running session's profiles, region or delivery, without ending it
    #[command(after_help = change::FOR_CHANGE)]
    Change(Change),
    /// End a session and remove its profile from the AWS credentials file
    #[command(override_usage = "daypass stop <PROFILE>\n       daypass stop --all")]
    Stop {
        /// Profile of the session
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        profile: Option<ProfileName>,
        /// End all sessions
        #[arg(long)]
        all: bool,
        /// Put back what the profile contained before `start --replace`, without asking
        #[arg(long)]
        give_back: bool,
    },
    /// Show your identities and sessions, and how long they last
    #[command(after_help = FOR_STATUS)]
    Status(Status),
    /// Print credentials for an AWS tool's `credential_process` setting
    #[command(after_help = FOR_CREDENTIAL_PROCESS)]
    CredentialProcess {
        /// Profile of the role
        #[arg(long)]
        profile: ProfileName,
        /// The profile's role, as IDENTITY:ARN [default: the role that has the profile]
        #[arg(long)]
        role: Option<String>,
        /// If you have to sign in first, wait this long instead of failing right away
        #[arg(long, value_name = "SECONDS", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(0..=600))]
        wait: u16,
    },
    /// Print commands that set credentials in a shell's environment
    #[command(after_help = FOR_ENV)]
    Env {
        /// Profile of the session, or its role: ACCOUNT/ROLE [default: AWS_PROFILE, the only running session, or choose
        /// from a list]
        profile: Option<ProfileName>,
        /// Shell to print them for
        #[arg(long, value_enum, default_value = shells::USUAL_SHELL)]
        shell: ShellName,
        #[command(flatten)]
        sign_in: SignInArgs,
    },
    /// Run a program with a role's credentials, renewed as needed and never written to a file
    #[command(after_help = FOR_EXEC)]
    Exec(Exec),
    /// Run a program, such as a coding agent, with a limited session for a limited time
    #[command(after_help = lease::FOR_LEASE)]
    Lease(Lease),
    /// Give a read-only session full access for a limited time, with a reason
    #[command(after_help = lease::FOR_ELEVATE)]
    Elevate(ElevateArgs),
    /// Make an elevated session read-only again before its time is up
    FallBack {
        /// Profile of the session
        profile: ProfileName,
    },
    /// Serve roles' credentials to programs that ask for them: containers, editors, SSH hosts
    #[command(after_help = serve::FOR_SERVE)]
    Serve(Serve),
    /// Start a shell with a role's credentials, renewed as needed, and the time left in its prompt
    #[command(after_help = shells::FOR_SHELL)]
    Shell(Subshell),
    /// Use a role in this shell: start it, and set AWS_PROFILE and the region
    #[command(after_help = shells::FOR_USE)]
    Use(Use),
    /// Undo what `daypass use` and `daypass env` set in this shell
    #[command(after_help = shells::FOR_UNUSE)]
    Unuse(CallingShell),
    /// Print the function that lets `daypass use` change your shell
    #[command(after_help = shells::FOR_INIT)]
    Init {
        /// Shell to print it for
        shell: FunctionShell,
    },
    /// Print the session in use and the time left, for your shell's prompt
    #[command(after_help = shells::FOR_PROMPT)]
    Prompt {
        /// What to print, with names in braces
        #[arg(long, value_name = "TEMPLATE", default_value = DEFAULT_PROMPT)]
        format: String,
    },
    /// Allow or refuse programs that ask for a role's credentials, and revoke your answers
    #[command(subcommand, after_help = consent::FOR_CONSENT)]
    Consent(ConsentCommand),
    /// Open the AWS console in your browser, signed in as a role
    #[command(after_help = console::FOR_CONSOLE)]
    Console(Console),
    /// Choose which browser the console and sign-ins open in
    #[command(subcommand)]
    Browser(BrowserCommand),
    /// Show a session's account and ARN, as AWS sees them (GetCallerIdentity)
    Whoami {
        /// Profile of the session [default: AWS_PROFILE, or the only running session]
        profile: Option<ProfileName>,
    },
    /// Explain why AWS denied a request, from its encoded authorization message (DecodeAuthorizationMessage)
    Why {
        /// The message, or the whole error around it [default: read from standard input]
        message: Option<String>,
        /// Profile of the session to ask AWS with [default: AWS_PROFILE, or the only running session]
        #[arg(long)]
        profile: Option<ProfileName>,
    },
    /// Show which account an access key belongs to (GetAccessKeyInfo)
    WhoseKey {
        /// The access key ID: AKIA... or ASIA...
        access_key_id: String,
        /// Profile of the session to ask AWS with [default: AWS_PROFILE, or the only running session]
        #[arg(long)]
        profile: Option<ProfileName>,
    },
    /// If an access key leaks: show who had it, end it here, and how to stop it at AWS
    #[command(after_help = leaked::FOR_LEAKED)]
    Leaked(Leaked),
    /// Renew sessions where the desktop app doesn't run (SSH hosts, WSL, servers)
    #[command(args_conflicts_with_subcommands = true)]
    Agent {
        #[command(subcommand)]
        command: Option<AgentCommand>,
    },
    /// Run a local AWS and identity provider, to try Daypass without an account
    #[command(after_help = FOR_SANDBOX)]
    Sandbox(Sandbox),
    /// Import identities, roles and profiles from other tools
    Import(Import),
    /// Give every role you can assume a profile in the AWS config file, for tools that use many accounts
    #[command(subcommand)]
    Profiles(ProfilesCommand),
    /// Show and change the settings in config.toml
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Write your identities, roles, accounts and settings to one file, with or without secrets
    #[command(after_help = export::FOR_EXPORT)]
    Export(Export),
    /// Restore what `daypass export` wrote, or import another config.toml
    #[command(after_help = export::FOR_RESTORE)]
    Restore(Restore),
    /// Show where the vault's key is, move it, or change its passphrase
    #[command(subcommand)]
    Vault(VaultCommand),
    /// Lock the vault: the agent forgets its key and every secret, and renewals pause
    #[command(after_help = vault::FOR_LOCK)]
    Lock,
    /// Unlock the vault, with the keyring, the key file or your passphrase
    #[command(after_help = vault::FOR_UNLOCK)]
    Unlock,
    /// Check this machine for problems and show how to fix them
    Doctor,
    /// Print a shell completion script
    #[command(after_help = FOR_COMPLETIONS)]
    Completions {
        /// Shell to print it for
        shell: clap_complete::Shell,
    },
    /// Read, export and verify the audit log of everything done with your identities
    #[command(subcommand)]
    Logs(LogsCommand),
    /// Write a manual page for each command into a folder
    #[command(hide = true)]
    ManPages {
        /// Folder for the pages
        folder: PathBuf,
    },
}

impl Command {
    /// Whether the program that runs it gets credentials by it, or answers about one that does.
    pub(crate) fn takes_credentials(&self) -> bool {
        matches!(
            self,
            Self::CredentialProcess { .. }
                | Self::Env { .. }
                | Self::Exec(_)
                | Self::Serve(_)
                | Self::Shell(_)
                | Self::Console(_)
                | Self::Consent(_)
        )
    }

    /// The shell that evaluates the output.
    pub(crate) fn evaluated_by(&self) -> Option<ShellName> {
        match self {
            Self::Env { shell, .. } => Some(*shell),
            Self::Serve(serve) if serve.offer.detach => Some(serve.offer.shell),
            Self::Use(Use { caller, .. }) | Self::Unuse(caller) => caller.shell.map(ShellName::from),
            _ => None,
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum IdentityCommand {
    /// Add an identity: from the address your company gave you, or by its kind
    #[command(arg_required_else_help = true)]
    Add(Box<AddAny>),
    /// Save an identity's secret in the vault, typed or from standard input
    #[command(after_help = FOR_SECRET)]
    Secret {
        /// Name of the identity
        name: IdentityName,
        /// The secret's name, such as client_secret
        field: String,
        /// Remove the secret from the vault instead
        #[arg(long)]
        remove: bool,
    },
    /// Show the current MFA code of an IAM user whose MFA secret is in the vault
    Code {
        /// Name of the identity [default: the only IAM user]
        name: Option<IdentityName>,
    },
    /// Replace an IAM user's access key: create a new one, check it, then delete the old one
    RotateKey {
        /// Name of the identity [default: the only IAM user]
        name: Option<IdentityName>,
    },
    /// Test an identity: run every step of a sign-in that doesn't need you
    Try {
        /// Name of the identity [default: the only one]
        name: Option<IdentityName>,
    },
    /// List identities
    #[command(alias = "ls")]
    List,
    /// Remove an identity together with its roles and sessions, and sign out
    #[command(alias = "rm")]
    Remove {
        /// Name of the identity
        name: IdentityName,
        /// Remove without asking for confirmation
        #[arg(long, short)]
        yes: bool,
    },
    /// Give an identity another name. Its roles, secrets, sign-in and sessions stay
    #[command(after_help = FOR_RENAME)]
    Rename {
        /// Name of the identity
        name: IdentityName,
        /// Its new name
        new_name: IdentityName,
    },
    /// Sign in to an identity
    #[command(after_help = FOR_LOGIN)]
    Login(Login),
    /// Ask again which roles an identity can assume (IAM Identity Center)
    Refresh {
        /// Name of the identity [default: the only one of its kind]
        name: Option<IdentityName>,
    },
    /// Sign out of an identity and delete its proof
    Logout {
        /// Name of the identity [default: the only one]
        name: Option<IdentityName>,
        /// Don't ask about running sessions
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print the path of config.toml
    Path,
    /// Show the settings, or one of them
    Get {
        /// Name of the setting, such as vault.key [default: all]
        setting: Option<String>,
    },
    /// Change a setting. Comments and everything else in the file stay as they are
    #[command(after_help = FOR_CONFIG_SET)]
    Set {
        /// Name of the setting, such as vault.key
        setting: String,
        /// Its value. Separate several with commas
        value: String,
    },
    /// Remove a setting, so that its default applies
    Unset {
        /// Name of the setting
        setting: String,
    },
    /// Save the proxy's user name and password in the vault. Type the password, or pass it on standard input
    #[command(after_help = FOR_PROXY_LOGIN)]
    ProxyLogin {
        /// User name at the proxy [default: ask]
        #[arg(long)]
        user: Option<String>,
        /// Remove user name and password from the vault instead
        #[arg(long, conflicts_with = "user")]
        forget: bool,
    },
}

#[derive(Args)]
pub(crate) struct Login {
    /// Name of the identity [default: the only one that you can sign in to]
    pub(crate) name: Option<IdentityName>,
    /// Print the sign-in URL instead of opening a browser
    #[arg(long)]
    pub(crate) print_url: bool,
    /// Sign in on another device, with a code that you compare (IAM Identity Center) or copy here (console)
    #[arg(long)]
    pub(crate) device: bool,
    /// User name, for identities that ask for one [default: ask, and suggest the last one]
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// Read the SAML assertion (the SAMLResponse that the sign-in page posts) from a file, or standard input with "-"
    #[arg(long, value_name = "FILE")]
    pub(crate) assertion_file: Option<PathBuf>,
    /// Give up after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = SIGN_IN_SECONDS, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) timeout: u32,
}

/// How long a sign-in waits for the person.
const SIGN_IN_SECONDS: u32 = 300;

impl Login {
    /// A sign-in without options.
    pub(crate) fn to(name: IdentityName) -> Self {
        let timeout = SIGN_IN_SECONDS;
        Self { name: Some(name), print_url: false, device: false, user: None, assertion_file: None, timeout }
    }
}

#[derive(Subcommand)]
pub(crate) enum RoleCommand {
    /// Declare a role
    #[command(after_help = FOR_ADD_ROLE)]
    Add(Box<AddRole>),
    /// List the roles you can assume
    #[command(alias = "ls")]
    List {
        /// Only roles that have all of these words in their account, role, profile or identity name
        filter: Vec<String>,
    },
    /// Remove a role's declaration
    #[command(alias = "rm")]
    Remove {
        /// Role to remove: ACCOUNT/ROLE, profile or ARN. Part of a name isn't enough
        role: String,
    },
}

#[derive(Args)]
pub(crate) struct AddRole {
    /// ARN of the role (or of a user, a federated user, an account's root or an identity pool)
    #[arg(value_parser = arn)]
    pub(crate) arn: Target,
    /// Identity to assume it with
    #[arg(long)]
    pub(crate) identity: IdentityName,
    /// Assume it from another role of the same identity (role chaining)
    #[arg(long, value_name = "ARN", value_parser = arn)]
    pub(crate) via: Option<Target>,
    /// Profile to write [default: ACCOUNT-ROLE]
    #[arg(long)]
    pub(crate) profile: Option<ProfileName>,
    /// Region for the profile, and of the STS that Daypass calls
    #[arg(long)]
    pub(crate) region: Option<Region>,
    /// How its sessions reach tools: file or process
    #[arg(long)]
    pub(crate) delivery: Option<DeliverySetting>,
    /// When to ask you before a program gets its credentials: never, first-use, per-session or always
    #[arg(long)]
    pub(crate) ask: Option<AskWhen>,
    #[command(flatten)]
    pub(crate) terms: TermsArgs,
}

/// What to ask STS for.
#[derive(Args)]
#[command(next_help_heading = "Terms")]
pub(crate) struct TermsArgs {
    /// How long sessions last: 15m to 12h, up to 1h with --via, up to 36h for users [default: 1h; 12h for users]
    #[arg(long)]
    pub(crate) duration: Option<SessionDuration>,
    /// Role session name, if the identity doesn't set one
    #[arg(long, value_name = "NAME")]
    pub(crate) session_name: Option<SessionName>,
    /// Limit sessions to read access (adds the AWS managed policy ReadOnlyAccess)
    #[arg(long)]
    pub(crate) read_only: bool,
    /// JSON file with an inline session policy
    #[arg(long, value_name = "FILE")]
    pub(crate) policy_file: Option<PathBuf>,
    /// Managed session policy; repeat for several
    #[arg(long = "policy-arn", value_name = "ARN")]
    pub(crate) policy_arns: Vec<String>,
    /// Session tag; repeat for several
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub(crate) tags: Vec<(String, String)>,
    /// Key of a session tag to pass on through role chaining; repeat for several
    #[arg(long = "transitive-tag", value_name = "KEY")]
    pub(crate) transitive_tag_keys: Vec<String>,
    /// Source identity to record in CloudTrail
    #[arg(long, value_name = "NAME")]
    pub(crate) source_identity: Option<String>,
    /// External ID that the role's trust policy requires
    #[arg(long, value_name = "ID")]
    pub(crate) external_id: Option<String>,
    /// Context for trusted identity propagation; repeat for several
    #[arg(long = "provided-context", value_name = "PROVIDER=ASSERTION", value_parser = key_and_value)]
    pub(crate) provided_contexts: Vec<(String, String)>,
    /// Task policy of an account's root session (15 minutes at most), e.g. IAMAuditRootUserCredentials
    #[arg(long, value_name = "NAME")]
    pub(crate) task_policy: Option<String>,
    /// Minimum size of the session token, up to 4096, to test tools with long tokens
    #[arg(long, value_name = "BYTES")]
    pub(crate) minimum_session_token_size: Option<u16>,
}

/// An ARN, or what is wrong with it.
fn arn(text: &str) -> Result<Target, String> {
    text.parse().map_err(|_| mistake_in_arn(text).unwrap_or_else(|| Target::EXPECTED.to_owned()))
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

#[derive(Args)]
pub(crate) struct Start {
    /// Role to start: ACCOUNT/ROLE, a part of it, profile or ARN [default: the role that --profile had before, or
    /// choose from a list]
    pub(crate) role: Option<String>,
    /// Profile to write; repeat for several. The first name starts them again later [default: the role's own]
    #[arg(long = "profile", value_name = "PROFILE")]
    pub(crate) profiles: Vec<ProfileName>,
    /// Also write the profile `default`, for tools that don't set a profile
    #[arg(long)]
    pub(crate) default: bool,
    /// Region for the profile, and of the STS that Daypass calls [default: the role's, or its identity's]
    #[arg(long)]
    pub(crate) region: Option<Region>,
    /// Replace a profile that Daypass doesn't own, after backing up the file
    #[arg(long)]
    pub(crate) replace: bool,
    /// Limit the session to read access (adds the AWS managed policy ReadOnlyAccess)
    #[arg(long)]
    pub(crate) read_only: bool,
    #[command(flatten)]
    pub(crate) sign_in: SignInArgs,
}

#[derive(Args)]
pub(crate) struct Status {
    /// Profile of the session to show [default: all; with --remaining, AWS_PROFILE or the only one]
    pub(crate) profile: Option<ProfileName>,
    /// Print a line for each session, with names in braces
    #[arg(long, value_name = "TEMPLATE", conflicts_with = "remaining")]
    pub(crate) format: Option<String>,
    /// Print the seconds until the session's credentials expire, and fail if they have
    #[arg(long)]
    pub(crate) remaining: bool,
}

#[derive(Args)]
pub(crate) struct Sandbox {
    /// Port on 127.0.0.1 [default: a free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,
    /// Maximum lifetime of credentials, to watch renewals [default: as at AWS]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=43_200))]
    pub(crate) lifetime: Option<u32>,
    /// Folder for the sandbox's files [default: a temporary one]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) home: Option<PathBuf>,
    /// Trust another OpenID Connect provider too; repeat for several
    #[arg(long = "trust", value_name = "ISSUER=CLIENT_ID")]
    pub(crate) trust: Vec<String>,
    /// Program to run in the sandbox, instead of printing its environment
    #[arg(last = true)]
    pub(crate) program: Vec<std::ffi::OsString>,
}

#[derive(Subcommand)]
pub(crate) enum AgentCommand {
    /// Show which agent is running: the desktop app or one in a terminal
    Status,
    /// Stop the agent. To stop the desktop app, use its tray icon instead
    Stop,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
