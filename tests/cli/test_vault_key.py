"""Where the vault's key is: `daypass config`, passphrases at a terminal, and key files of others."""

from __future__ import annotations

import os
import shlex
import subprocess

import pytest

from peers.daypass import Daypass
from peers.process import PATIENCE

KEY = "AKIAIOSFODNN7EXAMPLE\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
PROMPT = "Passphrase for the Daypass vault: "
CHOOSE, AGAIN = "Choose a passphrase for the Daypass vault: ", "Enter it again: "
RIGHT = "correct horse"
NOBODY = 65_534

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another user")


@pytest.fixture
def sealed(daypass: Daypass) -> Daypass:
    """A machine with one IAM user in a vault whose key is under a passphrase."""
    daypass("identity", "add", "iam-user", "ann", stdin=KEY)
    daypass.conversation("config", "set", "vault.key", "passphrase", answers=[(CHOOSE, RIGHT), (AGAIN, RIGHT)])
    return daypass


def status(daypass: Daypass, *typed: str, code: int = 0) -> str:
    """The command's terminal, where these passphrases are typed."""
    return daypass.conversation("status", answers=[(PROMPT, one) for one in typed], code=code)


class TestThePassphrase:
    """Typed at a terminal."""

    def test_may_be_right_the_third_time_and_each_wrong_one_is_told(self, sealed: Daypass):
        shown = status(sealed, "wrong", "", RIGHT)
        assert "You have 2 more tries" in shown and "You have one more try" in shown
        assert "ann" in shown and RIGHT not in shown

    def test_is_not_asked_for_again_after_three_wrong_ones(self, sealed: Daypass):
        shown = status(sealed, "x", "y", "z", code=1)
        assert shown.count(PROMPT) == 3
        assert "code: passphrase-wrong" in shown and "vault.age.key.age" in shown

    def test_is_asked_for_once_by_an_agent_at_its_start(self, sealed: Daypass):
        shown = sealed.conversation("agent", answers=[(PROMPT, "x"), (PROMPT, "y"), (PROMPT, "z")], code=1)
        assert "passphrase-wrong" in shown and "is running" not in shown

    def test_takes_as_long_as_the_person_needs(self, sealed: Daypass):
        """The command explains a wait of five seconds, but not to the person who types."""
        script = f"sleep 7; echo {shlex.quote(RIGHT)}"
        command = shlex.join([str(sealed.binary), "status"])
        typing = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE)
        terminal = ["script", "-qec", command, "/dev/null"]
        done = subprocess.run(terminal, env=sealed.env, stdin=typing.stdout, capture_output=True, text=True, timeout=PATIENCE)
        typing.wait()
        assert "ann" in done.stdout and "Still waiting" not in done.stdout, done.stdout

    def test_is_chosen_again_if_the_two_differ_or_it_is_empty(self, daypass: Daypass):
        daypass("config", "set", "vault.key", "passphrase")
        answers = [(CHOOSE, ""), (CHOOSE, RIGHT), (AGAIN, "other"), (CHOOSE, RIGHT), (AGAIN, RIGHT)]
        add = ("identity", "add", "iam-user", "ann")
        key, secret = KEY.split()
        shown = daypass.conversation(*add, answers=[("access key ID: ", key), ("secret access key: ", secret), *answers])
        assert shown.count(PROMPT) == 0, "a command asks once, however often it opens the vault"
        assert "is empty" in shown and "don't match" in shown and "Added identity ann" in shown
        assert "signed in" in status(daypass, RIGHT)


class TestConfig:
    """`daypass config`."""

    def test_says_where_the_file_is_and_what_it_sets(self, daypass: Daypass):
        assert daypass("config", "path").out == f"{daypass.config}\n"
        assert daypass("config", "get", "vault.key").out == f"file:{daypass.home}/vault.key\n"
        assert daypass("config", "get", "settings.vault.key").out.startswith("file:")
        daypass("config", "set", "region", "eu-central-1")
        assert daypass("config", "get", "region").out == "eu-central-1\n"
        listed = daypass("config", "get").out
        assert "vault.key" in listed and "eu-central-1" in listed and "sts.fips" in listed
        daypass("config", "unset", "region")
        assert daypass("config", "get", "region").out == ""

    def test_keeps_every_other_byte(self, daypass: Daypass):
        text = "# ours\n[settings.vault]\nkey = 'keyring' # usually\n\n[identity.work] # theirs\nkind = 'profile'\nprofile='x'\n"
        daypass.config.write_text(text)
        daypass("config", "set", "vault.key", "passphrase")
        assert daypass.config.read_text() == text.replace("'keyring'", '"passphrase"')

    @pytest.mark.parametrize(
        ("setting", "value", "word"),
        [("vault.key", "password", "keyring"), ("vault.key", "file:x", "file:~/"), ("region", "mars", "mars"), ("regoin", "x", "region")],
    )
    def test_refuses_what_can_not_be_right(self, daypass: Daypass, setting: str, value: str, word: str):
        before = daypass.config.read_bytes()
        refused = daypass("config", "set", setting, value, code=2)
        assert word in refused.err and "hint: " in refused.err
        assert daypass.config.read_bytes() == before

    def test_moves_a_vault_that_is_there_to_a_new_key(self, daypass: Daypass):
        daypass("identity", "add", "iam-user", "ann", stdin=KEY)
        moved = daypass("config", "set", "vault.key", "file:~/keys/vault.key")
        assert (daypass.folder / "home/keys/vault.key").stat().st_mode & 0o777 == 0o600
        assert f"removed from the key file {daypass.home}/vault.key" in moved.out
        assert not (daypass.home / "vault.key").exists()
        assert daypass("identity", "list", "--json").json[0]["state"] == "signed-in"

    def test_changes_nothing_if_the_key_of_the_vault_can_not_be_had(self, daypass: Daypass):
        daypass("identity", "add", "iam-user", "ann", stdin=KEY)
        (daypass.home / "vault.key").unlink()
        before = daypass.config.read_bytes()
        refused = daypass("config", "set", "vault.key", "file:~/vault.key", code=1)
        assert "vault.age" in refused.err and "sign in again" in refused.err
        assert daypass.config.read_bytes() == before and not (daypass.folder / "home/vault.key").exists()

    def test_is_what_the_hint_without_a_keyring_says(self, daypass: Daypass):
        """Each command that the hint gives works when it is typed."""
        daypass.config.write_text("# nothing yet\n")
        add = ("identity", "add", "iam-user", "ann")
        refused = daypass(*add, stdin=KEY, code=1)
        assert str(daypass.config) in refused.err
        commands = next(line for line in refused.err.splitlines() if "run: " in line).split("run: ")[1].split(", or ")
        assert len(commands) == 2
        for command in commands:
            assert daypass(*shlex.split(command)[1:]).code == 0
        daypass(*add, stdin=KEY)
        assert (daypass.folder / "home/.config/daypass/vault.key").exists()


class TestAKeyFile:
    """That a shared config.toml names."""

    def test_of_a_colleague_whose_home_is_not_here_is_not_made(self, daypass: Daypass):
        elsewhere = daypass.folder / "homes/colleague/.config/daypass/vault.key"
        daypass.config.write_text(f'[settings.vault]\nkey = "file:{elsewhere}"\n')
        refused = daypass("identity", "add", "iam-user", "ann", stdin=KEY, code=1)
        assert str(elsewhere.parent) in refused.err and "daypass vault move" in refused.err
        assert not (daypass.folder / "homes").exists()

    @needs_root
    def test_in_a_colleagues_home_is_not_made_by_root(self, daypass: Daypass):
        theirs = daypass.folder / "colleague"
        theirs.mkdir()
        os.chown(theirs, NOBODY, NOBODY)
        for name in ("vault.key", "keys/vault.key"):
            daypass.config.write_text(f'[settings.vault]\nkey = "file:{theirs / name}"\n')
            refused = daypass("identity", "add", "iam-user", "ann", stdin=KEY, code=1)
            assert str(theirs) in refused.err and "hint: " in refused.err
        assert not list(theirs.iterdir())
