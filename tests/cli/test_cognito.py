"""Cognito identity pools: the enhanced flow with the token of an OpenID Connect identity, at moto and ministack."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from peers import oidc_provider as oidc_provider_peer
from peers.daypass import Daypass
from peers.oidc_provider import Issuer
from peers.sts import Sts


def add_pool(daypass: Daypass, sts: Sts, issuer: Issuer, *more: str, pool: str | None = None) -> str:
    """Add an identity for a new pool that accepts the issuer's tokens. Returns the pool's ARN."""
    role = sts.add_role(f"pool-{uuid.uuid4().hex[:8]}", issuer)
    pool = pool or sts.add_identity_pool(f"people-{uuid.uuid4().hex[:8]}", issuer, role)
    account = sts.account
    daypass("identity", "add", "cognito", "app", "--identity", "work", "--pool-id", pool, "--account", account, *more)
    return f"arn:aws:cognito-identity:us-east-1:{account}:identitypool/{pool}"


def use(daypass: Daypass, sts: Sts) -> None:
    daypass.env["AWS_ENDPOINT_URL_COGNITO_IDENTITY"] = sts.endpoint
    daypass.env["AWS_ENDPOINT_URL_STS"] = sts.endpoint


@pytest.mark.parametrize("with_agent", [False, True])
def test_a_pool_gives_credentials_for_the_token(daypass: Daypass, any_sts: Sts, issuer: Issuer, with_agent: bool):
    use(daypass, any_sts)
    if with_agent:
        daypass.agent()
    daypass.add_identity(issuer)
    pool = add_pool(daypass, any_sts, issuer)
    # Signing in to the pool means signing in to the other identity.
    daypass("identity", "login", "app")
    shown = {i["name"]: i for i in daypass("identity", "list", "--json").json}
    assert shown["app"]["signedInBy"] == "work"
    assert shown["app"]["state"] == shown["work"]["state"] == "signed-in"
    assert shown["app"]["person"] == shown["work"]["person"]
    assert [(r["arn"], r["kind"]) for r in daypass("role", "list", "--json").json] == [(pool, "identity-pool")]

    daypass("start", pool, "--profile", "app")

    session = daypass.session("app")
    assert session["state"] == "active"
    # moto's credentials last a minute and a half and ministack's an hour, so the expiry is the real one.
    life = timedelta(minutes=55 if any_sts.checks_signatures else 1)
    assert life < datetime.fromisoformat(session["expiresAt"]) - datetime.now(UTC) <= timedelta(hours=1)
    assert session["accessKeyId"] in daypass.credentials.read_text()
    if any_sts.checks_signatures:
        assert daypass.caller("app").endswith("/CognitoIdentityCredentials")
    assert daypass.browser_opened() == 1
    daypass("stop", "app")
    assert daypass.untouched()


def test_a_role_behind_the_pool_is_a_chain(daypass: Daypass, ministack: Sts, oidc_provider: Issuer):
    use(daypass, ministack)
    daypass.add_identity(oidc_provider)
    pool = add_pool(daypass, ministack, oidc_provider)
    daypass("identity", "login", "app")
    daypass("start", pool, "--profile", "app")
    in_pool = daypass.caller("app").split(":assumed-role/")[1].split("/")[0]
    may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}
    ministack.client("iam").put_role_policy(RoleName=in_pool, PolicyName="chain", PolicyDocument=json.dumps(may))
    pool_role = f"arn:aws:iam::{ministack.account}:role/{in_pool}"
    behind = ministack.add_assumable_role(f"behind-{uuid.uuid4().hex[:8]}", pool_role)
    daypass("role", "add", behind, "--identity", "app", "--via", pool, "--profile", "behind")
    daypass("start", "behind")
    assert daypass.caller("behind").endswith("/CognitoIdentityCredentials")


def test_no_one_is_signed_in(daypass: Daypass, moto: Sts, oidc_provider: Issuer):
    use(daypass, moto)
    daypass.add_identity(oidc_provider)
    pool = add_pool(daypass, moto, oidc_provider)
    told = daypass("start", pool, "--profile", "app", code=3)
    assert "daypass identity login" in told.err
    assert daypass.browser_opened() == 0


def test_a_spent_token_is_renewed_without_the_person(daypass: Daypass, ministack: Sts, peer_logs):
    with oidc_provider_peer.oidc_provider(peer_logs, id_token_seconds=40) as issuer:
        use(daypass, ministack)
        daypass.add_identity(issuer)
        pool = add_pool(daypass, ministack, issuer)
        daypass("identity", "login", "work")
        granted = issuer.grants()
        # Daypass doesn't use a token in its last 30 seconds.
        time.sleep(12)
        daypass("start", pool, "--profile", "app")
        assert issuer.grants() > granted and daypass.browser_opened() == 1


def test_refusals_say_whose_fault_it_is(daypass: Daypass, ministack: Sts, oidc_provider: Issuer):
    use(daypass, ministack)
    daypass.add_identity(oidc_provider)
    pool = add_pool(daypass, ministack, oidc_provider, "--login", "elsewhere.example.org")
    daypass("identity", "login", "app")
    told = daypass("start", pool, "--profile", "app", code=5)
    assert "NotAuthorizedException" in told.err and "login" in told.err
    daypass("identity", "remove", "app", "--yes")
    nowhere = add_pool(daypass, ministack, oidc_provider, pool="us-east-1:00000000-0000-4000-8000-000000000000")
    told = daypass("start", nowhere, "--profile", "app", code=5)
    assert "ResourceNotFound" in told.err and "pool_id" in told.err


def test_terms_that_cognito_does_not_know_are_refused(daypass: Daypass, moto: Sts, oidc_provider: Issuer):
    use(daypass, moto)
    daypass.add_identity(oidc_provider)
    pool = add_pool(daypass, moto, oidc_provider)
    daypass("identity", "login", "app")
    told = daypass("start", pool, "--profile", "app", "--read-only", code=None)
    assert told.code in (2, 5) and "GetCredentialsForIdentity" in told.err


@pytest.mark.parametrize("pool", ["people", "us-east-1_AbCdEfGh", "us-east-1:not-hex"])
def test_what_is_no_pool_is_refused(daypass: Daypass, sandbox, pool: str):
    daypass.add_identity(sandbox.issuer)
    where = ["--account", "123456789012", "--pool-id", pool]
    told = daypass("identity", "add", "cognito", "app", "--identity", "work", *where, code=2)
    assert "pool_id" in told.err


def test_the_other_identity_must_be_there(daypass: Daypass):
    where = ["--account", "123456789012", "--pool-id", "eu-central-1:01234567-89ab-cdef-0123-456789abcdef"]
    told = daypass("identity", "add", "cognito", "app", "--identity", "nobody", *where, code=4)
    assert "identity nobody doesn't exist" in told.err
    assert "identity.app" not in daypass.config.read_text()


def test_the_other_identity_must_have_a_token(daypass: Daypass):
    daypass("identity", "add", "profile", "work", "--profile", "legacy")
    where = ["--account", "123456789012", "--pool-id", "eu-central-1:01234567-89ab-cdef-0123-456789abcdef"]
    told = daypass("identity", "add", "cognito", "app", "--identity", "work", *where, code=2)
    assert "ID token" in told.err and "cognito-no-oidc" in told.err
    assert "identity.app" not in daypass.config.read_text()
