"""The two STS stand-ins, checked with boto3: what each verifies and what it doesn't."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from peers.oidc_provider import Issuer
from peers.person import post_of_assertion
from peers.saml import SamlIdp
from peers.sts import AccessKey, Sts
from peers.test_openid import PlainClient


def assume(sts: Sts, arn: str, token: str) -> dict:
    return sts.unsigned("sts").assume_role_with_web_identity(
        RoleArn=arn, RoleSessionName="smoke", WebIdentityToken=token
    )


def caller(sts: Sts, credentials: dict) -> dict:
    return sts.client("sts", credentials).get_caller_identity()


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


def test_an_assertion_with_one_role_becomes_credentials_at_moto(moto: Sts, simplesamlphp: SamlIdp):
    one = simplesamlphp.users["one"]
    posted = post_of_assertion(simplesamlphp.start_url(), one.name, one.password)
    answer = moto.unsigned("sts").assume_role_with_saml(
        RoleArn=one.roles[0], PrincipalArn=one.pairs[0].provider, SAMLAssertion=posted.saml_response
    )
    assert answer["AssumedRoleUser"]["Arn"].endswith(f"assumed-role/Developer/{one.session_name}")
    assert moto.caller(answer["Credentials"]) == answer["AssumedRoleUser"]["Arn"]


def test_a_users_key_becomes_a_session_and_a_federated_user(any_sts: Sts):
    key = any_sts.add_user("keyed")
    assert any_sts.caller(key) == key.arn
    sts = any_sts.client("sts", key)
    session = sts.get_session_token(DurationSeconds=900)["Credentials"]
    allow = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}'
    federated = sts.get_federation_token(Name="guest", DurationSeconds=900, Policy=allow)
    assert federated["FederatedUser"]["Arn"].endswith(":federated-user/guest")
    assert sts.get_access_key_info(AccessKeyId=key.id)["Account"] == any_sts.account
    if any_sts.name == "ministack":
        assert any_sts.caller(session) == key.arn
        assert any_sts.caller(federated["Credentials"]) == federated["FederatedUser"]["Arn"]


def test_an_access_key_is_replaced(any_sts: Sts):
    old = any_sts.add_user("rotated")
    iam = any_sts.client("iam", old)
    made = iam.create_access_key(UserName=old.user)["AccessKey"]
    new = AccessKey(old.user, old.arn, made["AccessKeyId"], made["SecretAccessKey"])
    assert any_sts.caller(new) == old.arn
    iam = any_sts.client("iam", new)

    def status() -> dict[str, str]:
        return {k["AccessKeyId"]: k["Status"] for k in iam.list_access_keys(UserName=old.user)["AccessKeyMetadata"]}

    iam.update_access_key(UserName=old.user, AccessKeyId=old.id, Status="Inactive")
    assert status() == {old.id: "Inactive", new.id: "Active"}
    if any_sts.name == "ministack":
        with pytest.raises(ClientError, match="InvalidClientTokenId"):
            any_sts.caller(old)
    iam.delete_access_key(UserName=old.user, AccessKeyId=old.id)
    assert status() == {new.id: "Active"}


def test_ministack_holds_a_chain_to_trust_and_external_id(ministack: Sts):
    key = ministack.add_user("chained")
    first = ministack.add_assumable_role("first", key.arn)
    second = ministack.add_assumable_role("second", first, external_id="ours")

    def assume_role(credentials, role: str, **terms) -> dict:
        sts = ministack.client("sts", credentials)
        return sts.assume_role(RoleArn=role, RoleSessionName="link", **terms)["Credentials"]

    link = assume_role(key, first)
    assert ministack.caller(assume_role(link, second, ExternalId="ours")).endswith(":assumed-role/second/link")
    for credentials, terms in [(link, {}), (link, {"ExternalId": "theirs"}), (key, {"ExternalId": "ours"})]:
        with pytest.raises(ClientError, match="AccessDenied"):
            assume_role(credentials, second, **terms)
