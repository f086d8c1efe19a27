"""The quick switch and links, on X11."""

from __future__ import annotations

import subprocess

import pytest
from window import TITLE, clipboard, driven, launch, screen, started

from peers.daypass import Daypass
from peers.private_desktop import PrivateDesktop
from peers.process import PATIENCE, end, wait_until
from peers.sandbox import ROLE, Sandbox

QUICK = "^Daypass quick switch$"
KEYS = "alt+shift+d"


@pytest.fixture
def signed_in(machine: Daypass, sandbox: Sandbox) -> Daypass:
    """A signed-in person with one role."""
    machine.sign_in(sandbox.issuer, (ROLE, "dev"))
    return machine


@pytest.fixture
def ready(signed_in: Daypass) -> Daypass:
    """With a shortcut as well."""
    signed_in("config", "set", "shortcuts.quick-switch", "Alt+Shift+D")
    return signed_in


def test_a_role_is_started_by_a_shortcut_a_few_letters_and_enter(ready: Daypass, desktop: PrivateDesktop):
    with started(ready, desktop):
        desktop.close_window(TITLE)
        opens(desktop)
        xdotool(desktop, "type", "--delay", "20", "develo")
        screen(desktop, "quick-1-found", empty=2000)
        xdotool(desktop, "key", "Return")
        wait_until(lambda: (s := ready.session("dev")) and s["state"] == "active", what="the session")
        goes(desktop)

        opens(desktop)
        screen(desktop, "quick-2-running", empty=2000)
        xdotool(desktop, "key", "Return")
        wait_until(lambda: clipboard(desktop) == "--profile dev", what="the profile on the clipboard")
        goes(desktop)

        opens(desktop)
        opened = ready.browser_opened()
        xdotool(desktop, "key", "ctrl+Return")
        wait_until(lambda: ready.browser_opened() == opened + 1, what="the console to open")
        goes(desktop)

        opens(desktop)
        xdotool(desktop, "key", "alt+Return")
        wait_until(lambda: desktop.visible_windows(TITLE), what="the main window")
        goes(desktop)

        # The same keys, Escape and a click elsewhere close it.
        for close in (("key", KEYS), ("key", "Escape"), ("search", "--name", TITLE, "windowactivate", "--sync")):
            opens(desktop)
            wait_until(lambda keys=close: pressed_and_gone(desktop, *keys), what="the quick switch to go")


def test_the_shortcut_follows_its_setting(ready: Daypass, desktop: PrivateDesktop):
    with started(ready, desktop):
        opens(desktop)
        xdotool(desktop, "key", "Escape")
        goes(desktop)
        ready("config", "set", "shortcuts.quick-switch", "Ctrl+Shift+F9")
        wait_until(lambda: pressed_and_open(desktop, "ctrl+shift+F9"), what="the new keys to work", every=0.5)
        xdotool(desktop, "key", "Escape")
        goes(desktop)
        assert not pressed_and_open(desktop, KEYS), "the old keys are free"


def test_a_command_opens_it_in_the_running_app(signed_in: Daypass, desktop: PrivateDesktop):
    with started(signed_in, desktop):
        second = launch(signed_in, desktop, "--quick-switch")
        try:
            assert second.wait(timeout=PATIENCE) == 0
            wait_until(lambda: desktop.visible_windows(QUICK), what="the quick switch")
        finally:
            end(second)


def test_what_is_pasted_into_the_search_leads_to_a_page_or_asks_as_a_link(signed_in: Daypass, desktop: PrivateDesktop):
    account = ROLE.split(":")[4]
    with driven(signed_in, desktop) as window:
        page = window.page
        window.search(f"arn:aws:sqs:eu-west-1:{account}:jobs")
        page.by_role("group", "Accounts that reach this page")
        page.wait_for_text("Enter opens this page")
        window.picture("search-pasted")
        opened = signed_in.browser_opened()
        page.press("Enter")
        wait_until(lambda: signed_in.browser_opened() == opened + 1, what="the console to open")

        window.search("https://evil.example/console")
        page.by_role("heading", "None of your roles can reach this")
        page.wait_for_text("isn't a page of the AWS console")

        window.search(ROLE)
        page.press("Enter")
        wait_until(lambda: (s := signed_in.session("dev")) and s["state"] == "active", what="the session")
        signed_in("stop", "dev")

        page.by_role("combobox", "Search roles").fill("daypass://start/dev")
        page.press("Enter")
        page.by_role("dialog", "A link wants to start a role")
        assert signed_in.session("dev") is None, "a pasted link starts nothing by itself"


HOSTILE = [
    "daypass://exec/sh",
    "daypass://start/dev?profile=default",
    "daypass://console/dev?to=https%3A%2F%2Fevil.example%2F",
    "daypass://start/%E2%80%AEved",
    "daypass://start/" + "a" * 5000,
]


def test_a_link_asks_first_and_a_hostile_one_is_only_told(signed_in: Daypass, desktop: PrivateDesktop):
    with driven(signed_in, desktop) as window:
        page = window.page
        page.by_role("combobox", "Search roles")
        follow(signed_in, desktop, "daypass://start/dev")
        page.by_role("dialog", "A link wants to start a role")
        assert page.active.text == "Cancel"
        window.picture("link-1-start")
        # A page that opens another one meanwhile changes nothing.
        follow(signed_in, desktop, "daypass://sign-in/work")
        page.press("Enter")
        window.dialog_closed()
        assert signed_in.session("dev") is None, "a link starts nothing by itself"

        for hostile in HOSTILE:
            follow(signed_in, desktop, hostile)
            page.wait_for_text("Daypass doesn’t follow this link")
            assert not page.has("dialog"), hostile
            window.picture("link-2-hostile")
            page.by_role("button", "Dismiss").click()

        bucket = "daypass://console/dev?to=arn:aws:s3:::logs"
        follow(signed_in, desktop, bucket)
        page.by_role("dialog", "A link wants to open the AWS console")
        page.wait_for_text("/s3/buckets/logs")
        window.picture("link-3-console")
        opened = signed_in.browser_opened()
        wait_until(lambda: page.find("dialog button.primary").enabled, what="the button to wait no longer")
        window.in_dialog("Open console")
        wait_until(lambda: signed_in.browser_opened() == opened + 1, what="the console to open")


def test_a_link_that_starts_daypass_asks_too(signed_in: Daypass, desktop: PrivateDesktop):
    with driven(signed_in, desktop, "daypass://start/dev") as window:
        window.page.by_role("dialog", "A link wants to start a role")
        assert signed_in.session("dev") is None
        wait_until(lambda: window.page.find("dialog button.primary").enabled, what="the button to wait no longer")
        window.in_dialog("Start")
        wait_until(lambda: (s := signed_in.session("dev")) and s["state"] == "active", what="the session")


def follow(daypass: Daypass, desktop: PrivateDesktop, link: str) -> None:
    """Open a link as a browser does, which starts the program of the scheme."""
    second = launch(daypass, desktop, link)
    try:
        assert second.wait(timeout=PATIENCE) == 0
    finally:
        end(second)


def opens(desktop: PrivateDesktop) -> None:
    wait_until(lambda: pressed_and_open(desktop, KEYS), what="the quick switch to open", every=0.5)


def pressed_and_open(desktop: PrivateDesktop, keys: str) -> bool:
    """Press the keys, and see whether the quick switch has the keyboard a moment later."""
    xdotool(desktop, "key", keys)
    try:
        wait_until(lambda: desktop.visible_windows(QUICK), seconds=10)
    except TimeoutError:
        return False
    # Another press would close it.
    wait_until(lambda: active(desktop) == "Daypass quick switch", what="the quick switch to get the keyboard")
    return True


def pressed_and_gone(desktop: PrivateDesktop, *keys: str) -> bool:
    """Press the keys, and see whether the quick switch goes. A window that just came may not take keys yet."""
    xdotool(desktop, *keys)
    try:
        return wait_until(lambda: not desktop.visible_windows(QUICK), seconds=10)
    except TimeoutError:
        return False


def goes(desktop: PrivateDesktop) -> None:
    wait_until(lambda: not desktop.visible_windows(QUICK), what="the quick switch to go")


def active(desktop: PrivateDesktop) -> str:
    """The title of the window that has the keyboard."""
    return xdotool(desktop, "getactivewindow", "getwindowname", check=False).strip()


def xdotool(desktop: PrivateDesktop, *args: str, check: bool = True) -> str:
    done = subprocess.run(["xdotool", *args], env=desktop.env, capture_output=True, text=True, timeout=PATIENCE)
    assert not check or done.returncode == 0, done.stderr
    return done.stdout
