"""Daypass with its window closed: the tray, notifications, and only one Daypass at a time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from window import TITLE, clipboard, driven, started

from peers.daypass import Daypass
from peers.private_desktop import PrivateDesktop
from peers.process import PATIENCE, wait_until
from peers.sandbox import ROLE, Sandbox

LIFETIME = 30
"""How many seconds credentials last, so that a renewal is soon due."""

START = "444455556666 · Developer"
"""The label of `ROLE` in the tray."""


@pytest.fixture
def ready(machine: Daypass, sandbox: Sandbox) -> Iterator[Daypass]:
    """A signed-in person with one role, whose credentials file must be unchanged after the test."""
    machine.sign_in(sandbox.issuer, (ROLE, "dev"))
    yield machine
    assert machine.untouched()


def test_a_session_is_started_used_kept_fresh_and_stopped_from_the_tray(
    ready: Daypass, desktop: PrivateDesktop, sandbox: Sandbox
):
    sandbox.turn(lifetime_seconds=LIFETIME)
    with started(ready, desktop) as app:
        has(desktop, START)
        desktop.close_window(TITLE)
        wait_until(lambda: not desktop.visible_windows(TITLE), what="the window to go")

        assert desktop.click_tray(START)
        runs(desktop)
        has(desktop, "Less than a minute left")
        first = wait_until(lambda: (s := ready.session("dev")) and s["state"] == "active" and s, what="the session")
        assert "assumed-role/Developer/" in ready.caller("dev")
        runs(desktop)

        wait_until(lambda: ready.session("dev")["renewals"] > 0, seconds=LIFETIME + PATIENCE, what="a renewal", every=0.5)
        assert "assumed-role/Developer/" in ready.caller("dev")

        assert desktop.click_tray("Copy as env")
        pasted = wait_until(lambda: clipboard(desktop), what="something on the clipboard")
        assert pasted.startswith("export AWS_ACCESS_KEY_ID=")
        assert "AWS_SESSION_TOKEN=" in pasted and first["accessKeyId"] not in pasted

        opened = ready.browser_opened()
        assert desktop.click_tray("Open console")
        wait_until(lambda: ready.browser_opened() == opened + 1, what="the console to open")

        assert desktop.click_tray("Stop")
        has(desktop, START)
        wait_until(ready.untouched, what="the profile to be gone")
        assert app.poll() is None


def test_a_start_in_the_tray_signs_in_first(ready: Daypass, desktop: PrivateDesktop):
    ready("identity", "logout", "work")
    opened = ready.browser_opened()
    with started(ready, desktop):
        has(desktop, START)
        assert desktop.click_tray(START)
        wait_until(lambda: (s := ready.session("dev")) and s["state"] == "active", what="the session")
        assert ready.browser_opened() == opened + 1, ready.visits()
        assert "assumed-role/Developer/" in ready.caller("dev")
        runs(desktop)
        assert desktop.click_tray("Stop")
        wait_until(ready.untouched, what="the profile to be gone")


def test_a_program_that_waits_for_a_sign_in_rings_and_then_goes_on(ready: Daypass, desktop: PrivateDesktop):
    with started(ready, desktop):
        has(desktop, START)
        [consumer] = ready.serving("dev")
        ready("stop", "dev")
        ready("identity", "logout", "work")
        env = ready.env | consumer["variables"] | {"AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
        argv = [Path(sys.executable).with_name("aws"), "sts", "get-caller-identity", "--query", "Arn"]
        with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as waiting:
            asked = desktop.wait_for_notification("Sign in to work")
            assert "dev" in asked.body
            desktop.press(asked, "Sign in")
            out, err = waiting.communicate(timeout=PATIENCE)
        assert "assumed-role/Developer/" in out, err
        assert len(desktop.notifications()) == 1, "the program asks several times, and the desktop rings once"


def test_what_fails_in_the_tray_is_told_by_a_notification(ready: Daypass, desktop: PrivateDesktop, sandbox: Sandbox):
    with started(ready, desktop):
        has(desktop, START)
        sandbox.turn(deny_next=99)
        assert desktop.click_tray(START)
        told = desktop.wait_for_notification("AccessDenied")
        assert ROLE in told.body


def test_a_renewal_that_aws_refuses_is_told_by_a_notification_that_leads_to_the_role(
    ready: Daypass, desktop: PrivateDesktop, sandbox: Sandbox
):
    # This leaves a third of it to press Renew now.
    lifetime = 2 * LIFETIME
    sandbox.turn(lifetime_seconds=lifetime)
    with driven(ready, desktop) as window:
        window.start()
        window.search("something else")
        sandbox.turn(deny_next=99)
        told = desktop.wait_for_notification("dev", seconds=lifetime + PATIENCE)
        assert "AccessDenied" in told.body
        assert not ready.untouched(), "what still works stays until its end"
        desktop.press(told, "Open Daypass")
        window.page.wait_for_text("AccessDenied")
        window.picture("12-renewal-refused")
        sandbox.turn()
        window.page.by_role("button", "Renew now").click()
        wait_until(lambda: "AccessDenied" not in window.page.text, what="the session to be well again")
        window.stop()


def test_the_desktop_takes_over_from_the_agent_and_the_command_sees_its_sessions(
    ready: Daypass, desktop: PrivateDesktop
):
    agent = ready.agent()
    ready("start", "dev")
    before = ready.session("dev")
    with started(ready, desktop):
        assert agent.wait(timeout=PATIENCE) == 0, "the agent makes room"
        runs(desktop)
        assert ready.session("dev")["accessKeyId"] == before["accessKeyId"], "the session continues unchanged"
        ready("stop", "dev")
        has(desktop, START)


def test_a_long_catalog_is_offered_by_favourites_and_settings_open(ready: Daypass, desktop: PrivateDesktop):
    for number in range(25):
        ready("role", "add", f"arn:aws:iam::111122223333:role/Role-{number}", "--identity", "work")
    ready("favourite", "add", "111122223333/Role-20")
    with driven(ready, desktop) as window:
        has(desktop, "111122223333 · Role-20")
        has(desktop, "Find one of 26 roles…")
        assert "111122223333 · Role-3" not in desktop.tray_labels()
        assert desktop.click_tray("Settings…")
        window.page.wait_for_text("Delivery and profiles")


def test_the_tray_changes_a_session_s_region_and_signs_out(ready: Daypass, desktop: PrivateDesktop):
    ready("config", "set", "region", "eu-central-1")
    ready("account", "set", "111122223333", "--region", "eu-west-1")
    with driven(ready, desktop) as window:
        has(desktop, START)
        assert desktop.click_tray(START)
        wait_until(lambda: (s := ready.session("dev")) and s["region"] == "eu-central-1", what="the session")
        has(desktop, "eu-west-1")
        assert desktop.click_tray("eu-west-1")
        wait_until(lambda: ready.session("dev")["region"] == "eu-west-1", what="the other region")
        assert desktop.click_tray("Sign out of work…")
        window.page.by_role("button", "Sign out only").click()
        has(desktop, "Sign in to work")
        assert desktop.click_tray("Stop")
        has(desktop, START)


def has(desktop: PrivateDesktop, label: str) -> None:
    """Wait until the tray's menu has an entry with this label."""
    entry(desktop, lambda one: one == label, label)


def runs(desktop: PrivateDesktop) -> None:
    """Wait until the tray shows that `ROLE` runs."""
    entry(desktop, lambda one: one.startswith(f"{START} · until "), "a session")


def entry(desktop: PrivateDesktop, fits: Callable[[str], bool], what: str) -> None:
    try:
        wait_until(lambda: any(map(fits, desktop.tray_labels())), what=what)
    except TimeoutError as missing:
        raise AssertionError(f"{missing}; the tray has {desktop.tray_labels()}") from None
