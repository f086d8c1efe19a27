"""The OpenID providers and the scripted person, checked without Daypass. A plain client signs in at each."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import os
import secrets
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from peers.crooked_issuer import Mood, crooked_issuer
from peers.nanoidp import nanoidp as run_nanoidp
from peers.oidc_provider import Issuer
from peers.oidc_provider import oidc_provider as run_oidc_provider
from peers.process import free_port
from peers.tls import self_signed

PERSON = Path(__file__).with_name("person.py")


class PlainClient:
    """A minimal client: authorization code with PKCE, and one request on a loopback redirect."""

    def __init__(self, issuer: Issuer, cafile: Path | None = None):
        self.issuer = issuer
        context = ssl.create_default_context(cafile=cafile)
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        self.discovery = self.json(f"{issuer.url}/.well-known/openid-configuration")

    def json(self, url: str, **form) -> dict:
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            return json.load(self.opener.open(urllib.request.Request(url, data=data), timeout=10))
        except urllib.error.HTTPError as error:
            return json.load(error)

    def sign_in(self, **person: str) -> dict[str, str]:
        """The redirect's parameters, plus `verifier` and `redirect_uri`."""
        answer: dict[str, str] = {}

        class Redirect(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                answer.update(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"signed in")

            def log_message(self, *_):
                pass

        port = self.issuer.redirect_port or free_port()
        server = http.server.HTTPServer(("127.0.0.1", port), Redirect)
        server.timeout = 0.1
        redirect_uri = f"http://127.0.0.1:{port}/callback"
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = urllib.parse.urlencode({
            "client_id": self.issuer.client_id, "response_type": "code", "redirect_uri": redirect_uri,
            "scope": "openid offline_access", "prompt": "consent", "state": "s1", "nonce": "n1",
            "code_challenge": challenge, "code_challenge_method": "S256",
        })  # fmt: skip
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            subprocess.run(
                [sys.executable, PERSON, f"{self.discovery['authorization_endpoint']}?{query}"],
                env=os.environ | person,
                timeout=30,
            )
        finally:
            server.shutdown()
            serving.join()
            server.server_close()
        return answer | {"verifier": verifier, "redirect_uri": redirect_uri}

    def exchange(self, back: dict[str, str]) -> dict:
        return self.json(
            self.discovery["token_endpoint"], grant_type="authorization_code", client_id=self.issuer.client_id,
            code=back["code"], redirect_uri=back["redirect_uri"], code_verifier=back["verifier"],
        )  # fmt: skip

    def refresh(self, token: str) -> dict:
        return self.json(
            self.discovery["token_endpoint"], grant_type="refresh_token", client_id=self.issuer.client_id,
            refresh_token=token,
        )  # fmt: skip


def claims(token: str) -> dict:
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def test_a_person_signs_in_and_the_refresh_token_rotates(issuer: Issuer):
    client = PlainClient(issuer)
    before = issuer.grants()
    back = client.sign_in()
    assert back["state"] == "s1"
    tokens = client.exchange(back)
    assert claims(tokens["id_token"])["nonce"] == "n1"
    assert claims(tokens["id_token"])["sub"] == "alice"
    refreshed = client.refresh(tokens["refresh_token"])
    assert refreshed["refresh_token"] != tokens["refresh_token"]
    assert issuer.grants() == before + 2
    assert client.refresh(tokens["refresh_token"])["error"] == "invalid_grant"


def test_the_verifier_is_checked(issuer: Issuer):
    client = PlainClient(issuer)
    back = client.sign_in() | {"verifier": "x" * 50}
    assert client.exchange(back)["error"] in ("invalid_grant", "invalid_request")


def test_refused_consent_comes_back_as_access_denied(oidc_provider: Issuer):
    assert PlainClient(oidc_provider).sign_in(PERSON_DENY="1")["error"] == "access_denied"


def test_a_person_can_walk_away_or_come_back_with_a_forged_state(oidc_provider: Issuer, tmp_path: Path):
    client = PlainClient(oidc_provider)
    trace = tmp_path / "trace"
    assert "code" not in client.sign_in(PERSON_STOP="login", PERSON_TRACE=str(trace))
    assert "left at the sign-in form" in trace.read_text()
    assert client.sign_in(PERSON_TAMPER="state=forged")["state"] == "forged"


def test_lifetimes_and_roles_are_as_asked(peer_logs: Path):
    with run_oidc_provider(peer_logs, id_token_seconds=7, roles=["arn:aws:iam::123456789012:role/dev"]) as issuer:
        client = PlainClient(issuer)
        token = claims(client.exchange(client.sign_in())["id_token"])
    assert token["exp"] - token["iat"] == 7
    assert token["roles"] == ["arn:aws:iam::123456789012:role/dev"]


def test_refresh_tokens_are_refused_when_told(peer_logs: Path):
    with run_oidc_provider(peer_logs) as issuer:
        client = PlainClient(issuer)
        tokens = client.exchange(client.sign_in())
        issuer.refuse_refresh()
        assert client.refresh(tokens["refresh_token"])["error"] == "invalid_grant"
        assert "id_token" in client.exchange(client.sign_in()), "the person can sign in all the same"


def test_nanoidp_too_gives_tokens_that_live_for_seconds(peer_logs: Path):
    with run_nanoidp(peer_logs, token_seconds=10) as issuer:
        client = PlainClient(issuer)
        token = claims(client.exchange(client.sign_in())["id_token"])
    assert 0 < token["exp"] - time.time() <= 10


def test_https_with_an_untrusted_certificate(peer_logs: Path, tmp_path: Path):
    made = self_signed(tmp_path)
    with run_oidc_provider(peer_logs, certificate=made) as issuer:
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            PlainClient(issuer)
        assert PlainClient(issuer, cafile=made.cert).discovery["issuer"] == issuer.url


def test_the_crooked_issuer_is_straight_but_for_its_one_lie():
    with crooked_issuer("nothing") as issuer:
        client = PlainClient(issuer)
        honest = claims(client.exchange(client.sign_in())["id_token"])
    assert (honest["iss"], honest["aud"], honest["nonce"]) == (issuer.url, "daypass", "n1")
    with crooked_issuer("nonce") as issuer:
        client = PlainClient(issuer)
        assert claims(client.exchange(client.sign_in())["id_token"])["nonce"] == "replayed"


def test_the_crooked_issuer_is_odd_as_asked():
    mood = Mood(signs="ES512", keys="twice", claims={"email": ["a", "b"]}, answer={"access_token": None, "scope": ["openid"]})
    with crooked_issuer("nothing", mood) as issuer:
        client = PlainClient(issuer)
        answer = client.exchange(client.sign_in())
        keys = client.json(f"{issuer.url}/keys")["keys"]
    assert "access_token" not in answer and answer["scope"] == ["openid"]
    assert claims(answer["id_token"])["email"] == ["a", "b"]
    assert {key["kid"] for key in keys} == {"k"} and {key["kty"] for key in keys} == {"RSA", "EC", "OKP"}
    assert len([key for key in keys if key["kty"] == "RSA"]) == 3
