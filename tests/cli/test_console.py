"""The AWS console with the command: how long it stays signed in, and a second one in the same browser.

The sandbox's federation endpoint refuses what AWS refuses: a duration for a chained role, and a second console in a
browser without AWS's multi-session support.
"""

from __future__ import annotations

import html
import http.cookiejar
import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.process import wait_until
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox

INVALID = 2
PARTNER = "arn:aws:iam::123412341234:role/Partner"
"""A sandbox role that requires an external ID and allows no sign-in."""


@pytest.fixture(params=["agent", "no agent"])
def both_ways(request: pytest.FixtureRequest, daypass: Daypass) -> None:
    """Each test runs with an agent and without. The outcome is the same."""
    daypass.with_agent = request.param == "agent"


class Browser:
    """A browser with cookies."""

    def __init__(self):
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), jar)

    def visit(self, url: str) -> str:
        """The page, whatever its status."""
        try:
            with self._opener.open(url, timeout=30) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.read().decode()


def lasts(page: str, now: datetime) -> timedelta:
    """How long the console stays signed in, to the minute."""
    ends = datetime.fromisoformat(re.search(r"<dt>Ends</dt><dd>([^<]+)", page)[1])
    return timedelta(minutes=round((ends - now).total_seconds() / 60))


def console(daypass: Daypass, profile: str, *more: str, wrap: tuple[str, ...] = ()) -> str:
    """The page that opens in a new browser."""
    return Browser().visit(daypass("console", profile, "--print", *more, wrap=wrap).out.strip())


@pytest.mark.usefixtures("both_ways")
def test_the_console_stays_signed_in_as_long_as_was_chosen(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    assert lasts(console(daypass, "dev"), datetime.now(UTC)) == timedelta(hours=1), "as the role's credentials"
    assert lasts(console(daypass, "dev", "--duration", "12h"), datetime.now(UTC)) == timedelta(hours=12)
    for wrong in ("13h", "14m", "soon"):
        refused = daypass("console", "dev", "--print", "--duration", wrong, code=INVALID)
        assert "15m to 12h" in refused.err

    daypass.config.write_text('[settings.console]\nduration = "8h"\n' + daypass.config.read_text())
    assert lasts(console(daypass, "dev"), datetime.now(UTC)) == timedelta(hours=8)
    assert lasts(console(daypass, "dev", "--duration", "15m"), datetime.now(UTC)) == timedelta(minutes=15)


def test_the_console_of_an_old_session_lasts_as_long_as_that_of_a_new_one(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (OTHER_ROLE, "dev"))
    daypass("role", "add", PARTNER, "--identity", "work", "--via", OTHER_ROLE, "--external-id", "daypass-partner", "--profile", "partner")
    daypass("start", "dev")
    daypass("start", "partner")
    keys = daypass.session("partner")["accessKeyId"]
    later = timedelta(minutes=30)
    sandbox.turn(skew_seconds=int(later.total_seconds()))
    for profile in ("dev", "partner"):
        page = console(daypass, profile, wrap=("faketime", "-f", "+30m"))
        assert lasts(page, datetime.now(UTC) + later) == timedelta(hours=1), profile
    assert daypass.session("partner")["accessKeyId"] == keys, "the session stays as it is"


@pytest.mark.usefixtures("both_ways")
def test_a_chained_role_has_no_duration_of_its_own(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (OTHER_ROLE, "dev"))
    daypass("role", "add", PARTNER, "--identity", "work", "--via", OTHER_ROLE, "--external-id", "daypass-partner", "--profile", "partner")
    before = len(sandbox.seen())
    refused = daypass("console", "partner", "--print", "--duration", "2h", code=INVALID)
    assert "term-not-possible" in refused.err and PARTNER in refused.err and "another role assumes" in refused.err
    assert len(sandbox.seen()) == before, "no request was sent"
    # What the settings say is for the roles that can have it.
    daypass.config.write_text('[settings.console]\nduration = "8h"\n' + daypass.config.read_text())
    assert lasts(console(daypass, "partner"), datetime.now(UTC)) == timedelta(hours=1)


def test_only_aws_knows_that_the_keys_of_a_profile_are_a_roles(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (OTHER_ROLE, "dev"))
    keys = daypass("env", "dev", "--shell", "json").json
    with daypass.credentials.open("a") as file:
        file.write("\n[tool]\n")
        file.writelines(f"{name.lower()} = {keys[name]}\n" for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"))
    daypass("identity", "add", "profile", "tool", "--profile", "tool")
    daypass("role", "add", ROLE, "--identity", "tool", "--profile", "next", "--region", "eu-central-1")
    assert lasts(console(daypass, "next"), datetime.now(UTC)) == timedelta(hours=1)
    tokens = [entry["outcome"] for entry in sandbox.seen() if entry["action"] == "getSigninToken"]
    assert tokens == ["refused", "ok"]
    refused = daypass("console", "next", "--print", "--duration", "2h", code=5)
    assert "console-refused" in refused.err and "leave the duration out" in refused.err


@pytest.mark.usefixtures("both_ways")
def test_a_second_console_in_one_browser(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "other"))
    browser = Browser()
    visit = lambda *args: browser.visit(daypass("console", *args, "--print").out.strip())  # noqa: E731
    assert "as Developer in" in visit("dev")
    assert "You must first log out" in visit("other")
    assert "as ReadOnly in" in visit("other", "--log-out-first")

    daypass.config.write_text("[settings.console]\nlog_out_first = true\n" + daypass.config.read_text())
    assert "as Developer in" in visit("dev")

    # AWS's own way, which a person switches on in the browser.
    daypass.config.write_text(daypass.config.read_text().replace("log_out_first = true", "log_out_first = false"))
    sandbox.turn(console_multi_session=True)
    assert "as ReadOnly in" in visit("other")


PERSON_WHO_LOOKS = """\
#!{python}
import sys, urllib.request
with urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open(sys.argv[1], timeout=30) as answer:
    with open({page!r}, "w") as page:
        page.write(answer.headers["Content-Security-Policy"] + "\\n" + answer.read().decode())
"""


@pytest.mark.usefixtures("both_ways")
def test_an_assertion_opens_the_console_by_itself(daypass: Daypass, sandbox: Sandbox, tmp_path: Path):
    if daypass.with_agent:
        daypass.agent()
    daypass.sign_in_with_saml(sandbox)
    looks, page = tmp_path / "looks", tmp_path / "page"
    looks.write_text(PERSON_WHO_LOOKS.format(python=sys.executable, page=str(page)))
    looks.chmod(0o755)
    developer = "corp:444455556666/Developer"
    daypass.config.write_text(
        daypass.config.read_text().replace("[identity.corp]", '[identity.corp]\nconsole = { sign_in = "assertion" }')
    )
    opened = daypass("console", developer, "--service", "sqs", env={"BROWSER": str(looks)})
    assert "AWS asks which role you want: choose 444455556666/Developer" in opened.err
    wait_until(lambda: page.exists() and "</html>" in page.read_text(), what="the page with the form")
    policy, _, text = page.read_text().partition("\n")
    assert "default-src 'none'" in policy and f"form-action {sandbox.signin.rsplit('/', 1)[0]}" in policy, policy
    action = re.search(r'action="([^"]+)"', text)[1]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', text))
    fields = {name: html.unescape(value) for name, value in fields.items()}
    assert "/sqs/v3/home?region=" in fields["RelayState"]
    body = urllib.parse.urlencode(fields | {"roleIndex": ROLE}).encode()
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(action, body, timeout=30) as answer:
        signed_in = answer.read().decode()
    assert "as Developer in" in signed_in and "<dt>Service</dt><dd>sqs" in signed_in
    assert not [entry for entry in sandbox.seen() if entry["action"] == "getSigninToken"], "the federation endpoint isn't asked"
    for more in (["--print"], ["--duration", "2h"], ["--log-out-first"]):
        refused = daypass("console", developer, *more, code=INVALID, env={"BROWSER": str(looks)})
        assert "console-no-assertion" in refused.err
    assert "SigninToken" in daypass("console", developer, "--print", "--sign-in", "federation").out
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    refused = daypass("console", "dev", "--sign-in", "assertion", code=INVALID)
    assert "console-no-assertion" in refused.err and "only a SAML identity" in refused.err


@pytest.mark.usefixtures("both_ways")
def test_a_page_is_opened_by_its_address_or_arn(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "other"))
    account = ROLE.split(":")[4]
    destination = lambda *args: urllib.parse.parse_qs(  # noqa: E731
        urllib.parse.urlsplit(daypass("console", *args, "--print").out.strip()).query
    )["Destination"][0]
    pasted = f"https://{account}-abcd1234.eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/f"
    plain = pasted.replace(f"{account}-abcd1234.", "")
    function = f"arn:aws:lambda:eu-west-1:{account}:function:f"
    for args in (["dev", "--to", plain], ["dev", "--to", pasted], [pasted], [function], ["dev", "--to", function]):
        assert destination(*args) == plain
    assert destination("dev", "--service", "iam").startswith("https://us-east-1.console.aws.amazon.com/iam/")
    assert destination("dev", "--to", "arn:aws:s3:::b").endswith("/s3/buckets/b?region=eu-central-1")
    for code, args in {
        "console-other-account": ["other", "--to", function],
        "bad-console-page": ["dev", "--to", "https://console.aws.amazon.com@evil.example/"],
        "page-without-account": ["arn:aws:s3:::bucket"],
        "unknown-role": [function.replace(account, "999999999999")],
        "bad-console-service": ["dev", "--service", "lamda"],
    }.items():
        assert code in daypass("console", *args, "--print", code=None).err, args
    daypass("role", "add", ROLE.replace("Developer", "ReadOnly"), "--identity", "work")
    several = daypass("console", function, "--print", code=INVALID)
    assert "ambiguous-role" in several.err
    again = f"daypass console {account}/ReadOnly --to {function} --print"
    assert again in several.err, several.err


def test_services_are_listed(daypass: Daypass):
    listed = daypass("console", "services", "--json").json
    assert len(listed) >= 60
    assert "queue" in daypass("console", "services", "queue").out
    assert "bad-console-service" in daypass("console", "services", "nothing-like-it", code=4).err


def test_the_setting_is_checked(daypass: Daypass):
    right = daypass.config.read_text()
    wrongs = ('duration = "13h"', "log_out = true", 'log_out_first = "yes"', 'browser = "/bin/sh"', "private = true\nisolated = true")
    for wrong in wrongs:
        daypass.config.write_text(f"[settings.console]\n{wrong}\n" + right)
        refused = daypass("status", "--json", code=None)
        assert refused.code == INVALID and json.loads(refused.err)["code"] == "config-mistake", refused
