//! The SAML provider and `AssumeRoleWithSAML`. `xmlsec1` checks the signature, and boto3 the exchange. Without them,
//! those tests skip and say so, unless `DAYPASS_REQUIRE_PEERS` is set.

use std::{io::Write as _, sync::atomic::Ordering};

use base64::{Engine, engine::general_purpose::STANDARD};
use daypass_sandbox::{
    Assertion, Knobs, Sandbox,
    headless::{self, Answer, SamlPost},
};
use flate2::{Compression, write::DeflateEncoder};
use secrecy::ExposeSecret;
use tokio::process::Command;
use url::Url;

use crate::{
    botocore::{Peer, present},
    support::{ADMIN, Answered, DEPLOY, READ_ONLY, call, http, start, start_with_clock, unsigned},
};

const PROVIDER: &str = "arn:aws:iam::111122223333:saml-provider/sandbox";

async fn sign_in(sandbox: &Sandbox, person: &str) -> SamlPost {
    headless::sign_in_with_saml(&sandbox.saml_start_url(), Answer::SignIn(person.into()), None).await.unwrap()
}

fn xml(post: &SamlPost) -> String {
    String::from_utf8(STANDARD.decode(post.response.expose_secret()).unwrap()).unwrap()
}

async fn assume(sandbox: &Sandbox, role: &str, response: &str, more: &[(&str, &str)]) -> Answered {
    let params = [
        &[
            ("Action", "AssumeRoleWithSAML"),
            ("Version", "2011-06-15"),
            ("RoleArn", role),
            ("PrincipalArn", PROVIDER),
            ("SAMLAssertion", response),
        ],
        more,
    ];
    unsigned(sandbox, &params.concat()).await
}

fn authn_request(attributes: &str) -> String {
    let xml = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_question\" Version=\"2.0\" \
         {attributes}><saml:Issuer>urn:amazon:webservices</saml:Issuer></samlp:AuthnRequest>"
    );
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(xml.as_bytes()).unwrap();
    STANDARD.encode(encoder.finish().unwrap())
}

fn sp_initiated(sandbox: &Sandbox, attributes: &str) -> Url {
    let mut url = sandbox.base_url().join("saml/sso").unwrap();
    url.query_pairs_mut().append_pair("SAMLRequest", &authn_request(attributes)).append_pair("RelayState", "a & \"b\"");
    url
}

#[tokio::test]
async fn a_person_becomes_a_role() {
    let sandbox = start().await;
    let post = sign_in(&sandbox, "maya").await;
    assert_eq!(post.endpoint.as_str(), "https://signin.aws.amazon.com/saml");
    assert_eq!(xml(&post).matches(":saml-provider/sandbox").count(), 8, "maya's roles, each with its provider");
    let assumed = assume(&sandbox, READ_ONLY, post.response.expose_secret(), &[("DurationSeconds", "900")]).await;
    assert_eq!(assumed.tag("Subject"), "maya");
    assert_eq!(assumed.tag("SubjectType"), "persistent");
    assert_eq!(assumed.tag("Audience"), "https://signin.aws.amazon.com/saml");
    let who = call(&sandbox, &assumed.credentials(), "GetCallerIdentity", &[]).await;
    assert_eq!(who.tag("Arn"), "arn:aws:sts::111122223333:assumed-role/ReadOnly/maya@shop.example");
    // The same assertion works for another role, which it lists in the other order.
    assume(&sandbox, DEPLOY, post.response.expose_secret(), &[]).await.credentials();
}

#[tokio::test]
async fn the_provider_remembers_a_browser_until_it_signs_out() {
    let (sandbox, ahead) = start_with_clock().await;
    let first = sign_in(&sandbox, "sam").await;
    let cookie = first.cookie.unwrap();
    let again = async |url: Url, answer: Answer| {
        headless::sign_in_with_saml(&url, answer, Some(cookie.expose_secret())).await.unwrap()
    };
    // There was no page, so the answer to it made no difference.
    let silent = again(sandbox.saml_start_url(), Answer::SignIn("maya".into())).await;
    assert!(xml(&silent).contains(">sam<"));
    let forced = again(sp_initiated(&sandbox, "ForceAuthn=\"true\""), Answer::SignIn("maya".into())).await;
    assert!(xml(&forced).contains(">maya<"));
    ahead.fetch_add(28_801, Ordering::SeqCst);
    let later = again(sandbox.saml_start_url(), Answer::SignIn("maya".into())).await;
    assert!(xml(&later).contains(">maya<"), "the session is over");

    // A shorter lifetime also applies to existing sessions.
    let fresh = later.cookie.unwrap();
    let known = async || {
        let start = sandbox.saml_start_url();
        let post = headless::sign_in_with_saml(&start, Answer::SignIn("sam".into()), Some(fresh.expose_secret())).await;
        xml(&post.unwrap()).contains(">maya<")
    };
    assert!(known().await);
    ahead.fetch_add(60, Ordering::SeqCst);
    sandbox.set_knobs(Knobs { idp_session_seconds: 60, ..Knobs::default() }).unwrap();
    assert!(!known().await);
    sandbox.set_knobs(Knobs::default()).unwrap();
    assert!(known().await);

    let out = sandbox.base_url().join("saml/sign-out").unwrap();
    http().get(out).header("cookie", fresh.expose_secret()).send().await.unwrap();
    let passive = sp_initiated(&sandbox, "IsPassive=\"true\"");
    let post = headless::sign_in_with_saml(&passive, Answer::Deny, Some(fresh.expose_secret())).await.unwrap();
    assert!(xml(&post).contains("status:NoPassive"));
}

#[tokio::test]
async fn a_request_is_answered_where_it_says() {
    let sandbox = start().await;
    let regional = "https://eu-central-1.signin.aws.amazon.com/saml";
    let url = sp_initiated(&sandbox, &format!("AssertionConsumerServiceURL=\"{regional}\""));
    let post = headless::sign_in_with_saml(&url, Answer::SignIn("maya".into()), None).await.unwrap();
    assert_eq!((post.endpoint.as_str(), post.relay_state.as_deref()), (regional, Some("a & \"b\"")));
    assert_eq!(xml(&post).matches("InResponseTo=\"_question\"").count(), 2);
    assume(&sandbox, READ_ONLY, post.response.expose_secret(), &[]).await.credentials();
    let evil = sp_initiated(&sandbox, "AssertionConsumerServiceURL=\"https://evil.example/saml\"");
    assert_eq!(http().get(evil).send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn each_partition_has_its_own_audience() {
    let sandbox = start().await;
    for (endpoint, audience) in [
        ("https://us-gov-west-1.signin.amazonaws-us-gov.com/saml", "urn:amazon:webservices:govcloud"),
        ("https://signin.amazonaws.cn/saml", "urn:amazon:webservices:cn-north-1"),
        ("https://eu-central-1.signin.aws.amazon.com/saml", "urn:amazon:webservices"),
    ] {
        sandbox.set_knobs(Knobs { saml_endpoint: endpoint.into(), ..Knobs::default() }).unwrap();
        let post = sign_in(&sandbox, "maya").await;
        assert_eq!(post.endpoint.as_str(), endpoint);
        assert!(xml(&post).contains(&format!("<saml:Audience>{audience}</saml:Audience>")), "{audience}");
        assume(&sandbox, READ_ONLY, post.response.expose_secret(), &[]).await.credentials();
    }
}

#[tokio::test]
async fn tags_of_the_assertion_need_a_role_that_takes_them() {
    let sandbox = start().await;
    let principal_tags = [("Team".to_owned(), "Data".to_owned())].into();
    let knobs = Knobs { principal_tags, transitive_tag_keys: vec!["Team".into()], ..Knobs::default() };
    sandbox.set_knobs(knobs).unwrap();
    let post = sign_in(&sandbox, "maya").await;
    let response = post.response.expose_secret();
    let refused = assume(&sandbox, READ_ONLY, response, &[]).await;
    refused.is_error(403, "AccessDenied");
    assert_eq!(refused.tag("Message"), "Not authorized to perform sts:TagSession");
    let analyst = [
        ("Action", "AssumeRoleWithSAML"),
        ("RoleArn", "arn:aws:iam::777788889999:role/Analyst"),
        ("PrincipalArn", "arn:aws:iam::777788889999:saml-provider/sandbox"),
        ("SAMLAssertion", response),
    ];
    let analyst = unsigned(&sandbox, &analyst).await.credentials();
    let tagged = [("RoleArn", "arn:aws:iam::123412341234:role/Tagged"), ("RoleSessionName", "me")];
    call(&sandbox, &analyst, "AssumeRole", &tagged).await.credentials();
}

#[tokio::test]
async fn what_is_not_in_the_assertion_is_refused() {
    let sandbox = start().await;
    let post = sign_in(&sandbox, "sam").await;
    let response = post.response.expose_secret();
    assume(&sandbox, ADMIN, response, &[]).await.is_error(403, "AccessDenied");
    assume(&sandbox, "arn:aws:iam::111122223333:role/Gone", response, &[]).await.is_error(403, "AccessDenied");
    let staging = "arn:aws:iam::444455556666:role/Developer";
    assume(&sandbox, staging, response, &[]).await.is_error(403, "AccessDenied");
    assume(&sandbox, READ_ONLY, response, &[("DurationSeconds", "43201")]).await.is_error(400, "ValidationError");
    assume(&sandbox, READ_ONLY, "AAAA", &[]).await.is_error(400, "InvalidIdentityToken");
    let gone = [
        ("Action", "AssumeRoleWithSAML"),
        ("RoleArn", READ_ONLY),
        ("PrincipalArn", "arn:aws:iam::111122223333:saml-provider/another"),
        ("SAMLAssertion", response),
    ];
    let gone = unsigned(&sandbox, &gone).await;
    gone.is_error(400, "InvalidIdentityToken");
    assert_eq!(gone.tag("Message"), "Specified provider doesn&apos;t exist".replace("&apos;", "'"));
    let robin = sign_in(&sandbox, "robin").await;
    assert!(!xml(&robin).contains("Attributes/Role\""));
    assume(&sandbox, READ_ONLY, robin.response.expose_secret(), &[]).await.is_error(403, "AccessDenied");
    let denied = headless::sign_in_with_saml(&sandbox.saml_start_url(), Answer::Deny, None).await.unwrap();
    assume(&sandbox, READ_ONLY, denied.response.expose_secret(), &[]).await.is_error(403, "IDPRejectedClaim");
}

#[tokio::test]
async fn forgeries_are_refused() {
    let sandbox = start().await;
    let genuine = xml(&sign_in(&sandbox, "sam").await);
    let maya = xml(&sign_in(&sandbox, "maya").await);
    let assertion = |xml: &str| {
        let (_, rest) = xml.split_once("<saml:Assertion").unwrap();
        format!("<saml:Assertion{}</saml:Assertion>", rest.split_once("</saml:Assertion>").unwrap().0)
    };
    let own = assertion(&genuine);
    let stripped = |xml: &str| {
        let (before, rest) = xml.split_once("<ds:Signature ").unwrap();
        format!("{before}{}", rest.split_once("</ds:Signature>").unwrap().1)
    };
    let elevated = own.replace("role/ReadOnly", "role/Admin");
    for (what, forged) in [
        ("another role", genuine.replace("role/ReadOnly", "role/Admin")),
        ("another person", genuine.replace(">sam<", ">maya<")),
        ("a comment in a value", genuine.replace(">sam<", "><!---->sam<")),
        ("no signature", stripped(&genuine)),
        ("an assertion before the signed one", genuine.replace(&own, &format!("{elevated}{own}"))),
        ("the signed one hidden in a forged one", {
            let wrapper = stripped(&elevated).replace("</saml:Assertion>", &format!("{own}</saml:Assertion>"));
            genuine.replace(&own, &wrapper)
        }),
        ("somebody else's signature", {
            let signature = |xml: &str| {
                let (_, rest) = xml.split_once("<ds:Signature ").unwrap();
                format!("<ds:Signature {}</ds:Signature>", rest.split_once("</ds:Signature>").unwrap().0)
            };
            genuine.replace(&signature(&genuine), &signature(&maya))
        }),
        ("a document type", format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{genuine}")),
    ] {
        assert_ne!(forged, genuine, "{what}");
        let refused = assume(&sandbox, READ_ONLY, &STANDARD.encode(&forged), &[]).await;
        assert_eq!((refused.status, refused.tag("Code").as_str()), (400, "InvalidIdentityToken"), "{what}");
    }
    assume(&sandbox, READ_ONLY, &STANDARD.encode(&genuine), &[]).await.credentials();
}

#[tokio::test]
async fn bad_assertions_can_be_rehearsed() {
    let (sandbox, ahead) = start_with_clock().await;
    for (assertion, code) in [
        (Assertion::Expired, (400, "ExpiredTokenException")),
        (Assertion::WithoutRoles, (403, "AccessDenied")),
        (Assertion::Forged, (400, "InvalidIdentityToken")),
        (Assertion::WrongAudience, (400, "InvalidIdentityToken")),
    ] {
        sandbox.set_knobs(Knobs { assertion, ..Knobs::default() }).unwrap();
        let post = sign_in(&sandbox, "maya").await;
        assume(&sandbox, READ_ONLY, post.response.expose_secret(), &[]).await.is_error(code.0, code.1);
    }
    sandbox.set_knobs(Knobs::default()).unwrap();
    let post = sign_in(&sandbox, "maya").await;
    // Five minutes, less the time that a busy machine takes for this test.
    ahead.fetch_add(270, Ordering::SeqCst);
    assume(&sandbox, READ_ONLY, post.response.expose_secret(), &[]).await.credentials();
    ahead.fetch_add(31, Ordering::SeqCst);
    let late = assume(&sandbox, READ_ONLY, post.response.expose_secret(), &[]).await;
    late.is_error(400, "ExpiredTokenException");
    assert!(
        sandbox.set_knobs(Knobs { saml_endpoint: "https://evil.example/saml".into(), ..Knobs::default() }).is_err()
    );
}

/// Checks with a real, independent canonicalizer. A changed document must not verify, or the check would prove nothing.
#[tokio::test]
async fn xmlsec_verifies_the_signature() {
    if !present("xmlsec1", &["--version"]).await {
        return;
    }
    let sandbox = start().await;
    let folder = tempfile::tempdir().unwrap();
    let verify = async |xml: &str| {
        let path = folder.path().join("response.xml");
        std::fs::write(&path, xml).unwrap();
        let id = "urn:oasis:names:tc:SAML:2.0:assertion:Assertion";
        let output = Command::new("xmlsec1").args(["--verify", "--id-attr:ID", id]).arg(path).output().await.unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let genuine = xml(&sign_in(&sandbox, "maya").await);
    let (good, said) = verify(&genuine).await;
    assert!(good, "{said}");
    // The same infoset in other bytes is equal to a real canonicalizer.
    let (good, said) = verify(&genuine.replace("<saml:Conditions NotBefore", "<saml:Conditions   NotBefore")).await;
    assert!(good, "{said}");
    assert!(!verify(&genuine.replace("role/ReadOnly", "role/Admin")).await.0);
}

const SCRIPT: &str = r#"
import sys, boto3
role, provider, assertion = sys.argv[1:]
a = boto3.client("sts").assume_role_with_saml(RoleArn=role, PrincipalArn=provider, SAMLAssertion=assertion)
c = a["Credentials"]
s = boto3.client("sts", aws_access_key_id=c["AccessKeyId"], aws_secret_access_key=c["SecretAccessKey"], aws_session_token=c["SessionToken"])
print(s.get_caller_identity()["Arn"], a["Issuer"], a["Subject"])
"#;

#[tokio::test]
async fn boto3_exchanges_an_assertion() {
    if !present("python3", &["-c", "import boto3"]).await {
        return;
    }
    let sandbox = start().await;
    let peer = Peer { sandbox: &sandbox, home: tempfile::tempdir().unwrap() };
    let post = sign_in(&sandbox, "maya").await;
    let output = peer.run("python3", &["-c", SCRIPT, READ_ONLY, PROVIDER, post.response.expose_secret()], &[]).await;
    let expected = format!(
        "arn:aws:sts::111122223333:assumed-role/ReadOnly/maya@shop.example {}saml/metadata maya\n",
        sandbox.base_url()
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{}", String::from_utf8_lossy(&output.stderr));
}
