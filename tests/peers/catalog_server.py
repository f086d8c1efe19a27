"""An https server that gives a shared catalog, well or badly."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .tls import authority, signed_by

CATALOG = "/team/catalog.toml"


@dataclass
class CatalogServer:
    """What it gives, and what it was asked. `fault` changes the next answers."""

    url: str
    ca: Path
    files: dict[str, bytes] = field(default_factory=dict)
    fault: str | None = None
    retry_after: int | None = None
    asked: list[tuple[str, dict[str, str], int]] = field(default_factory=list)
    """The path, the headers and the status of each request."""

    def put(self, text: str, **signatures: bytes) -> None:
        """Publish a version, with its signatures by suffix."""
        self.files = {CATALOG: text.encode()}
        self.files |= {f"{CATALOG}.{suffix}": signature for suffix, signature in signatures.items()}

    def statuses(self) -> list[int]:
        """The statuses of the answers so far."""
        return [status for _, _, status in self.asked]


@contextmanager
def catalog_server(folder: Path) -> Iterator[CatalogServer]:
    """A server on loopback with a certificate from an authority of its own."""
    ca = authority(folder, "catalog-authority")
    certificate = signed_by(ca, folder, "catalog-server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    running = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    running.socket = context.wrap_socket(running.socket, server_side=True)
    running.catalog = CatalogServer(f"https://127.0.0.1:{running.server_port}{CATALOG}", ca.cert)
    running.released = threading.Event()
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    try:
        yield running.catalog
    finally:
        running.released.set()
        running.shutdown()
        running.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # noqa: N802
        state: CatalogServer = self.server.catalog
        body, etag = state.files.get(self.path), None
        if body is not None:
            etag = f'"{hash(body)}"'
        match state.fault:
            case "hangs up":
                self._note(0)
                self.close_connection = True
            case "truncates":
                self._send(200, (body or b"")[:40], length=10_000)
            case "huge":
                self._send(200, b"# filler\n" * 200_000)
            case "garbage":
                self._send(200, b"\x00\xff\xfe not toml")
            case "html":
                self._send(200, b"<html><body>Sign in to the hotel's Wi-Fi</body></html>", kind="text/html")
            case "redirects":
                self._send(302, b"", location="https://evil.example/catalog.toml")
            case "busy":
                self._send(429, b"", **{"retry-after": str(state.retry_after)})
            case "forbidden":
                self._send(403, b"")
            case "broken":
                self._send(500, b"")
            case _ if body is None:
                self._send(404, b"")
            case _ if self.headers.get("if-none-match") == etag:
                self._send(304, b"", etag=etag)
            case _:
                self._send(200, body, etag=etag)

    def _send(self, status: int, body: bytes, *, length: int | None = None, kind: str = "text/plain", **headers: str) -> None:
        self._note(status)
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def _note(self, status: int) -> None:
        self.server.catalog.asked.append((self.path, dict(self.headers.items()), status))

    def log_message(self, *_: object) -> None:
        """Silent: `asked` has what was asked."""
