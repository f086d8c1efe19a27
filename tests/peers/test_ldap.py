"""The directory, checked with OpenLDAP's own clients: who can sign in, what it refuses, and its messages."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from peers.slapd import PERSONS, Directory


def client(directory: Directory, tool: str, *args: str, url: str = "", ca: Path | None = None):
    """Run one of OpenLDAP's clients."""
    return subprocess.run(
        [tool, "-x", "-o", "ldif-wrap=no", "-H", url or directory.ldaps, *args],
        env=os.environ | {"LDAPTLS_CACERT": str(ca or directory.ca), "LC_ALL": "C.UTF-8"},
        capture_output=True, text=True, timeout=20,
    )  # fmt: skip


def bind(directory: Directory, uid: str, *args: str, password: str | None = None, **where):
    person = PERSONS[uid]
    password = person.password if password is None else password
    return client(directory, "ldapwhoami", "-e", "ppolicy", "-D", person.dn, "-w", password, *args, **where)


def search(directory: Directory, what: str, *attributes: str) -> dict[str, list[str]]:
    """The attributes of the entries that the service account finds."""
    done = client(
        directory, "ldapsearch", "-LLL", "-D", directory.service, "-w", directory.service_password,
        "-b", directory.base, what, *attributes,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = {}
    for line in filter(None, done.stdout.splitlines()):
        name, value = line.split(":", 1)
        text = base64.b64decode(value[1:]).decode() if value.startswith(":") else value.strip()
        found.setdefault(name, []).append(text)
    return found


@pytest.fixture
def clumsy(slapd: Directory) -> Iterator[str]:
    """A person whom the test may lock out. Unlocked afterwards."""
    yield "clumsy"
    slapd.unlock("clumsy")


@pytest.mark.parametrize("uid", ["alice", "jmueller", "oneil"])
def test_a_person_binds_over_ldaps_and_over_starttls(slapd: Directory, uid: str):
    assert bind(slapd, uid).returncode == 0
    assert bind(slapd, uid, "-ZZ", url=slapd.ldap).returncode == 0
    assert slapd.binds()[-2:] == [PERSONS[uid].dn] * 2


def test_a_certificate_of_an_unknown_authority_or_another_name_is_refused(slapd: Directory):
    before = slapd.binds()
    assert bind(slapd, "alice", ca=slapd.other_ca).returncode != 0
    assert bind(slapd, "alice", "-ZZ", url=slapd.ldap, ca=slapd.other_ca).returncode != 0
    assert bind(slapd, "alice", url=slapd.misnamed_ldaps).returncode != 0
    assert slapd.binds() == before, "no password was sent there"


def test_a_password_over_plain_ldap_is_refused_and_noticed(slapd: Directory):
    before = len(slapd.binds())
    assert "Confidentiality required (13)" in bind(slapd, "alice", url=slapd.ldap).stderr
    assert slapd.binds()[before:] == [PERSONS["alice"].dn]


def test_without_a_name_or_a_password_the_bind_is_refused(slapd: Directory):
    assert "anonymous bind disallowed" in client(slapd, "ldapwhoami").stderr
    assert "unauthenticated bind (DN with no password) disallowed" in bind(slapd, "alice", password="").stderr


def test_a_wrong_password_a_locked_account_and_an_expired_password_are_told_apart(slapd: Directory):
    wrong, locked, expired = bind(slapd, "alice", password="wrong"), bind(slapd, "locked"), bind(slapd, "expired")
    assert (wrong.returncode, locked.returncode, expired.returncode) == (49, 49, 49)
    assert "Invalid credentials (49)\n" in wrong.stderr
    assert "Account locked" in locked.stderr
    assert "Password expired" in expired.stderr


def test_the_third_wrong_password_locks_and_an_administrator_unlocks(slapd: Directory, clumsy: str):
    for _ in range(3):
        assert "locked" not in bind(slapd, clumsy, password="wrong").stderr
    assert "Account locked" in bind(slapd, clumsy).stderr
    slapd.unlock(clumsy)
    assert bind(slapd, clumsy).returncode == 0


@pytest.mark.parametrize("uid", ["alice", "jmueller", "oneil", "nobody"])
def test_the_service_account_finds_people_and_their_groups(slapd: Directory, uid: str):
    found, person = search(slapd, f"(uid={uid})", "cn", "mail", "memberOf"), PERSONS[uid]
    assert (found["cn"], found["mail"]) == ([person.cn], [person.mail])
    assert set(found.get("memberOf", [])) == {f"cn={group},{slapd.groups}" for group in person.groups}
    assert slapd.filters()[-1] == f"(uid={uid})"


def test_groups_name_their_members(slapd: Directory):
    found = search(slapd, "(&(objectClass=groupOfNames)(cn=AWS-210987654321-Admin))", "member")
    assert {dn.replace("\\2C", "\\,") for dn in found["member"]} == {PERSONS["alice"].dn, PERSONS["oneil"].dn}


def test_an_escaped_filter_finds_no_one_and_an_unescaped_one_everyone(slapd: Directory):
    assert "dn" not in search(slapd, r"(uid=\2a)", "uid")
    assert len(search(slapd, "(uid=*)", "uid")["uid"]) == len(PERSONS)


def test_an_attribute_can_be_changed(slapd: Directory):
    slapd.replace("bob", "departmentNumber", "Forschung Süd")
    assert search(slapd, "(uid=bob)", "departmentNumber")["departmentNumber"] == ["Forschung Süd"]
