"""nanoidp (PyPI), a second OpenID provider, which requires the redirect URI's port to match.

It is a SAML identity provider too, and differs from SimpleSAMLphp: it is SP-initiated only, and signs the assertion but
not the response.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from .oidc_provider import Issuer
from .process import free_port, http_answers, running
from .saml import ACS, SamlIdp, SamlUser
from .simplesamlphp import pair

ALICE = SamlUser(
    "alice", "secret",
    (pair("Developer"), pair("Admin", account="210987654321", provider_first=True)),
    "alice@example.org", session_seconds=3600, others={"email": ("alice@example.org",)},
)  # fmt: skip


@contextlib.contextmanager
def nanoidp(logs: Path, *, token_seconds: int = 300) -> Iterator[Issuer]:
    """Run the provider with one public client and the user alice.

    It supports only whole minutes. For shorter lifetimes, its clock runs behind, so that 10 s is a minute with 50 s over.
    """
    minutes, behind = -(-token_seconds // 60), -token_seconds % 60
    port, redirect_port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    config = logs / f"nanoidp-{port}"
    config.mkdir(parents=True, exist_ok=True)
    # JSON is YAML.
    (config / "settings.yaml").write_text(json.dumps({
        "config_version": 1,
        "server": {"host": "127.0.0.1", "port": port},
        "oauth": {
            "issuer": url,
            "audience": "daypass",
            "token_expiry_minutes": minutes,
            "require_pkce": True,
            "refresh_token_rotation": True,
            "clients": [{
                "client_id": "daypass",
                "token_endpoint_auth_method": "none",
                "redirect_uris": [f"http://127.0.0.1:{redirect_port}/callback"],
            }],
        },
        "saml": {"default_acs_url": ACS["aws"], "sign_responses": True},
    }))  # fmt: skip
    (config / "users.yaml").write_text(json.dumps({
        "config_version": 1,
        "users": {
            "alice": {
                "password": ALICE.password,
                "email": ALICE.others["email"][0],
                "attributes": {name: values for name, values in ALICE.attributes.items() if name != "email"},
            },
        },
    }))  # fmt: skip
    program = [Path(sys.executable).with_name("nanoidp"), "--config", config]
    clock = ["faketime", "-f", f"-{behind}s"] if behind else []
    ready = http_answers(f"{url}/.well-known/openid-configuration")
    with running("nanoidp", [*clock, *program], logs=config, env=os.environ, cwd=config, ready=ready):
        log = config / "nanoidp.log"
        yield Issuer(url, "daypass", "alice", "secret", redirect_port, log, grant_line='"POST /token HTTP/1.1" 200')


def saml_of(issuer: Issuer, folder: Path) -> SamlIdp:
    """The SAML side of a running nanoidp. Writes its certificate to the folder."""
    certificate = folder / "nanoidp-saml.pem"
    with urllib.request.urlopen(f"{issuer.url}/saml/cert.pem", timeout=10) as answer:
        certificate.write_bytes(answer.read())
    return SamlIdp(
        "nanoidp", issuer.url, f"{issuer.url}/saml", f"{issuer.url}/saml/sso", certificate, {ALICE.name: ALICE},
        idp_initiated=False,
        log=issuer.log,
        sign_in_line="[login] POST /saml/sso - success",
        answer_line="SAML Response issued",
    )  # fmt: skip
