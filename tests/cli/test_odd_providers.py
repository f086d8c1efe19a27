"""Providers as they are: claims, answers, keys and callbacks in forms that the specifications don't have, or that people
don't expect."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from peers.crooked_issuer import Mood, crooked_issuer
from peers.daypass import Daypass, Outcome
from peers.oidc_provider import Issuer
from peers.sandbox import ROLE

CASES = json.loads(Path(__file__).with_name("odd_providers.json").read_text())
INVALID, FAILED = 2, 1


@pytest.fixture
def mood() -> Mood:
    return Mood()


@pytest.fixture
def odd(mood: Mood) -> Iterator[Issuer]:
    with crooked_issuer("nothing", mood) as issuer:
        yield issuer


def login(daypass: Daypass, issuer: Issuer, *settings: str, code: int = 0, timeout: int = 60) -> Outcome:
    daypass.add_identity(issuer, *settings)
    return daypass("identity", "login", "work", "--timeout", str(timeout), code=code)


def configure(daypass: Daypass, line: str) -> None:
    """Adds a line to the identity in config.toml."""
    text = daypass.config.read_text()
    daypass.config.write_text(text.replace("[identity.work]\n", f"[identity.work]\n{line}\n"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_oddities_that_change_nothing(daypass: Daypass, odd: Issuer, mood: Mood, case: dict):
    mood.claims = case.get("claims", {})
    mood.answer = case.get("token", {}) | {name: None for name in case.get("token_remove", [])}
    mood.keys = case.get("jwks", "all")
    mood.cookies = case.get("cookie", 0)
    mood.content_type = case.get("content_type", "application/json")
    done = login(daypass, odd)
    assert f"Signed in to work as {case.get('person', 'alice@example.org')}" in done.out
    assert "note:" not in done.err and "warning:" not in done.err, done.err


def test_es512_is_taken(daypass: Daypass, odd: Issuer, mood: Mood):
    mood.signs = "ES512"
    assert "Signed in" in login(daypass, odd).out


@pytest.mark.parametrize("alg", ["PS256", "EdDSA"])
def test_a_signature_that_sts_refuses_is_told_at_the_sign_in(daypass: Daypass, odd: Issuer, mood: Mood, alg: str):
    mood.signs = alg
    refused = login(daypass, odd, code=INVALID).err
    assert alg in refused and "STS" in refused and "RS256" in refused
    mood.document = {"id_token_signing_alg_values_supported": [alg]}
    tried = daypass("identity", "try", "work", code=None)
    assert tried.code != 0 and alg in tried.out + tried.err


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ((401, {"error": "invalid_client", "error_description": "no"}), ["invalid_client: no", "401"]),
        ((400, {"error": {"message": "Missing client_secret parameter.", "type": "OAuthException", "code": 1}}),
         ["OAuthException: Missing client_secret parameter.", "400"]),
        ((403, {"errorCode": "E0000006", "errorSummary": "You shall not pass"}), ["E0000006: You shall not pass", "403"]),
        ((400, {"error": "x", "error_description": "the code code0 is bad"}), ["the code … is bad"]),
    ],
)  # fmt: skip
def test_an_error_shows_what_the_provider_says_and_the_status(daypass: Daypass, odd: Issuer, mood: Mood, refusal, words):
    mood.code_refusal = refusal
    refused = login(daypass, odd, code=INVALID).err
    assert all(word in refused for word in words), refused


def test_a_callback_without_the_names_of_the_specification_ends_the_wait(daypass: Daypass, odd: Issuer, mood: Mood):
    mood.back = {"error_code": "1349048", "error_message": "Can't load URL"}
    refused = login(daypass, odd, code=FAILED).err
    assert "1349048: Can't load URL" in refused and "timed" not in refused


def test_who_waits_is_told_when_the_browser_was_turned_away(daypass: Daypass, odd: Issuer, mood: Mood):
    mood.back_to = "/cb"
    done = login(daypass, odd)
    assert "Signed in" in done.out
    assert "/cb" in done.err and 'redirect_path = "/cb"' in done.err, done.err
    assert "state=" not in done.err.split("note:")[1]

    mood.back_to, mood.cookies = None, 300_000
    waited = daypass("identity", "login", "work", "--timeout", "4", code=None)
    assert waited.code != 0 and "64 kB of headers" in waited.err and "cookies" in waited.err, waited.err


class TestRenewal:
    """Refresh tokens that a provider doesn't give."""

    def test_a_scope_that_is_left_out_is_told(self, daypass: Daypass, odd: Issuer, mood: Mood):
        mood.document = {"scopes_supported": ["openid", "email"]}
        mood.answer = {"refresh_token": None}
        done = login(daypass, odd)
        assert mood.asked[-1]["scope"] == "openid email"
        assert "offline_access" in done.err and 'scopes = ["email", "offline_access"]' in done.err, done.err
        tried = daypass("identity", "try", "work")
        assert 'scopes = ["email", "offline_access"]' in tried.out + tried.err

        configure(daypass, 'scopes = ["email", "offline_access"]')
        mood.answer = {}
        assert "warning:" not in daypass("identity", "login", "work").err
        assert "offline_access" in mood.asked[-1]["scope"]
        tried = daypass("identity", "try", "work")
        assert "offline_access" not in tried.out + tried.err

    def test_a_sign_in_that_brought_none_says_so_when_it_ends(self, daypass: Daypass, odd: Issuer, mood: Mood):
        mood.answer, mood.life = {"refresh_token": None}, 20
        assert "allow the grant type refresh_token" in login(daypass, odd).err
        daypass("role", "add", ROLE, "--identity", "work", "--profile", "dev")
        over = daypass("start", "dev", code=3).err
        assert "brought no refresh token" in over and "offline_access" in over, over


class TestParameters:
    """More parameters for the authorization endpoint, and the redirect's host."""

    def test_they_are_sent(self, daypass: Daypass, odd: Issuer, mood: Mood):
        login(
            daypass, odd, "--authorization-parameter", "access_type=offline", "--authorization-parameter", "prompt=login",
            "--authorization-parameter", "acr_values=a b=c&d",
        )  # fmt: skip
        asked = mood.asked[-1]
        assert (asked["access_type"], asked["prompt"], asked["acr_values"]) == ("offline", "login", "a b=c&d")

    @pytest.mark.parametrize("name", ["state", "redirect_uri", "Response_Mode", "code_challenge", "request", "a b"])
    def test_those_of_daypass_are_refused(self, daypass: Daypass, odd: Issuer, name: str):
        given = f"{name}=x"
        refused = daypass(
            "identity", "add", "oidc", "work", "--issuer", odd.url, "--client-id", "daypass", "--authorization-parameter",
            given, code=INVALID,
        ).err  # fmt: skip
        assert "authorization_parameters" in refused and given in refused

    def test_localhost_is_a_name_for_loopback_only(self, daypass: Daypass, odd: Issuer, mood: Mood):
        login(daypass, odd, "--redirect-host", "localhost")
        assert mood.asked[-1]["redirect_uri"].startswith("http://localhost:")
        assert mood.sent[-1]["redirect_uri"] == mood.asked[-1]["redirect_uri"]
        configure(daypass, 'redirect_path = "/"')
        daypass("identity", "login", "work")
        host, _, port = mood.asked[-1]["redirect_uri"].removeprefix("http://").partition(":")
        assert host == "localhost" and port.isdigit(), "no path, and no slash"

    def test_a_port_that_another_program_has_at_the_other_address_is_taken(self, daypass: Daypass, odd: Issuer):
        try:
            taken = socket.create_server(("::1", 0), family=socket.AF_INET6)
        except OSError:
            pytest.skip("this machine has no ::1")
        with taken:
            port = taken.getsockname()[1]
            refused = login(daypass, odd, "--redirect-host", "localhost", "--redirect-port", str(port), code=FAILED).err
        assert f"port {port} on ::1" in refused


class TestRolesClaim:
    """A claim that lists no roles."""

    @pytest.mark.parametrize(
        ("claim", "claims", "words"),
        [
            ("roles", {"groups": ["a"]}, ['"roles"', "aud, email, exp, groups"]),
            ("resource_access.daypass.roles", {"resource_access": {"web": {}}}, ['"resource_access" has web']),
            ("roles", {"roles": ["Admin"]}, ["Admin", "role ARN"]),
            ("groups", {"_claim_names": {"groups": "src1"}}, ["too many values"]),
        ],
    )
    def test_what_was_looked_for_and_what_was_there_is_told(self, daypass: Daypass, odd: Issuer, mood: Mood, claim, claims, words):
        mood.claims = claims
        done = login(daypass, odd, "--roles-claim", claim)
        assert "Signed in" in done.out and all(word in done.err for word in words), done.err
        tried = daypass("identity", "try", "work", code=None)
        assert tried.code != 0 and all(word in tried.out + tried.err for word in words), tried.out + tried.err

    @pytest.mark.parametrize("client", ["https://daypass.example.com", "a.b"])
    def test_a_client_with_dots_in_its_name_is_reached(self, daypass: Daypass, odd: Issuer, mood: Mood, client: str):
        mood.claims = {"resource_access": {client: {"roles": [ROLE]}}}
        done = login(daypass, odd, "--roles-claim", f"resource_access.{client}.roles")
        assert "warning:" not in done.err
        assert ROLE in daypass("role", "list", "--json").out
        tried = daypass("identity", "try", "work")
        assert "1 role" in tried.out + tried.err

    def test_json_in_a_text_is_read(self, daypass: Daypass, odd: Issuer, mood: Mood):
        mood.claims = {"roles": json.dumps([ROLE])}
        login(daypass, odd, "--roles-claim", "roles")
        assert ROLE in daypass("role", "list", "--json").out
