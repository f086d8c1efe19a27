"""`daypass exec`: a program has a role's credentials for as long as it runs, and no file has them."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.process import PATIENCE
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox

AWS = Path(sys.executable).with_name("aws")

LONG_RUN = """
import boto3, json
client = boto3.client("sts")
keys, arns = [], set()
client.meta.events.register("before-sign.sts", lambda request_signer, **_: keys.append(
    request_signer._credentials.access_key))
while len(set(keys)) < 4:
    arns.add(client.get_caller_identity()["Arn"])
print(json.dumps({"keys": len(set(keys)), "arns": sorted(arns)}))
"""
"""One client that goes on until its fourth access key. Any refusal ends it."""


@pytest.fixture(params=["agent", "no agent"])
def ready(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """Signed in, with and without an agent."""
    daypass.with_agent = request.param == "agent"
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "read"))
    return daypass


def test_a_client_outlives_three_sessions(ready: Daypass, sandbox: Sandbox):
    sandbox.turn(lifetime_seconds=5)
    done = ready("exec", "dev", "--", sys.executable, "-c", LONG_RUN)
    found = json.loads(done.out)
    assert found["keys"] == 4 and len(found["arns"]) == 1 and ":assumed-role/Developer/" in found["arns"][0]
    assert ready.untouched()


def test_what_would_lead_elsewhere_is_out_of_the_way(ready: Daypass):
    # The credentials file has a default profile with keys, which the note names.
    stale = {
        "AWS_PROFILE": "legacy",
        "AWS_DEFAULT_PROFILE": "legacy",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_SESSION_TOKEN": "x",
        "AWS_ROLE_ARN": ROLE,
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x",
    }
    done = ready("exec", "read", "--", AWS, "sts", "get-caller-identity", "--query", "Arn", env=stale)
    assert ":assumed-role/ReadOnly/" in done.out
    assert str(ready.credentials) in done.err and "default profile" in done.err
    assert ready.untouched()


def variables(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if line.startswith(("AWS_", "DAYPASS_EXEC")))


def test_the_program_has_no_keys_unless_they_are_asked_for(ready: Daypass):
    seen = variables(ready("exec", "dev", "--", "env").out)
    assert {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"} < seen.keys()
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} & seen.keys()
    assert seen["AWS_REGION"] == seen["AWS_DEFAULT_REGION"] == "eu-central-1"
    assert (seen["AWS_ACCOUNT_ID"], seen["DAYPASS_EXEC"]) == ("444455556666", "dev")

    seen = variables(ready("exec", "dev", "--static", "--region", "eu-west-1", "--", "env").out)
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} < seen.keys()
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" not in seen and seen["AWS_REGION"] == "eu-west-1"
    caller = ready("exec", "dev", "--static", "--", AWS, "sts", "get-caller-identity", "--query", "Arn").out
    assert ":assumed-role/Developer/" in caller
    assert ready.untouched()


def test_its_end_is_the_programs_end(ready: Daypass):
    assert ready("exec", "dev", "--", "sh", "-c", "exit 7", code=None).code == 7
    assert ready("exec", "dev", "--", "sh", "-c", "kill -KILL $$", code=None).code == 128 + signal.SIGKILL
    missing = ready("exec", "dev", "--", "no-such-program", code=4)
    assert "no-such-program" in missing.err and "daypass exec ROLE -- PROGRAM" in missing.err
    unknown = ready("exec", "nobody", "--", "true", code=4)
    assert "nobody" in unknown.err


def test_a_signal_reaches_the_program(ready: Daypass):
    running = ready.spawn("exec", "dev", "--", "sh", "-c", "trap 'echo told; exit 3' TERM; echo up; while :; do sleep 0.1; done")
    assert running.stdout.readline() == "up\n"
    running.send_signal(signal.SIGTERM)
    out, _ = running.communicate(timeout=PATIENCE)
    assert (out, running.returncode) == ("told\n", 3)


def test_nested_is_meant_or_refused(ready: Daypass):
    inner = [ready.binary, "exec", "read"]
    refused = ready("exec", "dev", "--", *inner, "--", "true", code=5)
    assert "profile dev" in refused.err and "--nested" in refused.err
    done = ready("exec", "dev", "--", *inner, "--nested", "--", AWS, "sts", "get-caller-identity", "--query", "Arn")
    assert ":assumed-role/ReadOnly/" in done.out


def test_a_running_profile_is_used_and_never_taken_over(ready: Daypass):
    ready("start", "dev")
    before = ready.session("dev")
    ready("exec", "dev", "--", "true")
    ready("exec", "dev", "--read-only", "--", "true")
    after = ready.session("dev")
    assert (after["accessKeyId"], after["delivery"]) == (before["accessKeyId"], "credentials-file")
    assert ready.session("dev-read-only")["delivery"] == "process"


def test_another_program_without_the_token_gets_nothing(ready: Daypass):
    script = (
        "import os, urllib.request, urllib.error\n"
        "uri = os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI']\n"
        "try: urllib.request.build_opener(urllib.request.ProxyHandler({})).open(uri); print('open')\n"
        "except urllib.error.HTTPError as refused: print(refused.code)\n"
    )
    assert ready("exec", "dev", "--", sys.executable, "-c", script).out.strip() == "401"
    shown = ready("exec", "dev", "--", "sh", "-c", "cat /proc/$PPID/cmdline | tr '\\0' ' '; echo $AWS_CONTAINER_AUTHORIZATION_TOKEN")
    token = shown.out.split()[-1]
    assert len(token) == 43 and shown.out.count(token) == 1, "it is not in an argument list"
    written = [file for file in ready.folder.rglob("*") if file.is_file() and b"started" in file.read_bytes()]
    assert ready.home / "audit.jsonl" in written, "the log of what happened is among what is looked at"
    kept = [file for file in ready.folder.rglob("*") if file.is_file() and token.encode() in file.read_bytes()]
    assert not kept, kept
