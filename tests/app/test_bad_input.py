"""The window says what went wrong, where, and what to do, and nothing is lost."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from window import Window, clipboard, driven

from peers.daypass import OTHERS, Daypass
from peers.oidc_provider import Issuer
from peers.private_desktop import KEYRING_PASSWORD, PrivateDesktop, private_desktop
from peers.process import PATIENCE, wait_until
from peers.sandbox import ROLE, Sandbox


@pytest.fixture
def ready(machine: Daypass, sandbox: Sandbox) -> Daypass:
    """A signed-in person with one role."""
    machine.sign_in(sandbox.issuer, (ROLE, "dev"))
    return machine


class TestAProfileOfSomeoneElse:
    """A profile that Daypass did not write."""

    @pytest.fixture
    def window(self, machine: Daypass, sandbox: Sandbox, desktop: PrivateDesktop) -> Iterator[Window]:
        machine.sign_in(sandbox.issuer, (ROLE, "legacy"))
        with driven(machine, desktop) as window:
            window.page.by_role("button", "Start", exact=True).click()
            window.page.by_role("dialog", "Replace profile legacy?")
            yield window

    def test_is_left_alone_when_the_person_says_so(self, window: Window, machine: Daypass):
        window.picture("13-foreign-profile")
        window.in_dialog("Cancel")
        window.dialog_closed()
        window.page.by_role("button", "Start", exact=True)
        assert machine.untouched()

    def test_is_backed_up_and_replaced_when_the_person_says_so(self, window: Window, machine: Daypass):
        window.in_dialog("Back up and replace")
        window.active()
        window.page.wait_for_text("Backed up as ")
        window.picture("13-replaced")
        assert "assumed-role/Developer/" in machine.caller("legacy")
        backups = [f for f in machine.credentials.parent.iterdir() if f.read_bytes() == OTHERS]
        assert len(backups) == 1, "the previous file is next to it"
        assert backups[0].stat().st_mode & 0o777 == 0o600
        assert b"# Managed by the platform team." in machine.credentials.read_bytes()
        window.stop()


class TestTheConfig:
    """config.toml, edited by hand while Daypass runs."""

    def test_with_a_mistake_is_told_and_the_last_good_one_stays_in_force(
        self, ready: Daypass, desktop: PrivateDesktop
    ):
        good = ready.config.read_text()
        with driven(ready, desktop) as window:
            window.start()
            ready.config.write_text(good.replace("client_id", "clientid"))
            window.page.wait_for_text("config.toml has a mistake")
            for words in (str(ready.config), "line ", "clientid"):
                assert words in window.page.text, words
            window.picture("14-config-mistake")
            assert "Developer" in window.chosen(), "the roles stay"
            assert "assumed-role/Developer/" in ready.caller("dev"), "the session stays"
            window.page.by_role("button", "Renew now").click()
            wait_until(lambda: "Renewed once" in window.page.text, what="a renewal with the last good configuration")
            assert "clientid" in ready.config.read_text(), "a file with a mistake is never written over"

            ready.config.write_text(good)
            wait_until(lambda: "mistake" not in window.page.text, what="the banner to go")
            window.stop()
        assert ready.untouched()


class TestTheKeyring:
    """The keyring that holds the vault's key."""

    def test_that_is_absent_is_told_before_anyone_signs_in(self, daypass: Daypass, sandbox: Sandbox, tmp_path: Path):
        with private_desktop(tmp_path / "bare", keyring=False) as desktop:
            daypass.config.write_text("")
            daypass.env |= {n: desktop.env[n] for n in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY")}
            daypass.add_identity(sandbox.issuer)
            with driven(daypass, desktop) as window:
                window.begin_sign_in()
                window.page.wait_for_text("keyring")
                window.page.wait_for_text("file:")
                window.picture("15-keyring-absent")
        assert not (daypass.home / "vault.age").exists(), "never silently unsealed"
        assert not daypass.browser_opened(), "Daypass must not start a sign-in whose proof it can't keep"

    def test_that_is_locked_is_told_and_nothing_is_lost(self, ready: Daypass, desktop: PrivateDesktop):
        sealed = (ready.home / "vault.age").read_bytes()
        lock(desktop)
        with driven(ready, desktop) as window:
            page = window.page
            page.wait_for_text("Waiting for your keyring")
            window.picture("16-keyring-asks")
            wait_until(lambda: escape(desktop) or "is locked" in page.text, what="a banner", every=0.5)
            window.picture("16-keyring-locked")
            wait_until(lambda: "Developer" in window.chosen(), what="the roles, which are there all the same", every=0.5)
            page.by_role("button", "Check again").click()
            opened = lambda: unlock(desktop) or "keyring" not in page.text.lower()  # noqa: E731
            wait_until(opened, what="the keyring to be open", every=1)
            page.by_role("button", "Sign out")
            assert (ready.home / "vault.age").read_bytes() == sealed
            window.start()
            window.stop()


class TestTheSignIn:
    """The person at the browser."""

    @pytest.fixture
    def issuer(self, oidc_provider: Issuer) -> Issuer:
        return oidc_provider

    @pytest.fixture
    def signed_out(self, machine: Daypass, issuer: Issuer) -> Daypass:
        machine.add_identity(issuer)
        machine("role", "add", ROLE, "--identity", "work", "--profile", "dev")
        return machine

    def test_left_in_the_browser_can_be_copied_and_cancelled(
        self, signed_out: Daypass, desktop: PrivateDesktop, issuer: Issuer
    ):
        signed_out.env["PERSON_STOP"] = "url"
        with driven(signed_out, desktop) as window:
            window.begin_sign_in()
            window.page.by_role("button", "Copy address").click()
            address = wait_until(lambda: clipboard(desktop), what="something on the clipboard")
            assert address.startswith(issuer.url) and "code_challenge_method=S256" in address
            window.picture("17-sign-in")
            window.in_dialog("Cancel sign-in")
            window.dialog_closed()
            window.page.wait_for_text("Signed out")
            assert not window.page.has("alert"), "a person who cancels doesn't need a message"

    def test_refused_by_the_person(self, signed_out: Daypass, desktop: PrivateDesktop, issuer: Issuer):
        signed_out.env["PERSON_DENY"] = "1"
        with driven(signed_out, desktop) as window:
            window.begin_sign_in()
            window.page.wait_for_text("refused")
            assert issuer.url in window.page.text
            window.dialog_closed()
            window.picture("18-sign-in-refused")
            window.page.by_role("button", "Sign in", exact=True)


def test_a_role_that_aws_denies(ready: Daypass, desktop: PrivateDesktop, sandbox: Sandbox):
    sandbox.turn(deny_next=99)
    with driven(ready, desktop) as window:
        window.page.by_role("button", "Start", exact=True).click()
        window.page.wait_for_text("AccessDenied")
        assert "trust policy" in window.page.text, "what to do"
        assert "Request ID" in window.page.text
        window.picture("19-access-denied")
        sandbox.turn()
        window.start()
        assert "AccessDenied" not in window.page.text
        window.stop()
    assert ready.untouched()


def lock(desktop: PrivateDesktop) -> None:
    """Lock the keyring, as a screen saver or the keyring's own program does."""
    service, root = "org.freedesktop.secrets", "/org/freedesktop/secrets"
    desktop.call(service, root, "org.freedesktop.Secret.Service.Lock", f"['{root}/collection/login']")


def unlock(desktop: PrivateDesktop) -> bool:
    """The person answers the keyring's question with its password, if it asks."""
    for prompt in desktop.visible_windows("^Unlock "):
        keys = ["type", "--delay", "40", KEYRING_PASSWORD.decode()]
        argv = ["xdotool", "windowactivate", "--sync", prompt, *keys]
        subprocess.run(argv, env=desktop.env, capture_output=True, timeout=PATIENCE)
        subprocess.run(["xdotool", "key", "Return"], env=desktop.env, capture_output=True, timeout=PATIENCE)
    return False


def escape(desktop: PrivateDesktop) -> bool:
    """The person presses Escape at the keyring's question, if it asks."""
    subprocess.run(["xdotool", "key", "Escape"], env=desktop.env, capture_output=True)
    return False
