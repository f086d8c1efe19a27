"""The window tells the truth: about sessions after a sign-out, regions, a broken configuration, and a missing keyring."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from window import Window, driven

from peers.daypass import Daypass
from peers.private_desktop import PrivateDesktop, private_desktop
from peers.process import wait_until
from peers.sandbox import Sandbox
from peers.sandbox import sandbox as run_sandbox

PERMISSION_SET = "444455556666/Developer"


@pytest.fixture
def portal(machine: Daypass, tmp_path: Path) -> Iterator[tuple[Daypass, Sandbox]]:
    """A machine with an IAM Identity Center, signed in: its roles come from the sign-in, and go with it."""
    with run_sandbox(tmp_path) as sandbox:
        machine.env |= sandbox.env | {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
        machine("identity", "add", "identity-center", "acme", "--start-url", sandbox.start_url, "--region", "eu-central-1")
        machine("identity", "login", "acme")
        yield machine, sandbox


def region(machine: Daypass, profile: str) -> str | None:
    """The region in the credentials file."""
    section = machine.credentials.read_text().partition(f"[{profile}]")[2].partition("\n[")[0]
    return next((line.partition("= ")[2] for line in section.splitlines() if line.startswith("region")), None)


def test_sessions_stay_in_the_list_after_a_sign_out_and_follow_a_region(portal: tuple[Daypass, Sandbox], desktop: PrivateDesktop):
    machine, _ = portal
    with driven(machine, desktop) as window:
        page = window.page
        window.search("developer 444455556666")
        window.start()
        (session,) = machine("status", "--json").json["sessions"]
        profile = session["profile"]
        assert region(machine, profile) == "eu-central-1", "the identity's, prefilled"
        assert "Acting as" not in page.text, "what AWS doesn't say isn't shown"
        page.wait_for_text("as AWS decides")

        # Another region for the account, while the session runs.
        page.by_role("button", "Set terms").click()
        page.by_role("combobox", "Region", exact=True).fill("us-east-2")
        page.by_role("switch", "For all roles of account").click()
        window.in_dialog("Save changes")
        window.dialog_closed()
        wait_until(lambda: region(machine, profile) == "us-east-2", what="the running profile to be rewritten")
        assert machine.session(profile)["accessKeyId"] == session["accessKeyId"], "without an exchange"

        page.by_role("button", "Sign out", exact=True).click()
        page.by_role("dialog", "Sign out of acme?")
        window.picture("13-sign-out-asks")
        window.in_dialog("Sign out only")
        window.dialog_closed()
        page.by_role("button", "Sign in", exact=True)
        window.search("")
        assert "Developer" in window.chosen() and window.total() == "1"
        window.picture("14-signed-out-and-running")
        assert machine.session(profile), "and tools can use it"
        window.stop()
        page.wait_for_text("Stopped")
        page.by_role("button", "Undo").click()
        wait_until(lambda: machine.session(profile), what="the session to be back")
        window.active()
        window.stop()
    assert machine.untouched()


def test_a_mistake_in_config_toml_at_the_start_is_no_first_start(machine: Daypass, desktop: PrivateDesktop):
    good = '[identity.work]\nkind = "oidc"\nissuer = "https://login.example.com"\nclient_id = "x"\n'
    machine.config.parent.mkdir(parents=True, exist_ok=True)
    machine.config.write_text(good.replace("client_id", "clientid"))
    with driven(machine, desktop) as window:
        window.page.wait_for_text("Fix your config file to continue")
        assert "Welcome" not in window.page.text
        assert "previous settings" not in window.page.text, "there are none"
        window.picture("15-config-mistake-at-start")
        machine.config.write_text(good)
        window.page.by_role("button", "OpenID Connect work")


def test_a_keyring_that_is_missing_is_told_at_the_start(daypass: Daypass, tmp_path: Path):
    with private_desktop(tmp_path / "bare", keyring=False) as desktop:
        daypass.config.unlink()
        with driven(daypass, desktop) as window:
            window.page.wait_for_text("keyring", seconds=60)
            assert "Welcome to Daypass" in window.page.text
            window.picture("16-no-keyring")
            window.page.by_role("button", "Keep the key in a file").click()
            window.in_dialog("Keep it in a file")
            wait_until(lambda: "keyring" not in window.page.text, what="the banner to go")
            assert 'key = "file:' in daypass.config.read_text()
            findings = daypass("doctor", "--json", code=None).json
            verdicts = [finding["verdict"] for finding in findings if finding["what"] == "vault"]
            assert verdicts and "wrong" not in verdicts, findings


def test_the_window_can_be_made_larger_and_remembers_it(machine: Daypass, desktop: PrivateDesktop):
    width = lambda window: window.page.execute("return innerWidth")  # noqa: E731

    def until_width(window: Window, fits) -> None:
        wait_until(lambda: fits(width(window)), what="the page to have its size")

    with driven(machine, desktop) as window:
        window.page.wait_for_text("Welcome to Daypass")
        usual = width(window)
        for _ in range(3):
            window.page.press("Control+=")
        until_width(window, lambda now: now < usual * 0.75)
        assert window.page.active.attribute("class").startswith("input"), "the field for the address has the focus"
        window.picture("17-larger")
    with driven(machine, desktop) as window:
        window.page.wait_for_text("Welcome to Daypass")
        until_width(window, lambda now: now < usual * 0.75)
        window.page.press("Control+0")
        until_width(window, lambda now: now == usual)


def test_the_window_is_drawn_without_a_compositor(machine: Daypass, desktop: PrivateDesktop):
    """The compositor costs 100 MB in the page's process, and 4 % of a core while times count down."""

    def pages() -> list[Path]:
        processes = [exe.parent for exe in Path("/proc").glob("[0-9]*/exe") if exe.exists()]
        named = [process for process in processes if (process / "comm").read_text() == "WebKitWebProces\n"]
        return [process for process in named if os.fsencode(machine.folder) in (process / "environ").read_bytes()]

    with driven(machine, desktop) as window:
        window.page.wait_for_text("Welcome to Daypass")
        (process,) = pages()
        threads = {task.read_text().strip() for task in process.glob("task/*/comm")}
        assert "WebKitWebProces" in threads and not any(name.startswith("Skia") for name in threads), "Skia's threads paint the compositor's tiles"


def test_more_contrast_is_given_to_those_who_ask_for_it(machine: Daypass, desktop: PrivateDesktop):
    machine.env["GTK_THEME"] = "HighContrast"
    with driven(machine, desktop) as window:
        window.page.wait_for_text("Welcome to Daypass")
        assert window.page.execute("return matchMedia('(prefers-contrast: more)').matches")
        assert window.page.execute("return getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        window.picture("18-more-contrast")
