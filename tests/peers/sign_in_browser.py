"""A real browser on a test's machine in which Daypass lets the person sign in, and that person."""

from __future__ import annotations

import json
import os
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .daypass import Daypass
from .process import PATIENCE, wait_until, whole_lines

BETWEEN = Path(__file__).with_name("browser_between.py")
PROGRAMS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
# As root, Chromium needs to be told that it may go without its sandbox.
MORE = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@dataclass
class SignInBrowser:
    """Chromium in the machine's PATH. Every start of it, and every order that Daypass gave, is in a log."""

    daypass: Daypass
    folder: Path

    def install(self) -> None:
        """Put it into PATH, in front of everything else."""
        real = next((path for path in PROGRAMS if Path(path).exists()), None)
        assert real, "Chromium is missing: ./dev test installs it"
        more = " ".join(MORE)
        self.program(f'exec {sys.executable} {BETWEEN} {self.folder} {real} {more} "$@"')

    def program(self, script: str) -> None:
        """Put another program into PATH under its name."""
        (self.folder / "browsers.jsonl").touch()
        program = self.folder / "bin/chromium"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        self.daypass.env["PATH"] = f"{program.parent}:{self.daypass.env['PATH']}"

    def _noted(self) -> list[dict]:
        return [json.loads(line) for line in whole_lines(self.folder / "browsers.jsonl")]

    def starts(self) -> list[dict]:
        """Each start: the arguments, the process's id, and the real browser's."""
        return [each for each in self._noted() if "started" in each]

    def orders(self) -> list[str]:
        """The methods of everything that Daypass ordered."""
        return [each["order"] for each in self._noted() if "order" in each]

    def person(self, *, start: int = -1, count: int = 1) -> Person:
        """The person at a browser that has started, once there are `count`."""
        starts = wait_until(lambda: len(self.starts()) >= count and self.starts(), what="the browser to start")
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(PATIENCE)
        line.connect(str(self.folder / f"{starts[start]['pid']}.sock"))
        return Person(line, starts[start]["browser"])

    def profiles(self, identity: str) -> list[Path]:
        """The profile folders of an identity."""
        folder = self.daypass.home / "sign-in-browsers" / identity
        return sorted(folder.iterdir()) if folder.exists() else []

    def has_ended(self) -> bool:
        """Whether no browser runs any more."""
        return not any(is_running(start["browser"]) or is_running(start["pid"]) for start in self.starts())


@dataclass
class Person:
    """Someone who uses the pages of a browser, over a connection that Daypass doesn't see."""

    line: socket.socket
    pid: int
    sessions: dict[str, str] = field(default_factory=dict)
    rest: bytes = b""
    last: int = 0

    def ask(self, method: str, session: str | None = None, **params) -> dict:
        """One order of the DevTools protocol."""
        self.last += 1
        order = {"id": self.last, "method": method, "params": params} | ({"sessionId": session} if session else {})
        self.line.sendall(json.dumps(order).encode() + b"\n")
        while b"\n" not in self.rest:
            some = self.line.recv(1 << 16)
            assert some, f"the browser ended before it answered {method}"
            self.rest += some
        answer, self.rest = self.rest.split(b"\n", 1)
        read = json.loads(answer)
        assert not read.get("error"), f"{method}: {read['error']}"
        return read["result"]

    def pages(self) -> list[dict]:
        """The open pages."""
        return [page for page in self.ask("Target.getTargets")["targetInfos"] if page["type"] == "page"]

    def at(self, part: str) -> str:
        """Wait for a page whose address has this in it. Its session."""
        page = wait_until(
            lambda: next((page for page in self.pages() if part in page["url"]), None), what=f"a page at {part}", every=0.1
        )
        if page["targetId"] not in self.sessions:
            attached = self.ask("Target.attachToTarget", targetId=page["targetId"], flatten=True)
            self.sessions[page["targetId"]] = attached["sessionId"]
        return self.sessions[page["targetId"]]

    def run(self, part: str, script: str):
        """Do something on a page, as after a click. The value."""
        done = self.ask(
            "Runtime.evaluate", self.at(part), expression=script, userGesture=True, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def sees(self, part: str, selector: str) -> None:
        """Wait until a page has an element."""
        wait_until(lambda: self.run(part, f"!!document.querySelector({selector!r})"), what=f"{selector} at {part}", every=0.1)

    def sign_in(self, part: str, user: str, password: str) -> None:
        """Fill in a page's form, and send it."""
        self.sees(part, "input[type=password]")
        fields = json.dumps([user, password])
        self.run(
            part,
            f"""(() => {{
              const [user, password] = {fields};
              const secret = document.querySelector('input[type=password]');
              const name = secret.form.querySelector('input[type=text], input:not([type]), input[type=email]');
              // Where people are chosen from a list, the first one is chosen already.
              if (name) name.value = user;
              secret.value = password;
              setTimeout(() => secret.form.requestSubmit(secret.form.querySelector('[type=submit], button')));
            }})()""",
        )

    def close_all(self) -> None:
        """Close every window, as the button in the title bar does."""
        for page in self.pages():
            self.ask("Target.closeTarget", targetId=page["targetId"])


def is_running(pid: int) -> bool:
    """Whether the process exists and isn't a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def listening_ports(pid: int) -> list[str]:
    """What the processes of a browser's group listen on: TCP, over IPv4 and IPv6."""
    inodes = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(process.name)) != os.getpgid(pid):
                continue
            links = [os.readlink(link) for link in (process / "fd").iterdir()]
        except OSError:
            continue
        inodes |= {link[8:-1] for link in links if link.startswith("socket:[")}
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == "0A" and columns[9] in inodes:
                found.append(columns[1])
    return found
