"""A company's network: tinyproxy as the only way out, and servers whose names nothing else resolves."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from . import tls
from .aws_front import certificate_for, pour
from .process import free_port, port_answers, running


@dataclass(frozen=True)
class CorpProxy:
    """A running tinyproxy."""

    address: str
    """`http://127.0.0.1:PORT`."""
    log: Path

    def url(self, user: str, password: str) -> str:
        """Its URL with a sign-in."""
        return self.address.replace("://", f"://{user}:{password}@")

    def asked(self) -> list[str]:
        """The hosts that clients wanted to be connected to, in order."""
        return re.findall(r"Request .*: CONNECT (\S+) HTTP", self.log.read_text(errors="replace"))


@contextlib.contextmanager
def corp_proxy(folder: Path, *hosts: str, sign_in: tuple[str, str] | None = None) -> Iterator[CorpProxy]:
    """Run tinyproxy with an `/etc/hosts` of its own, in which these hosts are this machine."""
    port, log = free_port(), folder / "tinyproxy.access.log"
    conf, names = folder / "tinyproxy.conf", folder / "hosts"
    lines = [f"Port {port}", "Listen 127.0.0.1", "Timeout 60", f'LogFile "{log}"', "LogLevel Connect", "MaxClients 50"]
    if sign_in:
        lines.append("BasicAuth {} {}".format(*sign_in))
    conf.write_text("\n".join(lines) + "\n")
    names.write_text("127.0.0.1 localhost\n" + "".join(f"127.0.0.1 {host}\n" for host in hosts))
    start = 'mount --bind "$0" /etc/hosts && exec tinyproxy -d -c "$1"'
    argv = ["unshare", "--map-root-user", "--mount", "sh", "-c", start, names, conf]
    with running("tinyproxy", argv, logs=folder, ready=port_answers(port)):
        yield CorpProxy(f"http://127.0.0.1:{port}", log)


@dataclass(frozen=True)
class Front:
    """A server that ends TLS for a host."""

    url: str
    authority: Path
    """The authority of its certificate, which no system trusts."""


@contextlib.contextmanager
def tls_front(folder: Path, host: str, *behind: str) -> Iterator[list[Front]]:
    """Serve `https://HOST:PORT` for each of these servers, with certificates of one authority."""
    authority = tls.authority(folder, "corp")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate_for(authority, folder, (host,)))
    with contextlib.ExitStack() as open_ports:
        fronts = []
        for server in behind:
            listener = open_ports.enter_context(socket.create_server(("127.0.0.1", 0)))
            name = f"{host}:{listener.getsockname()[1]}"
            threading.Thread(target=_serve, args=(listener, context, name, urlsplit(server)), daemon=True).start()
            fronts.append(Front(f"https://{name}", authority.cert))
        yield fronts


def _serve(listener: socket.socket, context: ssl.SSLContext, name: str, behind: SplitResult) -> None:
    """The sandbox answers to its own name only, as against DNS rebinding."""

    def forward(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                sink.sendall(part.replace(f"host: {name}\r\n".encode(), f"host: {behind.netloc}\r\n".encode()))
            sink.shutdown(socket.SHUT_WR)

    def answer(client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            inside = context.wrap_socket(client, server_side=True)
            outside = socket.create_connection((behind.hostname, behind.port))
            threading.Thread(target=pour, args=(outside, inside), daemon=True).start()
            forward(inside, outside)

    with contextlib.suppress(OSError):  # closed at the end
        while True:
            client, _ = listener.accept()
            threading.Thread(target=answer, args=(client,), daemon=True).start()
