"""The names that shells complete at the Tab key, in real shells. Neither the vault nor an agent is asked for them."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.process import PATIENCE, wait_until
from peers.sandbox import OTHER_ROLE, ROLE, Sandbox
from peers.screen import Screen

TAB = "\t"

HOSTILE = "x & touch pwned | $(touch pwned) `touch pwned` && *"

CONFIG = """
[identity.work]
kind = "profile"
profile = "legacy"

[identity.home]
kind = "profile"
profile = "legacy"

[[role]]
arn = "arn:aws:iam::111122223333:role/Admin"
identity = "work"
profile = "shop"

[[role]]
arn = "arn:aws:iam::111122223333:role/Admin"
identity = "home"
profile = "it ${HOME}"

[[role]]
arn = "arn:aws:iam::444455556666:role/Developer"
identity = "work"
profile = "HOSTILE"
""".replace("HOSTILE", HOSTILE)

TO_BASH = "source <(daypass completions bash); PS1='$ '"
TO_ZSH = "autoload -U compinit; compinit -u -D; source <(daypass completions zsh); unsetopt beep; PS1='$ '; setopt no_menu_complete"
TO_FISH = "daypass completions fish | source; function fish_prompt; echo '$ '; end"


@pytest.fixture
def machine(daypass: Daypass, tmp_path: Path) -> Daypass:
    """One whose `daypass` is in PATH, as it is when installed, with a config that a stranger wrote."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "daypass").symlink_to(daypass.binary)
    daypass.env["PATH"] = f"{programs}:{daypass.env['PATH']}"
    daypass.config.write_text(daypass.config.read_text() + CONFIG)
    return daypass


def bash(machine: Daypass, line: str) -> list[str]:
    """What a line becomes after Tab: of all answers the rest of the line that readline would put there."""
    script = f"""{TO_BASH}
COMP_LINE=$1 COMP_POINT=${{#1}} COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:' COMP_WORDS=() COMP_CWORD=0
_daypass_complete daypass "" ""
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    argv = ["bash", "--norc", "-c", script, "bash", line]
    done = subprocess.run(argv, env=machine.env, cwd=machine.folder, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return [answer for answer in done.stdout.splitlines() if answer]


def in_bash(machine: Daypass, keys: str, *shown: str) -> list[str]:
    return in_shell(machine, ["bash", "--norc", "-i"], TO_BASH, keys, *shown)


def in_shell(machine: Daypass, shell: list[str], setup: str, keys: str, *shown: str) -> list[str]:
    """Types into a shell on a terminal, and returns what `printf` in place of the command got."""
    got = machine.folder / "got"
    got.unlink(missing_ok=True)
    env = machine.env | {"TERM": "dumb" if "fish" not in shell[0] else "xterm", "HOME": str(machine.folder / "home")}
    with Screen([*shell], env, size=(200, 50)) as there:
        there.type(f"{setup}; echo re''ady\r")
        there.shows("ready")
        there.type(keys)
        there.shows(*shown)
        # The command that was completed isn't run: the line is turned into a look at its words.
        there.type(f"\x01printf '%s\\n' \x05 > {got}; echo do''ne\r")
        there.shows("done")
        there.type("exit\r")
        there.ends()
    return got.read_text().splitlines()


def test_bash_completes_names(machine: Daypass):
    assert bash(machine, "daypass st") == ["start", "stop", "status"]
    assert bash(machine, "daypass identity add s") == ["saml"]
    assert "shop" in bash(machine, "daypass start ")
    assert bash(machine, "daypass start sh") == ["shop"]
    assert bash(machine, "daypass start SH") == ["shop"]
    assert bash(machine, "daypass start 4444") == ["444455556666/Developer"]
    assert bash(machine, "daypass start work:") == ["111122223333/Admin"], "the rest after the colon"
    assert bash(machine, "daypass console --region eu-c") == ["eu-central-1", "eu-central-2"]
    assert bash(machine, "daypass console --region=eu-central-2") == ["eu-central-2"]
    assert bash(machine, "daypass identity login ") == ["home", "work"]
    assert bash(machine, "daypass role add x --identity=wo") == ["work"]
    assert bash(machine, "daypass exec sh") == ["shop"]
    assert bash(machine, "daypass start --no") == ["--no-sign-in"]
    assert bash(machine, "daypass start nothing-like-it") == []
    machine("account", "set", "444455556666", "--name", "Shop – production", "--alias", "shop-prod")
    assert bash(machine, "daypass start shop-p") == ["shop-prod/Developer"]


def test_names_are_quoted_and_run_nothing(machine: Daypass):
    for typed in ("x", "'x", '"x'):
        (answer,) = bash(machine, f"daypass start {typed}")
        opened = typed[:-1]
        done = subprocess.run(
            ["bash", "-c", f"printf '%s\\n' {opened}{answer}{opened}"], cwd=machine.folder, capture_output=True, text=True
        )
        assert done.stdout == f"{HOSTILE}\n"
    assert in_bash(machine, f"daypass start x{TAB}", "pwned") == ["daypass", "start", HOSTILE]
    assert in_bash(machine, f"daypass start 'it{TAB}", "HOME") == ["daypass", "start", "it ${HOME}"]
    assert not (machine.folder / "pwned").exists()


@pytest.mark.skipif(not shutil.which("zsh"), reason="needs zsh")
def test_zsh_completes_and_quotes(machine: Daypass):
    zsh: Callable = lambda keys, *shown: in_shell(machine, ["zsh", "-f", "-i"], TO_ZSH, keys, *shown)  # noqa: E731
    assert zsh(f"daypass start sh{TAB}", "shop ") == ["daypass", "start", "shop"]
    assert zsh(f"daypass start x{TAB}", "pwned") == ["daypass", "start", HOSTILE]
    assert zsh(f"daypass start work:{TAB}", "Admin") == ["daypass", "start", "work:111122223333/Admin"]
    assert zsh(f"daypass start it\\ {TAB}", "HOME") == ["daypass", "start", "it ${HOME}"]
    assert not (machine.folder / "pwned").exists()


@pytest.mark.skipif(not shutil.which("fish"), reason="needs fish")
def test_fish_completes_and_quotes(machine: Daypass):
    def fish(line: str) -> list[str]:
        script = f"{TO_FISH}; complete --do-complete $argv[1]"
        argv = ["fish", "--no-config", "-c", script, line]
        done = subprocess.run(argv, env=machine.env, cwd=machine.folder, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return [answer.split("\t")[0] for answer in done.stdout.splitlines()]

    assert fish("daypass start sh") == ["shop"]
    assert fish("daypass start work:") == ["work:111122223333/Admin"]
    assert fish("daypass identity login ") == ["home", "work"]
    assert fish("daypass start x") == [HOSTILE], "fish quotes it when it inserts it"
    assert fish("daypass start it\\ ") == ["it ${HOME}"]
    assert not (machine.folder / "pwned").exists()


def test_names_are_those_of_the_catalog_and_open_nothing(machine: Daypass, sandbox: Sandbox):
    machine.add_identity(sandbox.issuer, "--roles-claim", "https://aws.amazon.com/roles", name="corp")
    assert bash(machine, "daypass identity logout c") == ["corp"]
    assert bash(machine, "daypass start 4444") == ["444455556666/Developer"], "the declared one"
    machine("identity", "login", "corp")
    assert bash(machine, "daypass start corp:4444") == ["444455556666/Developer"]
    machine("start", f"corp:{OTHER_ROLE}", "--profile", "audit")
    assert bash(machine, "daypass renew ") == ["audit"]
    machine("stop", "audit")
    assert "audit" not in bash(machine, "daypass renew ")
    assert bash(machine, "daypass start au") == ["audit"], "it starts the same role again"

    # Without the key, nothing can be opened, and the names are there.
    key = machine.home / "vault.key"
    key.rename(key.with_suffix(".away"))
    assert bash(machine, "daypass start corp:4444") == ["444455556666/Developer"]
    machine.config.write_text(machine.config.read_text().replace('profile = "shop"', 'profile = "shop-2"'))
    assert bash(machine, "daypass start shop") == ["shop-2"]
    assert bash(machine, "daypass start corp:4444") == ["444455556666/Developer"]
    key.with_suffix(".away").rename(key)

    files = [machine.home / "names.json", machine.home / "recent.json"]
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert "ASIA" not in file.read_text()
    assert json.loads(files[1].read_text())["roles"] == [f"corp:{OTHER_ROLE}"]
    machine("identity", "logout", "corp")
    assert bash(machine, "daypass start corp:4444") == []
    machine("identity", "remove", "corp", "--yes")
    assert all("corp" not in file.read_text() for file in files)


def test_an_agent_keeps_the_names_fresh(machine: Daypass, sandbox: Sandbox):
    machine.with_agent = True
    machine.sign_in(sandbox.issuer, (ROLE, "dev"), name="corp")
    machine("start", "dev")
    wait_until(lambda: bash(machine, "daypass stop d") == ["dev"], seconds=PATIENCE, what="the session's profile")
    machine.config.write_text(machine.config.read_text().replace('"shop"', '"shop-3"'))
    assert bash(machine, "daypass start shop") == ["shop-3"]
