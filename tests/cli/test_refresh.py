"""Refreshes that go wrong: no sign-in is lost by accident, and a new one revives what waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from peers.crooked_issuer import Mood, crooked_issuer
from peers.daypass import Daypass
from peers.oidc_provider import Issuer
from peers.process import wait_until
from peers.sandbox import ROLE, Sandbox
from peers.sandbox import sandbox as run_sandbox

PASSING = 6


@pytest.fixture
def mood() -> Mood:
    """Tokens that last 20 seconds are replaced at every exchange."""
    return Mood(life=20)


@pytest.fixture
def moody(mood: Mood) -> Iterator[Issuer]:
    with crooked_issuer("nothing", mood) as issuer:
        yield issuer


@pytest.fixture
def trusting(tmp_path: Path, moody: Issuer, daypass: Daypass) -> Iterator[Sandbox]:
    """A sandbox whose STS trusts the issuer."""
    with run_sandbox(tmp_path, trusts=moody) as sandbox:
        daypass.use(sandbox.sts)
        yield sandbox


def state(daypass: Daypass) -> str:
    return daypass("identity", "list", "--json").json[0]["state"]


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("with_agent", [True, False], ids=["agent", "no agent"])
@pytest.mark.parametrize("keys", ["down", "old"])
def test_a_key_that_cannot_be_had_yet_only_delays(daypass: Daypass, moody: Issuer, mood: Mood, keys: str, with_agent: bool):
    daypass.with_agent = with_agent
    mood.keys = "old"
    daypass.sign_in(moody, (ROLE, "dev"))
    daypass("start", "dev")
    daypass("stop", "dev")
    mood.new_key, mood.keys = True, keys
    daypass("credential-process", "--profile", "dev", code=PASSING)
    assert state(daypass) == "signed-in"
    mood.keys = "all"
    daypass("start", "dev")
    assert daypass.browser_opened() == 1, daypass.visits()


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize(
    "refusal",
    [
        (400, {"error": "invalid_request", "error_description": "session not found"}),
        (401, {"error": "token_inactive"}),
        (403, {"error": "access_denied"}),
        (400, {"error": "invalid_grant"}),
    ],
    ids=lambda refusal: refusal[1]["error"],
)
def test_a_refused_refresh_asks_for_a_sign_in_which_revives_the_session(
    daypass: Daypass, moody: Issuer, mood: Mood, trusting: Sandbox, refusal: tuple[int, dict]
):
    trusting.turn(lifetime_seconds=9)
    daypass.with_agent = True
    daypass.sign_in(moody, (ROLE, "dev"))
    daypass("start", "dev")
    mood.refusal = refusal
    wait_until(lambda: daypass.session("dev")["state"] == "needs-sign-in", what="the session to wait", every=0.3)
    assert state(daypass) == "needs-sign-in"
    mood.refusal = None
    trusting.turn()
    daypass("identity", "login", "work")
    wait_until(lambda: daypass.session("dev")["state"] == "active", what="the session to be revived", every=0.3)
    assert "assumed-role/Developer/" in daypass.caller("dev")


@pytest.mark.usefixtures("trusting")
def test_claims_that_a_refresh_leaves_out_still_name_the_session(daypass: Daypass, moody: Issuer, mood: Mood):
    mood.leaves_out = ("email",)
    daypass.add_identity(moody, "--session-name", "{email}")
    daypass("role", "add", ROLE, "--identity", "work", "--profile", "dev", "--region", "eu-central-1")
    daypass("identity", "login", "work")
    for _ in range(2):
        daypass("start", "dev")
        assert daypass.caller("dev").endswith("/alice@example.org")
        daypass("stop", "dev")
    refreshes = [form for form in mood.sent if form["grant_type"] == "refresh_token"]
    assert len(refreshes) == 2 and all("openid" in form["scope"].split() for form in refreshes), mood.sent
