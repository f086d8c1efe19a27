"""Two stand-ins for STS, IAM and Cognito from PyPI. moto supports nearly every call and checks next to nothing.
ministack checks signatures, trust policies, deactivated keys, and the issuer of Cognito's tokens.

Neither supports AssumeRoot or DecodeAuthorizationMessage, and neither checks MFA codes or a role's maximum duration.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .oidc_provider import Issuer
from .process import free_port, http_answers, running

ACCOUNT = "123456789012"
"""moto's account. ministack answers for 000000000000 and takes the account from the role."""


@dataclass(frozen=True)
class AccessKey:
    """An IAM user's access key."""

    user: str
    arn: str
    """The user's."""
    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Sts:
    """A running STS, IAM and Cognito."""

    name: str
    endpoint: str
    checks_signatures: bool
    account: str = ""
    """The account of its users and pools, or empty if it has none."""

    def client(self, service: str, credentials: AccessKey | Mapping | None = None):
        """A boto3 client with an access key, with a session from STS or Cognito, or as the administrator."""
        import boto3

        match credentials:
            case None:
                key, secret, token = "test", "test", None
            case AccessKey():
                key, secret, token = credentials.id, credentials.secret, None
            case _:
                secret = credentials.get("SecretAccessKey") or credentials["SecretKey"]
                key, token = credentials["AccessKeyId"], credentials["SessionToken"]
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
        )

    def unsigned(self, service: str):
        """A boto3 client without credentials, for calls that carry their own proof."""
        import boto3
        from botocore import UNSIGNED
        from botocore.config import Config

        unsigned = Config(signature_version=UNSIGNED)
        return boto3.client(service, endpoint_url=self.endpoint, region_name="us-east-1", config=unsigned)

    def caller(self, credentials: AccessKey | Mapping) -> str:
        """The ARN that the credentials belong to. Raises ClientError if they are refused."""
        return self.client("sts", credentials).get_caller_identity()["Arn"]

    def add_user(self, name: str) -> AccessKey:
        """Create an IAM user with this name, who may do everything with STS and IAM, and an access key for them."""
        iam = self.client("iam")
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        may = policy(Action=["sts:*", "iam:*"], Resource="*")
        iam.put_user_policy(UserName=name, PolicyName="everything", PolicyDocument=may)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return AccessKey(name, arn, key["AccessKeyId"], key["SecretAccessKey"])

    def add_assumable_role(self, name: str, trusts: str, *, external_id: str | None = None) -> str:
        """Create a role with this name that the principal may assume. Returns its ARN.
        
        `trusts` is the ARN of a user or role. The role may assume other roles.
        """
        iam = self.client("iam")
        condition = {"StringEquals": {"sts:ExternalId": external_id}} if external_id else {}
        trust = policy(Principal={"AWS": trusts}, Action="sts:AssumeRole", Condition=condition)
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="chain", PolicyDocument=policy(Action="sts:*", Resource="*"))
        return arn

    def add_identity_pool(self, name: str, issuer: Issuer, role: str) -> str:
        """Create a Cognito identity pool that accepts the issuer's tokens. Returns its ID.
        
        `role` is the ARN of the role for everyone who signs in. moto ignores it and returns fixed example keys.
        """
        cognito = self.client("cognito-identity")
        host = issuer.url.split("://")[1]
        pool = cognito.create_identity_pool(
            IdentityPoolName=name,
            AllowUnauthenticatedIdentities=False,
            OpenIdConnectProviderARNs=[f"arn:aws:iam::{self.account}:oidc-provider/{host}"],
        )["IdentityPoolId"]
        if self.name != "moto":
            cognito.set_identity_pool_roles(IdentityPoolId=pool, Roles={"authenticated": role})
        return pool

    def add_role(self, name: str, issuer: Issuer) -> str:
        """Create a role with this name that trusts the issuer's tokens. Returns its ARN."""
        iam = self.client("iam")
        host = issuer.url.split("://")[1]
        known = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        provider = next((p["Arn"] for p in known if p["Arn"].endswith(f"/{host}")), None)
        if provider is None:
            provider = iam.create_open_id_connect_provider(
                Url=issuer.url, ClientIDList=[issuer.client_id], ThumbprintList=["0" * 40]
            )["OpenIDConnectProviderArn"]
        trust = policy(
            Principal={"Federated": provider},
            Action="sts:AssumeRoleWithWebIdentity",
            Condition={"StringEquals": {f"{host}:aud": issuer.client_id}},
        )
        return iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]


def policy(**statement) -> str:
    """A policy with one Allow statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | statement]})


@contextlib.contextmanager
def moto(logs: Path) -> Iterator[Sts]:
    """Run moto's server. Its limits:

    An assertion with two or more roles gets a 500. GetSessionToken, GetFederationToken and Cognito return the example
    keys from AWS's manual, which GetCallerIdentity doesn't know. Nothing expires, and nothing is refused.
    """
    port = free_port()
    program = Path(sys.executable).with_name("moto_server")
    ready = http_answers(f"http://127.0.0.1:{port}/moto-api/data.json")
    with running("moto", [program, "-H", "127.0.0.1", "-p", port], logs=logs, ready=ready):
        yield Sts("moto", f"http://127.0.0.1:{port}", checks_signatures=False, account=ACCOUNT)


@contextlib.contextmanager
def ministack(logs: Path) -> Iterator[Sts]:
    """Run ministack with its signature checks on. Its limits:

    It has no AssumeRoleWithSAML. It refuses a role that requires MFA even with a code, but allows a user a third access
    key. IAM calls without a user name mean a user `default` and not the caller. It accepts forged or expired ID tokens.
    """
    port = free_port()
    folder = logs / "ministack"
    folder.mkdir(parents=True, exist_ok=True)
    env = os.environ | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",  # its default is every interface
        "HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "AUTH": "true",
        "SERVICES": "sts,iam,cognito-identity",
    }
    program = Path(sys.executable).with_name("ministack")
    ready = http_answers(f"http://127.0.0.1:{port}/_ministack/health")
    with running("ministack", [program], logs=logs, env=env, cwd=folder, ready=ready):
        yield Sts("ministack", f"http://127.0.0.1:{port}", checks_signatures=True, account="000000000000")
