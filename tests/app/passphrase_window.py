"""The window that asks for the vault's passphrase. The app draws it outside its page, where the driver can't see it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from window import screen

from peers.private_desktop import PrivateDesktop
from peers.process import PATIENCE, wait_until


@dataclass(frozen=True)
class PassphraseWindow:
    """The passphrase window, for an existing passphrase or a new one."""

    desktop: PrivateDesktop
    title: str = "^Unlock Daypass"

    def wait(self) -> None:
        """Wait until it is open."""
        wait_until(lambda: self.desktop.visible_windows(self.title), what="the window that asks for the passphrase")

    def refused(self) -> None:
        """Wait until it says why the passphrase wasn't taken."""
        wait_until(lambda: self.desktop.visible_windows(f"{self.title}: try again$"), what="the window to ask again")

    def gone(self) -> None:
        """Wait until it is closed."""
        wait_until(lambda: not self.desktop.visible_windows(self.title), what="the window for the passphrase to go")

    def type(self, *passphrases: str) -> None:
        """Type into each of its fields, and press Enter."""
        self.wait()
        self._run("xdotool", "search", "--onlyvisible", "--name", self.title, "windowactivate", "--sync")
        for at, passphrase in enumerate(passphrases):
            if at:
                self._run("xdotool", "key", "Tab")
            self._run("xdotool", "type", "--delay", "20", passphrase)
        self._run("xdotool", "key", "Return")

    def cancel(self) -> None:
        """Close it with Escape."""
        self._run("xdotool", "search", "--onlyvisible", "--name", self.title, "windowactivate", "--sync")
        self._run("xdotool", "key", "Escape")
        self.gone()

    def picture(self, name: str) -> None:
        """Save the whole screen with the window on it."""
        screen(self.desktop, name)

    def _run(self, *argv: str) -> None:
        subprocess.run(argv, env=self.desktop.env, check=True, capture_output=True, timeout=PATIENCE)
