"""A program that asks Daypass for credentials, and waits for the person's consent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from .daypass import Daypass
from .process import PATIENCE, wait_until

PYTHON = Path(sys.executable).resolve()

ASKS = """
import json, os, subprocess, sys
to, *command = sys.argv[1:]
done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
result = {"process": os.getpid(), "code": done.returncode, "out": done.stdout, "err": done.stderr}
open(to + ".new", "w").write(json.dumps(result))
os.rename(to + ".new", to)
"""
"""A program that asks for credentials, and leaves what it got in a file."""


class Asker:
    """A program without a parent, as one that the system started. It asks for credentials once."""

    def __init__(self, daypass: Daypass, folder: Path, *command: str | Path):
        folder.mkdir(exist_ok=True)
        script = folder / "asks.py"
        if not script.exists():  # another one may be reading it
            script.write_text(ASKS)
        number = len(list(folder.glob("result-*")))
        self.result = folder / f"result-{number}"
        self.result.touch()
        ask = command or (daypass.binary, "credential-process", "--profile", "dev")
        words = [str(word) for word in (PYTHON, script, self.result, *ask)]
        # The shell ends at once, so the program has no parent.
        start = ["setsid", "sh", "-c", '"$@" </dev/null >/dev/null 2>&1 & wait_for=$!; exit 0', "sh", *words]
        subprocess.run(start, cwd=folder, env=daypass.env, check=True, timeout=PATIENCE)

    def ended(self) -> dict:
        """What it got."""
        return wait_until(lambda: json.loads(self.result.read_text() or "null"), what="the program that asks to end")

    def got(self) -> dict:
        """The credentials that it got."""
        ended = self.ended()
        assert ended["code"] == 0, ended["err"]
        return json.loads(ended["out"])
