"""A command without a role shows a list on the terminal, from which the person chooses."""

from __future__ import annotations

import os
import re
import signal
import sys
import unicodedata
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.process import PATIENCE
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox
from peers.screen import Screen

DEVELOPER, READ_ONLY = "444455556666/Developer", "111122223333/ReadOnly"
CANCELLED, INVALID = 1, 2
ENTER, ESC, CTRL_C, CTRL_N, DOWN = "\r", "\x1b", "\x03", "\x0e", "\x1b[B"
TOLD = "not-chosen"


@pytest.fixture(params=["agent", "no agent"])
def ready(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """Signed in, with two roles."""
    daypass.with_agent = request.param == "agent"
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "read"))
    return daypass


def on_terminal(machine: Daypass, *args: str | Path, **how):
    env = machine.env | how.pop("env", {})
    return Screen([machine.binary, *args], env, **how)


def test_start_begins_what_is_chosen(ready: Daypass):
    with on_terminal(ready, "start") as there:
        there.shows("Choose a role", DEVELOPER, READ_ONLY, "2/2")
        there.type("devel")
        there.shows("devel", DEVELOPER, "1/2", without=READ_ONLY)
        there.type(ENTER)
        assert there.ends() == 0 and there.is_restored()
        there.shows(f"Started {DEVELOPER}")
    assert ready.session("dev")["state"] == "active"

    # What runs comes first, with the time that's left.
    with on_terminal(ready, "start") as there:
        lines = there.shows("active, ")
        assert DEVELOPER in lines[1] and "> " in lines[1] and READ_ONLY in lines[2]
        there.type(CTRL_N + DOWN + ENTER)
        assert there.ends() == 0
    assert ready.session("read")["state"] == "active"

    # What ran before comes first too, the last one at the top.
    ready("stop", "--all")
    with on_terminal(ready, "start") as there:
        lines = there.shows(DEVELOPER, READ_ONLY)
        assert READ_ONLY in lines[1] and DEVELOPER in lines[2]
        there.type(ESC)
        assert there.ends() == CANCELLED


@pytest.mark.parametrize("how", ["escape", "ctrl-c", "terminated"])
def test_a_list_that_is_closed_leaves_the_terminal_as_it_was(daypass: Daypass, how: str):
    daypass.config.write_text(daypass.config.read_text() + CONFIG)
    with on_terminal(daypass, "exec", "--", "touch", daypass.folder / "ran") as there:
        there.shows("111122223333/Admin")
        match how:
            case "escape":
                there.type(ESC)
            case "ctrl-c":
                there.type(CTRL_C)
            case "terminated":
                there.program.send_signal(signal.SIGTERM)
        code = there.ends()
        assert there.is_restored()
        if how in ("escape", "ctrl-c"):
            there.shows(TOLD)
            assert code == CANCELLED
        else:
            assert code == -signal.SIGTERM
    assert not (daypass.folder / "ran").exists()


def test_a_list_ends_with_its_terminal(daypass: Daypass):
    daypass.config.write_text(daypass.config.read_text() + CONFIG)
    with on_terminal(daypass, "start") as there:
        there.shows("111122223333/Admin")
        there.hang_up()
        assert there.program.wait(PATIENCE) == -signal.SIGHUP


CONFIG = """
[identity.work]
kind = "profile"
profile = "legacy"

[[role]]
arn = "arn:aws:iam::111122223333:role/Admin"
identity = "work"
profile = "shop"

[[role]]
arn = "arn:aws:iam::444455556666:role/Developer"
identity = "work"
"""


def test_exec_tells_a_role_from_a_program_by_the_dashes(ready: Daypass):
    program = (sys.executable, "-c", "import os; print('in', os.environ['DAYPASS_EXEC'], os.isatty(0))")
    with on_terminal(ready, "exec", "--", *program) as there:
        there.shows(READ_ONLY)
        there.type("read" + ENTER)
        assert there.ends() == 0
        there.shows("in read True")
    # A signal reaches the program, also after a list.
    with on_terminal(ready, "exec", "--", "sh", "-c", "trap 'echo told; exit 7' TERM; echo waits; sleep 60 & wait") as there:
        there.shows(READ_ONLY)
        there.type("read" + ENTER)
        there.shows("waits")
        there.program.send_signal(signal.SIGTERM)
        assert there.ends() == 7
        there.shows("told")


def test_env_and_console_choose_too(ready: Daypass):
    out = ready.folder / "out"
    with on_terminal(ready, "env", output=out) as there:
        there.shows(DEVELOPER)
        there.type("444455556666" + ENTER)
        assert there.ends() == 0
    assert "export AWS_ACCESS_KEY_ID" in out.read_text() and "\x1b" not in out.read_text()
    with on_terminal(ready, "console", "--print", output=out) as there:
        there.shows(DEVELOPER)
        there.type("dev" + ENTER)
        assert there.ends() == 0
    assert out.read_text().startswith("http")


def test_a_name_of_several_roles_leads_to_the_list(daypass: Daypass, sandbox: Sandbox):
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "read"), name="home")
    assert "ambiguous-role" in daypass("start", "dev", code=INVALID).err
    with on_terminal(daypass, "start", "dev") as there:
        there.shows("> dev", "2/3", "home", "work")
        there.type(" work" + ENTER)
        assert there.ends() == 0
        there.shows(f"Started {DEVELOPER} with work")


def test_without_a_terminal_the_role_has_to_be_named(ready: Daypass):
    for args, named in (
        (["start"], "daypass start ROLE"),
        (["console", "--print"], "daypass console ROLE"),
        (["exec", "--", "aws", "s3", "ls"], "daypass exec ROLE -- aws s3 ls"),
        (["shell"], "daypass shell ROLE"),
        (["use", "--shell", "bash"], "daypass use ROLE"),
        (["serve"], "daypass serve ROLE"),
    ):
        refused = ready(*args, code=INVALID)
        assert "bad-usage" in refused.err and named in refused.err and "daypass role list" in refused.err, refused.err
    with on_terminal(ready, "start", env={"TERM": "dumb"}) as there:
        assert there.ends() == INVALID
    with on_terminal(ready, "--json", "start") as there:
        assert there.ends() == INVALID


def test_a_list_fits_its_terminal_and_follows_its_size(daypass: Daypass):
    daypass.config.write_text(daypass.config.read_text() + CONFIG)
    with on_terminal(daypass, "start", size=(24, 5), env={"NO_COLOR": "1"}) as there:
        lines = there.shows("> Choose a role", "444455556666/Developer")
        assert all(width(line) <= 24 for line in lines), lines
        assert not re.search(rb"\x1b\[[0-9;]*m", there.raw), "no colours"
        there.resize(90, 12)
        os.kill(there.program.pid, signal.SIGWINCH)
        there.shows("Enter to choose", "444455556666-Developer")
        there.type("no such thing")
        there.shows("Nothing matches “no such thing”", "0/2")
        there.type("\x15" + "\x1b[200~dev\nel\x1b[201~")
        there.shows("> dev el", "1/2")
        there.type(CTRL_C)
        assert there.ends() == CANCELLED and there.is_restored()


def width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def test_one_who_is_not_signed_in_signs_in_first(daypass: Daypass, sandbox: Sandbox):
    daypass.add_identity(sandbox.issuer, "--roles-claim", "https://aws.amazon.com/roles")
    with on_terminal(daypass, "start") as there:
        there.shows(DEVELOPER)
        there.type("developer" + ENTER)
        assert there.ends() == 0
        there.shows(f"Started {DEVELOPER}")
    assert "Sign in to work first" in there.raw.decode()
