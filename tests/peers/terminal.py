"""A person at a terminal of their own, with a program in it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from .process import PATIENCE


class Terminal:
    """Runs a program as the foreground of a new terminal. It ends with the `with` block."""

    def __init__(self, argv: Sequence[str | Path], env: Mapping[str, str]):
        self._ours, theirs = pty.openpty()
        self.shown = ""
        self._seen = 0
        self.process = subprocess.Popen(
            [str(a) for a in argv],
            env=dict(env) | {"TERM": "dumb"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.hang_up()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until what is shown after the last such wait matches."""
        until = time.monotonic() + PATIENCE
        while not (found := re.compile(pattern).search(self.shown, self._seen)):
            left = until - time.monotonic()
            assert left > 0 and self._read(left), f"{pattern!r} was never shown:\n{self.shown[self._seen :]}"
        self._seen = found.end()
        return found

    def type(self, text: str) -> None:
        """Type it, without the Enter key."""
        os.write(self._ours, text.encode())

    def enter(self, line: str) -> None:
        """Type a line."""
        self.type(f"{line}\n")

    def resize(self, rows: int, columns: int) -> None:
        """Change the size of the window."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def hang_up(self) -> None:
        """Close the window."""
        if self._ours >= 0:
            os.close(self._ours)
            self._ours = -1

    def ends(self) -> int:
        """Wait for its end. Its exit status."""
        while self._read(PATIENCE):
            pass
        return self.process.wait(PATIENCE)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        try:
            some = os.read(self._ours, 4096)
        except OSError:
            return False  # Linux reports an error when the last program has left the terminal.
        self.shown += some.decode(errors="replace").replace("\r\n", "\n")
        return bool(some)
