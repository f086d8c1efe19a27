"""New certificates for 127.0.0.1 for a test, self-signed or from the test's own authority."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """PEM files with the certificate (its own authority) and its key."""

    cert: Path
    key: Path


def self_signed(folder: Path) -> Certificate:
    """A certificate for 127.0.0.1 and localhost that no system trusts, valid for a day."""
    made = Certificate(folder / "self-signed.pem", folder / "self-signed.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=Daypass test issuer",
         "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE",
         "-keyout", made.key, "-out", made.cert],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return made


def authority(folder: Path, name: str) -> Certificate:
    """A certificate authority that no system trusts, valid for a day."""
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", f"/CN=Daypass test authority {name}", "-addext", "basicConstraints=critical,CA:TRUE",
         "-addext", "keyUsage=critical,keyCertSign", "-keyout", made.key, "-out", made.cert],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return made


def signed_by(
    by: Certificate, folder: Path, name: str, *, host: str = "localhost", nameless: bool = False
) -> Certificate:
    """A server's certificate for only 127.0.0.1 and a host, valid for a day. Nameless: with a common name only."""
    names = [] if nameless else ["-addext", f"subjectAltName=IP:127.0.0.1,DNS:{host}"]
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-CA", by.cert, "-CAkey", by.key, "-subj", "/CN=localhost",
         *names, "-addext", "basicConstraints=critical,CA:FALSE",
         "-addext", "extendedKeyUsage=serverAuth", "-keyout", made.key, "-out", made.cert],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return made
