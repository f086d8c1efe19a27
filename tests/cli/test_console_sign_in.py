"""The console's sign-in with the command, at the sandbox's server. botocore's own login provider and `aws login` work with
that server (tests/peers/test_console_sign_in.py). The AWS CLI and boto3 then use what Daypass wrote."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from peers.daypass import PERSON, Daypass
from peers.process import PATIENCE, wait_until
from peers.sandbox import Sandbox

KIM = "arn:aws:iam::111122223333:user/kim"
ADMIN_SESSION = "arn:aws:sts::111122223333:assumed-role/Admin/maya"
ADMIN = "arn:aws:iam::111122223333:role/Admin"
BREAK_GLASS = "arn:aws:iam::111122223333:role/BreakGlass"
"""A role of the sandbox whose trust policy names only `ADMIN`."""
DEPLOY = "arn:aws:iam::111122223333:role/Deploy"

LATER = ("faketime", "-f", "+10m")
"""When the credentials of a sign-in have a third of their life left."""

FAILED, INVALID, NEEDS_SIGN_IN, NOT_FOUND, REFUSED, PASSING = 1, 2, 3, 4, 5, 6


@pytest.fixture(params=["agent", "no agent"])
def both_ways(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> bool:
    """Each test runs with an agent (True) and without. The outcome is the same."""
    del sandbox  # The agent has to know it when it starts.
    if request.param == "agent":
        daypass.agent()
    return request.param == "agent"


def add(daypass: Daypass, sandbox: Sandbox, arn: str) -> None:
    """Add the identity `work`, with a person at the browser who chooses this console session."""
    daypass("identity", "add", "console", "work", "--region", "eu-central-1")
    choose(daypass, sandbox, arn)


def choose(daypass: Daypass, sandbox: Sandbox, arn: str) -> None:
    daypass.env |= {"PERSON_USER": arn, "PERSON_PASSWORD": sandbox.issuer.password}


def sign_in(daypass: Daypass, sandbox: Sandbox, arn: str) -> None:
    add(daypass, sandbox, arn)
    daypass("identity", "login", "work")


def grants(sandbox: Sandbox, outcome: str = "ok") -> int:
    """How often the sign-in service was asked to refresh, with this outcome."""
    action = "CreateOAuth2Token refresh_token"
    return sum(r["action"] == action and r["outcome"] == outcome for r in sandbox.seen())


def identity(daypass: Daypass) -> dict:
    return daypass("identity", "list", "--json").json[0]


@pytest.mark.usefixtures("both_ways")
@pytest.mark.parametrize(
    ("session", "target", "person"), [(KIM, KIM, "kim"), (ADMIN_SESSION, ADMIN, "maya as Admin")], ids=["user", "role"]
)
def test_from_nothing_to_credentials_and_back(
    daypass: Daypass, sandbox: Sandbox, session: str, target: str, person: str
):
    sign_in(daypass, sandbox, session)
    seen = identity(daypass)
    assert (seen["state"], seen["person"]) == ("signed-in", person) and seen["signedInUntil"]
    assert [role["arn"] for role in daypass("role", "list", "--json").json] == [target]

    daypass("start", target, "--profile", "mine")

    assert daypass.caller("mine") == session
    assert daypass.boto3_caller("mine") == session
    assert session in daypass("whoami", "mine").out
    assert json.loads(daypass("credential-process", "--profile", "mine").out)["SessionToken"]
    assert session in daypass("identity", "try", "work").out
    daypass("stop", "--all")
    assert daypass.untouched()
    daypass("identity", "logout", "work")
    assert identity(daypass)["state"] == "signed-out"
    daypass("start", target, "--profile", "mine", code=NOT_FOUND)
    assert daypass.browser_opened() == 1


def test_credentials_are_renewed_with_a_rotated_token_and_without_the_browser(daypass: Daypass, sandbox: Sandbox):
    sandbox.turn(lifetime_seconds=6)
    daypass.agent()
    sign_in(daypass, sandbox, KIM)
    daypass("start", KIM, "--profile", "mine")
    wait_until(lambda: grants(sandbox) >= 3)
    assert daypass.caller("mine") == KIM
    assert daypass.browser_opened() == 1
    assert grants(sandbox, "INVALID_REQUEST") == 0, "no proof and no token was sent twice"


@pytest.mark.parametrize(
    ("refusal", "exit_code", "words"),
    [
        ("token-expired", NEEDS_SIGN_IN, "daypass identity login work"),
        ("user-credentials-changed", NEEDS_SIGN_IN, "daypass identity login work"),
        ("invalid-request", NEEDS_SIGN_IN, "invalid, expired, revoked"),
        ("insufficient-permissions", REFUSED, "SignInLocalDevelopmentAccess"),
        ("server-error", PASSING, "try again"),
    ],
)
def test_each_refusal_says_what_to_do(
    daypass: Daypass, sandbox: Sandbox, refusal: str, exit_code: int, words: str
):
    sign_in(daypass, sandbox, KIM)
    sandbox.turn(console_refusal=refusal, skew_seconds=600)
    refused = daypass("start", KIM, "--profile", "mine", code=exit_code, wrap=LATER)
    assert words in refused.err, refused.err
    assert daypass.untouched()
    sandbox.turn()
    if exit_code == NEEDS_SIGN_IN:
        daypass("identity", "login", "work")
    daypass("start", KIM, "--profile", "mine")
    assert daypass.caller("mine") == KIM


@pytest.mark.usefixtures("both_ways")
def test_roles_are_assumed_from_the_console_session(daypass: Daypass, sandbox: Sandbox):
    sign_in(daypass, sandbox, ADMIN_SESSION)
    daypass("role", "add", BREAK_GLASS, "--identity", "work", "--profile", "glass")
    daypass("start", "glass")
    assert daypass.caller("glass").endswith(":assumed-role/BreakGlass/maya"), "CloudTrail shows the same person"
    with daypass.config.open("a") as file:
        file.write(f'\n[[role]]\nidentity = "work"\narn = "{DEPLOY}"\nvia = "{ADMIN}"\nprofile = "deploy"\n')
    daypass("start", "deploy")
    assert daypass.caller("deploy").endswith(":assumed-role/Deploy/maya")


def test_another_console_session_is_told_apart(daypass: Daypass, sandbox: Sandbox):
    sign_in(daypass, sandbox, KIM)
    daypass("start", KIM, "--profile", "mine")
    daypass("stop", "mine")
    choose(daypass, sandbox, ADMIN_SESSION)
    daypass("identity", "login", "work")
    daypass("role", "add", KIM, "--identity", "work", "--profile", "kim")
    refused = daypass("start", "kim", code=REFUSED)
    assert ADMIN_SESSION in refused.err and KIM in refused.err
    narrowed = daypass("start", ADMIN, "--profile", "mine", "--read-only", code=INVALID)
    assert "CreateOAuth2Token" in narrowed.err


def test_a_refusal_in_the_browser_and_a_forged_answer_sign_no_one_in(daypass: Daypass, sandbox: Sandbox):
    add(daypass, sandbox, KIM)
    denied = daypass("identity", "login", "work", code=REFUSED, env={"PERSON_DENY": "1"})
    assert "access_denied" in denied.err and "SignInLocalDevelopmentAccess" in denied.err
    daypass("identity", "login", "work", "--timeout", "2", code=None, env={"PERSON_TAMPER": "state=forged"})
    assert identity(daypass)["state"] == "signed-out"
    forged = daypass("identity", "login", "work", code=REFUSED, env={"PERSON_TAMPER": "code=forged"})
    assert "INVALID_REQUEST" in forged.err


@pytest.mark.usefixtures("both_ways")
def test_a_browser_on_another_device_shows_a_code(daypass: Daypass, sandbox: Sandbox, tmp_path: Path):
    add(daypass, sandbox, KIM)
    trace = tmp_path / "other-device.log"
    argv = [daypass.binary, "identity", "login", "work", "--device"]
    login = subprocess.Popen(
        argv, env=daypass.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    shown = ""
    while not (found := re.search(r"http://\S+authorize\?\S+", shown)):
        line = login.stderr.readline()
        assert line, shown
        shown += line
    subprocess.run([sys.executable, PERSON, found[0]], env=daypass.env | {"PERSON_TRACE": str(trace)}, timeout=PATIENCE)
    code = re.search(r"Copy this code into the program (\S+)", trace.read_text())[1]
    out, err = login.communicate(code + "\n", timeout=PATIENCE)
    assert login.returncode == 0 and "as kim" in out, err
    assert daypass.browser_opened() == 0, "no browser opens here"
    daypass("start", KIM, "--profile", "mine")
    assert daypass.caller("mine") == KIM

    again = daypass("identity", "login", "work", "--device", code=REFUSED, stdin=code + "\n")
    assert "another sign-in" in again.err, "a code is good for the sign-in that asked for it"
    assert daypass.caller("mine") == KIM


@pytest.mark.parametrize("skew", [600, -600])
def test_a_wrong_clock_does_not_keep_anyone_out(daypass: Daypass, sandbox: Sandbox, skew: int):
    sandbox.turn(skew_seconds=skew)
    sign_in(daypass, sandbox, KIM)
    daypass("start", KIM, "--profile", "mine")
    assert KIM in daypass("whoami", "mine").out


def test_no_secret_leaves_the_vault_but_to_the_credentials_file(daypass: Daypass, sandbox: Sandbox):
    daypass.env["DAYPASS_LOG"] = "trace"
    add(daypass, sandbox, KIM)
    said = daypass("identity", "login", "work").err
    said += daypass("start", KIM, "--profile", "mine").err
    token = re.search(rb"(?m)^aws_session_token = (\S+)$", daypass.credentials.read_bytes())[1].decode()
    assert token not in said and "refreshToken" not in said and "dpop+jwt" not in said
    for file in daypass.folder.rglob("*"):
        if file.is_file() and file != daypass.credentials:
            content = file.read_bytes()
            assert token.encode() not in content and b"pkcs8" not in content, file
    assert not list(daypass.folder.rglob("login/cache")), "nothing is written for other programs"
