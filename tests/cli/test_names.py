"""The names that a person gives: of profiles, roles, identities and regions."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from peers.daypass import OTHERS, Daypass
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox

NEEDS_SIGN_IN, NOT_FOUND, INVALID, REFUSED = 3, 4, 2, 5


@pytest.fixture(params=["agent", "no agent"])
def both_ways(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> Sandbox:
    """A sandbox, with an agent and without. The outcome is the same."""
    if request.param == "agent":
        daypass.agent()
    return sandbox


def audited(daypass: Daypass) -> list[tuple[str, str]]:
    """What the audit log says of sessions: event and role."""
    lines = [json.loads(line) for line in (daypass.home / "audit.jsonl").read_text().splitlines()]
    return [(line["event"], line["role"].rsplit("/")[-1]) for line in lines if line.get("profile")]


class TestWhichIdentity:
    @pytest.fixture
    def two(self, daypass: Daypass, both_ways: Sandbox) -> Daypass:
        """Two identities that reach the same role, the later one in the alphabet declared first."""
        for name in ("zeta", "alpha"):
            daypass.add_identity(both_ways.issuer, name=name)
            daypass("identity", "login", name)
        daypass("role", "add", ROLE, "--identity", "zeta")
        daypass("role", "add", ROLE, "--identity", "alpha")
        return daypass

    @pytest.mark.parametrize("name", ["444455556666/Developer", ROLE, "444455556666-Developer"])
    def test_is_asked(self, two: Daypass, name: str):
        for command in (["start", name], ["console", name, "--print"], ["role", "remove", name]):
            refused = two(*command, code=INVALID)
            assert "ambiguous-role" in refused.err and "alpha, zeta" in refused.err.replace("zeta, alpha", "alpha, zeta")
            assert f"zeta:{name}" in refused.err and f"alpha:{name}" in refused.err
        assert two.untouched()

        started = two("start", f"zeta:{name}")
        assert "with zeta as profile 444455556666-Developer" in started.out
        assert two.session("444455556666-Developer")["identity"] == "zeta"
        assert "zeta" in two("status").out.splitlines()[-1] + two("status").out

    def test_is_known_of_a_profile_that_was_started(self, two: Daypass):
        two("start", f"alpha:{ROLE}", "--profile", "dev")
        assert two("start", "dev").out.startswith("Started 444455556666/Developer with alpha as profile dev")
        two("stop", "dev")
        two("start", f"zeta:{ROLE}")
        two("stop", "444455556666-Developer")
        assert "with zeta" in two("start", "444455556666-Developer").out


class TestProfiles:
    def test_are_remembered_when_they_are_stopped(self, daypass: Daypass, both_ways: Sandbox):
        daypass.add_identity(both_ways.issuer, "--roles-claim", "https://aws.amazon.com/roles")
        daypass("identity", "login", "work")
        daypass("start", "444455556666/Developer", "--profile", "dev", "--region", "eu-west-3", "--read-only")
        assert "eu-west-3" in daypass.credentials.read_text()
        daypass("stop", "dev")
        assert daypass.untouched()

        roles = daypass("role", "list", "--json").json
        assert [role["startedAs"] for role in roles if role["arn"] == ROLE] == [["dev"]]
        for again in (["dev"], ["--profile", "dev"], ["dev", "--profile", "dev"]):
            assert "444455556666/Developer (read-only) with work as profile dev" in daypass("start", *again).out
            assert daypass.session("dev")["region"] == "eu-west-3"
            daypass("stop", "dev")
        assert daypass("credential-process", "--profile", "dev").json["Version"] == 1
        assert "eu-west-3" in daypass("env", "dev").out
        daypass("stop", "--all")

        # The role itself starts as it would at first.
        daypass("start", "444455556666/Developer")
        assert daypass.session("444455556666-Developer")["region"] is None

        # Signed out, no one lists the role. Its profile still says who has to sign in.
        daypass("identity", "logout", "work")
        refused = daypass("start", "dev", code=NEEDS_SIGN_IN)
        assert "login work" in refused.err
        daypass("identity", "login", "work")
        daypass("start", "dev")

    def test_are_forgotten_with_their_identity(self, daypass: Daypass, both_ways: Sandbox):
        daypass.add_identity(both_ways.issuer)
        daypass("role", "add", ROLE, "--identity", "work")
        daypass("identity", "login", "work")
        daypass("start", ROLE, "--profile", "dev")
        daypass("stop", "dev")
        daypass("role", "remove", ROLE)
        assert "unknown-role" in daypass("start", "dev", code=NOT_FOUND).err
        daypass("role", "add", ROLE, "--identity", "work")
        daypass("start", ROLE, "--profile", "dev")
        daypass("stop", "dev")
        daypass("identity", "remove", "work", "--yes")
        daypass.add_identity(both_ways.issuer)
        assert "unknown-role" in daypass("start", "--profile", "dev", code=NOT_FOUND).err

    def test_that_run_are_pointed_at_another_role_with_words(self, daypass: Daypass, both_ways: Sandbox):
        daypass.add_identity(both_ways.issuer)
        for arn in (ROLE, OTHER_ROLE):
            daypass("role", "add", arn, "--identity", "work")
        daypass("identity", "login", "work")
        daypass("start", ROLE, "--profile", "dev")
        taken = daypass("start", OTHER_ROLE, "--profile", "dev")
        assert "Started 111122223333/ReadOnly" in taken.out
        assert f"Profile dev was work:{ROLE}. Stopped that session" in taken.err
        assert audited(daypass) == [("started", "Developer"), ("stopped", "Developer"), ("started", "ReadOnly")]
        assert "Stopped that session" not in daypass("start", OTHER_ROLE, "--profile", "dev").err
        assert "assumed-role/ReadOnly/" in daypass.caller("dev")


class TestReplacedProfiles:
    @pytest.fixture
    def replaced(self, daypass: Daypass, both_ways: Sandbox) -> Daypass:
        """A profile of another tool that Daypass replaced."""
        daypass.add_identity(both_ways.issuer)
        daypass("role", "add", ROLE, "--identity", "work")
        daypass("identity", "login", "work")
        daypass("start", ROLE, "--profile", "default", "--replace")
        assert b"AKIAIOSFODNN7EXAMPLE\naws_secret" not in daypass.credentials.read_bytes()
        return daypass

    def test_come_back(self, replaced: Daypass):
        replaced("renew", "default")
        told = replaced("stop", "default", "--give-back")
        assert "put back what it contained before" in told.out
        assert replaced.untouched()
        assert replaced.session("default") is None

    def test_come_back_with_all(self, replaced: Daypass):
        replaced("start", ROLE, "--profile", "dev")
        assert "Stopped 2 sessions" in replaced("stop", "--all", "--give-back").out
        assert replaced.untouched()

    def test_are_told_of_where_no_one_can_answer(self, replaced: Daypass):
        told = replaced("stop", "default")
        assert "Stopped profile default" in told.out and "daypass-backup" in told.err
        backup = next(Path(word.rstrip(".")) for word in told.err.split() if "daypass-backup" in word)
        assert backup.read_bytes() == OTHERS


class TestRegions:
    def test_are_those_of_the_identity_unless_another_is_named(self, daypass: Daypass, both_ways: Sandbox):
        daypass.add_identity(both_ways.issuer, "--region", "eu-north-1")
        daypass("role", "add", ROLE, "--identity", "work", "--profile", "dev")
        daypass("identity", "login", "work")
        assert 'default_region = "eu-north-1"' in daypass.config.read_text()
        assert "doesn't have a region" not in daypass("start", "dev").err
        assert "eu-north-1" in daypass.credentials.read_text()
        daypass("start", "dev", "--region", "eu-west-2")
        assert "eu-west-2" in daypass.credentials.read_text()
        daypass("start", "dev")
        assert "eu-west-2" in daypass.credentials.read_text(), "what was named stays named"
        refused = daypass("start", "dev", "--region", "cn-north-1", code=INVALID)
        assert "bad-region" in refused.err and "aws-cn" in refused.err

    def test_that_are_missing_are_told(self, daypass: Daypass, both_ways: Sandbox):
        daypass.add_identity(both_ways.issuer)
        daypass("role", "add", ROLE, "--identity", "work", "--profile", "dev")
        daypass("identity", "login", "work")
        started = daypass("start", "dev")
        assert "Profile dev doesn't have a region" in started.err and "daypass start dev --region" in started.err
        assert "profile dev doesn't have one" in daypass("doctor", code=None).out
        for env in ({"AWS_REGION": "eu-west-1"}, {"AWS_DEFAULT_REGION": "eu-west-1"}):
            assert "doesn't have a region" not in daypass("start", "dev", env=env).err
            assert "profile dev has none" not in daypass("doctor", code=None, env=env).out
        daypass.aws_config.write_text("[profile dev]\nregion = eu-west-1\n")
        assert "doesn't have a region" not in daypass("start", "dev").err


class TestIdentities:
    def test_get_another_name_and_keep_what_is_theirs(self, daypass: Daypass, both_ways: Sandbox):
        daypass.add_identity(both_ways.issuer, "--roles-claim", "https://aws.amazon.com/roles")
        daypass("identity", "add", "cognito", "pool", "--identity", "work", "--account", "123456789012",
                "--pool-id", "eu-central-1:01234567-89ab-cdef-0123-456789abcdef")  # fmt: skip
        daypass("identity", "login", "work")
        daypass("start", ROLE, "--profile", "dev")
        daypass("start", OTHER_ROLE, "--profile", "old")
        daypass("stop", "old")
        written = daypass.credentials.read_bytes()

        daypass("identity", "rename", "work", "acme")

        assert daypass.credentials.read_bytes() == written
        assert daypass.session("dev")["identity"] == "acme"
        assert [(one["name"], one["state"]) for one in daypass("identity", "list", "--json").json] == [
            ("acme", "signed-in"),
            ("pool", "signed-in"),
        ]
        daypass("renew", "dev")
        assert "with acme as profile old" in daypass("start", "old").out
        assert daypass.browser_opened() == 1, daypass.visits()
        assert "unknown-identity" in daypass("identity", "rename", "work", "x", code=NOT_FOUND).err
        assert "identity-exists" in daypass("identity", "rename", "acme", "pool", code=REFUSED).err
        refused = daypass("identity", "remove", "acme", "--yes", code=REFUSED)
        assert "identity-in-use" in refused.err and "pool signs in with it" in refused.err
        assert daypass.session("dev")["state"] == "active"
        daypass("identity", "remove", "pool", "--yes")
        daypass("identity", "remove", "acme", "--yes")
        assert daypass.untouched()

    def test_go_without_saying_where_there_is_one(self, daypass: Daypass, both_ways: Sandbox):
        assert "unknown-identity" in daypass("identity", "login", code=NOT_FOUND).err
        daypass.add_identity(both_ways.issuer)
        daypass.aws_config.write_text("[profile there]\nregion = eu-west-1\n")
        daypass("identity", "add", "profile", "other", "--profile", "there")
        # No one signs in to a profile.
        assert "Signed in to work" in daypass("identity", "login").out
        assert "Signed out of work" in daypass("identity", "logout").out
        assert "which-identity" in daypass("identity", "try", code=INVALID).err
        daypass.add_identity(both_ways.issuer, name="home")
        refused = daypass("identity", "login", code=INVALID)
        assert "which-identity" in refused.err and "name one: home, work" in refused.err

    def test_say_when_their_sign_in_ends(self, daypass: Daypass, both_ways: Sandbox):
        daypass.add_identity(both_ways.issuer)
        head, out = daypass("status").out.splitlines()[:2]
        assert head.split()[-2:] == ["SIGN-IN", "ENDS"] and out.rstrip().endswith("-")
        daypass("identity", "login")
        assert "not known" in daypass("status").out.splitlines()[1]
        daypass("identity", "add", "saml", "adfs", "--start-url", both_ways.saml_start_url)
        person = f"username=maya&password={both_ways.issuer.password}".encode()
        with urllib.request.urlopen(f"{both_ways.sts}/saml/assertion", person, timeout=30) as answer:
            daypass("identity", "login", "adfs", "--assertion-file", "-", stdin=answer.read().decode())
        adfs = next(line for line in daypass("status").out.splitlines() if line.startswith("adfs"))
        assert "(in 5 min)" in adfs or "(in 4 min)" in adfs


class TestTheProfileOfTheShell:
    def test_is_the_one_that_is_asked_about(self, daypass: Daypass, both_ways: Sandbox):
        daypass.add_identity(both_ways.issuer)
        for arn in (ROLE, OTHER_ROLE):
            daypass("role", "add", arn, "--identity", "work", "--profile", arn.rsplit("/")[-1])
        daypass("identity", "login")
        daypass("start", "Developer")
        daypass("start", "ReadOnly")
        assert "which-session" in daypass("whoami", code=INVALID).err
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
            env = {name: "ReadOnly"}
            assert "assumed-role/ReadOnly/" in daypass("whoami", env=env).out
            assert "ASIA" in daypass("env", env=env).out
            assert "assumed-role/Developer/" in daypass("whoami", "Developer", env=env).out
        assert "unknown-session" in daypass("whoami", env={"AWS_PROFILE": "default"}, code=NOT_FOUND).err
        daypass("stop", "ReadOnly")
        assert "assumed-role/Developer/" in daypass("whoami").out
        assert "export AWS_ACCESS_KEY_ID" in daypass("env").out
