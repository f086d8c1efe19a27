"""What people do with Daypass on a Wayland desktop. `test_wayland.py` runs it, as an ordinary user."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from window import APP, EMPTY_WINDOW_BYTES, TITLE, app_env, driven, launch, started

from peers.daypass import Daypass
from peers.process import PATIENCE, wait_until
from peers.sandbox import ROLE, Sandbox
from peers.wayland_desktop import Launcher, WaylandDesktop, wayland_desktop
from peers.webdriver import SCREENSHOTS

QUICK = "^Daypass quick switch$"
LAUNCHER = "^Launcher$"
START = "444455556666 · Developer"
"""The label of `ROLE` in the tray."""


@pytest.fixture
def wayland(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[WaylandDesktop]:
    """A desktop of the test's own. `indirect` asks for a portal."""
    with wayland_desktop(tmp_path / "desktop", portal=getattr(request, "param", False)) as running:
        yield running


@pytest.fixture
def ready(daypass: Daypass, wayland: WaylandDesktop, sandbox: Sandbox) -> Daypass:
    """A signed-in person with one role."""
    daypass.config.unlink()
    daypass.env |= {n: wayland.env[n] for n in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "WAYLAND_DISPLAY")}
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    return daypass


@pytest.fixture
def launcher(wayland: WaylandDesktop, tmp_path: Path) -> Iterator[Launcher]:
    """Another program's window."""
    with wayland.launcher(tmp_path) as running:
        yield running


def test_what_is_copied_can_be_pasted(ready: Daypass, wayland: WaylandDesktop):
    with driven(ready, wayland) as window:
        window.start()
        window.page.press("Control+c")
        pasted = wait_until(wayland.pasted, what="something on the clipboard")
        assert pasted.startswith("export AWS_ACCESS_KEY_ID=") and "AWS_SESSION_TOKEN=" in pasted
        picture(wayland, "wayland-1-started")


def test_a_second_start_brings_the_window_up(ready: Daypass, wayland: WaylandDesktop, launcher: Launcher):
    with started(ready, wayland):
        wayland.focus(LAUNCHER)
        # This one wasn't used and doesn't have a token, so the person keeps typing where they are.
        assert launch(ready, wayland).wait(timeout=PATIENCE) == 0
        assert wayland.focused() == "Launcher"
        launcher.start(APP, env=wayland.env | app_env(ready))
        wait_until(lambda: wayland.focused() == "Daypass", what="the window to have the keyboard")


def test_the_action_of_a_notification_brings_the_window_up(
    ready: Daypass, wayland: WaylandDesktop, launcher: Launcher, sandbox: Sandbox
):
    with started(ready, wayland):
        wait_until(lambda: START in wayland.tray_labels(), what=START)
        token = launcher.token()
        sandbox.turn(deny_next=99)
        assert wayland.click_tray(START)
        told = wayland.wait_for_notification("AccessDenied")
        wayland.press(told, "Open Daypass", token=token)
        wait_until(lambda: wayland.focused() == "Daypass", what="the window to have the keyboard")
        sandbox.turn()


def test_the_tray_starts_a_role_and_a_closed_window_comes_back(ready: Daypass, wayland: WaylandDesktop):
    with started(ready, wayland):
        wait_until(lambda: START in wayland.tray_labels(), what=START)
        wayland.close_window(TITLE)
        wait_until(lambda: not wayland.visible_windows(TITLE), what="the window to go")
        assert wayland.click_tray(START)
        wait_until(lambda: (s := ready.session("dev")) and s["state"] == "active", what="the session")
        assert wayland.click_tray("Open Daypass")
        wait_until(lambda: wayland.visible_windows(TITLE), what="the window to come back")
        picture(wayland, "wayland-2-tray")


@pytest.mark.parametrize("wayland", [True], indirect=True)
def test_the_quick_switch_is_opened_by_the_portals_shortcut(
    ready: Daypass, wayland: WaylandDesktop, launcher: Launcher, tmp_path: Path
):
    ready("config", "set", "shortcuts.quick-switch", "Alt+Shift+D")
    with started(ready, wayland):
        log = tmp_path / "desktop/portal.jsonl"
        asked = lambda: [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []  # noqa: E731
        bound = wait_until(lambda: next((a for a in asked() if a["call"] == "BindShortcuts"), None), what="a shortcut")
        assert bound["shortcuts"]["quick-switch"]["preferred_trigger"] == "ALT+SHIFT+d"
        token = launcher.token()
        activate(wayland, token)
        wait_until(lambda: wayland.focused() == "Daypass quick switch", what="the quick switch to have the keyboard")

        def escaped() -> bool:
            wayland.key("Escape")  # a window that just came may not take keys yet
            return not wayland.visible_windows(QUICK)

        wait_until(escaped, what="the quick switch to go", every=1)


def activate(desktop: WaylandDesktop, token: str) -> None:
    """Press the shortcut's keys."""
    path = "/org/freedesktop/portal/desktop"
    desktop.call("org.freedesktop.portal.Desktop", path, "test.Peer.Activate", "quick-switch", token)


def picture(desktop: WaylandDesktop, name: str) -> None:
    """Save the whole screen, as soon as it shows more than an empty window."""
    saved = SCREENSHOTS / f"{name}.png"

    def full() -> bool:
        desktop.screenshot(saved)
        return saved.stat().st_size > EMPTY_WINDOW_BYTES

    wait_until(full, what="the window to be painted", every=0.5)
