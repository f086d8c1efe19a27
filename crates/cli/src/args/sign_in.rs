//! Whether a command may sign the person in.

use clap::Args;

/// For commands that sign you in first if they have to.
#[derive(Args, Clone, Copy)]
pub(crate) struct SignInArgs {
    /// Fail with exit code 3 if you need to sign in, instead of signing you in. Without a terminal, it always fails
    #[arg(long)]
    pub(crate) no_sign_in: bool,
}
