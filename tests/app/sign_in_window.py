"""The sign-in window in the words of a person.

The driver sees the window that the app began with and no other, and the page in this one is not ours to look into
anyway: it is found by its title, looked at on the screen and typed into with the keyboard, through the X server.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from window import EMPTY_WINDOW_BYTES, ONLOOKER

from peers.private_desktop import SYSTEM_PYTHON, PrivateDesktop
from peers.process import running, wait_until
from peers.webdriver import SCREENSHOTS


@dataclass(frozen=True)
class SignInWindow:
    """The window of an identity's sign-in, when there is one to be seen."""

    desktop: PrivateDesktop
    identity: str

    @property
    def title(self) -> str | None:
        """Its title; None while there is no window to be seen."""
        for window in self.desktop.visible_windows(f"Sign in to {re.escape(self.identity)}( |$)"):
            done = self._run("xdotool", "getwindowname", window)
            if done:
                return done
        return None

    def count(self) -> int:
        """How many windows of it are to be seen: the first, and those that its pages opened."""
        return len(self.desktop.visible_windows(f"Sign in to {re.escape(self.identity)}( |$)"))

    def shown(self, *, seconds: float = 30) -> str:
        """Wait until it is there to be seen; its title."""
        return wait_until(lambda: self.title, seconds=seconds, what=f"the sign-in window of {self.identity}")

    def gone(self) -> None:
        """Wait until it is not to be seen."""
        wait_until(lambda: self.title is None, what="the sign-in window to go")

    def has_focus(self) -> bool:
        """Whether what is typed goes there."""
        return self._run("xdotool", "getactivewindow", "getwindowname").startswith("Sign in to")

    def ready(self) -> None:
        """Wait until what is typed gets to its page: it has the focus, and the page is painted, which is when a field
        that asks for the focus has it."""
        wait_until(self.has_focus, what="the focus")
        wait_until(self._is_painted, what="the page to be painted")

    def _is_painted(self) -> bool:
        """Whether there is more in the active window than one ground."""
        where = dict(line.split("=") for line in self._run("xdotool", "getactivewindow", "getwindowgeometry", "--shell").split())
        part = [where.get(name, "0") for name in ("X", "Y", "WIDTH", "HEIGHT")]
        return int(self._run(SYSTEM_PYTHON, str(ONLOOKER), "colours", *part) or 0) > 4

    def sign_in(self, user: str, password: str, *, first: str | None = None) -> None:
        """Type name and password into the form of the page. Its first field has the focus, or gets it by a key."""
        self.ready()
        if first:
            self.press(first)
        self.type(user)
        self.press("Tab")
        self.type(password)
        self.press("Return")

    def type(self, text: str) -> None:
        """Type into whatever has the focus there."""
        self._run("xdotool", "type", "--delay", "20", text)

    def press(self, key: str) -> None:
        """Press a key there."""
        self._run("xdotool", "key", key)

    def active(self) -> str:
        """The title of the window that has the focus."""
        return self._run("xdotool", "getactivewindow", "getwindowname")

    def close(self, *, newest: bool = False) -> None:
        """Close it as the button in the title bar does; or the newest that one of its pages opened."""
        windows = self.desktop.visible_windows(f"Sign in to {re.escape(self.identity)}( |$)")
        self._run("wmctrl", "-i", "-c", hex((max if newest else min)(map(int, windows))))

    def picture(self, name: str) -> Path:
        """Save the whole screen, once there is more to see than empty windows."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        saved = SCREENSHOTS / f"{name}.png"

        def painted() -> bool:
            self._run(SYSTEM_PYTHON, str(ONLOOKER), "screenshot", str(saved))
            return saved.stat().st_size > EMPTY_WINDOW_BYTES

        wait_until(painted, what="the page to be painted", every=0.5)
        return saved

    def _run(self, *argv: str) -> str:
        done = subprocess.run(argv, env=self.desktop.env, capture_output=True, text=True, timeout=30)
        return done.stdout.strip()


@contextlib.contextmanager
def windows_shown(desktop: PrivateDesktop, logs: Path) -> Iterator[Callable[[], int]]:
    """How many windows were put on the screen since the block began, however shortly: the window manager tells."""
    log = logs / "windows.log"
    log.unlink(missing_ok=True)
    # One line for each change, the first for what is there already.
    spy = ["stdbuf", "-oL", "xprop", "-root", "-spy", "_NET_CLIENT_LIST"]
    lines = lambda: [set(re.findall(r"0x[0-9a-f]+", line)) for line in log.read_text().splitlines()]  # noqa: E731
    with running("windows", spy, logs=logs, env=desktop.env, ready=lines):
        before = lines()[0]
        yield lambda: len(set().union(*lines()) - before)
