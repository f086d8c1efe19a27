"""Two stand-ins for STS from PyPI: moto, which knows every call, and ministack, which really checks signatures."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .oidc_provider import Issuer
from .process import free_port, http_answers, running

ACCOUNT = "123456789012"
"""The account that moto answers for; ministack answers for 000000000000 and takes the account from the role."""


@dataclass(frozen=True)
class Sts:
    """A running STS and IAM."""

    name: str
    endpoint: str
    checks_signatures: bool

    def client(self, service: str):
        """A boto3 client with the emulator's administrator key."""
        import boto3

        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def add_role(self, name: str, issuer: Issuer) -> str:
        """Make a role of that (new) name that trusts the issuer's tokens, and give its ARN."""
        iam = self.client("iam")
        host = issuer.url.split("://")[1]
        known = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        provider = next((p["Arn"] for p in known if p["Arn"].endswith(f"/{host}")), None)
        if provider is None:
            provider = iam.create_open_id_connect_provider(
                Url=issuer.url, ClientIDList=[issuer.client_id], ThumbprintList=["0" * 40]
            )["OpenIDConnectProviderArn"]
        trust = {
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"Federated": provider},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {f"{host}:aud": issuer.client_id}},
            }],
        }  # fmt: skip
        return iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]


@contextlib.contextmanager
def moto(logs: Path) -> Iterator[Sts]:
    """Run moto's server."""
    port = free_port()
    program = Path(sys.executable).with_name("moto_server")
    ready = http_answers(f"http://127.0.0.1:{port}/moto-api/data.json")
    with running("moto", [program, "-H", "127.0.0.1", "-p", port], logs=logs, ready=ready, seconds=60):
        yield Sts("moto", f"http://127.0.0.1:{port}", checks_signatures=False)


@contextlib.contextmanager
def ministack(logs: Path) -> Iterator[Sts]:
    """Run ministack with its signature checks on."""
    port = free_port()
    folder = logs / "ministack"
    folder.mkdir(parents=True, exist_ok=True)
    env = os.environ | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",  # its default is every interface
        "HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "AUTH": "true",
        "SERVICES": "sts,iam",
    }
    program = Path(sys.executable).with_name("ministack")
    ready = http_answers(f"http://127.0.0.1:{port}/_ministack/health")
    with running("ministack", [program], logs=logs, env=env, cwd=folder, ready=ready):
        yield Sts("ministack", f"http://127.0.0.1:{port}", checks_signatures=True)
