"""Stands between Daypass and a real browser, as the browser's program in PATH.

It hands Daypass's end of the DevTools pipe on, message by message, and lets a test use the same browser over a socket:
as the person does, with clicks and keys of its own sessions, and with a virtual authenticator. Daypass sees none of it.
Arguments: the folder of its log and sockets, the real program and its arguments.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from pathlib import Path

FIRST_ID = 1_000_000_000
"""The ids of the test's orders begin here. Daypass counts from 1."""


def main() -> int:
    folder, real, *arguments = sys.argv[1:]
    folder = Path(folder)
    to_browser, orders = pipe()
    news, from_browser = pipe()

    def take_ends() -> None:
        for end, number in ((os.dup(to_browser), 3), (os.dup(from_browser), 4)):
            os.dup2(end, number)

    browser = subprocess.Popen([real, *arguments], preexec_fn=take_ends, close_fds=False)
    os.close(to_browser)
    os.close(from_browser)
    address = folder / f"{os.getpid()}.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(address))
    listener.listen()
    note(folder, {"started": arguments, "pid": os.getpid(), "browser": browser.pid})
    Between(folder, orders, news, listener).run()
    os.close(orders)
    code = browser.wait()
    if code < 0:
        os.kill(os.getpid(), -code)
    return code


def pipe() -> tuple[int, int]:
    """A pipe whose ends no other program gets, above the two that Daypass gave us."""
    ends = os.pipe()
    high = tuple(os.dup(end) for end in ends) if min(ends) < 5 else ends
    if high != ends:
        for end in ends:
            os.close(end)
    for end in high:
        os.set_inheritable(end, False)
    return high


def note(folder: Path, what: dict) -> None:
    with (folder / "browsers.jsonl").open("a") as log:
        log.write(json.dumps(what) + "\n")


class Between:
    def __init__(self, folder: Path, orders: int, news: int, listener: socket.socket):
        self.folder, self.orders, self.news, self.listener = folder, orders, news, listener
        self.client: socket.socket | None = None
        self.next_id = FIRST_ID
        self.wanted: dict[int, int] = {}
        """The client's own id of each order."""
        self.sessions: set[str] = set()
        self.parts = {3: b"", news: b""}
        self.typed = b""

    def run(self) -> None:
        with selectors.DefaultSelector() as ready:
            for source in (3, self.news, self.listener):
                ready.register(source, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    if key.fileobj is self.listener:
                        self.client = self.listener.accept()[0]
                        ready.register(self.client, selectors.EVENT_READ)
                    elif key.fileobj is self.client:
                        if not self.from_client():
                            ready.unregister(self.client)
                            self.client = None
                    elif not self.from_pipe(key.fd):
                        return

    def from_pipe(self, source: int) -> bool:
        some = os.read(source, 1 << 16)
        if not some:
            return False
        *messages, self.parts[source] = (self.parts[source] + some).split(b"\0")
        for message in messages:
            if source == 3:
                order = json.loads(message)
                note(self.folder, {"pid": os.getpid(), "order": order["method"], "params": order.get("params", {})})
                write(self.orders, message)
            else:
                self.from_browser(message)
        return True

    def from_browser(self, message: bytes) -> None:
        read = json.loads(message)
        mine = self.wanted.pop(read.get("id"), None)
        if mine is not None:
            if session := read.get("result", {}).get("sessionId"):
                self.sessions.add(session)
            self.tell({"id": mine, "result": read.get("result"), "error": read.get("error")})
        elif read.get("method") == "Target.attachedToTarget" or read.get("sessionId") in self.sessions:
            return
        else:
            write(4, message)

    def from_client(self) -> bool:
        some = self.client.recv(1 << 16)
        if not some:
            return False
        *lines, self.typed = (self.typed + some).split(b"\n")
        for line in lines:
            order = json.loads(line)
            self.next_id += 1
            self.wanted[self.next_id] = order["id"]
            write(self.orders, json.dumps(order | {"id": self.next_id}).encode())
        return True

    def tell(self, message: dict) -> None:
        if self.client:
            self.client.sendall(json.dumps(message).encode() + b"\n")


def write(to: int, message: bytes) -> None:
    rest = memoryview(message + b"\0")
    while rest:
        rest = rest[os.write(to, rest) :]


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
