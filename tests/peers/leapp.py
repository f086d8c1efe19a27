"""Seals workspaces as Leapp does: crypto-js's `AES.encrypt(text, passphrase)`, with the machine's id as passphrase.

`python -m peers.leapp MACHINE_ID < workspace.json > Leapp-lock.json` makes the fixtures in `crates/import/fixtures/leapp`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from pathlib import Path

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def passphrase(machine_id: str) -> str:
    """What `node-machine-id` makes of a machine's id."""
    return hashlib.sha256("".join(machine_id.split()).lower().encode()).hexdigest()


def machine_id() -> str:
    """This machine's id, where `node-machine-id` finds it on Linux."""
    for file in map(Path, ("/var/lib/dbus/machine-id", "/etc/machine-id", "/etc/hostname")):
        if file.exists():
            return file.read_text().split("\n")[0]
    raise AssertionError("this machine has no id")


def seal(text: str, machine_id: str, salt: bytes | None = None) -> str:
    """The content of `Leapp-lock.json`. crypto-js 4.2.0 of npm opens it, and this opens what crypto-js sealed."""
    salt = salt or os.urandom(8)
    derived = part = b""
    while len(derived) < 48:
        part = hashlib.md5(part + passphrase(machine_id).encode() + salt).digest()
        derived += part
    padder = padding.PKCS7(128).padder()
    padded = padder.update(text.strip().encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(derived[:32]), modes.CBC(derived[32:])).encryptor()
    return base64.b64encode(b"Salted__" + salt + encryptor.update(padded) + encryptor.finalize()).decode()


def with_portal(start_url: str, account: str, role: str, *, profile: str) -> dict:
    """A workspace with one role of an access portal."""
    session = {
        "sessionId": "s1",
        "type": "awsSsoRole",
        "sessionName": "Shop staging",
        "region": "eu-central-1",
        "roleArn": f"arn:aws:iam::{account}/{role}",
        "profileId": "p1",
        "awsSsoConfigurationId": "i1",
    }
    portal = {"id": "i1", "alias": "Acme", "portalUrl": start_url, "region": "eu-central-1"}
    return {
        "_sessions": [session],
        "_awsSsoIntegrations": [portal | {"type": "AWS-SSO", "browserOpening": "In-browser"}],
        "_profiles": [{"id": "p1", "name": profile}],
        "_idpUrls": [],
        "_defaultRegion": "us-east-1",
        "_workspaceVersion": 7,
    }


if __name__ == "__main__":
    workspace = json.dumps(json.load(sys.stdin))
    # The same fixture each time.
    print(seal(workspace, sys.argv[1], hashlib.sha256(workspace.encode()).digest()[:8]), end="")
