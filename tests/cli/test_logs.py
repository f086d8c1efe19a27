"""`daypass logs`: the audit log is read, exported, checked, and goes on through many files."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import select
import shlex
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.process import PATIENCE, wait_until
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox


@pytest.fixture
def used(daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """Two roles were started and one stopped, and the identity has another name since."""
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "read"))
    daypass("start", "dev")
    daypass("start", "read")
    daypass("stop", "read")
    daypass("identity", "rename", "work", "acme")
    return daypass


def events(daypass: Daypass, *args: str, **kwargs) -> list[str]:
    return [line["event"] for line in json.loads(daypass("logs", "list", *args, "--json", **kwargs).out)["lines"]]


def test_the_list_is_filtered_by_role_identity_and_day(used: Daypass):
    everything = ["signed-in", "started", "started", "stopped", "identity-renamed"]
    assert events(used) == everything
    assert events(used, "--role", "444455556666/dev") == events(used, "--role", "Developer") == ["started"]
    assert events(used, "--role", "read") == ["started", "stopped"]
    assert events(used, "--identity", "acme") == events(used, "--identity", "work") == everything
    assert events(used, "--event", "started", "--event", "stopped") == ["started", "started", "stopped"]
    assert events(used, "--last", "2") == ["stopped", "identity-renamed"]
    assert events(used, "--account", "444455556666", "--last", "9") == ["started"]
    assert events(used, "--text", "MAYA") == ["signed-in"]
    assert "no event is named" in used("logs", "list", "--event", "begun", code=2).err
    assert events(used, "--since", "today") == events(used, "--until", "today") == everything
    assert events(used, "--until", "yesterday") == events(used, "--since", "2999-01-01") == []
    tomorrow = ("faketime", "-f", "+1d")
    assert events(used, "--since", "today", wrap=tomorrow) == []
    assert events(used, "--since", "yesterday", "--until", "yesterday", wrap=tomorrow) == everything

    shown = used("logs", "list").out.splitlines()
    assert shown[0].split() == ["TIME", "EVENT", "PROFILE", "ROLE", "IDENTITY", "DETAILS"]
    assert "signed-in" in shown[1] and "identity-renamed" in shown[-1] and "was work" in shown[-1], "newest last"
    assert re.search(r"started +dev +444455556666/Developer +work +ASIA", shown[2])
    assert "No lines match" in used("logs", "list", "--role", "nothing").err
    assert "YYYY-MM-DD" in used("logs", "list", "--since", "31.3.2026", code=2).err


def test_an_export_is_private_and_replaces_nothing_by_accident(used: Daypass, tmp_path: Path):
    log = (used.home / "audit.jsonl").read_text()
    assert used("logs", "export").out == log, "line for line"
    file = tmp_path / "new/export.jsonl"
    used("logs", "export", "--output", file)
    assert file.read_text() == log and file.stat().st_mode & 0o777 == 0o600
    refused = used("logs", "export", "--output", file, "--role", "dev", code=5)
    assert "code: export-exists" in refused.err and "--force" in refused.err and file.read_text() == log
    told = used("logs", "export", "--output", file, "--role", "dev", "--force", "--json").json
    assert (told["lines"], len(file.read_text().splitlines())) == (1, 1)
    used("logs", "export", "--force", code=2)


def test_a_spreadsheet_gets_no_formula(used: Daypass):
    # As a provider could call a person.
    log = used.home / "audit.jsonl"
    hostile = '=HYPERLINK(\\"http://evil.example\\")\\u001b[2J'
    log.write_text(re.sub('"person":"[^"]*"', lambda _: f'"person":"{hostile}"', log.read_text()))
    rows = list(csv.DictReader(used("logs", "export", "--format", "csv").out.splitlines()))
    assert [row["event"] for row in rows] == ["signed-in", "started", "started", "stopped", "identity-renamed"]
    assert rows[0]["person"] == "'=HYPERLINK(\"http://evil.example\")\\u{1b}[2J"
    assert rows[1]["role"] == ROLE and rows[1]["access_key_id"].startswith("ASIA") and rows[-1]["former_name"] == "work"
    assert "\\u{1b}[2J" in used("logs", "list").out
    assert "audit-broken" in used("logs", "verify", code=1).err


@pytest.fixture
def rotated(daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """A log of several files, because each is full after a few lines."""
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass("config", "set", "audit.rotate_size", "1kB")
    for _ in range(4):
        daypass("start", "dev")
        daypass("stop", "dev")
    return daypass


def logs(daypass: Daypass) -> list[Path]:
    return sorted(daypass.home.glob("audit*.jsonl"))


def test_the_chain_runs_through_all_files(rotated: Daypass):
    files = logs(rotated)
    assert len(files) > 2
    whole = rotated("logs", "verify", "--json").json
    assert (whole["files"], whole["unsealed"], whole["removed"]) == (len(files), 0, 0)
    assert f"in {len(files)} files, unchanged" in rotated("logs", "verify").out
    assert events(rotated).count("started") == 4 and events(rotated).count("continued") == len(files) - 1
    assert len(rotated("logs", "export").out.splitlines()) == whole["lines"]
    for file in files:
        content = file.read_bytes()
        cut = content[: content.rindex(b"\n", 0, -1) + 1]
        for changed in (None, content.replace(b"started", b"stopped"), cut):
            file.unlink() if changed is None else file.write_bytes(changed)
            if changed != content:
                assert "audit-broken" in rotated("logs", "verify", code=1).err, (file, changed)
            file.write_bytes(content)
    rotated("logs", "verify")


def test_what_is_older_than_it_is_kept_goes_and_is_counted(rotated: Daypass):
    before = rotated("logs", "verify", "--json").json
    rotated("config", "set", "audit.keep", "1d")
    later = ("faketime", "-f", "+40d")
    # The session's sign-in is over by then, which is a line too.
    for _ in range(6):
        rotated("console", "dev", "--print", code=None, wrap=later)
        rotated("start", "dev", "--no-sign-in", code=None, wrap=later)
    rotated("identity", "rename", "work", "acme", wrap=later)
    after = rotated("logs", "verify", "--json", wrap=later).json
    assert after["removed"] > 0 and after["removed"] <= before["lines"] and after["files"] == len(logs(rotated))
    assert "were removed" in rotated("logs", "verify").out
    assert rotated.home / "audit-000001.jsonl" not in logs(rotated)
    logs(rotated)[0].unlink()
    assert "audit-broken" in rotated("logs", "verify", code=1).err, "someone deleted this one"


def test_a_new_log_says_that_the_one_before_was_broken(rotated: Daypass):
    assert "nothing changed" in rotated("logs", "restart").out
    first = logs(rotated)[0]
    changed = first.read_bytes().replace(b"maya", b"otto")
    first.write_bytes(changed)
    broken = rotated("logs", "verify", code=1)
    assert str(first) in broken.err and "daypass logs restart" in broken.err
    kept = json.loads(rotated("logs", "restart", "--json").out)["kept"]
    assert len(kept) > 2 and Path(kept[0]).read_bytes() == changed
    rotated("start", "dev")
    assert events(rotated)[0] == "restarted"
    assert "was restarted at" in rotated("logs", "verify").out


def test_a_long_list_opens_in_the_pager_of_a_terminal(used: Daypass):
    for _ in range(20):
        used("identity", "rename", "acme", "ac-me")
        used("identity", "rename", "ac-me", "acme")

    def at_terminal(pager: str) -> str:
        ours, terminal = pty.openpty()
        termios.tcsetwinsize(terminal, (24, 200))
        env = used.env | {"PAGER": pager}
        process = subprocess.Popen(
            [used.binary, "logs", "list"], env=env, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
        )
        os.close(terminal)
        shown = b""
        try:
            while select.select([ours], [], [], PATIENCE)[0] and (some := os.read(ours, 4096)):
                shown += some
        except OSError:
            pass  # Linux reports an error when the last program has left the terminal.
        os.close(ours)
        assert process.wait(PATIENCE) == 0
        return shown.decode()

    assert at_terminal("sed s/^/paged:/").count("paged:") > 40
    for pager in ("cat", "no-such-pager"):
        shown = at_terminal(pager)
        assert "identity-renamed" in shown and "paged:" not in shown


def test_a_program_that_takes_credentials_is_in_the_log_once_for_each_key(used: Daypass):
    used.agent()
    taken = ("--event", "credentials-taken")
    asked = [used.binary, "credential-process", "--profile", "dev"]
    script = " && ".join([shlex.join(map(str, asked))] * 2)
    # What a shell runs for a program counts as the program's.
    runner = "import subprocess, sys; subprocess.run(['sh', '-c', sys.argv[1]], check=True, stdout=subprocess.DEVNULL)"
    subprocess.run([sys.executable, "-c", runner, script], env=used.env, check=True, timeout=PATIENCE)
    wait_until(lambda: events(used, *taken), what="the line")
    lines = used("logs", "list", *taken, "--json").json["lines"]
    program = Path(sys.executable).name[:15]
    takers = [(line["profile"], line["taker"]["by"], line["taker"]["program"]) for line in lines]
    assert takers == [("dev", "process", program)]
    shown = used("logs", "list", *taken).out
    assert f"by {program}, " in shown and "with credential_process" in shown
    used("exec", "dev", "--", sys.executable, "-c", "import os; assert 'AWS_CONTAINER_CREDENTIALS_FULL_URI' in os.environ")
    used("env", "dev")
    wait_until(lambda: len(events(used, *taken)) == 2, what="the shell's line")
    used("logs", "verify")
