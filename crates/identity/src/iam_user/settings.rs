//! What can be wrong with the settings of an IAM user.

use daypass_core::problem::Problem;
use daypass_core::settings::{BadSetting, IamUserSettings, SettingField};

/// The first field that cannot be used.
pub(super) fn check_fields(settings: &IamUserSettings) -> Result<(), Problem> {
    settings.mfa_serial.as_deref().map_or(Ok(()), check_serial)
}

/// Every field that cannot be used.
pub(super) fn mistakes(settings: &IamUserSettings) -> Vec<BadSetting> {
    settings.mfa_serial.as_deref().and_then(|serial| serial_of_a_device(serial).err()).into_iter().collect()
}

fn check_serial(serial: &str) -> Result<(), Problem> {
    serial_of_a_device(serial).map_err(|wrong| {
        Problem::from(wrong).hint(
            "copy the identifier of the MFA device from the user's security credentials in the IAM console: \
             arn:aws:iam::123456789012:mfa/NAME, or what is printed on a hardware device",
        )
    })
}

/// `SerialNumber` of STS: `[\w+=/:,.@-]*`, 9 to 256 characters
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>).
fn serial_of_a_device(serial: &str) -> Result<(), BadSetting> {
    let wrong = |why: &str| Err(BadSetting::new(SettingField::MfaSerial, serial, why));
    if !(9..=256).contains(&serial.len()) {
        return wrong("AWS allows 9 to 256 characters");
    }
    if !serial.chars().all(|c| c.is_ascii_alphanumeric() || "_+=/:,.@-".contains(c)) {
        return wrong("AWS allows letters, digits and _ + = / : , . @ -");
    }
    if serial.starts_with("arn:") {
        let parts: Vec<&str> = serial.splitn(6, ':').collect();
        match parts.as_slice() {
            ["arn", _, "iam", "", _, device] if device.starts_with("mfa/") && device.len() > 4 => {}
            // Passkeys and security keys have no code to type.
            ["arn", _, "iam", "", _, device] if device.starts_with("u2f/") => {
                return wrong("security keys and passkeys don't have codes, and the AWS API only accepts codes");
            }
            _ => return wrong("it's the ARN of something else"),
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use daypass_core::problem::ProblemCode;

    #[test]
    fn a_serial_is_that_of_a_device_with_codes() {
        for good in
            ["arn:aws:iam::123456789012:mfa/ann", "arn:aws-us-gov:iam::123456789012:mfa/div/ann", "GAHT12345678"]
        {
            check_serial(good).unwrap();
        }
        for bad in [
            "12345678",
            "GAHT 1234567",
            "arn:aws:iam::123456789012:user/ann",
            "arn:aws:iam::123456789012:mfa/",
            "arn:aws:iam::123456789012:u2f/user/ann/key",
            &"9".repeat(257),
            "GAHT12345ü",
        ] {
            assert_eq!(check_serial(bad).unwrap_err().code, ProblemCode::BadMfaSerial, "{bad}");
        }
    }
}
