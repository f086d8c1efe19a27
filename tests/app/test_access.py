"""The window for people who don't see it as it was drawn: by a screen reader's tree, twice as large, and in the dark."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from camera import FAULTS
from window import APP, ONLOOKER, TITLE, app_env, driven, launch

from peers.daypass import Daypass
from peers.private_desktop import SYSTEM_PYTHON, PrivateDesktop
from peers.process import PATIENCE, end, wait_until
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox

LISTENER = Path(__file__).with_name("listener.py")
PROGRAM = "daypass-desktop"
QUICK = "^Daypass quick switch$"
NAMELESS = {"push button", "toggle button", "menu item", "combo box", "entry", "check box", "list box", "link"}
"""What a screen reader would call only by its role, if it had no name."""


@pytest.fixture
def ready(machine: Daypass, sandbox: Sandbox) -> Daypass:
    """A signed-in person with two roles, one of which runs."""
    machine.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "ops"))
    machine("start", "dev")
    return machine


def test_a_screen_reader_hears_what_the_window_shows(ready: Daypass, desktop: PrivateDesktop):
    # The private desktop has GTK leave the accessibility bus alone; here it is what is tested.
    env = desktop.env | app_env(ready)
    env.pop("NO_AT_BRIDGE")
    bus = desktop.call("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus.GetAddress")
    assert "unix:" in bus
    desktop.call(
        "org.a11y.Bus", "/org/a11y/bus", "org.freedesktop.DBus.Properties.Set", "org.a11y.Status", "IsEnabled", "<true>"
    )
    app = subprocess.Popen([APP], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        found = lambda: [one for one in objects(desktop) if one["name"] == "Search roles"]  # noqa: E731
        wait_until(found, what="the search in the accessibility tree", every=1)
        wait_until(lambda: any(one["role"] == "list item" for one in objects(desktop)), what="the roles in it", every=1)
        heard = list(objects(desktop))
    finally:
        end(app)
    words = [(one["role"], one["name"]) for one in heard]
    # The search field has the keyboard, and points at the role that Enter is about: that is what is spoken.
    spoken = [one["name"] for one in heard if one["role"] == "list item" and "focused" in one["states"]]
    assert len(spoken) == 1 and re.match(r"Developer, \d{12}, Active, \d+ minutes left, profile dev, by Credentials file", spoken[0]), words
    assert ("list box", "Roles") in words, words
    for name in ("Stop", "Renew now", "Open console", "Add role", "Sign out"):
        assert any(role in ("push button", "button") and said.startswith(name) for role, said in words), (name, words)
    for landmark in ("Identities", "Chosen role", "AWS console", "History"):
        assert ("landmark", landmark) in words, (landmark, words)
    silent = [one for one in heard if one["role"] in NAMELESS and not one["name"] and "showing" in one["states"]]
    assert not silent, silent


@pytest.mark.parametrize("size", [(1100, 720), (720, 480)], ids="{0[0]}x{0[1]}".format)
def test_nothing_is_cut_off_at_twice_the_size(ready: Daypass, desktop: PrivateDesktop, size: tuple[int, int]):
    ready("config", "set", "window.text_size", "200%")
    with driven(ready, desktop) as window:
        page = window.page
        page.by_role("combobox", "Search roles")
        inner = lambda: page.execute("return [innerWidth, innerHeight]")  # noqa: E731
        wait_until(lambda: inner()[0] < 700, what="the page to be twice as large")
        rect = page.command("GET", "/window/rect")
        wide, high = inner()
        page.command("POST", "/window/rect", {
            "width": rect["width"] - 2 * wide + size[0], "height": rect["height"] - 2 * high + size[1],
        })  # fmt: skip
        wait_until(lambda: inner() == [size[0] // 2, size[1] // 2], what=f"a window of {size}")

        def is_whole(name: str) -> None:
            window.picture(f"twice-{size[0]}-{name}")
            assert page.execute(FAULTS) == [], name

        is_whole("roles")
        for keys, heading in (("Control+,", "Settings"), ("Control+Shift+h", "Timeline"), ("Control+j", "Needs you")):
            page.press(keys)
            page.by_role("heading", heading, exact=True)
            is_whole(heading)
            page.press("Escape")
        page.press("Control+n")
        page.by_role("dialog")
        is_whole("form")


def test_frames_and_the_quick_switch_follow_the_theme(ready: Daypass, desktop: PrivateDesktop):
    ready("config", "set", "window.theme", "light")
    ready("config", "set", "shortcuts.quick-switch", "Alt+Shift+D")
    with driven(ready, desktop) as window:
        window.page.by_role("combobox", "Search roles")
        assert variant(desktop) != "dark"
        light = lightness(ready, desktop)
        ready("config", "set", "window.theme", "dark")
        wait_until(lambda: variant(desktop) == "dark", what="the frame to be dark")
        wait_until(lambda: lightness(ready, desktop) < light / 2, what="the quick switch to be dark", every=0.5)
        ready("config", "unset", "window.theme")
        wait_until(lambda: variant(desktop) != "dark", what="the frame to be as the system's again")


def objects(desktop: PrivateDesktop) -> Iterator[dict]:
    """Every object of the program's windows, from top to bottom."""

    def below(node: dict) -> Iterator[dict]:
        yield node
        for child in node["children"]:
            yield from below(child)

    argv = [SYSTEM_PYTHON, LISTENER, PROGRAM]
    done = subprocess.run(argv, env=desktop.env, capture_output=True, text=True, timeout=PATIENCE, check=True)
    for program in json.loads(done.stdout):
        yield from below(program)


def variant(desktop: PrivateDesktop) -> str:
    """What the window manager is asked to draw around the window."""
    [window] = desktop.visible_windows(TITLE)
    done = subprocess.run(["xprop", "-id", window, "_GTK_THEME_VARIANT"], env=desktop.env, capture_output=True, text=True)
    return "dark" if '"dark"' in done.stdout else done.stdout.strip()


def lightness(ready: Daypass, desktop: PrivateDesktop) -> float:
    """How light the quick switch is, from 0 to 255. Opens it and closes it again."""
    second = launch(ready, desktop, "--quick-switch")
    try:
        assert second.wait(timeout=PATIENCE) == 0
    finally:
        end(second)
    [quick] = wait_until(lambda: desktop.visible_windows(QUICK), what="the quick switch")
    places = subprocess.run(["xdotool", "getwindowgeometry", "--shell", quick], env=desktop.env, capture_output=True, text=True)
    at = dict(line.split("=") for line in places.stdout.split())
    argv = [SYSTEM_PYTHON, ONLOOKER, "lightness", at["X"], at["Y"], at["WIDTH"], at["HEIGHT"]]
    painted = lambda: subprocess.run(argv, env=desktop.env, capture_output=True, text=True, check=True).stdout  # noqa: E731
    found = float(wait_until(painted, what="its lightness"))
    subprocess.run(["xdotool", "key", "Escape"], env=desktop.env, check=True)
    wait_until(lambda: not desktop.visible_windows(QUICK), what="the quick switch to go")
    return found
