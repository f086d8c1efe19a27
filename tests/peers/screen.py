"""A program that draws on the whole terminal: what is typed there, and what its screen shows."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .process import PATIENCE

CSI = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b\][^\x07]*\x07|\x1b.")


class Screen:
    """`type` sends keys, `shows` waits until the screen has a text, `end` waits for the program's end."""

    def __init__(self, argv: list[str], env: Mapping[str, str], *, size: tuple[int, int], output: Path | None):
        self.master, slave = pty.openpty()
        self.columns, self.lines = size
        self.resize(size)
        self.modes = termios.tcgetattr(slave)
        self.raw = b""
        self._slave = slave

        def own_terminal() -> None:
            # Under nohup, this would be inherited.
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        stdout = output.open("wb") if output else slave
        self.program = subprocess.Popen(
            argv, stdin=slave, stdout=stdout, stderr=slave, env=dict(env), preexec_fn=own_terminal, close_fds=True
        )

    def resize(self, size: tuple[int, int]) -> None:
        self.columns, self.lines = size
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", self.lines, self.columns, 0, 0))

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def shows(self, *texts: str, without: str | None = None) -> list[str]:
        """Wait until the screen has the texts, and return its lines."""
        until = time.monotonic() + PATIENCE
        while True:
            lines = self.text()
            whole = "\n".join(lines)
            if all(text in whole for text in texts) and (without is None or without not in whole):
                return lines
            assert time.monotonic() < until, f"{texts} never came:\n{whole}\n{self.raw[-2000:]!r}"
            if not self._read() and self.program.poll() is not None:
                raise AssertionError(f"it ended with {self.program.returncode} without {texts}:\n{whole}\n{self.raw!r}")

    def end(self) -> int:
        """Its exit code. What it printed last is on the screen."""
        until = time.monotonic() + PATIENCE
        while self.program.poll() is None:
            assert time.monotonic() < until, f"it doesn't end:\n{self.raw[-2000:]!r}"
            self._read()
        while self._read():
            pass
        return self.program.returncode

    def is_restored(self) -> bool:
        """Whether the modes are as before, and the first screen is shown with its cursor."""
        left = self.raw.rfind(b"\x1b[?1049l")
        return (
            termios.tcgetattr(self._slave) == self.modes
            and left > self.raw.rfind(b"\x1b[?1049h")
            and self.raw.rfind(b"\x1b[?25h") > self.raw.rfind(b"\x1b[?25l")
        )

    def text(self) -> list[str]:
        """The lines of the screen, as far as a list uses a terminal: moves to a line, erases, and prints."""
        text = self.raw.decode(errors="replace")
        lines: dict[int, str] = {}
        row, column, at = 0, 0, 0
        while at < len(text):
            if found := CSI.match(text, at):
                at = found.end()
                numbers, letter = found.group(1) or "", found.group(2)
                if letter == "H":
                    row, column = ([int(n or 1) - 1 for n in numbers.split(";")] + [0, 0])[:2] if numbers else (0, 0)
                elif letter == "K":
                    lines[row] = lines.get(row, "")[:column]
                elif letter == "J":
                    lines = {n: line for n, line in lines.items() if n < row}
                elif numbers in ("?1049h", "?1049") and letter in "hl":
                    lines, row, column = {}, 0, 0
                continue
            char = text[at]
            at += 1
            if char == "\n":
                row += 1
            elif char == "\r":
                column = 0
            else:
                line = lines.get(row, "").ljust(column)
                lines[row] = line[:column] + char + line[column + 1 :]
                column += 1
        return [lines.get(n, "") for n in range(max(lines, default=-1) + 1)]

    def hang_up(self) -> None:
        """As when its window is closed."""
        os.close(self._slave)
        os.close(self.master)
        self.master = self._slave = -1

    def close(self) -> None:
        if self.program.poll() is None:
            self.program.send_signal(signal.SIGKILL)
            self.program.wait()
        if self.master >= 0:
            self.hang_up()

    def _read(self) -> bool:
        if not select.select([self.master], [], [], 0.05)[0]:
            return False
        try:
            chunk = os.read(self.master, 65536)
        except OSError:
            return False
        self.raw += chunk
        return bool(chunk)


@contextmanager
def screen(
    argv: list[str | Path], env: Mapping[str, str], *, size: tuple[int, int] = (100, 20), output: Path | None = None
) -> Iterator[Screen]:
    """`output`: where standard output goes instead, as in `$(…)`."""
    running = Screen([str(word) for word in argv], {"TERM": "xterm-256color", **env}, size=size, output=output)
    try:
        yield running
    finally:
        running.close()
