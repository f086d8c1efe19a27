"""A private Wayland desktop: sway without a screen, with what a private desktop has besides.

Sway is for ordinary users. Where the tests run as root, `ORDINARY` in front of a command makes one of it: a user namespace in
which root's files are an ordinary user's.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .private_desktop import PARTS, SYSTEM_PYTHON, PrivateDesktop, private_folders, run_session
from .process import PATIENCE, running, wait_until

ORDINARY = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]

CONFIG = """\
output HEADLESS-1 resolution 1280x800
seat seat0 fallback true
default_border none
focus_follows_mouse no
# Sway marks a window as urgent that asks for the focus. Other desktops give it the focus, if its token is right.
focus_on_window_activation focus
"""


@dataclass(frozen=True)
class WaylandDesktop(PrivateDesktop):
    """A running sway. Programs need `env` to use it."""

    # Windows

    def windows(self) -> list[dict]:
        """The windows that are shown, as sway describes them."""

        def within(node: dict) -> Iterator[dict]:
            if node.get("pid") and node.get("visible"):
                yield node
            for child in [*node.get("nodes", []), *node.get("floating_nodes", [])]:
                yield from within(child)

        return list(within(json.loads(self.sway("-t", "get_tree"))))

    def visible_windows(self, title: str) -> list[str]:
        """IDs of the windows whose title matches."""
        return [str(window["id"]) for window in self.windows() if re.search(title, window["name"] or "")]

    def close_window(self, title: str) -> None:
        """Close it as a person does."""
        for window in self.visible_windows(title):
            self.sway(f"[con_id={window}]", "kill")

    def focused(self) -> str | None:
        """The title of the window that has the keyboard."""
        return next((window["name"] for window in self.windows() if window["focused"]), None)

    def focus(self, title: str) -> None:
        """Give a window the keyboard."""
        for window in self.visible_windows(title):
            self.sway(f"[con_id={window}]", "focus")
        wait_until(lambda: re.search(title, self.focused() or ""), what=f"{title} to have the keyboard")

    def sway(self, *args: str) -> str:
        """Ask sway for something, or to do something."""
        return self._run("swaymsg", *args).decode()

    # Keyboard, clipboard and screen

    def type(self, text: str) -> None:
        """Type a text."""
        self._run("wtype", "-d", "20", text)

    def key(self, key: str, *held: str) -> None:
        """Press a key while others are held."""
        down = [part for name in held for part in ("-M", name)]
        up = [part for name in reversed(held) for part in ("-m", name)]
        self._run("wtype", *down, "-k", key, *up)

    def pasted(self) -> str:
        """What is on the clipboard."""
        done = subprocess.run(["wl-paste", "--no-newline"], env=self.env, capture_output=True, timeout=PATIENCE)
        return done.stdout.decode()

    def screenshot(self, file: Path) -> None:
        """A picture of the whole screen."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self._run("grim", str(file))

    def _run(self, *argv: str) -> bytes:
        done = subprocess.run(argv, env=self.env, capture_output=True, timeout=PATIENCE)
        assert done.returncode == 0, f"{argv}: {done.stderr.decode()}"
        return done.stdout

    # Other programs

    @contextlib.contextmanager
    def launcher(self, logs: Path) -> Iterator[Launcher]:
        """Run a program with a window from which others are started, as from a desktop's menu."""
        title = "Launcher"
        argv = [SYSTEM_PYTHON, PARTS / "launcher.py", title]
        with running("launcher", argv, logs=logs, env=self.env, ready=lambda: self.visible_windows(title)):
            yield Launcher(self, title)


@dataclass(frozen=True)
class Launcher:
    """A window of another program. What it starts, and what it gives a token for, may take the focus from it."""

    desktop: WaylandDesktop
    title: str

    def token(self) -> str:
        """A token of the desktop's, as for a notification that was clicked."""
        with self._used():
            return self._call("Token")

    def start(self, *argv: str | Path, env: dict[str, str]) -> None:
        """Start a program as a desktop does."""
        with self._used():
            self._call("Start", json.dumps({"argv": [str(a) for a in argv], "env": env}))

    @contextlib.contextmanager
    def _used(self) -> Iterator[None]:
        """The window has the keyboard, and the person just pressed a key: a desktop gives no token without that."""
        # A window that opens just then takes the key.
        hand = wait_until(self._press, what="the key to arrive")
        try:
            yield
        finally:
            hand.wait(timeout=PATIENCE)

    def _press(self) -> subprocess.Popen[bytes] | None:
        """Press a key in the window. The keyboard is there as long as the program that is returned runs."""
        self.desktop.focus(self.title)
        typed = self._call("Typed")
        hand = subprocess.Popen(["wtype", "-k", "x", "-s", "2000"], env=self.desktop.env)
        try:
            wait_until(lambda: self._call("Typed") != typed, seconds=1.5, what="the key to arrive")
        except TimeoutError:
            hand.wait(timeout=PATIENCE)
            return None
        return hand

    def _call(self, method: str, *args: str) -> str:
        printed = self.desktop.call("test.Launcher", "/", f"test.Peer.{method}", *args)
        return printed.removeprefix("('").removesuffix("',)")


@contextlib.contextmanager
def wayland_desktop(logs: Path, *, keyring: bool = True, tray: bool = True, portal: bool = False) -> Iterator[WaylandDesktop]:
    """Run a desktop, with or without a portal for global shortcuts."""
    logs.mkdir(parents=True, exist_ok=True)
    with private_folders("wayland") as (home, env), contextlib.ExitStack() as parts:
        env |= {"WLR_BACKENDS": "headless", "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1"}
        desktop = WaylandDesktop(env, logs / "notifications.jsonl")
        run_session(desktop, parts, logs, home, keyring=keyring, tray=tray)
        if portal:
            ready = lambda: desktop.owned("org.freedesktop.portal.Desktop")  # noqa: E731
            argv = [SYSTEM_PYTHON, PARTS / "shortcuts_portal.py", logs / "portal.jsonl"]
            parts.enter_context(running("portal", argv, logs=logs, env=env, ready=ready))
        config = logs / "sway.conf"
        config.write_text(CONFIG)
        runtime = Path(env["XDG_RUNTIME_DIR"])
        named = lambda pattern: next((path.name for path in runtime.glob(pattern) if path.is_socket()), None)  # noqa: E731
        is_up = lambda: named("wayland-*") and named("sway-ipc.*.sock")  # noqa: E731
        parts.enter_context(running("sway", ["sway", "--config", config], logs=logs, env=env, ready=is_up))
        env |= {"WAYLAND_DISPLAY": named("wayland-*"), "SWAYSOCK": str(runtime / named("sway-ipc.*.sock"))}
        yield desktop
