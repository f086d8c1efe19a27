"""The role's page in the real window: a session that runs gets another name, delivery and region, and tools follow."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from window import Window, clipboard, driven

from peers.daypass import Daypass
from peers.private_desktop import PrivateDesktop
from peers.process import wait_until
from peers.sandbox import ROLE, Sandbox
from peers.sandbox import sandbox as run_sandbox


@pytest.fixture
def ready(machine: Daypass, tmp_path: Path) -> Iterator[tuple[Daypass, Sandbox]]:
    """A machine that is signed in, with one declared role."""
    with run_sandbox(tmp_path) as sandbox:
        machine.sign_in(sandbox.issuer, (ROLE, "dev"))
        machine.env |= sandbox.env
        yield machine, sandbox


def botocores(daypass: Daypass) -> set[str]:
    """The profiles that botocore reads."""
    program = "import botocore.session; print(*botocore.session.Session().available_profiles)"
    done = subprocess.run([sys.executable, "-c", program], env=daypass.env, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def rename(window: Window, old: str, new: str) -> None:
    """By keyboard: the menu, its first item, the name, Enter."""
    page = window.page
    page.by_role("button", f"Actions for profile {old}").click()
    page.by_role("menuitem", "Rename…")
    page.press("Enter")
    page.by_role("textbox", f"New name of {old}").fill(new)
    page.press("Enter")
    page.wait_for_text(f"--profile {new}")


def test_a_running_session_is_renamed_and_delivered_another_way(ready: tuple[Daypass, Sandbox], desktop: PrivateDesktop):
    machine, _ = ready
    with driven(machine, desktop) as window:
        page = window.page
        window.search("develo")
        window.start()
        before = machine.session("dev")
        window.picture("role-1-started")

        page.by_role("button", "Copy --profile dev", exact=True).click()
        wait_until(lambda: clipboard(desktop) == "--profile dev", what="the copy")

        rename(window, "dev", "shop")
        assert page.active.attribute("aria-label"), "the focus is on a button, and not on the page"
        assert "shop" in botocores(machine) and "dev" not in botocores(machine)
        assert ":assumed-role/Developer/" in machine.boto3_caller("shop")
        assert machine.session("shop")["accessKeyId"] == before["accessKeyId"], "without an exchange"

        page.by_role("button", "Add a profile").click()
        page.by_role("textbox", "Another profile").fill("legacy")
        page.press("Enter")
        page.by_role("dialog", "Replace profile legacy?")
        window.picture("role-2-replace")
        window.in_dialog("Cancel")
        window.dialog_closed()
        assert machine.session("shop")["also"] == []

        page.find(".detail summary").click()
        page.by_role("radio", "credential_process").click()
        wait_until(lambda: machine.untouched(), what="the keys to leave the file")
        in_config = lambda: machine.aws_config.exists() and "[profile shop]" in machine.aws_config.read_text()  # noqa: E731
        wait_until(in_config, what="the section in the config file")
        assert ":assumed-role/Developer/" in machine.boto3_caller("shop"), "tools ask Daypass"
        page.by_role("combobox", "Region for tools").fill("us-west-2")
        page.by_role("button", "Set the region").click()
        wait_until(lambda: "region = us-west-2" in machine.aws_config.read_text(), what="the region in the config file")
        window.picture("role-3-by-process")
        rename(window, "shop", "live")
        wait_until(lambda: "[profile live]" in machine.aws_config.read_text(), what="the new name in the config file")
        assert "[profile shop]" not in machine.aws_config.read_text()
        assert ":assumed-role/Developer/" in machine.caller("live")
        page.by_role("radio", "Credentials file").click()
        wait_until(lambda: "[live]" in machine.credentials.read_text(), what="the keys in the file")
        in_config = lambda: machine.aws_config.exists() and "[profile live]" in machine.aws_config.read_text()  # noqa: E731
        wait_until(lambda: not in_config(), what="the section to leave the config file")
        assert machine.session("live")["accessKeyId"] == before["accessKeyId"]
        page.wait_for_text("Profile, delivery or region changed")
        window.stop()
    assert machine.untouched()


def test_a_role_by_process_has_its_section_when_the_window_starts_it(ready: tuple[Daypass, Sandbox], desktop: PrivateDesktop):
    machine, _ = ready
    machine("config", "set", "delivery", "process")
    with driven(machine, desktop) as window:
        window.search("develo")
        window.start()
        wait_until(lambda: machine.aws_config.exists() and "[profile dev]" in machine.aws_config.read_text(), what="the section")
        assert machine.untouched()
        assert ":assumed-role/Developer/" in machine.boto3_caller("dev")


def test_an_identity_is_renamed_in_the_window(ready: tuple[Daypass, Sandbox], desktop: PrivateDesktop):
    machine, _ = ready
    machine("profiles", "sync", "--yes")
    with driven(machine, desktop) as window:
        page = window.page
        window.search("develo")
        window.start()
        page.by_role("button", "More").click()
        page.by_role("menuitem", "Rename…").click()
        page.by_role("textbox", "New name").fill("acme")
        window.picture("role-4-rename-identity")
        window.in_dialog("Rename")
        window.dialog_closed()
        page.wait_for_text("work is now called acme")
        window.active()
        assert machine.session("dev")["identity"] == "acme"
        assert "acme:arn:" in machine.aws_config.read_text()
        page.by_role("button", "Renew now").click()
        wait_until(lambda: machine.session("dev")["renewals"] == 1, what="the renewal with the renamed identity")


def test_the_console_opens_at_a_service(ready: tuple[Daypass, Sandbox], desktop: PrivateDesktop):
    machine, _ = ready
    with driven(machine, desktop) as window:
        page = window.page
        window.search("develo")
        opened = machine.browser_opened()
        page.by_role("combobox", "Service or page").fill("bucket")
        page.press("ArrowDown")
        window.picture("role-5-services")
        page.press("Enter")
        wait_until(lambda: machine.browser_opened() == opened + 1, what="the console to open")
        page.wait_for_text("Console opened")
