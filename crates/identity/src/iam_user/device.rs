//! Codes of an MFA device, each sent at most once. AWS would refuse it the second time without saying why.
//!
//! The vault remembers the last code sent, by device rather than identity, because two identities may share one, and so
//! may two processes. It is written before the code is sent, so a crash in between costs half a minute and never causes
//! a refusal.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::totp::{Step, TotpSecret, begin_of, step_of};
use crate::IdentityContext;
use crate::context::exposed;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// Late clocks accept a step's code for the next few steps too. After that, the same six digits are a different code.
const MEMORY: TimeDelta = TimeDelta::minutes(2);

/// The current code of an MFA device.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MfaCode {
    /// Six digits, for display and the clipboard.
    #[serde(serialize_with = "exposed")]
    pub code: SecretString,
    /// Seconds until the next one: 1 to 30.
    pub seconds_left: u32,
    /// Whether Daypass already sent it. AWS won't accept it again.
    pub used: bool,
}

/// An MFA device.
pub(super) struct Device<'a> {
    context: &'a IdentityContext,
    serial: &'a str,
}

/// The last code sent.
#[derive(Serialize, Deserialize)]
struct Sent {
    /// Unknown for a code that a person typed.
    step: Option<Step>,
    #[serde(serialize_with = "exposed")]
    code: SecretString,
    at: DateTime<Utc>,
}

impl<'a> Device<'a> {
    pub(super) fn new(context: &'a IdentityContext, serial: &'a str) -> Self {
        Self { context, serial }
    }

    /// A code that was never sent, which now counts as sent. Waits for the next step, at most half a minute, if the
    /// current one was. `skew` is the server's clock minus this machine's.
    pub(super) async fn next_code(&self, totp: &TotpSecret, skew: TimeDelta) -> Result<SecretString, Problem> {
        let _turn = self.context.services.turns.take(&self.entry()).await?;
        let mut told = false;
        loop {
            let now = self.context.now() + skew;
            let (step, _) = step_of(now);
            let code = totp.code(step);
            let Some(sent) = self.sent()?.filter(|sent| sent.spends(step, &code, now)) else {
                self.remember(Some(step), &code, now)?;
                return Ok(code);
            };
            let pause = begin_of(sent.step.unwrap_or(step).max(step) + 1) - now;
            if !told {
                let seconds = pause.num_seconds();
                tracing::info!(
                    device = self.serial,
                    seconds,
                    "the MFA code of this moment was used: the next is waited for"
                );
                told = true;
            }
            // In short naps, because the clock may be set and the machine may sleep.
            let nap = pause.clamp(TimeDelta::milliseconds(10), TimeDelta::seconds(1));
            tokio::time::sleep(nap.to_std().unwrap_or_default()).await;
        }
    }

    /// The code that a person typed, which now counts as sent.
    ///
    /// # Errors
    ///
    /// `bad-mfa-code` if it doesn't have six digits, `mfa-code-used` if it was sent before.
    pub(super) async fn typed(&self, text: &SecretString) -> Result<SecretString, Problem> {
        let code: String = text.expose_secret().chars().filter(|c| !c.is_whitespace()).collect();
        // TokenCode of STS: [\d]*, length 6.
        if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
            let message = "that isn't an MFA code: it must have six digits";
            return Err(Problem::new(ProblemKind::Invalid, ProblemCode::BadMfaCode, message)
                .hint("type the six digits that the MFA device shows"));
        }
        let code = SecretString::from(code);
        let _turn = self.context.services.turns.take(&self.entry()).await?;
        let now = self.context.now();
        if self.sent()?.is_some_and(|sent| sent.is_same(&code, now)) {
            let message = format!("this code of the MFA device {} was used already", self.serial);
            return Err(Problem::new(ProblemKind::Invalid, ProblemCode::MfaCodeUsed, message)
                .hint("wait up to half a minute for the next code, and type that one"));
        }
        self.remember(None, &code, now)?;
        Ok(code)
    }

    /// The current code, for the person. It counts as sent, because the person will use it elsewhere.
    pub(super) async fn show(&self, totp: &TotpSecret, skew: TimeDelta) -> Result<MfaCode, Problem> {
        let _turn = self.context.services.turns.take(&self.entry()).await?;
        let now = self.context.now() + skew;
        let (step, seconds_left) = step_of(now);
        let code = totp.code(step);
        let used = self.sent()?.is_some_and(|sent| sent.spends(step, &code, now));
        if !used {
            self.remember(Some(step), &code, now)?;
        }
        Ok(MfaCode { code, seconds_left, used })
    }

    fn sent(&self) -> Result<Option<Sent>, Problem> {
        let entries = self.context.services.vault.read()?;
        Ok(entries.get(&self.entry()).and_then(|text| serde_json::from_str(text.expose_secret()).ok()))
    }

    fn remember(&self, step: Option<Step>, code: &SecretString, at: DateTime<Utc>) -> Result<(), Problem> {
        let sent = Sent { step, code: code.clone(), at };
        let text = serde_json::to_string(&sent).map_err(|_| {
            Problem::new(
                ProblemKind::Failed,
                ProblemCode::ProofNotKept,
                "Daypass can't record the MFA code that was sent",
            )
        })?;
        self.context.services.vault.update(|entries| {
            entries.set(self.entry(), text.clone());
            Ok::<_, Problem>(())
        })
    }

    fn entry(&self) -> String {
        format!("mfa/{}", self.serial)
    }
}

impl Sent {
    fn spends(&self, step: Step, code: &SecretString, now: DateTime<Utc>) -> bool {
        // One step ahead: the clock was corrected meanwhile. Further ahead: it was wrong then.
        self.step.is_some_and(|sent| sent == step || sent == step + 1) || self.is_same(code, now)
    }

    fn is_same(&self, code: &SecretString, now: DateTime<Utc>) -> bool {
        (now - self.at).abs() < MEMORY && self.code.expose_secret() == code.expose_secret()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::fixture::fixture;

    const SERIAL: &str = "arn:aws:iam::123456789012:mfa/ann";

    fn totp() -> TotpSecret {
        TotpSecret::parse("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_code_is_never_sent_twice() {
        let fixture = fixture();
        let device = Device::new(&fixture.context, SERIAL);
        let began = fixture.context.now();
        let first = device.next_code(&totp(), TimeDelta::zero()).await.unwrap();
        // Another identity, another process: the same vault.
        let context = IdentityContext::of(&"other".parse().unwrap(), &fixture.context.services);
        let second = Device::new(&context, SERIAL).next_code(&totp(), TimeDelta::zero()).await.unwrap();
        assert_ne!(first.expose_secret(), second.expose_secret());
        let waited = fixture.context.now() - began;
        assert!(waited > TimeDelta::zero() && waited <= TimeDelta::seconds(31), "{waited}");
        assert_eq!(step_of(fixture.context.now()).0, step_of(began).0 + 1);
        // Another device has its own codes.
        let now = fixture.context.now();
        Device::new(&fixture.context, "GAHT12345678").next_code(&totp(), TimeDelta::zero()).await.unwrap();
        assert_eq!(fixture.context.now(), now);
    }

    #[tokio::test(start_paused = true)]
    async fn the_codes_follow_the_servers_clock() {
        let fixture = fixture();
        let device = Device::new(&fixture.context, SERIAL);
        let skew = TimeDelta::seconds(-300);
        let code = device.next_code(&totp(), skew).await.unwrap();
        let (step, _) = step_of(fixture.context.now() + skew);
        assert_eq!(code.expose_secret(), totp().code(step).expose_secret());
        // The skew turns out to be none: ten steps later there is a code that was never sent.
        let now = fixture.context.now();
        device.next_code(&totp(), TimeDelta::zero()).await.unwrap();
        assert_eq!(fixture.context.now(), now);
    }

    #[tokio::test(start_paused = true)]
    async fn a_device_that_was_used_with_a_clock_in_the_future_is_not_waited_for() {
        let fixture = fixture();
        let device = Device::new(&fixture.context, SERIAL);
        device.next_code(&totp(), TimeDelta::days(365)).await.unwrap();
        let now = fixture.context.now();
        device.next_code(&totp(), TimeDelta::zero()).await.unwrap();
        assert_eq!(fixture.context.now(), now);
    }

    #[tokio::test(start_paused = true)]
    async fn a_typed_code_is_refused_before_it_is_sent_again() {
        let fixture = fixture();
        let device = Device::new(&fixture.context, SERIAL);
        let code = device.typed(&"407 261".into()).await.unwrap();
        assert_eq!(code.expose_secret(), "407261");
        let problem = device.typed(&"407261".into()).await.unwrap_err();
        assert_eq!(problem.code, ProblemCode::MfaCodeUsed);
        assert!(!format!("{problem:?}").contains("407261"));
        device.typed(&"654321".into()).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_secs(150)).await;
        device.typed(&"654321".into()).await.unwrap();
        for text in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(device.typed(&text.into()).await.unwrap_err().code, ProblemCode::BadMfaCode, "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_code_that_was_shown_or_typed_is_not_sent() {
        let fixture = fixture();
        let device = Device::new(&fixture.context, SERIAL);
        let shown = device.show(&totp(), TimeDelta::zero()).await.unwrap();
        assert!(!shown.used && (1..=30).contains(&shown.seconds_left));
        assert!(device.show(&totp(), TimeDelta::zero()).await.unwrap().used);
        let sent = device.next_code(&totp(), TimeDelta::zero()).await.unwrap();
        assert_ne!(shown.code.expose_secret(), sent.expose_secret());
        // The person reads a code off another device with the same secret, and types it.
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        let typed = totp().code(step_of(fixture.context.now()).0);
        device.typed(&typed).await.unwrap();
        let sent = device.next_code(&totp(), TimeDelta::zero()).await.unwrap();
        assert_ne!(typed.expose_secret(), sent.expose_secret());
    }
}
