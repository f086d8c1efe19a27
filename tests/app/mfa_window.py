"""The window with the code of an MFA device: the app draws it outside of its page, where no driver sees it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from window import clipboard, screen

from peers.private_desktop import PrivateDesktop
from peers.process import wait_until


@dataclass(frozen=True)
class MfaWindow:
    """The one of an identity."""

    desktop: PrivateDesktop
    identity: str

    @property
    def title(self) -> str:
        """As `xdotool` looks for it."""
        return f"^MFA code of {self.identity}$"

    def copied(self) -> str:
        """Wait until it is there, press Enter in it as a person does, and take the code from the clipboard."""
        wait_until(lambda: self.desktop.visible_windows(self.title), seconds=30, what="the window with the code")
        self._run("xdotool", "search", "--onlyvisible", "--name", self.title, "windowactivate", "--sync")
        self._key("Return")
        return wait_until(self._code, what="a code on the clipboard")

    def close(self) -> None:
        """Close it with the key for that."""
        self._key("Escape")
        wait_until(lambda: not self.desktop.visible_windows(self.title), what="the window with the code to go")

    def picture(self, name: str) -> None:
        """Save the whole screen, with the window on it."""
        screen(self.desktop, name)

    def _code(self) -> str | None:
        text = clipboard(self.desktop)
        return text if len(text) == 6 and text.isdigit() else None

    def _key(self, key: str) -> None:
        self._run("xdotool", "key", key)

    def _run(self, *argv: str) -> None:
        subprocess.run(argv, env=self.desktop.env, check=True, capture_output=True, timeout=30)
