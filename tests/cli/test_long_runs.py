"""Scripts that run for longer than their session lasts, with the SDKs and the AWS CLI, and never see a refusal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.process import PATIENCE, ROOT, wait_until
from peers.sandbox import ROLE, Sandbox

AWS = Path(sys.executable).with_name("aws")
GO_LIBRARIES = Path("/usr/share/gocode")
"""Where Debian has them."""

KEYS = 4
"""The number of access keys until a reader has seen enough: it outlived three sessions."""

BOTO3 = f"""
import boto3, json, time
client = boto3.client("sts")
keys, arns = set(), set()
client.meta.events.register("before-sign.sts", lambda request_signer, **_: keys.add(request_signer._credentials.access_key))
while len(keys) < {KEYS}:
    arns.add(client.get_caller_identity()["Arn"])
    time.sleep(0.01)
print(json.dumps({{"keys": len(keys), "arns": sorted(arns)}}))
"""

STEPS = """
import boto3, sys
client = boto3.client("sts")
keys = []
client.meta.events.register("before-sign.sts", lambda request_signer, **_: keys.append(request_signer._credentials.access_key))
for _ in sys.stdin:
    client.get_caller_identity()
    print(keys[-1], flush=True)
"""
"""One client that makes a call for each line it gets, and prints with which access key."""


class Journal:
    """What the sandbox was asked. It remembers only the last requests, so this has to look again and again."""

    def __init__(self, sandbox: Sandbox):
        self.sandbox = sandbox
        self._seen: dict[str, dict] = {}

    def requests(self) -> list[dict]:
        self._seen |= {request["request_id"]: request for request in self.sandbox.seen() if request["request_id"]}
        return list(self._seen.values())

    def exchanges(self) -> int:
        """How many sessions AWS gave out."""
        return sum(r["action"] == "AssumeRoleWithWebIdentity" and r["outcome"] == "ok" for r in self.requests())

    def refused_calls(self) -> list[dict]:
        return [r for r in self.requests() if r["action"] == "GetCallerIdentity" and r["outcome"] != "ok"]


def exchanges(sandbox: Sandbox) -> int:
    return Journal(sandbox).exchanges()


@pytest.fixture(params=["agent", "no agent"])
def ready(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """Signed in, with and without an agent, and with a profile that asks Daypass."""
    daypass.with_agent = request.param == "agent"
    prepare(daypass, sandbox)
    return daypass


def prepare(daypass: Daypass, sandbox: Sandbox) -> None:
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    command = f"{daypass.binary} credential-process --profile dev"
    daypass.aws_config.write_text(f"[profile live]\ncredential_process = {command}\nregion = eu-central-1\n")


WAYS = ["exec", "credential_process"]


def by(way: str, daypass: Daypass, *argv: str | Path) -> tuple[list[str | Path], dict[str, str]]:
    """The command line and the environment of a program that gets credentials this way."""
    env = daypass.env | {"AWS_MAX_ATTEMPTS": "1"}
    if way == "exec":
        return [daypass.binary, "exec", "dev", "--", *argv], env
    return list(argv), env | {"AWS_PROFILE": "live"}


@pytest.fixture(scope="session")
def go_caller(tmp_path_factory: pytest.TempPathFactory) -> list[str | Path]:
    """A program of the SDK for Go that makes calls; empty where there is no Go or its SDK."""
    if not shutil.which("go") or not (GO_LIBRARIES / "src/github.com/aws/aws-sdk-go-v2").exists():
        return []
    folder = tmp_path_factory.mktemp("go")
    source = ROOT / "tests/peers/caller.go"
    env = {"GO111MODULE": "off", "GOPATH": str(GO_LIBRARIES), "GOCACHE": str(ROOT / ".dev/go-build"), "PATH": os.environ["PATH"]}
    subprocess.run(["go", "build", "-o", folder / "caller", source], env=env, check=True)
    return [folder / "caller", str(KEYS)]


def cli_until_the_last_key(way: str, daypass: Daypass, journal: Journal) -> dict:
    """The AWS CLI, again and again. Each call is a program, so the sandbox counts its keys."""
    argv, env = by(way, daypass, "sh", "-c", f"while [ ! -e {daypass.folder}/enough ]; do {AWS} sts get-caller-identity || exit; done")
    calling = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: journal.exchanges() >= KEYS or calling.poll() is not None, what="the last key")
    finally:
        (daypass.folder / "enough").touch()
    out, err = calling.communicate(timeout=PATIENCE)
    assert calling.returncode == 0, err
    return {"keys": KEYS, "arns": sorted({line.split('"')[3] for line in out.splitlines() if '"Arn"' in line})}


@pytest.mark.parametrize("way", WAYS)
def test_no_reader_sees_credentials_that_are_over(ready: Daypass, sandbox: Sandbox, way: str, go_caller: list[str | Path]):
    sandbox.turn(lifetime_seconds=5)
    journal = Journal(sandbox)
    ready("start", "dev")

    def outcome(*argv: str | Path) -> dict:
        command, env = by(way, ready, *argv)
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    with ThreadPoolExecutor() as together:
        readers = [together.submit(outcome, sys.executable, "-c", BOTO3)]
        readers += [together.submit(outcome, *go_caller)] if go_caller else []
        readers += [together.submit(cli_until_the_last_key, way, ready, journal)]
        found = [reader.result() for reader in readers]
    assert all(one["keys"] == KEYS and len(one["arns"]) == 1 for one in found), found
    assert all(":assumed-role/Developer/" in one["arns"][0] for one in found), found
    assert not journal.refused_calls()
    used = {r["access_key_id"] for r in journal.requests() if r["action"] == "GetCallerIdentity"}
    # An agent may have renewed the session once more by now.
    assert KEYS <= journal.exchanges() <= len(used) + 1, "one exchange for all readers each time"


class Suspended:
    """A machine whose clock jumps ahead while its programs don't run, and AWS's with it."""

    def __init__(self, daypass: Daypass, sandbox: Sandbox):
        self.daypass, self.sandbox, self.ahead = daypass, sandbox, 0
        self.file = daypass.folder / "clock"
        self.file.write_text("+0")
        preload = subprocess.run(["faketime", "-f", "+0", "printenv", "LD_PRELOAD"], capture_output=True, text=True, check=True)
        daypass.env |= {
            "LD_PRELOAD": preload.stdout.strip(),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            # The monotonic clock stands still during a suspend.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def hours(self, hours: int, **knobs) -> None:
        self.ahead += hours * 3600
        self.sandbox.turn(skew_seconds=self.ahead, **knobs)
        self.file.write_text(f"+{self.ahead}")


@pytest.fixture(params=["agent", "no agent"])
def laptop(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> Iterator[Suspended]:
    """The same on a machine that can be suspended."""
    daypass.with_agent = request.param == "agent"
    suspended = Suspended(daypass, sandbox)
    prepare(daypass, sandbox)
    yield suspended


@pytest.mark.parametrize("way", WAYS)
def test_a_client_goes_on_after_each_suspend(laptop: Suspended, sandbox: Sandbox, way: str):
    argv, env = by(way, laptop.daypass, sys.executable, "-c", STEPS)
    with subprocess.Popen(argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as script:
        keys = []
        for _ in range(KEYS):
            script.stdin.write("\n")
            script.stdin.flush()
            keys.append(script.stdout.readline().strip())
            # Longer than a session, and not as long as the sign-in.
            laptop.hours(2)
        script.stdin.close()
    assert script.returncode == 0
    assert len(set(keys)) == KEYS, keys
    assert not Journal(sandbox).refused_calls()


FIFTY = """
import json, os, urllib.request
from concurrent.futures import ThreadPoolExecutor
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
headers = {"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
def key(_):
    request = urllib.request.Request(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers=headers)
    return json.load(opener.open(request))["AccessKeyId"]
first = key(0)
print(first, flush=True)
input()
with ThreadPoolExecutor(50) as together:
    print(json.dumps(sorted(set(together.map(key, range(50))))))
"""


def test_fifty_requests_after_a_suspend_are_one_exchange(laptop: Suspended, sandbox: Sandbox):
    argv, env = by("exec", laptop.daypass, sys.executable, "-c", FIFTY)
    with subprocess.Popen(argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as script:
        first = script.stdout.readline().strip()
        assert exchanges(sandbox) == 1
        laptop.hours(2)
        out, _ = script.communicate("\n", timeout=PATIENCE)
    (second,) = json.loads(out)
    assert second != first and exchanges(sandbox) == 2

    laptop.hours(2)
    commands = [laptop.daypass.spawn("credential-process", "--profile", "dev") for _ in range(50)]
    answers = {json.loads(command.communicate(timeout=PATIENCE)[0])["AccessKeyId"] for command in commands}
    assert len(answers) == 1 and second not in answers and exchanges(sandbox) == 3


@pytest.mark.parametrize("way", WAYS)
def test_a_call_waits_for_the_person_and_goes_on(laptop: Suspended, sandbox: Sandbox, way: str):
    daypass = laptop.daypass
    daypass.aws_config.write_text(daypass.aws_config.read_text().replace("--profile dev", "--profile dev --wait 100"))
    argv, env = by(way, daypass, sys.executable, "-c", STEPS)
    with subprocess.Popen(argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as script:

        def call() -> str:
            script.stdin.write("\n")
            script.stdin.flush()
            return script.stdout.readline().strip()

        first = call()
        # The night goes by, and the sign-in with it.
        laptop.hours(12, refresh="expired")
        with ThreadPoolExecutor() as waiting:
            second = waiting.submit(call)
            wait_until(lambda: "needs-sign-in" in daypass("status", "--json").out, what="a call to need a sign-in")
            assert not second.done()
            daypass("identity", "login", "work")
            assert second.result(PATIENCE) not in ("", first)
        script.stdin.close()
    assert script.returncode == 0
