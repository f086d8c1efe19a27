"""What needs the person: in the window, in the tray and as notifications, which agree and say it once."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from window import ONLOOKER, TITLE, driven, started

from peers.daypass import Daypass
from peers.private_desktop import SYSTEM_PYTHON, PrivateDesktop
from peers.process import ROOT, wait_until
from peers.sandbox import ROLE, Sandbox

ICONS = ROOT / "icons/tray"
LIFETIME = 30
"""How many seconds credentials last, so that a renewal is soon due."""


@pytest.fixture
def ready(machine: Daypass, sandbox: Sandbox) -> Iterator[Daypass]:
    """A signed-in person with one role, in an account with a name that tries to be more than a name."""
    machine.sign_in(sandbox.issuer, (ROLE, "dev"))
    machine("account", "set", "444455556666", "--name", "R&D_west")
    yield machine


def test_a_spent_sign_in_is_one_thing_in_three_places(ready: Daypass, desktop: PrivateDesktop, sandbox: Sandbox):
    with driven(ready, desktop) as window:
        page = window.page
        wait_until(lambda: icon(desktop) == "idle", what="the idle icon")
        window.start()
        wait_until(lambda: icon(desktop) == "running", what="the icon of a running session")
        window.search("nothing of that name")

        ready("identity", "logout", "work")
        ready("renew", "dev", code=None)
        told = desktop.wait_for_notification("Sign in to work")
        assert "dev" in told.body
        assert list(told.actions.values()) == ["Open Daypass", "Sign in", "Later"]
        wait_until(lambda: icon(desktop) == "needs-you", what="the icon that asks")
        assert desktop.tray_labels().count("Sign in to work") >= 1
        page.wait_for_text("Sign in to work")
        window.picture("40-attention-line")

        desktop.press(told, "Later")
        page.press("Control+j")
        page.by_role("heading", "Needs you")
        window.picture("41-attention-list")
        page.by_role("button", "Sign in", exact=True).click()
        page.wait_for_text("Nothing needs you")
        wait_until(lambda: icon(desktop) == "running", what="the icon of a running session")
        assert "Sign in to work" not in desktop.tray_labels()
        assert len(desktop.notifications()) == 1, desktop.notifications()
        page.press("Escape")
        page.by_role("combobox", "Search roles")
    ready("stop", "dev", code=None)


def test_a_notification_goes_when_its_reason_goes(ready: Daypass, desktop: PrivateDesktop, sandbox: Sandbox):
    with started(ready, desktop):
        ready("start", "dev")
        ready("identity", "logout", "work")
        ready("renew", "dev", code=None)
        told = desktop.wait_for_notification("Sign in to work")
        ready("identity", "login", "work")
        wait_until(lambda: told.id in desktop.closed_by_program(), what="the notification to be taken away")
    ready("stop", "dev", code=None)


def test_quiet_hours_end_with_one_notification(ready: Daypass, desktop: PrivateDesktop, sandbox: Sandbox):
    now = datetime.now()
    quiet = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}"
    ready("config", "set", "notifications.quiet", quiet)
    with started(ready, desktop):
        ready("start", "dev")
        ready("identity", "logout", "work")
        ready("renew", "dev", code=None)
        wait_until(lambda: "Sign in to work" in desktop.tray_labels(), what="the tray, which isn't quiet")
        wait_until(lambda: icon(desktop) == "needs-you", what="the icon that asks")
        assert desktop.notifications() == []
        ready("config", "unset", "notifications.quiet")
        desktop.wait_for_notification("Sign in to work")
        assert len(desktop.notifications()) == 1
    ready("stop", "dev", code=None)


def test_a_notification_brings_the_window_to_the_front(ready: Daypass, desktop: PrivateDesktop, sandbox: Sandbox):
    sandbox.turn(lifetime_seconds=LIFETIME * 2)
    with started(ready, desktop):
        ready("start", "dev")
        desktop.close_window(TITLE)
        wait_until(lambda: not desktop.visible_windows(TITLE), what="the window to go")
        sandbox.turn(deny_next=99)
        told = desktop.wait_for_notification("Can't renew", seconds=90)
        assert "R&amp;D_west" in told.body, "the server reads markup"
        wait_until(lambda: icon(desktop) == "failed", what="the icon of a failure")
        desktop.press(told, "Open Daypass")
        wait_until(lambda: desktop.focused_window() == "Daypass", what="the window to have the keyboard")
    sandbox.turn()
    ready("stop", "dev", code=None)


def test_the_menu_is_made_again_only_when_it_says_something_else(
    ready: Daypass, desktop: PrivateDesktop, sandbox: Sandbox
):
    sandbox.turn(lifetime_seconds=110)
    with started(ready, desktop):
        wait_until(lambda: "R&D_west · Developer" in desktop.tray_labels(), what="the role's name as it is")
        ready("start", "dev")
        says = lambda text: text in desktop.tray_labels()  # noqa: E731
        wait_until(lambda: says("1 min left"), what="the session")
        before = numbers(desktop)
        # Each tells every face that something may have changed.
        ready("config", "set", "notifications.warn", "20m")
        ready("config", "unset", "notifications.warn")
        assert numbers(desktop) == before, "the same entries"
        wait_until(lambda: says("Less than a minute left"), seconds=70, what="a minute to pass", every=0.5)
        assert numbers(desktop) == before, "only words have changed, so an open menu stays open"
    ready("stop", "dev", code=None)


def numbers(desktop: PrivateDesktop) -> list[int]:
    """The number of each entry of the tray's menu. A rebuilt menu has other ones."""

    def of(entry: dict) -> Iterator[int]:
        yield entry["id"]
        for child in entry.get("children", []):
            yield from of(child)

    return list(of(desktop.tray()[0]["menu"]))


def icon(desktop: PrivateDesktop) -> str | None:
    """Which of the icons the tray shows."""
    shown = Path(desktop.tray()[0]["icon"])
    states = {state: ICONS / f"{state}-48.png" for state in ("idle", "running", "needs-you", "failed")}
    argv = [SYSTEM_PYTHON, ONLOOKER, "pixels", shown, *states.values()]
    done = subprocess.run(list(map(str, argv)), env=desktop.env, capture_output=True, text=True, timeout=30)
    if done.returncode:  # it's being replaced
        return None
    first, *others = done.stdout.split()
    return next((state for state, one in zip(states, others, strict=True) if one == first), None)


def test_the_icons_are_what_their_sources_draw_and_are_seen_on_every_panel():
    done = subprocess.run([SYSTEM_PYTHON, ICONS / "render.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
