"""SAML for the tests: an identity provider, its people, and the contents of an assertion.

This uses the standard library and signxml and not Daypass's code, so that the two can disagree.
"""

from __future__ import annotations

import base64
import secrets
import urllib.parse
import xml.etree.ElementTree as ElementTree
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

AWS = "urn:amazon:webservices"
"""The entity ID of AWS as a service provider. The other partitions have their own."""
ENTITIES = {"aws": AWS, "aws-us-gov": "urn:amazon:webservices:govcloud", "aws-cn": "urn:amazon:webservices:cn-north-1"}

ACS = {
    "aws": "https://signin.aws.amazon.com/saml",
    "aws-us-gov": "https://signin.amazonaws-us-gov.com/saml",
    "aws-cn": "https://signin.amazonaws.cn/saml",
}
"""Each partition's assertion consumer service."""
REGIONAL_ACS = "https://eu-central-1.signin.aws.amazon.com/saml"

ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
"""The prefix of the attribute names that AWS reads."""

PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"


@dataclass(frozen=True)
class Pair:
    """A role in an assertion, with its IAM SAML provider."""

    role: str
    provider: str
    provider_first: bool = False

    def __str__(self) -> str:
        """The attribute value. AWS accepts either order."""
        return ",".join((self.provider, self.role) if self.provider_first else (self.role, self.provider))


@dataclass(frozen=True)
class SamlUser:
    """A person who can sign in, with their attributes."""

    name: str
    password: str
    pairs: tuple[Pair, ...] = ()
    session_name: str = ""
    session_seconds: int | None = None
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Further attributes by their full name."""

    @property
    def roles(self) -> list[str]:
        """The ARNs of the roles, in the assertion's order."""
        return [pair.role for pair in self.pairs]

    @property
    def attributes(self) -> dict[str, list[str]]:
        """All attributes in the assertion, without those that have no value."""
        said = {
            f"{ATTRIBUTES}Role": [str(pair) for pair in self.pairs],
            f"{ATTRIBUTES}RoleSessionName": [self.session_name] if self.session_name else [],
            f"{ATTRIBUTES}SessionDuration": [str(self.session_seconds)] if self.session_seconds else [],
        } | {name: list(values) for name, values in self.others.items()}
        return {name: values for name, values in said.items() if values}


@dataclass(frozen=True)
class SamlIdp:
    """A running identity provider."""

    name: str
    url: str
    entity_id: str
    sso_url: str
    """Its URL for AuthnRequests."""
    certificate: Path
    """The PEM certificate of its signing key."""
    users: Mapping[str, SamlUser]
    idp_initiated: bool = True
    log: Path | None = None
    """Its output, with a `sign_in_line` for each accepted password, and an `answer_line` for each assertion."""
    sign_in_line: str = ""
    answer_line: str = ""
    sessions: Path | None = None
    """The folder of its sessions, with a file for each person who is signed in."""

    def sign_ins(self) -> int:
        """How many sign-ins with a password there were."""
        return self.log.read_text(errors="replace").count(self.sign_in_line)

    def answers(self) -> int:
        """How many assertions it issued: one for each sign-in, and one for each silent renewal."""
        return self.log.read_text(errors="replace").count(self.answer_line)

    def end_sessions(self) -> None:
        """Make it forget who is signed in, so that the next visit needs a person."""
        for file in self.sessions.iterdir():
            file.unlink()

    def start_url(self, *, partition: str = "aws", acs: str | None = None, relay_state: str | None = None) -> str:
        """The URL that begins an IdP-initiated sign-in. The answer goes to the partition's first endpoint, or to `acs`."""
        assert self.idp_initiated, f"{self.name} knows SP-initiated sign-in only"
        query = {"spentityid": ENTITIES[partition], "ConsumerURL": acs, "RelayState": relay_state}
        return with_query(self.sso_url, query)

    def request_url(
        self,
        *,
        partition: str = "aws",
        acs: str | None = None,
        relay_state: str | None = None,
        request_id: str | None = None,
        force_authn: bool = False,
    ) -> str:
        """The URL where an SP-initiated sign-in begins, with our own AuthnRequest in the HTTP-Redirect binding."""
        request = authn_request(
            issuer=ENTITIES[partition], acs=acs or ACS[partition], destination=self.sso_url, request_id=request_id,
            force_authn=force_authn,
        )  # fmt: skip
        deflated = zlib.compress(request.encode())[2:-4]
        query = {"SAMLRequest": base64.b64encode(deflated).decode(), "RelayState": relay_state}
        return with_query(self.sso_url, query)


def with_query(url: str, query: Mapping[str, str | None]) -> str:
    """The URL with the parameters that have a value."""
    return f"{url}?{urllib.parse.urlencode({name: value for name, value in query.items() if value})}"


def authn_request(*, issuer: str, acs: str, destination: str, request_id: str | None, force_authn: bool) -> str:
    """The XML of an AuthnRequest (SAML core, 3.4.1)."""
    root = ElementTree.Element(f"{{{PROTOCOL}}}AuthnRequest", {
        "ID": request_id or f"_{secrets.token_hex(16)}",
        "Version": "2.0",
        "IssueInstant": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "Destination": destination,
        "AssertionConsumerServiceURL": acs,
        "ProtocolBinding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
    } | ({"ForceAuthn": "true"} if force_authn else {}))  # fmt: skip
    ElementTree.SubElement(root, f"{{{ASSERTION}}}Issuer").text = issuer
    return ElementTree.tostring(root, encoding="unicode")


@dataclass(frozen=True)
class Said:
    """The contents of a SAMLResponse."""

    xml: bytes
    destination: str
    in_response_to: str | None
    issuer: str
    audience: str
    subject: str
    not_on_or_after: datetime
    """When the bearer's confirmation ends. AWS accepts the assertion until then."""
    attributes: dict[str, list[str]]

    @property
    def pairs(self) -> list[str]:
        """The values of the Role attribute."""
        return self.attributes.get(f"{ATTRIBUTES}Role", [])


def read(saml_response: str) -> Said:
    """Read a base64 SAMLResponse without checking its signature."""
    xml = base64.b64decode(saml_response)
    root = ElementTree.fromstring(xml)
    assertion = root.find(f"{{{ASSERTION}}}Assertion")
    assert assertion is not None, f"no assertion in {xml[:400]!r}"

    def text(path: str) -> str:
        return assertion.findtext(path.replace("a:", f"{{{ASSERTION}}}"), "")

    confirmation = assertion.find(f".//{{{ASSERTION}}}SubjectConfirmationData")
    return Said(
        xml,
        destination=root.get("Destination", ""),
        in_response_to=root.get("InResponseTo"),
        issuer=text("a:Issuer"),
        audience=text(".//a:Audience"),
        subject=text("a:Subject/a:NameID"),
        not_on_or_after=datetime.fromisoformat(confirmation.get("NotOnOrAfter")),
        attributes={
            one.get("Name"): [value.text or "" for value in one.findall(f"{{{ASSERTION}}}AttributeValue")]
            for one in assertion.iter(f"{{{ASSERTION}}}Attribute")
        },
    )


def verify(said: Said, certificate: Path) -> None:
    """Raise unless the certificate's key has signed the response or its assertion."""
    from signxml import XMLVerifier

    XMLVerifier().verify(said.xml, x509_cert=certificate.read_text(), expect_references=1, id_attribute="ID")
