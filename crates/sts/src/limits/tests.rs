#![allow(clippy::unwrap_used)]

use daypass_core::problem::ProblemCode;
use proptest::prelude::*;

use super::*;
use crate::{StsRegions, TermError};
use daypass_core::endpoints::StsEndpoint;
use daypass_core::names::SessionName;

fn order(target: &str, terms: Terms) -> ExchangeRequest {
    let at = StsRegions {
        regions: vec!["eu-central-1".parse().unwrap()],
        last_resort: None,
        endpoint: StsEndpoint::default(),
    };
    ExchangeRequest { target: target.parse().unwrap(), at, terms, is_chained: false }
}

fn role(terms: Terms) -> Result<(), TermError> {
    Operation::AssumeRole.check(&order("arn:aws:iam::123456789012:role/Dev", terms))
}

/// The suffix of the problem's code; `None` for what is in order.
fn limit(terms: Terms) -> Option<Limited> {
    match role(terms) {
        Ok(()) => None,
        Err(TermError::Limit(limit)) => Some(limit.term),
        Err(other) => panic!("{other}"),
    }
}

fn seconds(seconds: u32) -> Terms {
    Terms { duration: Some(SessionDuration::from_seconds(seconds).unwrap()), ..Terms::default() }
}

fn tags(pairs: impl IntoIterator<Item = (String, String)>) -> Terms {
    Terms { tags: pairs.into_iter().collect(), ..Terms::default() }
}

#[test]
fn every_operation_has_its_own_durations() {
    const ROLE: &str = "arn:aws:iam::123456789012:role/Dev";
    const USER: &str = "arn:aws:iam::123456789012:user/ann";
    const GUEST: &str = "arn:aws:sts::123456789012:federated-user/ann";
    for (operation, target, is_chained, most) in [
        (Operation::AssumeRole, ROLE, false, 43_200),
        (Operation::AssumeRole, ROLE, true, 3_600),
        (Operation::AssumeRoleWithSaml, ROLE, false, 43_200),
        (Operation::AssumeRoleWithWebIdentity, ROLE, false, 43_200),
        (Operation::GetSessionToken, USER, false, 129_600),
        (Operation::GetFederationToken, GUEST, false, 129_600),
    ] {
        let check = |asked| operation.check(&ExchangeRequest { is_chained, ..order(target, seconds(asked)) });
        assert_eq!(check(900), Ok(()));
        assert_eq!(check(most), Ok(()), "{operation}");
        if most < 129_600 {
            let error = check(most + 1).unwrap_err().to_string();
            assert!(error.contains("DurationSeconds") && error.contains(&most.to_string()), "{error}");
            assert!(error.contains(operation.name()), "{error}");
        }
    }
    let task = || Some(TASK_POLICIES[0].to_owned());
    let root = |terms| Operation::AssumeRoot.check(&order("arn:aws:iam::123456789012:root", terms));
    assert_eq!(root(Terms { task_policy: task(), ..seconds(900) }), Ok(()));
    assert!(root(Terms { task_policy: task(), ..seconds(901) }).unwrap_err().to_string().contains("0 to 900"));
    for task in [None, Some("AdministratorAccess".to_owned())] {
        let error = root(Terms { task_policy: task, ..Terms::default() }).unwrap_err().to_string();
        assert!(TASK_POLICIES.iter().all(|name| error.contains(name)), "{error}");
    }
}

#[test]
fn a_chain_asked_for_two_hours_names_the_hour() {
    let order = order("arn:aws:iam::123456789012:role/Dev", seconds(7200));
    let order = order.asked_by(&"arn:aws:iam::123456789012:role/Way".parse().unwrap());
    let error = Operation::AssumeRole.check(&order).unwrap_err().to_string();
    let words = "DurationSeconds of AssumeRole is 7200 (2h): AWS allows 900 to 3600 seconds for a role that \
                 another role assumes";
    assert_eq!(error, words);
}

#[test]
fn terms_that_an_operation_does_not_know_are_named_before_the_call() {
    let read_only = Terms { read_only: true, ..Terms::default() };
    for (operation, target) in [
        (Operation::GetSessionToken, "arn:aws:iam::123456789012:user/ann"),
        (Operation::GetRoleCredentials, "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/Admin"),
        (
            Operation::GetCredentialsForIdentity,
            "arn:aws:cognito-identity:eu-central-1:123456789012:identitypool/eu-central-1:0a",
        ),
        (Operation::AssumeRoot, "arn:aws:iam::123456789012:root"),
    ] {
        let error = operation.check(&order(target, read_only.clone())).unwrap_err();
        let problem = daypass_core::problem::Problem::from(&error);
        assert_eq!(problem.code, ProblemCode::TermNotPossible);
        assert!(problem.message.contains("read_only") && problem.message.contains(operation.name()), "{problem}");
        assert!(problem.message.contains(target), "{problem}");
    }
    // What SAML says in the assertion cannot be said again.
    let named = Terms { session_name: Some("ann".parse::<SessionName>().unwrap()), ..Terms::default() };
    let error = Operation::AssumeRoleWithSaml.check(&order("arn:aws:iam::123456789012:role/Dev", named)).unwrap_err();
    assert!(error.to_string().contains("session_name"), "{error}");
    // A role isn't a user.
    let error = Operation::GetSessionToken.check(&order("arn:aws:iam::123456789012:role/Dev", Terms::default()));
    assert!(matches!(error, Err(TermError::Target { .. })), "{error:?}");
}

#[test]
fn policies_are_counted_measured_and_of_the_right_account() {
    let with = |policy: &str| limit(Terms { policy: Some(policy.to_owned()), ..Terms::default() });
    let of_length = |n: usize| format!("{{\"Version\":\"{}\"}}", "x".repeat(n - 14));
    assert_eq!(of_length(2048).len(), 2048);
    assert_eq!(with(&of_length(2048)), None);
    for bad in [of_length(2049).as_str(), "", "[]", "{", "{\"a\":\"\u{100}\"}", "\"text\""] {
        assert_eq!(with(bad), Some(Limited::Policy), "{bad:?}");
    }
    assert_eq!(with("{\"Sid\":\"\u{e4}\"}"), None);

    let arns = |arns: &[&str], read_only| {
        limit(Terms { policy_arns: arns.iter().map(|&a| a.to_owned()).collect(), read_only, ..Terms::default() })
    };
    let own = "arn:aws:iam::123456789012:policy/team/Deploy";
    assert_eq!(arns(&[own, "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"], false), None);
    assert_eq!(arns(&[own; 10], false), None);
    assert_eq!(arns(&[own; 11], false), Some(Limited::PolicyArns));
    for bad in [
        "ReadOnlyAccess",
        "arn:aws:iam::210987654321:policy/Deploy",
        "arn:aws-cn:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::123456789012:role/Dev",
        "arn:aws:iam::aws:policy/",
    ] {
        assert_eq!(arns(&[bad], false), Some(Limited::PolicyArns), "{bad}");
    }
}

/// Session policies add up: beside another one, ReadOnlyAccess would widen the session instead of narrowing it.
#[test]
fn reading_alone_goes_with_no_other_policy() {
    let own = vec!["arn:aws:iam::123456789012:policy/Deploy".to_owned()];
    for terms in [
        Terms { read_only: true, policy_arns: own, ..Terms::default() },
        Terms { read_only: true, policy: Some("{}".to_owned()), ..Terms::default() },
    ] {
        let target = "arn:aws:iam::123456789012:role/Dev";
        let error = Operation::AssumeRole.check(&order(target, terms)).unwrap_err();
        assert!(matches!(error, TermError::NotOnlyReading { .. }), "{error:?}");
    }
}

#[test]
fn tags_have_their_bounds() {
    let tag = |key: &str, value: &str| limit(tags([(key.to_owned(), value.to_owned())]));
    assert_eq!(tag("Team", ""), None);
    assert_eq!(tag("Kostenstelle Süd", "a b/c=d+e-f@g:h_i.j 7"), None);
    assert_eq!(tag(&"k".repeat(128), &"v".repeat(256)), None);
    for (key, value) in [
        ("", "v"),
        (&*"k".repeat(129), "v"),
        ("k", &*"v".repeat(257)),
        ("k!", "v"),
        ("k", "v\n"),
        ("aws:x", "v"),
        ("AWS:x", "v"),
    ] {
        assert_eq!(tag(key, value), Some(Limited::Tags), "{key:?} {value:?}");
    }
    let many = |n: usize| limit(tags((0..n).map(|i| (format!("k{i}"), String::new()))));
    assert_eq!((many(50), many(51)), (None, Some(Limited::Tags)));
    let twice = [("Team", "a"), ("team", "b")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(limit(tags(twice)), Some(Limited::Tags));

    let handed_on = |keys: &[&str]| {
        let transitive_tag_keys = keys.iter().map(|&key| key.to_owned()).collect();
        limit(Terms { transitive_tag_keys, ..tags([("Team".to_owned(), "a".to_owned())]) })
    };
    assert_eq!((handed_on(&["Team"]), handed_on(&["team"])), (None, None));
    assert_eq!(handed_on(&["Project"]), Some(Limited::TransitiveTagKeys));
    assert_eq!(handed_on(&["Team", "team"]), Some(Limited::TransitiveTagKeys));
}

#[test]
fn what_is_secret_is_measured_and_not_shown() {
    for (result, term) in [
        (saml_assertion(&"abc".into()), Limited::SamlAssertion),
        (saml_assertion(&"PLANTED".repeat(15_000).into()), Limited::SamlAssertion),
        (web_identity_token(&"PLANTED".repeat(3_000).into()), Limited::WebIdentityToken),
        (mfa(Operation::GetSessionToken, "arn:aws:iam::123456789012:mfa/ann", &"PLANTED".into()), Limited::MfaCode),
        (mfa(Operation::GetSessionToken, "arn:aws:iam::123456789012:mfa/ann", &"12 456".into()), Limited::MfaCode),
        (mfa(Operation::GetSessionToken, "short", &"123456".into()), Limited::MfaSerial),
        (mfa(Operation::GetSessionToken, "GAHT 12345678", &"123456".into()), Limited::MfaSerial),
    ] {
        let error = result.unwrap_err();
        assert_eq!(error.term, term);
        assert!(!error.to_string().contains("PLANTED") && !error.to_string().contains("12 456"), "{error}");
    }
    assert_eq!(mfa(Operation::AssumeRole, "GAHT12345678", &"012345".into()), Ok(()));
    assert_eq!(saml_assertion(&"a".repeat(100_000).into()), Ok(()));
    assert_eq!(web_identity_token(&"a".repeat(20_000).into()), Ok(()));
    assert_eq!((encoded_message("a").is_ok(), encoded_message("").is_ok()), (true, false));
    assert_eq!(
        (encoded_message(&"a".repeat(10_240)).is_ok(), encoded_message(&"a".repeat(10_241)).is_ok()),
        (true, false)
    );
    let id = |id: &str| access_key_id(id).is_ok();
    assert_eq!((id("AKIAIOSFODNN7EXAMPLE"), id("AKIA"), id("AKIAIOSFODNN7-EXAMPLE")), (true, false, false));
}

#[test]
fn a_session_token_is_made_4096_bytes_long_at_most() {
    let with = |bytes| limit(Terms { minimum_session_token_size: Some(bytes), ..Terms::default() });
    assert_eq!((with(0), with(4096), with(4097)), (None, None, Some(Limited::MinimumSessionTokenSize)));
}

#[test]
fn contexts_are_five_at_most() {
    let context = |assertion: &str| ProvidedContext {
        provider_arn: "arn:aws:iam::aws:contextProvider/IdentityCenter".into(),
        assertion: assertion.into(),
    };
    let with = |n| limit(Terms { provided_contexts: vec![context("assertion"); n], ..Terms::default() });
    assert_eq!((with(5), with(6)), (None, Some(Limited::ProvidedContexts)));
    let short = Terms { provided_contexts: vec![context("abc")], ..Terms::default() };
    assert_eq!(limit(short), Some(Limited::ProvidedContexts));
}

/// Texts around the bounds: what AWS's own pattern says, character by character, decides.
fn text(pattern: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![proptest::string::string_regex(pattern).unwrap(), ".{0,80}"]
}

fn matches(pattern: &str, text: &str) -> bool {
    regex_lite::Regex::new(&format!("^(?s:{pattern})$")).unwrap().is_match(text)
}

proptest! {
    #[test]
    fn source_identities_are_as_the_api_page_says(id in text("[A-Za-z0-9_+=,.@-]{0,70}")) {
        let expected = matches("[A-Za-z0-9_+=,.@-]{2,64}", &id) && !id.to_lowercase().starts_with("aws:");
        let taken = role(Terms { source_identity: Some(id), ..Terms::default() }).is_ok();
        prop_assert_eq!(taken, expected);
    }

    #[test]
    fn external_ids_are_as_the_api_page_says(id in prop_oneof![text("[A-Za-z0-9_+=,.@:/-]{0,40}"), text("[a-z]{1200,1250}")]) {
        let expected = matches("[A-Za-z0-9_+=,.@:/-]+", &id) && (2..=1224).contains(&id.len());
        prop_assert_eq!(role(Terms { external_id: Some(id), ..Terms::default() }).is_ok(), expected);
    }

    #[test]
    fn names_are_as_the_api_page_says(name in text("[A-Za-z0-9_+=,.@-]{0,70}")) {
        prop_assert_eq!(session_name(Operation::AssumeRole, &name).is_ok(), matches("[A-Za-z0-9_+=,.@-]{2,64}", &name));
        prop_assert_eq!(federated_name(&name).is_ok(), matches("[A-Za-z0-9_+=,.@-]{2,32}", &name));
    }

    #[test]
    fn mfa_codes_are_six_digits(code in text("[0-9]{4,8}"), serial in text("[A-Za-z0-9_+=/:,.@-]{0,40}")) {
        let device = "arn:aws:iam::123456789012:mfa/ann";
        let taken = mfa(Operation::AssumeRole, device, &code.as_str().into()).is_ok();
        prop_assert_eq!(taken, matches("[0-9]{6}", &code));
        let taken = mfa(Operation::AssumeRole, &serial, &"123456".into()).is_ok();
        prop_assert_eq!(taken, matches("[A-Za-z0-9_+=/:,.@-]{9,256}", &serial));
    }

    #[test]
    fn policies_are_measured_in_characters(policy in ".{0,60}", padding in 0usize..2100) {
        let policy = format!("{{\"Statement\":\"{policy}{}\"}}", " ".repeat(padding));
        let in_range = policy.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}'));
        let is_json = serde_json::from_str::<serde_json::Value>(&policy).is_ok();
        let expected = in_range && is_json && policy.chars().count() <= 2048;
        prop_assert_eq!(role(Terms { policy: Some(policy), ..Terms::default() }).is_ok(), expected);
    }

    #[test]
    fn tags_of_ascii_are_as_the_api_page_says(key in text("[A-Za-z0-9 _.:/=+@-]{0,140}"), value in "[ -~]{0,270}") {
        prop_assume!(key.is_ascii());
        let expected = matches("[A-Za-z0-9 _.:/=+@-]{1,128}", &key)
            && !key.to_lowercase().starts_with("aws:")
            && matches("[A-Za-z0-9 _.:/=+@-]{0,256}", &value);
        prop_assert_eq!(role(tags([(key, value)])).is_ok(), expected);
    }

    #[test]
    fn no_terms_make_a_check_panic(texts in proptest::collection::vec(".{0,30}", 8), read_only: bool) {
        let [a, b, c, d, e, f, g, h] = <[String; 8]>::try_from(texts).unwrap();
        let terms = Terms {
            read_only,
            policy: Some(a),
            policy_arns: vec![b],
            tags: [(c.clone(), d)].into(),
            transitive_tag_keys: vec![c],
            source_identity: Some(e),
            external_id: Some(f),
            provided_contexts: vec![ProvidedContext { provider_arn: g.clone(), assertion: g }],
            task_policy: Some(h),
            ..Terms::default()
        };
        for operation in [Operation::AssumeRole, Operation::AssumeRoot, Operation::GetFederationToken] {
            let _ = operation.check(&order("arn:aws:iam::123456789012:role/Dev", terms.clone()));
        }
    }
}
