"""AWS's own hosts on this machine: a proxy that connects `sts.REGION.amazonaws.com` to a stand-in, or to nothing."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from . import tls
from .sts import Sts


_REFUSAL = b"""\
<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>RegionDisabledException</Code><Message>STS is not activated in this region for account:123456789012.</Message>
</Error><RequestId>off</RequestId></ErrorResponse>"""
REGION_DISABLED = (
    b"HTTP/1.1 403 Forbidden\r\ncontent-type: text/xml\r\nx-amzn-requestid: region-off\r\nconnection: close\r\n"
    b"content-length: %d\r\n\r\n" % len(_REFUSAL)
) + _REFUSAL


@dataclass
class AwsFront:
    """A running proxy. Its certificates come from its own authority, which no system trusts."""

    proxy: str
    authority: Path
    away: set[str] = field(default_factory=set)
    """Hosts that it makes unreachable."""
    off: set[str] = field(default_factory=set)
    """Hosts of regions where the account has disabled STS."""
    asked: list[str] = field(default_factory=list)
    """Every host that a client asked for, in order."""

    @property
    def env(self) -> dict[str, str]:
        """The environment for programs that use it."""
        return {"HTTPS_PROXY": self.proxy, "NO_PROXY": "127.0.0.1,localhost", "AWS_CA_BUNDLE": str(self.authority)}


@contextlib.contextmanager
def aws_front(folder: Path, sts: Sts, *hosts: str) -> Iterator[AwsFront]:
    """Run the proxy, with certificates for these hosts."""
    authority = tls.authority(folder, "front")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate_for(authority, folder, hosts))
    listener = socket.create_server(("127.0.0.1", 0))
    front = AwsFront(f"http://127.0.0.1:{listener.getsockname()[1]}", authority.cert)
    behind = urlsplit(sts.endpoint)

    def serve() -> None:
        with contextlib.suppress(OSError):  # closed at the end
            while True:
                client, _ = listener.accept()
                threading.Thread(target=answer, args=(client,), daemon=True).start()

    def answer(client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            head = b""
            while b"\r\n\r\n" not in head:
                part = client.recv(4096)
                if not part:
                    return
                head += part
            host = head.split()[1].decode().rsplit(":", 1)[0]
            front.asked.append(host)
            if host in front.away or host not in hosts:
                client.sendall(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
                return
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            inside = context.wrap_socket(client, server_side=True)
            if host in front.off:
                inside.recv(65536)
                inside.sendall(REGION_DISABLED)
                return
            outside = socket.create_connection((behind.hostname, behind.port))
            threading.Thread(target=pour, args=(outside, inside), daemon=True).start()
            pour(inside, outside)

    threading.Thread(target=serve, daemon=True).start()
    with listener:
        yield front


def pour(source: socket.socket, sink: socket.socket) -> None:
    """Copy bytes until the end."""
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)


def certificate_for(by: tls.Certificate, folder: Path, hosts: tuple[str, ...]) -> tuple[Path, Path]:
    cert, key = folder / "front-server.pem", folder / "front-server.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-CA", by.cert, "-CAkey", by.key, "-subj", "/CN=stand-in", "-keyout", key, "-out", cert,
         "-addext", "subjectAltName=" + ",".join(f"DNS:{host}" for host in hosts),
         "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=serverAuth"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return cert, key
