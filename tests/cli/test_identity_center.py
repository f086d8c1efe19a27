"""IAM Identity Center with the command, at the sandbox's server, because no other server exists. The AWS CLI's own
`aws sso login` works with it. The AWS CLI and boto3 then use what Daypass wrote."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
import time

import pytest

from peers.daypass import PERSON, Daypass, Outcome
from peers.process import PATIENCE, wait_until
from peers.sandbox import Sandbox
from peers.terminal import Terminal

DEVELOPER = "444455556666-Developer"
READ_ONLY = "111122223333-ReadOnly"
PERMISSION_SET = "arn:aws:iam::{}:role/aws-reserved/sso.amazonaws.com/{}"

FAILED, INVALID, NEEDS_SIGN_IN, NOT_FOUND, REFUSED, PASSING = 1, 2, 3, 4, 5, 6


@pytest.fixture(params=["agent", "no agent"])
def both_ways(request: pytest.FixtureRequest, daypass: Daypass) -> bool:
    """Each test runs with an agent (True) and without. The outcome is the same."""
    daypass.with_agent = request.param == "agent"
    return daypass.with_agent


def add(daypass: Daypass, sandbox: Sandbox, *more: str) -> None:
    """Add the identity `work`, with maya at the browser."""
    if daypass.with_agent and not daypass.running_agent:
        daypass.agent()
    # As copied from the address bar.
    url = f"{sandbox.start_url}/#/?tab=accounts"
    daypass("identity", "add", "identity-center", "work", "--start-url", url, "--region", "eu-central-1", *more)
    daypass.env |= {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}


def sign_in(daypass: Daypass, sandbox: Sandbox) -> None:
    """Add the identity and sign in, which lists the roles."""
    add(daypass, sandbox)
    daypass("identity", "login", "work")
    assert {DEVELOPER, READ_ONLY} <= profiles(daypass)


def profiles(daypass: Daypass) -> set[str]:
    """The profiles of all roles in the catalog."""
    return {role["profile"] for role in daypass("role", "list", "--json").json}


def identity(daypass: Daypass) -> dict:
    """The identity's state."""
    return daypass("identity", "list", "--json").json[0]


def count(sandbox: Sandbox, action: str, outcome: str = "ok") -> int:
    """How many recent requests had this outcome."""
    return sum(r["action"] == action and r["outcome"] == outcome for r in sandbox.seen())


def login_with_code(daypass: Daypass, *options: str, env: dict[str, str] | None = None) -> tuple:
    """A sign-in in progress, and the URL that it shows."""
    command = daypass.spawn("identity", "login", "work", *options, env=env)
    url = command.stdout.readline().strip()
    assert "/start/device?user_code=" in url, url + command.stderr.read()
    return command, url


def ended(command: subprocess.Popen, code: int = 0) -> Outcome:
    """Wait for the command to end."""
    out, err = command.communicate(timeout=PATIENCE)
    assert command.returncode == code, f"{command.returncode}\n{out}\n{err}"
    return Outcome(command.returncode, out, err)


def person(daypass: Daypass, url: str, **env: str) -> None:
    """Open the URL on another device."""
    subprocess.run([sys.executable, PERSON, url], env=daypass.env | env, check=True, timeout=PATIENCE)


@pytest.mark.usefixtures("both_ways")
def test_from_nothing_to_credentials_and_back(daypass: Daypass, sandbox: Sandbox):
    sign_in(daypass, sandbox)
    assert identity(daypass)["state"] == "signed-in"
    roles = {role["profile"]: role for role in daypass("role", "list", "--json").json}
    assert roles[DEVELOPER]["arn"] == PERMISSION_SET.format("444455556666", "Developer")
    assert roles[DEVELOPER]["source"] == "discovered" and roles[DEVELOPER]["accountName"]

    daypass("start", "444455556666/Developer")

    expected = "444455556666:assumed-role/AWSReservedSSO_Developer_"
    assert expected in daypass.caller(DEVELOPER)
    assert expected in daypass.boto3_caller(DEVELOPER)
    assert expected in daypass("whoami", DEVELOPER).out
    assert daypass.session(DEVELOPER)["state"] == "active"
    assert json.loads(daypass("credential-process", "--profile", READ_ONLY).out)["SessionToken"]
    daypass("stop", "--all")
    assert daypass.untouched()

    daypass("identity", "logout", "work")
    assert count(sandbox, "Logout") == 1, "AWS is told"
    assert profiles(daypass) == set() and not list((daypass.home / "cache").rglob("*.json"))
    assert identity(daypass)["state"] == "signed-out" and identity(daypass)["person"] is None
    # Daypass remembers what the stopped profile was, so it isn't unknown.
    daypass("start", DEVELOPER, code=NEEDS_SIGN_IN)
    daypass("start", READ_ONLY.replace("ReadOnly", "Other"), code=NOT_FOUND)
    assert daypass.browser_opened() == 1

    daypass("identity", "login", "work")
    assert count(sandbox, "RegisterClient") == 1, "the client's registration outlives a sign-out"


@pytest.mark.usefixtures("both_ways")
def test_a_role_that_only_the_sign_in_lists_starts_at_once_and_a_sign_out_asks(daypass: Daypass, sandbox: Sandbox):
    add(daypass, sandbox)
    assert "unknown-role" in daypass("start", "444455556666/Developer", code=NOT_FOUND).err, "a script can't sign in"
    shown = daypass.at_terminal("start", "444455556666/Developer")
    assert "Sign in to work first" in shown.err
    assert daypass.session(DEVELOPER)["state"] == "active"

    with Terminal([daypass.binary, "identity", "logout"], daypass.env) as terminal:
        terminal.wait_for(rf"until they expire: {DEVELOPER} until .*\[y/N\]")
        terminal.enter("n")
        assert terminal.ends() == FAILED
    assert identity(daypass)["state"] == "signed-in"
    daypass.at_terminal("identity", "logout", "--yes")
    assert identity(daypass)["state"] == "signed-out"


@pytest.mark.usefixtures("both_ways")
def test_a_code_is_confirmed_on_another_device(daypass: Daypass, sandbox: Sandbox):
    sandbox.turn(slow_down_next=1)
    add(daypass, sandbox)
    began = time.monotonic()
    login, url = login_with_code(daypass, "--device", "--print-url")
    person(daypass, url)
    said = ended(login)
    assert url.partition("=")[2] in said.err, "the code is shown, to be compared"
    assert time.monotonic() - began >= 5, "slow_down adds five seconds (RFC 8628, 3.5)"
    daypass("start", DEVELOPER)
    assert daypass.caller(DEVELOPER)


def test_a_code_that_is_denied(daypass: Daypass, sandbox: Sandbox):
    add(daypass, sandbox)
    login, url = login_with_code(daypass, "--device", "--print-url")
    person(daypass, url, PERSON_DENY="1")
    said = ended(login, code=REFUSED)
    assert "denied" in said.err and "\n  hint: " in said.err


def test_a_code_that_is_not_confirmed(daypass: Daypass, sandbox: Sandbox):
    sandbox.turn(device_code_seconds=3)
    add(daypass, sandbox)
    login, _ = login_with_code(daypass, "--device", "--print-url")
    assert "wasn't confirmed at" in ended(login, code=FAILED).err


def test_without_a_browser_a_code_is_shown(daypass: Daypass, sandbox: Sandbox):
    add(daypass, sandbox)
    del daypass.env["BROWSER"]
    login = daypass.spawn("identity", "login", "work")
    lines = []
    while not (found := re.search(r"https?://\S+user_code=\S+", "".join(lines))):
        lines.append(login.stderr.readline())
        assert lines[-1], "".join(lines)
    person(daypass, found[0])
    ended(login)
    assert DEVELOPER in profiles(daypass)


def test_a_consent_that_is_refused(daypass: Daypass, sandbox: Sandbox):
    add(daypass, sandbox)
    refused = daypass("identity", "login", "work", env={"PERSON_DENY": "1"}, code=REFUSED)
    assert "refused" in refused.err and "\n  hint: " in refused.err


def test_the_agent_renews_before_expiry(daypass: Daypass, sandbox: Sandbox):
    sandbox.turn(lifetime_seconds=12)
    daypass.with_agent = True
    sign_in(daypass, sandbox)
    daypass("start", DEVELOPER)
    first = daypass.session(DEVELOPER)
    sandbox.turn()  # what comes next lives for an hour
    renewed = wait_until(
        lambda: (s := daypass.session(DEVELOPER))["renewals"] > 0 and s, what="a renewal", every=0.3
    )
    assert renewed["accessKeyId"] != first["accessKeyId"]
    assert "AWSReservedSSO_Developer" in daypass.caller(DEVELOPER)
    assert daypass.browser_opened() == 1, daypass.visits()


@pytest.mark.usefixtures("both_ways")
def test_many_commands_refresh_a_spent_token_once(daypass: Daypass, sandbox: Sandbox):
    sandbox.turn(sso_token_seconds=12)
    sign_in(daypass, sandbox)
    before = count(sandbox, "CreateToken refresh_token")
    time.sleep(12.5)
    sandbox.turn()
    commands = [daypass.spawn("credential-process", "--profile", [DEVELOPER, READ_ONLY][n % 2]) for n in range(12)]
    answers = [ended(command).json["AccessKeyId"] for command in commands]
    assert len(set(answers)) == 2, "each role is exchanged once"
    assert count(sandbox, "CreateToken refresh_token") == before + 1, "a refresh token that is used twice is spent"
    assert count(sandbox, "CreateToken refresh_token", "InvalidGrantException") == 0
    assert daypass.browser_opened() == 1


@pytest.mark.usefixtures("both_ways")
def test_a_revoked_session_asks_for_the_person(daypass: Daypass, sandbox: Sandbox):
    sign_in(daypass, sandbox)
    sandbox.turn(sso_revoked=True)
    refused = daypass("start", DEVELOPER, code=NEEDS_SIGN_IN)
    assert "daypass identity login work" in refused.err
    assert identity(daypass)["state"] == "needs-sign-in"
    assert daypass.browser_opened() == 1, "work in the background opens no browser"
    assert DEVELOPER in profiles(daypass), "what was known stays known"
    sandbox.turn()
    daypass("identity", "login", "work")
    daypass("start", DEVELOPER)
    assert daypass.caller(DEVELOPER)


def test_a_role_that_was_taken_away(daypass: Daypass, sandbox: Sandbox):
    sign_in(daypass, sandbox)
    gone = PERMISSION_SET.format("444455556666", "Gone")
    daypass("role", "add", gone, "--identity", "work", "--profile", "gone")
    refused = daypass("start", "gone", code=REFUSED)
    assert "Gone in account 444455556666" in refused.err and "aren't assigned" in refused.err


def test_what_a_permission_set_settles_cannot_be_asked_for(daypass: Daypass, sandbox: Sandbox):
    sign_in(daypass, sandbox)
    arn = PERMISSION_SET.format("444455556666", "Developer")
    refused = daypass("role", "add", arn, "--identity", "work", "--profile", "short", "--duration", "15m", code=INVALID)
    assert "GetRoleCredentials" in refused.err
    with daypass.config.open("a") as config:
        config.write(f'[[role]]\narn = "{arn}"\nidentity = "work"\nprofile = "short"\nduration = "15m"\n')
    assert "GetRoleCredentials" in daypass("start", "short", code=INVALID).err
    daypass("role", "add", "arn:aws:iam::444455556666:role/Plain", "--identity", "work", "--profile", "plain")
    assert "via" in daypass("start", "plain", code=INVALID).err


def test_a_role_behind_a_permission_set(daypass: Daypass, sandbox: Sandbox):
    sign_in(daypass, sandbox)
    via = PERMISSION_SET.format("444455556666", "Developer")
    arn = "arn:aws:iam::111122223333:role/ReadOnly"
    daypass("role", "add", arn, "--identity", "work", "--profile", "far", "--via", via, "--region", "eu-central-1")
    daypass("start", "far")
    # AWS doesn't reveal the person behind a permission set's session.
    assert daypass.caller("far").endswith("111122223333:assumed-role/ReadOnly/daypass-work")


def test_settings_that_cannot_be_right(daypass: Daypass, sandbox: Sandbox):
    for url in ("https://example.okta.com/app/aws", "http://d-9067642ac7.awsapps.com/start", "work"):
        wrong = daypass(
            "identity", "add", "identity-center", "x", "--start-url", url, "--region", "eu-central-1", code=INVALID
        )  # fmt: skip
        assert "start_url" in wrong.err and url in wrong.err
    add(daypass, sandbox)
    elsewhere = "https://d-9067642ac7.awsapps.com/start"
    daypass("identity", "add", "identity-center", "other", "--start-url", elsewhere, "--region", "eu-central-1")
    assert "start_url and region" in daypass("identity", "login", "other", code=INVALID).err
    assert "start_url and region" in daypass("identity", "try", "other", code=INVALID).err
    steps = daypass("identity", "try", "work", "--json").json
    assert len(steps) == 3 and not any(step["problem"] for step in steps)
    daypass("identity", "login", "work")
    assert len(daypass("identity", "try", "work", "--json").json) == 4


@pytest.mark.parametrize(("accounts", "rate"), [(1000, 20), (300, 12)], ids=["documented limit", "less than that"])
def test_a_thousand_accounts_and_never_a_429(daypass: Daypass, sandbox: Sandbox, accounts: int, rate: int, record_property):
    """AWS documents 20 requests a second, but fewer may be available. Run with -s to see the figures."""
    add(daypass, sandbox)
    # Sign in while there is little to list.
    daypass("identity", "login", "work")
    own = daypass("role", "list", "--json").json
    sandbox.turn(sso_accounts=accounts, portal_requests_per_second=rate)
    listed = accounts + len({role["account"] for role in own})
    requests = listed + -(-listed // 100)
    began = time.monotonic()
    said = daypass("identity", "refresh", "work", seconds=600)
    took = time.monotonic() - began
    assert f"{accounts * 3 + len(own):,} roles" in said.out
    assert "429" not in said.err and "TooManyRequests" not in said.err
    assert len(profiles(daypass)) == accounts * 3 + len(own)
    # The bucket holds one second's worth and is full at first.
    least = (requests - rate) / rate
    figures = f"{requests} requests at {rate}/s: {took:.1f} s, the limit allows {least:.1f} s: {took / least - 1:+.1%}"
    record_property("discovery", figures)
    print(figures)


@pytest.mark.usefixtures("both_ways")
def test_a_sign_in_ends_when_the_roles_are_listed(daypass: Daypass, sandbox: Sandbox):
    sandbox.turn(sso_accounts=100, portal_requests_per_second=20)
    add(daypass, sandbox)
    said = daypass("identity", "login", "work")
    count_of_roles = len(profiles(daypass))
    assert count_of_roles > 300 and f"work can assume {count_of_roles} roles" in said.out
    assert "Listing" not in said.out + said.err, "only a terminal shows the progress"
    assert count(sandbox, "ListAccounts") == 2, "two pages, once: agent and command don't both list them"


def test_roles_are_seen_as_they_arrive_and_go_on_arriving(daypass: Daypass, sandbox: Sandbox):
    sandbox.turn(sso_accounts=200, portal_requests_per_second=20)
    daypass.with_agent = True
    add(daypass, sandbox)
    login = daypass.spawn("identity", "login", "work")
    seen = [0]
    wait_until(lambda: seen.append(len(profiles(daypass))) or seen[-1] > 90, what="roles", every=0.3)
    assert login.poll() is None and identity(daypass)["listing"]["accounts"] >= 200
    # The person presses Ctrl-C.
    login.send_signal(signal.SIGINT)
    login.communicate(timeout=PATIENCE)
    assert login.returncode == -signal.SIGINT
    wait_until(lambda: seen.append(len(profiles(daypass))) or seen[-1] > 600, what="all roles", every=0.3)
    assert len(set(seen)) > 4 and seen == sorted(seen), seen
    wait_until(lambda: identity(daypass)["listing"] is None, what="the end")
    assert count(sandbox, "ListAccounts") == 3, "the listing must not start over"


def test_how_far_a_listing_is_stands_on_a_terminal(daypass: Daypass, sandbox: Sandbox):
    sandbox.turn(sso_accounts=1195, portal_requests_per_second=200)
    daypass.with_agent = True
    add(daypass, sandbox)
    # util-linux's, which gives a program a terminal.
    terminal = ["script", "-qec", f"{shlex.quote(str(daypass.binary))} identity login work", "/dev/null"]
    done = subprocess.run(terminal, env=daypass.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    said = done.stdout.replace("\x1b[2K", "")
    assert done.returncode == 0 and re.search(r"Listing roles: [\d,]+ of 1,\d{3} accounts", said), said
    assert "Signed in to work as" in said and re.search(r"work can assume 3,\d{3} roles", said), said


@pytest.mark.usefixtures("both_ways")
def test_a_listing_that_fails_after_a_sign_in_is_told(daypass: Daypass, sandbox: Sandbox):
    daypass.env["AWS_ENDPOINT_URL_SSO"] = "http://127.0.0.1:9"
    add(daypass, sandbox)
    said = daypass("identity", "login", "work", code=PASSING)
    assert "Signed in to work as" in said.out, "the sign-in itself is good"
    assert "127.0.0.1:9" in said.err and "\n  hint: " in said.err
    assert identity(daypass)["state"] == "signed-in"
    if daypass.with_agent:
        assert identity(daypass)["problem"]["code"] == "identity-center-unreachable"


def test_a_failing_portal_does_not_lose_what_was_known(daypass: Daypass, sandbox: Sandbox):
    sign_in(daypass, sandbox)
    daypass.env["AWS_ENDPOINT_URL_SSO"] = "http://127.0.0.1:9"
    unreachable = daypass("identity", "refresh", "work", code=PASSING)
    assert "127.0.0.1:9" in unreachable.err
    assert {DEVELOPER, READ_ONLY} <= profiles(daypass)


def test_no_token_is_printed_or_kept_in_the_clear(daypass: Daypass, sandbox: Sandbox):
    daypass.env["DAYPASS_LOG"] = "trace"
    sandbox.turn(sso_token_seconds=11)
    add(daypass, sandbox)
    said = [daypass("identity", "login", "work")]
    time.sleep(1.5)
    # With a token that has to be refreshed.
    said += [daypass("start", DEVELOPER), daypass("identity", "refresh", "work"), daypass("identity", "logout", "work")]
    assert any(" TRACE " in outcome.err for outcome in said), "nothing was logged: nothing is proven"
    assert count(sandbox, "CreateToken refresh_token") >= 1
    texts = [outcome.out + outcome.err for outcome in said]
    texts += [f.read_text(errors="replace") for f in daypass.home.rglob("*") if f.is_file()]
    for name in ("accessToken", "refreshToken", "clientSecret", "secretAccessKey", "bearer_token", "codeVerifier"):
        # The name, closely followed by something as long as a token.
        leaks = [found[0] for text in texts for found in re.finditer(rf'{name}\W{{1,12}}[\w+/=.-]{{20,}}', text, re.I)]
        assert not leaks, (name, leaks[0][:60])
