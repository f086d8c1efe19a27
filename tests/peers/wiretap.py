"""A proxy between Daypass and an independent STS that lets a test read the requests."""

from __future__ import annotations

import contextlib
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Wiretap:
    """A running wiretap."""

    endpoint: str
    asked: list[dict[str, str]] = field(default_factory=list)
    """The parameters of each request, oldest first."""

    def last(self, action: str) -> dict[str, str]:
        """The parameters of the last request for an action."""
        return next(asked for asked in reversed(self.asked) if asked["Action"] == action)


@dataclass(frozen=True)
class Hold:
    """Keeps one request from being answered."""

    number: int
    """The number of the request, beginning with 1."""
    is_done: bool
    """Whether the other side has handled the request, or never gets it."""
    reached: threading.Event = field(default_factory=threading.Event)
    """Set when the request has arrived."""
    over: threading.Event = field(default_factory=threading.Event)
    """Set this once the client no longer waits for the answer."""

    def wait(self) -> None:
        self.reached.set()
        self.over.wait(60)


@contextlib.contextmanager
def wiretap(endpoint: str, gate: threading.Event | None = None, hold: Hold | None = None) -> Iterator[Wiretap]:
    """
    Forward everything to the endpoint, with a gate if it is open. Signatures aren't valid on the other side, because
    the host differs.
    """

    class Passing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            tap.asked.append(dict(urllib.parse.parse_qsl(body.decode())))
            held = hold if hold and hold.number == len(tap.asked) else None
            if held and not held.is_done:
                held.wait()
                return
            if gate:
                gate.wait(60)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            request = urllib.request.Request(endpoint + self.path, data=body, headers=headers)
            try:
                answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60)
            except urllib.error.HTTPError as error:
                answer = error
            with answer:
                content = answer.read()
                if held:
                    held.wait()
                    return
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.headers.get("Content-Type", "text/xml"))
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
    tap = Wiretap(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield tap
    finally:
        server.shutdown()
        server.server_close()
