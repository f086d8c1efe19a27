"""The app with a vault under a passphrase: it asks in a window of the platform's, at its start and after a lock."""

from __future__ import annotations

import pytest
from passphrase_window import PassphraseWindow
from window import driven

from peers.daypass import Daypass
from peers.private_desktop import PrivateDesktop
from peers.process import wait_until

KEY = "AKIAIOSFODNN7EXAMPLE\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
CHOOSE, AGAIN = "Choose a passphrase for the Daypass vault: ", "Enter it again: "
RIGHT = "correct horse"
ROLE = "arn:aws:iam::111122223333:role/Audit"


@pytest.fixture
def sealed(machine: Daypass) -> Daypass:
    """A machine with an IAM user and a role, whose vault is under a passphrase."""
    machine("identity", "add", "iam-user", "ann", stdin=KEY)
    machine("role", "add", ROLE, "--identity", "ann", "--profile", "audit")
    machine.conversation("vault", "move", "passphrase", answers=[(CHOOSE, RIGHT), (AGAIN, RIGHT)])
    return machine


def test_the_passphrase_is_typed_outside_of_the_page(sealed: Daypass, desktop: PrivateDesktop):
    asked = PassphraseWindow(desktop)
    with driven(sealed, desktop) as window:
        asked.wait()
        asked.cancel()
        window.page.wait_for_text("Your vault is locked")
        window.picture("40-passphrase-needed")
        window.page.by_role("button", "Unlock…").click()
        asked.type("wrong horse")
        assert "passphrase-needed" in sealed("identity", "secret", "ann", "access_key_id", stdin="x\n", code=1).err
        asked.refused()
        asked.picture("41-passphrase-wrong")
        asked.type(RIGHT)
        asked.gone()
        window.page.wait_for_text("Audit")
        assert "signed-in" in sealed("identity", "list", "--json").out
        assert "correct" not in window.page.execute("return document.documentElement.innerHTML")

        sealed("lock")
        window.page.wait_for_text("Your vault is locked")
        window.picture("42-vault-locked")
        assert "vault-locked" in sealed("credential-process", "--profile", "audit", code=1).err
        window.page.by_role("button", "Unlock…").click()
        asked.type(RIGHT)
        asked.gone()
        wait_until(lambda: "Your vault is locked" not in window.page.text, what="the window to be unlocked")


def test_a_new_passphrase_is_typed_twice(machine: Daypass, desktop: PrivateDesktop):
    machine.config.write_text('[settings.vault]\nkey = "passphrase"\n')
    asked = PassphraseWindow(desktop, "^Choose a passphrase for Daypass")
    with driven(machine, desktop):
        add = ("identity", "add", "iam-user", "ann")
        assert "passphrase-needed" in machine(*add, stdin=KEY, code=1).err
        asked.type(RIGHT, "another horse")
        asked.refused()
        asked.picture("43-passphrases-differ")
        asked.type(RIGHT, RIGHT)
        asked.gone()
        assert (machine.home / "vault.age.key.age").exists()
        machine(*add, stdin=KEY)
