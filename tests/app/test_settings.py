"""The settings both ways: what the person changes in the window is in the file, and what is edited in the file is shown."""

from __future__ import annotations

import tomllib

from passphrase_window import PassphraseWindow
from window import Window, driven

from peers.daypass import Daypass
from peers.private_desktop import PrivateDesktop
from peers.process import wait_until

KEY = "AKIAIOSFODNN7EXAMPLE\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"

HAND_WRITTEN = """# What we agreed on
[settings]
region = "eu-west-1"   # close to us

[settings.window]
theme = "light"
"""


def open_settings(window: Window, part: str | None = None) -> None:
    """Open the settings by their key, and a part of them."""
    window.page.press("Control+,")
    window.page.by_role("heading", "Settings")
    if part:
        window.page.by_role("button", part, exact=True).click()


def theme(window: Window) -> str:
    return window.page.execute("return document.documentElement.dataset.theme")


def test_settings_change_in_the_window_and_in_the_file(machine: Daypass, desktop: PrivateDesktop):
    machine.config.parent.mkdir(parents=True, exist_ok=True)
    machine.config.write_text(HAND_WRITTEN)
    with driven(machine, desktop) as window:
        wait_until(lambda: theme(window) == "light", what="the theme of the file")
        open_settings(window)
        window.picture("20-settings-light")

        window.page.by_role("combobox", "Theme").choose("Dark")
        wait_until(lambda: theme(window) == "dark", what="the theme that was chosen")
        window.picture("21-settings-dark")
        text = machine.config.read_text()
        assert text == HAND_WRITTEN.replace('"light"', '"dark"'), "comments and spacing stay"

        # What is saved in an editor is shown without a press.
        machine.config.write_text(text.replace('"dark"', '"light"').replace("eu-west-1", "eu-north-1"))
        wait_until(lambda: theme(window) == "light", what="the theme that was edited")
        window.page.by_role("button", "Regions", exact=True).click()
        region = window.page.by_role("combobox", "Region", exact=True)
        wait_until(lambda: region.value == "eu-north-1", what="the region that was edited")

        # And by the command.
        machine("config", "set", "window.text_size", "125%")
        wait_until(lambda: window.page.execute("return innerWidth") < 1000, what="a larger text")

        # A mistake in the file stops changes, and ends when the file is right.
        good = machine.config.read_text()
        machine.config.write_text(good.replace('"light"', '"grey"'))
        window.page.wait_for_text("can’t change these settings until you fix config.toml")
        machine.config.write_text(good)
        wait_until(lambda: "until you fix config.toml" not in window.page.text, what="the settings to work again")


def test_a_shortcut_is_changed_by_pressing_it(machine: Daypass, desktop: PrivateDesktop):
    with driven(machine, desktop) as window:
        open_settings(window, "Shortcuts")
        window.page.by_role("button", "Change the keys of: Find commands").click()
        window.page.press("Control+p")
        saved = lambda: tomllib.loads(machine.config.read_text())["settings"]["shortcuts"]  # noqa: E731
        wait_until(lambda: machine.config.exists() and saved() == {"find": "Ctrl+P"}, what="the keys in the file")
        window.picture("22-settings-shortcuts")
        window.page.press("Control+p")
        window.page.by_role("combobox", "Search commands")
        window.page.press("Escape")
        window.dialog_closed()
        window.page.press("Control+,")
        window.page.by_role("heading", "Settings")


def test_the_vault_gets_a_passphrase_from_the_settings(machine: Daypass, desktop: PrivateDesktop):
    """The passphrases are typed in a window of the platform, and never in the page."""
    machine("identity", "add", "iam-user", "ann", stdin=KEY)
    with driven(machine, desktop) as window:
        open_settings(window, "Vault")
        window.page.by_role("combobox", "Key", exact=True).choose("A passphrase")
        first = PassphraseWindow(desktop, "^Choose a passphrase for Daypass")
        first.type("first horse", "first horse")
        first.gone()
        wait_until(lambda: 'key = "passphrase"' in machine.config.read_text(), what="the key under the passphrase")

        window.page.by_role("button", "Change passphrase").click()
        change = PassphraseWindow(desktop, "^Change Daypass's passphrase")
        change.type("a guess", "second horse", "second horse")
        change.refused()
        change.picture("23-passphrase-wrong")
        change.type("first horse", "second horse", "second horse")
        change.gone()
        assert "horse" not in window.page.execute("return document.documentElement.outerHTML")

        window.page.by_role("button", "Lock now").click()
        window.page.by_role("button", "Unlock", exact=True).click()
        unlock = PassphraseWindow(desktop)
        unlock.type("first horse")
        unlock.refused()
        unlock.type("second horse")
        unlock.gone()
        window.page.by_role("button", "Lock now")
        window.picture("24-settings-vault")
