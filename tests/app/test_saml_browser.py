"""SAML in the person's own browser, from the desktop app: silent renewals, and a notification when the person is wanted."""

from __future__ import annotations

from pathlib import Path

from sign_in_window import windows_shown
from window import started

from peers.daypass import Daypass
from peers.private_desktop import PrivateDesktop
from peers.process import PATIENCE, wait_until
from peers.sandbox import ROLE, Sandbox
from peers.sign_in_browser import SignInBrowser

NAME = "corp"
LIFETIME = 30
"""How many seconds credentials last, so that a renewal is soon due."""


def test_the_app_renews_in_the_browser_unseen_and_asks_by_a_notification(
    machine: Daypass, desktop: PrivateDesktop, sandbox: Sandbox, tmp_path: Path
):
    browser = SignInBrowser(machine, tmp_path)
    browser.install()
    # Half the time until a renewal is due, so every renewal finds the assertion expired.
    short = {"lifetime_seconds": LIFETIME, "assertion_seconds": LIFETIME // 3}
    sandbox.turn(**short)
    machine("identity", "add", "saml", NAME, "--start-url", sandbox.saml_start_url, "--browser", "chromium")
    with started(machine, desktop):
        begun = machine.spawn("identity", "login", NAME)
        browser.person().sign_in("saml/", "maya", sandbox.issuer.password)
        out, err = begun.communicate(timeout=PATIENCE)
        assert begun.returncode == 0 and "Continue in the Chromium window that opens" in out + err, out + err
        wait_until(browser.has_ended, what="the browser to end with the sign-in")
        machine("start", ROLE, "--profile", "dev")
        with windows_shown(desktop, tmp_path) as shown:
            wait_until(lambda: machine.session("dev")["renewals"] > 0, seconds=LIFETIME + PATIENCE, what="a renewal", every=0.5)
            assert len(browser.starts()) > 1 and all("--headless=new" in start["started"] for start in browser.starts()[1:])
            # From now on the provider doesn't remember the person.
            sandbox.turn(**short, idp_session_seconds=1)
            told = desktop.wait_for_notification(f"Sign in to {NAME}", seconds=LIFETIME + PATIENCE)
            assert "dev" in told.body
            assert shown() == 0, "work in the background opens no window"
        starts = len(browser.starts())
        desktop.press(told, "Sign in")
        browser.person(count=starts + 1).sign_in("saml/", "maya", sandbox.issuer.password)
        wait_until(lambda: machine.session("dev")["state"] == "active", what="the session to be renewed")
        assert "assumed-role/Developer/" in machine.caller("dev")
    wait_until(browser.has_ended, what="every browser to end")
