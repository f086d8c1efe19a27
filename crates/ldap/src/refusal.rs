//! Why a directory refuses a password. LDAP has one code for all reasons (49), and each directory tells the reason in
//! its own way, or not at all.

use crate::ber::{Elements, SEQUENCE};
use crate::message::{Control, Outcome};
use daypass_core::text::cleaned;

/// The password policy control (draft-behera-ldap-password-policy-10, 6.1): asks OpenLDAP, OpenDJ and others for the
/// reason. Servers that don't know it ignore it.
pub const PASSWORD_POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";
/// The expired-password control of Netscape's descendants (389 Directory Server, FreeIPA), which they send unasked.
const PASSWORD_EXPIRED: &str = "2.16.840.1.113730.3.4.4";

/// The most characters of a server's own words that are shown.
pub const MOST_WORDS: usize = 200;

/// Why a bind was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The password is wrong, or the person is unknown. Most directories deliberately don't say which.
    Credentials,
    /// The account is locked, after too many wrong passwords or by an administrator.
    Locked,
    /// An administrator has disabled the account.
    Disabled,
    /// The account has expired.
    AccountExpired,
    /// The password is right but has expired.
    PasswordExpired,
    /// The password is right, but an administrator set it and it has to be changed.
    MustChange,
    /// The account may not sign in at this hour.
    Hours,
    /// The account may not sign in from this machine.
    Workstation,
}

/// How a bind ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BindEnd {
    /// The password is right.
    Bound,
    /// The directory refused it for this reason.
    Refused(Refusal),
    /// The directory answered something else.
    Other {
        /// The result code.
        code: u32,
        /// The server's own words, cleaned for display.
        words: String,
    },
}

/// Reads the answer to a simple bind.
pub fn read(result: &Outcome) -> BindEnd {
    let told = policy_error(result).or_else(|| expired_control(result));
    match (result.code, told) {
        // The bind succeeds only so that the person can change the password. It proves nothing else.
        (0, Some(refusal @ (Refusal::MustChange | Refusal::Locked))) => BindEnd::Refused(refusal),
        (0, _) => BindEnd::Bound,
        // 389 Directory Server and FreeIPA send the control for a locked account to a disabled one, too. Their words know
        // better.
        (49 | 19 | 53, Some(Refusal::Locked)) => BindEnd::Refused(netscape(&result.text).unwrap_or(Refusal::Locked)),
        (49 | 19 | 53, Some(refusal)) => BindEnd::Refused(refusal),
        (49, None) => match active_directory(&result.text) {
            Some(ActiveDirectoryReason::Known(refusal)) => BindEnd::Refused(refusal),
            // Neither the name nor the password is wrong. Saying so would make the person try others until the account
            // locks.
            Some(ActiveDirectoryReason::Unrelated) => {
                BindEnd::Other { code: 49, words: cleaned(&result.text, MOST_WORDS) }
            }
            None => BindEnd::Refused(Refusal::Credentials),
        },
        // invalidDNSyntax and noSuchObject: the typed name can't belong to anyone.
        (32 | 34, None) => BindEnd::Refused(Refusal::Credentials),
        (19 | 53, None) if let Some(refusal) = netscape(&result.text) => BindEnd::Refused(refusal),
        (code, _) => BindEnd::Other { code, words: cleaned(&result.text, MOST_WORDS) },
    }
}

/// `PasswordPolicyResponseValue ::= SEQUENCE { warning [0] CHOICE OPTIONAL, error [1] ENUMERATED OPTIONAL }`.
fn policy_error(result: &Outcome) -> Option<Refusal> {
    let value = control(result, PASSWORD_POLICY)?.value.as_deref()?;
    let mut elements = Elements::of(value).inside(SEQUENCE)?;
    loop {
        match elements.any()? {
            (0x81, [0]) => return Some(Refusal::PasswordExpired),
            (0x81, [1]) => return Some(Refusal::Locked),
            (0x81, [2]) => return Some(Refusal::MustChange),
            (0x81, _) => return None,
            _ => {}
        }
    }
}

fn expired_control(result: &Outcome) -> Option<Refusal> {
    control(result, PASSWORD_EXPIRED)?;
    // On a successful bind it means that an administrator set the password.
    Some(if result.code == 0 { Refusal::MustChange } else { Refusal::PasswordExpired })
}

fn control<'a>(result: &'a Outcome, oid: &str) -> Option<&'a Control> {
    result.controls.iter().find(|control| control.oid == oid)
}

/// What a number of Active Directory means.
enum ActiveDirectoryReason {
    Known(Refusal),
    /// Something other than the password: an account that may not sign in this way (52f, 569), too many groups for a
    /// token (568).
    Unrelated,
}

/// Active Directory: `80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 775, v3839`. The
/// number is a Windows error code in hexadecimal
/// (<https://learn.microsoft.com/windows/win32/debug/system-error-codes--1300-1699->).
fn active_directory(text: &str) -> Option<ActiveDirectoryReason> {
    let (_, after) = text.split_once("AcceptSecurityContext error, data ")?;
    let code: String = after.chars().take_while(char::is_ascii_hexdigit).collect();
    Some(ActiveDirectoryReason::Known(match code.to_ascii_lowercase().as_str() {
        "530" => Refusal::Hours,
        "531" => Refusal::Workstation,
        "532" => Refusal::PasswordExpired,
        "533" => Refusal::Disabled,
        "701" => Refusal::AccountExpired,
        "773" => Refusal::MustChange,
        "775" => Refusal::Locked,
        // An unknown user and a wrong password look the same, because a stranger must not learn who exists.
        "525" | "52e" | "" => Refusal::Credentials,
        _ => return Some(ActiveDirectoryReason::Unrelated),
    }))
}

/// 389 Directory Server and FreeIPA tell it in words (`ldap/servers/slapd/pw.c`, `ipa-lockout`).
fn netscape(text: &str) -> Option<Refusal> {
    let text = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["retry limit", "too many failed", "locked"]) {
        Some(Refusal::Locked)
    } else if has(&["inactivated"]) {
        Some(Refusal::Disabled)
    } else if has(&["account expired", "principal expired", "principal) is expired"]) {
        Some(Refusal::AccountExpired)
    } else if has(&["password expired", "password is expired"]) {
        Some(Refusal::PasswordExpired)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn result(code: u32, text: &str, control: Option<(&str, Option<&[u8]>)>) -> Outcome {
        let control = control.map(|(oid, value)| Control { oid: oid.to_owned(), value: value.map(<[u8]>::to_vec) });
        Outcome { code, text: text.to_owned(), controls: control.into_iter().collect(), ..Outcome::default() }
    }

    fn told(rc: u32, text: &str) -> BindEnd {
        read(&result(rc, text, None))
    }

    #[test]
    fn active_directory_tells_why_by_a_number() {
        let of = |data: &str| {
            let text = format!(
                "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data {data}, v3839\u{0}"
            );
            told(49, &text)
        };
        for (data, refusal) in [
            ("525", Refusal::Credentials),
            ("52e", Refusal::Credentials),
            ("530", Refusal::Hours),
            ("531", Refusal::Workstation),
            ("532", Refusal::PasswordExpired),
            ("533", Refusal::Disabled),
            ("701", Refusal::AccountExpired),
            ("773", Refusal::MustChange),
            ("775", Refusal::Locked),
            ("", Refusal::Credentials),
        ] {
            assert_eq!(of(data), BindEnd::Refused(refusal), "{data}");
        }
        for other in ["52f", "568", "569", "80090346"] {
            let BindEnd::Other { code: 49, words } = of(other) else { panic!("{other}: {:?}", of(other)) };
            assert!(words.contains(&format!("data {other}")), "{words}");
        }
    }

    #[test]
    fn openldap_tells_why_in_a_control() {
        let of = |rc, value: &[u8]| read(&result(rc, "", Some((PASSWORD_POLICY, Some(value)))));
        assert_eq!(of(49, b"\x30\x03\x81\x01\x00"), BindEnd::Refused(Refusal::PasswordExpired));
        assert_eq!(of(49, b"\x30\x03\x81\x01\x01"), BindEnd::Refused(Refusal::Locked));
        // With a warning before it.
        assert_eq!(of(49, b"\x30\x08\xa0\x03\x81\x01\x05\x81\x01\x01"), BindEnd::Refused(Refusal::Locked));
        assert_eq!(of(0, b"\x30\x03\x81\x01\x02"), BindEnd::Refused(Refusal::MustChange));
        // The last grace logins, and nothing to say.
        assert_eq!(of(0, b"\x30\x05\xa0\x03\x81\x01\x02"), BindEnd::Bound);
        assert_eq!(of(0, b"\x30\x00"), BindEnd::Bound);
        assert_eq!(of(49, b"\x30\x00"), BindEnd::Refused(Refusal::Credentials));
        assert_eq!(of(49, b"\x30\x7f\x81"), BindEnd::Refused(Refusal::Credentials));
    }

    #[test]
    fn netscapes_descendants_tell_why_in_words_and_other_codes() {
        let refused = BindEnd::Refused;
        assert_eq!(told(19, "Exceed password retry limit. Please try later."), refused(Refusal::Locked));
        assert_eq!(told(53, "Account inactivated. Contact system administrator."), refused(Refusal::Disabled));
        assert_eq!(told(53, "Too many failed logins."), refused(Refusal::Locked));
        assert_eq!(told(53, "Entry permanently locked."), refused(Refusal::Locked));
        assert_eq!(told(53, "Account (Kerberos principal) is expired"), refused(Refusal::AccountExpired));
        let locked = |code, text| read(&result(code, text, Some((PASSWORD_POLICY, Some(b"\x30\x03\x81\x01\x01")))));
        for code in [19, 49, 53] {
            let inactive = "Account inactivated. Contact system administrator.";
            assert_eq!(locked(code, inactive), refused(Refusal::Disabled), "{code}");
            assert_eq!(locked(code, "Exceed password retry limit. Please try later."), refused(Refusal::Locked));
            assert_eq!(locked(code, ""), refused(Refusal::Locked));
        }
        let control = Some((PASSWORD_EXPIRED, Some(&b"0"[..])));
        assert_eq!(read(&result(49, "password expired!", control)), refused(Refusal::PasswordExpired));
        assert_eq!(read(&result(0, "", control)), refused(Refusal::MustChange));
    }

    #[test]
    fn an_unknown_person_is_a_wrong_password_and_the_rest_is_told_as_it_is() {
        assert_eq!(told(32, ""), BindEnd::Refused(Refusal::Credentials));
        assert_eq!(told(34, "invalid DN"), BindEnd::Refused(Refusal::Credentials));
        assert_eq!(told(0, ""), BindEnd::Bound);
        let other = |code, words: &str| BindEnd::Other { code, words: words.to_owned() };
        assert_eq!(told(53, "unauthenticated bind disallowed"), other(53, "unauthenticated bind disallowed"));
        assert_eq!(told(51, "busy\u{0}\u{1b}[31m"), other(51, "busy[31m"));
        assert_eq!(told(10, ""), other(10, ""));
    }

    proptest! {
        #[test]
        fn any_answer_can_be_read(
            rc in 0u32..100, text in ".{0,60}", value in proptest::collection::vec(any::<u8>(), 0..16)
        ) {
            let end = read(&result(rc, &text, Some((PASSWORD_POLICY, Some(&value)))));
            prop_assert!(rc == 0 || end != BindEnd::Bound);
        }
    }
}
