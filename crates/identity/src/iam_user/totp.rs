//! Time-based one-time passwords (RFC 6238), as AWS uses them: SHA-1, six digits, 30 seconds.

use std::fmt;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use totp_rs::{Algorithm, Builder, Secret, Totp};
use url::Url;

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// How long a code is shown.
const STEP_SECONDS: u64 = 30;

/// The count of 30-second steps since 1970.
pub(super) type Step = u64;

/// The secret of a virtual MFA device.
pub(super) struct TotpSecret(Totp);

impl TotpSecret {
    /// Reads the secret in base32, as AWS shows it next to the QR code, or the `otpauth://totp/` URI in the QR code.
    /// Spaces, hyphens and lower case are fine.
    ///
    /// # Errors
    ///
    /// `bad-totp-secret`; the secret is not quoted.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if text.to_ascii_lowercase().starts_with("otpauth:") { Self::of_uri(text) } else { Self::of_base32(text) }
    }

    /// The code for a step.
    pub(super) fn code(&self, step: Step) -> SecretString {
        self.0.generate(step.saturating_mul(STEP_SECONDS)).to_string().into()
    }

    fn of_uri(text: &str) -> Result<Self, Problem> {
        let uri = Url::parse(text).map_err(|_| bad("it isn't an otpauth:// address"))?;
        if uri.host_str() != Some("totp") {
            return Err(bad("the otpauth:// address isn't of the kind totp"));
        }
        let parameter = |name: &str| uri.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value);
        for (name, only) in [("algorithm", "SHA1"), ("digits", "6"), ("period", "30")] {
            // Some exporters write SHA-1.
            if parameter(name).is_some_and(|value| !value.replace('-', "").eq_ignore_ascii_case(only)) {
                return Err(bad(&format!("AWS only supports devices whose {name} is {only}")));
            }
        }
        Self::of_base32(&parameter("secret").ok_or_else(|| bad("the otpauth:// address has no secret"))?)
    }

    fn of_base32(text: &str) -> Result<Self, Problem> {
        let plain: String = text.chars().filter(|c| !c.is_whitespace() && !"-=".contains(*c)).collect();
        let plain = zeroize::Zeroizing::new(plain.to_ascii_uppercase());
        let secret = Secret::try_from_base32(&plain)
            .map_err(|_| bad("it isn't base32, which has only letters and the digits 2 to 7"))?;
        // AWS's secrets have 64 characters. The oldest generators made 80 bits.
        if secret.as_bytes().len() < 10 {
            return Err(bad("it's shorter than 16 characters"));
        }
        let totp = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(STEP_SECONDS)
            .with_secret(secret)
            .build_noncompliant();
        Ok(Self(totp))
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret")
    }
}

/// The step at a moment, and how many whole seconds of it are left (1 to 30).
pub(super) fn step_of(now: DateTime<Utc>) -> (Step, u32) {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let left = STEP_SECONDS - seconds % STEP_SECONDS;
    (seconds / STEP_SECONDS, u32::try_from(left).unwrap_or_default())
}

/// When a step begins.
pub(super) fn begin_of(step: Step) -> DateTime<Utc> {
    let seconds = i64::try_from(step.saturating_mul(STEP_SECONDS)).unwrap_or(i64::MAX);
    DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn bad(why: &str) -> Problem {
    Problem::new(ProblemKind::Invalid, ProblemCode::BadTotpSecret, format!("the TOTP secret can't be used: {why}"))
        .hint("copy the secret key that AWS shows under the QR code when you set up the virtual MFA device")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    use super::*;

    /// `12345678901234567890`, the secret of RFC 6238, appendix B.
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_are_those_of_the_rfc() {
        let totp = TotpSecret::parse(SECRET).unwrap();
        // The RFC has eight digits; six are their end.
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            let (step, _) = step_of(DateTime::from_timestamp(seconds, 0).unwrap());
            assert_eq!(totp.code(step).expose_secret(), code);
        }
    }

    #[test]
    fn a_secret_is_taken_as_people_have_it() {
        for text in [
            "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
            "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ\n",
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ====",
            "otpauth://totp/AWS:ann@corp?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=AWS",
            "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ%20GEZDGNBVGY3TQOJQ&algorithm=SHA-1",
            "OTPAUTH://totp/a?secret=gezdgnbvgy3tqojqgezdgnbvgy3tqojq&digits=6&period=30&algorithm=sha1",
        ] {
            assert_eq!(TotpSecret::parse(text).unwrap().code(1).expose_secret(), "287082", "{text}");
        }
        for text in [
            "",
            "PLANTED189",
            "GEZDGNBV",
            "otpauth://hotp/a?secret=GEZDGNBVGY3TQOJQ",
            "otpauth://totp/a",
            "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ&digits=8",
            "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ&algorithm=SHA256",
        ] {
            let problem = TotpSecret::parse(text).unwrap_err();
            assert_eq!(problem.code, ProblemCode::BadTotpSecret, "{text}");
            assert!(!format!("{problem:?}").contains("PLANTED"));
        }
    }

    #[test]
    fn a_step_has_thirty_seconds() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        assert_eq!(step_of(at(0)), (0, 30));
        assert_eq!(step_of(at(29)), (0, 1));
        assert_eq!(step_of(at(30)), (1, 30));
        assert_eq!(step_of(at(-5)), (0, 30));
        assert_eq!(begin_of(2), at(60));
        assert_eq!(begin_of(Step::MAX), DateTime::<Utc>::MAX_UTC);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(otpauth://totp/a\\?secret=)?\\PC{0,80}") {
            if let Ok(totp) = TotpSecret::parse(&text) {
                prop_assert_eq!(totp.code(7).expose_secret().len(), 6);
            }
        }
    }
}
