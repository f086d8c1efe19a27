//! What each operation sends, and reads from the response.

use daypass_core::problem::{AwsProblem, ProblemCode};
use daypass_core::service::Service;
use std::collections::BTreeSet;

use super::*;
use daypass_core::credentials::{IssuedCredentials, Keys};
use daypass_core::terms::{ProvidedContext, Term};

const SECRETS: &str = "<Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>PLANTED-KEY</SecretAccessKey>\
    <SessionToken>PLANTED-SESSION</SessionToken><Expiration>2026-11-22T11:05:00Z</Expiration></Credentials>";
const ROLE_USER: &str = "<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/Dev/ann</Arn>\
    <AssumedRoleId>AROA1:ann</AssumedRoleId></AssumedRoleUser>";

type Fields = HashMap<String, String>;

/// An STS that grants everything.
async fn granting() -> (Fake, Sts) {
    let fake = Fake::start(|_, (_, body)| {
        let fields: Fields = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let action = &fields["Action"];
        let inner = match action.as_str() {
            "GetFederationToken" => format!(
                "{SECRETS}<FederatedUser><Arn>arn:aws:sts::123456789012:federated-user/guest</Arn>\
                 <FederatedUserId>123456789012:guest</FederatedUserId></FederatedUser>"
            ),
            "GetSessionToken" | "AssumeRoot" => SECRETS.to_owned(),
            "GetAccessKeyInfo" => "<Account>000000000042</Account>".to_owned(),
            "DecodeAuthorizationMessage" => {
                "<DecodedMessage>{&quot;allowed&quot;:false,&quot;explicitDeny&quot;:false,\
                &quot;context&quot;:{&quot;action&quot;:&quot;ec2:RunInstances&quot;}}</DecodedMessage>"
                    .to_owned()
            }
            _ => format!("{SECRETS}{ROLE_USER}"),
        };
        Reply::with(
            200,
            "text/xml",
            format!("<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>"),
        )
    })
    .await;
    let sts = sts(&fake.url);
    (fake, sts)
}

fn keys(session_token: Option<&str>) -> Keys {
    Keys::new("AKIA1", "PLANTED-KEY", session_token.map(Into::into)).unwrap()
}

fn order(target: &str, terms: Terms) -> ExchangeRequest {
    ExchangeRequest { target: target.parse().unwrap(), at: frankfurt(), terms, is_chained: false }
}

/// The fields of the last request, without those that every request has.
fn sent(fake: &Fake) -> Vec<(String, String)> {
    let body = fake.seen.lock().unwrap().last().unwrap().1.clone();
    let mut fields: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    fields.retain(|(name, _)| name != "Version");
    fields.sort();
    fields
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    pairs.sort();
    pairs
}

#[tokio::test]
async fn assume_role_sends_every_parameter() {
    let (fake, sts) = granting().await;
    let terms = Terms {
        session_label: None,
        duration: Some("2h".parse().unwrap()),
        session_name: Some("chosen".parse().unwrap()),
        read_only: false,
        policy: Some("{}".into()),
        policy_arns: vec!["arn:aws:iam::123456789012:policy/Own".into()],
        tags: [("Team".to_owned(), "blue".to_owned())].into(),
        transitive_tag_keys: vec!["Team".into()],
        source_identity: Some("ann".into()),
        external_id: Some("door-7".into()),
        provided_contexts: vec![ProvidedContext {
            provider_arn: "arn:aws:iam::aws:contextProvider/IdentityCenter".into(),
            assertion: "signed".into(),
        }],
        task_policy: None,
        minimum_session_token_size: Some(4096),
    };
    let code = "012345".into();
    let mfa = Mfa { serial: "arn:aws:iam::123456789012:mfa/ann", code: &code };
    let order = order("arn:aws:iam::123456789012:role/Dev", terms);
    let issued = sts.assume_role(&order, &keys(None), "ann", Some(mfa)).await.unwrap();
    assert_eq!(issued.assumed_role_arn, "arn:aws:sts::123456789012:assumed-role/Dev/ann");
    let expected = pairs(&[
        ("Action", "AssumeRole"),
        ("RoleArn", "arn:aws:iam::123456789012:role/Dev"),
        ("RoleSessionName", "chosen"),
        ("DurationSeconds", "7200"),
        ("Policy", "{}"),
        ("PolicyArns.member.1.arn", "arn:aws:iam::123456789012:policy/Own"),
        ("Tags.member.1.Key", "Team"),
        ("Tags.member.1.Value", "blue"),
        ("TransitiveTagKeys.member.1", "Team"),
        ("SourceIdentity", "ann"),
        ("ExternalId", "door-7"),
        ("ProvidedContexts.member.1.ProviderArn", "arn:aws:iam::aws:contextProvider/IdentityCenter"),
        ("ProvidedContexts.member.1.ContextAssertion", "signed"),
        ("SerialNumber", "arn:aws:iam::123456789012:mfa/ann"),
        ("TokenCode", "012345"),
        ("MinimumSessionTokenSize", "4096"),
    ]);
    assert_eq!(sent(&fake), expected);
}

/// The SDK's inputs are made from the service's own model: what STS takes is a term, or something that the exchange
/// itself has.
#[test]
fn no_parameter_of_sts_is_left_out() {
    use aws_sdk_sts::operation as sdk;
    let mfa = ["serial_number", "token_code"];
    for (operation, input, own) in [
        (
            Operation::AssumeRole,
            format!("{:?}", sdk::assume_role::AssumeRoleInput::builder()),
            [["role_arn"].as_slice(), &mfa].concat(),
        ),
        (
            Operation::AssumeRoleWithSaml,
            format!("{:?}", sdk::assume_role_with_saml::AssumeRoleWithSamlInput::builder()),
            vec!["role_arn", "principal_arn", "saml_assertion"],
        ),
        (
            Operation::AssumeRoleWithWebIdentity,
            format!("{:?}", sdk::assume_role_with_web_identity::AssumeRoleWithWebIdentityInput::builder()),
            vec!["role_arn", "web_identity_token", "provider_id"],
        ),
        (
            Operation::AssumeRoot,
            format!("{:?}", sdk::assume_root::AssumeRootInput::builder()),
            vec!["target_principal"],
        ),
        (
            Operation::GetSessionToken,
            format!("{:?}", sdk::get_session_token::GetSessionTokenInput::builder()),
            mfa.to_vec(),
        ),
        (
            Operation::GetFederationToken,
            format!("{:?}", sdk::get_federation_token::GetFederationTokenInput::builder()),
            vec!["name"],
        ),
    ] {
        let asked = operation.terms().iter().map(|term| match term {
            Term::Duration => "duration_seconds",
            Term::SessionName => "role_session_name",
            Term::ReadOnly => "policy_arns",
            Term::TaskPolicy => "task_policy_arn",
            term => term.name(),
        });
        let ours: BTreeSet<&str> = asked.chain(own).collect();
        let (_, fields) = input.split_once('{').unwrap();
        let theirs: BTreeSet<&str> =
            fields.split(',').filter_map(|field| field.split_once(':')).map(|(name, _)| name.trim()).collect();
        assert_eq!(ours, theirs, "{operation}");
    }
}

#[tokio::test]
async fn keys_get_what_the_target_is() {
    let (fake, sts) = granting().await;
    let root = Terms { task_policy: Some("S3UnlockBucketPolicy".into()), ..Terms::default() };
    for (order, arn, expected) in [
        (
            order("arn:aws-us-gov:iam::123456789012:root", root),
            "arn:aws-us-gov:iam::123456789012:root",
            pairs(&[
                ("Action", "AssumeRoot"),
                ("TargetPrincipal", "123456789012"),
                ("TaskPolicyArn.arn", "arn:aws-us-gov:iam::aws:policy/root-task/S3UnlockBucketPolicy"),
                ("DurationSeconds", "900"),
            ]),
        ),
        (
            order("arn:aws:iam::123456789012:user/ann", Terms::default()),
            "arn:aws:iam::123456789012:user/ann",
            pairs(&[("Action", "GetSessionToken"), ("DurationSeconds", "43200")]),
        ),
        (
            order("arn:aws:sts::123456789012:federated-user/guest", Terms { read_only: true, ..Terms::default() }),
            "arn:aws:sts::123456789012:federated-user/guest",
            pairs(&[
                ("Action", "GetFederationToken"),
                ("Name", "guest"),
                ("DurationSeconds", "43200"),
                ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
            ]),
        ),
        (
            order("arn:aws-cn:iam::123456789012:role/Dev", Terms { read_only: true, ..Terms::default() }),
            "arn:aws:sts::123456789012:assumed-role/Dev/ann",
            pairs(&[
                ("Action", "AssumeRole"),
                ("RoleArn", "arn:aws-cn:iam::123456789012:role/Dev"),
                ("RoleSessionName", "ann"),
                ("DurationSeconds", "3600"),
                ("PolicyArns.member.1.arn", "arn:aws-cn:iam::aws:policy/ReadOnlyAccess"),
            ]),
        ),
    ] {
        let issued = sts.with_keys(&order, &keys(None), "ann").await.unwrap();
        assert_eq!(issued.assumed_role_arn, arn);
        assert_eq!(sent(&fake), expected);
    }

    let asked = fake.count("POST /");
    let pool = "arn:aws:cognito-identity:eu-central-1:123456789012:identitypool/eu-central-1:0a";
    let code = |result: Result<IssuedCredentials, ExchangeError>| Problem::from(result.unwrap_err()).code;
    assert_eq!(
        code(sts.with_keys(&order(pool, Terms::default()), &keys(None), "ann").await),
        ProblemCode::TargetNotPossible
    );
    for target in ["arn:aws:iam::123456789012:user/ann", "arn:aws:sts::123456789012:federated-user/guest"] {
        let temporary = sts.with_keys(&order(target, Terms::default()), &keys(Some("PLANTED")), "ann").await;
        assert_eq!(code(temporary), ProblemCode::UserKeysNeeded);
    }
    let role = order("arn:aws:iam::123456789012:role/Dev", Terms::default());
    assert_eq!(code(sts.with_keys(&role, &keys(None), "a b").await), ProblemCode::LimitSessionName);
    assert_eq!(fake.count("POST /"), asked, "nothing of this was sent");
}

#[tokio::test]
async fn saml_and_web_identity_take_policies_and_no_more() {
    let (fake, sts) = granting().await;
    let arn = "arn:aws:iam::123456789012:policy/Own";
    let narrow = || Terms { policy_arns: vec![arn.into()], policy: Some("{}".into()), ..Terms::default() };
    let role = |terms| order("arn:aws:iam::123456789012:role/Dev", terms);
    let assertion = "PLANTED-ASSERTION".into();
    let saml = SamlIdentity { assertion: &assertion, principal_arn: "arn:aws:iam::123456789012:saml-provider/Corp" };
    sts.assume_role_with_saml(&role(narrow()), saml).await.unwrap();
    let policies = [
        ("DurationSeconds", "3600"),
        ("Policy", "{}"),
        ("PolicyArns.member.1.arn", arn),
        ("RoleArn", "arn:aws:iam::123456789012:role/Dev"),
    ];
    let own = [
        ("Action", "AssumeRoleWithSAML"),
        ("PrincipalArn", "arn:aws:iam::123456789012:saml-provider/Corp"),
        ("SAMLAssertion", "PLANTED-ASSERTION"),
    ];
    assert_eq!(sent(&fake), pairs(&[&policies[..], &own].concat()));

    let (token, name) = ("PLANTED-TOKEN".into(), "ann".parse().unwrap());
    let web = WebIdentity { token: &token, provider_id: Some("www.amazon.com"), session_name: &name };
    sts.assume_role_with_web_identity(&role(narrow()), web).await.unwrap();
    let own = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("RoleSessionName", "ann"),
        ("WebIdentityToken", "PLANTED-TOKEN"),
        ("ProviderId", "www.amazon.com"),
    ];
    assert_eq!(sent(&fake), pairs(&[&policies[..], &own].concat()));

    let asked = fake.count("POST /");
    let tagged = role(Terms { external_id: Some("door-7".into()), ..Terms::default() });
    for error in [
        sts.assume_role_with_saml(&tagged, saml).await.unwrap_err(),
        sts.assume_role_with_web_identity(&tagged, web).await.unwrap_err(),
    ] {
        let problem = Problem::from(error);
        assert_eq!(problem.code, ProblemCode::TermNotPossible);
        assert!(problem.message.contains("external_id"), "{problem}");
    }
    assert_eq!(fake.count("POST /"), asked);
}

#[tokio::test]
async fn questions_are_answered() {
    let (fake, sts) = granting().await;
    let at = frankfurt();
    let account = sts.get_access_key_info(&at, &keys(None), " AKIAIOSFODNN7EXAMPLE\n").await.unwrap();
    assert_eq!(account.as_str(), "000000000042");
    assert_eq!(sent(&fake), pairs(&[("Action", "GetAccessKeyInfo"), ("AccessKeyId", "AKIAIOSFODNN7EXAMPLE")]));
    let pasted = "UnauthorizedOperation: Encoded authorization failure message: abc-_1 (Service: Ec2)";
    let denial = sts.decode_authorization_message(&at, &keys(None), pasted).await.unwrap();
    assert_eq!((denial.verdict, denial.action.as_str()), (Verdict::NotAllowed, "ec2:RunInstances"));
    assert_eq!(sent(&fake), pairs(&[("Action", "DecodeAuthorizationMessage"), ("EncodedMessage", "abc-_1")]));
    let problem = Problem::from(sts.decode_authorization_message(&at, &keys(None), " ").await.unwrap_err());
    assert_eq!(problem.code, ProblemCode::LimitEncodedMessage);
}

#[tokio::test]
async fn a_wrong_mfa_code_is_told_apart_and_no_code_is_sent_twice() {
    for (status, code, message, problem_code, kind) in [
        (
            403,
            "AccessDenied",
            "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
            ProblemCode::Aws(Service::Sts, AwsProblem::MfaCodeWrong),
            ProblemKind::NeedsSignIn,
        ),
        (
            403,
            "AccessDenied",
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is \
             valid and associated with this user.",
            ProblemCode::Aws(Service::Sts, AwsProblem::MfaRefused),
            ProblemKind::Refused,
        ),
        (
            403,
            "AccessDenied",
            "User is not authorized",
            ProblemCode::Aws(Service::Sts, AwsProblem::AccessDenied),
            ProblemKind::Refused,
        ),
        (
            503,
            "ServiceUnavailable",
            "",
            ProblemCode::Aws(Service::Sts, AwsProblem::ServiceUnavailable),
            ProblemKind::Passing,
        ),
    ] {
        let fake = Fake::start(move |_, _| Reply::with(status, "text/xml", refusal(code, message))).await;
        let typed = "012345".into();
        let mfa = Mfa { serial: "arn:aws:iam::123456789012:mfa/ann", code: &typed };
        let order = order("arn:aws:iam::123456789012:user/ann", Terms::default());
        let error = sts(&fake.url).get_session_token(&order, &keys(None), Some(mfa)).await.unwrap_err();
        let problem = Problem::from(error);
        assert_eq!((problem.code, problem.kind), (problem_code, kind));
        assert!(problem.hint.is_some() && problem.message.contains("GetSessionToken"), "{problem:?}");
        assert_eq!(fake.count("POST /"), 1, "{problem_code}: a code that was sent is spent");
    }
}
