"""`daypass profiles`: sections of the AWS config file for the roles of the catalog. The AWS CLI and boto3 use what it
wrote."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.process import PATIENCE
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox

REFUSED = 5
MINE = b"# mine\n[default]\nregion = eu-west-1\n\n[profile mine]\nrole_arn = arn:aws:iam::1:role/x ; old\nsource_profile=default"


@pytest.fixture(params=["agent", "no agent"])
def both_ways(request: pytest.FixtureRequest, daypass: Daypass) -> Daypass:
    """Each test runs with an agent and without. The outcome is the same."""
    daypass.with_agent = request.param == "agent"
    daypass.aws_config.write_bytes(MINE)
    return daypass


@pytest.fixture
def ready(both_ways: Daypass, sandbox: Sandbox) -> Daypass:
    """Signed in with two declared roles."""
    both_ways.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "read"))
    return both_ways


@pytest.fixture
def center(both_ways: Daypass, sandbox: Sandbox) -> Daypass:
    """Signed in to IAM Identity Center, which names accounts and lists their roles."""
    if both_ways.with_agent:
        both_ways.agent()
    url = sandbox.start_url
    both_ways("identity", "add", "identity-center", "work", "--start-url", url, "--region", "eu-central-1")
    both_ways.env |= {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
    both_ways("identity", "login", "work")
    return both_ways


def listed(daypass: Daypass) -> set[str]:
    """The generated profiles."""
    return {profile["name"] for profile in daypass("profiles", "list", "--json").json["profiles"]}


def botocores(daypass: Daypass) -> set[str]:
    """The profiles that botocore reads."""
    program = "import botocore.session; print(*botocore.session.Session().available_profiles)"
    done = subprocess.run([sys.executable, "-c", program], env=daypass.env, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_tools_use_what_was_written_and_undo_leads_back(ready: Daypass):
    shown = ready("profiles", "sync", "--dry-run").out
    assert "+ dev  for work:" in shown and ready.aws_config.read_bytes() == MINE
    ready("profiles", "sync", "--yes")
    synced = ready.aws_config.read_bytes()
    assert synced.startswith(MINE) and ready.untouched(), "no key is in a file"
    assert {"dev", "read", "mine"} <= botocores(ready) and listed(ready) == {"dev", "read"}
    assert ":assumed-role/Developer/" in ready.caller("dev")
    assert ":assumed-role/ReadOnly/" in ready.boto3_caller("read")
    assert ready.session("dev")["delivery"] == "process"

    assert "up to date" in ready("profiles", "sync").out, "without a question"
    ready("role", "remove", "read")
    ready("profiles", "sync", "--yes")
    assert listed(ready) == {"dev"}
    assert "2 profiles" not in ready("profiles", "undo").out
    assert ready.aws_config.read_bytes() == synced
    assert "nothing-to-undo" in ready("profiles", "undo", code=4).err
    ready("profiles", "remove", "--all", "--yes")
    assert ready.aws_config.read_bytes() == MINE


def test_it_asks_at_a_terminal_and_nothing_else_changes_the_file(ready: Daypass):
    refused = ready("profiles", "sync", code=1)
    assert "not-confirmed" in refused.err and "--yes" in refused.err and "+ dev" in refused.out
    # The answer is echoed: only a password hides it.
    assert ready.aws_config.read_bytes() == MINE
    assert "--dry-run" in ready("profiles", "sync", "--dry-run", "--yes", code=2).err


def test_the_catalog_of_identity_center_by_names(center: Daypass, sandbox: Sandbox):
    center("profiles", "sync", "--yes")
    everything = listed(center)
    assert {"Shop-production-ReadOnly", "Data-lake-Analyst"} & everything and len(everything) >= 3, everything
    one = next(name for name in sorted(everything) if name.startswith("Shop-production"))
    assert f":assumed-role/AWSReservedSSO_{one.rsplit('-', 1)[1]}" in center.caller(one)
    assert center("start", one).out.startswith("Started"), "its name starts it"
    center("stop", "--all")

    # Signed out, a sync removes nothing.
    center("identity", "logout", "work")
    told = center("profiles", "sync", "--yes")
    assert listed(center) == everything and "Sign in to work" in told.err
    failed = center.aws(one, "sts", "get-caller-identity", code=255)
    assert "identity login work" in failed
    center("identity", "login", "work")
    center("profiles", "sync", "--yes", "--name", "{id}.{role|lower}")
    assert all(re.fullmatch(r"\d{12}\.[a-z]+", name) for name in listed(center)), listed(center)
    center("profiles", "undo")
    assert listed(center) == everything
    center("profiles", "sync", "no-such-*", code=4)
    center("identity", "remove", "work", "--yes")
    center("profiles", "sync", "--yes")
    assert center.aws_config.read_bytes() == MINE


def test_a_partial_listing_removes_nothing(center: Daypass, sandbox: Sandbox):
    center("profiles", "sync", "--yes")
    before = center.aws_config.read_bytes()
    cache = next((center.home / "cache/catalog").glob("*.json"))
    whole = cache.read_text()
    # As a listing leaves it that could not list an account's roles.
    account = re.search(r'"id":"(\d+)"', whole)[1]
    partial = re.sub(r'"roles":\[[^\]]*\]', '"roles":[]', whole, count=1)
    cache.write_text(partial[:-1] + f',"unlisted":[{{"account":"{account}","why":"it was busy"}}]}}')
    told = center("profiles", "sync", "--yes")
    assert center.aws_config.read_bytes() == before and "aren't listed now" in told.err
    cache.write_text(partial)
    center("profiles", "sync", "--yes")
    assert len(center.aws_config.read_bytes()) < len(before)


def test_other_sections_and_collisions_are_named_and_the_rest_is_written(ready: Daypass):
    ready.aws_config.write_bytes(MINE + b"\n[profile read]\nregion = x\n")
    left_out = ready("profiles", "sync", "--yes", code=REFUSED)
    assert f"{ready.aws_config}:8 has a profile \"read\"" in left_out.err and "profiles-left-out" in left_out.err
    assert listed(ready) == {"dev"}
    ready.aws_config.write_bytes(MINE)
    for role in (ROLE, OTHER_ROLE):
        ready("role", "remove", role)
        ready("role", "add", role, "--identity", "work")
    collided = ready("profiles", "sync", "--yes", "--name", "x-{identity}", code=REFUSED)
    assert ROLE in collided.err and OTHER_ROLE in collided.err and "{id}" in collided.err
    assert ready.aws_config.read_bytes() == MINE
    wrong = ready("profiles", "sync", "--name", "{acount}", code=2)
    assert "{acount} isn't known" in wrong.err and "{account|lower}" in wrong.err


def test_what_leads_tools_elsewhere_is_told(ready: Daypass):
    section = b"\n[dev]\naws_access_key_id = AKIATHEIRS\naws_secret_access_key = x\n"
    ready.credentials.write_bytes(ready.credentials.read_bytes() + section)
    told = ready("profiles", "sync", "--yes", env={"AWS_ACCESS_KEY_ID": "AKIAX"})
    assert "profile dev has aws_access_key_id" in told.err and "AWS_ACCESS_KEY_ID set here" in told.err
    assert "profile dev has aws_access_key_id" in ready("doctor", code=1).out
    program = "import botocore.session as b; print(b.Session(profile='dev').get_credentials().access_key)"
    seen = subprocess.run([sys.executable, "-c", program], env=ready.env, capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "AKIATHEIRS", "that is what the AWS CLI does"


def test_a_profile_never_gets_another_roles_credentials(ready: Daypass):
    ready("profiles", "sync", "--yes")
    ready("start", "read", "--profile", "dev")
    ready.credentials.write_text("")
    assert ":assumed-role/Developer/" in ready.caller("dev"), "the line names the role"


def test_the_line_survives_an_update_and_a_path_with_blanks(ready: Daypass, tmp_path: Path):
    real, link = tmp_path / "opt/day pass 1.0/daypass", tmp_path / "my bin/daypass"
    for folder in (real.parent, link.parent):
        folder.mkdir(parents=True)
    shutil.copy(ready.binary, real)
    link.symlink_to(real)
    ready.env["PATH"] = f"{link.parent}:{ready.env['PATH']}"
    subprocess.run([link, "profiles", "sync", "--yes"], env=ready.env, check=True, capture_output=True, timeout=PATIENCE)
    assert f"credential_process = '{link}' credential-process" in ready.aws_config.read_text()
    update = tmp_path / "opt/day pass 1.1"
    real.parent.rename(update)
    link.unlink()
    link.symlink_to(update / "daypass")
    assert ":assumed-role/Developer/" in ready.caller("dev")
    # As other SDKs run it.
    line = re.search(r"credential_process = (.*)", ready.aws_config.read_text())[1]
    assert b"AccessKeyId" in subprocess.run(["sh", "-c", line], env=ready.env, capture_output=True, check=True).stdout


def test_another_program_that_writes_the_file_loses_nothing(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass.aws_config.write_bytes(MINE)
    ended = threading.Event()
    written = []

    def write() -> None:
        """As an editor does: a new file in place of the old one."""
        while not ended.is_set():
            written.append(f"\n[profile p{len(written)}]\nregion = x\n")
            new = daypass.folder / "editor.tmp"
            new.write_bytes(daypass.aws_config.read_bytes() + written[-1].encode())
            os.replace(new, daypass.aws_config)
            ended.wait(0.05)

    editor = threading.Thread(target=write)
    editor.start()
    try:
        for _ in range(5):
            daypass("profiles", "sync", "--yes")
            daypass("profiles", "remove", "dev", "--yes")
    finally:
        ended.set()
        editor.join()
    text = daypass.aws_config.read_text()
    assert text.startswith(MINE.decode()) and len(written) > 5
    assert text.count("[profile p") >= 1 and daypass.credentials.read_bytes()


@pytest.mark.parametrize("call", ["openat", "write", "fsync", "renameat2"])
def test_killed_at_any_moment_the_file_is_whole(daypass: Daypass, sandbox: Sandbox, call: str):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass.aws_config.write_bytes(MINE)
    daypass("profiles", "sync", "--yes")
    after = daypass.aws_config.read_bytes()
    folder, kills = daypass.aws_config.parent, 0
    for number in range(1, 40):
        daypass.aws_config.write_bytes(MINE)
        # Only what touches the files' folder and the record for the way back: the rest is tested elsewhere.
        paths = (daypass.aws_config, folder, daypass.home, daypass.home / "profiles.undo.json")
        inject = f"inject={call}:signal=KILL:when={number}"
        traced = [part for path in paths for part in ("-P", str(path))]
        done = daypass("profiles", "sync", "--yes", wrap=("strace", "-f", "-o", "/dev/null", *traced, "-e", inject), code=None)
        assert daypass.aws_config.read_bytes() in (MINE, after), f"killed at {call} {number}"
        if done.code == 0:
            break
        kills += 1
        daypass("profiles", "sync", "--yes")
        assert daypass.aws_config.read_bytes() == after
    assert done.code == 0 and not list(folder.glob("*.tmp*")), f"{kills} kills at {call}"


class TestSeveralProfiles:
    """One session with several profiles."""

    def test_they_begin_and_end_together(self, ready: Daypass):
        started = ready("start", "dev", "--profile", "one", "--profile", "two")
        assert "as profile one, two" in started.out
        written = ready.credentials.read_text()
        assert len(set(re.findall("aws_access_key_id = (ASIA.*)", written))) == 1 and written.count("ASIA") == 2
        assert ready.caller("one") == ready.boto3_caller("two")
        assert re.search(r"\none, two +444455556666/Developer", ready("status").out)
        ready("renew", "two")
        assert ready.credentials.read_text().count("ASIA") == 2
        assert "export AWS_ACCESS_KEY_ID" in ready("env", "two").out
        in_use = ready("start", "read", "--profile", "two", code=REFUSED)
        assert "profile-in-use" in in_use.err and "daypass stop one" in in_use.err
        ready("stop", "two")
        assert ready.untouched() and not ready("status", "--json").json["sessions"]
        ready("start", "one")
        assert ready.session("one")["also"] == ["two"], "its name starts both again"
        ready("stop", "--all")
        assert ready.untouched()

    def test_default_is_treated_as_any_other_profile(self, ready: Daypass):
        refused = ready("start", "dev", "--default", code=REFUSED)
        assert "foreign-profile" in refused.err and ready.untouched()
        ready("start", "dev", "--default", "--replace")
        program = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
        seen = subprocess.run([sys.executable, "-c", program], env=ready.env, capture_output=True, text=True, check=True)
        assert ":assumed-role/Developer/" in seen.stdout
        ready("stop", "dev", "--give-back")
        assert ready.untouched()

    def test_the_expiry_is_beside_the_keys_and_harms_no_reader(self, ready: Daypass):
        ready("start", "dev")
        expiry = re.search(r"x_security_token_expires = (\S+)", ready.credentials.read_text())[1]
        assert expiry == ready.session("dev")["expiresAt"]
        assert ready.caller("dev") == ready.boto3_caller("dev")


def test_an_account_has_its_own_delivery(ready: Daypass):
    ready("account", "set", "444455556666", "--delivery", "process")
    ready("start", "dev")
    assert ready.untouched() and ready.session("dev")["delivery"] == "process"
    ready("stop", "dev")
    ready("account", "unset", "444455556666", "--delivery")
    ready("start", "dev", "--profile", "other")
    assert "[other]" in ready.credentials.read_text()


def test_with_delivery_by_process_no_key_is_written(ready: Daypass):
    ready("config", "set", "delivery", "process")
    started = ready("start", "dev", "--profile", "mine-too")
    assert "no keys are in a file" in started.err and ready.untouched()
    assert ready.session("mine-too")["delivery"] == "process"
    assert ":assumed-role/Developer/" in ready.caller("mine-too")
    assert "profiles remove mine-too" in ready("stop", "mine-too").err
    assert ":assumed-role/Developer/" in ready.caller("mine-too"), "a tool starts it again"
    ready("profiles", "sync", "--yes")
    assert listed(ready) == {"dev", "read"}
    left_out = ready("start", "read", "--profile", "mine", code=REFUSED)
    assert "profile \"mine\"" in left_out.err
