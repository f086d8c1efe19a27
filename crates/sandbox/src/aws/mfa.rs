//! Virtual MFA devices of IAM users (RFC 6238), whose codes can be used once.

use secrecy::ExposeSecret;
use totp_rs::{Builder, Secret, Totp};

use super::{actions::Call, fault::Fault, held::Principal};
use crate::world::MfaDevice;

impl Call<'_> {
    /// Whether the call has a valid code from one of the caller's devices. False if it has no code at all.
    ///
    /// # Errors
    /// `AccessDenied`, with AWS's message about the device or the code.
    pub(super) fn checked_mfa(&self, caller: &Principal) -> Result<bool, Fault> {
        let (serial, code) = match (self.params.get("SerialNumber"), self.params.get("TokenCode")) {
            (None, None) => return Ok(false),
            (Some(serial), Some(code)) => (serial, code),
            _ => {
                return Err(Fault::access_denied(
                    "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
                ));
            }
        };
        let device = self.device_of(caller, serial).ok_or_else(|| {
            Fault::access_denied(
                "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial \
                 number is valid and associated with this user.",
            )
        })?;
        let invalid = || Fault::access_denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ");
        let now = u64::try_from(self.now.timestamp()).unwrap_or_default();
        let step = totp(device).and_then(|totp| totp.check(code, now)).ok_or_else(invalid)?;
        if self.shared.used_codes.take(serial, step) { Ok(true) } else { Err(invalid()) }
    }

    /// Devices belong to users. Role sessions have none.
    fn device_of(&self, caller: &Principal, serial: &str) -> Option<&MfaDevice> {
        let Principal::User { account, name, temporary: false, .. } = caller else { return None };
        let user = self.shared.world.users().iter().find(|user| user.account == *account && user.name == *name)?;
        user.mfa.as_ref().filter(|device| device.serial == serial)
    }
}

/// Six digits, thirty seconds, SHA-1, and one step of leeway in either direction, like AWS's virtual devices.
fn totp(device: &MfaDevice) -> Option<Totp> {
    let secret = Secret::try_from_base32(device.secret.expose_secret()).ok()?;
    Builder::new().with_secret(secret).with_skew(1).build().ok()
}
