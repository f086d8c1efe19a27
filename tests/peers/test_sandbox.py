"""The sandbox, checked with independent clients. boto3 assumes roles there, and its knobs do what they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from peers.oidc_provider import Issuer
from peers.sandbox import ROLE, Sandbox
from peers.sandbox import sandbox as run_sandbox
from peers.sts import Sts
from peers.test_openid import PlainClient, claims
from peers.test_sts import assume, caller


@pytest.fixture
def own(tmp_path: Path):
    with run_sandbox(tmp_path) as running:
        yield running


def id_token(issuer: Issuer) -> str:
    client = PlainClient(issuer)
    return client.exchange(client.sign_in(PERSON_USER=issuer.user, PERSON_PASSWORD=issuer.password))["id_token"]


def sts(sandbox: Sandbox) -> Sts:
    return Sts("sandbox", sandbox.sts, checks_signatures=True)


def test_maya_signs_in_and_assumes_a_role(own: Sandbox):
    token = id_token(own.issuer)
    assert claims(token)["sub"] == "maya"
    credentials = assume(sts(own), ROLE, token)["Credentials"]
    assert "444455556666:assumed-role/Developer/" in caller(sts(own), credentials)["Arn"]
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        caller(sts(own), credentials | {"SecretAccessKey": "not the key"})


def test_a_refresh_token_is_rotated_and_dies_when_told(own: Sandbox):
    client = PlainClient(own.issuer)
    tokens = client.exchange(client.sign_in(PERSON_USER="maya", PERSON_PASSWORD=own.issuer.password))
    refreshed = client.refresh(tokens["refresh_token"])
    assert refreshed["refresh_token"] != tokens["refresh_token"]
    own.turn(refresh="expired")
    assert client.refresh(refreshed["refresh_token"])["error"] == "invalid_grant"


def test_another_issuer_is_trusted_only_when_told(own: Sandbox, oidc_provider: Issuer, tmp_path: Path):
    token = id_token(oidc_provider)
    with pytest.raises(ClientError, match="InvalidIdentityToken"):
        assume(sts(own), ROLE, token)
    with run_sandbox(tmp_path / "trusting", trusts=oidc_provider) as trusting:
        assert assume(sts(trusting), ROLE, token)["Credentials"]["AccessKeyId"].startswith("ASIA")


def test_the_knobs(own: Sandbox):
    token = id_token(own.issuer)
    own.turn(lifetime_seconds=1, deny_next=1)
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(sts(own), ROLE, token)
    credentials = assume(sts(own), ROLE, token)["Credentials"]
    own.turn(skew_seconds=5)
    with pytest.raises(ClientError, match="ExpiredToken|SignatureDoesNotMatch|RequestExpired"):
        caller(sts(own), credentials)
    assert any("AssumeRoleWithWebIdentity" in str(entry) for entry in own.seen())
