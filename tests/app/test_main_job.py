"""The main job in the real window, with a real provider, a real keyring, a real tray and the real AWS CLI."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

import pytest
from window import SANDBOX_TITLE, TITLE, driven, launch, screen, started

from peers.daypass import Daypass
from peers.oidc_provider import oidc_provider as run_oidc_provider
from peers.private_desktop import PrivateDesktop, private_desktop
from peers.process import PATIENCE, end, wait_until
from peers.sandbox import ROLE
from peers.sandbox import sandbox as run_sandbox

LIFETIME = 30
"""How many seconds credentials last, so that a renewal is soon due."""


def test_from_an_empty_window_to_renewed_credentials_and_back(
    machine: Daypass, desktop: PrivateDesktop, tmp_path: Path
):
    with (
        run_oidc_provider(tmp_path, id_token_seconds=15) as issuer,
        run_sandbox(tmp_path, trusts=issuer) as sandbox,
    ):
        sandbox.turn(lifetime_seconds=LIFETIME)
        machine.env |= sandbox.env | {"PERSON_USER": issuer.user, "PERSON_PASSWORD": issuer.password}
        with driven(machine, desktop) as window:
            page = window.page
            page.wait_for_text("Welcome to Daypass")
            window.picture("1-first-start")

            window.add_identity("work", issuer)
            window.picture("2-identity-added")
            window.signed_in()
            window.add_role(ROLE, "dev")
            window.picture("3-signed-in")

            window.search("develo")
            assert "Developer" in window.chosen()
            window.start()
            first = machine.session("dev")
            window.picture("4-started")
            assert "assumed-role/Developer/" in machine.caller("dev")
            assert first["state"] == "active", "the command shows the desktop's session"

            # Renewed in the window and for the AWS CLI, without the person.
            wait_until(lambda: machine.session("dev")["renewals"] > 0, seconds=LIFETIME + PATIENCE, what="a renewal", every=0.5)
            assert machine.session("dev")["accessKeyId"] != first["accessKeyId"]
            assert "assumed-role/Developer/" in machine.caller("dev")
            assert machine.browser_opened() == 1
            assert desktop.notifications() == [], "what goes well needs no notification"

            # In the tray.
            assert any("dev" in label for label in desktop.tray_labels()), desktop.tray_labels()

            # The provider refuses to renew. The notification's action signs in again.
            issuer.refuse_refresh()
            asked = desktop.wait_for_notification("work", seconds=LIFETIME + PATIENCE)
            assert "Sign in" in asked.actions.values()
            window.picture("5-needs-sign-in")
            assert machine.browser_opened() == 1, "work in the background never opens a browser"
            issuer.refuse_refresh(False)
            desktop.press(asked, "Sign in")
            wait_until(lambda: machine.browser_opened() == 2, what="the browser to open")
            wait_until(lambda: machine.session("dev")["state"] == "active", what="the session to be well", every=0.5)
            assert "assumed-role/Developer/" in machine.caller("dev")

            # The console opens in the browser.
            page.by_role("button", "Open console").click()
            wait_until(lambda: machine.browser_opened() == 3, what="the console to open")

            window.stop()
            window.picture("6-stopped")
        assert machine.untouched()


def test_the_sandbox_is_one_button_away(machine: Daypass, desktop: PrivateDesktop):
    with driven(machine, desktop) as window:
        # Daypass restarts in the sandbox. The process with the driver ends, and the next one has none.
        window.leave("Nothing yet: try the sandbox")
        wait_until(lambda: desktop.visible_windows(SANDBOX_TITLE), what="the sandbox's window")
        wait_until(lambda: not desktop.visible_windows(TITLE), what="the first window to go")
        screen(desktop, "7-sandbox")
        assert machine.untouched(), "the sandbox has its own AWS files"
        assert not machine.config.exists(), "and its own configuration"
        quit_by_tray(desktop, SANDBOX_TITLE)


def test_the_way_out_of_the_sandbox_is_one_button_away(machine: Daypass, desktop: PrivateDesktop):
    with driven(machine, desktop, "--sandbox") as window:
        window.leave("Leave sandbox")
        wait_until(lambda: desktop.visible_windows(TITLE), what="the window outside the sandbox")
        wait_until(lambda: not desktop.visible_windows(SANDBOX_TITLE), what="the sandbox's window to go")
        quit_by_tray(desktop, TITLE)


def test_a_role_is_found_started_and_stopped_with_the_keyboard_alone(machine: Daypass, desktop: PrivateDesktop):
    machine.env |= {"PERSON_USER": "maya", "PERSON_PASSWORD": "sandbox"}
    with driven(machine, desktop, "--sandbox") as window:
        page = window.page
        page.wait_for_text("Sign in to see your roles")
        wait_until(lambda: page.active.attribute("role") == "combobox", what="the search field to have the focus")
        window.picture("8-signed-out")
        page.press("Enter")
        window.signed_in()
        wait_until(lambda: page.active.attribute("role") == "combobox", what="the focus to come back")
        page.type("develo")
        wait_until(lambda: "Developer" in window.chosen(), what="the role to be found")
        page.press("Enter")
        window.active()
        assert page.active.attribute("role") == "combobox", "the focus stays in the field"
        window.picture("8-started")
        page.press("Enter")
        page.wait_for_text("Shift+Enter stops it")
        window.active()
        page.press("Shift+Enter")
        page.by_role("button", "Start", exact=True)
        page.by_role("button", "Undo").click()
        window.active()
        page.press("Shift+Enter")
        page.by_role("button", "Start", exact=True)
        page.press("Control+k")
        page.by_role("dialog")
        window.picture("8-palette")
        page.press("Escape")
        wait_until(lambda: not page.has("dialog"), what="the palette to close")


def test_the_form_explains_what_is_wrong(machine: Daypass, desktop: PrivateDesktop):
    with driven(machine, desktop) as window:
        page = window.page
        window.identity_form("work", "http://issuer.example", "daypass")
        marked = lambda: page.by_role("textbox", "Issuer URL").attribute("aria-invalid") == "true"  # noqa: E731
        wait_until(marked, what="the mistake to be marked")
        page.wait_for_text("write https://")
        window.picture("9-form-with-mistakes")
    assert not machine.config.exists() or "issuer.example" not in machine.config.read_text()


def test_closing_leaves_the_tray_and_a_second_start_brings_the_window_back(machine: Daypass, desktop: PrivateDesktop):
    with started(machine, desktop) as first:
        wait_until(desktop.tray, what="the icon in the tray")
        desktop.close_window(TITLE)
        wait_until(lambda: not desktop.visible_windows(TITLE), what="the window to go")
        assert first.poll() is None, "closing the window leaves the tray"

        second = launch(machine, desktop)
        try:
            assert second.wait(timeout=PATIENCE) == 0, "a second start hands over to the first"
        finally:
            end(second)
        wait_until(lambda: desktop.visible_windows(TITLE), what="the first window to come back")
        assert first.poll() is None
        assert len(desktop.visible_windows(TITLE)) == 1
        assert len(desktop.tray()) == 1

        desktop.close_window(TITLE)
        wait_until(lambda: not desktop.visible_windows(TITLE), what="the window to go")
        assert desktop.click_tray("Open Daypass"), desktop.tray_labels()
        wait_until(lambda: desktop.visible_windows(TITLE), what="the window to come back")
        assert desktop.click_tray("Quit"), desktop.tray_labels()
        assert first.wait(timeout=PATIENCE) == 0


def closed(desktop: PrivateDesktop, app: subprocess.Popen) -> bool:
    """Close the window, and see whether the app ends."""
    desktop.close_window(TITLE)
    with contextlib.suppress(subprocess.TimeoutExpired):
        app.wait(timeout=20)
    return app.poll() is not None


def test_without_a_tray_the_window_says_so_and_closing_it_quits(daypass: Daypass, tmp_path: Path):
    with private_desktop(tmp_path / "bare", tray=False) as desktop:
        daypass.config.unlink()
        with driven(daypass, desktop) as window:
            window.page.wait_for_text("tray")
            window.picture("10-no-tray")
        with started(daypass, desktop) as app:
            # Once, this stayed open for two minutes on a machine that was busy; a person would click again.
            wait_until(lambda: closed(desktop, app), what="the window to close and the app to end")
            assert app.returncode == 0


def test_two_desktops_started_at_once_become_one(machine: Daypass, desktop: PrivateDesktop):
    both = [launch(machine, desktop) for _ in range(2)]
    try:
        ended = lambda: [app.poll() for app in both if app.poll() is not None]  # noqa: E731
        assert wait_until(ended, what="one of them to hand over") == [0]
        wait_until(lambda: desktop.visible_windows(TITLE), what="the window of the other")
        assert len(desktop.visible_windows(TITLE)) == 1
        assert ended() == [0], "the other one keeps running"
    finally:
        for app in both:
            end(app)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_seen_in_light_and_dark(machine: Daypass, desktop: PrivateDesktop, scheme: str):
    machine.env["GTK_THEME"] = "Adwaita" if scheme == "light" else "Adwaita:dark"
    with driven(machine, desktop, "--sandbox") as window:
        window.page.by_role("combobox", "Search roles")
        assert window.page.execute("return matchMedia('(prefers-color-scheme: dark)').matches") is (scheme == "dark")
        window.picture(f"11-{scheme}")


def quit_by_tray(desktop: PrivateDesktop, title: str) -> None:
    """Quit the Daypass without a driver. The previous one's icon may still be disappearing."""

    def quit() -> bool:
        with contextlib.suppress(RuntimeError, IndexError):
            desktop.click_tray("Quit")
        return not desktop.visible_windows(title)

    wait_until(quit, what="the window to go", every=0.5)
