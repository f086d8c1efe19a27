"""What the command prints for people, programs and shells."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import time

import pytest

from peers.daypass import Daypass
from peers.sandbox import ROLE, Sandbox

USAGE = 2


@pytest.fixture
def world(daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """Signed in, with a declared role `dev`."""
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    return daypass


def keys(value) -> set[str]:
    """All keys of a document."""
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in keys(inner)}
    return {key for inner in value for key in keys(inner)} if isinstance(value, list) else set()


class TestJson:
    """`--json`."""

    def test_is_there_for_every_command_with_one_spelling_and_a_version(self, world: Daypass):
        for command in (
            ["start", "dev"],
            ["renew", "dev"],
            ["status"],
            ["whoami", "dev"],
            ["env", "dev"],
            ["console", "dev", "--print"],
            ["role", "list"],
            ["role", "remove", "dev"],
            ["role", "add", "arn:aws:iam::444455556666:role/Other", "--identity", "work"],
            ["identity", "list"],
            ["identity", "try", "work"],
            ["identity", "logout", "work"],
            ["identity", "login", "work"],
            ["config", "path"],
            ["config", "get"],
            ["config", "get", "vault.key"],
            ["config", "set", "region", "eu-central-1"],
            ["config", "unset", "region"],
            ["agent", "stop"],
            ["logs", "list"],
            ["logs", "export"],
            ["logs", "verify"],
            ["logs", "restart"],
            ["completions", "bash"],
            ["stop", "dev"],
            ["identity", "remove", "work", "--yes"],
        ):
            document = json.loads(world(*command, "--json").out)
            assert document["version"] == 1, command
            spelled = {key for key in keys(document) if not re.fullmatch("[a-z][a-zA-Z0-9]*", key)}
            settings = {key for key in spelled if re.fullmatch("[a-z]+(_[a-z]+)+", key)}  # as in config.toml
            assert not {key for key in spelled - settings if not key.startswith("AWS_")}, (command, spelled)

    def test_is_what_aws_reads_where_aws_has_a_form(self, world: Daypass):
        assert json.loads(world("credential-process", "--profile", "dev", "--json").out)["Version"] == 1

    @pytest.mark.parametrize("command", [["start"], ["nonsense"], ["stop", "--nonsense"], ["identity", "add", "oidc", "x"], ["login"]])
    def test_tells_wrong_usage_in_the_shape_of_other_problems(self, daypass: Daypass, command: list[str]):
        wrong = daypass(*command, "--json", code=USAGE)
        usage = json.loads(wrong.err)
        other = json.loads(daypass("config", "get", "nonsense", "--json", code=USAGE).err)
        assert set(usage) == set(other) and (usage["version"], usage["code"], usage["kind"]) == (1, "bad-usage", "invalid")
        assert usage["message"] and wrong.out == ""


class TestAShell:
    """That evaluates what `daypass env` prints."""

    SHELLS = [shell for shell in ("sh", "dash", "bash", "zsh", "ksh", "busybox sh") if shutil.which(shell.split()[0])]

    @pytest.mark.parametrize("shell", SHELLS)
    @pytest.mark.parametrize("arguments", ["dev", "nonsense", "", "--nonsense"])
    def test_ends_under_set_e_when_there_are_no_variables(self, daypass: Daypass, shell: str, arguments: str):
        daypass.config.write_text(daypass.config.read_text() + '[identity.work]\nkind = "profile"\nprofile = "none"\n')
        script = f'set -e; eval "$({daypass.binary} env {arguments})"; echo went on'
        done = subprocess.run([*shell.split(), "-c", script], env=daypass.env, capture_output=True, text=True)
        assert done.returncode > 1 and done.stdout == "", done
        assert "daypass" in done.stderr
        script = f'eval "$({daypass.binary} env {arguments})" || echo failed'
        done = subprocess.run([*shell.split(), "-c", script], env=daypass.env, capture_output=True, text=True)
        assert done.stdout == "failed\n", done

    def test_gets_a_statement_of_its_own(self, daypass: Daypass):
        assert daypass("env", "dev", "--shell", "fish", code=None).out == "false\n"
        assert daypass("env", "dev", "--shell", "powershell", code=None).out.startswith("throw '")
        assert daypass("env", "dev", "--shell", "json", code=None).out == ""
        assert daypass("env", "--help").code == 0 and "exit 2" not in daypass("env", "--help").out


class TestTheConsole:
    """On a machine without a browser."""

    def test_says_at_once_how_to_print_the_address(self, world: Daypass):
        del world.env["BROWSER"]
        started = time.monotonic()
        refused = world("console", "dev", env={"DISPLAY": "", "WAYLAND_DISPLAY": ""}, code=1)
        assert time.monotonic() - started < 20, "it waited for a browser"
        assert "code: no-browser" in refused.err
        command = re.search("`(daypass console [^`]*)`", refused.err)[1]
        assert world(*shlex.split(command)[1:]).out.startswith("http")


class TestAPerson:
    """At a terminal."""

    @pytest.mark.parametrize(
        ("typed", "told"),
        [("login", "daypass identity login"), ("ls", "daypass role list"), ("run", "daypass exec"), ("bash", "daypass completions bash")],
    )
    def test_who_knows_another_tool_is_told_the_command(self, daypass: Daypass, typed: str, told: str):
        wrong = daypass(typed, code=USAGE)
        assert "tip: " in wrong.err and told in wrong.err

    def test_hears_what_happens_and_nothing_of_libraries(self, world: Daypass):
        told = world("start", "dev", "--verbose").err
        assert "doing the work in this process" in told
        assert not re.search("aws_smithy|hyper|rustls|DEBUG|TRACE", told), told

    def test_sees_colours_unless_none_are_wanted(self, daypass: Daypass):
        run = lambda **env: self.shown(daypass, "config", "get", "nonsense", **env)  # noqa: E731
        assert "\x1b[1;31mdaypass:\x1b[0m no setting is called" in run(TERM="xterm")
        for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            assert "\x1b" not in run(**{"TERM": "xterm"} | env)
        assert "\x1b" not in daypass("config", "get", "nonsense", code=USAGE).err

    def test_sees_a_table_that_fits(self, world: Daypass):
        world("start", "dev")
        narrow, wide = (self.shown(world, "status", columns=columns) for columns in (40, 200))
        assert "PROFILE" in wide and "PROFILE" not in narrow
        assert re.search(r"^dev\n  role +\S+/Developer\n", narrow, re.MULTILINE), narrow

    @staticmethod
    def shown(daypass: Daypass, *command: str, columns: int = 80, **env: str) -> str:
        """What a terminal of this width gets."""
        line = f"stty rows 24 cols {columns}; {shlex.join([str(daypass.binary), *command])}"
        done = subprocess.run(
            ["script", "-qec", line, "/dev/null"],
            env={"TERM": "xterm"} | daypass.env | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        return done.stdout.replace("\r\n", "\n")
