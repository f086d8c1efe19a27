"""The window that asks about a program. The app draws it outside its page, where the driver can't see it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from window import screen

from peers.private_desktop import PrivateDesktop
from peers.process import PATIENCE, wait_until


@dataclass(frozen=True)
class ConsentWindow:
    """The question about a program and a role."""

    desktop: PrivateDesktop
    role: str

    @property
    def title(self) -> str:
        """Its title, as a pattern for `xdotool`."""
        return f" wants to use {self.role}$"

    def wait(self) -> None:
        """Wait until it is open."""
        wait_until(lambda: self.desktop.visible_windows(self.title), what="the window that asks about a program")

    def gone(self) -> None:
        """Wait until it is closed."""
        wait_until(lambda: not self.desktop.visible_windows(self.title), what="the question to go")

    def press(self, key: str, until: Callable[[], object]) -> None:
        """Press a button by its letter, as often as it takes: a new question doesn't listen at once."""
        self.wait()

        def pressed() -> object:
            if self.desktop.visible_windows(self.title):
                search = ("xdotool", "search", "--onlyvisible", "--name", self.title, "windowactivate", "--sync")
                if subprocess.run(search, env=self.desktop.env, capture_output=True, timeout=PATIENCE).returncode == 0:
                    subprocess.run(("xdotool", "key", f"alt+{key}"), env=self.desktop.env, check=True, timeout=PATIENCE)
            return until()

        wait_until(pressed, what="the answer", every=0.3)

    def picture(self, name: str) -> None:
        """Save the whole screen with the window on it."""
        screen(self.desktop, name)
