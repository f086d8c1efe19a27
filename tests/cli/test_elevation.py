"""Production starts read-only, and a session is full for some time with a reason."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.process import PATIENCE, wait_until
from peers.sandbox import ALIAS, DENIED, ROLE, Sandbox

AWS = Path(sys.executable).with_name("aws")
INVALID, NOT_FOUND, REFUSED = 2, 4, 5
WHY = "deploy 1.4.2 (OPS-311)"


@pytest.fixture(params=["agent", "no agent"])
def production(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """Signed in, with a role of an account that is marked as production."""
    daypass.with_agent = request.param == "agent"
    return prepared(daypass, sandbox)


def prepared(daypass: Daypass, sandbox: Sandbox) -> Daypass:
    daypass.env["AWS_ENDPOINT_URL_IAM"] = sandbox.sts
    daypass.sign_in(sandbox.issuer, (ROLE, "prod"))
    daypass("account", "set", ROLE.split(":")[4], "--production")
    return daypass


def events(daypass: Daypass, *kinds: str) -> list[dict]:
    lines = daypass("logs", "list", "--json").json["lines"]
    return [line for line in sorted(lines, key=lambda line: line["at"]) if line["event"] in kinds]


def test_production_is_full_for_a_reason_and_some_time(production: Daypass):
    assert "(read-only)" in production("start", "prod").out
    assert "no session policy allows" in production.aws("prod", *ALIAS, code=DENIED)
    assert "no session policy allows" in production("exec", "prod", "--", AWS, *ALIAS, code=DENIED).err

    told = production("elevate", "prod", "--for", "15m", "--why", WHY)
    assert "Full access to" in told.out and "(in 15 min" in told.out
    production.aws("prod", *ALIAS)
    assert production("exec", "prod", "--", AWS, *ALIAS).code == 0, "the same session"
    assert production.caller("prod").endswith(",elevated"), "CloudTrail shows it"
    session = production.session("prod")
    assert session["elevation"]["why"] == WHY and session["terms"]["read_only"]
    # Starting it again doesn't end that, and isn't told to be read-only.
    assert "(read-only)" not in production("start", "prod").out

    assert "read-only again" in production("fall-back", "prod").out
    assert "no session policy allows" in production.aws("prod", *ALIAS, code=DENIED)
    assert production.session("prod")["elevation"] is None
    assert "code: not-elevated" in production("fall-back", "prod", code=REFUSED).err
    full, back = events(production, "elevated", "fell-back")
    assert (full["event"], back["event"]) == ("elevated", "fell-back")
    assert full["why"] == back["why"] == WHY and full["accessKeyId"] == back["accessKeyId"]


def test_a_role_without_a_session_starts_elevated(production: Daypass):
    production("elevate", "prod", "--for", "15m", "--why", WHY)
    production.aws("prod", *ALIAS)
    production("stop", "prod")
    assert "(read-only)" in production("start", "prod").out, "that was once"


def test_what_cannot_be_elevated(production: Daypass):
    assert "say why" in production("elevate", "prod", "--for", "15m", "--why", "  ", code=INVALID).err
    assert "--why" in production("elevate", "prod", "--for", "15m", code=INVALID).err
    production("config", "set", "production_read_only", "false")
    assert "(read-only)" not in production("start", "prod").out, "by the person's own setting"
    assert "code: already-full" in production("elevate", "prod", "--for", "15m", "--why", WHY, code=REFUSED).err
    production("stop", "prod")
    production("role", "add", "arn:aws:iam::444455556666:role/Deploy", "--identity", "work", "--profile", "reader", "--read-only")
    production("start", "reader")
    declared = production("elevate", "reader", "--for", "15m", "--why", WHY, code=REFUSED).err
    assert "config.toml declares the role as read-only" in declared


def test_the_time_is_over_while_the_machine_sleeps(daypass: Daypass, sandbox: Sandbox):
    """No agent runs. A command an hour later finds that it is over, and removes what is in the file."""
    daypass.with_agent = False
    prepared(daypass, sandbox)
    daypass("elevate", "prod", "--for", "10m", "--why", WHY)
    key = daypass.session("prod")["accessKeyId"]
    assert key in daypass.credentials.read_text()
    later = ("faketime", "-f", "+11m")
    daypass("status", wrap=later)
    assert key not in daypass.credentials.read_text(), "though AWS's keys work for some minutes more"
    assert daypass.session("prod", wrap=later)["elevation"] is None
    assert [line["event"] for line in events(daypass, "elevated", "fell-back")] == ["elevated", "fell-back"]


def test_it_falls_back_when_the_screen_is_locked(bus: str, daypass: Daypass, sandbox: Sandbox):
    del bus
    daypass.with_agent = True
    prepared(daypass, sandbox)
    daypass("start", "prod")
    full = daypass("elevate", "prod", "--for", "1h", "--why", WHY, "--json").json["accessKeyId"]
    assert full in daypass.credentials.read_text()
    lock = ["gdbus", "emit", "--session", "--object-path", "/org/freedesktop/ScreenSaver", "--signal"]

    def is_over() -> bool:
        subprocess.run([*lock, "org.gnome.ScreenSaver.ActiveChanged", "true"], env=daypass.env, check=True, timeout=PATIENCE)
        return full not in daypass.credentials.read_text()

    wait_until(is_over, what="the full credentials to leave the file", every=0.5)
    assert daypass("vault", "status", "--json").json["agent"]["locked"] is None, "the vault isn't locked by that"
    wait_until(lambda: daypass.session("prod")["state"] == "active", what="the read-only credentials")
    assert "no session policy allows" in daypass.aws("prod", *ALIAS, code=DENIED)
    assert [line["event"] for line in events(daypass, "elevated", "fell-back")] == ["elevated", "fell-back"]


def test_it_falls_back_with_the_vault(daypass: Daypass, sandbox: Sandbox):
    daypass.with_agent = True
    prepared(daypass, sandbox)
    full = daypass("elevate", "prod", "--for", "1h", "--why", WHY, "--json").json["accessKeyId"]
    daypass("lock")
    assert full not in daypass.credentials.read_text()
    daypass("unlock")
    wait_until(lambda: (daypass.session("prod") or {}).get("state") == "active", what="the session")
    assert daypass.session("prod")["elevation"] is None
