"""The list in the real window: what is above the accounts, favourites and filters that outlive it, and several roles at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from window import Window, driven

from peers.daypass import Daypass
from peers.private_desktop import PrivateDesktop
from peers.process import wait_until
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox
from peers.sandbox import sandbox as run_sandbox

ACCOUNTS = """
[account.111122223333]
name = "Shop production"
colour = "red"
production = true

[account.444455556666]
name = "Shop staging"
"""


@pytest.fixture
def shop(machine: Daypass, tmp_path: Path) -> Iterator[tuple[Daypass, Sandbox]]:
    """A machine with roles in two named accounts, signed in."""
    with run_sandbox(tmp_path) as sandbox:
        machine.env |= sandbox.env | {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
        deploy = ROLE.replace("Developer", "Deploy")
        machine.sign_in(sandbox.issuer, (ROLE, "dev"), (deploy, "deploy"), (OTHER_ROLE, "read"))
        machine.config.write_text(machine.config.read_text() + ACCOUNTS)
        yield machine, sandbox
        machine.end_background()


def section(window: Window, name: str) -> list[str]:
    """What a screen reader hears of the options in a section of the list."""
    script = """const group = document.querySelector(`#roles [role=group][aria-label="${arguments[0]}"]`);
    return [...(group?.querySelectorAll('[role=option]') ?? [])].map((one) => one.getAttribute('aria-label'));"""
    return window.page.execute(script, name)


def test_accounts_and_roles_are_reached_by_keys_alone(shop: tuple[Daypass, Sandbox], desktop: PrivateDesktop):
    machine, _ = shop
    with driven(machine, desktop) as window:
        page = window.page
        wait_until(lambda: len(section(window, "Accounts")) == 3, what="the roles")
        assert section(window, "Accounts")[0].startswith("ReadOnly, Shop production, production account")
        page.press("ArrowDown")
        assert window.chosen().startswith("Deploy, Shop staging, role 1 of 2")
        page.press("ArrowRight")
        assert window.chosen().startswith("Developer, Shop staging, role 2 of 2")
        page.press("Enter")
        window.active()
        assert window.chosen().startswith("Developer, Shop staging, Active"), "a role that starts stays where it is"
        assert section(window, "Running")[0].startswith("Developer, Shop staging, Active")
        window.search("production")
        assert len(section(window, "Running")) == 1, "what runs is there, whatever is searched for"
        assert page.execute("return document.querySelector('#roles mark').innerText") == "production"
        page.press("ArrowUp")
        page.press("Shift+Enter")
        wait_until(lambda: section(window, "Running") == [], what="the session to stop")
        assert page.active.attribute("role") == "combobox", "the focus stays in the field"


def test_favourites_filters_and_folders_outlive_the_window(shop: tuple[Daypass, Sandbox], desktop: PrivateDesktop):
    machine, _ = shop
    with driven(machine, desktop) as window:
        page = window.page
        window.search("deploy")
        page.press("Control+d")
        wait_until(lambda: "favourites" in machine.config.read_text(), what="the favourite in config.toml")
        page.by_role("button", "Production", exact=True).click()
        window.search("read")
        page.by_role("button", "Saved filters").click()
        page.by_role("menuitem", "Save this filter").click()
        page.by_role("textbox", "Name").fill("Careful")
        window.in_dialog("Save")
        window.dialog_closed()
        assert "[filter.Careful]" in machine.config.read_text()
        page.press("Control+f")
        page.press("Shift+F10")
        page.by_role("menuitem", "Move account to a folder").click()
        page.by_role("textbox", "Folder").fill("Shop")
        window.in_dialog("Save")
        window.dialog_closed()
        wait_until(lambda: 'folder = "Shop"' in machine.config.read_text(), what="the folder in config.toml")
    with driven(machine, desktop) as window:
        page = window.page
        wait_until(lambda: section(window, "Favourites"), what="the favourite")
        assert section(window, "Favourites")[0].startswith("Deploy, Shop staging")
        page.by_role("button", "Saved filters").click()
        page.by_role("menuitemcheckbox", "Careful").click()
        wait_until(lambda: window.total() == "1", what="the saved filter to be set")
        page.by_role("button", "Clear filters").click()
        window.search("")
        page.by_role("button", "Grouping").click()
        page.by_role("menuitemcheckbox", "By folder").click()
        wait_until(lambda: section(window, "Accounts")[0].startswith("Shop, 1 account"), what="the folder")
        window.picture("30-list-by-folder")


def test_several_roles_start_and_stop_together(shop: tuple[Daypass, Sandbox], desktop: PrivateDesktop):
    machine, _ = shop
    with driven(machine, desktop) as window:
        page = window.page
        window.search("staging")
        page.press("Control+ ")
        page.press("ArrowRight")
        page.press("Control+ ")
        page.wait_for_text("2 selected")
        window.picture("31-list-several")
        page.press("Enter")
        wait_until(lambda: len(section(window, "Running")) == 2, what="both to run")
        assert machine.session("dev") and machine.session("deploy")
        page.press("Shift+Enter")
        page.wait_for_text("Stopped 2 sessions")
        assert not machine.session("dev") and not machine.session("deploy")


def test_the_rail_folds_away_and_stays_so(shop: tuple[Daypass, Sandbox], desktop: PrivateDesktop):
    machine, _ = shop
    with driven(machine, desktop) as window:
        page = window.page
        page.by_role("navigation", "Identities")
        page.press("Control+b")
        wait_until(lambda: not page.has("navigation", "Identities"), what="the rail to go")
        assert page.active.attribute("role") == "combobox"
        page.by_role("button", "Show identities").click()
        page.by_role("navigation", "Identities")
