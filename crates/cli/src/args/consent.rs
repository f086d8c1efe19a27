//! `daypass consent`.

use clap::Subcommand;

pub(super) const FOR_CONSENT: &str = "\
Examples:
  daypass consent watch                       answer questions in this terminal
  daypass consent list
  daypass consent allow 3 --read-only
  daypass consent revoke --all

Daypass asks about roles and accounts whose setting `ask` requires it:

  daypass config set ask.production first-use
  daypass account set shop-prod --ask per-session";

const FOR_WATCH: &str = "\
Example:
  daypass consent watch

Run it in a separate terminal. An answer from the asking program's own terminal
doesn't count.";

const FOR_ALLOW: &str = "\
Examples:
  daypass consent allow 3                     this time only
  daypass consent allow 3 --keep              also allow it next time
  daypass consent allow 3 --read-only";

const FOR_REVOKE: &str = "\
Examples:
  daypass consent revoke 3
  daypass consent revoke --all

Programs that already have credentials keep them until they expire.";

#[derive(Subcommand)]
pub(crate) enum ConsentCommand {
    /// List the programs waiting for your answer, and your current answers
    #[command(after_help = "Example:\n  daypass consent list")]
    List,
    /// Answer questions in this terminal as they come in
    #[command(after_help = FOR_WATCH)]
    Watch,
    /// Allow a program to use a role's credentials
    #[command(after_help = FOR_ALLOW)]
    Allow {
        /// The question's number
        id: u32,
        /// Also allow it next time, until the session ends or you revoke your answer
        #[arg(long, conflicts_with = "read_only")]
        keep: bool,
        /// Allow read-only credentials only
        #[arg(long)]
        read_only: bool,
    },
    /// Refuse a program
    #[command(after_help = "Example:\n  daypass consent deny 3")]
    Deny {
        /// The question's number
        id: u32,
    },
    /// Revoke an answer
    #[command(after_help = FOR_REVOKE)]
    Revoke {
        /// The answer's number
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<u32>,
        /// Revoke all answers
        #[arg(long)]
        all: bool,
    },
}
