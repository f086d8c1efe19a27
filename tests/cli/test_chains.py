"""Role chains that begin with a SAML or Identity Center role, end to end. Chains that begin with a web identity are in
`test_exchange.py`, those with an access key in `test_iam_user.py`, and those with a profile in `test_profile.py`.

The sandbox's STS verifies signatures, trust policies and external IDs. moto has AssumeRoleWithSAML but trusts everyone.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass

import pytest

from peers.daypass import Daypass
from peers.person import post_of_assertion
from peers.process import wait_until
from peers.saml import SamlIdp
from peers.sandbox import OTHER_ROLE, Sandbox
from peers.simplesamlphp import USERS
from peers.sts import Sts

NEEDS_SIGN_IN, REFUSED = 3, 5
ADMIN = "arn:aws:iam::111122223333:role/Admin"
BREAK_GLASS = "arn:aws:iam::111122223333:role/BreakGlass"
"""A sandbox role whose trust policy names only `ADMIN`."""
PARTNER = "arn:aws:iam::123412341234:role/Partner"
"""A sandbox role that requires an external ID and allows no sign-in."""
PERMISSION_SET = "arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/Developer"


@dataclass(frozen=True)
class Chain:
    """Three roles. The first comes from a sign-in, and the others have the profiles `second` and `third`."""

    first: str
    second: str
    session_name: str


def declare(daypass: Daypass, **role: str) -> None:
    """Declare a role of identity `work` in config.toml, by hand as a person would."""
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in ({"identity": "work"} | role).items())
    with daypass.config.open("a") as file:
        file.write(f"\n[[role]]\n{lines}\n")


def sign_in_by_saml(daypass: Daypass, sandbox: Sandbox) -> None:
    """Sign in with an assertion, as the window catches it."""
    assertion = post_of_assertion(sandbox.saml_start_url, "maya", sandbox.issuer.password).saml_response
    daypass("identity", "login", "work", "--assertion-file", "-", stdin=assertion)


@pytest.fixture(params=["agent", "no agent"])
def both_ways(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> bool:
    """Each test runs with an agent (True) and without. The outcome is the same."""
    del sandbox  # The agent has to know it when it starts.
    if request.param == "agent":
        daypass.agent()
    return request.param == "agent"


@pytest.fixture(params=["saml", "identity-center"])
def chain(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> Chain:
    """Signed in each way, with two more roles after the first one."""
    if request.param == "saml":
        daypass("identity", "add", "saml", "work", "--start-url", sandbox.saml_start_url)
        sign_in_by_saml(daypass, sandbox)
        chain = Chain(ADMIN, BREAK_GLASS, "maya@shop.example")
    else:
        where = ("--start-url", sandbox.start_url, "--region", "eu-central-1")
        daypass("identity", "add", "identity-center", "work", *where)
        daypass.env |= {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
        daypass("identity", "login", "work")
        # AWS doesn't reveal the person behind a permission set's session.
        chain = Chain(PERMISSION_SET, OTHER_ROLE, "daypass-work")
    declare(daypass, arn=chain.second, via=chain.first, profile="second", region="eu-central-1")
    declare(daypass, arn=PARTNER, via=chain.second, external_id="daypass-partner", profile="third", region="eu-central-1")
    return chain


def is_partner(daypass: Daypass, chain: Chain) -> bool:
    """The ARN that the AWS CLI gets, with a verified signature."""
    return daypass.caller("third") == f"arn:aws:sts::123412341234:assumed-role/Partner/{chain.session_name}"


def test_two_links_after_the_role_of_a_sign_in(both_ways: bool, daypass: Daypass, chain: Chain):
    daypass("start", "second")
    name = chain.second.rsplit("/", 1)[1]
    assert daypass.caller("second") == f"arn:aws:sts::111122223333:assumed-role/{name}/{chain.session_name}"

    daypass("start", "third")
    assert is_partner(daypass, chain)
    session = daypass.session("third")
    assert session["via"] == [chain.first, chain.second]

    daypass("renew", "third")
    renewed = daypass.session("third")
    assert renewed["renewals"] == 1 and renewed["accessKeyId"] != session["accessKeyId"]
    assert is_partner(daypass, chain)

    # The roles before it have separate sessions, so this one doesn't end with them.
    daypass("start", chain.first, "--profile", "first")
    daypass("stop", "first")
    daypass("stop", "second")
    assert is_partner(daypass, chain)
    daypass("renew", "third")
    assert is_partner(daypass, chain)

    # Without the proof, nothing is renewed, and existing sessions last until they expire.
    daypass("identity", "logout", "work")
    spent = daypass("renew", "third", code=NEEDS_SIGN_IN)
    assert "daypass identity login work" in spent.err
    assert is_partner(daypass, chain)
    if both_ways:
        assert daypass.session("third")["state"] == "needs-sign-in"
    assert daypass.browser_opened() <= 1, "the renewal opened none"

    daypass("stop", "--all")
    assert daypass.untouched()


def test_links_that_expire_are_renewed_from_the_ones_before(daypass: Daypass, sandbox: Sandbox, chain: Chain):
    sandbox.turn(lifetime_seconds=12)
    daypass.agent()
    daypass("start", "third")
    first = daypass.session("third")
    # After more than one lifetime, all credentials from the start have expired.
    renewals = lambda at_least: wait_until(  # noqa: E731
        lambda: (s := daypass.session("third"))["renewals"] >= at_least and s,
        seconds=120, what=f"{at_least} renewals", every=0.5,
    )  # fmt: skip
    renewals(2)
    sandbox.turn()  # what comes next lives for an hour
    renewed = renewals(3)
    assert renewed["accessKeyId"] != first["accessKeyId"] and renewed["state"] == "active"
    assert is_partner(daypass, chain)


def test_a_trust_policy_that_does_not_name_the_role_before(daypass: Daypass, chain: Chain):
    arn = BREAK_GLASS if chain.first == PERMISSION_SET else "arn:aws:iam::444455556666:role/Admin"
    declare(daypass, arn=arn, via=chain.first, profile="beyond")
    refused = daypass("start", "beyond", code=REFUSED)
    assert "AccessDenied" in refused.err and arn in refused.err and "trust the caller" in refused.err
    assert daypass.untouched()


@pytest.mark.parametrize("with_agent", [True, False], ids=["agent", "no agent"])
def test_a_chain_after_another_persons_assertion(daypass: Daypass, simplesamlphp: SamlIdp, moto: Sts, with_agent: bool):
    one = USERS["one"].roles[0]
    second = moto.add_assumable_role(f"second-{uuid.uuid4().hex[:8]}", one)
    third = moto.add_assumable_role(f"third-{uuid.uuid4().hex[:8]}", second)
    daypass.use(moto.endpoint)
    if with_agent:
        daypass.agent()
    daypass("identity", "add", "saml", "work", "--start-url", simplesamlphp.start_url())
    assertion = post_of_assertion(simplesamlphp.start_url(), "one", simplesamlphp.users["one"].password).saml_response
    daypass("identity", "login", "work", "--assertion-file", "-", stdin=assertion)
    declare(daypass, arn=second, via=one, profile="second", region="eu-central-1")
    declare(daypass, arn=third, via=second, profile="third", region="eu-central-1")

    daypass("start", "third")

    assert daypass.caller("third").endswith(f":assumed-role/{third.rsplit('/', 1)[1]}/one@example.org")
    assert daypass.session("third")["via"] == [one, second]
    daypass("renew", "third")
    assert daypass.session("third")["renewals"] == 1
