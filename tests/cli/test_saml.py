"""SAML with the command: assertions from independent identity providers, read, kept, exchanged and refused."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from peers import saml
from peers.daypass import Daypass, Outcome
from peers.person import post_of_assertion
from peers.saml import SamlIdp
from peers.sandbox import Sandbox
from peers.simplesamlphp import USERS
from peers.sts import Sts

ONE = USERS["one"].roles[0]
LATER = ("faketime", "-f", "+6m")
"""An assertion is valid for five minutes, and Daypass tolerates a minute between the clocks."""

INVALID, NEEDS_SIGN_IN, NOT_FOUND, REFUSED = 2, 3, 4, 5


@pytest.fixture(params=["agent", "no agent"])
def both_ways(request: pytest.FixtureRequest, daypass: Daypass) -> None:
    """Each test runs with an agent and without. The outcome is the same."""
    daypass.with_agent = request.param == "agent"


def assertion_of(idp: SamlIdp, name: str, **where: str) -> str:
    """The assertion that the identity provider would post to AWS for this person."""
    url = idp.start_url(**where) if idp.idp_initiated else idp.request_url(**where)
    return post_of_assertion(url, name, idp.users[name].password).saml_response


def add(daypass: Daypass, idp: SamlIdp) -> None:
    """Add the identity `corp`."""
    if daypass.with_agent:
        daypass.agent()
    way = ["--start-url", idp.start_url()] if idp.idp_initiated else ["--sso-url", idp.sso_url]
    daypass("identity", "add", "saml", "corp", *way)


def login(daypass: Daypass, assertion: str, *, code: int = 0, wrap: tuple[str, ...] = ()) -> Outcome:
    """Pass it an assertion on standard input."""
    return daypass("identity", "login", "corp", "--assertion-file", "-", stdin=assertion, code=code, wrap=wrap)


def roles(daypass: Daypass) -> list[str]:
    """The ARNs in the catalog."""
    return [role["arn"] for role in daypass("role", "list", "--json").json]


def identity(daypass: Daypass) -> dict:
    """The identity's state."""
    return daypass("identity", "list", "--json").json[0]


@pytest.mark.usefixtures("both_ways")
def test_from_an_assertion_to_credentials_and_back(daypass: Daypass, simplesamlphp: SamlIdp, moto: Sts):
    daypass.use(moto.endpoint)
    add(daypass, simplesamlphp)
    assertion = assertion_of(simplesamlphp, "one")

    assert "Signed in to corp as one@example.org" in login(daypass, assertion).out
    assert roles(daypass) == [ONE]
    assert (identity(daypass)["state"], identity(daypass)["person"]) == ("signed-in", "one@example.org")

    daypass("start", "123456789012/Developer")

    profile = "123456789012-Developer"
    expected = "arn:aws:sts::123456789012:assumed-role/Developer/one@example.org"
    assert daypass.caller(profile) == expected
    assert daypass.boto3_caller(profile) == expected
    assert daypass.session(profile)["state"] == "active"

    daypass("stop", profile)
    daypass("identity", "logout", "corp")

    assert daypass.untouched()
    assert roles(daypass) == []
    assert identity(daypass)["state"] == "signed-out"
    for file in daypass.home.rglob("*"):
        assert not file.is_file() or assertion[:60].encode() not in file.read_bytes(), f"the assertion lies in {file}"


@pytest.mark.parametrize("name", [name for name, user in USERS.items() if user.roles])
def test_every_persons_roles_are_listed_in_their_order(daypass: Daypass, simplesamlphp: SamlIdp, name: str):
    add(daypass, simplesamlphp)
    partition = {"gov": "aws-us-gov", "china": "aws-cn"}.get(name, "aws")
    out = login(daypass, assertion_of(simplesamlphp, name, partition=partition)).out
    assert USERS[name].session_name in out
    assert roles(daypass) == USERS[name].roles


def test_another_identity_provider_says_it_otherwise(daypass: Daypass, nanoidp_saml: SamlIdp):
    add(daypass, nanoidp_saml)
    login(daypass, assertion_of(nanoidp_saml, "alice"))
    assert roles(daypass) == nanoidp_saml.users["alice"].roles


def as_file(assertion: str) -> str:
    return assertion


def in_lines(assertion: str) -> str:
    return "\r\n".join(re.findall(".{1,76}", assertion)) + "\r\n"


def as_body(assertion: str) -> str:
    return f"SAMLResponse={quote(assertion, safe='')}&RelayState="


def as_xml(assertion: str) -> str:
    return base64.b64decode(assertion).decode()


def as_form(xml: str) -> str:
    return base64.b64encode(xml.encode()).decode()


@pytest.mark.parametrize("form", [as_file, in_lines, as_body, as_xml])
def test_whatever_a_browsers_tools_copy_is_taken(daypass: Daypass, simplesamlphp: SamlIdp, moto: Sts, tmp_path: Path, form):
    daypass.use(moto.endpoint)
    add(daypass, simplesamlphp)
    file = tmp_path / "response"
    file.write_text(form(assertion_of(simplesamlphp, "one")))
    daypass("identity", "login", "corp", "--assertion-file", file)
    daypass("start", ONE)
    assert "assumed-role/Developer/one@example.org" in daypass.caller("123456789012-Developer")


@pytest.mark.usefixtures("both_ways")
def test_a_spent_assertion_needs_the_person_and_keeps_the_roles(daypass: Daypass, simplesamlphp: SamlIdp, moto: Sts):
    daypass.use(moto.endpoint)
    # From the beginning, the agent's clock is six minutes ahead of the identity provider's.
    if daypass.with_agent:
        daypass.binary = faked(daypass)
    add(daypass, simplesamlphp)
    wrap = () if daypass.with_agent else LATER
    old = assertion_of(simplesamlphp, "one")

    refused = login(daypass, old, code=NEEDS_SIGN_IN, wrap=wrap)
    assert "the assertion expired at" in refused.err and "this machine's clock" in refused.err

    if not daypass.with_agent:
        login(daypass, old)
        spent = daypass("start", ONE, code=NEEDS_SIGN_IN, wrap=LATER)
        assert "has expired" in spent.err and "daypass identity login corp" in spent.err
        listed = daypass("identity", "list", "--json", wrap=LATER).json[0]
        assert listed["state"] == "needs-sign-in" and listed["person"] == "one@example.org"
        assert roles(daypass) == [ONE]


def faked(daypass: Daypass) -> Path:
    """The command, with its clock six minutes ahead."""
    program = daypass.folder / "daypass-later"
    program.write_text(f'#!/bin/sh\nexec faketime -f +6m "{daypass.binary}" "$@"\n')
    program.chmod(0o755)
    return program


def test_without_a_window_the_hint_says_what_to_do(daypass: Daypass, simplesamlphp: SamlIdp):
    add(daypass, simplesamlphp)
    refused = daypass("identity", "login", "corp", code=INVALID)
    assert "--assertion-file" in refused.err
    assert daypass("start", ONE, code=NOT_FOUND)


def edited(xml: str, old: str, new: str) -> str:
    assert old in xml, f"{old} is not in the response"
    return xml.replace(old, new)


ASSERTION = re.compile(r"<saml:Assertion .*</saml:Assertion>", re.S)

BAD = {
    "nothing": (INVALID, "the text is empty", lambda xml: " \n"),
    "no base64": (INVALID, "isn't base64", lambda xml: "PLANTED!"),
    "over 100,000 characters": (INVALID, "STS takes 100000 at most", lambda xml: as_form(
        edited(xml, "</samlp:Response>", f"<!--{'x' * 100_000}--></samlp:Response>"))),
    "a megabyte and more": (INVALID, "STS takes 100000 at most", lambda xml: "PHNh" * 400_000),
    "an entity": (REFUSED, "document type declaration", lambda xml: (
        '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + xml[xml.index("<samlp:Response") :])),
    "half of it": (INVALID, "isn't XML that can be read", lambda xml: xml[: len(xml) // 2]),
    "an assertion alone": (INVALID, "its outermost element is Assertion", lambda xml: edited(
        ASSERTION.search(xml)[0], "<saml:Assertion ", f'<saml:Assertion xmlns:saml="{saml.ASSERTION}" ')),
    "no assertion": (1, "doesn't contain an assertion", lambda xml: ASSERTION.sub("", xml)),
    "two assertions": (REFUSED, "2 assertions", lambda xml: ASSERTION.sub(lambda found: found[0] * 2, xml)),
    "encrypted": (INVALID, "turn off", lambda xml: ASSERTION.sub("<saml:EncryptedAssertion/>", xml)),
    "declined": (1, "refused the sign-in: Responder", lambda xml: edited(xml, "status:Success", "status:Responder")),
    "no role": (INVALID, "doesn't list an AWS role", lambda xml: edited(xml, 'Attributes/Role"', 'Attributes/Rolle"')),
    "half a pair": (INVALID, f"read an AWS role from the assertion: {ONE}", lambda xml: edited(
        xml, ",arn:aws:iam::123456789012:saml-provider/Example", "")),
    "no time": (1, "isn't a time", lambda xml: re.sub(r'(<saml:Conditions [^>]*NotOnOrAfter=")[^"]*', r"\1tomorrow", xml)),
}  # fmt: skip
"""What can be wrong with a response: the exit status, the message, and how to make it from a valid one."""


@pytest.mark.usefixtures("both_ways")
@pytest.mark.parametrize("what", BAD)
def test_bad_responses_are_told_apart_and_change_nothing(daypass: Daypass, simplesamlphp: SamlIdp, what: str):
    add(daypass, simplesamlphp)
    honest = assertion_of(simplesamlphp, "one")
    login(daypass, honest)
    code, words, change = BAD[what]

    refused = login(daypass, change(as_xml(honest)), code=code)

    assert words in refused.err
    assert "PLANTED" not in refused.err
    assert roles(daypass) == [ONE]
    assert identity(daypass)["state"] == "signed-in"


def test_an_assertion_without_roles_names_what_it_has(daypass: Daypass, simplesamlphp: SamlIdp):
    add(daypass, simplesamlphp)
    refused = login(daypass, assertion_of(simplesamlphp, "none"), code=INVALID)
    assert "uid" in refused.err and "https://aws.amazon.com/SAML/Attributes/RoleSessionName" in refused.err
    assert "none@example.org" not in refused.err


def test_a_comment_in_a_role_hides_nothing(daypass: Daypass, simplesamlphp: SamlIdp):
    add(daypass, simplesamlphp)
    xml = as_xml(assertion_of(simplesamlphp, "one"))
    login(daypass, edited(xml, "role/Developer,", "role/Developer<!-- , -->Evil,"))
    assert roles(daypass) == [f"{ONE}Evil"]


def test_settings_that_cannot_be_right_are_refused_before_they_are_saved(daypass: Daypass):
    for way in (
        ["--start-url", "http://idp.example.org/"],
        ["--start-url", "https://signin.aws.amazon.com/saml"],
        ["--sso-url", "https://idp.example.org/", "--duration", "13h"],
        ["--sso-url", "https://idp.example.org/", "--region", "us-iso-east-1"],
        ["--start-url", "https://idp.example.org/", "--sso-url", "https://idp.example.org/"],
        ["--start-url", "https://idp.example.org/", "--issuer", "x"],
        [],
    ):
        daypass("identity", "add", "saml", "corp", *way, code=INVALID)
    assert daypass("identity", "list", "--json").json == []
    more = ["--issuer", "urn:x", "--region", "us-gov-west-1", "--post", "--force-sign-in", "--forget-cookies"]
    daypass("identity", "add", "saml", "corp", "--sso-url", "https://idp.example.org/", *more, "--duration", "8h")
    settings = identity(daypass)["settings"]
    assert {name: value for name, value in settings.items() if value} == {
        "kind": "saml", "sso_url": "https://idp.example.org/", "issuer": "urn:x", "region": "us-gov-west-1",
        "binding": "post", "force_sign_in": True, "forget_cookies": True, "duration": "8h",
        "default_region": "us-gov-west-1",
    }  # fmt: skip


def test_trying_it_knocks_at_the_identity_provider(daypass: Daypass, simplesamlphp: SamlIdp):
    add(daypass, simplesamlphp)
    assert "page answers" in daypass("identity", "try", "corp").out
    login(daypass, assertion_of(simplesamlphp, "several"))
    assert "5 for several@example.org" in daypass("identity", "try", "corp").out


@pytest.mark.usefixtures("both_ways")
def test_several_roles_at_an_sts_that_verifies_signatures(daypass: Daypass, sandbox: Sandbox):
    if daypass.with_agent:
        daypass.agent()
    daypass("identity", "add", "saml", "corp", "--start-url", f"{sandbox.sts}/saml/start")
    assertion = post_of_assertion(f"{sandbox.sts}/saml/start", "maya", sandbox.issuer.password).saml_response
    login(daypass, assertion)
    listed = daypass("role", "list", "--json").json
    assert len(listed) == 8
    for role in listed[:3]:
        daypass("start", role["arn"], "--profile", "dev")
        assert f"assumed-role/{role['name']}/" in daypass.caller("dev")

    forged = edited(as_xml(assertion), f"role/{listed[0]['name']},", f"role/{listed[-1]['name']},")
    login(daypass, forged)
    refused = daypass("start", roles(daypass)[0], "--profile", "dev", code=REFUSED)
    assert "Response signature invalid" in refused.err and "metadata" in refused.err
