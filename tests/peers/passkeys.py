"""A SAML identity provider that knows people by a passkey alone: Auth0's samlp makes the assertions, and SimpleWebAuthn
verifies the passkey. Installed by `./dev` from tests/peers/node/package.json.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .process import running, whole_lines
from .saml import ACS, SamlUser
from .sign_in_browser import Person
from .simplesamlphp import pair
from .tls import self_signed

PROGRAM = Path(__file__).with_name("node") / "passkey-idp.mjs"

PIA = SamlUser("pia", "", (pair("Developer"),), "pia@example.org")
"""The only person, who has no password, and their one role: moto fails with two."""


@dataclass(frozen=True)
class PasskeyIdp:
    """The running provider."""

    start_url: str
    log: Path

    def answers(self) -> int:
        """How many assertions it issued."""
        return self.log.read_text().count("assertion issued")


@contextlib.contextmanager
def passkey_idp(logs: Path) -> Iterator[PasskeyIdp]:
    """Run it on a free port."""
    folder = logs / "passkey-idp"
    folder.mkdir(parents=True, exist_ok=True)
    made = self_signed(folder)
    about = folder / "person.json"
    about.write_text(json.dumps({"name": PIA.name, "acs": ACS["aws"], "attributes": PIA.attributes}))
    log = folder / "passkey-idp.log"
    lines = lambda: [line for line in whole_lines(log) if line.startswith("{")] if log.exists() else []  # noqa: E731
    with running("passkey-idp", ["node", PROGRAM, made.key, made.cert, about], logs=folder, env=os.environ, ready=lines):
        yield PasskeyIdp(f"{json.loads(lines()[0])['url']}/aws", log)


def have_passkey(person: Person) -> None:
    """Give a person's browser an authenticator, as their machine or a security key has one."""
    session = person.at("/aws")
    person.ask("WebAuthn.enable", session)
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True,
    }  # fmt: skip
    person.ask("WebAuthn.addVirtualAuthenticator", session, options=options)
