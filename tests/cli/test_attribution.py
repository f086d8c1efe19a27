"""Which program takes credentials: real processes in real trees, read back from the audit log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.process import PATIENCE, wait_until
from peers.sandbox import ROLE, Sandbox

PYTHON = Path(sys.executable).resolve()

ASKS = """
import ctypes, json, os, subprocess, sys
name, *command = sys.argv[1:]
if name:
    ctypes.CDLL(None).prctl(15, os.fsencode(name), 0, 0, 0)
done = subprocess.run(command, capture_output=True, text=True)
print(json.dumps({"process": os.getpid(), "code": done.returncode, "err": done.stderr}))
"""
"""A program that asks for credentials, under another name if it is given one (PR_SET_NAME)."""


@pytest.fixture
def ready(daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """Signed in, with an agent."""
    daypass.with_agent = True
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    return daypass


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder in the person's home, with the program in it."""
    folder = tmp_path / "home/shop"
    folder.mkdir()
    (folder / "asks.py").write_text(ASKS)
    return folder


def takers(daypass: Daypass) -> list[dict]:
    """Who took credentials, oldest first."""
    lines = daypass("logs", "list", "--event", "credentials-taken", "--json").json["lines"]
    return [line["taker"] for line in lines]


def taken(daypass: Daypass, count: int = 1) -> list[dict]:
    """The same, once there are so many lines: they are written after the answer."""
    return wait_until(lambda: found if len(found := takers(daypass)) >= count else None, what="the lines")


def asking(daypass: Daypass, name: str = "") -> list[str]:
    """The command of a program that asks."""
    ask = [daypass.binary, "credential-process", "--profile", "dev"]
    return [str(word) for word in (PYTHON, "asks.py", name, *ask)]


def asked(daypass: Daypass, shop: Path, *command: str) -> dict:
    """Run it, and what it says of itself."""
    done = subprocess.run(command, cwd=shop, env=daypass.env, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["code"] == 0, said["err"]
    return said


def test_a_program_is_named_with_what_started_it_and_where(ready: Daypass, shop: Path):
    script = shop / "deploy"
    script.write_text("#!/bin/bash\n\"$@\"\ntrue\n")
    script.chmod(0o755)
    said = asked(ready, shop, str(script), *asking(ready))
    (taker,) = taken(ready)
    details = taker["details"]
    assert (taker["by"], taker["program"]) == ("process", PYTHON.name[:15])
    assert (details["process"], details["executable"]) == (said["process"], str(PYTHON))
    assert details["folder"] == str(shop) and details["via"] == str(ready.binary.resolve())
    parents = [(parent["name"], parent.get("executable")) for parent in details["parents"]]
    assert parents[0] == ("deploy", os.path.realpath("/bin/bash"))
    assert parents[1][0] == Path(f"/proc/{os.getpid()}/comm").read_text().strip(), "the test itself started the script"

    status = ready("status")
    assert f"dev: used by {PYTHON.name[:15]} in ~/shop, just now (by deploy, in " in status.out
    (use,) = ready("status", "--json").json["lastUses"]
    assert (use["profile"], use["folder"], use["taker"]) == ("dev", "~/shop", taker)
    shown = ready("logs", "list", "--event", "credentials-taken").out
    assert f"by {PYTHON.name[:15]}, by deploy, in " in shown and f"folder {shop}" in shown
    csv = ready("logs", "export", "--format", "csv").out
    assert f",{details['process']},{PYTHON},deploy < " in csv
    ready("logs", "verify")


def test_a_shell_that_an_sdk_puts_between_is_left_out_and_a_script_is_not(ready: Daypass, shop: Path):
    asked(ready, shop, *asking(ready)[:3], "sh", "-c", '"$@"; true', "sh", *asking(ready)[3:])
    (taker,) = taken(ready)
    assert taker["program"] == PYTHON.name[:15]
    script = shop / "script.sh"
    script.write_text('"$@"\ntrue\n')
    asked(ready, shop, *asking(ready)[:3], "sh", str(script), *asking(ready)[3:])
    assert taken(ready, 2)[1]["program"] in ("sh", "dash")


def test_a_program_that_renames_itself_keeps_its_executable(ready: Daypass, shop: Path):
    asked(ready, shop, *asking(ready, "terraform"))
    (taker,) = taken(ready)
    assert (taker["program"], taker["details"]["executable"]) == ("terraform", str(PYTHON))


def test_what_commands_a_terminal_is_written_out(ready: Daypass, shop: Path):
    asked(ready, shop, *asking(ready, "a\x1b[31mb\x07"))
    (taker,) = taken(ready)
    assert taker["program"] == r"a\u{1b}[31mb\u{7}"
    assert "\x1b" not in ready("status").out + ready("logs", "list").out


def test_a_name_that_is_not_text_hides_nothing(ready: Daypass, shop: Path):
    asked(ready, shop, *asking(ready, os.fsdecode(b"a\xff")))
    (taker,) = taken(ready)
    assert (taker["program"], taker["details"]["executable"]) == ("a\ufffd", str(PYTHON))


def test_a_program_with_other_files_in_view_is_told_apart(ready: Daypass, shop: Path):
    """A mount namespace can put any file in the place of `/usr/bin/aws`."""
    unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-current-user", "--mount"]
    if subprocess.run([*unshare, "true"], capture_output=True).returncode:
        pytest.skip("this machine makes no namespaces")
    asked(ready, shop, *unshare, *asking(ready))
    (taker,) = taken(ready)
    assert taker["details"]["container"] == "its own view of files"


def test_fifty_at_once_are_fifty(ready: Daypass, shop: Path):
    ready("credential-process", "--profile", "dev")
    names = [f"program-{number}" for number in range(50)]
    running = [
        subprocess.Popen(asking(ready, name), cwd=shop, env=ready.env, stdout=subprocess.PIPE, text=True) for name in names
    ]
    said = [json.loads(process.communicate(timeout=PATIENCE)[0]) for process in running]
    assert [one["code"] for one in said] == [0] * 50
    expected = {(name, one["process"]) for name, one in zip(names, said, strict=True)}
    found = {(taker["program"], taker["details"]["process"]) for taker in taken(ready, 51)}
    assert expected <= found


READS_ENDPOINT = """
import json, os, urllib.request
request = urllib.request.Request(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
request.add_header("Authorization", os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"])
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).read()
print(os.getpid())
"""


def test_an_endpoint_names_the_program_of_each_connection(ready: Daypass, shop: Path):
    (shop / "reads.py").write_text(READS_ENDPOINT)
    command = [ready.binary, "exec", "dev", "--", "bash", "-c", f"{PYTHON} reads.py; {PYTHON} -B reads.py; true"]
    done = subprocess.run(list(map(str, command)), cwd=shop, env=ready.env, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    (taker,) = taken(ready)
    details = taker["details"]
    assert (taker["by"], details["executable"], details["folder"]) == ("endpoint", str(PYTHON), str(shop))
    assert str(details["process"]) in done.stdout.split()
    assert [parent["name"] for parent in details["parents"]][:2] == ["bash", "daypass"]
    assert taker["consumer"] == "bash"


def test_variables_and_console_addresses_have_a_taker(ready: Daypass, shop: Path):
    asked(ready, shop, *asking(ready)[:3], str(ready.binary), "env", "dev")
    (taker,) = taken(ready)
    assert (taker["by"], taker["program"]) == ("variables", PYTHON.name[:15])
    asked(ready, shop, *asking(ready)[:3], str(ready.binary), "console", "dev", "--print")
    lines = ready("logs", "list", "--event", "console-opened", "--json").json["lines"]
    assert [(line["taker"]["by"], line["taker"]["program"]) for line in lines] == [("console", PYTHON.name[:15])]


def test_a_command_without_an_agent_names_what_runs_it(daypass: Daypass, sandbox: Sandbox, shop: Path):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    asked(daypass, shop, *asking(daypass)[:3], str(daypass.binary), "console", "dev", "--print")
    lines = daypass("logs", "list", "--event", "console-opened", "--json").json["lines"]
    assert [line["taker"]["details"]["executable"] for line in lines] == [str(PYTHON)]
