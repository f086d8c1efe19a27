"""Keys as aws-vault keeps them: items of its keyring library, sealed for its file backend or in the Secret Service."""

from __future__ import annotations

import base64
import json
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

ROUNDS = 8192


def item(name: str, user: dict) -> str:
    """The item of a profile with an IAM user's key: JSON around JSON."""
    key = {
        "AccessKeyID": user["access_key_id"],
        "SecretAccessKey": user["secret_access_key"],
        "SessionToken": "",
        "Source": "",
        "CanExpire": False,
        "Expires": "0001-01-01T00:00:00Z",
    }
    data = base64.b64encode(json.dumps(key).encode()).decode()
    own = {"Key": name, "Data": data, "Label": f"aws-vault ({name})", "Description": ""}
    return json.dumps(own | {"KeychainNotTrustApplication": True, "KeychainNotSynchronizable": False})


def seal(text: str, passphrase: str) -> str:
    """A file of the file backend: compact JWE. joserfc opens it, and Daypass opens what joserfc sealed."""
    salt, key, nonce = os.urandom(12), os.urandom(32), os.urandom(12)
    header = {"alg": "PBES2-HS256+A128KW", "enc": "A256GCM", "p2c": ROUNDS, "p2s": encoded(salt)}
    protected = encoded(json.dumps(header).encode())
    derived = PBKDF2HMAC(SHA256(), 16, header["alg"].encode() + b"\0" + salt, ROUNDS).derive(passphrase.encode())
    sealed = AESGCM(key).encrypt(nonce, text.encode(), protected.encode())
    parts = [aes_key_wrap(derived, key), nonce, sealed[:-16], sealed[-16:]]
    return ".".join([protected, *map(encoded, parts)])


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")
