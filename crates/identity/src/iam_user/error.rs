//! Refusals that mean something special for a user's key or MFA device.

use daypass_core::names::IdentityName;
use daypass_core::problem::{AwsProblem, NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::service::Service;

/// The vault doesn't have the access key.
pub(super) fn no_key(identity: &IdentityName) -> Problem {
    let message = format!("the vault doesn't have an access key for identity {identity}");
    Problem::new(ProblemKind::Invalid, ProblemCode::IamUserNoKey, message)
        .hint("put it there")
        .next(give_secrets(identity, &["access_key_id", "secret_access_key"]))
}

/// An MFA code is needed: none was typed, or the session that it started has ended.
pub(super) fn code_wanted(identity: &IdentityName, was_signed_in: bool) -> Problem {
    let (code, message) = if was_signed_in {
        (ProblemCode::SignInOver, format!("the MFA session of identity {identity} is over"))
    } else {
        (ProblemCode::SignedOut, format!("identity {identity} needs an MFA code"))
    };
    Problem::new(ProblemKind::NeedsSignIn, code, message)
        .hint("sign in again with the code that the device shows")
        .next(NextStep::SignIn { identity: identity.clone() })
}

/// A refusal by STS that is about the key or the device.
pub(super) fn about_the_user(identity: &IdentityName, computed: bool, problem: Problem) -> Problem {
    let (code, hint, secrets): (_, _, &[&str]) = match problem.code {
        // The person can retype a typed code, but a computed one would be refused again.
        ProblemCode::Aws(Service::Sts, AwsProblem::MfaCodeWrong) if computed => (
            ProblemCode::IamUserTotpWrong,
            "compare the device of mfa_serial with the TOTP secret in the vault, and check this machine's clock: codes are \
             good for half a minute",
            &[],
        ),
        ProblemCode::Aws(Service::Sts, AwsProblem::InvalidClientTokenId) => (
            ProblemCode::IamUserKeyUnknown,
            "the access key was deleted or switched off, or belongs to another partition: look at the user's security \
             credentials in the IAM console, and put another key into the vault",
            &["access_key_id", "secret_access_key"],
        ),
        ProblemCode::Aws(Service::Sts, AwsProblem::SignatureDoesNotMatch) => (
            ProblemCode::IamUserWrongSecret,
            "the secret access key is another key's, or incomplete, or this machine's clock is wrong",
            &["secret_access_key"],
        ),
        _ => return problem,
    };
    // If codes are computed, the person has nothing to type.
    let kind = if computed { ProblemKind::Refused } else { problem.kind };
    let problem = Problem { code, kind, ..problem }.hint(hint);
    if secrets.is_empty() { problem } else { problem.next(give_secrets(identity, secrets)) }
}

pub(super) fn give_secrets(identity: &IdentityName, secrets: &[&str]) -> NextStep {
    NextStep::GiveSecrets { identity: identity.clone(), secrets: secrets.iter().map(|it| (*it).to_owned()).collect() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn refusals_about_the_user_say_what_to_do() {
        let identity: IdentityName = "ann".parse().unwrap();
        let refused = |code: ProblemCode, message: &str, computed| {
            about_the_user(&identity, computed, Problem::new(ProblemKind::NeedsSignIn, code, message))
        };
        let typed = refused(ProblemCode::Aws(Service::Sts, AwsProblem::MfaCodeWrong), "", false);
        assert_eq!(
            (typed.code, typed.kind),
            (ProblemCode::Aws(Service::Sts, AwsProblem::MfaCodeWrong), ProblemKind::NeedsSignIn)
        );
        let computed = refused(ProblemCode::Aws(Service::Sts, AwsProblem::MfaCodeWrong), "", true);
        assert_eq!((computed.code, computed.kind), (ProblemCode::IamUserTotpWrong, ProblemKind::Refused));
        assert_eq!(
            refused(ProblemCode::Aws(Service::Sts, AwsProblem::MfaRefused), "", true).code,
            ProblemCode::Aws(Service::Sts, AwsProblem::MfaRefused)
        );
        assert_eq!(
            refused(ProblemCode::Aws(Service::Sts, AwsProblem::InvalidClientTokenId), "", false).code,
            ProblemCode::IamUserKeyUnknown
        );
        // Another region explains it.
        assert_eq!(
            refused(ProblemCode::Aws(Service::Sts, AwsProblem::OptInRequired), "", false).code,
            ProblemCode::Aws(Service::Sts, AwsProblem::OptInRequired)
        );
        assert_eq!(
            refused(ProblemCode::Aws(Service::Sts, AwsProblem::SignatureDoesNotMatch), "", false).code,
            ProblemCode::IamUserWrongSecret
        );
        assert_eq!(
            refused(ProblemCode::Aws(Service::Sts, AwsProblem::AccessDenied), "not authorized", false).code,
            ProblemCode::Aws(Service::Sts, AwsProblem::AccessDenied)
        );
    }
}
