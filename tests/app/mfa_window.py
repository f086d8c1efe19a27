"""The window with the MFA code. The app draws it outside its page, where the driver can't see it."""

from __future__ import annotations

import base64
import hmac
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from window import ONLOOKER, clipboard, screen

from peers.private_desktop import SYSTEM_PYTHON, PrivateDesktop
from peers.process import PATIENCE, wait_until


def codes(secret: str) -> list[str]:
    """The codes that an MFA device shows around now (RFC 6238): the current one and the two before it."""

    def code(step: int) -> str:
        digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
        at = digest[-1] & 0xF
        return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"

    return [code(int(time.time()) // 30 - back) for back in range(3)]


@dataclass(frozen=True)
class MfaWindow:
    """The MFA code window of an identity."""

    desktop: PrivateDesktop
    identity: str

    @property
    def title(self) -> str:
        """Its title, as a pattern for `xdotool`."""
        return f"^MFA code for {self.identity}$"

    def wait(self) -> None:
        """Wait until it is open."""
        wait_until(lambda: self.desktop.visible_windows(self.title), what="the window with the code")

    def copied(self) -> str:
        """Press Enter in it, as a person does, and read the code from the clipboard."""
        self.wait()
        self._run("xdotool", "search", "--onlyvisible", "--name", self.title, "windowactivate", "--sync")
        self._key("Return")
        return wait_until(self._code, what="a code on the clipboard")

    def close(self) -> None:
        """Close it with Escape."""
        self._key("Escape")
        wait_until(lambda: not self.desktop.visible_windows(self.title), what="the window with the code to go")

    def picture(self, name: str) -> None:
        """Save the whole screen with the window on it."""
        screen(self.desktop, name)

    def keep(self, file: Path) -> None:
        """Save the whole screen as it is."""
        self._run(SYSTEM_PYTHON, str(ONLOOKER), "screenshot", str(file))

    def _code(self) -> str | None:
        text = clipboard(self.desktop)
        return text if len(text) == 6 and text.isdigit() else None

    def _key(self, key: str) -> None:
        self._run("xdotool", "key", key)

    def _run(self, *argv: str) -> None:
        subprocess.run(argv, env=self.desktop.env, check=True, capture_output=True, timeout=PATIENCE)
