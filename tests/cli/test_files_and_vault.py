"""Failures of the disk, the vault and the keyring. The message explains them, and nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from peers.daypass import OTHERS, Daypass, Outcome
from peers.private_desktop import PrivateDesktop, private_desktop
from peers.oidc_provider import Issuer
from peers.process import wait_until
from peers.sandbox import ROLE, Sandbox

NAMESPACE = ("unshare", "--mount", *(() if os.geteuid() == 0 else ("--user", "--map-root-user")))


def in_mounts(script: str, *values: Path) -> tuple[str, ...]:
    """A wrapper that runs a command where `script` has mounted something, invisible to other processes."""
    if subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode:
        pytest.skip("this machine allows no mount namespaces")
    count = len(values)
    return (*NAMESPACE, "sh", "-ec", f'{script}; shift {count}; exec "$@"', "sh", *map(str, values))


@pytest.fixture
def signed_in(daypass: Daypass, sandbox: Sandbox) -> Daypass:
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    return daypass


class TestTheCredentialsFile:
    """`start` and `stop` with a credentials file in a bad place."""

    def test_in_a_read_only_folder(self, signed_in: Daypass):
        script = 'mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"'
        refused = signed_in("start", "dev", wrap=in_mounts(script, signed_in.credentials.parent), code=1)
        assert str(signed_in.credentials) in refused.err and "read-only" in refused.err.lower()
        assert "hint: " in refused.err
        assert signed_in.untouched()

    def test_on_a_full_disk(self, signed_in: Daypass, tmp_path: Path):
        # A disk of 16 KiB that the file itself fills. Afterwards the script copies what the command left there.
        big = OTHERS + b"\n" + b"# filling\n" * 1200
        signed_in.credentials.write_bytes(big)
        script = 'cp -a "$1/." "$2"; mount -t tmpfs -o size=16k tmpfs "$1"; cp -a "$2/." "$1"'
        saved, after = tmp_path / "saved", tmp_path / "after"
        saved.mkdir()
        after.mkdir()
        folder = signed_in.credentials.parent
        keep = ("sh", "-c", 'out=$1; from=$2; shift 2; "$@"; code=$?; cp -a "$from/." "$out"; exit $code', "sh")
        wrap = (*in_mounts(script, folder, saved), *keep, str(after), str(folder))
        refused = signed_in("start", "dev", wrap=wrap, code=1)
        assert str(signed_in.credentials) in refused.err and "space" in refused.err.lower()
        assert [f.name for f in after.iterdir() if f.name.startswith("credentials") and f.stat().st_size] == ["credentials"]
        assert (after / "credentials").read_bytes() == big

    def test_in_another_users_folder(self, signed_in: Daypass):
        # Root can write everywhere unless it loses that capability.
        wrap = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override") if os.geteuid() == 0 else ()
        signed_in.credentials.parent.chmod(0o555)
        try:
            refused = signed_in("start", "dev", code=1, wrap=wrap)
        finally:
            signed_in.credentials.parent.chmod(0o755)
        assert str(signed_in.credentials) in refused.err and "permission" in refused.err.lower()
        assert signed_in.untouched()

    def test_behind_a_symlink(self, signed_in: Daypass, tmp_path: Path):
        target = tmp_path / "dotfiles/aws-credentials"
        target.parent.mkdir()
        signed_in.credentials.rename(target)
        signed_in.credentials.symlink_to(target)
        signed_in("start", "dev")
        assert signed_in.credentials.is_symlink() and b"[dev]" in target.read_bytes()
        signed_in("stop", "dev")
        assert signed_in.credentials.is_symlink() and target.read_bytes() == OTHERS

    def test_that_is_not_there_yet(self, signed_in: Daypass):
        signed_in.credentials.unlink()
        signed_in.credentials.parent.rmdir()
        signed_in("start", "dev")
        assert signed_in.credentials.stat().st_mode & 0o777 == 0o600
        assert "assumed-role/Developer/" in signed_in.caller("dev")
        signed_in("stop", "dev")
        assert "[dev]" not in (signed_in.credentials.read_text() if signed_in.credentials.exists() else "")

    @pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
    def test_keeps_its_mode(self, signed_in: Daypass, mode: int):
        signed_in.credentials.chmod(mode)
        signed_in("start", "dev")
        assert signed_in.credentials.stat().st_mode & 0o777 == mode

    @pytest.mark.parametrize(
        "text",
        [
            OTHERS.replace(b"\n", b"\r\n"),
            b"\xef\xbb\xbf" + OTHERS,
            OTHERS + b"\n[legacy]\naws_access_key_id = twice\n",
            b"not an ini file at all\n\x00\xff\n",
            b"",
        ],
        ids=["CRLF", "BOM", "twice", "binary", "empty"],
    )
    def test_of_any_kind_comes_back_byte_for_byte(self, signed_in: Daypass, text: bytes):
        signed_in.credentials.write_bytes(text)
        signed_in("start", "dev")
        written = signed_in.credentials.read_bytes()
        assert b"[dev]" in written
        signed_in("stop", "dev")
        assert signed_in.credentials.read_bytes() == text

    def test_that_another_program_edits_meanwhile(self, signed_in: Daypass):
        signed_in("start", "dev")
        text = signed_in.credentials.read_bytes()
        signed_in.credentials.write_bytes(b"# mine, at the top\n" + text + b"\n[new]\naws_access_key_id = AKIANEW\n")
        signed_in("stop", "dev")
        kept = signed_in.credentials.read_bytes()
        assert kept.startswith(b"# mine, at the top\n") and b"[new]\naws_access_key_id = AKIANEW\n" in kept
        assert b"[dev]" not in kept

    def test_is_whole_when_the_command_is_killed_as_it_renames(self, signed_in: Daypass, tmp_path: Path):
        calls = "rename,renameat,renameat2"
        for injection in ("signal=KILL", "error=EIO"):
            # The vault's rename comes first and succeeds, because Daypass saves a session before delivering it.
            wrap = ("strace", "-f", "-qq", "-o", str(tmp_path / "strace"), "-e", f"trace={calls}",
                    "-e", f"inject={calls}:{injection}:when=2")  # fmt: skip
            assert signed_in("start", "dev", wrap=wrap, code=None).code != 0
            assert str(signed_in.credentials) in (tmp_path / "strace").read_text(), "it is that rename that failed"
            assert signed_in.untouched(), injection
            signed_in("stop", "--all")
        signed_in("start", "dev")
        assert "assumed-role/Developer/" in signed_in.caller("dev")
        signed_in("stop", "dev")
        assert signed_in.untouched()


class TestTheVault:
    """The sealed file and its key."""

    def vault(self, daypass: Daypass) -> Path:
        return daypass.home / "vault.age"

    def test_with_the_wrong_key(self, signed_in: Daypass):
        sealed = self.vault(signed_in).read_bytes()
        key = signed_in.home / "vault.key"
        key.rename(key.with_suffix(".old"))
        signed_in("start", "dev", code=1)  # Daypass doesn't replace a missing key, because the vault is sealed with it
        assert not key.exists(), "a new key beside a sealed vault would be of no use"
        key.write_text(
            "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33\n"  # from age's own documentation
        )
        key.chmod(0o600)
        refused = signed_in("start", "dev", code=1)
        assert str(self.vault(signed_in)) in refused.err and "key" in refused.err
        assert self.vault(signed_in).read_bytes() == sealed

    @pytest.mark.parametrize("damage", ["cut", "flipped", "emptied"])
    def test_that_is_damaged(self, signed_in: Daypass, damage: str):
        sealed = self.vault(signed_in).read_bytes()
        flipped = sealed[:-5] + bytes([sealed[-5] ^ 1]) + sealed[-4:]
        damaged = {"cut": sealed[: len(sealed) // 2], "flipped": flipped, "emptied": b""}[damage]
        self.vault(signed_in).write_bytes(damaged)
        refused = signed_in("start", "dev", code=1)
        assert str(self.vault(signed_in)) in refused.err and "damaged" in refused.err.lower()
        assert self.vault(signed_in).read_bytes() == damaged, "a damaged vault may be repairable, so never overwrite it"

    @pytest.mark.parametrize("kind", ["full", "read-only"])
    def test_that_cannot_be_written_costs_no_refresh_token(self, daypass: Daypass, sandbox: Sandbox, kind: str, tmp_path: Path):
        # Tokens that last 20 seconds are replaced at once. The sandbox ends a sign-in whose refresh token is used twice.
        sandbox.turn(id_token_seconds=20)
        daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
        saved = tmp_path / "saved"
        saved.mkdir()
        refreshes = lambda: [seen for seen in sandbox.seen() if "/token" in json.dumps(seen)]  # noqa: E731
        before = len(refreshes())
        if kind == "full":
            full = 'mount -t tmpfs -o size=256k tmpfs "$1"; cp -a "$2/." "$1"; dd if=/dev/zero of="$1/filling" 2>/dev/null || true'
            wrap = in_mounts(f'cp -a "$1/." "$2"; {full}', daypass.home, saved)
        else:
            wrap = in_mounts('mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"; : "$2"', daypass.home, saved)
        refused = daypass("credential-process", "--profile", "dev", wrap=wrap, code=1)
        assert ("space" if kind == "full" else "read-only") in refused.err.lower()
        assert len(refreshes()) == before, "nothing was spent"
        daypass("start", "dev")
        assert len(refreshes()) > before
        assert daypass.browser_opened() == 1, daypass.visits()

    def test_whose_key_others_can_read(self, signed_in: Daypass):
        key = signed_in.home / "vault.key"
        key.chmod(0o644)
        refused = signed_in("start", "dev", code=1)
        assert str(key) in refused.err and "chmod 600" in refused.err

    @pytest.mark.parametrize("with_agent", [False, True])
    def test_that_does_not_open_takes_no_identity(self, daypass: Daypass, with_agent: bool):
        def add(name: str, code: int = 0) -> Outcome:
            return daypass("identity", "add", "iam-user", name, stdin="AKIAIOSFODNN7EXAMPLE\nsecret\n", code=code)

        add("one")
        key, before = daypass.home / "vault.key", daypass.config.read_bytes()
        key.chmod(0o644)
        if with_agent:
            daypass.agent()
        for _ in range(2):
            assert "code: key-file-open-to-others" in add("two", code=1).err
            assert daypass.config.read_bytes() == before
        key.chmod(0o600)
        add("two")
        assert "code: identity-exists" in add("two", code=5).err
        assert [i["name"] for i in daypass("identity", "list", "--json").json] == ["one", "two"]

    def test_with_a_passphrase_and_no_terminal_to_ask_on(self, daypass: Daypass):
        daypass.config.write_text('[settings.vault]\nkey = "passphrase"\n')
        before = daypass.config.read_bytes()
        typed = "AKIAIOSFODNN7EXAMPLE\nsecret\n"
        refused = daypass("identity", "add", "iam-user", "ann", stdin=typed, code=1)
        assert "code: passphrase-needed" in refused.err and "`daypass agent` in a terminal" in refused.err
        assert daypass.config.read_bytes() == before


@pytest.mark.xdist_group("keyring")
class TestTheKeyring:
    """The system's keyring, which is the default place for the vault's key. Here it is gnome-keyring."""

    @pytest.fixture(scope="class")
    @classmethod
    def desktop(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateDesktop]:
        with private_desktop(tmp_path_factory.mktemp("desktop")) as running_desktop:
            yield running_desktop

    @pytest.fixture
    def with_keyring(self, daypass: Daypass, desktop: PrivateDesktop) -> Daypass:
        daypass.config.write_text("")
        daypass.env |= {n: v for n, v in desktop.env.items() if n in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")}
        return daypass

    def test_keeps_the_key(self, with_keyring: Daypass, sandbox: Sandbox):
        with_keyring.sign_in(sandbox.issuer, (ROLE, "dev"))
        with_keyring("start", "dev")
        assert "assumed-role/Developer/" in with_keyring.caller("dev")
        assert not (with_keyring.home / "vault.key").exists()

    def test_gives_the_vault_to_a_file_and_takes_it_back(self, with_keyring: Daypass):
        with_keyring("identity", "add", "iam-user", "ann", stdin="AKIAIOSFODNN7EXAMPLE\nsecret\n")
        key = with_keyring.home / "vault.key"
        to_file = with_keyring("vault", "move", "file").out
        assert "removed from the keyring item" in to_file and key.exists()
        back = with_keyring("vault", "move", "keyring").out
        assert f"removed from the key file {key}" in back and not key.exists()
        assert with_keyring("identity", "list", "--json").json[0]["state"] == "signed-in"

    def test_is_absent(self, daypass: Daypass, sandbox: Sandbox):
        daypass.config.write_text("")
        daypass.add_identity(sandbox.issuer)
        refused = daypass("identity", "login", "work", "--timeout", "10", code=1)
        assert "keyring" in refused.err.lower() and "hint: " in refused.err
        assert "file:" in refused.err, "the hint must name the way without a keyring"
        assert not (daypass.home / "vault.age").exists(), "never silently unsealed"
        assert not daypass.browser_opened(), "Daypass must not start a sign-in whose proof it can't keep"

    def test_is_locked(self, with_keyring: Daypass, sandbox: Sandbox, desktop: PrivateDesktop):
        with_keyring.sign_in(sandbox.issuer, (ROLE, "dev"))
        service, root = "org.freedesktop.secrets", "/org/freedesktop/secrets"
        desktop.call(service, root, "org.freedesktop.Secret.Service.Lock", f"['{root}/collection/login']")
        waiting = with_keyring.spawn("start", "dev")
        wait_until(lambda: dismiss_prompt(desktop, waiting), what="the keyring to ask", every=0.5)
        refused = Outcome(waiting.returncode, *waiting.communicate())
        assert refused.code == 1
        assert "locked" in refused.err.lower() and "hint: " in refused.err
        assert with_keyring.untouched()


def dismiss_prompt(desktop: PrivateDesktop, waiting: subprocess.Popen) -> bool:
    """The person presses Escape at the keyring's question. Returns whether the command ended after it."""
    subprocess.run(["xdotool", "key", "Escape"], env=desktop.env, capture_output=True)
    return waiting.poll() is not None


class TestDoctor:
    """`daypass doctor` finds problems and says how to fix them."""

    def test_is_content(self, signed_in: Daypass):
        findings = signed_in("doctor", "--json").json
        assert json.dumps(findings)

    def test_says_where_one_provider_could_pass_on_the_answers_of_another(
        self, daypass: Daypass, sandbox: Sandbox, nanoidp: Issuer
    ):
        """The sandbox's provider names itself in its answers (RFC 9207), nanoidp doesn't."""

        def told() -> list[str]:
            notes = daypass("doctor", "--json").json
            return [n["message"] for n in notes if n["what"] == "identity" and n["verdict"] == "note"]

        daypass.add_identity(nanoidp, name="silent")
        assert told() == [], "other providers don't exist yet"
        daypass.add_identity(sandbox.issuer, name="honest")
        assert len(told()) == 1 and told()[0].startswith("silent: ") and "/callback: honest" in told()[0]
        assert "RFC 9207" in daypass("identity", "try", "silent").out
        daypass("identity", "remove", "silent", "--yes")
        daypass.add_identity(nanoidp, "--redirect-path", "/callback/silent", name="silent")
        assert told() == []
        assert "RFC 9207" not in daypass("identity", "try", "silent").out

    def test_finds_a_config_mistake_and_a_damaged_vault(self, signed_in: Daypass):
        (signed_in.home / "vault.age").write_bytes(b"damaged")
        assert "vault" in signed_in("doctor", code=1).out.lower()
        signed_in.config.write_text("[identity.work\n")
        assert str(signed_in.config) in signed_in("doctor", code=1).out
