//! Requests that only IAM users have: MFA codes and key rotation.

use super::door::Broker;
use daypass_core::names::IdentityName;
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::settings::IdentitySettings;
use daypass_identity::iam_user::{IamUserIdentity, MfaCode, RotatedKey};

impl Broker {
    /// The current MFA code of an identity. Daypass doesn't send it afterwards, because the person uses it.
    ///
    /// # Errors
    ///
    /// `unknown-identity`, `not-an-iam-user`, `iam-user-no-totp`.
    pub async fn mfa_code(&self, name: &IdentityName) -> Result<MfaCode, Problem> {
        self.iam_user(name)?.mfa_code().await
    }

    /// Replaces an identity's access key with a new one, or resumes an interrupted rotation. Deletes the old key once
    /// the new one works.
    ///
    /// # Errors
    ///
    /// `unknown-identity`, `not-an-iam-user`, `iam-user-two-keys`; what IAM refuses; needs a sign-in where an MFA code
    /// has to be typed first.
    pub async fn rotate_key(&self, name: &IdentityName) -> Result<RotatedKey, Problem> {
        let rotated = self.iam_user(name)?.rotate_key().await;
        self.catalog_changed();
        rotated
    }

    pub(super) fn iam_user(&self, name: &IdentityName) -> Result<IamUserIdentity, Problem> {
        match self.0.config.good()?.identity(name)? {
            IdentitySettings::IamUser(settings) => Ok(IamUserIdentity::new(settings.clone(), self.context(name))),
            other => {
                let message = format!("identity {name} is of kind {}, not iam-user", other.kind());
                Err(Problem::new(ProblemKind::Invalid, ProblemCode::NotAnIamUser, message)
                    .hint("the list of identities shows the kind of each")
                    .next(NextStep::ListIdentities))
            }
        }
    }
}
