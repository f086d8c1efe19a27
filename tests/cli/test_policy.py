"""The policy of the machine, at its real path, in a mount namespace where only this test sees it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from peers.daypass import Daypass, Outcome
from peers.sandbox import ROLE, Sandbox

INVALID, REFUSED = 2, 5
FILE = "/etc/daypass/policy.toml"

SCRIPT = """
set -e
mount -t tmpfs daypass "$ETC"
cp -a /etc/. "$ETC"
rm -rf "$ETC/daypass"
mkdir -m 755 "$ETC/daypass"
cp "$POLICY" "$ETC/daypass/policy.toml"
chmod "$MODE" "$ETC/daypass/policy.toml"
chmod 755 "$ETC"
mount --bind "$ETC" /etc
exec "$@"
"""

# Root of the machine, or in a namespace where the person is root: then the files are theirs, and count as root's.
UNSHARE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]


class Machine:
    """A machine with a policy."""

    def __init__(self, daypass: Daypass, folder: Path):
        self.daypass, self.file, self.etc = daypass, folder / "policy.toml", folder / "etc"
        self.etc.mkdir()
        self.mode = "644"

    def __call__(self, *args: str | Path, policy: str, code: int = 0) -> Outcome:
        self.file.write_text(policy)
        wrap = (*UNSHARE, "sh", "-c", SCRIPT, "sh")
        env = {"ETC": str(self.etc), "POLICY": str(self.file), "MODE": self.mode}
        return self.daypass(*args, code=code, env=env, wrap=wrap)


@pytest.fixture
def machine(daypass: Daypass, tmp_path: Path) -> Machine:
    """A machine that can have a policy."""
    made = Machine(daypass, tmp_path)
    if subprocess.run([*UNSHARE, "mount", "-t", "tmpfs", "x", made.etc], capture_output=True, check=False).returncode:
        pytest.skip("mount namespaces aren't allowed here")
    return made


@pytest.fixture
def signed_in(daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """A person who is signed in, with a role."""
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    return daypass


def test_what_an_organization_forbids(machine: Machine, signed_in: Daypass, sandbox: Sandbox) -> None:
    """Each limit is decided by the broker, named with the policy's file, and shown where people look."""

    def refused(policy: str, *args: str) -> str:
        outcome = machine(*args, policy=policy, code=REFUSED)
        assert "not-allowed-by-policy" in outcome.err and f"set by your organization ({FILE})" in outcome.err
        return outcome.err

    no_file = '[sessions]\ndeliveries = ["process"]\n'
    refused(no_file, "env", "dev")
    refused(no_file, "console", "dev", "--print")
    refused(no_file, "exec", "dev", "--static", "--", "true")
    machine("credential-process", "--profile", "dev", policy=no_file)
    refused('[sessions]\ndeliveries = ["file"]\n', "credential-process", "--profile", "dev")
    # The usual delivery isn't allowed, so it is the one that is.
    machine("start", "dev", policy=no_file)
    assert "[dev]" not in signed_in.credentials.read_text()
    signed_in("stop", "dev")

    assert "of the kind oidc" in refused('[identities]\nkinds = ["saml"]\n', "identity", "login", "work")
    elsewhere = '[identities]\nproviders = ["*.acme.example"]\n'
    assert "isn't allowed" in refused(elsewhere, "start", "dev")
    add = ("identity", "add", "oidc", "other", "--issuer", "https://evil.example", "--client-id", "x")
    refused(elsewhere, *add)
    listed = machine("identity", "list", "--json", policy=elsewhere).json[0]
    assert listed["problem"]["code"] == "not-allowed-by-policy"

    limits = '[sessions]\nlongest = "15m"\ndeliveries = ["file"]\n'
    shown = machine("config", "get", policy=limits).out
    assert "only file, set by your organization" in shown and "15m at most" in shown
    assert "sessions last 15m at most" in machine("doctor", policy=limits, code=None).out
    assert machine("config", "get", "delivery", "--json", policy=limits).json["allowed"] == ["file"]
    machine("config", "set", "delivery", "file", policy=limits)
    refused(limits, "config", "set", "delivery", "process")
    machine("config", "set", "console.duration", "15m", policy=limits)
    refused(limits, "config", "set", "console.duration", "2h")
    session = machine("start", "dev", "--json", policy=limits).json
    assert session["terms"]["duration"] == "15m", session
    signed_in("stop", "dev")


def test_production_is_read_only(machine: Machine, signed_in: Daypass) -> None:
    """Production accounts are read, unless the policy excepts the role."""
    account = ROLE.split(":")[4]
    read_only = f'[production]\nread_only = true\naccounts = ["{account}"]\n'
    assert machine("start", "dev", "--json", policy=read_only).json["terms"]["read_only"]
    machine("stop", "dev", policy=read_only)
    excepted = machine("start", "dev", "--json", policy=read_only + f'except = ["{ROLE[:-1]}*"]\n').json
    assert not excepted["terms"]["read_only"]
    signed_in("stop", "dev")
    # A mark of the person's or of a catalog counts as well.
    signed_in("account", "set", account, "--production")
    assert machine("start", "dev", "--json", policy="[production]\nread_only = true\n").json["terms"]["read_only"]
    signed_in("stop", "dev")
    # What can't be narrowed is refused.
    signed_in("role", "add", f"arn:aws:iam::{account}:role/Bound", "--identity", "work", "--profile", "bound",
              "--policy-arn", "arn:aws:iam::aws:policy/AmazonS3FullAccess")  # fmt: skip
    assert "doesn't support that" in machine("start", "bound", policy=read_only, code=REFUSED).err


def test_a_policy_that_is_none(machine: Machine, signed_in: Daypass) -> None:
    """One with a mistake, or that others can change, allows nothing that it could forbid. Looking and ending go on."""
    wrong = machine("start", "dev", policy='[sessions]\nlongest = "forever"\n', code=INVALID)
    assert "machine-policy-mistake" in wrong.err and f"{FILE}, line 2, column 11" in wrong.err
    machine("status", policy="[sessions\n")
    machine("identity", "logout", "work", policy="[sessions\n")
    machine.mode = "666"
    open_to_all = machine("start", "dev", policy="", code=REFUSED)
    assert "machine-policy-open" in open_to_all.err and "users other than root can write to /etc/daypass/policy.toml" in open_to_all.err


def test_a_catalog_for_everyone(machine: Machine, daypass: Daypass, tmp_path: Path) -> None:
    """The policy gives a catalog, which comes before the person's of the same name and can't be removed."""
    catalog = tmp_path / "acme.toml"
    catalog.write_text('[account.111122223333]\nname = "Shop"\nproduction = true\n')
    policy = f'[catalog.acme]\nfrom = "{catalog}"\n'
    [view] = machine("catalog", "list", "--json", policy=policy).json
    assert view["byPolicy"] and len(view["waiting"]) == 1, "without a key, it waits like any other"
    assert "set by your organization" in machine("catalog", "list", policy=policy).out
    machine("catalog", "accept", "acme", "--yes", policy=policy)
    assert machine("account", "list", "--json", policy=policy).json[0]["name"] == "Shop"
    assert "not-allowed-by-policy" in machine("catalog", "remove", "acme", "--yes", policy=policy, code=REFUSED).err
