"""The sign-in window, as a person uses it.

The driver sees only the app's first window, and this window's page isn't ours to look into anyway. So these tests find
the window by its title, look at it on the screen and type into it with the keyboard, through the X server.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from window import EMPTY_WINDOW_BYTES, ONLOOKER, clipboard

from peers.private_desktop import SYSTEM_PYTHON, PrivateDesktop
from peers.process import PATIENCE, running, wait_until
from peers.webdriver import SCREENSHOTS


@dataclass(frozen=True)
class SignInWindow:
    """An identity's sign-in window."""

    desktop: PrivateDesktop
    identity: str

    @property
    def title(self) -> str | None:
        """Its title, or None while no window is visible."""
        for window in self.desktop.visible_windows(f"Sign in to {re.escape(self.identity)}( |$)"):
            done = self._run("xdotool", "getwindowname", window)
            if done:
                return done
        return None

    def count(self) -> int:
        """How many of its windows are visible: the first one, and those that its pages opened."""
        return len(self.desktop.visible_windows(f"Sign in to {re.escape(self.identity)}( |$)"))

    def shown(self, *, seconds: float = PATIENCE) -> str:
        """Wait until it is visible. Returns its title."""
        return wait_until(lambda: self.title, seconds=seconds, what=f"the sign-in window of {self.identity}")

    def gone(self) -> None:
        """Wait until it is no longer visible."""
        wait_until(lambda: self.title is None, what="the sign-in window to go")

    def has_focus(self) -> bool:
        """Whether it has the keyboard focus."""
        return self._run("xdotool", "getactivewindow", "getwindowname").startswith("Sign in to")

    def ready(self) -> None:
        """Wait until its page gets the keys: the window has the focus, and the page is painted, which is when a field
        with autofocus has it."""
        wait_until(self.has_focus, what="the focus")
        wait_until(self._is_painted, what="the page to be painted")

    def _is_painted(self) -> bool:
        """Whether the active window shows more than a plain background."""
        where = dict(line.split("=") for line in self._run("xdotool", "getactivewindow", "getwindowgeometry", "--shell").split())
        part = [where.get(name, "0") for name in ("X", "Y", "WIDTH", "HEIGHT")]
        return int(self._run(SYSTEM_PYTHON, str(ONLOOKER), "colours", *part) or 0) > 4

    def sign_in(self, user: str, password: str, *, first: str | None = None) -> None:
        """Type name and password into the page's form. Its first field has the focus, or gets it with a key."""
        self.ready()
        # A page can be painted before it takes keys.
        wait_until(lambda: self._took(user, first), what="the page to take the name")
        self.press("Tab")
        self.type(password)
        self.press("Return")

    def _took(self, text: str, first: str | None) -> bool:
        """Type into the field instead of what it has, and see whether it took it all."""
        if first:
            self.press(first)
        self.press("ctrl+a")
        self.type(text)
        self.press("ctrl+a")
        self.press("ctrl+c")
        try:
            return wait_until(lambda: clipboard(self.desktop) == text, seconds=5)
        except TimeoutError:
            return False

    def type(self, text: str) -> None:
        """Type into the focused field."""
        self._run("xdotool", "type", "--delay", "20", text)

    def press(self, key: str) -> None:
        """Press a key in it."""
        self._run("xdotool", "key", key)

    def active(self) -> str:
        """The title of the focused window."""
        return self._run("xdotool", "getactivewindow", "getwindowname")

    def close(self, *, newest: bool = False) -> None:
        """Close it as the button in the title bar does, or close the newest window that one of its pages opened."""
        windows = self.desktop.visible_windows(f"Sign in to {re.escape(self.identity)}( |$)")
        self._run("wmctrl", "-i", "-c", hex((max if newest else min)(map(int, windows))))

    def picture(self, name: str) -> Path:
        """Save the whole screen, once it shows more than empty windows."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        saved = SCREENSHOTS / f"{name}.png"

        def painted() -> bool:
            self._run(SYSTEM_PYTHON, str(ONLOOKER), "screenshot", str(saved))
            return saved.stat().st_size > EMPTY_WINDOW_BYTES

        wait_until(painted, what="the page to be painted", every=0.5)
        return saved

    def _run(self, *argv: str) -> str:
        done = subprocess.run(argv, env=self.desktop.env, capture_output=True, text=True, timeout=PATIENCE)
        return done.stdout.strip()


@contextlib.contextmanager
def windows_shown(desktop: PrivateDesktop, logs: Path) -> Iterator[Callable[[], int]]:
    """How many windows appeared since the block began, even briefly, according to the window manager."""
    log = logs / "windows.log"
    log.unlink(missing_ok=True)
    # One line for each change. The first line has the existing windows.
    spy = ["stdbuf", "-oL", "xprop", "-root", "-spy", "_NET_CLIENT_LIST"]
    lines = lambda: [set(re.findall(r"0x[0-9a-f]+", line)) for line in log.read_text().splitlines()]  # noqa: E731
    with running("windows", spy, logs=logs, env=desktop.env, ready=lines):
        before = lines()[0]
        yield lambda: len(set().union(*lines()) - before)
