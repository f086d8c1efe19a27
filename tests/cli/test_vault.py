"""The vault moves, is locked and unlocked, and a set-up is exported and restored."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.process import PATIENCE, wait_until
from peers.sandbox import ROLE, Sandbox

PROMPT = "Passphrase for the Daypass vault: "
CHOOSE, AGAIN = "Choose a passphrase for the Daypass vault: ", "Enter it again: "
OLD, NEW = "correct horse", "battery staple"
KEY_ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
FAILED, INVALID, NOT_FOUND, REFUSED = 1, 2, 4, 5


@pytest.fixture
def world(daypass: Daypass, sandbox: Sandbox) -> Daypass:
    """A running session `dev`, and an agent away from any terminal."""
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass("start", "dev")
    if not daypass.running_agent:
        daypass.agent()
    return daypass


def key_of(daypass: Daypass, code: int = 0) -> str:
    """The access key that tools get, or what they are told."""
    outcome = daypass("credential-process", "--profile", "dev", code=code)
    return json.loads(outcome.out)["AccessKeyId"] if code == 0 else outcome.err


def test_a_vault_moves_under_an_agent_is_locked_and_unlocked(world: Daypass):
    key, file = key_of(world), world.home / "vault.key"
    moved = world.conversation("vault", "move", "passphrase", answers=[(CHOOSE, OLD), (AGAIN, OLD)])
    assert "The vault has a new key" in moved and f"removed from the key file {file}" in moved
    assert not file.exists() and (world.home / "vault.age.key.age").exists()
    assert key_of(world) == key, "the agent accepted the new key without asking"

    changed = [(PROMPT, OLD), (CHOOSE, NEW), (AGAIN, NEW)]
    assert "a new passphrase" in world.conversation("vault", "passphrase", answers=changed)
    assert "Locked the vault" in world("lock").out
    refused = key_of(world, FAILED)
    assert "vault-locked" in refused and "daypass unlock" in refused
    assert key in world.credentials.read_text(), "the credentials file keeps what it has"
    state = world.conversation("vault", "status", answers=[(PROMPT, NEW)])
    assert "is locked" in state and "passphrase-sealed key" in state

    assert "code: passphrase-wrong" in world("unlock", stdin=f"{OLD}\n", code=FAILED).err
    assert "vault-locked" in key_of(world, FAILED)
    assert "Unlocked the vault" in world("unlock", stdin=f"{NEW}\n").out
    assert key_of(world) == key
    assert "isn't locked" in world("unlock").out
    events = [line["event"] for line in world("logs", "list", "--json").json["lines"]]
    for event in ("vault-moved", "passphrase-changed", "vault-locked", "vault-unlocked"):
        assert event in events
    assert "unchanged" in world.conversation("logs", "verify", answers=[(PROMPT, NEW)])


def test_profiles_leave_the_file_with_the_lock_if_the_person_wants_that(world: Daypass):
    world("config", "set", "vault.lock_removes_profiles", "true")
    key = key_of(world)
    world("lock")
    assert key not in world.credentials.read_text()
    world("unlock")
    wait_until(lambda: key in world.credentials.read_text(), what="the profile to come back")


def test_a_vault_under_a_passphrase_waits_for_it_in_an_agent_without_a_terminal(world: Daypass):
    world.conversation("vault", "move", "passphrase", answers=[(CHOOSE, OLD), (AGAIN, OLD)])
    world("agent", "stop")
    in_background = world("serve", "dev", "--detach", code=FAILED)
    assert "code: passphrase-needed" in in_background.err, "nothing in the background could ask"
    assert "code: no-agent" in world("lock", code=NOT_FOUND).err
    world.running_agent = None
    world.agent()
    assert "daypass unlock" in key_of(world, FAILED)
    world("unlock", stdin=f"{OLD}\n")
    assert key_of(world).startswith("ASIA")
    served = world("serve", "dev", "--detach", "--json").json
    assert len(served) == 1
    world("serve", "revoke", "--all")


def test_the_vault_is_locked_with_the_screen(bus: str, world: Daypass):
    world("config", "set", "vault.lock_with_screen", "true")

    def emit(signal: str, value: str) -> None:
        command = ["gdbus", "emit", "--session", "--object-path", "/org/freedesktop/ScreenSaver", "--signal", signal, value]
        subprocess.run(command, env=world.env, check=True, timeout=PATIENCE)

    def is_locked() -> bool:
        emit("org.gnome.ScreenSaver.ActiveChanged", "true")
        return world("vault", "status", "--json").json["agent"]["locked"] == "screen"

    emit("org.freedesktop.ScreenSaver.ActiveChanged", "false")
    assert world("vault", "status", "--json").json["agent"]["locked"] is None
    wait_until(is_locked, what="the vault to be locked", every=0.5)
    world("unlock")
    assert key_of(world)


class TestAnExport:
    """Of a set-up with an access key."""

    @pytest.fixture
    def set_up(self, daypass: Daypass) -> Daypass:
        daypass("identity", "add", "iam-user", "ann", stdin=f"{KEY_ID}\n{SECRET}\n")
        text = daypass.config.read_text()
        daypass.config.write_text(f"# ours\n{text}")
        return daypass

    def test_without_secrets_is_the_file_as_it_is(self, set_up: Daypass):
        assert set_up("export").out == set_up.config.read_text()
        file = set_up.folder / "copy.toml"
        set_up("export", "--output", file)
        assert file.stat().st_mode & 0o777 == 0o600 and file.read_text() == set_up.config.read_text()
        assert "code: export-exists" in set_up("export", "--output", file, code=REFUSED).err
        set_up("export", "--output", file, "--force")

    def test_with_secrets_is_sealed_and_comes_back_elsewhere(self, set_up: Daypass, tmp_path: Path):
        assert "code: export-to-terminal" in set_up.conversation("export", "--with-secrets", answers=[], code=REFUSED)
        file = set_up.folder / "daypass.age"
        wrote = set_up("export", "--with-secrets", "--output", file, stdin=f"{OLD}\n")
        assert "with 2 secrets" in wrote.out and KEY_ID not in file.read_text()
        assert file.read_text().startswith("-----BEGIN AGE ENCRYPTED FILE-----")

        other = Daypass(tmp_path / "other")
        try:
            before = other.config.read_bytes()
            assert "code: passphrase-wrong" in other("restore", file, "--yes", stdin=f"{NEW}\n", code=REFUSED).err
            cut = tmp_path / "cut.age"
            cut.write_bytes(file.read_bytes()[:300])
            assert "code: export-unreadable" in other("restore", cut, "--yes", stdin=f"{OLD}\n", code=INVALID).err
            plan = other("restore", file, "--dry-run", stdin=f"{OLD}\n").out
            assert "+ identity ann (iam-user)" in plan and "+ secret secret_access_key of ann" in plan and SECRET not in plan
            assert other.config.read_bytes() == before
            assert "code: not-confirmed" in other("restore", file, stdin=f"{OLD}\n", code=FAILED).err
            assert "Took over" in other("restore", file, "--yes", stdin=f"{OLD}\n").out
            assert "Nothing to change" in other("restore", file, "--yes", stdin=f"{OLD}\n").out
            assert other("identity", "list", "--json").json[0]["state"] == "signed-in"
        finally:
            other.end_background()
