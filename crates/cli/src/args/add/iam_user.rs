//! `daypass identity add iam-user`

use clap::Args;
use daypass_core::names::Region;
use daypass_core::problem::Problem;
use daypass_core::settings::{IamUserSettings, IdentitySettings};

use super::settings::OtherRoleRegion;

pub(super) const ACCESS_KEY: &str = "\
Pass the access key on standard input in one of these forms:
  two lines, the access key ID and the secret access key
  the CSV file that you download from the IAM console
  the output of `aws iam create-access-key`

If you also use --mfa-serial and --with totp_secret, add a line with the secret
of the virtual MFA device: the secret key that AWS shows under the QR code, or
the otpauth:// URL from the code. Daypass then generates the MFA codes.

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
    #[command(flatten)]
    roles_in: OtherRoleRegion,
}

impl super::settings::Settings for IamUser {
    fn settings(self) -> Result<IdentitySettings, Problem> {
        let Self { mfa_serial, region, roles_in } = self;
        let default_region = roles_in.default_region.or_else(|| region.clone());
        Ok(IdentitySettings::IamUser(IamUserSettings { mfa_serial, region, default_region }))
    }
}
