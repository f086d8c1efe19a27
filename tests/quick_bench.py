"""The quick switch: from the key to the painted list, and what its window costs. A part of `./dev bench`."""

from __future__ import annotations

import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path

from peers.daypass import Daypass
from peers.private_desktop import PARTS, SYSTEM_PYTHON, PrivateDesktop, private_desktop
from peers.process import PATIENCE, running, wait_until
from peers.sandbox import sandbox as run_sandbox

TIMES = 30
FILLER = "".join(
    f'[[role]]\narn = "arn:aws:iam::{100_000_000_000 + n // 5}:role/Role{n % 5}"\nidentity = "work"\n\n' for n in range(10_000)
)
ROW = (380, 220, 240, 60)
"""Where the first rows are, on a screen of 1280x800: x, y, width, height."""

TITLE = "^Daypass$"
QUICK = "^Daypass quick switch$"


def quick(folder: Path, release: Path, memory_of: Callable[[int], tuple[float, float]]) -> None:
    """With few roles and with 10,000, and the memory of an app with the window and without. The programs are in `release`."""
    print(f"the quick switch, {TIMES} times each (bar: 150 ms from the key to the painted list)")
    print(f"  {'':<34}{'median':>9}{'p95':>9}{'slowest':>9}")
    with private_desktop(folder / "desktop") as desktop, run_sandbox(folder, program=release / "examples/sandbox") as sandbox:
        for name, roles in {"a few roles": "", "10,000 roles": FILLER}.items():
            machine = Daypass(folder / name.replace(" ", "-").replace(",", ""), binary=release / "daypass")
            sign_in(machine, desktop, sandbox, roles)
            machine("config", "set", "shortcuts.quick-switch", "Alt+Shift+D")
            with app_on(release / "daypass-desktop", machine, desktop) as process:
                wait_until(lambda: opened_and_closed(desktop), what="the shortcut to work", every=1)
                used = memory_of(process.pid)
                argv = [SYSTEM_PYTHON, PARTS / "painted.py", *map(str, ROW), "alt+shift+d", str(TIMES)]
                done = subprocess.run(argv, env=desktop.env, capture_output=True, text=True, check=True)
                measured = sorted(float(line) for line in done.stdout.split())
                p95 = measured[int(len(measured) * 0.95)]
                print(f"  {name:<34}{statistics.median(measured):>9.0f}{p95:>9.0f}{measured[-1]:>9.0f}")
            machine("config", "unset", "shortcuts.quick-switch")
            with app_on(release / "daypass-desktop", machine, desktop) as process:
                without = memory_of(process.pid)
            print(f"  {'its window, PSS and RSS, MB':<34}{used[0] - without[0]:>9.1f}{used[1] - without[1]:>9.1f}")


def sign_in(machine: Daypass, desktop: PrivateDesktop, sandbox, roles: str) -> None:
    machine.config.unlink()
    machine.env |= {n: desktop.env[n] for n in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY")} | sandbox.env
    machine.sign_in(sandbox.issuer, ("arn:aws:iam::444455556666:role/Developer", "dev"))
    machine.config.write_text(machine.config.read_text() + "\n" + roles)


def app_on(app: Path, machine: Daypass, desktop: PrivateDesktop):
    """The app, at rest in the tray."""
    shown = lambda: desktop.visible_windows(TITLE)  # noqa: E731

    def ready() -> bool:
        if not shown():
            return False
        desktop.close_window(TITLE)
        wait_until(lambda: not shown(), seconds=PATIENCE, what="the window to go")
        return True

    return running("app", [app], logs=machine.folder, env=desktop.env | machine.env, ready=ready)


def opened_and_closed(desktop: PrivateDesktop) -> bool:
    subprocess.run(["xdotool", "key", "alt+shift+d"], env=desktop.env, check=True)
    try:
        wait_until(lambda: desktop.visible_windows(QUICK), seconds=3)
    except TimeoutError:
        return False
    subprocess.run(["xdotool", "key", "Escape"], env=desktop.env, check=True)
    wait_until(lambda: not desktop.visible_windows(QUICK), what="the quick switch to go")
    return True
