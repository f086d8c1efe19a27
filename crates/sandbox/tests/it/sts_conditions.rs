//! Trust conditions, MFA, role chaining, and credentials without a role.

use std::sync::atomic::Ordering;

use aws_credential_types::Credentials;
use chrono::{DateTime, Utc};
use daypass_sandbox::{IamUser, Knobs, MFA_SECRET, Sandbox};
use serde_json::Value;
use totp_rs::{Builder, Secret};

use crate::{
    botocore::{Peer, keys, present},
    support::{ADMIN, READ_ONLY, call, call_in, keys_of, start, start_with_clock, text, tokens, with_web_identity},
};

const PARTNER: &str = "arn:aws:iam::123412341234:role/Partner";
const VAULT: &str = "arn:aws:iam::123412341234:role/Vault";
const TRACED: &str = "arn:aws:iam::123412341234:role/Traced";
const TAGGED: &str = "arn:aws:iam::123412341234:role/Tagged";
const ANALYST: &str = "arn:aws:iam::777788889999:role/Analyst";
const SERIAL: &str = "arn:aws:iam::111122223333:mfa/kim";
const AUDIT: &str = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials";

fn kim(sandbox: &Sandbox) -> &IamUser {
    sandbox.users().iter().find(|user| user.mfa.is_some()).unwrap()
}

fn code(ahead: i64) -> String {
    let secret = Secret::try_from_base32(MFA_SECRET).unwrap();
    let now = u64::try_from(Utc::now().timestamp() + ahead).unwrap();
    Builder::new().with_secret(secret).build().unwrap().generate(now).to_string()
}

fn role<'a>(arn: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("RoleArn", arn), ("RoleSessionName", "me")], more].concat()
}

async fn assume(sandbox: &Sandbox, who: &Credentials, arn: &str, more: &[(&str, &str)]) -> Credentials {
    call(sandbox, who, "AssumeRole", &role(arn, more)).await.credentials()
}

#[tokio::test]
async fn a_code_is_good_once_and_opens_what_needs_mfa() {
    let (sandbox, ahead) = start_with_clock().await;
    let kim = keys_of(kim(&sandbox));
    let vault = |code: &str| role(VAULT, &[]).into_iter().map(own).chain(mfa(code)).collect::<Vec<_>>();
    call(&sandbox, &kim, "AssumeRole", &role(VAULT, &[])).await.is_error(403, "AccessDenied");

    let first = code(0);
    let assumed = call(&sandbox, &kim, "AssumeRole", &lent(&vault(&first))).await;
    assumed.credentials();
    let again = call(&sandbox, &kim, "AssumeRole", &lent(&vault(&first))).await;
    again.is_error(403, "AccessDenied");
    let words = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
    assert_eq!(again.tag("Message"), words);

    // The real clock signs requests, so the sandbox may run ahead by less than fifteen minutes.
    ahead.fetch_add(60, Ordering::SeqCst);
    let wrong = if code(60) == "000000" { "000001" } else { "000000" };
    call(&sandbox, &kim, "GetSessionToken", &lent(&mfa(wrong))).await.is_error(403, "AccessDenied");
    call(&sandbox, &kim, "GetSessionToken", &lent(&mfa("12345"))).await.is_error(400, "ValidationError");
    call(&sandbox, &kim, "GetSessionToken", &[("SerialNumber", SERIAL)]).await.is_error(403, "AccessDenied");
    let session = call(&sandbox, &kim, "GetSessionToken", &lent(&mfa(&code(60)))).await.credentials();
    assume(&sandbox, &session, VAULT, &[]).await;

    let robot = keys_of(&sandbox.users()[0]);
    call(&sandbox, &robot, "GetSessionToken", &lent(&mfa(&code(60)))).await.is_error(403, "AccessDenied");
    let plain = call(&sandbox, &kim, "GetSessionToken", &[]).await.credentials();
    call(&sandbox, &plain, "AssumeRole", &role(VAULT, &[])).await.is_error(403, "AccessDenied");
}

fn mfa(code: &str) -> Vec<(String, String)> {
    vec![own(("SerialNumber", SERIAL)), own(("TokenCode", code))]
}

fn own((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn lent(params: &[(String, String)]) -> Vec<(&str, &str)> {
    params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn each_condition_of_trust_opens_its_role() {
    let sandbox = start().await;
    let user = keys_of(&sandbox.users()[0]);
    let refused = async |who: &Credentials, arn, more: &[(&str, &str)]| {
        call(&sandbox, who, "AssumeRole", &role(arn, more)).await.is_error(403, "AccessDenied");
    };
    refused(&user, PARTNER, &[]).await;
    refused(&user, PARTNER, &[("ExternalId", "another")]).await;
    assume(&sandbox, &user, PARTNER, &[("ExternalId", "daypass-partner")]).await;

    refused(&user, TRACED, &[]).await;
    let traced = assume(&sandbox, &user, TRACED, &[("SourceIdentity", "kim")]).await;
    // It stays the same along the chain.
    assume(&sandbox, &traced, TRACED, &[]).await;
    refused(&traced, READ_ONLY, &[("SourceIdentity", "sam")]).await;

    let team = [("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", "Payments")];
    let transitive = [&team[..], &[("TransitiveTagKeys.member.1", "team")]].concat();
    refused(&user, TAGGED, &[]).await;
    let once = assume(&sandbox, &user, TAGGED, &team).await;
    refused(&once, TAGGED, &[]).await;
    let lasting = assume(&sandbox, &user, TAGGED, &transitive).await;
    let next = assume(&sandbox, &lasting, TAGGED, &[]).await;
    assume(&sandbox, &next, TAGGED, &[]).await;
    let anew = call(&sandbox, &lasting, "AssumeRole", &role(TAGGED, &team)).await;
    anew.is_error(400, "InvalidParameterValue");
}

#[tokio::test]
async fn tags_and_policies_are_held_to_the_limits() {
    let sandbox = start().await;
    let user = keys_of(&sandbox.users()[0]);
    let long = "x".repeat(129);
    for (more, code) in [
        (vec![("Tags.member.1.Key", long.as_str())], "ValidationError"),
        (vec![("Tags.member.1.Key", "a*b")], "ValidationError"),
        (vec![("Tags.member.1.Key", "aws:x")], "InvalidParameterValue"),
        (vec![("Tags.member.1.Key", "a"), ("Tags.member.2.Key", "A")], "InvalidParameterValue"),
        (vec![("TransitiveTagKeys.member.1", "a")], "InvalidParameterValue"),
        (vec![("PolicyArns.member.1.arn", "nothing")], "ValidationError"),
    ] {
        call(&sandbox, &user, "AssumeRole", &role(READ_ONLY, &more)).await.is_error(400, code);
    }
    let names: Vec<String> = (1..=51).map(|n| format!("Tags.member.{n}.Key")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), name.as_str())).collect();
    call(&sandbox, &user, "AssumeRole", &role(READ_ONLY, &many)).await.is_error(400, "ValidationError");
    assume(&sandbox, &user, ANALYST, &many[..50]).await;
    let read_only = [("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess")];
    assume(&sandbox, &user, READ_ONLY, &read_only).await;
}

#[tokio::test]
async fn tags_from_any_source_need_a_trust_policy_that_allows_them() {
    let sandbox = start().await;
    let user = keys_of(&sandbox.users()[0]);
    let team = [("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", "Payments")];
    let refused = call(&sandbox, &user, "AssumeRole", &role(READ_ONLY, &team)).await;
    refused.is_error(403, "AccessDenied");
    assert!(refused.tag("Message").contains("sts:TagSession on resource: "), "{}", refused.text);
    // Those that a chain passes on count as well.
    let lasting = [&team[..], &[("TransitiveTagKeys.member.1", "Team")]].concat();
    let tagged = assume(&sandbox, &user, TAGGED, &lasting).await;
    call(&sandbox, &tagged, "AssumeRole", &role(READ_ONLY, &[])).await.is_error(403, "AccessDenied");
    // So does a source identity.
    let traced = call(&sandbox, &user, "AssumeRole", &role(READ_ONLY, &[("SourceIdentity", "kim")])).await;
    traced.is_error(403, "AccessDenied");
    assert!(traced.tag("Message").contains("sts:SetSourceIdentity"), "{}", traced.text);

    // The identity provider's own.
    let maya = tokens(&sandbox, "maya").await;
    with_web_identity(&sandbox, READ_ONLY, text(&maya["id_token"]), &[]).await.credentials();
    let principal_tags = [("Team".to_owned(), "Data".to_owned())].into();
    let knobs = Knobs { principal_tags, transitive_tag_keys: vec!["Team".into()], ..Knobs::default() };
    sandbox.set_knobs(knobs).unwrap();
    let maya = tokens(&sandbox, "maya").await;
    let id_token = text(&maya["id_token"]);
    let refused = with_web_identity(&sandbox, READ_ONLY, id_token, &[]).await;
    refused.is_error(403, "AccessDenied");
    assert_eq!(refused.tag("Message"), "Not authorized to perform sts:TagSession");
    let analyst = with_web_identity(&sandbox, ANALYST, id_token, &[]).await.credentials();
    assume(&sandbox, &analyst, TAGGED, &[]).await;
}

#[tokio::test]
async fn policies_and_tags_share_their_room() {
    let sandbox = start().await;
    let user = keys_of(&sandbox.users()[0]);
    let policy = format!("{{ \"Statement\": \"{}\" }}", "x".repeat(1_900));
    let value = "v".repeat(200);
    let policy = [("Policy", policy.as_str())];
    let tag = [("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", value.as_str())];
    assume(&sandbox, &user, ANALYST, &policy).await;
    assume(&sandbox, &user, ANALYST, &tag).await;
    let both = [&policy[..], &tag].concat();
    let refused = call(&sandbox, &user, "AssumeRole", &role(ANALYST, &both)).await;
    refused.is_error(400, "PackedPolicyTooLarge");
    assert!(refused.tag("Message").contains("consumes 104% of allotted space"), "{}", refused.text);
    let federated = [&[("Name", "maya")], &both[..]].concat();
    call(&sandbox, &user, "GetFederationToken", &federated).await.is_error(400, "PackedPolicyTooLarge");
}

#[tokio::test]
async fn a_region_knows_the_accounts_that_enabled_it() {
    let sandbox = start().await;
    let user = keys_of(&sandbox.users()[0]);
    let who = async |region| call_in(region, &sandbox, &user, "GetCallerIdentity", &[]).await;
    for on in ["eu-central-1", "us-east-1", "ap-northeast-3", "us-gov-west-1"] {
        assert_eq!(who(on).await.status, 200, "{on}");
    }
    for off in ["eu-south-1", "eu-central-2", "me-central-1", "ap-southeast-7"] {
        let refused = who(off).await;
        refused.is_error(403, "InvalidClientTokenId");
        assert_eq!(refused.tag("Message"), "The security token included in the request is invalid.");
    }
    let enable = |regions: &[&str]| {
        let enabled_regions = regions.iter().map(ToString::to_string).collect();
        sandbox.set_knobs(Knobs { enabled_regions, ..Knobs::default() }).unwrap();
    };
    enable(&["111122223333/eu-south-1"]);
    assert_eq!(who("eu-south-1").await.status, 200);
    // The account of the role needs it as well.
    let partner = role(PARTNER, &[("ExternalId", "daypass-partner")]);
    let refused = call_in("eu-south-1", &sandbox, &user, "AssumeRole", &partner).await;
    refused.is_error(403, "RegionDisabledException");
    assert!(refused.tag("Message").contains("for account:123412341234."), "{}", refused.text);
    enable(&["eu-south-1"]);
    call_in("eu-south-1", &sandbox, &user, "AssumeRole", &partner).await.credentials();
}

#[tokio::test]
async fn chains_last_an_hour_at_most() {
    let sandbox = start().await;
    let user = keys_of(&sandbox.users()[0]);
    let role_session = assume(&sandbox, &user, READ_ONLY, &[]).await;
    let two_hours = role(READ_ONLY, &[("DurationSeconds", "7200")]);
    let refused = call(&sandbox, &role_session, "AssumeRole", &two_hours).await;
    refused.is_error(400, "ValidationError");
    let words = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
    assert_eq!(refused.tag("Message"), words);
    assume(&sandbox, &role_session, READ_ONLY, &[("DurationSeconds", "3600")]).await;
}

#[tokio::test]
async fn federated_users_and_root_sessions() {
    let sandbox = start().await;
    let user = keys_of(&sandbox.users()[0]);
    let before = Utc::now();
    let params = [("Name", "maya"), ("DurationSeconds", "129600"), ("Policy", "{}")];
    let federated = call(&sandbox, &user, "GetFederationToken", &params).await;
    let ends: DateTime<Utc> = federated.tag("Expiration").parse().unwrap();
    assert!((129_595..=129_601).contains(&(ends - before).num_seconds()));
    let session = federated.credentials();
    let who = call(&sandbox, &session, "GetCallerIdentity", &[]).await;
    assert_eq!(who.tag("Arn"), "arn:aws:sts::111122223333:federated-user/maya");
    assert_eq!(who.tag("UserId"), federated.tag("FederatedUserId"));
    call(&sandbox, &session, "GetFederationToken", &params).await.is_error(403, "AccessDenied");
    for (name, seconds) in [("m", "900"), ("maya okafor", "900"), ("maya", "899"), ("maya", "129601")] {
        let params = [("Name", name), ("DurationSeconds", seconds)];
        call(&sandbox, &user, "GetFederationToken", &params).await.is_error(400, "ValidationError");
    }

    let root = |target, task| vec![("TargetPrincipal", target), ("TaskPolicyArn.arn", task)];
    let session = call(&sandbox, &user, "AssumeRoot", &root("444455556666", AUDIT)).await.credentials();
    let who = call(&sandbox, &session, "GetCallerIdentity", &[]).await;
    assert_eq!(
        (who.tag("Account").as_str(), who.tag("Arn").as_str()),
        ("444455556666", "arn:aws:iam::444455556666:root")
    );
    call(&sandbox, &user, "AssumeRoot", &root("arn:aws:iam::444455556666:root", AUDIT)).await.credentials();
    for (target, status, code) in [("111122223333", 403, "AccessDenied"), ("999999999999", 403, "AccessDenied")] {
        call(&sandbox, &user, "AssumeRoot", &root(target, AUDIT)).await.is_error(status, code);
    }
    let task = "arn:aws:iam::aws:policy/AdministratorAccess";
    call(&sandbox, &user, "AssumeRoot", &root("444455556666", task)).await.is_error(400, "ValidationError");
    let longer = [root("444455556666", AUDIT), vec![("DurationSeconds", "901")]].concat();
    call(&sandbox, &user, "AssumeRoot", &longer).await.is_error(400, "ValidationError");
}

#[tokio::test]
async fn a_denial_can_be_decoded_and_a_key_traced() {
    let sandbox = start().await;
    let user = keys_of(&sandbox.users()[0]);
    sandbox.set_knobs(Knobs { encode_denials: true, ..Knobs::default() }).unwrap();
    let denied = call(&sandbox, &user, "AssumeRole", &role(ADMIN, &[])).await;
    denied.is_error(403, "AccessDenied");
    let message = denied.tag("Message");
    let (_, encoded) = message.split_once("Encoded authorization failure message: ").unwrap();
    let decoded = call(&sandbox, &user, "DecodeAuthorizationMessage", &[("EncodedMessage", encoded)]).await;
    let decoded: Value = serde_json::from_str(&decoded.tag("DecodedMessage").replace("&quot;", "\"")).unwrap();
    assert_eq!(decoded["allowed"], false);
    assert_eq!(decoded["context"]["action"], "sts:AssumeRole");
    assert_eq!(decoded["context"]["resource"], ADMIN);
    let unknown = call(&sandbox, &user, "DecodeAuthorizationMessage", &[("EncodedMessage", "x")]).await;
    unknown.is_error(400, "InvalidAuthorizationMessageException");

    let session = assume(&sandbox, &user, READ_ONLY, &[]).await;
    let info = call(&sandbox, &user, "GetAccessKeyInfo", &[("AccessKeyId", session.access_key_id())]).await;
    assert_eq!(info.tag("Account"), "111122223333");
    let unknown = [("AccessKeyId", "AKIAAAAAAAAAAAAAAAAA")];
    call(&sandbox, &user, "GetAccessKeyInfo", &unknown).await.is_error(400, "ValidationError");
}

const SCRIPT: &str = r#"
import sys, json, boto3
from botocore.exceptions import ClientError
serial, code, vault, tagged, admin, audit = sys.argv[1:]
sts = boto3.client("sts")
def with_(c): return boto3.client("sts", aws_access_key_id=c["AccessKeyId"], aws_secret_access_key=c["SecretAccessKey"], aws_session_token=c["SessionToken"])
m = sts.get_session_token(SerialNumber=serial, TokenCode=code)["Credentials"]
print(with_(m).assume_role(RoleArn=vault, RoleSessionName="boto3")["AssumedRoleUser"]["Arn"])
t = sts.assume_role(RoleArn=tagged, RoleSessionName="boto3", Tags=[{"Key": "Team", "Value": "Data"}], TransitiveTagKeys=["Team"], PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}])
print(with_(t["Credentials"]).assume_role(RoleArn=tagged, RoleSessionName="again")["AssumedRoleUser"]["Arn"])
print(sts.get_federation_token(Name="maya", DurationSeconds=900, Tags=[{"Key": "Team", "Value": ""}])["FederatedUser"]["Arn"])
r = sts.assume_root(TargetPrincipal="444455556666", TaskPolicyArn={"arn": audit})
print(with_(r["Credentials"]).get_caller_identity()["Arn"])
print(sts.get_access_key_info(AccessKeyId=r["Credentials"]["AccessKeyId"])["Account"])
try: sts.assume_role(RoleArn=admin, RoleSessionName="boto3")
except ClientError as e:
    encoded = e.response["Error"]["Message"].rsplit(": ", 1)[1]
    print(json.loads(sts.decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])["context"]["action"])
"#;

#[tokio::test]
async fn boto3_knows_every_action() {
    if !present("python3", &["-c", "import boto3; boto3.client('sts', region_name='x').assume_root"]).await {
        return;
    }
    let sandbox = start().await;
    sandbox.set_knobs(Knobs { encode_denials: true, ..Knobs::default() }).unwrap();
    let peer = Peer { sandbox: &sandbox, home: tempfile::tempdir().unwrap() };
    let args = ["-c", SCRIPT, SERIAL, &code(0), VAULT, TAGGED, ADMIN, AUDIT];
    let output = peer.run("python3", &args, &keys(kim(&sandbox))).await;
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        printed.lines().collect::<Vec<_>>(),
        [
            "arn:aws:sts::123412341234:assumed-role/Vault/boto3",
            "arn:aws:sts::123412341234:assumed-role/Tagged/again",
            "arn:aws:sts::111122223333:federated-user/maya",
            "arn:aws:iam::444455556666:root",
            "444455556666",
            "sts:AssumeRole",
        ],
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
