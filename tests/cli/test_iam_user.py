"""IAM users: access keys in each form, one-time MFA codes, the user's own session, and key rotation.

moto has IAM but ignores MFA codes. The sandbox checks codes but has little IAM. ministack checks signatures and keys.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import struct
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from peers.daypass import Daypass
from peers.process import PATIENCE, wait_until
from peers.sandbox import Sandbox
from peers.sts import AccessKey, Sts
from peers.wiretap import Hold, wiretap


def new_user(sts: Sts) -> AccessKey:
    return sts.add_user(f"ann-{uuid.uuid4().hex[:8]}")


def two_lines(key: AccessKey) -> str:
    return f"{key.id}\n{key.secret}\n"


def code(secret: str, at: float | None = None) -> str:
    """RFC 6238 by hand, without the library under test."""
    counter = struct.pack(">Q", int(time.time() if at is None else at) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def early_in_a_step(seconds: int = 15) -> None:
    """Wait until the current code stays valid for a while."""
    left = 30 - time.time() % 30
    if left < seconds:
        time.sleep(left + 0.2)


def step() -> int:
    """The number of a code's half minute."""
    return int(time.time()) // 30


@pytest.fixture
def aws(daypass: Daypass, any_sts: Sts) -> Sts:
    """Each STS with its IAM, set up in Daypass."""
    daypass.env["AWS_ENDPOINT_URL"] = any_sts.endpoint
    return any_sts


@pytest.fixture
def kim(sandbox: Sandbox) -> dict:
    """The sandbox's user with an MFA device."""
    return next(user for user in sandbox.users if user["mfa_serial"])


def add_kim(daypass: Daypass, kim: dict, *, totp: bool) -> None:
    key = f"{kim['access_key_id']}\n{kim['secret_access_key']}\n"
    more = ["--with", "totp_secret"] if totp else []
    typed = key + kim["mfa_secret"] if totp else key
    daypass("identity", "add", "iam-user", "kim", "--mfa-serial", kim["mfa_serial"], *more, stdin=typed)


VAULT_ROLE = "arn:aws:iam::123412341234:role/Vault"
"""A sandbox role that requires MFA."""


def test_a_key_is_all_it_takes(daypass: Daypass, aws: Sts):
    user = new_user(aws)
    role = aws.add_assumable_role(f"job-{user.user}", user.arn)
    daypass("identity", "add", "iam-user", "ann", stdin=two_lines(user))
    assert daypass("identity", "login", "ann").out.strip() == f"Signed in to ann as {user.user}"
    shown = daypass("identity", "list", "--json").json[0]
    assert (shown["state"], shown["way"], shown["person"]) == ("signed-in", {"by": "none"}, user.user)
    assert [(f["name"], f["isSet"]) for f in shown["secrets"]] == [("access_key_id", True), ("secret_access_key", True)]
    assert user.secret not in json.dumps(shown) + daypass.config.read_text()

    daypass("role", "add", role, "--identity", "ann", "--profile", "job")
    daypass("start", "job")
    assert daypass.caller("job").endswith(f":assumed-role/job-{user.user}/{user.user}")
    daypass("stop", "job")
    assert daypass.untouched()


def test_the_user_is_a_target_of_its_own(daypass: Daypass, aws: Sts):
    user = new_user(aws)
    daypass("identity", "add", "iam-user", "ann", stdin=two_lines(user))
    daypass("identity", "login", "ann")
    roles = daypass("role", "list", "--json").json
    assert [(role["arn"], role["kind"], role["source"]) for role in roles] == [(user.arn, "user", "discovered")]
    daypass("start", user.arn)
    session = daypass.session(roles[0]["profile"])
    life = datetime.fromisoformat(session["expiresAt"]) - datetime.now(UTC)
    # Both grant the requested duration or their own default, so the expiry is the real one.
    assert timedelta(hours=1) - timedelta(minutes=1) < life <= timedelta(hours=12)
    if aws.checks_signatures:
        assert daypass.caller(roles[0]["profile"]).endswith(f"/{user.user}")
    # Daypass uses the same session again.
    first = session["accessKeyId"]
    daypass("stop", "--all")
    daypass("start", user.arn, "--profile", "again")
    assert daypass.session("again")["accessKeyId"] == first
    # Terms that GetSessionToken doesn't support are refused, not ignored.
    refused = daypass("start", user.arn, "--profile", "narrow", "--read-only", code=None)
    assert refused.code != 0 and "GetSessionToken" in refused.err, refused.err


def test_the_console_takes_a_role_of_the_user_but_not_the_user(daypass: Daypass, sandbox: Sandbox, kim: dict):
    add_kim(daypass, kim, totp=True)
    daypass("identity", "login", "kim")
    daypass("start", kim["arn"], "--profile", "kim")
    before = len(sandbox.seen())
    for running in (True, False):
        refused = daypass("console", kim["arn"], "--print", code=5)
        assert "GetSessionToken" in refused.err and kim["arn"] in refused.err
        assert "open it as a role that this user may assume" in refused.err
        assert len(sandbox.seen()) == before, "no request was sent"
        if running:
            daypass("stop", "kim")
    daypass("role", "add", VAULT_ROLE, "--identity", "kim", "--profile", "vault")
    assert "SigninToken=" in daypass("console", "vault", "--print").out


@pytest.mark.parametrize("form", ["csv", "json", "quoted csv"])
def test_keys_are_taken_as_aws_hands_them_out(daypass: Daypass, moto: Sts, form: str):
    daypass.env["AWS_ENDPOINT_URL"] = moto.endpoint
    user = new_user(moto)
    forms = {
        "csv": f"Access key ID,Secret access key\r\n{user.id},{user.secret}\r\n",
        "quoted csv": f'\ufeff"User name","Access key ID","Secret access key"\n"a","{user.id}","{user.secret}"\n',
        "json": json.dumps({"AccessKey": {"UserName": "a", "AccessKeyId": user.id, "SecretAccessKey": user.secret}}),
    }
    daypass("identity", "add", "iam-user", "ann", stdin=forms[form])
    assert user.user in daypass("identity", "login", "ann").out


@pytest.mark.parametrize(
    "typed", ["", "PLANTEDPLANTEDPLANTED", "ASIAIOSFODNN7EXAMPLE\nPLANTED\n", "{\"AccessKey\": \"PLANTED\"}"]
)  # fmt: skip
def test_what_is_no_key_is_refused_and_nothing_stays(daypass: Daypass, typed: str):
    refused = daypass("identity", "add", "iam-user", "ann", stdin=typed, code=2)
    assert "PLANTED" not in refused.err and "access key" in refused.err
    assert daypass("identity", "list", "--json").json == []


def test_a_wrong_secret_and_an_unknown_key_are_told_apart(daypass: Daypass, ministack: Sts):
    daypass.env["AWS_ENDPOINT_URL"] = ministack.endpoint
    user = new_user(ministack)
    daypass("identity", "add", "iam-user", "typo", stdin=f"{user.id}\n{user.secret[:-1]}X\n")
    refused = daypass("identity", "login", "typo", code=5)
    assert "secret access key is another key's" in refused.err
    daypass("identity", "add", "iam-user", "gone", stdin=f"AKIAIOSFODNN7NOTHERE\n{user.secret}\n")
    assert "deleted or switched off" in daypass("identity", "login", "gone", code=5).err


def test_a_typed_code_opens_a_role_that_wants_mfa(daypass: Daypass, sandbox: Sandbox, kim: dict):
    add_kim(daypass, kim, totp=False)
    daypass("role", "add", VAULT_ROLE, "--identity", "kim", "--profile", "vault")
    assert daypass("start", "vault", code=3).err.count("daypass identity login kim") == 1
    assert daypass("identity", "list", "--json").json[0]["state"] == "signed-out"

    for wrong in ("12345", "1234567", "abcdef"):
        refused = daypass("identity", "login", "kim", stdin=wrong, code=2)
        assert "six digits" in refused.err and not asked_with_mfa(sandbox), wrong
    assert "next code" in daypass("identity", "login", "kim", stdin=code(kim["mfa_secret"], 0), code=3).err
    assert asked_with_mfa(sandbox) == 1

    early_in_a_step()
    good = code(kim["mfa_secret"])
    daypass("identity", "login", "kim", stdin=good)
    assert asked_with_mfa(sandbox) == 2
    # Daypass refuses to send it again, without asking AWS.
    again = daypass("identity", "login", "kim", stdin=good, code=2)
    assert "was used already" in again.err and good not in again.err
    assert asked_with_mfa(sandbox) == 2

    daypass("start", "vault")
    assert "assumed-role/Vault/kim" in daypass.caller("vault")
    # Roles need no other code for as long as the session lasts.
    daypass("renew", "vault")
    assert asked_with_mfa(sandbox) == 2
    shown = daypass("identity", "list", "--json").json[0]
    until = datetime.fromisoformat(shown["signedInUntil"]) - datetime.now(UTC)
    assert shown["state"] == "signed-in" and timedelta(hours=11) < until <= timedelta(hours=12)


def asked_with_mfa(sandbox: Sandbox) -> int:
    """How often the sandbox's STS got a code."""
    return sum(1 for request in sandbox.seen() if request["action"] == "GetSessionToken")


def test_codes_are_computed_and_never_sent_twice(daypass: Daypass, sandbox: Sandbox, kim: dict):
    add_kim(daypass, kim, totp=True)
    assert daypass("identity", "list", "--json").json[0]["way"] == {"by": "none"}
    daypass("role", "add", VAULT_ROLE, "--identity", "kim", "--profile", "vault")
    early_in_a_step()
    used = step()
    daypass("start", "vault")
    assert "assumed-role/Vault/kim" in daypass.caller("vault")
    # Without the session, Daypass needs another code, and the current one was already used.
    daypass("identity", "logout", "kim")
    daypass("renew", "vault")
    # A device's codes work once, so sending one again is refused.
    assert [r["outcome"] for r in sandbox.seen() if r["action"] == "GetSessionToken"] == ["ok", "ok"]
    assert step() > used, "the next code was waited for"


def test_many_who_start_at_once_share_one_code(daypass: Daypass, sandbox: Sandbox, kim: dict):
    add_kim(daypass, kim, totp=True)
    profiles = [f"vault{n}" for n in range(5)]
    daypass("role", "add", VAULT_ROLE, "--identity", "kim", "--profile", "vault")
    started = [daypass.spawn("start", "vault", "--profile", profile) for profile in profiles]
    assert [process.wait(timeout=PATIENCE) for process in started] == [0] * 5, [p.stderr.read() for p in started]
    assert asked_with_mfa(sandbox) == 1


def test_the_code_is_shown_and_then_not_sent(daypass: Daypass, sandbox: Sandbox, kim: dict):
    add_kim(daypass, kim, totp=True)
    early_in_a_step()
    used = step()
    shown = daypass("identity", "code", "kim")
    assert shown.out.strip() == code(kim["mfa_secret"], 30 * used)
    assert "Valid for another" in shown.err
    told = daypass("identity", "code", "kim", "--json").json
    assert told["used"] and told["code"] == shown.out.strip() and 0 < told["secondsLeft"] <= 30
    # The person used it elsewhere, so AWS wouldn't accept it from Daypass.
    daypass("identity", "login", "kim")
    assert step() > used, "the next code was waited for"
    assert daypass("identity", "code", "kim", "--json").json["code"] != shown.out.strip()


def test_a_wrong_device_secret_is_not_tried_again_and_again(daypass: Daypass, sandbox: Sandbox, kim: dict):
    typed = f"{kim['access_key_id']}\n{kim['secret_access_key']}\nGEZDGNBVGY3TQOJQ\n"
    device = ["--mfa-serial", kim["mfa_serial"], "--with", "totp_secret"]
    daypass("identity", "add", "iam-user", "kim", *device, stdin=typed)
    refused = daypass("identity", "login", "kim", code=5)
    assert "TOTP secret" in refused.err and "GEZDGNBVGY3TQOJQ" not in refused.err
    assert asked_with_mfa(sandbox) == 1
    daypass(
        "identity", "add", "iam-user", "other", "--mfa-serial", "arn:aws:iam::111122223333:mfa/other",
        "--with", "totp_secret", stdin=typed,
    )  # fmt: skip
    assert "serial number of the MFA device" in daypass("identity", "login", "other", code=5).err


def test_trying_it_spends_no_code(daypass: Daypass, sandbox: Sandbox, kim: dict):
    add_kim(daypass, kim, totp=True)
    steps = daypass("identity", "try", "kim", "--json").json
    assert [step["problem"] for step in steps] == [None] * 4
    assert asked_with_mfa(sandbox) == 0


@pytest.mark.parametrize("with_agent", [False, True])
def test_the_key_is_rotated(daypass: Daypass, any_sts: Sts, with_agent: bool):
    daypass.env["AWS_ENDPOINT_URL"] = any_sts.endpoint
    user = new_user(any_sts)
    role = any_sts.add_assumable_role(f"job-{user.user}", user.arn)
    daypass("identity", "add", "iam-user", "ann", stdin=two_lines(user))
    if with_agent:
        daypass.agent()
    rotated = daypass("identity", "rotate-key", "ann", "--json").json
    assert rotated["old"] == user.id and rotated["new"] != user.id and not rotated["resumed"]
    listed = any_sts.client("iam").list_access_keys(UserName=user.user)["AccessKeyMetadata"]
    assert [(key["AccessKeyId"], key["Status"]) for key in listed] == [(rotated["new"], "Active")]
    daypass("role", "add", role, "--identity", "ann", "--profile", "job")
    daypass("start", "job")
    assert f"assumed-role/job-{user.user}/" in daypass.caller("job")
    events = [json.loads(line) for line in (daypass.home / "audit.jsonl").read_text().splitlines()]
    about_keys = [(e["event"], e["accessKeyId"]) for e in events if e["event"].startswith("access-key")]
    assert about_keys == [
        ("access-key-created", rotated["new"]),
        ("access-key-deactivated", user.id),
        ("access-key-deleted", user.id),
    ]
    daypass("logs", "verify")


def test_two_keys_are_not_three(daypass: Daypass, moto: Sts):
    daypass.env["AWS_ENDPOINT_URL"] = moto.endpoint
    user = new_user(moto)
    other = moto.client("iam").create_access_key(UserName=user.user)["AccessKey"]["AccessKeyId"]
    daypass("identity", "add", "iam-user", "ann", stdin=two_lines(user))
    refused = daypass("identity", "rotate-key", "ann", code=5)
    assert other in refused.err and user.id in refused.err and "active" in refused.err
    assert len(moto.client("iam").list_access_keys(UserName=user.user)["AccessKeyMetadata"]) == 2


def test_a_rotation_that_is_killed_goes_on(daypass: Daypass, moto: Sts):
    """Killed at each of its requests, before AWS gets it and after. The key in the vault works, and the next run
    completes the rotation."""
    daypass.env["AWS_ENDPOINT_URL"] = moto.endpoint
    iam = moto.client("iam")
    killed = 0
    for number, is_done in ((number, is_done) for number in itertools.count(1) for is_done in (False, True)):
        user, name = new_user(moto), f"i{number}-{is_done}"
        daypass("identity", "add", "iam-user", name, stdin=two_lines(user))
        hold = Hold(number, is_done)
        with wiretap(moto.endpoint, hold=hold) as tap:
            process = daypass.spawn("identity", "rotate-key", name, env={"AWS_ENDPOINT_URL": tap.endpoint})
            wait_until(lambda: hold.reached.is_set() or process.poll() is not None, what=f"request {number}")
            if process.poll() is not None:
                break  # there are no more requests
            process.kill()
            process.wait(timeout=PATIENCE)
            hold.over.set()
        killed += 1
        assert user.user in daypass("identity", "login", name).out
        before = {key["AccessKeyId"] for key in iam.list_access_keys(UserName=user.user)["AccessKeyMetadata"]}
        rotated = daypass("identity", "rotate-key", name, "--json").json
        listed = iam.list_access_keys(UserName=user.user)["AccessKeyMetadata"]
        assert [(key["AccessKeyId"], key["Status"]) for key in listed] == [(rotated["new"], "Active")], (number, before)
        assert user.user in daypass("identity", "login", name).out
    assert process.returncode == 0, process.stderr.read()
    assert killed >= 12, "list, create, verify, deactivate, verify, delete"


def test_only_iam_users_have_keys_and_codes(daypass: Daypass, sandbox: Sandbox):
    daypass.add_identity(sandbox.issuer)
    assert "not iam-user" in daypass("identity", "rotate-key", "work", code=2).err
    assert "not iam-user" in daypass("identity", "code", "work", code=2).err


def test_the_key_of_a_user_with_mfa_is_rotated_by_its_session(daypass: Daypass, sandbox: Sandbox, kim: dict):
    daypass.env["AWS_ENDPOINT_URL_IAM"] = sandbox.sts
    add_kim(daypass, kim, totp=True)
    daypass("role", "add", VAULT_ROLE, "--identity", "kim", "--profile", "vault")
    rotated = daypass("identity", "rotate-key", "kim", "--json").json
    assert rotated["old"] == kim["access_key_id"]
    assert asked_with_mfa(sandbox) == 1
    # The session outlives the key that it came from, so it doesn't need a second code.
    daypass("start", "vault")
    assert "assumed-role/Vault/kim" in daypass.caller("vault")
    assert asked_with_mfa(sandbox) == 1
    daypass("identity", "login", "kim")
