"""Full access for some time in the real window, and copied secrets that leave the clipboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from window import clipboard, driven

from peers.daypass import Daypass
from peers.private_desktop import PrivateDesktop
from peers.process import wait_until
from peers.sandbox import ALIAS, DENIED, ROLE, Sandbox
from peers.sandbox import sandbox as run_sandbox



@pytest.fixture
def production(machine: Daypass, tmp_path: Path) -> Iterator[tuple[Daypass, Sandbox]]:
    """A machine that is signed in, with a role of an account that is marked as production."""
    with run_sandbox(tmp_path) as sandbox:
        machine.env |= sandbox.env | {"AWS_ENDPOINT_URL_IAM": sandbox.sts}
        machine.sign_in(sandbox.issuer, (ROLE, "prod"))
        machine("account", "set", ROLE.split(":")[4], "--production")
        yield machine, sandbox


def test_a_person_gets_full_access_for_a_reason(production: tuple[Daypass, Sandbox], desktop: PrivateDesktop):
    machine, _ = production
    with driven(machine, desktop) as window:
        page = window.page
        window.search("develo")
        window.start()
        assert "no session policy allows" in machine.aws("prod", *ALIAS, code=DENIED)

        page.by_role("button", "Get full access…").click()
        page.by_role("textbox", "Why do you need it?").fill("deploy 1.4.2")
        window.picture("elevation-1-why")
        page.by_role("button", "Get full access", exact=True).click()
        page.wait_for_text("Full access until")
        window.picture("elevation-2-full")
        machine.aws("prod", *ALIAS)

        page.by_role("button", "Back to read-only").click()
        page.by_role("button", "Get full access…")
        wait_until(lambda: machine.session("prod")["state"] == "active", what="the read-only credentials")
        assert "no session policy allows" in machine.aws("prod", *ALIAS, code=DENIED)
    lines = machine("logs", "list", "--json").json["lines"]
    assert {line["event"]: line.get("why") for line in lines}.items() >= {"elevated": "deploy 1.4.2", "fell-back": "deploy 1.4.2"}.items()


def test_a_copied_secret_leaves_the_clipboard(production: tuple[Daypass, Sandbox], desktop: PrivateDesktop):
    machine, _ = production
    machine("config", "set", "desktop.clear_clipboard", "1m")
    with driven(machine, desktop) as window:
        page = window.page
        window.search("develo")
        window.start()
        page.press("Control+k")
        page.by_role("combobox", "Search commands").fill("Copy as env")
        page.press("Enter")
        assert wait_until(lambda: clipboard(desktop), what="the keys on the clipboard").startswith("export AWS_ACCESS_KEY_ID=")
        # Its time is a minute, and the clock is looked at now and then.
        wait_until(lambda: not clipboard(desktop), what="the keys to leave the clipboard", seconds=120, every=1)
