"""`daypass exec`: a program has a role's credentials for as long as it runs, and no file has them."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.process import PATIENCE, wait_until
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox
from peers.terminal import Terminal

AWS = Path(sys.executable).with_name("aws")

LONG_RUN = """
import boto3, json
client = boto3.client("sts")
keys, arns = [], set()
client.meta.events.register("before-sign.sts", lambda request_signer, **_: keys.append(
    request_signer._credentials.access_key))
while len(set(keys)) < 4:
    arns.add(client.get_caller_identity()["Arn"])
print(json.dumps({"keys": len(set(keys)), "arns": sorted(arns)}))
"""
"""One client that goes on until its fourth access key. Any refusal ends it."""


@pytest.fixture(params=["agent", "no agent"])
def ready(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """Signed in, with and without an agent."""
    daypass.with_agent = request.param == "agent"
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "read"))
    return daypass


def test_a_client_outlives_three_sessions(ready: Daypass, sandbox: Sandbox):
    sandbox.turn(lifetime_seconds=5)
    done = ready("exec", "dev", "--", sys.executable, "-c", LONG_RUN)
    found = json.loads(done.out)
    assert found["keys"] == 4 and len(found["arns"]) == 1 and ":assumed-role/Developer/" in found["arns"][0]
    assert ready.untouched()


def test_what_would_lead_elsewhere_is_out_of_the_way(ready: Daypass):
    # The credentials file has a default profile with keys, which the note names.
    stale = {
        "AWS_PROFILE": "legacy",
        "AWS_DEFAULT_PROFILE": "legacy",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_SESSION_TOKEN": "x",
        "AWS_ROLE_ARN": ROLE,
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x",
    }
    done = ready("exec", "read", "--", AWS, "sts", "get-caller-identity", "--query", "Arn", env=stale)
    assert ":assumed-role/ReadOnly/" in done.out
    assert str(ready.credentials) in done.err and "default profile" in done.err
    assert ready.untouched()


def variables(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if line.startswith(("AWS_", "DAYPASS_EXEC")))


def test_the_program_has_no_keys_unless_they_are_asked_for(ready: Daypass):
    seen = variables(ready("exec", "dev", "--", "env").out)
    assert {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"} < seen.keys()
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} & seen.keys()
    assert seen["AWS_REGION"] == seen["AWS_DEFAULT_REGION"] == "eu-central-1"
    assert (seen["AWS_ACCOUNT_ID"], seen["DAYPASS_EXEC"]) == ("444455556666", "dev")

    seen = variables(ready("exec", "dev", "--static", "--region", "eu-west-1", "--", "env").out)
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} < seen.keys()
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" not in seen and seen["AWS_REGION"] == "eu-west-1"
    caller = ready("exec", "dev", "--static", "--", AWS, "sts", "get-caller-identity", "--query", "Arn").out
    assert ":assumed-role/Developer/" in caller
    assert ready.untouched()


def test_its_end_is_the_programs_end(ready: Daypass):
    assert ready("exec", "dev", "--", "sh", "-c", "exit 7", code=None).code == 7
    assert ready("exec", "dev", "--", "sh", "-c", "kill -KILL $$", code=None).code == 128 + signal.SIGKILL
    missing = ready("exec", "dev", "--", "no-such-program", code=127)
    assert "no-such-program" in missing.err and "daypass exec ROLE -- PROGRAM" in missing.err
    refused = ready("exec", "dev", "--", ready.config, code=126)
    assert str(ready.config) in refused.err and "exec-program" in refused.err
    unknown = ready("exec", "nobody", "--", "true", code=4)
    assert "nobody" in unknown.err


def test_a_signal_reaches_the_program(ready: Daypass):
    running = ready.spawn("exec", "dev", "--", "sh", "-c", "trap 'echo told; exit 3' TERM; echo up; while :; do sleep 0.1; done")
    assert running.stdout.readline() == "up\n"
    running.send_signal(signal.SIGTERM)
    out, _ = running.communicate(timeout=PATIENCE)
    assert (out, running.returncode) == ("told\n", 3)


WATCHED = """
import os, signal, sys
def tell(name):
    return lambda *_: os.write(1, "{} {} {}\\n".format(name, *os.get_terminal_size()).encode())
def end(code, what):
    return lambda *_: (print(what, file=open(sys.argv[1], "w"), flush=True), os._exit(code))
for number, act in {
    signal.SIGWINCH: tell("resized"), signal.SIGCONT: tell("continued"),
    signal.SIGINT: end(4, "interrupted"), signal.SIGHUP: end(3, "hung up"),
}.items():
    signal.signal(number, act)
os.write(1, b"up\\n")
while True:
    signal.pause()
"""
"""A program at a terminal that tells what happens to it."""


def test_the_terminal_reaches_the_program(daypass: Daypass, sandbox: Sandbox, tmp_path: Path):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    (tmp_path / "watched.py").write_text(WATCHED)
    end = tmp_path / "end"
    command = f"{daypass.binary} exec dev -- {sys.executable} {tmp_path / 'watched.py'} {end}"
    with Terminal(["bash", "--norc", "-i"], daypass.env | {"PS1": "outer> "}) as terminal:
        terminal.wait_for("outer> ")
        terminal.enter(command)
        terminal.wait_for("\nup\n")
        terminal.type("\x1a")  # Ctrl-Z
        terminal.wait_for("Stopped")
        terminal.wait_for("outer> ")
        terminal.enter("fg")
        terminal.wait_for("continued")
        terminal.resize(99, 30)
        terminal.wait_for("resized 99 30")
        terminal.type("\x03")  # Ctrl-C
        terminal.wait_for("outer> ")
        terminal.enter("echo code=$?")
        terminal.wait_for("code=4")
        assert end.read_text() == "interrupted\n"

        terminal.enter(command)
        terminal.wait_for("\nup\n")
        terminal.hang_up()
        wait_until(lambda: end.read_text() == "hung up\n", what="the program to hear that the window closed")


def test_a_shell_in_it_can_be_suspended(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    with Terminal(["bash", "--norc", "-i"], daypass.env | {"PS1": "outer> "}) as terminal:
        terminal.wait_for("outer> ")
        terminal.enter(f"{daypass.binary} exec dev -- bash --norc -i")
        terminal.wait_for("outer> ")
        terminal.enter("PS1='inner> '")
        terminal.wait_for("\ninner> ")
        terminal.enter("suspend")
        terminal.wait_for("Stopped")
        terminal.wait_for("outer> ")
        terminal.enter("fg")
        terminal.wait_for("exec dev")
        terminal.enter("echo $((6 * 7)) $DAYPASS_EXEC")
        terminal.wait_for("\n42 dev\n")
        terminal.enter("exit 5")
        terminal.wait_for("outer> ")
        terminal.enter("echo code=$?")
        terminal.wait_for("code=5")


def test_a_long_run_signs_in_first(daypass: Daypass, sandbox: Sandbox):
    # Without a refresh token, the sign-in ends with the ID token.
    sandbox.turn(id_token_seconds=1800)
    daypass.add_identity(sandbox.issuer, "--scope", "email")
    daypass("role", "add", ROLE, "--identity", "work", "--profile", "dev", "--region", "eu-central-1")
    daypass("identity", "login", "work")
    run = ("exec", "dev", "--at-least")
    daypass(*run, "20m", "--", "true")
    opened = daypass.browser_opened()
    short = daypass(*run, "2h", "--", "true", code=3)
    assert "lasts-too-short" in short.err and "less than 2h" in short.err and daypass.browser_opened() == opened
    # A person signs in again. That doesn't help while the sign-ins are so short.
    told = daypass.at_terminal(*run, "2h", "--", "true", code=5)
    assert "just signed in" in told.err and daypass.browser_opened() == opened + 1
    sandbox.turn(id_token_seconds=43_200)
    daypass.at_terminal(*run, "2h", "--", "true")
    assert daypass.browser_opened() == opened + 2
    daypass(*run, "2h", "--", "true")


def test_static_keys_last_as_long_as_asked_for(ready: Daypass):
    ready("start", "dev")
    seconds = "echo $(( $(date -d $AWS_CREDENTIAL_EXPIRATION +%s) - $(date +%s) ))"
    usual = int(ready("exec", "dev", "--static", "--", "sh", "-c", seconds).out)
    longer = int(ready("exec", "dev", "--static", "--at-least", "2h", "--", "sh", "-c", seconds).out)
    assert usual <= 3600 and 7140 < longer <= 7200
    assert ready.session("dev")["terms"]["duration"] is None, "the running session is as it was"
    refused = ready("exec", "dev", "--static", "--at-least", "13h", "--", "true", code=5)
    assert "12h at most" in refused.err and "lasts-too-short" in refused.err


def test_nested_is_meant_or_refused(ready: Daypass):
    inner = [ready.binary, "exec", "read"]
    refused = ready("exec", "dev", "--", *inner, "--", "true", code=5)
    assert "profile dev" in refused.err and "--nested" in refused.err
    done = ready("exec", "dev", "--", *inner, "--nested", "--", AWS, "sts", "get-caller-identity", "--query", "Arn")
    assert ":assumed-role/ReadOnly/" in done.out


def test_a_running_profile_is_used_and_never_taken_over(ready: Daypass):
    ready("start", "dev")
    before = ready.session("dev")
    ready("exec", "dev", "--", "true")
    ready("exec", "dev", "--read-only", "--", "true")
    after = ready.session("dev")
    assert (after["accessKeyId"], after["delivery"]) == (before["accessKeyId"], "credentials-file")
    assert ready.session("dev-read-only")["delivery"] == "process"


def test_another_program_without_the_token_gets_nothing(ready: Daypass):
    script = (
        "import os, urllib.request, urllib.error\n"
        "uri = os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI']\n"
        "try: urllib.request.build_opener(urllib.request.ProxyHandler({})).open(uri); print('open')\n"
        "except urllib.error.HTTPError as refused: print(refused.code)\n"
    )
    assert ready("exec", "dev", "--", sys.executable, "-c", script).out.strip() == "401"
    shown = ready("exec", "dev", "--", "sh", "-c", "cat /proc/$PPID/cmdline | tr '\\0' ' '; echo $AWS_CONTAINER_AUTHORIZATION_TOKEN")
    token = shown.out.split()[-1]
    assert len(token) == 43 and shown.out.count(token) == 1, "it is not in an argument list"
    written = [file for file in ready.folder.rglob("*") if file.is_file() and b"started" in file.read_bytes()]
    assert ready.home / "audit.jsonl" in written, "the log of what happened is among what is looked at"
    kept = [file for file in ready.folder.rglob("*") if file.is_file() and token.encode() in file.read_bytes()]
    assert not kept, kept
