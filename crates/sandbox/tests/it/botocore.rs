//! Checks with boto3 and the AWS CLI. Without them, these tests skip and say so, unless `DAYPASS_REQUIRE_PEERS` is set.

use std::process::{Output, Stdio};

use daypass_sandbox::{IamUser, Knobs, Sandbox};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::process::Command;

use crate::support::{READ_ONLY, start, text, tokens};

pub(crate) struct Peer<'a> {
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) home: tempfile::TempDir,
}

impl Peer<'_> {
    /// Runs a command without this machine's AWS configuration.
    pub(crate) async fn run(&self, program: &str, args: &[&str], env: &[(&str, &str)]) -> Output {
        Command::new(program)
            .args(args)
            .env_remove("AWS_PROFILE")
            .env("HOME", self.home.path())
            .env("AWS_CONFIG_FILE", self.home.path().join("config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.home.path().join("credentials"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_ENDPOINT_URL_STS", self.sandbox.base_url().as_str())
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap()
    }

    pub(crate) async fn aws(&self, args: &[&str], env: &[(&str, &str)]) -> Result<Value, String> {
        let output = self.run("aws", &[args, &["--output", "json"]].concat(), env).await;
        if output.status.success() {
            Ok(serde_json::from_slice(&output.stdout).unwrap())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }
}

pub(crate) async fn present(program: &str, args: &[&str]) -> bool {
    let found = Command::new(program).args(args).output().await.is_ok_and(|o| o.status.success());
    if !found {
        let asked = format!("{program} {}", args.join(" "));
        assert!(std::env::var_os("DAYPASS_REQUIRE_PEERS").is_none(), "`{asked}` does not work here");
        eprintln!("skipped: `{asked}` does not work here; install awscli and boto3 to run this test");
    }
    found
}

pub(crate) fn keys(user: &IamUser) -> [(&str, &str); 2] {
    [("AWS_ACCESS_KEY_ID", &user.access_key_id), ("AWS_SECRET_ACCESS_KEY", user.secret_access_key.expose_secret())]
}

pub(crate) fn temporary(credentials: &Value) -> [(&str, &str); 3] {
    [
        ("AWS_ACCESS_KEY_ID", text(&credentials["AccessKeyId"])),
        ("AWS_SECRET_ACCESS_KEY", text(&credentials["SecretAccessKey"])),
        ("AWS_SESSION_TOKEN", text(&credentials["SessionToken"])),
    ]
}

const WHO: &[&str] = &["sts", "get-caller-identity"];

#[tokio::test]
async fn the_aws_cli_works_against_the_sandbox() {
    if !present("aws", &["--version"]).await {
        return;
    }
    let sandbox = start().await;
    let peer = Peer { sandbox: &sandbox, home: tempfile::tempdir().unwrap() };
    let user = &sandbox.users()[0];
    assert_eq!(peer.aws(WHO, &keys(user)).await.unwrap()["Arn"], user.arn());

    let wrong = [keys(user)[0], ("AWS_SECRET_ACCESS_KEY", "wrong")];
    let refused = peer.aws(WHO, &wrong).await.unwrap_err();
    assert!(refused.contains("(SignatureDoesNotMatch)"), "{refused}");

    let assume = ["sts", "assume-role", "--role-arn", READ_ONLY, "--role-session-name", "cli"];
    let assumed = peer.aws(&assume, &keys(user)).await.unwrap();
    let who = peer.aws(WHO, &temporary(&assumed["Credentials"])).await.unwrap();
    assert_eq!(who["Arn"], assumed["AssumedRoleUser"]["Arn"]);

    sandbox.set_knobs(Knobs { lifetime_seconds: Some(1), ..Knobs::default() }).unwrap();
    let tokens = tokens(&sandbox, "maya").await;
    let assume = [
        "sts",
        "assume-role-with-web-identity",
        "--role-arn",
        READ_ONLY,
        "--role-session-name",
        "maya",
        "--web-identity-token",
        text(&tokens["id_token"]),
    ];
    let assumed = peer.aws(&assume, &[]).await.unwrap();
    assert_eq!(assumed["SubjectFromWebIdentityToken"], "maya");
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let expired = peer.aws(WHO, &temporary(&assumed["Credentials"])).await.unwrap_err();
    assert!(expired.contains("(ExpiredToken)"), "{expired}");
}

/// Reads its calls from the arguments, so that all share one start of the interpreter.
const SCRIPT: &str = r#"
import os, sys, time, urllib.request, boto3
from botocore.exceptions import ClientError
role, token = sys.argv[1:]
sts = boto3.client("sts")
def with_(c): return boto3.client("sts", aws_access_key_id=c["AccessKeyId"], aws_secret_access_key=c["SecretAccessKey"], aws_session_token=c["SessionToken"])
def code(f):
    try: f(); return "ok"
    except ClientError as e: return e.response["Error"]["Code"]
a = sts.assume_role(RoleArn=role, RoleSessionName="boto3", DurationSeconds=900)
w = sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="boto3", WebIdentityToken=token)
url = sts.generate_presigned_url("get_caller_identity", HttpMethod="GET")
c = dict(a["Credentials"], SessionToken=w["Credentials"]["SessionToken"])
print(with_(a["Credentials"]).get_caller_identity()["Arn"])
print(w["SubjectFromWebIdentityToken"], w["Provider"].split(":")[5].split("/")[0])
print(urllib.request.urlopen(url).status)
print(code(lambda: with_(c).get_caller_identity()))
print(code(lambda: sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="x y", WebIdentityToken=token)))
print(code(lambda: sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="xy", WebIdentityToken=token[:-8] + "AAAAAAAA")))
print(code(lambda: sts.get_session_token()))
"#;

#[tokio::test]
async fn boto3_works_against_the_sandbox() {
    if !present("python3", &["-c", "import boto3"]).await {
        return;
    }
    let sandbox = start().await;
    let peer = Peer { sandbox: &sandbox, home: tempfile::tempdir().unwrap() };
    let tokens = tokens(&sandbox, "maya").await;
    let args = ["-c", SCRIPT, READ_ONLY, text(&tokens["id_token"])];
    let output = peer.run("python3", &args, &keys(&sandbox.users()[0])).await;
    let printed = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        printed.lines().collect::<Vec<_>>(),
        [
            "arn:aws:sts::111122223333:assumed-role/ReadOnly/boto3",
            "maya oidc-provider",
            "200",
            "InvalidClientTokenId",
            "ValidationError",
            "InvalidIdentityToken",
            "ok",
        ],
        "{complaint}"
    );
}
