"""The two STS stand-ins, proven with boto3: what each checks, and what it does not."""

from __future__ import annotations

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from peers.oidc_provider import Issuer
from peers.sts import Sts
from peers.test_openid import PlainClient


def assume(sts: Sts, arn: str, token: str) -> dict:
    client = boto3.client(
        "sts", endpoint_url=sts.endpoint, region_name="us-east-1", config=Config(signature_version=UNSIGNED)
    )
    return client.assume_role_with_web_identity(RoleArn=arn, RoleSessionName="smoke", WebIdentityToken=token)


def caller(sts: Sts, credentials: dict) -> dict:
    return boto3.client(
        "sts",
        endpoint_url=sts.endpoint,
        region_name="us-east-1",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    ).get_caller_identity()


def test_a_web_identity_becomes_credentials(any_sts: Sts, oidc_provider: Issuer):
    arn = any_sts.add_role("smoke", oidc_provider)
    client = PlainClient(oidc_provider)
    token = client.exchange(client.sign_in())["id_token"]
    answer = assume(any_sts, arn, token)
    assert "assumed-role/smoke/smoke" in answer["AssumedRoleUser"]["Arn"]
    assert "assumed-role/smoke/smoke" in caller(any_sts, answer["Credentials"])["Arn"]


def test_ministack_refuses_a_wrong_signature(ministack: Sts, oidc_provider: Issuer):
    arn = ministack.add_role("signed", oidc_provider)
    client = PlainClient(oidc_provider)
    credentials = assume(ministack, arn, client.exchange(client.sign_in())["id_token"])["Credentials"]
    with pytest.raises(ClientError, match="SignatureDoesNotMatch|InvalidClientTokenId|AccessDenied"):
        caller(ministack, credentials | {"SecretAccessKey": "not the key"})
