"""What another user of the same machine can do: someone who reads every program's arguments and is always first."""

from __future__ import annotations

import os
import signal
import socket
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


FLOODED_BROWSER = f"""\
#!/usr/bin/env python3
import collections, os, socket, sys, time, urllib.parse

def neighbour(ports):
    os.setgroups([])
    os.setgid({NOBODY})
    os.setuid({NOBODY})
    held, end = collections.deque(), time.monotonic() + 120
    while time.monotonic() < end:
        for port in ports:
            held.append(socket.socket())
            held[-1].setblocking(False)
            held[-1].connect_ex(("127.0.0.1", port))
        while len(held) > 500:
            held.popleft().close()
    os._exit(0)

ports = [urllib.parse.urlsplit(sys.argv[1]).port, int(os.environ["FLOODED_PORT"])]
with open(os.environ["NEIGHBOURS"], "a") as pids:
    for _ in range(3):
        child = os.fork()
        if child == 0:
            neighbour(ports)
        print(child, file=pids)
time.sleep(2)
os.execv({str(PERSON)!r}, [{str(PERSON)!r}, sys.argv[1]])
"""


def test_a_neighbour_who_floods_the_ports_does_not_keep_the_browser_out(daypass: Daypass, sandbox: Sandbox, tmp_path: Path):
    browser, neighbours = tmp_path / "flooded-browser.py", tmp_path / "neighbours"
    browser.write_text(FLOODED_BROWSER)
    browser.chmod(0o755)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    daypass.add_identity(sandbox.issuer, "--redirect-port", str(port))
    daypass.env |= {"BROWSER": str(browser), "NEIGHBOURS": str(neighbours), "FLOODED_PORT": str(port)}
    try:
        daypass("identity", "login", "work")
    finally:
        for pid in neighbours.read_text().split():
            os.kill(int(pid), signal.SIGKILL)
    assert daypass("identity", "list", "--json").json[0]["state"] == "signed-in"
