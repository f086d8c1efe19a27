//! `daypass identity add iam-user`

use std::io::{IsTerminal, Read};

use clap::Args;
use daypass_core::names::{IdentityName, Region};
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::secret::Given;
use daypass_core::settings::IamUserSettings;
use daypass_core::settings::IdentitySettings;
use daypass_identity::iam_user::AccessKey;
use secrecy::zeroize::Zeroizing;

use super::super::secret;

pub(super) const ACCESS_KEY: &str = "\
Pass the access key on standard input in one of these forms:
  two lines, the access key ID and the secret access key
  the CSV file that you download from the IAM console
  the output of `aws iam create-access-key`

If you also use --mfa-serial and --with totp_secret, add a line with the secret of the virtual MFA device: the
secret key that AWS shows under the QR code, or the otpauth:// URL from the code. Daypass then generates the MFA codes.

Example:
  daypass identity add iam-user ann < ann_accessKeys.csv";

#[derive(Args)]
pub(crate) struct IamUser {
    /// MFA device: arn:aws:iam::ACCOUNT:mfa/NAME, or the serial number of a hardware device
    #[arg(long, value_name = "SERIAL")]
    mfa_serial: Option<String>,
    /// Region whose STS issues the user's own session [default: the partition's first region]
    #[arg(long)]
    region: Option<Region>,
}

impl super::Settings for IamUser {
    fn settings(self) -> Result<IdentitySettings, Problem> {
        Ok(IdentitySettings::IamUser(IamUserSettings { mfa_serial: self.mfa_serial, region: self.region }))
    }

    fn secrets(name: &IdentityName, settings: &IdentitySettings, with: &[String]) -> Result<Given, Problem> {
        let stdin = std::io::stdin();
        if stdin.is_terminal() {
            return secret::needed(name, settings, with);
        }
        let mut text = Zeroizing::new(String::new());
        // A key and a device's secret are a few hundred bytes.
        stdin.lock().take(64 * 1024).read_to_string(&mut text).map_err(|_| missing("access key"))?;
        let (key, rest) = AccessKey::parse(&text)?;
        let mut given = Given::none().and("access_key_id", key.id.into()).and("secret_access_key", key.secret);
        let mut lines = rest.lines().map(str::trim).filter(|line| !line.is_empty());
        for field in with {
            secret::find(name, &daypass_identity::secrets(settings), field)?;
            given = given.and(field, lines.next().ok_or_else(|| missing(field))?.into());
        }
        Ok(given)
    }
}

fn missing(what: &str) -> Problem {
    Problem::new(ProblemKind::Invalid, "nothing-typed", format!("the {what} is missing"))
        .hint("pass it on standard input. `daypass identity add iam-user --help` shows how")
}
