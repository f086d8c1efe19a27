"""An OpenID provider that lies in one chosen way, which a broker has to catch, or is odd in ways that real ones are.
Runs in this process, on loopback."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from .oidc_provider import Issuer

Lie = Literal["nothing", "issuer", "token issuer", "signature", "no signature", "nonce", "audience", "expired", "no token"]
"""The wrong part. `nothing` proves that the rest of the provider is correct."""

CLIENT_ID = "daypass"


@dataclass
class Mood:
    """How it treats refreshes, and what is odd about it. A test changes it as it goes."""

    life: int = 300
    """Seconds that an ID token lasts."""
    refusal: tuple[int, dict] | None = None
    """Status and body of the answer to a refresh."""
    leaves_out: tuple[str, ...] = ()
    """Claims that a refreshed ID token lacks."""
    new_key: bool = False
    """Whether tokens are signed with a key that it made later."""
    keys: Literal["all", "old", "down", "twice"] = "all"
    """Which keys it lists: all, those from the beginning, or none, with status 503; or two by one name, the right one
    last."""
    signs: Literal["RS256", "PS256", "ES512", "EdDSA"] = "RS256"
    """How it signs ID tokens."""
    claims: dict = field(default_factory=dict)
    """More claims of an ID token, or other values."""
    answer: dict = field(default_factory=dict)
    """More of the answer at the token endpoint, or other values; None leaves one out."""
    content_type: str = "application/json"
    """Of that answer."""
    document: dict = field(default_factory=dict)
    """More of the discovery document, or other values; None leaves one out."""
    code_refusal: tuple[int, dict] | None = None
    """Status and body of the answer to a code."""
    back: dict | None = None
    """What it sends the browser back with instead of a code."""
    back_to: str | None = None
    """The path that it sends the browser back to instead of the redirect URI's. Then to the right one."""
    cookies: int = 0
    """Bytes of cookies that it leaves in the browser."""
    asked: list[dict] = field(default_factory=list)
    """The queries that came to the authorization endpoint."""
    sent: list[dict] = field(default_factory=list)
    """The forms that came to the token endpoint."""


def changed(answer: dict, changes: dict) -> dict:
    """The same with other values, and without those that are None."""
    return {name: value for name, value in (answer | changes).items() if value is not None}


@contextlib.contextmanager
def crooked_issuer(lie: Lie, mood: Mood | None = None) -> Iterator[Issuer]:
    """Run it. It doesn't ask for a password, and everyone is alice. It rotates refresh tokens, and ends a sign-in whose
    token is used twice."""
    mood = mood or Mood()
    own, foreign, later = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3))
    on_p521, on_25519 = ec.generate_private_key(ec.SECP521R1()), ed25519.Ed25519PrivateKey.generate()
    nonces: dict[str, str] = {}
    current = "r0"

    class Provider(BaseHTTPRequestHandler):
        def do_GET(self):
            path, _, query = self.path.partition("?")
            asked = dict(urllib.parse.parse_qsl(query))
            if path == "/.well-known/openid-configuration":
                self.answer(changed({
                    "issuer": "https://somebody-else.example" if lie == "issuer" else url,
                    "authorization_endpoint": f"{url}/authorize",
                    "token_endpoint": f"{url}/token",
                    "jwks_uri": f"{url}/keys",
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "token_endpoint_auth_methods_supported": ["none"],
                    "code_challenge_methods_supported": ["S256"],
                    "scopes_supported": ["openid", "email", "offline_access"],
                }, mood.document))  # fmt: skip
            elif path == "/keys" and mood.keys == "down":
                self.answer({}, 503)
            elif path == "/keys":
                self.answer({"keys": self.keys()})
            elif path == "/authorize":
                mood.asked.append(asked)
                code = f"code{len(nonces)}"
                nonces[code] = asked.get("nonce", "")
                answer = {"code": code} if mood.back is None else mood.back
                back = f"{asked['redirect_uri']}?{urllib.parse.urlencode(answer | {'state': asked['state']})}"
                if mood.back_to:
                    with contextlib.suppress(urllib.error.HTTPError):
                        urllib.request.urlopen(urllib.parse.urljoin(back, f"{mood.back_to}?{back.partition('?')[2]}"))
                self.send_response(302)
                for start in range(0, mood.cookies, 4000):
                    self.send_header("Set-Cookie", f"pad{start}={'x' * min(4000, mood.cookies - start)}; Path=/")
                self.send_header("Location", back)
                self.end_headers()

        def keys(self) -> list[dict]:
            listed = [("k", own)] + ([("later", later)] if mood.keys == "all" else [])
            if mood.keys == "twice":
                listed = [("k", foreign), ("k", own), ("k", own)]
            rsa_keys = [(kid, json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))) for kid, key in listed]
            others = [
                json.loads(jwt.algorithms.ECAlgorithm.to_jwk(on_p521.public_key())) | {"kid": "k", "use": "sig"},
                json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(on_25519.public_key())) | {"kid": "k", "use": "sig"},
            ]
            return [key | {"kid": kid, "use": "sig"} for kid, key in rsa_keys] + (others if mood.signs != "RS256" else [])

        def do_POST(self):
            form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            nonlocal current
            mood.sent.append(form)
            is_refresh = form.get("grant_type") == "refresh_token"
            if is_refresh and mood.refusal:
                status, body = mood.refusal
                return self.answer(body, status)
            if not is_refresh and mood.code_refusal:
                status, body = mood.code_refusal
                return self.answer(body, status)
            if is_refresh and form["refresh_token"] != current:
                current = "revoked"
                return self.answer({"error": "invalid_grant"}, 400)
            current = f"r{len(mood.sent)}"
            answer = {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "refresh_token": current}
            if lie != "no token":
                answer["id_token"] = self.id_token(nonces.get(form.get("code", ""), ""), mood.leaves_out if is_refresh else ())
            self.answer(changed(answer, mood.answer), content_type=mood.content_type)

        def id_token(self, nonce: str, leaves_out: tuple[str, ...]) -> str:
            now = int(time.time()) - (7200 if lie == "expired" else 0)
            claims = {
                "iss": "https://somebody-else.example" if lie == "token issuer" else url,
                "aud": "another-client" if lie == "audience" else CLIENT_ID,
                "sub": "alice",
                "email": "alice@example.org",
                "nonce": "replayed" if lie == "nonce" else nonce,
                "iat": now,
                "exp": now + mood.life,
            }
            claims = {name: value for name, value in (claims | mood.claims).items() if name not in leaves_out}
            if lie == "no signature":
                return jwt.encode(claims, None, algorithm="none", headers={"kid": "k"})
            if mood.new_key:
                return jwt.encode(claims, later, algorithm="RS256", headers={"kid": "later"})
            key = {"ES512": on_p521, "EdDSA": on_25519}.get(mood.signs, foreign if lie == "signature" else own)
            return jwt.encode(claims, key, algorithm=mood.signs, headers={"kid": "k"})

        def answer(self, body: dict, status: int = 200, content_type: str = "application/json") -> None:
            payload = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    url = f"http://127.0.0.1:{server.server_port}"
    serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    try:
        yield Issuer(url, CLIENT_ID, "alice", "secret")
    finally:
        server.shutdown()
        server.server_close()
