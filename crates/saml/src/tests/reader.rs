use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use secrecy::ExposeSecret;

use crate::samples::{ADMIN, CORP, DEV, ENTRA, OTHER_CORP, Sample, attribute, encoded};
use crate::{Assertion, LONGEST_ASSERTION, Remark, ResponseError, Skipped};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

fn read(sample: &Sample) -> Result<Assertion, ResponseError> {
    Assertion::read(&sample.field())
}

fn roles(assertion: &Assertion) -> Vec<(String, String)> {
    assertion.roles.iter().map(|r| (r.role.to_string(), r.provider.to_string())).collect()
}

/// The problem of a response that must not be taken.
fn refused(xml: &str) -> Problem {
    Assertion::read(&encoded(xml)).unwrap_err().into()
}

fn pair(role: &str, provider: &str) -> (String, String) {
    (role.to_owned(), provider.to_owned())
}

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

#[test]
fn everything_that_sts_and_the_person_need_is_read() {
    let assertion = read(&Sample::default()).unwrap();
    assert_eq!(roles(&assertion), [pair(DEV, CORP), pair(ADMIN, OTHER_CORP)]);
    assert_eq!(assertion.session_name.as_ref().unwrap().as_str(), "ann@example.org");
    assert_eq!(assertion.session_duration, Some(7200));
    assert_eq!(assertion.issuer.as_deref(), Some("https://idp.example.org/metadata"));
    assert_eq!(assertion.subject.as_deref(), Some("ann"));
    assert_eq!(assertion.audiences, ["urn:amazon:webservices"]);
    assert_eq!(assertion.recipient.as_deref(), Some("https://signin.aws.amazon.com/saml"));
    assert_eq!(assertion.not_before, Some(at("2026-11-22T08:14:30Z")));
    assert_eq!(assertion.not_on_or_after, Some(at("2026-11-22T08:20:00Z")));
    assert_eq!(assertion.session_not_on_or_after, Some(at("2026-11-22T16:15:00Z")));
    assert!(assertion.skipped.is_empty());
    assert_eq!(assertion.encoded.expose_secret(), Sample::default().field());
}

#[test]
fn another_providers_prefixes_and_namespaces_mean_the_same() {
    let assertion = Assertion::read(&encoded(ENTRA)).unwrap();
    assert_eq!(roles(&assertion), [pair(DEV, CORP)]);
    assert_eq!(assertion.session_duration, Some(900));
    assert_eq!(assertion.audiences, ["https://signin.aws.amazon.com/saml#2"]);
    assert!(assertion.in_response_to.is_empty());
    // Entra's hour is not AWS's: STS takes an assertion for five minutes.
    assert_eq!(assertion.not_on_or_after, Some(at("2026-11-22T08:20:00.120Z")));
    let odd = Sample::default().xml().replace("saml:", "Ünlaut-1:").replace("xmlns:saml=", "xmlns:Ünlaut-1=");
    assert_eq!(roles(&Assertion::read(&encoded(&odd)).unwrap()).len(), 2);
    let foreign = Sample::default().xml().replace("SAML:2.0:assertion", "SAML:9.0:assertion");
    assert_eq!(refused(&foreign).code, ProblemCode::SamlNoAssertion);
}

#[test]
fn the_other_attributes_of_aws_are_read_too() {
    let mut sample = Sample::with_roles(&[&format!("{DEV},{CORP}")]);
    sample.attributes.extend([
        attribute("SourceIdentity", &["ann"]),
        attribute("PrincipalTag:Project", &["blue &amp; green"]),
        attribute("PrincipalTag:CostCenter", &["7"]),
        attribute("TransitiveTagKeys", &["Project", "CostCenter"]),
        attribute("RoleSessionName", &["x"]),
        attribute("SessionDuration", &["899"]),
    ]);
    let assertion = read(&sample).unwrap();
    assert_eq!(assertion.source_identity.as_deref(), Some("ann"));
    assert_eq!(assertion.principal_tags["Project"], "blue & green");
    assert_eq!(assertion.transitive_tag_keys, ["Project", "CostCenter"]);
    assert_eq!((assertion.session_name.clone(), assertion.session_duration), (None, None));
    assert_eq!(assertion.skipped, [Skipped::SessionName("x".to_owned()), Skipped::SessionDuration("899".to_owned())]);
    let told: Vec<String> = assertion.remarks().iter().map(ToString::to_string).collect();
    assert!(told.len() == 2 && told[0].contains("RoleSessionName \"x\"") && told[1].contains("\"899\""), "{told:?}");
}

#[test]
fn a_comment_in_a_value_hides_nothing_and_ends_nothing() {
    // Signed is what comes after the comments are taken out: this is the role Dev-evil, and never Dev.
    let with_comment = format!("{DEV}<!-- , -->-evil,{CORP}");
    let assertion = read(&Sample::with_roles(&[&with_comment])).unwrap();
    assert_eq!(roles(&assertion), [pair(&format!("{DEV}-evil"), CORP)]);
    let mut sample = Sample::default();
    sample.attributes[1] = attribute("RoleSessionName", &["ann@example.org<!---->.evil.example.org"]);
    assert_eq!(read(&sample).unwrap().session_name.unwrap().as_str(), "ann@example.org.evil.example.org");
    let named = Sample::default().xml().replace(">ann</saml:NameID>", "><!--x-->root<!--y-->ann</saml:NameID>");
    assert_eq!(Assertion::read(&encoded(&named)).unwrap().subject.as_deref(), Some("rootann"));
}

#[test]
fn cdata_instructions_and_characters_by_number_are_text() {
    let values =
        [format!("<![CDATA[{DEV}]]>,<?x y?>{CORP}"), format!("&#97;rn:aws:iam::123456789012:role/Ops&#x2c;{CORP}")];
    let assertion = read(&Sample::with_roles(&[&values[0], &values[1]])).unwrap();
    assert_eq!(roles(&assertion), [pair(DEV, CORP), pair("arn:aws:iam::123456789012:role/Ops", CORP)]);
}

#[test]
fn two_hundred_roles_are_two_hundred_roles() {
    let values: Vec<String> = (0..200)
        .map(|n| format!("arn:aws:iam::{n:012}:role/team-{n}/Role{n},arn:aws:iam::{n:012}:saml-provider/corp"))
        .collect();
    let each: Vec<&str> = values.iter().map(String::as_str).collect();
    assert_eq!(read(&Sample::with_roles(&each)).unwrap().roles.len(), 200);
    assert_eq!(read(&Sample::with_roles(&[&values.join("\n")])).unwrap().roles.len(), 200);
    assert_eq!(read(&Sample::with_roles(&[&values.join(",")])).unwrap().roles.len(), 200);
}

#[test]
fn an_assertion_without_roles_says_what_there_is_instead() {
    let attributes =
        vec![("mail".to_owned(), vec!["PLANTED@example.org".to_owned()]), attribute("RoleSessionName", &["ann"])];
    let mut sample = Sample { attributes, ..Sample::default() };
    let problem = refused(&sample.xml());
    let hint = problem.hint.unwrap();
    assert_eq!((problem.code, problem.kind), (ProblemCode::SamlNoRoles, ProblemKind::Invalid));
    assert!(hint.contains("mail, https://aws.amazon.com/SAML/Attributes/RoleSessionName"), "{hint}");
    assert!(!hint.contains("PLANTED") && !problem.message.contains("PLANTED"));
    for empty in [&[][..], &[""], &["  \n", ","], &["<!-- none -->"]] {
        let problem = refused(&Sample::with_roles(empty).xml());
        assert_eq!(problem.code, ProblemCode::SamlNoRoles);
        assert!(problem.message.ends_with("Role is empty"), "{}", problem.message);
    }
    sample.attributes.clear();
    assert!(refused(&sample.xml()).hint.unwrap().contains("no attributes at all"));
}

#[test]
fn another_applications_assertion_is_known_by_its_recipient() {
    let subject = r#"Recipient="https://eu-west-1.signin.aws.amazon.com/platform/saml/acs/0e0e""#.to_owned();
    let problem = refused(&Sample { subject: subject.clone(), ..Sample::with_roles(&[]) }.xml());
    assert_eq!(problem.code, ProblemCode::SamlNotForAws);
    assert!(problem.message.contains("/platform/saml/acs/0e0e"), "{}", problem.message);
    // With roles it is for STS to say: there are other STSs than AWS's.
    assert!(read(&Sample { subject, ..Sample::default() }).is_ok());
}

#[test]
fn roles_that_cannot_be_used_are_named() {
    let problem = refused(&Sample::with_roles(&["Admin", DEV]).xml());
    assert_eq!(problem.code, ProblemCode::SamlBadRoles);
    assert!(problem.message.contains(&format!("Admin, {DEV}")), "{}", problem.message);
    assert_eq!(refused(&Sample::with_roles(&["<a>x</a>"]).xml()).code, ProblemCode::SamlBadRoles);
    let assertion = read(&Sample::with_roles(&["Admin", &format!("{DEV},{CORP}")])).unwrap();
    assert_eq!((assertion.roles.len(), &assertion.skipped), (1, &vec![Skipped::Role("Admin".to_owned())]));
    // Without a session name of its own: STS refuses the assertion.
    assert_eq!(assertion.remarks().last(), Some(&Remark::NoSessionName));
    assert!(assertion.remarks()[0].to_string().contains("\"Admin\""));
    assert!(read(&Sample::default()).unwrap().remarks().is_empty());
}

#[test]
fn document_types_and_entities_are_refused() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><r>&b;</r>"#;
    assert_eq!(refused(bomb).code, ProblemCode::SamlDtd);
    assert_eq!(refused(r#"<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>"#).code, ProblemCode::SamlDtd);
    let external = Sample::default().xml().replacen(
        "<samlp:Response",
        "<!DOCTYPE x PUBLIC \"a\" \"http://127.0.0.1/x\"><samlp:Response",
        1,
    );
    assert_eq!(refused(&external).code, ProblemCode::SamlDtd);
    let entity = Sample::with_roles(&[&format!("{DEV},{CORP}&evil;")]).xml();
    assert_eq!(refused(&entity).code, ProblemCode::SamlUnreadable);
}

#[test]
fn what_is_no_response_is_refused_with_what_it_is() {
    let code = |text: &str| Problem::from(Assertion::read(text).unwrap_err()).code;
    assert_eq!(code(""), ProblemCode::SamlEmpty);
    assert_eq!(code(" \r\n\t"), ProblemCode::SamlEmpty);
    assert_eq!(code("not base64!"), ProblemCode::SamlUnreadable);
    assert_eq!(code("AAAA"), ProblemCode::SamlUnreadable);
    assert_eq!(code("/////w=="), ProblemCode::SamlUnreadable);
    let problem = refused("<html xmlns='http://www.w3.org/1999/xhtml'/>");
    assert_eq!(problem.code, ProblemCode::SamlNotAResponse);
    assert!(problem.message.contains("html of http://www.w3.org/1999/xhtml"));
    assert_eq!(refused(&Sample::default().assertion()).code, ProblemCode::SamlNotAResponse);
    assert_eq!(refused(&Sample::default().around("")).code, ProblemCode::SamlNoAssertion);
    assert_eq!(
        refused(&Sample::default().xml().replace("SAML:2.0:protocol", "SAML:1.0:protocol")).code,
        ProblemCode::SamlNotAResponse
    );
}

#[test]
fn a_refusal_by_the_identity_provider_is_passed_on() {
    let declined = |status: &str| {
        let sample = Sample { status: status.to_owned(), ..Sample::default() };
        refused(&sample.around(""))
    };
    let problem = declined(
        r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/></samlp:StatusCode><samlp:StatusMessage>Your account
is locked</samlp:StatusMessage>"#,
    );
    assert_eq!((problem.code, problem.kind), (ProblemCode::SamlDeclined, ProblemKind::NeedsSignIn));
    assert!(problem.message.ends_with("AuthnFailed (Your account is locked)"), "{}", problem.message);
    let problem = declined(r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Requester"/>"#);
    assert_eq!(problem.kind, ProblemKind::Invalid);
    assert!(declined("<samlp:StatusCode/>").message.ends_with("no reason given"));
}

#[test]
fn encrypted_and_several_assertions_are_not_guessed_at() {
    let encrypted = "<saml:EncryptedAssertion><x/></saml:EncryptedAssertion>";
    let problem = refused(&Sample::default().around(encrypted));
    assert_eq!(problem.code, ProblemCode::SamlEncrypted);
    assert!(problem.hint.unwrap().contains("turn off"));
    let one = Sample::default().assertion();
    let problem = refused(&Sample::default().around(&format!("{one}{one}")));
    assert_eq!(problem.code, ProblemCode::SamlSeveralAssertions);
    assert!(problem.message.contains("2 assertions"), "{}", problem.message);
    assert_eq!(
        refused(&Sample::default().around(&format!("{encrypted}{one}"))).code,
        ProblemCode::SamlSeveralAssertions
    );
    // An assertion that is wrapped into something else is not read at all.
    let wrapped = format!("<samlp:Extensions>{one}</samlp:Extensions>");
    assert_eq!(refused(&Sample::default().around(&wrapped)).code, ProblemCode::SamlNoAssertion);
    let hidden = Sample::default()
        .xml()
        .replace("saml:Attribute ", "saml:EncryptedAttribute ")
        .replace("</saml:Attribute>", "</saml:EncryptedAttribute>");
    assert_eq!(refused(&hidden).code, ProblemCode::SamlEncrypted);
}

#[test]
fn sts_limit_is_kept_before_the_call() {
    let padded = |size: usize| {
        let mut sample = Sample::default();
        let wanted = size / 4 * 3;
        sample.beside = format!("<!--{}-->", "x".repeat(wanted - sample.xml().len() - 7));
        let field = sample.field();
        assert_eq!(field.len(), size);
        field
    };
    assert_eq!(Assertion::read(&padded(LONGEST_ASSERTION)).unwrap().roles.len(), 2);
    let problem = Problem::from(Assertion::read(&padded(LONGEST_ASSERTION + 4)).unwrap_err());
    assert_eq!(problem.code, ProblemCode::SamlTooLong);
    assert!(problem.message.contains("100004") && problem.message.contains("100000"), "{}", problem.message);
    assert_eq!(Problem::from(Assertion::read_given(&padded(160_000)).unwrap_err()).code, ProblemCode::SamlTooLong);
}

#[test]
fn times_are_compared_with_the_clock_and_a_minute_is_overlooked() {
    let assertion = read(&Sample::default()).unwrap();
    let code = |time: &str| assertion.check_times(at(time)).map_err(|e| Problem::from(e).code);
    assert_eq!(code("2026-11-22T08:15:10Z"), Ok(()));
    assert_eq!(code("2026-11-22T08:13:30Z"), Ok(()));
    assert_eq!(code("2026-11-22T08:13:29Z"), Err(ProblemCode::SamlNotYetValid));
    assert_eq!(code("2026-11-22T08:20:59Z"), Ok(()));
    assert_eq!(code("2026-11-22T08:21:00Z"), Err(ProblemCode::SamlExpired));
    let problem = Problem::from(assertion.check_times(at("2027-01-01T00:00:00Z")).unwrap_err());
    assert_eq!(problem.kind, ProblemKind::NeedsSignIn);
    assert!(problem.message.contains("2026-11-22T08:20:00Z"), "{}", problem.message);
}

#[test]
fn the_earliest_end_counts_and_zones_are_understood() {
    let end = |conditions: &str, subject: &str| {
        let sample = Sample { conditions: conditions.to_owned(), subject: subject.to_owned(), ..Sample::default() };
        read(&sample).map(|a| a.not_on_or_after.unwrap() - at("2026-11-22T08:15:00Z"))
    };
    let minutes = TimeDelta::minutes;
    assert_eq!(end("", "").unwrap(), minutes(5));
    assert_eq!(end(r#"NotOnOrAfter="2026-11-22T08:17:00Z""#, "").unwrap(), minutes(2));
    assert_eq!(end("", r#"NotOnOrAfter="2026-11-22T09:16:00+01:00""#).unwrap(), minutes(1));
    assert_eq!(end(r#"NotOnOrAfter="2026-11-22T08:18:00.5""#, "").unwrap(), minutes(3) + TimeDelta::milliseconds(500));
    assert_eq!(end(r#"NotOnOrAfter="2026-11-22T10:15:00Z""#, "").unwrap(), minutes(5));
    let problem = Problem::from(end(r#"NotOnOrAfter="tomorrow""#, "").unwrap_err());
    assert_eq!(problem.code, ProblemCode::SamlBadTime);
    assert!(problem.message.contains("NotOnOrAfter") && problem.message.contains("tomorrow"));
}

#[test]
fn an_end_of_the_session_that_is_no_time_is_not_used() {
    for end in ["", "tomorrow", "2026-11-22", "0001-01-01"] {
        let xml = Sample::default().xml().replace("2026-11-22T16:15:00Z", end);
        let assertion = Assertion::read(&encoded(&xml)).unwrap();
        assert_eq!((assertion.session_not_on_or_after, assertion.roles.len()), (None, 2), "{end:?}");
    }
}

#[test]
fn an_answer_to_another_request_is_refused() {
    let assertion = read(&Sample::default()).unwrap();
    assert!(assertion.check_answers("_r1").is_ok());
    assert_eq!(Problem::from(assertion.check_answers("_r2").unwrap_err()).code, ProblemCode::SamlAnotherRequest);
    let mixed = Sample::default().xml().replacen("InResponseTo=\"_r1\"", "InResponseTo=\"_r9\"", 1);
    assert!(Assertion::read(&encoded(&mixed)).unwrap().check_answers("_r1").is_err());
    assert!(Assertion::read(&encoded(ENTRA)).unwrap().check_answers("_r1").is_ok());
}

#[test]
fn what_a_person_copies_is_read_in_every_form() {
    let field = Sample::default().field();
    let lines: String =
        field.as_bytes().chunks(76).map(|l| format!("{}\r\n", std::str::from_utf8(l).unwrap())).collect();
    let quoted = field.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    for text in [
        field.clone(),
        format!("\n  {lines}\n"),
        field.trim_end_matches('=').to_owned(),
        quoted.clone(),
        format!("SAMLResponse={quoted}&RelayState="),
        format!("RelayState=&SAMLResponse={field}"),
        format!("\u{feff}{}", Sample::default().xml()),
    ] {
        let assertion = Assertion::read_given(&text).unwrap();
        assert_eq!(assertion.roles.len(), 2);
        assert_eq!(
            assertion.encoded.expose_secret().trim_end_matches('='),
            field.trim_end_matches('='),
            "{:.60}",
            text
        );
    }
    assert!(matches!(Assertion::read_given("SAMLResponse="), Err(ResponseError::Empty)));
}

#[test]
fn deep_and_crowded_xml_is_read_like_any_other() {
    let attributes: String = (0..1_500).map(|n| format!(" a{n}=''")).collect();
    let namespaces: String = (0..250).map(|n| format!("<a xmlns:n{n}='u{n}'>")).collect();
    let ends = "</a>".repeat(250);
    for beside in [
        format!("<a{attributes}/>"),
        format!("{namespaces}{ends}"),
        format!("{}{}", "<a>".repeat(8_000), "</a>".repeat(8_000)),
        "<a/>".repeat(15_000),
    ] {
        let sample = Sample { beside, ..Sample::default() };
        assert_eq!(read(&sample).unwrap().roles.len(), 2);
    }
}

#[test]
fn debug_shows_no_proof_and_no_person() {
    let mut sample = Sample::default();
    sample.attributes.push(attribute("PrincipalTag:Project", &["PLANTED"]));
    let shown = format!("{:?}", read(&sample).unwrap());
    assert!(shown.contains("idp.example.org"), "{shown}");
    for secret in ["PLANTED", "ann", &sample.field()[..40]] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

fn an_arn() -> impl Strategy<Value = (String, String)> {
    (
        "(aws|aws-cn|aws-us-gov)",
        "[0-9]{12}",
        "([a-zA-Z0-9_.-]{1,8}/){0,2}",
        // Not with a comma at the end, which belongs to no name.
        "[a-zA-Z0-9_+=.@-]([a-zA-Z0-9_+=,.@-]{0,19}[a-zA-Z0-9_+=.@-])?",
        "[A-Za-z0-9._-]{1,20}",
    )
        .prop_map(|(partition, account, path, name, provider)| {
            (
                format!("arn:{partition}:iam::{account}:role/{path}{name}"),
                format!("arn:{partition}:iam::{account}:saml-provider/{provider}"),
            )
        })
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        use base64::Engine as _;
        let _ = Assertion::read(&base64::engine::general_purpose::STANDARD.encode(&bytes));
        let _ = Assertion::read_given(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_damage_to_a_response_makes_the_reader_panic(
        place in any::<prop::sample::Index>(), length in 0usize..40, put in "(<!--|-->|<!\\[CDATA\\[|\\]\\]>|&[a-z#0-9]{0,5};|<[/a-zA-Z:]{0,6}>?|\\PC|\"){0,4}",
    ) {
        let xml = Sample::default().xml();
        let start = (0..=place.index(xml.len())).rev().find(|i| xml.is_char_boundary(*i)).unwrap();
        let end = (start + length).min(xml.len());
        let damaged = format!("{}{put}{}", &xml[..start], xml.get(end..).unwrap_or_default());
        if let Ok(assertion) = Assertion::read(&encoded(&damaged)) {
            prop_assert!(!assertion.roles.is_empty());
            let _ = (assertion.check_times(at("2026-11-22T08:15:00Z")), format!("{assertion:?}"));
        }
    }

    #[test]
    fn roles_come_back_as_they_were_sent(
        pairs in prop::collection::vec((an_arn(), any::<bool>(), " {0,2}", " {0,2}"), 1..20), together in any::<bool>(),
    ) {
        let mut wanted = Vec::new();
        let mut values = Vec::new();
        for ((role, provider), turned, before, after) in pairs {
            let (first, second) = if turned { (&provider, &role) } else { (&role, &provider) };
            values.push(format!("{before}{first}{after},{before}{second}{after}"));
            let pair = (role, provider);
            if !wanted.contains(&pair) { wanted.push(pair); }
        }
        let sample = if together {
            Sample::with_roles(&[&values.join(";")])
        } else {
            Sample::with_roles(&values.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let assertion = read(&sample).unwrap();
        prop_assert_eq!(roles(&assertion), wanted);
        prop_assert!(assertion.skipped.is_empty());
    }
}
