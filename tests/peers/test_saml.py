"""The SAML identity providers, checked without Daypass. A plain client signs in and reads the assertion."""

from __future__ import annotations

import http.cookiejar
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from signxml.exceptions import InvalidDigest, InvalidSignature

from peers.person import post_of_assertion
from peers.process import wait_until
from peers.saml import ACS, ATTRIBUTES, AWS, ENTITIES, REGIONAL_ACS, Said, SamlIdp, read, verify
from peers.simplesamlphp import USERS
from peers.simplesamlphp import simplesamlphp as run_simplesamlphp

PERSON = Path(__file__).with_name("person.py")


def signed_in(idp: SamlIdp, user: str, url: str, **person) -> tuple[Said, str]:
    """The verified assertion's contents, and where the page would post it."""
    posted = post_of_assertion(url, user, idp.users[user].password, **person)
    said = read(posted.saml_response)
    verify(said, idp.certificate)
    return said, posted.url


@pytest.mark.parametrize("name", USERS)
def test_simplesamlphp_says_of_each_person_what_is_known(simplesamlphp: SamlIdp, name: str):
    partition = {"gov": "aws-us-gov", "china": "aws-cn"}.get(name, "aws")
    said, url = signed_in(simplesamlphp, name, simplesamlphp.start_url(partition=partition))
    assert url == said.destination == ACS[partition]
    assert said.audience == ENTITIES[partition]
    assert said.issuer == simplesamlphp.entity_id
    assert said.in_response_to is None
    assert {n: v for n, v in said.attributes.items() if n != "uid"} == USERS[name].attributes


def test_the_people_are_as_odd_as_their_names_say():
    assert len(USERS["many"].roles) == len(set(USERS["many"].roles)) == 200
    assert len({role.split(":")[4] for role in USERS["several"].roles}) == 3
    firsts = {pair.provider_first for pair in USERS["several"].pairs}
    assert firsts == {True, False} and USERS["several"].session_seconds == 7200
    assert USERS["none"].pairs == ()


def test_an_authn_request_is_answered_to_the_endpoint_it_names(simplesamlphp: SamlIdp):
    url = simplesamlphp.request_url(acs=REGIONAL_ACS, relay_state="back here", request_id="_ours")
    posted = post_of_assertion(url, "one", "one-secret")
    said = read(posted.saml_response)
    assert (posted.url, posted.relay_state) == (REGIONAL_ACS, "back here")
    assert (said.in_response_to, said.audience) == ("_ours", AWS)
    _, idp_initiated = signed_in(simplesamlphp, "one", simplesamlphp.start_url(acs=REGIONAL_ACS))
    assert idp_initiated == REGIONAL_ACS


def test_nanoidp_offers_alice_two_roles(nanoidp_saml: SamlIdp):
    url = nanoidp_saml.request_url(relay_state="back here", request_id="_ours")
    said, posted_to = signed_in(nanoidp_saml, "alice", url)
    assert posted_to == said.destination == ACS["aws"]
    assert (said.issuer, said.audience, said.in_response_to) == (nanoidp_saml.entity_id, AWS, "_ours")
    assert said.attributes == nanoidp_saml.users["alice"].attributes
    assert len(said.pairs) == 2


def test_a_person_who_is_signed_in_is_not_asked_again(simplesamlphp: SamlIdp, tmp_path: Path):
    url, cookies = simplesamlphp.start_url(), tmp_path / "cookies"
    assert post_of_assertion(url, "one", "one-secret", cookies=cookies).typed_password
    assert not post_of_assertion(url, "one", "not the password", cookies=cookies).typed_password
    forced = simplesamlphp.request_url(force_authn=True)
    assert post_of_assertion(forced, "one", "one-secret", cookies=cookies).typed_password


def test_silent_answers_are_counted_apart_from_sign_ins(saml_idp: SamlIdp, tmp_path: Path):
    user, before = next(iter(saml_idp.users.values())), (saml_idp.sign_ins(), saml_idp.answers())
    for _ in range(3):
        post_of_assertion(saml_idp.request_url(), user.name, user.password, cookies=tmp_path / "cookies")
    assert (saml_idp.sign_ins() - before[0], saml_idp.answers() - before[1]) == (1, 3)


def test_a_session_outlives_the_browser_until_the_provider_forgets_it(simplesamlphp: SamlIdp, tmp_path: Path):
    url, cookies = simplesamlphp.start_url(), tmp_path / "cookies"
    post_of_assertion(url, "one", "one-secret", cookies=cookies)
    kept = http.cookiejar.LWPCookieJar(cookies)
    kept.load()  # without session cookies
    assert {cookie.name for cookie in kept} >= {"PHPSESSID", "SimpleSAMLAuthToken"}
    simplesamlphp.end_sessions()
    assert post_of_assertion(url, "one", "one-secret", cookies=cookies).typed_password


def test_the_person_as_a_program_writes_the_assertion_down(saml_idp: SamlIdp, tmp_path: Path):
    user, file = next(iter(saml_idp.users.values())), tmp_path / "posted.json"
    env = {"PERSON_USER": user.name, "PERSON_PASSWORD": user.password, "PERSON_SAML": str(file)}
    subprocess.run([sys.executable, PERSON, saml_idp.request_url()], env=os.environ | env, check=True, timeout=30)
    posted = json.loads(file.read_text())
    assert posted["url"] == ACS["aws"]
    assert read(posted["saml_response"]).pairs == user.attributes[f"{ATTRIBUTES}Role"]


def test_a_wrong_password_gets_no_assertion(saml_idp: SamlIdp):
    with pytest.raises(AssertionError, match="(?i)incorrect username or password|invalid credentials"):
        post_of_assertion(saml_idp.request_url(), next(iter(saml_idp.users)), "wrong")


def test_a_changed_assertion_does_not_verify(simplesamlphp: SamlIdp):
    said, _ = signed_in(simplesamlphp, "one", simplesamlphp.start_url())
    forged = Said(**vars(said) | {"xml": said.xml.replace(b"role/Developer", b"role/Superman ")})
    with pytest.raises((InvalidDigest, InvalidSignature)):
        verify(forged, simplesamlphp.certificate)


def test_sessions_and_assertions_can_be_short(peer_logs: Path, tmp_path: Path):
    with run_simplesamlphp(peer_logs, session_seconds=2, assertion_seconds=1) as idp:
        began = datetime.now(UTC)
        said, _ = signed_in(idp, "one", idp.start_url(), cookies=tmp_path / "cookies")
        # A second after it was issued, in whole seconds.
        assert began - timedelta(seconds=1) <= said.not_on_or_after <= datetime.now(UTC) + timedelta(seconds=1)

        def asked_again() -> bool:
            return post_of_assertion(idp.start_url(), "one", "one-secret", cookies=tmp_path / "cookies").typed_password

        wait_until(asked_again, what="the session's end", every=0.5)
