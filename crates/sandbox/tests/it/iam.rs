//! Rotates an access key with boto3's IAM client. Without it, these tests skip and say so, unless
//! `DAYPASS_REQUIRE_PEERS` is set.

use daypass_sandbox::Knobs;

use crate::{
    botocore::{Peer, keys, present},
    support::start,
};

const SCRIPT: &str = r#"
import json, os, urllib.request, boto3
from botocore.exceptions import ClientError
def code(f):
    try: f(); return "ok"
    except ClientError as e: return e.response["Error"]["Code"]
def client(service, k=None):
    return boto3.client(service, **({"aws_access_key_id": k["AccessKeyId"], "aws_secret_access_key": k["SecretAccessKey"]} if k else {}))
iam = client("iam")
old = iam.list_access_keys()["AccessKeyMetadata"][0]["AccessKeyId"]
new = iam.create_access_key()["AccessKey"]
who = lambda k=None: client("sts", k).get_caller_identity()
print(code(lambda: who(new)))
knobs = urllib.request.Request(os.environ["AWS_ENDPOINT_URL_IAM"] + "_sandbox/knobs", method="PATCH", headers={"content-type": "application/json"}, data=json.dumps({"skew_seconds": 61}).encode())
urllib.request.urlopen(knobs)
print(code(lambda: who(new)), new["UserName"], new["Status"])
print(code(lambda: iam.create_access_key()))
print([k["Status"] for k in client("iam", new).list_access_keys(UserName="build-robot")["AccessKeyMetadata"]])
print(code(lambda: client("iam", new).update_access_key(AccessKeyId=old, Status="Inactive")))
print(code(who))
print(code(lambda: client("iam", new).delete_access_key(AccessKeyId=old)))
print(code(lambda: client("iam", new).delete_access_key(AccessKeyId=old)))
print(code(lambda: client("iam", new).list_access_keys(UserName="kim")))
print(len(client("iam", new).list_access_keys()["AccessKeyMetadata"]))
used = client("iam", new).get_access_key_last_used(AccessKeyId=new["AccessKeyId"])
print(used["UserName"], used["AccessKeyLastUsed"]["ServiceName"], "LastUsedDate" in used["AccessKeyLastUsed"])
newer = client("iam", new).create_access_key()["AccessKey"]["AccessKeyId"]
print(client("iam", new).get_access_key_last_used(AccessKeyId=newer)["AccessKeyLastUsed"])
print(code(lambda: client("iam", new).get_access_key_last_used(AccessKeyId=old)))
"#;

#[tokio::test]
async fn an_access_key_is_rotated() {
    if !present("python3", &["-c", "import boto3"]).await {
        return;
    }
    let sandbox = start().await;
    sandbox.set_knobs(Knobs { key_delay_seconds: 60, ..Knobs::default() }).unwrap();
    let peer = Peer { sandbox: &sandbox, home: tempfile::tempdir().unwrap() };
    let base = sandbox.base_url();
    let env = [&keys(&sandbox.users()[0])[..], &[("AWS_ENDPOINT_URL_IAM", base.as_str())]].concat();
    let output = peer.run("python3", &["-c", SCRIPT], &env).await;
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        printed.lines().collect::<Vec<_>>(),
        [
            "InvalidClientTokenId",
            "ok build-robot Active",
            "LimitExceeded",
            "['Active', 'Active']",
            "ok",
            "InvalidClientTokenId",
            "ok",
            "NoSuchEntity",
            "AccessDenied",
            "1",
            "build-robot iam True",
            "{'ServiceName': 'N/A', 'Region': 'N/A'}",
            "AccessDenied",
        ],
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
