"""oidc-provider (npm), a certified OpenID provider that rotates refresh tokens and revokes them when replayed."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .process import ROOT, free_port, http_answers, running
from .tls import Certificate


@dataclass(frozen=True)
class Issuer:
    """A running OpenID provider."""

    url: str
    client_id: str
    user: str
    password: str
    redirect_port: int | None = None
    """The only redirect port that the provider accepts, or None for any."""
    log: Path | None = None
    """The provider's output, with a `grant_line` for each code or refresh token that it exchanged."""
    grant_line: str = ""

    refusal: Path | None = None
    """While this file exists, the provider refuses refresh tokens."""

    def refuse_refresh(self, refuse: bool = True) -> None:
        """Make the provider refuse refresh tokens from now on, or accept them again."""
        self.refusal.touch() if refuse else self.refusal.unlink()

    hold: Path | None = None
    """While this file exists, the provider exchanges refresh tokens and holds its answers back."""

    def grants(self) -> int:
        """How many codes and refresh tokens the provider has exchanged."""
        return self.log.read_text().count(self.grant_line) if self.log else 0


@contextlib.contextmanager
def oidc_provider(
    logs: Path,
    *,
    id_token_seconds: int = 300,
    access_token_seconds: int = 300,
    refresh_token_seconds: int = 3600,
    roles: Sequence[str] = (),
    certificate: Certificate | None = None,
    host: str = "127.0.0.1",
) -> Iterator[Issuer]:
    """Run the provider, over https if it has a certificate. It listens on 127.0.0.1, whatever its host is called."""
    logs = logs / f"oidc-provider-{(port := free_port())}"
    scheme = "https" if certificate else "http"
    url = f"{scheme}://{host}:{port}"
    env = os.environ | {
        "PORT": str(port),
        "ISSUER": url,
        "TTL_ID": str(id_token_seconds),
        "TTL_ACCESS": str(access_token_seconds),
        "TTL_REFRESH": str(refresh_token_seconds),
        "ROLES": json.dumps(list(roles)),
        "REFUSE_REFRESH": str(logs / "refuse"),
        "HOLD_REFRESH": str(logs / "hold"),
    }
    if certificate:
        env |= {"TLS_KEY": str(certificate.key), "TLS_CERT": str(certificate.cert)}
    program = ROOT / "tests/peers/node/oidc-provider.mjs"
    ready = http_answers(f"{scheme}://127.0.0.1:{port}/.well-known/openid-configuration")
    with running("oidc-provider", ["node", program], logs=logs, env=env, ready=ready):
        # Its development sign-in page accepts any name with any password.
        log, refusal = logs / "oidc-provider.log", logs / "refuse"
        yield Issuer(url, "daypass", "alice", "secret", log=log, grant_line="granted ", refusal=refusal, hold=logs / "hold")
