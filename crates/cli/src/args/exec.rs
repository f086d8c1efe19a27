//! `daypass exec`

use std::ffi::OsString;

use clap::Args;
use daypass_core::names::{LeastDuration, Region};

use super::sign_in::SignInArgs;

pub(crate) const FOR_EXEC: &str = "\
Examples:
  daypass exec dev -- aws s3 ls
  daypass exec shop-prod/ReadOnly -- aws s3 ls
  daypass exec 123456789012/ReadOnly --region eu-central-1 -- terraform plan
  daypass exec dev --static -- ./old-tool     keys in variables
  daypass exec dev --at-least 8h -- ./train   sign in first for a long run
  daypass exec -- aws s3 ls                   choose the role from a list

The program gets its credentials from an endpoint on loopback that works for
as long as it runs. Daypass renews them before they expire, and never writes
to a file.";

#[derive(Args)]
#[command(override_usage = "daypass exec [OPTIONS] [ROLE] -- <PROGRAM>...")]
pub(crate) struct Exec {
    /// Role to use: ACCOUNT/ROLE, part of it, profile or ARN [default: choose from a list]
    pub(crate) role: Option<String>,
    #[command(flatten)]
    pub(crate) terms: ProgramTerms,
    /// Program to run, and its arguments. Without a ROLE, write `--` before them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "PROGRAM")]
    pub(crate) program: Vec<OsString>,
}

impl Exec {
    /// As it was meant, where nothing stands before the `--`: what clap took for the role is the program.
    pub(crate) fn without_role(&mut self) {
        if let Some(program) = self.role.take() {
            self.program.insert(0, program.into());
        }
    }
}

/// What a program gets, or a shell.
#[derive(Args)]
pub(crate) struct ProgramTerms {
    /// Region for it [default: the role's own]
    #[arg(long)]
    pub(crate) region: Option<Region>,
    /// Limit it to read access
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Pass keys in variables instead of an endpoint. The keys stop working when they expire
    #[arg(long = "static")]
    pub(crate) keys: bool,
    /// Make sure that it lasts this long, e.g. 90m, 8h or 2d: sign in first if your sign-in ends sooner. With
    /// --static, get keys that last this long
    #[arg(long, value_name = "TIME")]
    pub(crate) at_least: Option<LeastDuration>,
    /// Allow it inside another `daypass exec` or `daypass shell`
    #[arg(long)]
    pub(crate) nested: bool,
    #[command(flatten)]
    pub(crate) sign_in: SignInArgs,
}
