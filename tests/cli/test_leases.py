"""Leases: a program has a session of its own, narrower than its role, for some time, and nothing else from Daypass."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.process import PATIENCE, wait_until
from peers.sandbox import DENIED, OTHER_ROLE, ROLE, Sandbox

AWS = Path(sys.executable).with_name("aws")
INVALID, NOT_FOUND, REFUSED, NO_PROGRAM = 2, 4, 5, 127

AGENT = r'''
import json, os, socket, subprocess, sys
DAYPASS, AWS, SOCKET = sys.argv[1:4]

def run(*argv, **env):
    done = subprocess.run(argv, env={k: v for k, v in (os.environ | env).items() if v}, capture_output=True, text=True)
    return {"code": done.returncode, "out": done.stdout, "err": done.stderr}

def orphan(*argv):
    """By a process whose parent has ended, without the lease's variables."""
    ours, theirs = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while os.getppid() == os.getpgrp():
                pass
            done = run(*argv, DAYPASS_LEASE="", DAYPASS_EXEC="", AWS_SHARED_CREDENTIALS_FILE="")
            os.write(theirs, json.dumps(done).encode())
        os._exit(0)
    os.close(theirs)
    os.wait()
    return json.loads(b"".join(iter(lambda: os.read(ours, 4096), b"")))

def by_hand(request):
    """Over the agent's socket, without our command."""
    if not os.path.exists(SOCKET):
        return None
    with socket.socket(socket.AF_UNIX) as agent:
        agent.connect(SOCKET)
        agent.sendall(json.dumps(request).encode() + b"\n")
        answer = b"".join(iter(lambda: agent.recv(65536), b""))
    return [json.loads(line) for line in answer.splitlines()][-1]

more = {"ask": "use-role", "role": "dev", "region": None, "read_only": False, "person": "away"}
print(json.dumps({
    "lease": os.environ.get("DAYPASS_LEASE"),
    "agent": os.environ.get("CLAUDECODE"),
    "who": run(AWS, "sts", "get-caller-identity", "--query", "Arn", "--output", "text"),
    "write": run(AWS, "iam", "create-account-alias", "--account-alias", "taken-over"),
    "start": run(DAYPASS, "start", "dev"),
    "exec": run(DAYPASS, "exec", "--nested", "dev", "--", "env"),
    "lease_in_lease": run(DAYPASS, "lease", "dev", "--for", "1h", "--", "env"),
    "elevate": run(DAYPASS, "elevate", "dev", "--for", "15m", "--why", "because"),
    "env": run(DAYPASS, "env", "dev"),
    "console": run(DAYPASS, "console", "dev", "--print"),
    "without_variables": run(DAYPASS, "exec", "--nested", "dev", "--", "env", DAYPASS_LEASE="", DAYPASS_EXEC=""),
    "orphan": orphan(DAYPASS, "exec", "dev", "--", "env"),
    "process": run(DAYPASS, "credential-process", "--profile", "dev"),
    "status": run(DAYPASS, "status", "--json"),
    "by_hand": by_hand(more),
}))
'''
"""A script that stands for a coding agent: it works with its lease, and asks for more in every way it can think of."""


@pytest.fixture(params=["agent", "no agent"])
def ready(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """Signed in, with and without an agent."""
    daypass.with_agent = request.param == "agent"
    daypass.env["AWS_ENDPOINT_URL_IAM"] = sandbox.sts
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "read"))
    return daypass


def events(daypass: Daypass, *kinds: str) -> list[dict]:
    """The lines of the audit log, oldest first."""
    lines = daypass("logs", "list", "--json").json["lines"]
    return [line for line in sorted(lines, key=lambda line: line["at"]) if line["event"] in kinds]


def keys_of(text: str) -> bool:
    return "AWS_ACCESS_KEY_ID" in text or "AccessKeyId" in text or "AWS_CONTAINER_AUTHORIZATION_TOKEN" in text


def test_a_coding_agent_gets_its_lease_and_nothing_else(ready: Daypass, sandbox: Sandbox):
    script = ready.folder / "claude"
    script.write_text(f"#!{sys.executable}\n{AGENT}")
    script.chmod(0o755)
    argv = (script, ready.binary, AWS, ready.home / "agent.sock")
    done = ready("lease", "dev", "--for", "30m", "--read-only", "--", *argv, env={"CLAUDECODE": "1"})
    assert "Lease lease-claude" in done.err and "read-only" in done.err
    found = json.loads(done.out)
    assert (found["lease"], found["agent"]) == ("lease-claude", "1")

    # Its own session: read-only, and CloudTrail shows whose it is and what for.
    assert found["who"]["out"].strip().endswith(":assumed-role/Developer/maya@shop.example,lease=claude")
    assert found["write"]["code"] == DENIED and "AccessDenied" in found["write"]["err"]
    assert "no session policy allows the iam:CreateAccountAlias action" in found["write"]["err"]
    exchange = [r for r in sandbox.seen() if r["action"] == "AssumeRoleWithWebIdentity"]
    assert len(exchange) == 1, "nothing else was exchanged"

    # More is refused, whichever way it asks.
    for way in ("start", "exec", "lease_in_lease", "elevate", "env", "console", "without_variables", "orphan", "process"):
        assert found[way]["code"] == REFUSED, (way, found[way])
        assert "code: lease-limits" in found[way]["err"] and not keys_of(found[way]["out"]), (way, found[way])
    assert found["status"]["code"] == 0, "it may look"
    if ready.with_agent:
        assert found["by_hand"]["problem"]["code"] == "lease-limits"
    assert ready.untouched(), "no profile was written"

    # The trail has all of it.
    began, *refused, ended = events(ready, "lease-began", "lease-refused", "lease-ended")
    assert (began["event"], ended["event"]) == ("lease-began", "lease-ended")
    assert began["why"] == ended["why"] == "claude" and began["profile"] == "lease-claude"
    assert began["accessKeyId"] == ended["accessKeyId"]
    assert len(refused) >= 9 and {line["event"] for line in refused} == {"lease-refused"}
    taken = events(ready, "credentials-taken")
    assert all(line["profile"] == "lease-claude" for line in taken) and bool(taken) == ready.with_agent
    assert ready("lease", "list").out.startswith("No leases are running")

    # Outside of the lease, the person has what they had.
    assert ready("exec", "dev", "--", AWS, "iam", "create-account-alias", "--account-alias", "shop-stage").code == 0


CALLS = """
import botocore.session, botocore.exceptions, sys
for line in sys.stdin:
    try:
        client = botocore.session.get_session().create_client("sts", region_name="eu-central-1")
        print(client.get_caller_identity()["Arn"], flush=True)
    except botocore.exceptions.BotoCoreError as error:
        print("refused", error, flush=True)
"""
"""A program that makes a call with credentials of now for each line that it gets."""


class Program:
    """The program of a lease, which makes a call when it is told."""

    def __init__(self, daypass: Daypass, *options: str | Path, wrap: tuple[str, ...] = (), code: str = CALLS):
        # A clock that was moved is for Daypass alone.
        alone = ["env", "-u", "LD_PRELOAD"] if wrap else []
        argv = [*wrap, daypass.binary, "lease", "dev", *options, "--", *alone, sys.executable, "-c", code]
        self.process = subprocess.Popen(
            [str(word) for word in argv],
            env=daypass.env | {"AWS_MAX_ATTEMPTS": "1", "AWS_METADATA_SERVICE_NUM_ATTEMPTS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self) -> str:
        print("now", file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, self.process.communicate(timeout=PATIENCE)[1]
        return line

    def end(self) -> str:
        _, told = self.process.communicate(timeout=PATIENCE)
        return told


def test_a_lease_is_listed_and_ended_while_its_program_runs(ready: Daypass):
    program = Program(ready, "--for", "2h", "--why", "the nightly import")
    try:
        assert ":assumed-role/Developer/maya@shop.example,lease=the-nightly-import" in program.call()
        [lease] = ready("lease", "list", "--json").json
        assert (lease["profile"], lease["lease"]["purpose"]) == ("lease-the-nightly-import", "the nightly import")
        listed = ready("lease", "list").out
        assert "lease-the-nightly-import" in listed and "full permissions" in listed
        # Its credentials aren't there for other sessions of the role.
        assert "lease" not in ready("exec", "dev", "--", AWS, "sts", "get-caller-identity").out

        assert "Ended lease-the-nightly-import" in ready("lease", "end", "lease-the-nightly-import").out
        assert ready("lease", "list", "--json").json == []
        wait_until(lambda: "refused" in program.call(), what="the endpoint to refuse", every=1, seconds=PATIENCE)
    finally:
        program.end()
    assert [line["event"] for line in events(ready, "lease-began", "lease-ended")] == ["lease-began", "lease-ended"]
    assert "code: unknown-lease" in ready("lease", "end", "lease-the-nightly-import", code=NOT_FOUND).err


def test_a_lease_ends_by_the_clock_while_its_program_goes_on(daypass: Daypass, sandbox: Sandbox, tmp_path: Path):
    """The clock jumps over the lease's end, as a suspend does. AWS's keys would work for ten minutes more."""
    daypass.with_agent = False
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    moved = tmp_path / "clock"
    moved.write_text("+0")
    library = next(Path("/usr/lib").rglob("libfaketime.so.1"))
    settings = (f"LD_PRELOAD={library}", f"FAKETIME_TIMESTAMP_FILE={moved}", "FAKETIME_NO_CACHE=1", "DONT_FAKE_MONOTONIC=1")
    program = Program(daypass, "--for", "5m", "--why", "python", wrap=("env", *settings))
    try:
        assert "lease=python" in program.call()
        moved.write_text("+6m")
        wait_until(lambda: "refused" in program.call(), what="the lease to end", every=1, seconds=PATIENCE)
    finally:
        program.end()
    [ended] = events(daypass, "lease-ended")
    assert ended["why"].startswith("python")


def test_a_lease_goes_with_a_program_that_is_killed(daypass: Daypass, sandbox: Sandbox):
    daypass.with_agent = True
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    program = Program(daypass, "--for", "2h")
    assert "lease=python" in program.call()
    program.process.send_signal(signal.SIGKILL)
    program.end()
    wait_until(lambda: events(daypass, "lease-ended"), what="the agent to end the lease", every=0.5)
    assert daypass("lease", "list", "--json").json == []


def test_a_policy_narrows_a_lease(ready: Daypass, tmp_path: Path):
    policy = tmp_path / "aliases.json"
    allow = {"Effect": "Allow", "Action": "iam:CreateAccountAlias", "Resource": "*"}
    alias = (AWS, "iam", "create-account-alias", "--account-alias", "by-lease")
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    assert ready("lease", "dev", "--for", "15m", "--policy", policy, "--", *alias).code == 0
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [allow | {"Action": "s3:*"}]}))
    denied = ready("lease", "dev", "--for", "15m", "--policy", policy, "--", *alias, code=DENIED)
    assert "no session policy allows" in denied.err
    assert "cannot be used with" in ready("lease", "dev", "--for", "1h", "--read-only", "--policy", policy, "--", "true", code=INVALID).err
    assert "code: policy-unreadable" in ready("lease", "dev", "--for", "1h", "--policy", tmp_path / "none", "--", "true", code=INVALID).err


def test_a_lease_for_one_program_gives_nothing_to_the_others(daypass: Daypass, sandbox: Sandbox, tmp_path: Path):
    """`make` has the lease, and only what `terraform` starts gets its credentials."""
    daypass.with_agent = True
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    terraform = Path(shutil.copy("/bin/bash", tmp_path / "terraform"))
    who = f"{AWS} sts get-caller-identity --query Arn --output text"
    make = tmp_path / "make"
    make.write_text(f"#!/bin/sh\n{who} && echo by make\n{terraform} -c '{who}; true'\n")
    make.chmod(0o755)
    done = daypass("lease", "dev", "--for", "30m", "--to", terraform, "--", make, env={"AWS_MAX_ATTEMPTS": "1"})
    assert "by make" not in done.out, done.out
    assert done.out.count(":assumed-role/Developer/maya@shop.example,lease=make") == 1, (done.out, done.err)
    assert events(daypass, "lease-refused"), "what make asked for itself is in the trail"
    takers = [line["taker"]["details"] for line in events(daypass, "credentials-taken")]
    assert takers and all(str(terraform) in [parent.get("executable") for parent in taker["parents"]] for taker in takers)
    told = daypass("lease", "dev", "--for", "30m", "--to", "/no/program", "--", make, code=NO_PROGRAM).err
    assert "no program is at /no/program" in told


def test_what_a_role_cannot_be_narrowed_to_is_refused(daypass: Daypass, sandbox: Sandbox):
    """A permission set can't be narrowed by a session policy, so a read-only lease of it would be a full one."""
    daypass("identity", "add", "identity-center", "center", "--start-url", sandbox.start_url, "--region", "eu-central-1")
    daypass.env |= {"PERSON_USER": "maya", "PERSON_PASSWORD": sandbox.issuer.password}
    daypass("identity", "login", "center")
    refused = daypass("lease", "444455556666/Developer", "--for", "30m", "--read-only", "--", "true", code=None)
    assert refused.code in (INVALID, REFUSED) and "read_only" in refused.err
    assert daypass("lease", "list", "--json").json == []
    # Its time and what is below it hold all the same.
    inside = daypass("lease", "444455556666/Developer", "--for", "30m", "--", daypass.binary, "start", "444455556666/Developer", code=REFUSED)
    assert "code: lease-limits" in inside.err


def test_usage(daypass: Daypass):
    assert "--for" in daypass("lease", "dev", "--", "true", code=INVALID).err
    assert "the program to run is missing" in daypass("lease", "dev", "--for", "30m", code=INVALID).err
    assert daypass("lease", "list").out.startswith("No leases are running")


