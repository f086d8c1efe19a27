"""The loopback address that a plain client's browser comes back to."""

from __future__ import annotations

import contextlib
import http.server
import threading
import urllib.parse
from collections.abc import Iterator


class Target:
    """One open port, and the query of the last request to it."""

    def __init__(self, path: str):
        self.got: dict[str, str] = {}
        got = self.got

        class Redirect(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                got.update(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"signed in")

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Redirect)
        self.url = f"http://127.0.0.1:{self.server.server_port}{path}"

    def answer(self) -> dict[str, str]:
        return dict(self.got)


@contextlib.contextmanager
def redirect_target(path: str) -> Iterator[Target]:
    target = Target(path)
    serving = threading.Thread(target=target.server.serve_forever, args=(0.05,))
    serving.start()
    try:
        yield target
    finally:
        target.server.shutdown()
        serving.join()
        target.server.server_close()
