"""A plain client of AWS's sign-in service, as far as `aws login` goes: a console session's credentials for a code.

It leaves what it got where botocore looks for it, so that botocore's own provider refreshes it. It shares no code with
Daypass or the sandbox.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from .loopback import redirect_target

PERSON = Path(__file__).with_name("person.py")
SAME_DEVICE = "arn:aws:signin:::devtools/same-device"
CROSS_DEVICE = "arn:aws:signin:::devtools/cross-device"


class ConsoleClient:
    """One sign-in, with a key of its own."""

    def __init__(self, signin: str):
        self.base = f"{signin}/v1"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.verifier = secrets.token_urlsafe(48)
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def sign_in(self, arn: str, password: str, **changes: str) -> dict[str, str]:
        """What the browser brings back, with the redirect URI, after a person chose the session of `arn`. `changes`
        are to the authorization request."""
        with redirect_target("/oauth/callback") as target:
            challenge = encode(hashlib.sha256(self.verifier.encode()).digest())
            query = {
                "response_type": "code", "client_id": SAME_DEVICE, "state": "s1", "code_challenge_method": "SHA-256",
                "scope": "openid", "redirect_uri": target.url, "code_challenge": challenge,
            } | changes  # fmt: skip
            url = f"{self.base}/authorize?{urllib.parse.urlencode(query)}"
            person = os.environ | {"PERSON_USER": arn, "PERSON_PASSWORD": password}
            subprocess.run([sys.executable, PERSON, url], env=person, timeout=60)
            return target.answer() | {"redirect_uri": target.url}

    def redeem(self, answer: dict[str, str], **changes: str | None) -> tuple[int, dict]:
        """Status and body for the code. `changes` are to the request."""
        return self.token({
            "clientId": SAME_DEVICE, "grantType": "authorization_code", "code": answer["code"],
            "codeVerifier": self.verifier, "redirectUri": answer["redirect_uri"],
        } | changes)  # fmt: skip

    def refresh(self, token: str, **changes: str | None) -> tuple[int, dict]:
        """Status and body for a refresh token."""
        return self.token({"clientId": SAME_DEVICE, "grantType": "refresh_token", "refreshToken": token} | changes)

    def token(self, body: dict, proof: str | None = None) -> tuple[int, dict]:
        """Status and body for a request with this proof, or a good one."""
        sent = {name: value for name, value in body.items() if value is not None}
        headers = {"Content-Type": "application/json"} | ({"DPoP": proof or self.proof()} if proof != "" else {})
        request = urllib.request.Request(f"{self.base}/token", json.dumps(sent).encode(), headers)
        try:
            with self.opener.open(request, timeout=30) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def proof(self, header: dict | None = None, **claims) -> str:
        """A proof of the key for one request. What is given replaces what would be right."""
        numbers = self.key.public_key().public_numbers()
        x, y = (encode(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y}} | (header or {})
        body = {"htm": "POST", "htu": f"{self.base}/token", "iat": int(time.time()), "jti": str(uuid.uuid4())} | claims
        text = f"{encode(json.dumps(head).encode())}.{encode(json.dumps(body).encode())}"
        r, s = utils.decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(SHA256())))
        return f"{text}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    def keep_for_botocore(self, folder: Path, arn: str, tokens: dict, *, expired: bool) -> Path:
        """Write the cache file of `aws login` below `folder`, for AWS_LOGIN_CACHE_DIRECTORY."""
        at = time.time() + (-60 if expired else tokens["expiresIn"])
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
        kept = {
            "accessToken": tokens["accessToken"] | {
                "accountId": arn.split(":")[4], "expiresAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
            },
            "tokenType": tokens["tokenType"], "clientId": SAME_DEVICE, "refreshToken": tokens["refreshToken"],
            "idToken": tokens["idToken"], "dpopKey": pem,
        }  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{hashlib.sha256(arn.encode()).hexdigest()}.json"
        file.write_text(json.dumps(kept))
        return file


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
