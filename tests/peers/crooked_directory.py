"""A directory behind TLS that answers a bind with garbage, which a broker has to survive. Runs in this process."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

from . import tls

MB = 1024 * 1024

HABITS = {
    "speaks HTTP": b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
    "says nothing in a message": b"\x30\x00",
    "leaves out the result": b"\x30\x05\x02\x01\x02\x61\x00",
    "sends texts that are none": b"\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x00\x02\x00\x02\x00",
    "answers somebody else": b"\x30\x0c\x02\x01\x09\x61\x07\x0a\x01\x00\x04\x00\x04\x00",
    "announces 4 GB and begins with it": b"\x30\x84\xff\xff\xff\xff" + bytes(256 * MB),
    "nests elements without end": b"".join(
        b"\x30\x83" + (5 * left).to_bytes(3, "big") for left in range(800_000, -1, -1)
    ),
    "hangs up": b"\x30\x0c\x02\x01\x02\x61",
}
"""What it sends in response to a bind."""


@contextlib.contextmanager
def crooked_directory(folder: Path, habit: str) -> Iterator[tuple[str, Path]]:
    """Run it. Returns its URL and its certificate authority."""
    authority = tls.authority(folder, "crooked")
    with behind(tls.signed_by(authority, folder, "crooked-server"), habit) as url:
        yield url, authority.cert


@contextlib.contextmanager
def behind(certificate: tls.Certificate, habit: str) -> Iterator[str]:
    """Run it with this certificate. Returns its URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):  # closed at the end
            while True:
                client, _ = listener.accept()
                threading.Thread(target=answer, args=(client,), daemon=True).start()

    def answer(client: socket.socket) -> None:
        with contextlib.suppress(OSError), client, context.wrap_socket(client, server_side=True) as inside:
            inside.recv(4096)
            inside.sendall(HABITS[habit])
            if habit != "hangs up":
                inside.recv(1)

    threading.Thread(target=serve, daemon=True).start()
    with listener:
        yield f"ldaps://localhost:{listener.getsockname()[1]}"
