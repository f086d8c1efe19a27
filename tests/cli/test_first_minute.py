"""`daypass identity add ADDRESS`: what a company gives a person is enough, or it is said what is missing."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.oidc_provider import Issuer
from peers.process import PATIENCE, closed_port
from peers.sandbox import Sandbox

ACME = "https://ssoins-1234567890abcdef.portal.eu-west-1.app.aws"
"""A portal whose address says everything, so that nothing is asked over the network."""

USAGE = 2
"""The exit status of wrong usage and wrong settings."""


@pytest.fixture
def maya(daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """A machine whose AWS is the sandbox, with Maya at the browser."""
    daypass.env |= sandbox.env | {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
    return daypass


def identities(daypass: Daypass) -> dict:
    return tomllib.loads(daypass.config.read_text()).get("identity", {})


def test_from_a_start_url_to_a_caller_without_a_region(maya: Daypass, sandbox: Sandbox):
    added = maya("identity", "add", sandbox.start_url + "/#/", "work")
    assert "the AWS access portal" in added.err and "eu-central-1" in added.err
    assert identities(maya)["work"] | {"default_region": "eu-central-1", "region": "eu-central-1"} == identities(maya)["work"]
    maya("identity", "login", "work")
    maya("start", "444455556666/Developer", "--profile", "dev")
    env = {k: v for k, v in maya.env.items() if k not in ("AWS_REGION", "AWS_DEFAULT_REGION")}
    aws = [Path(sys.executable).with_name("aws"), "sts", "get-caller-identity", "--profile", "dev"]
    done = subprocess.run(aws, env=env, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0 and "AWSReservedSSO_Developer" in done.stdout, done.stderr


def test_an_e_mail_on_standard_input_is_enough(daypass: Daypass):
    mail = f"Hi Ann,\r\n\r\nread https://docs.aws.amazon.com first. Your portal: <{ACME}/#/>.\r\n"
    daypass("identity", "add", "-", stdin=mail)
    assert identities(daypass) == {
        "work": {"kind": "identity-center", "start_url": ACME, "region": "eu-west-1", "default_region": "eu-west-1"}
    }
    daypass("identity", "add", ACME)
    assert list(identities(daypass)) == ["work", "work-2"], "a name that is free"


def test_an_issuer_is_found_by_its_discovery_document(daypass: Daypass, oidc_provider: Issuer):
    refused = daypass("identity", "add", oidc_provider.url, code=USAGE)
    assert "client id" in refused.err and "--client-id" in refused.err
    daypass("identity", "add", oidc_provider.url, "work", "--client-id", oidc_provider.client_id)
    assert identities(daypass)["work"]["issuer"] == oidc_provider.url


def test_an_address_that_does_not_answer_is_taken_as_it_is_and_told(daypass: Daypass):
    url = f"http://127.0.0.1:{closed_port()}/realms/staff"
    added = daypass("identity", "add", url, "work", "--client-id", "daypass")
    assert "couldn't be checked" in added.err
    assert identities(daypass)["work"]["issuer"] == url


@pytest.mark.parametrize(("text", "kind"), [
    ("https://acme.okta.com/home/amazon_aws/0oa1b2c3/272", "saml"),
    ("https://adfs.acme.com/adfs/ls/idpinitiatedsignon", "saml"),
    ("https://accounts.google.com/o/saml2/initsso?idpid=C01&spid=2", "saml"),
    ("https://eu-central-1.console.aws.amazon.com/ec2/home", "console"),
])  # fmt: skip
def test_the_kind_follows_from_the_address(daypass: Daypass, text: str, kind: str):
    daypass("identity", "add", text, "it")
    assert identities(daypass)["it"]["kind"] == kind
    assert identities(daypass)["it"]["default_region"], "tools know where to work"


def test_a_key_is_asked_for_its_secret(daypass: Daypass):
    key = "AKIAIOSFODNN7EXAMPLE\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
    daypass("identity", "add", "AKIAIOSFODNN7EXAMPLE", "kim", stdin=key)
    assert identities(daypass)["kim"]["kind"] == "iam-user"
    assert "AKIA" not in daypass.config.read_text()


@pytest.mark.parametrize(("text", "what", "advice"), [
    ("arn:aws:iam::123456789012:role/Developer", "is a role", "daypass role add"),
    ("https://awsapps.com/start", "every company", "acme.awsapps.com/start"),
    ("https://docs.aws.amazon.com/", "an AWS web site", "acme.awsapps.com/start"),
    ("https://acme.okta.com/home/amazon_aws_sso/0oa1/aln1", "Okta's tile", "copy the address there"),
    ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "looks like a secret", "command line"),
    ("oidcc", "neither a kind of identity nor an address", "identity add --help"),
])  # fmt: skip
def test_what_leads_nowhere_is_told(daypass: Daypass, text: str, what: str, advice: str):
    before = daypass.config.read_text()
    refused = daypass("identity", "add", text, code=USAGE)
    assert what in refused.err and advice in refused.err
    assert "wJalr" not in refused.out + refused.err
    assert daypass.config.read_text() == before
