//! `daypass consent`.

use clap::Subcommand;

pub(super) const FOR_CONSENT: &str = "\
Examples:
  daypass consent watch                       answer questions in this terminal
  daypass consent list
  daypass consent allow 3 --read-only
  daypass consent revoke --all

Daypass asks for the roles and accounts whose setting `ask` says so:

  daypass config set ask.production first-use
  daypass account set shop-prod --ask per-session";

const FOR_WATCH: &str = "\
Example:
  daypass consent watch

Run it in a terminal of your own. An answer from the terminal of the program that asks doesn't
count.";

const FOR_ALLOW: &str = "\
Examples:
  daypass consent allow 3                     what waits now
  daypass consent allow 3 --keep              this program, while `ask` lets it
  daypass consent allow 3 --read-only";

const FOR_REVOKE: &str = "\
Examples:
  daypass consent revoke 3
  daypass consent revoke --all

Programs that have credentials already keep them until they expire.";

#[derive(Subcommand)]
pub(crate) enum ConsentCommand {
    /// List the programs that wait for your answer, and the answers that hold
    #[command(after_help = "Example:\n  daypass consent list")]
    List,
    /// Answer questions in this terminal as they come
    #[command(after_help = FOR_WATCH)]
    Watch,
    /// Let a program have a role's credentials
    #[command(after_help = FOR_ALLOW)]
    Allow {
        /// The question's number
        id: u32,
        /// Let the program have them again, until the session ends or until you take it back
        #[arg(long, conflicts_with = "read_only")]
        keep: bool,
        /// Let it have credentials that only read
        #[arg(long)]
        read_only: bool,
    },
    /// Refuse a program
    #[command(after_help = "Example:\n  daypass consent deny 3")]
    Deny {
        /// The question's number
        id: u32,
    },
    /// Take back an answer
    #[command(after_help = FOR_REVOKE)]
    Revoke {
        /// The answer's number
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<u32>,
        /// Take back all answers
        #[arg(long)]
        all: bool,
    },
}
