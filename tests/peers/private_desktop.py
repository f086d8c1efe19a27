"""A private desktop with display, window manager, session bus, unlocked keyring, recorded notifications and a tray.

It doesn't touch the desktop that the tests run on. The bus, the display and the XDG folders are new.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .process import PATIENCE, running, wait_until, whole_lines

PARTS = Path(__file__).with_name("desktop")
SYSTEM_PYTHON = "/usr/bin/python3"
"""The Python with Debian's python3-dbus and python3-gi, whatever comes first in PATH."""

KEYRING_PASSWORD = b"only for tests"


@dataclass(frozen=True)
class Notification:
    """One call to Notify."""

    id: int
    summary: str
    body: str
    actions: dict[str, str]
    """Labels by key."""
    sender: str
    """The caller's bus name."""


@dataclass(frozen=True)
class PrivateDesktop:
    """A running desktop. Programs need `env` to use it."""

    env: dict[str, str]
    notification_log: Path

    def call(self, destination: str, path: str, method: str, *args: str) -> str:
        """Call a D-Bus method. Returns its printed result."""
        command = ["gdbus", "call", "--session", "--timeout", "30", "-d", destination, "-o", path, "-m", method, *args]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{method}: {done.stderr.strip()}")
        return done.stdout.strip()

    def owned(self, name: str) -> bool:
        """Whether a program owns this name on the bus."""
        bus = "org.freedesktop.DBus"
        return "true" in self.call(bus, "/org/freedesktop/DBus", f"{bus}.NameHasOwner", name)

    def keep_secret(self, collection: str, label: str, attributes: dict[str, str], secret: str) -> None:
        """Put an item into a collection of the keyring, as another program does."""
        argv = [SYSTEM_PYTHON, PARTS / "secret.py", collection, label, json.dumps(attributes)]
        done = subprocess.run(argv, env=self.env, input=secret.encode(), capture_output=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr.decode()

    # Notifications

    def notifications(self) -> list[Notification]:
        """Every notification so far, oldest first."""
        if not self.notification_log.exists():
            return []
        calls = [json.loads(line) for line in whole_lines(self.notification_log)]
        return [
            Notification(c["id"], c["summary"], c["body"], c["actions"], c["sender"]) for c in calls if c["call"] == "Notify"
        ]

    def closed_by_program(self) -> list[int]:
        """The ids of the notifications that their program took away."""
        calls = [json.loads(line) for line in whole_lines(self.notification_log)]
        return [c["id"] for c in calls if c["call"] == "CloseNotification"]

    def wait_for_notification(self, text: str, *, seconds: float = PATIENCE) -> Notification:
        """The first notification with `text` in its summary or body."""
        return wait_until(
            lambda: next((n for n in self.notifications() if text in f"{n.summary}\n{n.body}"), None),
            seconds=seconds,
            what=f"a notification with {text!r}",
        )

    def press(self, notification: Notification, label: str, *, token: str | None = None) -> None:
        """Press the action with this label as soon as its program listens. A person is never faster than that.

        `token` lets the program take the focus, as Wayland's desktops have it.
        """
        wait_until(lambda: self._listens(notification.sender), what="the notification's program to listen")
        time.sleep(0.2)  # the program hears that the bus knows, and continues
        key = next(k for k, shown in notification.actions.items() if shown == label)
        name = "org.freedesktop.Notifications"
        method, more = ("Press", []) if token is None else ("PressWithToken", [token])
        self.call(name, "/org/freedesktop/Notifications", f"test.Peer.{method}", str(notification.id), key, *more)

    def _listens(self, program: str) -> bool:
        """Whether a program has subscribed to pressed actions and closed notifications."""
        bus = "org.freedesktop.DBus"
        try:
            printed = self.call(bus, "/org/freedesktop/DBus", f"{bus}.Debug.Stats.GetAllMatchRules")
        except RuntimeError:  # a bus built without statistics
            time.sleep(1)
            return True
        rules = ast.literal_eval(printed.replace("@as []", "[]"))[0].get(program, [])
        mine = [rule for rule in rules if "interface='org.freedesktop.Notifications'" in rule]
        wanted = ("ActionInvoked", "NotificationClosed")
        return all(any("member=" not in rule or signal in rule for rule in mine) for signal in wanted)

    # Tray

    def tray(self) -> list[dict]:
        """The icons in the tray with their menus."""
        return json.loads(self._tray("Items"))

    def tray_labels(self) -> list[str]:
        """Every label in the menus of every icon, top-down."""

        def labels(entry: dict) -> Iterator[str]:
            if entry.get("label"):
                yield entry["label"]
            for child in entry.get("children", []):
                yield from labels(child)

        return [label for item in self.tray() for label in labels(item["menu"])]

    def click_tray(self, label: str, *, item: int = 0) -> bool:
        """Click the menu entry with this label. Returns False if there is none."""
        return json.loads(self._tray("Click", str(item), label))

    def _tray(self, method: str, *args: str) -> str:
        name = "org.kde.StatusNotifierWatcher"
        printed = self.call(name, "/StatusNotifierWatcher", f"test.Peer.{method}", *args)
        return ast.literal_eval(printed)[0]  # a string in GVariant notation, which is valid as a Python literal

    # Windows

    def visible_windows(self, title: str) -> list[str]:
        """IDs of the mapped windows whose title matches."""
        done = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", title], env=self.env, capture_output=True, text=True
        )
        return done.stdout.split()

    def focused_window(self) -> str:
        """The title of the window that has the keyboard."""
        done = subprocess.run(["xdotool", "getactivewindow", "getwindowname"], env=self.env, capture_output=True, text=True)
        return done.stdout.strip()

    def close_window(self, title: str) -> None:
        """Close it as the button in the title bar does. The window manager asks the program and doesn't kill it."""
        for window in self.visible_windows(title):
            subprocess.run(["wmctrl", "-i", "-c", hex(int(window))], env=self.env, check=True, timeout=PATIENCE)


@contextlib.contextmanager
def private_desktop(
    logs: Path, *, keyring: bool = True, tray: bool = True, size: str = "1280x800x24"
) -> Iterator[PrivateDesktop]:
    """Run a desktop, with or without a keyring and a tray."""
    logs.mkdir(parents=True, exist_ok=True)
    with private_folders("x11") as (home, env), contextlib.ExitStack() as parts:
        env["DISPLAY"] = parts.enter_context(display(logs, env, size))
        desktop = PrivateDesktop(env, logs / "notifications.jsonl")
        run_session(desktop, parts, logs, home, keyring=keyring, tray=tray)
        has_manager = lambda: b"window id" in subprocess.run(  # noqa: E731
            ["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"], env=env, capture_output=True
        ).stdout
        parts.enter_context(running("openbox", ["openbox"], logs=logs, env=env, ready=has_manager))
        yield desktop


@contextlib.contextmanager
def private_folders(session_type: str) -> Iterator[tuple[Path, dict[str, str]]]:
    """New XDG folders, and the environment of a desktop that has them."""
    with tempfile.TemporaryDirectory(prefix="daypass-desk-") as folder:
        home = Path(folder)
        env = {k: v for k, v in os.environ.items() if k not in ("WAYLAND_DISPLAY", "DISPLAY", "XAUTHORITY")}
        env |= {"NO_AT_BRIDGE": "1", "GTK_USE_PORTAL": "0", "XDG_SESSION_TYPE": session_type, "XDG_CURRENT_DESKTOP": "test"}
        for name in ("RUNTIME_DIR", "DATA_HOME", "CONFIG_HOME", "CACHE_HOME", "STATE_HOME"):
            env[f"XDG_{name}"] = str(home / name.lower())
            (home / name.lower()).mkdir(mode=0o700)
        (home / "data_home/keyrings").mkdir(mode=0o700)
        yield home, env


def run_session(
    desktop: PrivateDesktop, parts: contextlib.ExitStack, logs: Path, home: Path, *, keyring: bool, tray: bool
) -> None:
    """Run what a desktop has besides its display: the bus, a keyring, notifications and a tray."""
    env = desktop.env
    env["DBUS_SESSION_BUS_ADDRESS"] = parts.enter_context(session_bus(logs, env, home))
    desktop.notification_log.unlink(missing_ok=True)

    def part(name: str, argv: list, owns: str, stdin: bytes | None = None) -> None:
        ready = lambda: desktop.owned(owns)  # noqa: E731
        parts.enter_context(running(name, argv, logs=logs, env=env, ready=ready, stdin=stdin))

    if keyring:
        # The password on stdin opens the login keyring, and creates it if it doesn't exist.
        daemon = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
        part("keyring", daemon, "org.freedesktop.secrets", KEYRING_PASSWORD)
    recorder = [SYSTEM_PYTHON, PARTS / "notifications.py", desktop.notification_log]
    part("notifications", recorder, "org.freedesktop.Notifications")
    if tray:
        part("tray", [SYSTEM_PYTHON, PARTS / "tray.py"], "org.kde.StatusNotifierWatcher")


@contextlib.contextmanager
def display(logs: Path, env: dict[str, str], size: str) -> Iterator[str]:
    """An X server on a display number that it chooses itself."""
    read, write = os.pipe()
    os.set_inheritable(write, True)
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp", "-noreset"],
        pass_fds=[write],
        stdin=subprocess.DEVNULL,
        stdout=(logs / "xvfb.log").open("ab"),
        stderr=subprocess.STDOUT,
        env=env,
        start_new_session=True,
    )
    os.close(write)
    try:
        with os.fdopen(read) as chosen:
            number = chosen.readline().strip()  # ends, instead of waiting for ever, if the server fails
        if not number:
            raise RuntimeError(f"Xvfb did not start:\n{(logs / 'xvfb.log').read_text()[-800:]}")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(timeout=10)


@contextlib.contextmanager
def session_bus(logs: Path, env: dict[str, str], home: Path) -> Iterator[str]:
    """A separate session bus. Every client gets its address, so none starts a stray daemon."""
    address = f"unix:path={home / 'runtime_dir/bus'}"

    def listening() -> bool:
        # The file exists a moment before the daemon listens.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as bus:
            bus.connect(str(home / "runtime_dir/bus"))
            return True
        return False

    argv = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--address", address]
    with running("dbus", argv, logs=logs, env=env, ready=listening):
        yield address
