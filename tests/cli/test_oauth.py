"""OAuth 2.0 without OpenID Connect, and clients with a secret. A certified provider issues the tokens, and moto accepts
them."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from peers.daypass import Daypass, Outcome
from peers.oidc_provider import Issuer
from peers.oidc_provider import oidc_provider as run_oidc_provider
from peers.process import closed_port
from peers.sts import Sts
from peers.wiretap import Wiretap, wiretap

INVALID, NEEDS_SIGN_IN, REFUSED, PASSING = 2, 3, 5, 6

ROLE = "arn:aws:iam::123456789012:role/Developer"
PROVIDER = "idp.example.org"
SECRET = "client-secret"
"""The secret of the fixture's client `confidential`."""


def add(daypass: Daypass, issuer: Issuer, *args: str, client: str = "oauth", stdin: str = "") -> None:
    """Add the identity `shop` for the provider's plain OAuth endpoints, and a role. Its user sits at the browser."""
    daypass(
        "identity", "add", "oauth", "shop", "--provider-id", PROVIDER, "--client-id", client,
        "--authorization-endpoint", f"{issuer.url}/auth", "--token-endpoint", f"{issuer.url}/token", *args, stdin=stdin,
    )  # fmt: skip
    daypass("role", "add", ROLE, "--identity", "shop", "--profile", "dev", "--region", "eu-central-1")
    daypass.env |= {"PERSON_USER": issuer.user, "PERSON_PASSWORD": issuer.password}


def with_profile(issuer: Issuer) -> tuple[str, ...]:
    """The provider's profile endpoint, which says who a token belongs to, needs this scope."""
    return "--userinfo-endpoint", f"{issuer.url}/me", "--scope", "openid", "--scope", "email"


def says(outcome: Outcome, *words: str) -> None:
    """Standard error ends with a message in the agreed form that contains each of the words and a hint."""
    assert "\n  hint: " in outcome.err and "panicked" not in outcome.err, outcome.err
    missing = [word for word in words if word.lower() not in outcome.err.lower()]
    assert not missing, f"{missing} not in:\n{outcome.err}"


@pytest.fixture
def moto_wire(daypass: Daypass, moto: Sts) -> Iterator[Wiretap]:
    """moto, and the requests to it."""
    with wiretap(moto.endpoint) as tap:
        daypass.use(tap.endpoint)
        yield tap


@pytest.fixture(params=["agent", "no agent"])
def both_ways(request: pytest.FixtureRequest, daypass: Daypass, moto_wire: Wiretap) -> None:
    """Each test runs with an agent and without. The outcome is the same."""
    if request.param == "agent":
        daypass.agent()


@pytest.mark.usefixtures("both_ways")
def test_from_an_access_token_to_credentials_and_back(daypass: Daypass, oidc_provider: Issuer, moto_wire: Wiretap):
    add(daypass, oidc_provider, *with_profile(oidc_provider))
    assert "Signed in to shop as alice@example.org" in daypass("identity", "login", "shop").out

    daypass("start", "dev")
    asked = moto_wire.last("AssumeRoleWithWebIdentity")
    assert (asked["ProviderId"], asked["RoleSessionName"]) == (PROVIDER, "alice@example.org")
    assert not asked["WebIdentityToken"].startswith("eyJ"), "the access token, not an ID token"
    expected = "arn:aws:sts::123456789012:assumed-role/Developer/alice@example.org"
    assert daypass.caller("dev") == expected
    assert daypass.boto3_caller("dev") == expected

    daypass("stop", "dev")
    daypass("identity", "logout", "shop")
    assert daypass.untouched()
    says(daypass("start", "dev", code=NEEDS_SIGN_IN), "daypass identity login shop")


def test_a_provider_that_tells_nothing_of_the_person(daypass: Daypass, oidc_provider: Issuer, moto_wire: Wiretap):
    add(daypass, oidc_provider, "--session-name", "shop-laptop", "--scope", "openid")
    assert "Signed in to shop as shop-laptop" in daypass("identity", "login", "shop").out
    daypass("start", "dev")
    assert daypass.caller("dev").endswith("/shop-laptop")


def test_a_refresh_token_takes_the_place_of_a_spent_access_token(daypass: Daypass, peer_logs: Path, moto_wire: Wiretap):
    # Daypass uses an access token that lasts at least another minute.
    with run_oidc_provider(peer_logs, access_token_seconds=61) as issuer:
        add(daypass, issuer, *with_profile(issuer))
        daypass("identity", "login", "shop")
        tokens = set()
        for after in ("+5m", "+10m"):
            grants = issuer.grants()
            daypass("start", "dev", wrap=("faketime", "-f", after))
            daypass("stop", "dev", wrap=("faketime", "-f", after))
            assert issuer.grants() == grants + 1, "each has to be refreshed, with the token that the last one brought"
            tokens.add(moto_wire.last("AssumeRoleWithWebIdentity")["WebIdentityToken"])
        assert len(tokens) == 2
        issuer.refuse_refresh()
        refused = daypass("start", "dev", code=NEEDS_SIGN_IN, wrap=("faketime", "-f", "+15m"))
        says(refused, "doesn't accept the sign-in any more")
        assert daypass("identity", "list", "--json").json[0]["state"] == "needs-sign-in"
        issuer.refuse_refresh(False)
        assert daypass.browser_opened() == 1


def test_consent_that_is_refused(daypass: Daypass, oidc_provider: Issuer):
    add(daypass, oidc_provider, *with_profile(oidc_provider))
    daypass.env["PERSON_DENY"] = "1"
    says(daypass("identity", "login", "shop", code=REFUSED), PROVIDER, "refused")


def test_a_code_that_is_none(daypass: Daypass, oidc_provider: Issuer):
    add(daypass, oidc_provider, *with_profile(oidc_provider))
    daypass.env["PERSON_TAMPER"] = "code=forged"
    says(daypass("identity", "login", "shop", code=NEEDS_SIGN_IN), PROVIDER, "doesn't accept the sign-in any more")


def test_settings_that_cannot_work_are_not_kept(daypass: Daypass, oidc_provider: Issuer):
    known = ("identity", "add", "oauth", "shop", "--client-id", "x")
    says(daypass(*known, "--provider-id", "https://www.amazon.com", code=INVALID), "provider_id")
    says(daypass(*known, "--provider-id", "x.example", code=INVALID), "authorization_endpoint")
    elsewhere = ("--userinfo-endpoint", "https://other.example/me")
    refused = daypass(*known, "--provider-id", "www.amazon.com", *elsewhere, code=INVALID)
    says(refused, "userinfo_endpoint", "access token")
    assert daypass("identity", "list", "--json").json == []
    daypass(*known, "--provider-id", "www.amazon.com")


def test_tried_without_a_person(daypass: Daypass, oidc_provider: Issuer):
    add(daypass, oidc_provider, *with_profile(oidc_provider))
    told = daypass("identity", "try", "shop", "--json").json
    assert [step["problem"] for step in told] == [None] * 3
    daypass("identity", "remove", "shop", "--yes")
    nowhere = dataclasses.replace(oidc_provider, url=f"http://127.0.0.1:{closed_port()}")
    add(daypass, nowhere, "--session-name", "me")
    told = daypass("identity", "try", "shop", "--json", code=PASSING).json
    assert told[-1]["problem"]["code"] == "oauth-unreachable"


class TestAClientWithASecret:
    """The secret goes to the vault and from there to the token endpoint, and nowhere else."""

    def test_of_a_plain_oauth_provider(self, daypass: Daypass, oidc_provider: Issuer, moto_wire: Wiretap):
        daypass.env["DAYPASS_LOG"] = "trace"
        args = (*with_profile(oidc_provider), "--with", "client_secret")
        add(daypass, oidc_provider, *args, client="confidential", stdin=f"{SECRET}\n")
        said = [daypass("identity", "login", "shop"), daypass("start", "dev"), daypass("identity", "list", "--json")]
        assert any("TRACE" in outcome.err for outcome in said), "nothing was logged: nothing is proven"
        token = moto_wire.last("AssumeRoleWithWebIdentity")["WebIdentityToken"]
        texts = [outcome.out + outcome.err for outcome in said]
        texts += [file.read_text(errors="replace") for file in daypass.home.rglob("*") if file.is_file()]
        assert not any(secret in text for text in texts for secret in (SECRET, token))
        assert [secret["isSet"] for secret in said[-1].json[0]["secrets"]] == [True]

    def test_is_tried_without_a_person(self, daypass: Daypass, oidc_provider: Issuer):
        args = (*with_profile(oidc_provider), "--with", "client_secret")
        add(daypass, oidc_provider, *args, client="confidential", stdin=f"{SECRET}\n")
        daypass.add_identity(dataclasses.replace(oidc_provider, client_id="confidential"))
        daypass("identity", "secret", "work", "client_secret", stdin=f"{SECRET}\n")
        for name, steps in (("shop", 4), ("work", 3)):
            told = daypass("identity", "try", name, "--json").json
            assert [step["problem"] for step in told] == [None] * steps
            daypass("identity", "secret", name, "client_secret", stdin="wrong\n")
            told = daypass("identity", "try", name, "--json", code=INVALID).json
            assert "invalid_client" in told[-1]["problem"]["message"] and len(told) == steps
        assert daypass.browser_opened() == 0

    def test_of_an_openid_provider(self, daypass: Daypass, peer_logs: Path, moto_wire: Wiretap):
        # Daypass uses an ID token that lasts at least another half minute.
        with run_oidc_provider(peer_logs, id_token_seconds=33) as running:
            issuer = dataclasses.replace(running, client_id="confidential")
            daypass.add_identity(issuer)
            daypass("role", "add", ROLE, "--identity", "work", "--profile", "dev", "--region", "eu-central-1")
            says(daypass("identity", "login", "work", code=INVALID), "invalid_client", "client_secret")

            daypass("identity", "secret", "work", "client_secret", stdin=f"{SECRET}\n")
            daypass("identity", "login", "work")
            daypass("start", "dev")
            assert daypass.caller("dev").endswith("/alice@example.org")
            # The refresh token also belongs to the client.
            grants = issuer.grants()
            time.sleep(4)
            daypass("renew", "dev")
            assert issuer.grants() == grants + 1

            daypass("identity", "secret", "work", "client_secret", stdin="wrong\n")
            time.sleep(4)
            says(daypass("renew", "dev", code=INVALID), "invalid_client")
