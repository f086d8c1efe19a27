"""A person at a terminal of their own, with a program in it."""

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
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from .process import PATIENCE


class Terminal:
    """Runs a program as the foreground of a new terminal. It ends with the `with` block.

    `output`: where standard output goes instead, as in `$(…)`.
    """

    def __init__(
        self,
        argv: Sequence[str | Path],
        env: Mapping[str, str],
        *,
        term: str = "dumb",
        size: tuple[int, int] = (80, 24),
        output: Path | None = None,
    ):
        self._ours, theirs = pty.openpty()
        self.raw = b""
        self._seen = 0
        self.resize(*size)
        self._modes = termios.tcgetattr(self._ours)

        def own_terminal() -> None:
            # Under nohup, this would be inherited.
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.program = subprocess.Popen(
            [str(word) for word in argv],
            env={"TERM": term, **env},
            stdin=theirs,
            stdout=output.open("wb") if output else theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=own_terminal,
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.hang_up()
        if self.program.poll() is None:
            self.program.kill()
        self.program.wait(PATIENCE)

    @property
    def shown(self) -> str:
        """All that was shown so far."""
        return self.raw.decode(errors="replace").replace("\r\n", "\n")

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

    def resize(self, columns: int, lines: int) -> None:
        """Change the size of the window."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def hang_up(self) -> None:
        """Close the window."""
        if self._ours >= 0:
            os.close(self._ours)
            self._ours = -1

    def ends(self) -> int:
        """Wait for its end, and read what it showed last. Its exit status."""
        until = time.monotonic() + PATIENCE
        while self.program.poll() is None:
            assert time.monotonic() < until, f"it doesn't end:\n{self.shown[-2000:]}"
            self._read(0.05)
        while self._read(0.05):
            pass
        return self.program.returncode

    def _read(self, seconds: float) -> bool:
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        try:
            some = os.read(self._ours, 4096)
        except OSError:
            return False  # Linux reports an error when the last program has left the terminal.
        self.raw += some
        return bool(some)
