//! `daypass exec`

use std::ffi::OsString;

use clap::Args;
use daypass_core::names::Region;

use super::sign_in::SignInArgs;

pub(crate) const FOR_EXEC: &str = "\
Examples:
  daypass exec dev -- aws s3 ls
  daypass exec 123456789012/ReadOnly --region eu-central-1 -- terraform plan
  daypass exec dev --static -- ./old-tool     keys in variables, for tools without endpoints

The program gets its credentials from an endpoint on loopback that answers for as long as it runs.
They're renewed before they expire, and no key is written to a file.";

#[derive(Args)]
pub(crate) struct Exec {
    /// Role to use: ACCOUNT/ROLE, ARN or profile
    pub(crate) role: String,
    /// Region for the program [default: the role's own]
    #[arg(long)]
    pub(crate) region: Option<Region>,
    /// Limit the program to read access
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Give the program keys in variables instead of the endpoint. Those keys stop working when they expire
    #[arg(long = "static")]
    pub(crate) keys: bool,
    /// Allow it inside another `daypass exec`
    #[arg(long)]
    pub(crate) nested: bool,
    #[command(flatten)]
    pub(crate) sign_in: SignInArgs,
    /// Program to run, and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "PROGRAM")]
    pub(crate) program: Vec<OsString>,
}
