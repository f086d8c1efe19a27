//! Who is signed in to the console.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use daypass_core::names::{SessionName, Target};

/// The principal of a console session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Principal {
    /// As GetCallerIdentity would return it.
    pub(super) arn: String,
    /// What sessions of it are of. An ARN of an assumed role doesn't have the role's path, so neither does this.
    pub(super) target: Target,
}

impl Principal {
    /// From `sub` of an ID token. `None` if it names no principal that can be signed in.
    ///
    /// The token isn't verified: it came from the token endpoint, over TLS, and Daypass trusts nothing else in it
    /// (OpenID Connect Core, section 3.1.3.7, point 6).
    pub(super) fn of_id_token(token: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Claims {
            sub: String,
        }
        let mut parts = token.split('.');
        let (_, claims, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else { return None };
        let claims = BASE64_URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
        Self::of_arn(&serde_json::from_slice::<Claims>(&claims).ok()?.sub)
    }

    /// `arn:aws:iam::ACCOUNT:user/NAME`, `…:root`, or of STS `…:assumed-role/ROLE/SESSION` or `…:federated-user/NAME`.
    pub(super) fn of_arn(arn: &str) -> Option<Self> {
        let target = match arn.split_once(":assumed-role/") {
            Some((account, role)) => {
                let (role, session) = role.split_once('/').filter(|(_, session)| !session.contains('/'))?;
                session.parse::<SessionName>().ok()?;
                let account = account.replacen(":sts:", ":iam:", 1);
                format!("{account}:role/{role}").parse().ok()?
            }
            None => match arn.parse().ok()? {
                Target::Role(_) | Target::IdentityPool(_) => return None,
                target => target,
            },
        };
        Some(Self { arn: arn.to_owned(), target })
    }

    /// Whether sessions of this target are of this principal.
    pub(super) fn is(&self, target: &Target) -> bool {
        match (&self.target, target) {
            (Target::Role(own), Target::Role(other)) => {
                (own.partition(), own.account(), own.name()) == (other.partition(), other.account(), other.name())
            }
            (own, other) => own == other,
        }
    }

    /// For people: the user's or session's name. A root has none.
    pub(super) fn person(&self) -> String {
        let name = self.arn.rsplit(['/', ':']).next().unwrap_or_default();
        match &self.target {
            Target::Role(role) => format!("{name} as {}", role.name()),
            Target::Root(_) => format!("root of {}", self.target.account()),
            _ => name.to_owned(),
        }
    }

    /// The name of sessions that are assumed with its credentials, so that CloudTrail shows the same person.
    pub(super) fn session_name(&self, otherwise: impl std::fmt::Display) -> String {
        let own = self.arn.rsplit(['/', ':']).next().unwrap_or_default();
        own.parse::<SessionName>()
            .map_or_else(|_| format!("daypass-{otherwise}"), Into::into)
            .chars()
            .take(64)
            .collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(arn: &str) -> Option<(String, String)> {
        Principal::of_arn(arn).map(|it| (it.target.to_string(), it.person()))
    }

    #[test]
    fn everyone_who_can_use_the_console_is_a_target() {
        let both = |target: &str, person: &str| Some((target.to_owned(), person.to_owned()));
        let a = "arn:aws:iam::111122223333";
        assert_eq!(of(&format!("{a}:user/team/kim")), both(&format!("{a}:user/team/kim"), "kim"));
        assert_eq!(of(&format!("{a}:root")), both(&format!("{a}:root"), "root of 111122223333"));
        let role = "arn:aws:sts::111122223333:assumed-role/Admin/maya@example.com";
        assert_eq!(of(role), both(&format!("{a}:role/Admin"), "maya@example.com as Admin"));
        let federated = "arn:aws-cn:sts::111122223333:federated-user/kim";
        assert_eq!(of(federated), both(federated, "kim"));
        for wrong in [
            "",
            "kim",
            "arn:aws:iam::111122223333:role/Admin",
            "arn:aws:iam::1:user/kim",
            "arn:aws:sts::111122223333:assumed-role/Admin",
            "arn:aws:sts::111122223333:assumed-role/Admin/a/b",
            "arn:aws:sts::111122223333:assumed-role/Admin/\u{1b}[31m",
        ] {
            assert_eq!(of(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_role_is_known_by_its_name_whatever_its_path() {
        let maya = Principal::of_arn("arn:aws:sts::111122223333:assumed-role/Admin/maya").unwrap();
        let is = |arn: &str| maya.is(&arn.parse().unwrap());
        assert!(is("arn:aws:iam::111122223333:role/Admin") && is("arn:aws:iam::111122223333:role/team/Admin"));
        assert!(!is("arn:aws:iam::444455556666:role/Admin") && !is("arn:aws:iam::111122223333:role/Other"));
        assert!(!is("arn:aws:iam::111122223333:user/Admin"));
        assert_eq!(maya.session_name("work"), "maya");
        let root = Principal::of_arn("arn:aws:iam::111122223333:root").unwrap();
        assert!(root.is(&"arn:aws:iam::111122223333:root".parse().unwrap()));
        assert!(!root.is(&"arn:aws:iam::444455556666:root".parse().unwrap()));
        let a = Principal::of_arn("arn:aws:iam::111122223333:user/k").unwrap();
        assert_eq!(a.session_name("work"), "daypass-work", "STS takes no name of one letter");
    }

    /// As the AWS CLI's own tests have it.
    #[test]
    fn the_subject_of_an_id_token_is_read() {
        let claims = r#"{"iss":"https://signin.aws.amazon.com/signin","iat":1760115764,"exp":1760116665,"aud":"arn:aws:signin:::devtools/same-device","sub":"arn:aws:sts::111122223333:assumed-role\/Admin\/maya"}"#;
        let token = format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims));
        let principal = Principal::of_id_token(&token).unwrap();
        assert_eq!(principal.arn, "arn:aws:sts::111122223333:assumed-role/Admin/maya");
        for wrong in ["", "a.b", "e30.e30.x", "e30.!.x", &format!("{token}.x")] {
            assert_eq!(Principal::of_id_token(wrong), None, "{wrong:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_may_come(text in "\\PC{0,120}", arn in "arn:aws:sts::[0-9]{0,13}:assumed-role/[ -~]{0,40}") {
            let _ = Principal::of_id_token(&text);
            let _ = Principal::of_arn(&text);
            let _ = Principal::of_arn(&arn);
        }
    }
}
