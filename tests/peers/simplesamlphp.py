"""SimpleSAMLphp, a SAML identity provider that supports AWS. `./dev` unpacks Debian's package into .dev.

It runs under PHP's own server with a configuration in the test's folder, and doesn't touch /etc.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from .process import ROOT, free_port, http_answers, running
from .saml import ACS, ATTRIBUTES, ENTITIES, REGIONAL_ACS, Pair, SamlIdp, SamlUser
from .tls import self_signed

PROGRAM = ROOT / ".dev/simplesamlphp"
"""Where `./dev` unpacks the package's usr/share/simplesamlphp and etc/simplesamlphp."""

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


def pair(role: str, *, account: str = "123456789012", partition: str = "aws", provider_first: bool = False) -> Pair:
    """A role (with its path) with the provider `Example` in the same account."""
    arn = f"arn:{partition}:iam::{account}:"
    return Pair(f"{arn}role/{role}", f"{arn}saml-provider/Example", provider_first)


USERS = {user.name: user for user in (
    SamlUser("one", "one-secret", (pair("Developer"),), "one@example.org"),
    SamlUser(
        "several", "several-secret",
        (
            pair("Developer"),
            pair("ReadOnly", provider_first=True),
            pair("teams/platform/Deploy", account="210987654321"),
            pair("Admin", account="210987654321", provider_first=True),
            pair("Developer", account="333344445555"),
        ),
        "several@example.org", session_seconds=7200,
    ),
    SamlUser(
        "gov", "gov-secret",
        (pair("Operator", partition="aws-us-gov"), pair("Auditor", partition="aws-us-gov")), "gov",
    ),
    SamlUser("china", "china-secret", (pair("Operator", partition="aws-cn", provider_first=True),), "china"),
    SamlUser("none", "none-secret", session_name="none@example.org"),
    SamlUser(
        "many", "many-secret",
        tuple(pair(f"Role{role:02}", account=f"{700000000000 + account}", provider_first=role % 2 == 1)
              for account in range(20) for role in range(10)),
        "many@example.org",
    ),
    SamlUser(
        "odd", "Grüße & <Küsse>\"'",
        (pair("R+D=ops.x@y-z_1"),),
        "juergen.o-neil+dev=1@example.org",
        others={
            "displayName": ("Jürgen \"J.\" O'Neil <R&D>",),
            "urn:oid:2.5.4.11": ("Süd & Nord", "日本", "<!-- arn:aws:iam::123456789012:role/Comment -->"),
            f"{ATTRIBUTES}PrincipalTag:Department": ("Entwicklung Süd",),
            f"{ATTRIBUTES}SourceIdentity": ("jmueller",),
        },
    ),
)}  # fmt: skip
"""The people who can sign in, named for what is special about them."""


@contextlib.contextmanager
def simplesamlphp(logs: Path, *, session_seconds: int = 28_800, assertion_seconds: int = 300) -> Iterator[SamlIdp]:
    """Run it. A person stays signed in for `session_seconds`, and an assertion is valid for `assertion_seconds`."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    folder = logs / f"simplesamlphp-{port}"
    for name in ("metadata", "data", "temp", "sessions"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    made = self_signed(folder)
    entity_id = f"{url}/saml2/idp/metadata.php"

    php(folder / "config.php", "config", {
        "baseurlpath": f"{url}/",
        "certdir": f"{folder}/",
        "loggingdir": f"{folder}/",
        "datadir": f"{folder}/data/",
        "tempdir": f"{folder}/temp",
        "metadatadir": f"{folder}/metadata/",
        "attributenamemapdir": f"{PROGRAM}/etc/simplesamlphp/attributemap/",
        "metadata.sources": [{"type": "flatfile"}],
        "enable.saml20-idp": True,
        "module.enable": {"exampleauth": True, "core": True, "saml": True},
        "store.type": "phpsession",
        "session.duration": session_seconds,
        "session.cookie.secure": False,
        # A cookie with an expiry date, which a browser keeps when it is closed.
        "session.cookie.lifetime": session_seconds,
        "session.phpsession.savepath": f"{folder}/sessions",
        "secretsalt": "not a secret",
        "auth.adminpassword": "nobody signs in as the administrator",
        "technicalcontact_email": "nobody@example.org",
        "timezone": "UTC",
        "language.available": ["en"],
        "language.default": "en",
        "logging.handler": "errorlog",
        "errorreporting": False,
    })  # fmt: skip
    php(folder / "authsources.php", "config", {
        "people": {"0": "exampleauth:UserPass"}
        | {f"{user.name}:{user.password}": {"uid": [user.name]} | user.attributes for user in USERS.values()},
    })  # fmt: skip
    php(folder / "metadata/saml20-idp-hosted.php", "metadata", {
        entity_id: {
            "host": "__DEFAULT__",
            "privatekey": made.key.name,
            "certificate": made.cert.name,
            "auth": "people",
            "NameIDFormat": PERSISTENT,
            "attributes.NameFormat": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
            "signature.algorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "saml20.sign.response": True,
            "assertion.lifetime": assertion_seconds,
        },
    })  # fmt: skip
    php(folder / "metadata/saml20-sp-remote.php", "metadata", {
        ENTITIES[partition]: {
            "AssertionConsumerService": [
                {"index": index, "Location": acs, "Binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"}
                # Without a choice, it uses the first one, which is the partition's own.
                for index, acs in enumerate(dict.fromkeys([ACS[partition], *ACS.values(), REGIONAL_ACS]))
            ],
            "NameIDFormat": PERSISTENT,
            "simplesaml.nameidattribute": "uid",
            "saml20.sign.assertion": True,
        }
        for partition in ACS
    })  # fmt: skip

    env = os.environ | {"SIMPLESAMLPHP_CONFIG_DIR": str(folder)}
    program = ["php", "-S", f"127.0.0.1:{port}", "-t", PROGRAM / "usr/share/simplesamlphp/www"]
    with running("simplesamlphp", program, logs=folder, env=env, cwd=folder, ready=http_answers(entity_id)):
        yield SamlIdp(
            "SimpleSAMLphp", url, entity_id, f"{url}/saml2/idp/SSOService.php", made.cert, USERS,
            log=folder / "simplesamlphp.log",
            sign_in_line="successfully authenticated",
            answer_line="Sending SAML 2.0 Response",
            sessions=folder / "sessions",
        )  # fmt: skip


def php(file: Path, variable: str, value: object) -> None:
    """Write a PHP file that sets the variable. The value is in a JSON file next to it, which avoids quoting in PHP."""
    data = file.with_suffix(".json")
    data.write_text(json.dumps(value))
    file.write_text(f"<?php ${variable} = json_decode(file_get_contents('{data}'), true);\n")
