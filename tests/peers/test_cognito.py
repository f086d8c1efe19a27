"""Cognito identity pools, checked with boto3: the enhanced flow, and which parts each stand-in checks."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from peers.oidc_provider import Issuer
from peers.sts import Sts
from peers.test_openid import PlainClient


def id_token(issuer: Issuer) -> str:
    client = PlainClient(issuer)
    return client.exchange(client.sign_in())["id_token"]


def credentials(sts: Sts, pool: str, logins: dict[str, str]) -> dict:
    """The enhanced flow: GetId, then GetCredentialsForIdentity, both unsigned."""
    cognito = sts.unsigned("cognito-identity")
    identity = cognito.get_id(IdentityPoolId=pool, Logins=logins)["IdentityId"]
    assert identity.startswith("us-east-1:")
    return cognito.get_credentials_for_identity(IdentityId=identity, Logins=logins)["Credentials"]


def test_an_id_token_becomes_credentials(any_sts: Sts, oidc_provider: Issuer):
    role = any_sts.add_role("pool", oidc_provider)
    pool = any_sts.add_identity_pool("people", oidc_provider, role)
    given = credentials(any_sts, pool, {oidc_provider.url.split("://")[1]: id_token(oidc_provider)})
    assert given["AccessKeyId"] and given["SecretKey"] and given["SessionToken"]


def test_ministack_gives_the_pools_role_and_knows_it_again(ministack: Sts, oidc_provider: Issuer):
    role = ministack.add_role("pool-role", oidc_provider)
    pool = ministack.add_identity_pool("known", oidc_provider, role)
    given = credentials(ministack, pool, {oidc_provider.url.split("://")[1]: id_token(oidc_provider)})
    assert ministack.caller(given).endswith(":assumed-role/pool-role/CognitoIdentityCredentials")
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        ministack.caller(given | {"SecretKey": "not the key"})


def test_ministack_refuses_a_provider_that_the_pool_does_not_know(ministack: Sts, oidc_provider: Issuer):
    pool = ministack.add_identity_pool("strict", oidc_provider, ministack.add_role("pool-strict", oidc_provider))
    with pytest.raises(ClientError, match="NotAuthorizedException.*not from a supported provider"):
        credentials(ministack, pool, {"elsewhere.example.org": id_token(oidc_provider)})
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        credentials(ministack, "us-east-1:00000000-0000-4000-8000-000000000000", {})
