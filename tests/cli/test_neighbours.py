"""What another user of the same machine can do: someone who reads every program's arguments and is always first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from peers.daypass import PERSON, Daypass
from peers.sandbox import ROLE, Sandbox

pytestmark = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can play another user")

NOBODY = 65534

# Python is found in PATH, as for the person: a path with a blank in it can't stand in the first line.
WATCHED_BROWSER = f"""\
#!/usr/bin/env python3
import encodings.idna  # he may not read the interpreter's files later
import http.client, os, sys, urllib.parse

def neighbour():
    os.setgroups([])
    os.setgid({NOBODY})
    os.setuid({NOBODY})
    # As he sees it: the arguments of the browser that the person's Daypass started.
    url = open(f"/proc/{{os.getppid()}}/cmdline").read().split("\\0")[-2]
    parts = urllib.parse.urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    line.request("GET", parts.path)
    answer = line.getresponse()
    os.write(report, f"{{parts.path.split('/')[1]}} {{answer.status}} {{answer.headers['Location']}}\\n".encode())
    os._exit(0)

report = os.open(os.environ["NEIGHBOUR_REPORT"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
child = os.fork()
if child == 0:
    try:
        neighbour()
    except BaseException as error:
        os.write(report, repr(error).encode())
    os._exit(1)
_, status = os.waitpid(child, 0)
os.write(report, f"ended {{status}}\\n".encode())
os.execv({str(PERSON)!r}, [{str(PERSON)!r}, sys.argv[1]])
"""


@pytest.fixture
def report(daypass: Daypass, tmp_path: Path) -> Path:
    """What the neighbour got. He is first at every address that the person's browser is started with."""
    browser = tmp_path / "watched-browser.py"
    browser.write_text(WATCHED_BROWSER)
    browser.chmod(0o755)
    found = tmp_path / "neighbour.txt"
    daypass.env |= {"BROWSER": str(browser), "NEIGHBOUR_REPORT": str(found)}
    return found


TURNED_AWAY = "open 403 None\nended 0\n"


@pytest.mark.parametrize("with_agent", [True, False])
def test_a_neighbour_who_is_first_gets_neither_the_sign_in_nor_the_console(
    daypass: Daypass, sandbox: Sandbox, report: Path, with_agent: bool
):
    daypass.with_agent = with_agent
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    assert report.read_text() == TURNED_AWAY
    assert daypass("identity", "list", "--json").json[0]["state"] == "signed-in"

    report.unlink()
    done = daypass("console", "dev")
    assert "Opened the AWS console" in done.out
    assert report.read_text() == TURNED_AWAY
