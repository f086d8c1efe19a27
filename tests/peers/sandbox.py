"""The sandbox as its example program runs it, which prints its URLs as JSON and can trust other issuers."""

from __future__ import annotations

import contextlib
import json
import os
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .oidc_provider import Issuer
from .process import TARGET, running, whole_lines

PROGRAM = TARGET / "debug/examples/sandbox"

ROLE = "arn:aws:iam::444455556666:role/Developer"
OTHER_ROLE = "arn:aws:iam::111122223333:role/ReadOnly"

ALIAS = ("iam", "create-account-alias", "--account-alias", "shop-stage")
"""A command of the AWS CLI that writes."""
DENIED = 255
"""The AWS CLI's exit status when AWS refuses its command."""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox."""

    sts: str
    signin: str
    issuer: Issuer
    start_url: str = ""
    """Its IAM Identity Center's start URL."""
    saml_start_url: str = ""
    """Where a sign-in with its SAML provider begins. It has the same people and password as `issuer`."""
    users: list[dict] = field(default_factory=list)
    """IAM users, with `arn`, `access_key_id`, `secret_access_key`, and for an MFA device `mfa_serial` and `mfa_secret`."""

    @property
    def env(self) -> dict[str, str]:
        """The environment that points AWS clients to it."""
        return {f"AWS_ENDPOINT_URL_{name}": self.sts for name in ("STS", "SSO", "SSO_OIDC")} | {
            "AWS_ENDPOINT_URL_SIGNIN": self.signin
        }

    def turn(self, **knobs) -> None:
        """Set the knobs. Omitted ones return to their defaults."""
        self._ask("knobs", json.dumps(knobs).encode())

    def seen(self) -> list[dict]:
        """The recent requests."""
        return json.loads(self._ask("log"))

    def _ask(self, what: str, body: bytes | None = None) -> bytes:
        request = urllib.request.Request(
            f"{self.sts.rstrip('/')}/_sandbox/{what}",
            data=body,
            headers={"Content-Type": "application/json"},
            method="PUT" if body else "GET",
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return answer.read()


@contextlib.contextmanager
def sandbox(
    logs: Path,
    *,
    trusts: Issuer | None = None,
    accounts: tuple[int, int] | None = None,
    program: Path = PROGRAM,
) -> Iterator[Sandbox]:
    """Run a sandbox with the made-up company or with generated (accounts, roles). `trusts` adds another issuer."""
    argv: list = [program]
    if trusts:
        argv += ["--trust", f"{trusts.url}={trusts.client_id}"]
    if accounts:
        argv += ["--accounts", accounts[0], "--roles", accounts[1]]
    log = logs / "sandbox.log"
    log.unlink(missing_ok=True)

    def where_it_is() -> dict | None:
        lines = (line for line in whole_lines(log) if line.startswith("{"))
        return next((json.loads(line) for line in lines), None)

    with running("sandbox", argv, logs=logs, env=os.environ | {"NO_COLOR": "1"}, ready=where_it_is):
        told = where_it_is()
        issuer = Issuer(told["issuer"].rstrip("/"), told["client_id"], "maya", told["password"])
        addresses = (told["sts"].rstrip("/"), told["signin"].rstrip("/"))
        yield Sandbox(*addresses, issuer, told["start_url"], told["saml_start_url"], told["users"])
