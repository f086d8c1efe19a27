"""A self-signed certificate for 127.0.0.1, made fresh for a test."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """PEM files: the certificate (which is its own authority) and its key."""

    cert: Path
    key: Path


def self_signed(folder: Path) -> Certificate:
    """A certificate for 127.0.0.1 and localhost that no system trusts, good for a day."""
    made = Certificate(folder / "self-signed.pem", folder / "self-signed.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=Daypass test issuer",
         "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE",
         "-keyout", made.key, "-out", made.cert],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return made
