"""A program that draws on the whole terminal: what is typed there, and what its screen shows."""

from __future__ import annotations

import re
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .process import PATIENCE
from .terminal import Terminal

CSI = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b\][^\x07]*\x07|\x1b.")


class Screen(Terminal):
    """`type` sends keys, `shows` waits until the screen has a text, `ends` waits for the program's end."""

    def __init__(self, argv: Sequence[str | Path], env: Mapping[str, str], *, size=(100, 20), output: Path | None = None):
        super().__init__(argv, env, term="xterm-256color", size=size, output=output)

    def shows(self, *texts: str, without: str | None = None) -> list[str]:
        """Wait until the screen has the texts, and return its lines."""
        until = time.monotonic() + PATIENCE
        while True:
            lines = self.text()
            whole = "\n".join(lines)
            if all(text in whole for text in texts) and (without is None or without not in whole):
                return lines
            assert time.monotonic() < until, f"{texts} never came:\n{whole}\n{self.raw[-2000:]!r}"
            if not self._read(0.05) and self.program.poll() is not None:
                raise AssertionError(f"it ended with {self.program.returncode} without {texts}:\n{whole}\n{self.raw!r}")

    def is_restored(self) -> bool:
        """Whether the modes are as before, and the first screen is shown with its cursor."""
        left = self.raw.rfind(b"\x1b[?1049l")
        return (
            termios.tcgetattr(self._ours) == self._modes
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
