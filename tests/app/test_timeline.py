"""The timeline in the real window: it shows what was done as it happens, and reports a changed log."""

from __future__ import annotations

import json
from pathlib import Path

from window import Window, driven

from peers.daypass import Daypass
from peers.oidc_provider import oidc_provider as run_oidc_provider
from peers.private_desktop import PrivateDesktop
from peers.process import wait_until
from peers.sandbox import ROLE
from peers.sandbox import sandbox as run_sandbox


def rows(window: Window) -> list[str]:
    """What the table says happened, newest first."""
    return window.page.execute("return [...document.querySelectorAll('tbody th')].map((cell) => cell.innerText.trim())")


def open_table(window: Window) -> None:
    window.page.press("Control+Shift+h")
    window.page.by_role("heading", "Timeline")
    window.page.by_role("button", "Table").click()
    window.page.by_role("region", "Events")


def heard(window: Window) -> str:
    """The event that a screen reader hears of."""
    return window.page.execute("return document.querySelector('[role=option][aria-selected=true]')?.innerText ?? ''")


def test_what_happens_is_in_the_timeline_and_a_changed_log_says_so(
    machine: Daypass, desktop: PrivateDesktop, tmp_path: Path
):
    with run_oidc_provider(tmp_path) as issuer, run_sandbox(tmp_path, trusts=issuer) as sandbox:
        machine.env |= sandbox.env | {"PERSON_USER": issuer.user, "PERSON_PASSWORD": issuer.password}
        with driven(machine, desktop) as window:
            page = window.page
            page.wait_for_text("Welcome to Daypass")
            window.add_identity("work", issuer)
            window.signed_in()
            window.add_role(ROLE, "dev")
            window.search("develo")
            window.start()
            machine("renew", "dev")
            machine("credential-process", "--profile", "dev")

            heard_of = "return document.querySelector('[role=option][aria-label*=\"last used by\"]')?.ariaLabel ?? ''"
            wait_until(lambda: "just now" in page.execute(heard_of), what="the list to say who used it")

            open_table(window)
            wait_until(lambda: len(rows(window)) == 4, what="four events")
            assert rows(window) == ["Credentials taken", "Renewed", "Started", "Signed in"]
            assert "by credential_process" in page.text
            page.wait_for_text("Log unchanged")
            window.picture("timeline-table")

            # What happens meanwhile comes in.
            machine("stop", "dev")
            wait_until(lambda: rows(window)[0] == "Stopped", what="the stop")

            # By keyboard, as a picture.
            page.by_role("button", "Picture").click()
            events = page.by_role("listbox", "Events")
            page.execute("document.querySelector('[role=listbox]').focus()")
            wait_until(lambda: "Signed in" in heard(window), what="the first event")
            page.press("ArrowDown")
            wait_until(lambda: events.attribute("aria-activedescendant") and "Signed in" not in heard(window), what="the role's events")
            window.picture("timeline-picture")

            # An export says where it is, and only the person can read it.
            page.by_role("button", "Export").click()
            page.by_role("menuitem", "JSON Lines").click()
            page.wait_for_text("saved to")
            file = Path(page.text.split("saved to ")[1].splitlines()[0])
            assert file.stat().st_mode & 0o777 == 0o600
            exported = [json.loads(line)["event"] for line in file.read_text().splitlines()]
            assert exported == ["signed-in", "started", "renewed", "credentials-taken", "stopped"]

            # A changed line is a break, which the next look shows with what to do.
            log = machine.home / "audit.jsonl"
            log.write_text(log.read_text().replace('"event":"renewed"', '"event":"expired"'))
            page.press("Escape")
            open_table(window)
            page.wait_for_text("daypass logs restart")
            assert "audit.jsonl" in page.text and "Log unchanged" not in page.text
            window.picture("timeline-broken")
