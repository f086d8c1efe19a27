"""`daypass change`: other names, another delivery or region for a session that runs. And an identity's new name."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox

WRONG, NOT_FOUND, REFUSED = 2, 4, 5
MINE = b"# mine\n[profile theirs]\nregion = eu-west-1\n"


@pytest.fixture(params=["agent", "no agent"])
def ready(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """Signed in with two declared roles. Each test runs with an agent and without. The outcome is the same."""
    daypass.with_agent = request.param == "agent"
    daypass.aws_config.write_bytes(MINE)
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "read"))
    return daypass


def botocores(daypass: Daypass) -> set[str]:
    """The profiles that botocore reads."""
    program = "import botocore.session; print(*botocore.session.Session().available_profiles)"
    done = subprocess.run([sys.executable, "-c", program], env=daypass.env, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def keys(daypass: Daypass) -> set[str]:
    return set(re.findall("aws_access_key_id = (ASIA.*)", daypass.credentials.read_text()))


def test_the_new_name_works_and_the_old_one_is_gone(ready: Daypass):
    ready("start", "dev")
    before = keys(ready)
    renamed = ready("change", "dev", "--rename", "shop").out
    assert "is now profile shop (credentials file" in renamed
    assert "shop" in botocores(ready) and "dev" not in botocores(ready)
    assert ":assumed-role/Developer/" in ready.caller("shop") and ready.boto3_caller("shop")
    assert keys(ready) == before, "no second exchange"
    ready("whoami", "dev", code=NOT_FOUND)
    ready("renew", "shop")
    assert keys(ready) != before and "dev" not in botocores(ready)
    ready("change", "shop", "--add", "more", "--add", "extra")
    assert {"shop", "more", "extra"} <= botocores(ready) and len(keys(ready)) == 1
    ready("change", "more", "--drop", "shop")
    assert ready.session("more")["also"] == ["extra"] and "shop" not in botocores(ready)
    ready("stop", "more")
    assert ready.untouched()
    ready("start", "more")
    assert ready.session("more")["role"].endswith("/Developer"), "its name starts it again"


def test_the_region_and_back(ready: Daypass):
    ready("start", "dev")
    assert ready("change", "dev", "--region", "us-west-2").out.rstrip().endswith("us-west-2)")
    assert "region = us-west-2" in ready.credentials.read_text()
    ready("config", "set", "region", "eu-north-1")
    assert ready.session("dev")["region"] == "us-west-2", "one that was named stays"
    ready("change", "dev", "--usual-region")
    assert ready.session("dev")["region"] == "eu-central-1", "its role names this one"
    assert "bad-region" in ready("change", "dev", "--region", "cn-north-1", code=WRONG).err
    assert "bad-usage" in ready("change", "dev", code=WRONG).err


def test_the_delivery_and_back(ready: Daypass):
    ready("start", "dev")
    before = ready.session("dev")["accessKeyId"]
    to_process = ready("change", "dev", "--delivery", "process", "--rename", "live")
    assert "no keys are in a file" in to_process.err and ready.untouched()
    assert "[profile live]" in ready.aws_config.read_text() and ready.session("live")["accessKeyId"] == before
    assert ":assumed-role/Developer/" in ready.caller("live") and ready.boto3_caller("live")
    ready("change", "live", "--rename", "lively", "--region", "us-west-2")
    text = ready.aws_config.read_text()
    assert "[profile live]" not in text and "[profile lively]" in text and "region = us-west-2" in text
    assert ":assumed-role/Developer/" in ready.boto3_caller("lively")
    ready("change", "lively", "--delivery", "file")
    assert ready.aws_config.read_bytes() == MINE and before in ready.credentials.read_text()
    assert ":assumed-role/Developer/" in ready.caller("lively")
    refused = ready("change", "lively", "--delivery", "process", "--add", "theirs", code=REFUSED)
    assert "foreign-profile" in refused.err
    assert ready.session("lively")["also"] == [] and ready.session("lively")["delivery"] == "credentials-file"
    assert ready.aws_config.read_bytes() == MINE


def test_what_others_have_is_refused_or_replaced_and_given_back(ready: Daypass):
    theirs = "[legacy]\naws_access_key_id = AKIATHEIRS\naws_secret_access_key = x\n"
    ready.credentials.write_text(theirs)
    ready("start", "dev")
    ready("start", "read")
    for name, code in (("read", "profile-in-use"), ("legacy", "foreign-profile")):
        refused = ready("change", "dev", "--rename", name, code=REFUSED)
        assert code in refused.err and ready.session("dev")["state"] == "active"
    assert "AKIATHEIRS" in ready.credentials.read_text()
    replaced = ready("change", "dev", "--rename", "legacy", "--replace")
    assert "saved as" in replaced.err and "AKIATHEIRS" not in ready.credentials.read_text()
    ready("change", "legacy", "--rename", "dev")
    assert theirs in ready.credentials.read_text(), "it has its name back"
    ready("stop", "--all")
    assert ready.credentials.read_text() == theirs
    assert "unknown-session" in ready("change", "dev", "--rename", "x", code=NOT_FOUND).err


def test_programs_that_run_keep_their_credentials(ready: Daypass):
    program = (
        "import boto3, subprocess, sys;"
        "who = lambda: boto3.client('sts', region_name='us-east-1').get_caller_identity()['Arn'];"
        "first = who();"
        "subprocess.run(sys.argv[1:], check=True, capture_output=True);"
        "boto3.setup_default_session();"
        "assert who() == first; print(first)"
    )
    rename = (str(ready.binary), "change", "dev", "--rename", "shop")
    done = ready("exec", "dev", "--", sys.executable, "-c", program, *rename)
    assert ":assumed-role/Developer/" in done.out
    names = [session["profile"] for session in ready("status", "--json").json["sessions"]]
    assert names == ["shop"], "no second session for the old name"


@pytest.mark.parametrize("call", ["openat", "fsync", "renameat2"])
def test_killed_at_any_moment_the_session_goes_on_under_one_of_its_names(daypass: Daypass, sandbox: Sandbox, call: str):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    kills = 0
    for number in range(1, 60):
        daypass("stop", "--all")
        daypass("start", "dev")
        before = keys(daypass)
        done = killed(daypass, call, number, "change", "dev", "--rename", "shop")
        sessions = daypass("status", "--json").json["sessions"]
        assert len(sessions) == 1, f"killed at {call} {number}: {sessions}"
        names = {sessions[0]["profile"], *sessions[0]["also"]}
        assert names <= {"dev", "shop"} and keys(daypass) == before
        written = {"dev", "shop"} & botocores(daypass)
        assert written and written <= names, f"killed at {call} {number}: every key in the file is a session's"
        daypass("renew", sessions[0]["profile"])
        assert {"dev", "shop"} & botocores(daypass) == names and len(keys(daypass)) == 1
        if done == 0:
            assert names == {"shop"}
            break
        kills += 1
    assert done == 0 and kills > 2, f"{kills} kills at {call}"


def killed(daypass: Daypass, call: str, number: int, *command: str) -> int:
    """How a command ended that is killed at one of its system calls in Daypass's own folders."""
    folders = [daypass.home, *(path for path in Path(daypass.home).rglob("*") if path.is_dir()), daypass.credentials.parent]
    files = [path for folder in folders for path in folder.iterdir() if path.is_file()]
    traced = [part for path in {*folders, *files} for part in ("-P", str(path))]
    inject = f"inject={call}:signal=KILL:when={number}"
    return daypass(*command, wrap=("strace", "-f", "-o", "/dev/null", *traced, "-e", inject), code=None).code


class TestIdentity:
    """An identity's new name."""

    def test_everything_that_is_its_own_goes_along(self, ready: Daypass):
        ready("config", "set", "start_sessions", "work:444455556666/Developer,read")
        ready("profiles", "sync", "--yes")
        ready("start", "dev", "--profile", "mine-too")
        before = ready.session("mine-too")["accessKeyId"]
        assert "Renamed identity work to acme" in ready("identity", "rename", "work", "acme").out
        assert ready.session("mine-too")["accessKeyId"] == before and ready.session("mine-too")["identity"] == "acme"
        text = ready.aws_config.read_text()
        assert "acme:arn:" in text and "work:arn:" not in text and text.startswith(MINE.decode())
        assert ":assumed-role/ReadOnly/" in ready.boto3_caller("read"), "a generated profile works on"
        assert "up to date" in ready("profiles", "sync").out
        config = ready.config.read_text()
        assert "acme:444455556666/Developer" in config and "work" not in re.sub("network|workspace", "", config)
        ready("renew", "mine-too")
        ready("stop", "--all")
        ready("start", "mine-too")
        assert ready.session("mine-too")["identity"] == "acme", "its name starts the role again"

    @pytest.mark.parametrize("call", ["openat", "fsync", "renameat2"])
    def test_killed_at_any_moment_it_has_its_sign_in_under_one_name(self, daypass: Daypass, sandbox: Sandbox, call: str):
        daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
        daypass("profiles", "sync", "--yes")
        daypass("start", "dev")
        name, kills = "work", 0
        for number in range(1, 80):
            other = "acme" if name == "work" else "work"
            done = killed(daypass, call, number, "identity", "rename", name, other)
            status = daypass("status", "--json").json
            found = {identity["name"]: identity["state"] for identity in status["identities"]}
            assert found in ({name: "signed-in"}, {other: "signed-in"}), f"killed at {call} {number}: {found}"
            (name,) = found
            assert [session["identity"] for session in status["sessions"]] == [name], f"killed at {call} {number}"
            assert f"{name}:arn:" in daypass.aws_config.read_text(), f"killed at {call} {number}"
            daypass("renew", "dev")
            if done == 0:
                break
            kills += 1
        assert done == 0 and kills > 2, f"{kills} kills at {call}"


