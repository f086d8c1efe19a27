//! Refusals that mean something special for a user's key or MFA device.

use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemKind};

/// There is no access key in the vault.
pub(super) fn no_key(identity: &IdentityName) -> Problem {
    let message = format!("identity {identity} has no access key in the vault");
    Problem::new(ProblemKind::Invalid, "iam-user-no-key", message).hint(format!(
        "put it there: `daypass identity secret {identity} access_key_id` and `… secret_access_key`, or in the window"
    ))
}

/// Nobody typed an MFA code, or its session is over.
pub(super) fn code_wanted(identity: &IdentityName, was_signed_in: bool) -> Problem {
    let (code, message) = if was_signed_in {
        ("sign-in-over", format!("the MFA session of identity {identity} is over"))
    } else {
        ("signed-out", format!("identity {identity} needs an MFA code"))
    };
    Problem::new(ProblemKind::NeedsSignIn, code, message).hint(format!(
        "sign in again: `daypass identity login {identity}` with the code that the device shows, or in the window"
    ))
}

/// A refusal of STS, where the key or the device is what it is about.
pub(super) fn about_the_user(identity: &IdentityName, computed: bool, problem: Problem) -> Problem {
    let (code, hint) = match problem.code.as_str() {
        // What was typed is the person's to type again; what was computed would be refused again.
        "sts-mfa-code-wrong" if computed => (
            "iam-user-totp-wrong",
            "compare the device of mfa_serial with the TOTP secret in the vault, and check this machine's clock: codes are \
             good for half a minute"
                .to_owned(),
        ),
        "sts-invalid-client-token-id" => (
            "iam-user-key-unknown",
            format!(
                "the access key was deleted or switched off, or belongs to another partition: look at the user's security \
                 credentials in the IAM console, and put another key into the vault (`daypass identity secret {identity} \
                 access_key_id` and `… secret_access_key`)"
            ),
        ),
        "sts-signature-does-not-match" => (
            "iam-user-wrong-secret",
            format!(
                "the secret access key is another key's, or incomplete (`daypass identity secret {identity} \
                 secret_access_key`), or this machine's clock is wrong"
            ),
        ),
        _ => return problem,
    };
    // Where codes are computed there is nothing for the person to type.
    let kind = if computed { ProblemKind::Refused } else { problem.kind };
    Problem { code: code.to_owned(), kind, ..problem }.hint(hint)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn refusals_about_the_user_say_what_to_do() {
        let identity: IdentityName = "ann".parse().unwrap();
        let refused = |code: &str, message: &str, computed| {
            about_the_user(&identity, computed, Problem::new(ProblemKind::NeedsSignIn, code, message))
        };
        let typed = refused("sts-mfa-code-wrong", "", false);
        assert_eq!((typed.code.as_str(), typed.kind), ("sts-mfa-code-wrong", ProblemKind::NeedsSignIn));
        let computed = refused("sts-mfa-code-wrong", "", true);
        assert_eq!((computed.code.as_str(), computed.kind), ("iam-user-totp-wrong", ProblemKind::Refused));
        assert_eq!(refused("sts-mfa-refused", "", true).code, "sts-mfa-refused");
        assert_eq!(refused("sts-invalid-client-token-id", "", false).code, "iam-user-key-unknown");
        assert_eq!(refused("sts-signature-does-not-match", "", false).code, "iam-user-wrong-secret");
        assert_eq!(refused("sts-access-denied", "not authorized", false).code, "sts-access-denied");
    }
}
