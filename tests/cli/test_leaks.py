"""`daypass leaked`: whose a leaked key is, which programs had it, and what ends it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.sandbox import ALIAS, DENIED, ROLE, Sandbox

AWS = Path(sys.executable).with_name("aws")
FAILED, INVALID = 1, 2
ADMIN = "arn:aws:iam::444455556666:role/Admin"


@pytest.fixture(params=["agent", "no agent"])
def world(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """Two sessions: `dev`, whose key leaks, and `admin` of an administrator in the same account."""
    daypass.with_agent = request.param == "agent"
    daypass.env |= {f"AWS_ENDPOINT_URL_{name}": sandbox.sts for name in ("IAM", "CLOUDTRAIL")}
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (ADMIN, "admin"))
    daypass("start", "dev")
    daypass("start", "admin")
    return daypass


def key_of(daypass: Daypass, profile: str) -> dict:
    return json.loads(daypass("credential-process", "--profile", profile).out)


def test_a_leaked_session_key_is_told_ended_and_looked_up(world: Daypass):
    key = key_of(world, "dev")
    world.aws("dev", *ALIAS)
    told = world("leaked", key["AccessKeyId"])
    assert key["AccessKeyId"] in told.out and "maya@shop.example" in told.out and ROLE in told.out
    assert "works      until" in told.out
    assert "End the session of profile dev: done" in told.out
    assert "AWSRevokeOlderSessions" in told.out and "aws iam put-role-policy --role-name Developer" in told.out
    assert "CreateAccountAlias" in told.out and "127.0.0.1" in told.out, "what CloudTrail says"
    assert world.session("dev") is None and world.session("admin") is not None
    report = world("leaked", key["AccessKeyId"], "--json").json
    assert (report["owner"]["profile"], report["owner"]["identity"], report["done"]) == ("dev", "work", [])
    takers = [taker["taker"]["by"] for taker in report["takers"]]
    assert takers == (["process"] if world.with_agent else []), "an agent sees which programs take a key"
    assert any(event["name"] == "CreateAccountAlias" for event in report["trail"]["events"])
    leaked = [line for line in world("logs", "list", "--json").json["lines"] if line["event"] == "key-leaked"]
    assert len(leaked) == 2 and leaked[0]["accessKeyId"] == key["AccessKeyId"]


def test_a_policy_denies_the_key_at_once(world: Daypass):
    """The printed policy and the one that is put are the same, and new sessions work."""
    key = key_of(world, "dev")
    stolen = {f"AWS_{name}": value for name, value in (("ACCESS_KEY_ID", key["AccessKeyId"]),
              ("SECRET_ACCESS_KEY", key["SecretAccessKey"]), ("SESSION_TOKEN", key["SessionToken"]))}  # fmt: skip

    def as_thief(code: int) -> str:
        done = subprocess.run([AWS, *ALIAS], env=world.env | stolen | {"AWS_DEFAULT_REGION": "eu-central-1"}, capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stderr
        return done.stderr

    as_thief(0)
    told = world("leaked", key["AccessKeyId"], "--deny", "--with", "admin", "--sign-out")
    assert "Deny older sessions of the role, with profile admin: done" in told.out
    assert "Sign out of work: done" in told.out and "put-role-policy" not in told.out
    assert "explicit deny" in as_thief(DENIED)
    world("identity", "login", "work")
    world("exec", "dev", "--", AWS, *ALIAS)


def test_what_cannot_be_done_is_told(world: Daypass):
    key = key_of(world, "dev")["AccessKeyId"]
    world("stop", "admin")
    alone = world("leaked", key, "--deny", code=FAILED)
    assert "none of your sessions can add the policy" in alone.err and "None of your sessions could ask CloudTrail" in alone.err
    assert "End the session of profile dev: done" in alone.out
    world("start", "dev")
    world("start", "dev", "--profile", "other", "--region", "eu-west-1")
    refused = world("leaked", key_of(world, "dev")["AccessKeyId"], "--with", "other")
    assert "not authorized to perform: cloudtrail:LookupEvents" in refused.err


def test_secrets_are_pasted_and_never_typed_as_an_argument(world: Daypass):
    key = key_of(world, "dev")
    secret = key["SecretAccessKey"]
    refused = world("leaked", secret, code=INVALID)
    assert "code: secret-in-arguments" in refused.err and secret not in refused.err
    # The secret alone, within other text, tells which session it is of.
    told = world("leaked", "--json", stdin=f"look what I found: {secret}\n")
    assert told.json["accessKeyId"] == key["AccessKeyId"]
    for place in (told.out, told.err, (world.home / "audit.jsonl").read_text(), world.config.read_text()):
        assert secret not in place
    assert "code: no-key-id" in world("leaked", stdin="nothing of interest", code=INVALID).err
    assert "code: no-key-id" in world("leaked", stdin="", code=INVALID).err
    stranger = world("leaked", "ASIAIOSFODNN7EXAMPLE")
    assert "Daypass never had it" in stranger.out


def test_the_key_of_an_iam_user_is_replaced(daypass: Daypass, sandbox: Sandbox):
    user = next(user for user in sandbox.users if not user.get("mfa_serial"))
    daypass.env |= sandbox.env | {"AWS_ENDPOINT_URL_IAM": sandbox.sts}
    daypass("identity", "add", "iam-user", "ann", stdin=f"{user['access_key_id']}\n{user['secret_access_key']}\n")
    told = daypass("leaked", user["access_key_id"])
    assert "Replace the key of ann with AKIA" in told.out and ": done" in told.out
    again = daypass("leaked", user["access_key_id"], "--json").json
    assert again["done"] == [], "it isn't the key of an identity any more"
