"""The sandbox, as people start it: `daypass sandbox`."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .oidc_provider import Issuer
from .process import free_port, running

PERSON = ("maya", "sandbox")
"""Who may do nearly everything in the sandbox, and everybody's password there."""

ROLE = "arn:aws:iam::444455556666:role/Developer"
OTHER_ROLE = "arn:aws:iam::111122223333:role/ReadOnly"


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox."""

    base: str
    exports: dict[str, str]
    issuer: Issuer

    def turn(self, **knobs) -> None:
        """Set the knobs; those that are not named go back to their defaults."""
        request = urllib.request.Request(
            f"{self.base}/_sandbox/knobs",
            data=json.dumps(knobs).encode(),
            headers={"Content-Type": "application/json"},
            method="PUT",
        )
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10).close()

    def seen(self) -> str:
        """The recent requests, as the sandbox lists them."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.base}/_sandbox/log", timeout=10) as answer:
            return answer.read().decode()


@contextlib.contextmanager
def sandbox(binary: Path, logs: Path, env: dict[str, str], *, lifetime: int | None = None) -> Iterator[Sandbox]:
    """Run one. Its `export` lines are what a person would paste into a shell."""
    port = free_port()
    argv = [binary, "sandbox", "--port", port, *(["--lifetime", lifetime] if lifetime else [])]
    log = logs / "sandbox.log"
    log.unlink(missing_ok=True)
    printed = lambda: log.exists() and "AWS_ENDPOINT_URL_STS=" in log.read_text()  # noqa: E731
    with running("sandbox", argv, logs=logs, env=env, ready=printed):
        exports = dict(re.findall(r"^\s*export (\w+)=(.*)$", log.read_text(), re.M))
        exports = {name: shlex.split(value)[0] for name, value in exports.items()}
        base = f"http://127.0.0.1:{port}"
        issuer = Issuer(f"{base}/oidc", "daypass-sandbox", *PERSON)
        yield Sandbox(base, exports, issuer)
