"""Sessions in shells: `daypass env`, `use`, `shell` and `prompt`, in the shells that people have."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.process import PATIENCE, wait_until
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox
from peers.terminal import Terminal

AWS = Path(sys.executable).with_name("aws")
NU = Path(__file__).parents[1] / "peers/node/node_modules/@nushell/linux-x64/bin/nu"
WHO = "aws sts get-caller-identity --query Arn"

STALE = {
    "AWS_PROFILE": "legacy",
    "AWS_DEFAULT_PROFILE": "legacy",
    "AWS_SECURITY_TOKEN": "x",
    "AWS_ROLE_ARN": ROLE,
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/",
}
"""What would win over a session's keys, for one tool or another."""


@pytest.fixture(params=["agent", "no agent"])
def ready(request: pytest.FixtureRequest, daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """Signed in, with and without an agent. `daypass` is the command under test in shells too, and `aws` the AWS CLI."""
    daypass.with_agent = request.param == "agent"
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "read"))
    daypass.env["PATH"] = f"{daypass.binary.parent}:{AWS.parent}:{daypass.env['PATH']}"
    return daypass


@pytest.fixture
def signed_in(daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """The same without an agent, for what has nothing to do with one."""
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"), (OTHER_ROLE, "read"))
    daypass.env["PATH"] = f"{daypass.binary.parent}:{AWS.parent}:{daypass.env['PATH']}"
    return daypass


def run(daypass: Daypass, argv: list[str | Path], env: dict[str, str] | None = None, code: int = 0) -> str:
    done = subprocess.run(
        [str(a) for a in argv], env=daypass.env | (env or {}), capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == code, f"{argv}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


EVALUATED = {
    "sh": ["sh", "-c", 'eval "$(daypass env dev)"; {}'],
    "bash": ["bash", "-c", 'eval "$(daypass env dev --shell bash)"; {}'],
    "zsh": ["zsh", "-fc", 'eval "$(daypass env dev --shell zsh)"; {}'],
    "fish": ["fish", "-Nc", "daypass env dev --shell fish | source; {}"],
    "nu": [NU, "-nc", "daypass env dev --shell nu | from json | load-env; {}"],
}


@pytest.mark.parametrize("shell", EVALUATED)
def test_env_wins_over_what_the_shell_had(shell: str, signed_in: Daypass):
    signed_in("start", "dev")
    *argv, script = EVALUATED[shell]
    assert ":assumed-role/Developer/" in run(signed_in, [*argv, script.format(WHO)], STALE)
    seen = run(signed_in, [*argv, script.format("^env" if shell == "nu" else "env")], STALE)
    found = dict(line.split("=", 1) for line in seen.splitlines() if line.startswith(("AWS_", "DAYPASS_")))
    assert not STALE.keys() & found.keys()
    assert found["AWS_REGION"] == "eu-central-1" and found["DAYPASS_ROLE"] == "444455556666/Developer"


def test_env_for_files_and_programs(signed_in: Daypass):
    signed_in("start", "dev")
    file = signed_in("env", "dev", "--shell", "dotenv").out
    told = dict(line.split("=", 1) for line in file.splitlines() if not line.startswith("#"))
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"} < told.keys()
    assert "AWS_PROFILE" in file.splitlines()[-1] and file.splitlines()[-1].startswith("#")

    flat = json.loads(signed_in("env", "dev", "--shell", "json").out)
    assert flat == told
    whole = json.loads(signed_in("env", "dev", "--json").out)
    assert whole["variables"] == told and {"AWS_PROFILE", "AWS_SECURITY_TOKEN"} < set(whole["unset"])
    cmd = signed_in("env", "dev", "--shell", "cmd").out.splitlines()
    assert f'set "AWS_SESSION_TOKEN={told["AWS_SESSION_TOKEN"]}"' in cmd and 'set "AWS_PROFILE="' in cmd


def test_the_persons_region_stays_where_the_role_has_none(signed_in: Daypass):
    signed_in("role", "remove", "read")
    signed_in("role", "add", OTHER_ROLE, "--identity", "work", "--profile", "read")
    signed_in("start", "read")
    script = 'eval "$(daypass env read)"; echo "$AWS_REGION"'
    assert run(signed_in, ["sh", "-c", script], {"AWS_REGION": "eu-north-1"}) == "eu-north-1\n"
    # The region of an earlier session isn't the person's.
    script = f'eval "$(daypass env dev)"; {script}'
    assert run(signed_in, ["sh", "-c", script]) == "\n"
    assert run(signed_in, ["sh", "-c", script], {"AWS_REGION": "eu-north-1"}) == "\n"
    # Nor can one work in another partition.
    seen = signed_in("exec", "read", "--", "sh", "-c", 'echo "${AWS_REGION-none}"', env={"AWS_REGION": "cn-north-1"})
    assert seen.out == "none\n" and "doesn't have a region" in seen.err


FUNCTIONS = {
    "bash": (["bash", "-c"], 'eval "$(daypass init bash)"'),
    "zsh": (["zsh", "-fc"], 'eval "$(daypass init zsh)"'),
    "fish": (["fish", "-Nc"], "daypass init fish | source"),
}


@pytest.mark.parametrize("shell", FUNCTIONS)
def test_use_makes_a_role_that_of_the_shell(shell: str, ready: Daypass):
    argv, init = FUNCTIONS[shell]
    script = (
        f"{init}\ndaypass use read; daypass prompt; {WHO}; env | grep ^AWS_ | cut -d= -f1 | sort | paste -sd,\n"
        "daypass use nonsense; echo went on; daypass use --help; daypass unuse\n"
        'env | grep -E "^(AWS_(PROFILE|REGION)|DAYPASS_[PRU])"; daypass prompt; echo end'
    )
    stale = STALE | {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}
    prompt, arn, names, *rest = run(ready, [*argv, script], stale).splitlines()
    # An agent renews the session for as long as the person is signed in, and the provider doesn't tell how long that is.
    assert prompt == "read" if ready.with_agent else prompt in ("read 59 min", "read 1 h 00 min"), prompt
    assert ":assumed-role/ReadOnly/" in arn
    settings = {name for name in ready.env if name.startswith("AWS_")}
    assert set(names.split(",")) == settings | {"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"}
    assert rest == ["went on", "end"]
    assert ready.session("read"), "the session goes on"


def test_use_without_the_function_says_how_to_get_it(signed_in: Daypass):
    told = signed_in("use", "dev", code=2, env={"SHELL": "/usr/bin/zsh"})
    assert 'eval "$(daypass init zsh)"' in told.err and "~/.zshrc" in told.err and "no-shell-function" in told.err
    assert not signed_in.session("dev")


def test_the_prompt_is_silent_where_nothing_is_in_use(ready: Daypass):
    assert ready("prompt").out == ""
    assert ready("prompt", env={"AWS_PROFILE": "legacy"}).out == ""
    ready("start", "dev")
    told = lambda: ready("prompt", "--format", "{profile}/{account}/{role}/{region}", env={"AWS_PROFILE": "dev"}).out  # noqa: E731
    if ready.with_agent:  # The prompt doesn't wait for one that is busy.
        wait_until(lambda: told() == "dev/444455556666/Developer/eu-central-1\n", what="the agent to answer in time")
    else:
        assert told() == "", "only variables are known"
    assert "remaining" in ready("prompt", "--format", "{nonsense}", code=2).err


def test_the_prompt_opens_no_vault(signed_in: Daypass):
    signed_in("start", "dev")
    marks = {"AWS_PROFILE": "dev", "DAYPASS_PROFILE": "dev", "DAYPASS_ROLE": "444455556666/Developer"}
    traced = signed_in("prompt", env=marks, wrap=("strace", "-f", "-e", "trace=openat,connect"))
    assert traced.out == "dev\n"
    assert str(signed_in.home / "vault") not in traced.err and "config.toml" not in traced.err


SHELLS = {
    "bash": (".bashrc", "PS1='mine> '; PROMPT_COMMAND='true;'"),
    "zsh": (".zshrc", "PROMPT='mine> '"),
    "fish": (".config/fish/config.fish", "function fish_prompt; echo -n 'mine> '; end"),
    "dash": (".profile", ""),
}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_subshell_is_the_persons_own_with_a_mark(shell: str, ready: Daypass):
    file, text = SHELLS[shell]
    start_file = Path(ready.env["HOME"]) / file
    start_file.parent.mkdir(parents=True, exist_ok=True)
    start_file.write_text(f"{text}\n")
    path = shutil.which(shell)
    assert path, f"{shell} is not installed"
    with Terminal([ready.binary, "shell", "dev"], ready.env | {"SHELL": path}) as terminal:
        terminal.wait_for("This shell uses profile dev, 444455556666/Developer")
        terminal.wait_for("[$#] " if shell == "dash" else r"\[dev[^\]]*\] mine> ")
        terminal.enter(WHO)
        terminal.wait_for(":assumed-role/Developer/")
        terminal.enter("daypass shell read")
        terminal.wait_for("--nested")
        terminal.enter("exit 7")
        assert terminal.ends() == 7
    assert ready.untouched()


def test_a_start_in_a_shell_without_the_file_says_what_to_do(ready: Daypass):
    # The default profile of the file has keys, so `exec` hides the file.
    refused = ready("exec", "dev", "--", ready.binary, "start", "read", code=5)
    assert "hides the AWS credentials file" in refused.err and "--nested" in refused.err
    assert ready.untouched()


def test_scripts_ask_how_long_a_session_lasts(ready: Daypass, sandbox: Sandbox):
    ready("start", "dev")
    ready("start", "read")
    left = int(ready("status", "dev", "--remaining").out)
    assert 0 < left <= 3600
    lines = ready("status", "--format", "{profile}:{account}/{role}:{state}").out.splitlines()
    assert lines == ["dev:444455556666/Developer:active", f"read:{OTHER_ROLE.split(':')[4]}/ReadOnly:active"]
    assert ready("status", "dev", "--format", "{region}").out == "eu-central-1\n"
    one = json.loads(ready("status", "read", "--json").out)
    assert [session["profile"] for session in one["sessions"]] == ["read"]
    missing = ready("status", "nobody", "--remaining", code=4)
    assert missing.out == "" and "nobody" in missing.err


def test_a_session_that_is_over_has_no_seconds_left(signed_in: Daypass):
    signed_in("start", "dev")
    over = signed_in("status", "dev", "--remaining", wrap=("faketime", "-f", "+2h"), code=6)
    assert over.out == "0\n" and "expired" in over.err and "daypass renew dev" in over.err
