"""Existing AWS profiles as the source of roles: static keys, credential_process, and those that need the AWS CLI."""

from __future__ import annotations

import json
import os
import shlex
import sys
import uuid
from pathlib import Path

import pytest

from peers.daypass import OTHERS, Daypass
from peers.sts import AccessKey, Sts


@pytest.fixture
def user(ministack: Sts) -> AccessKey:
    return ministack.add_user(f"cli-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def job(daypass: Daypass, ministack: Sts, user: AccessKey) -> str:
    """A role that the user can assume, declared for an identity `corp`."""
    daypass.env["AWS_ENDPOINT_URL"] = ministack.endpoint
    role = ministack.add_assumable_role(f"job-{uuid.uuid4().hex[:8]}", user.arn)
    return role


@pytest.fixture
def aws_cli_2(daypass: Daypass, tmp_path: Path) -> None:
    """The system's AWS CLI 2, ahead of version 1 from the tests' Python."""
    if not Path("/usr/bin/aws").exists() and not os.environ.get("DAYPASS_REQUIRE_PEERS"):
        pytest.skip("this system doesn't package AWS CLI 2")
    first = tmp_path / "aws-cli-2"
    first.mkdir()
    (first / "aws").symlink_to("/usr/bin/aws")
    daypass.env["PATH"] = f"{first}:{daypass.env['PATH']}"


def use_profile(daypass: Daypass, role: str, profile: str = "corp-cli") -> None:
    daypass("identity", "add", "profile", "corp", "--profile", profile)
    daypass("role", "add", role, "--identity", "corp", "--profile", "job")


def process_of(user: AccessKey) -> str:
    answer = {"Version": 1, "AccessKeyId": user.id, "SecretAccessKey": user.secret}
    return shlex.join([sys.executable, "-c", f"print({json.dumps(json.dumps(answer))})"])


def keys_of(user: AccessKey) -> str:
    return f"aws_access_key_id = {user.id}\naws_secret_access_key = {user.secret}\n"


def assumed(role: str) -> str:
    return f":assumed-role/{role.rsplit('/', 1)[1]}/corp-cli"


@pytest.mark.parametrize("where", ["config", "credentials", "process"])
def test_a_profile_is_the_source_of_a_role(daypass: Daypass, user: AccessKey, job: str, where: str):
    if where == "credentials":
        daypass.credentials.write_bytes(OTHERS + f"\n[corp-cli]\n{keys_of(user)}".encode())
    else:
        body = keys_of(user) if where == "config" else f"credential_process = {process_of(user)}\n"
        daypass.aws_config.write_text(f"[profile corp-cli]\nregion = eu-central-1\n{body}")
    before = daypass.credentials.read_bytes()
    use_profile(daypass, job)
    assert user.arn in daypass("identity", "login", "corp").out
    assert [step["problem"] for step in daypass("identity", "try", "corp", "--json").json] == [None] * 3
    daypass("start", "job")
    assert daypass.caller("job").endswith(assumed(job))
    daypass("stop", "job")
    assert daypass.credentials.read_bytes() == before
    # Daypass didn't copy any of it.
    told = daypass("identity", "list", "--json").out + daypass.config.read_text()
    assert user.secret not in told and user.id not in told
    assert daypass("identity", "list", "--json").json[0]["secrets"] == []


@pytest.mark.usefixtures("aws_cli_2")
def test_what_takes_more_is_opened_by_the_aws_cli(daypass: Daypass, user: AccessKey, job: str):
    """Debian's CLI 2 ignores AWS_ENDPOINT_URL, so it can't assume a role here. It passes on keys that it has."""
    daypass.aws_config.write_text(f"[profile corp-cli]\ncredential_source = Environment\n{keys_of(user)}")
    # The keys in the environment belong to someone else, and some tools prefer them to a profile.
    daypass.env |= {"AWS_ACCESS_KEY_ID": "AKIAOTHER", "AWS_SECRET_ACCESS_KEY": "other", "AWS_PROFILE": "legacy"}
    use_profile(daypass, job)
    assert user.arn in daypass("identity", "login", "corp").out
    daypass("start", "job")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        del daypass.env[name]
    assert daypass.caller("job").endswith(assumed(job))


def test_without_the_aws_cli_the_profile_says_so(daypass: Daypass, job: str, tmp_path):
    daypass.aws_config.write_text("[profile corp-cli]\nsso_session = x\nsso_account_id = 1\nsso_role_name = y\n")
    use_profile(daypass, job)
    told = daypass("start", "job", env={"PATH": str(tmp_path)}, code=2)
    assert "AWS CLI" in told.err and "install" in told.err
    # Version 1, which comes with the tests' Python, can't do it.
    assert "AWS CLI 2" in daypass("start", "job", code=5).err


@pytest.mark.usefixtures("aws_cli_2")
def test_what_the_aws_cli_says_is_quoted(daypass: Daypass, job: str):
    daypass.aws_config.write_text("[profile corp-cli]\nsso_session = x\nsso_account_id = 1\nsso_role_name = y\n")
    use_profile(daypass, job)
    told = daypass("start", "job", code=5)
    assert "aws sso login --profile corp-cli" in told.err and "sso-session" in told.err.lower()


def test_a_program_may_lie_below_a_folder_named_daypass(daypass: Daypass, user: AccessKey, job: str, tmp_path: Path):
    """As in a clone of Daypass's own repository. What counts is the program that runs."""
    tool = tmp_path / "src/day pass ü/daypass/tools/get-keys.sh"
    tool.parent.mkdir(parents=True)
    tool.write_text(f"#!/bin/sh\nexec {process_of(user)}\n")
    tool.chmod(0o755)
    process = shlex.join(["env", "TOOL=daypass", str(tool), "--for", "daypass"])
    daypass.aws_config.write_text(f"[profile corp-cli]\ncredential_process = {process}\n")
    use_profile(daypass, job)
    daypass("start", "job")
    assert daypass.caller("job").endswith(assumed(job))


def test_daypasss_own_profiles_are_refused(daypass: Daypass, user: AccessKey, job: str, tmp_path: Path):
    linked = tmp_path / "get-keys"
    linked.symlink_to(daypass.binary)
    own = [shlex.quote(str(program)) for program in (daypass.binary, linked)]
    daypass.aws_config.write_text(
        f"[profile corp-cli]\n{keys_of(user)}\n"
        f"[profile live]\ncredential_process = {own[0]} credential-process --profile job\n"
        f"[profile linked]\ncredential_process = {own[1]} credential-process --profile job\n"
        f"[profile wrapped]\ncredential_process = env A=1 {own[0]} credential-process --profile job\n"
        "[profile roundabout]\nrole_arn = arn:aws:iam::123456789012:role/X\nsource_profile = job\n"
    )
    use_profile(daypass, job)
    daypass("start", "job")
    ways = [("job", "written by Daypass"), ("roundabout", "roundabout → job")]
    ways += [(profile, "calls Daypass") for profile in ("live", "linked", "wrapped")]
    for profile, words in ways:
        assert words in daypass("identity", "add", "profile", f"loop-{profile}", "--profile", profile, code=5).err
        with daypass.config.open("a") as config:
            config.write(f'\n[identity.loop-{profile}]\nkind = "profile"\nprofile = "{profile}"\n')
        daypass("role", "add", job, "--identity", f"loop-{profile}", "--profile", f"p-{profile}")
        assert words in daypass("start", f"p-{profile}", "--profile", f"p-{profile}", code=5).err
    assert daypass.caller("job").endswith(assumed(job))


@pytest.mark.parametrize(
    ("process", "words", "code"),
    [
        ("echo not what is wanted PLANTED", "no usable credentials", 5),
        ("sh -c 'echo please renew your badge >&2; exit 3'", "please renew your badge", 5),
        ("/nonexistent/tool", "No such file", 2),
        # No shell reads the line, as with the AWS CLI and boto3.
        ("echo PLANTED >/dev/null || true", "no usable credentials", 5),
        ("tool 'PLANTED", "a quote that doesn't end", 2),
        ("""echo '{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "PLANTED", """
         """"Expiration": "2001-01-01T00:00:00Z"}'""", "expired", 5),
        (r"""printf '{"Version": 1, "AccessKeyId": "A\\nPLANTED", "SecretAccessKey": "PLANTED"}'""", "a line break", 5),
    ],
)  # fmt: skip
def test_of_a_program_only_its_errors_are_quoted(daypass: Daypass, job: str, process: str, words: str, code: int):
    daypass.aws_config.write_text(f"[profile corp-cli]\ncredential_process = {process}\n")
    use_profile(daypass, job)
    told = daypass("start", "job", code=code)
    assert words in told.err and "PLANTED" not in told.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[corp-cli]\naws_secret_access_key = s\naws_access_key_id = AKIAMADEUP0000000001\n  region = eu-west-1\n",
         "3: aws_access_key_id of profile corp-cli can't be used: it contains a line break"),
        ("[corp-cli]\naws_access_key_id = AKIA\0MADEUP\naws_secret_access_key = s\n", "a NUL character"),
        ("[corp-cli]\naws_access_key_id = AKIAMADEUP0000000001\naws_secret_access_key = s\naws_session_token = t\n  x = y\n",
         "4: aws_session_token of profile corp-cli can't be used: it contains a line break"),
    ],
    ids=["line below the id", "NUL", "line below the token"],
)  # fmt: skip
@pytest.mark.parametrize("with_agent", [False, True], ids=["alone", "agent"])
def test_keys_that_no_header_can_carry_are_named(daypass: Daypass, job: str, text: str, words: str, with_agent: bool):
    daypass.credentials.write_text(text)
    use_profile(daypass, job)
    if with_agent:
        daypass.agent()
    for command in (["start", "job"], ["identity", "login", "corp"], ["identity", "try", "corp"], ["doctor"]):
        told = daypass(*command, code=None)
        assert told.code in (1, 2) and words in told.out + told.err, (command, told)


def test_a_program_cannot_ask_anybody(daypass: Daypass, job: str):
    daypass.aws_config.write_text("[profile corp-cli]\ncredential_process = sh -c 'read answer && exit 1 || exit 42'\n")
    use_profile(daypass, job)
    # If Daypass gave up after a minute, the message wouldn't have the exit status.
    assert "42" in daypass("start", "job", code=5).err


def test_a_profile_that_is_not_there_is_named(daypass: Daypass, job: str):
    missing = daypass("identity", "add", "profile", "corp", "--profile", "nobody", code=4)
    assert "profile-not-found" in missing.err and "nobody" in missing.err
    assert daypass("identity", "list", "--json").json == []

    daypass.aws_config.write_text("[profile nobody]\nregion = eu-central-1\n")
    use_profile(daypass, job, "nobody")
    daypass.aws_config.unlink()
    told = daypass("start", "job", code=4)
    assert "nobody" in told.err and str(daypass.aws_config) in told.err
    listed = daypass("identity", "list", "--json").json[0]
    assert (listed["state"], listed["problem"]["code"]) == ("signed-out", "profile-not-found")


def test_keys_that_aws_refuses_are_another_tools_to_fix(daypass: Daypass, user: AccessKey, job: str):
    daypass.aws_config.write_text(f"[profile corp-cli]\naws_access_key_id = {user.id}\naws_secret_access_key = wrong\n")
    use_profile(daypass, job)
    assert "aws sts get-caller-identity --profile corp-cli" in daypass("start", "job", code=5).err
