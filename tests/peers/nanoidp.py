"""nanoidp (PyPI): a second OpenID provider with other habits: the redirect URI must match to the port."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from .oidc_provider import Issuer
from .process import free_port, http_answers, running


@contextlib.contextmanager
def nanoidp(logs: Path, *, token_seconds: int = 300) -> Iterator[Issuer]:
    """Run the provider with one public client and the user alice.

    It knows whole minutes only. For less, its clock is set back: 10 s are a minute of which 50 s are over.
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
    }))  # fmt: skip
    (config / "users.yaml").write_text(json.dumps({
        "config_version": 1,
        "users": {"alice": {"password": "secret", "email": "alice@example.org"}},
    }))  # fmt: skip
    program = [Path(sys.executable).with_name("nanoidp"), "--config", config]
    clock = ["faketime", "-f", f"-{behind}s"] if behind else []
    ready = http_answers(f"{url}/.well-known/openid-configuration")
    with running("nanoidp", [*clock, *program], logs=config, env=os.environ, cwd=config, ready=ready):
        log = config / "nanoidp.log"
        yield Issuer(url, "daypass", "alice", "secret", redirect_port, log, grant_line='"POST /token HTTP/1.1" 200')
