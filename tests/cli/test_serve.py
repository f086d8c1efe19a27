"""`daypass serve`: programs that Daypass didn't start get a role's credentials from an endpoint."""

from __future__ import annotations

import http.client
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from peers.daypass import Daypass, printed
from peers.process import PATIENCE, free_port, wait_until
from peers.readers import READERS, Reader, run
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox

URI, TOKEN, TOKEN_FILE = (
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
)
EMPTY = {"AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_CONFIG_FILE": "/dev/null"}
"""The default profile in the machine's files has keys, which tools take before an endpoint's."""


@pytest.fixture(params=["agent", "no agent"])
def ready(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> Iterator[Daypass]:
    """Signed in, with and without an agent."""
    daypass.with_agent = request.param == "agent"
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "read"))
    yield daypass
    daypass("serve", "revoke", "--all")


def consumers(daypass: Daypass) -> dict[str, dict]:
    return {one["name"]: one for one in daypass("serve", "list", "--json").json}


def ask(uri: str, token: str, method: str = "GET", **headers: str) -> tuple[int, dict]:
    """One request without an SDK. (A reader with this name isn't held for the person.)"""
    where = urlsplit(uri)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=PATIENCE)
    connection.request(method, where.path, headers={"Authorization": token, "User-Agent": "test"} | headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


@pytest.mark.parametrize("way", ["token", "token file", "imds"])
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_every_reader_gets_credentials(
    daypass: Daypass, sandbox: Sandbox, reader: Reader, way: str, tmp_path: Path, tmp_path_factory
):
    argv = reader.command(tmp_path_factory.getbasetemp())
    if isinstance(argv, str) or way in reader.lacks:
        pytest.skip(argv if isinstance(argv, str) else f"this version doesn't know {way}")
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    more = {"token": [], "token file": ["--token-file", tmp_path / "token"], "imds": ["--imds"]}[way]
    [consumer] = daypass.serving("dev", *more)
    env = daypass.env | EMPTY | consumer["variables"]
    if way == "imds":
        del env["AWS_EC2_METADATA_DISABLED"]
    found = run(argv, env)
    key = daypass.session("dev")["accessKeyId"]
    assert key in found or ":assumed-role/Developer/" in found
    wait_until(lambda: consumers(daypass)["dev"]["lastUse"], what="the use to be listed")


def test_each_role_has_its_own_address_and_token(ready: Daypass):
    first, second = ready.serving("dev", "read")
    assert (first["name"], second["name"]) == ("dev", "read")
    uris, tokens = zip(*[(one["variables"][URI], one["variables"][TOKEN]) for one in (first, second)], strict=True)
    assert len(set(uris)) == len(set(tokens)) == 2
    assert ask(uris[0], tokens[0])[1]["AccountId"] == "444455556666"
    assert ask(uris[1], tokens[1])[1]["AccountId"] == "111122223333"
    status, refusal = ask(uris[0], tokens[1])
    assert status == 404 and "AccessKeyId" not in refusal
    assert ask(uris[0], "x" * 43)[0] == 401
    assert ask(uris[0], tokens[0], Host="evil.example")[0] == 421
    assert ask(uris[0], tokens[0], method="POST")[0] == 405
    assert first["variables"]["AWS_REGION"] == "eu-central-1"
    assert ready.untouched()


def test_a_consumer_in_the_background_is_listed_until_it_is_revoked(ready: Daypass):
    port = free_port()
    done = ready("serve", "dev", "--detach", "--name", "vscode", "--port", str(port))
    lines = done.out.splitlines()
    assert f"export {URI}='http://127.0.0.1:{port}/credentials/vscode'" in lines and "unset AWS_PROFILE" in lines
    assert "daypass serve revoke vscode" in done.err
    shell = f'{done.out}\n"{sys.executable}" -c "import boto3; print(boto3.client(\'sts\').get_caller_identity()[\'Arn\'])"'
    caller = subprocess.run(["sh", "-c", shell], env=ready.env | EMPTY, capture_output=True, text=True, timeout=PATIENCE)
    assert ":assumed-role/Developer/" in caller.stdout, caller.stderr
    wait_until(lambda: consumers(ready)["vscode"]["usedBy"], what="the program that used it")
    told = consumers(ready)["vscode"]
    assert (told["profile"], told["address"], told["usedBy"]["program"][:6]) == ("dev", f"127.0.0.1:{port}", "python")
    assert "vscode" in ready("serve", "list").out
    token = next(line for line in lines if TOKEN in line).split("'")[1]
    arguments = Path(f"/proc/{told['servedBy']['id']}/cmdline").read_text()
    assert token not in arguments and "vscode" in arguments
    taken = ready("serve", "dev", "--detach", "--name", "vscode", code=5)
    assert "daypass serve revoke vscode" in taken.err
    ready("serve", "revoke", "vscode")
    assert consumers(ready) == {}
    wait_until(lambda: not Path(f"/proc/{told['servedBy']['id']}").exists(), what="the process to end")
    assert "vscode" in ready("serve", "revoke", "vscode", code=4).err


def test_a_revoked_or_rotated_token_is_refused_at_once(ready: Daypass, tmp_path: Path):
    file = tmp_path / "token"
    [consumer] = ready.serving("dev", "--name", "ide", "--token-file", file)
    variables = consumer["variables"]
    assert variables[TOKEN_FILE] == str(file) and TOKEN not in variables
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first = file.read_text()
    assert len(first) == 43 and ask(variables[URI], first)[0] == 200
    rotated = ready("serve", "rotate", "ide")
    second = file.read_text()
    assert second != first and str(file) in rotated.out and second not in rotated.out
    assert ask(variables[URI], first)[0] == 401
    assert ask(variables[URI], second)[0] == 200
    ready("serve", "revoke", "ide")
    status, refusal = ask(variables[URI], second)
    assert (status, refusal["code"]) == (401, "Revoked") and not file.exists()


def test_it_ends_with_ctrl_c_and_leaves_nothing(ready: Daypass, tmp_path: Path):
    file = tmp_path / "token"
    process = ready.spawn("serve", "dev", "--token-file", file, "--json")
    printed(process)
    assert file.exists() and consumers(ready)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
    assert not file.exists() and consumers(ready) == {}
    # One that is killed can't clean up, and isn't listed all the same.
    process = ready.spawn("serve", "dev", "--token-file", file, "--json")
    printed(process)
    process.kill()
    process.wait(PATIENCE)
    assert consumers(ready) == {} and not file.exists()


def test_what_cannot_be_served_says_why(ready: Daypass, tmp_path: Path):
    kept = tmp_path / "config"
    kept.write_text("Host example.com\n")
    kept.chmod(0o600)
    assert "something other than a token" in ready("serve", "dev", "--token-file", kept, code=5).err
    assert kept.read_text() == "Host example.com\n"
    refused = ready("serve", "dev", "--address", "192.168.1.5", code=2).err
    assert "plain HTTP" in refused and "169.254.170.2" in refused
    assert ready("serve", "nobody", code=4).err
    assert ready("serve", "nobody", "--detach", code=4).err
    assert "one role at a time" in ready("serve", "dev", "read", "--imds", code=2).err
    port = urlsplit(ready.serving("read")[0]["variables"][URI]).port
    assert f"port {port}" in ready("serve", "dev", "--port", str(port), code=1).err
    in_background = ready("serve", "dev", "--detach", "--port", str(port), code=1).err
    assert f"port {port}" in in_background
    assert set(consumers(ready)) == {"read"}


def test_exec_is_listed_and_can_be_revoked(ready: Daypass):
    script = "sleep 60 & echo $AWS_CONTAINER_CREDENTIALS_FULL_URI; echo $AWS_CONTAINER_AUTHORIZATION_TOKEN; wait"
    process = ready.spawn("exec", "dev", "--", "sh", "-c", script)
    uri, token = process.stdout.readline().strip(), process.stdout.readline().strip()
    name = uri.rpartition("/")[2]
    assert name.startswith("sh-") and ask(uri, token)[0] == 200
    wait_until(lambda: name in consumers(ready), what="the program to be listed")
    assert consumers(ready)[name]["servedBy"]["program"] == "daypass exec"
    ready("serve", "revoke", name)
    assert ask(uri, token)[0] == 401
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(PATIENCE)
    wait_until(lambda: consumers(ready) == {}, what="the end to be listed")


def test_a_request_waits_for_the_person(ready: Daypass, sandbox: Sandbox):
    """The AWS CLI waits while the person signs in, although it hangs up on an endpoint that is silent for two seconds."""
    [consumer] = ready.serving("dev")
    variables = consumer["variables"]
    ready("stop", "dev")
    ready("identity", "logout", "work")
    status, refusal = ask(variables[URI], variables[TOKEN])
    assert (status, "daypass identity login work" in refusal["message"]) == (401, True), refusal
    argv = [Path(sys.executable).with_name("aws"), "sts", "get-caller-identity", "--query", "Arn"]
    env = ready.env | EMPTY | variables
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as waiting:
        wait_until(lambda: "aws" in (consumers(ready)["dev"]["usedBy"] or {}).get("program", ""), what="the AWS CLI to ask")
        ready("identity", "login", "work")
        out, err = waiting.communicate(timeout=PATIENCE)
    assert waiting.returncode == 0 and ":assumed-role/Developer/" in out, err


def test_another_users_program_gets_nothing_even_with_the_token(ready: Daypass):
    if os.geteuid() != 0:
        pytest.skip("only root can be another user")
    [consumer] = ready.serving("dev")
    variables = consumer["variables"]
    script = (
        "import os, urllib.request; os.setuid(65534)\n"
        f"request = urllib.request.Request({variables[URI]!r}, headers={{'Authorization': {variables[TOKEN]!r}}})\n"
        "try: print(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).status)\n"
        "except OSError as error: print(type(error).__name__)\n"
    )
    done = subprocess.run(["/usr/bin/python3", "-c", script], capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout.strip() in ("RemoteDisconnected", "ConnectionResetError", "URLError"), done
    assert ask(variables[URI], variables[TOKEN])[0] == 200
