"""From nothing to `aws sts get-caller-identity` in at most five commands, on a machine without a keyring and a state."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import re
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.process import ROOT
from peers.sandbox import ROLE, Sandbox

MOST = 5


def imports(source: str) -> set[str]:
    """The modules that a program imports, also in a program that it has as a text."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found |= {name.name.partition(".")[0] for name in names}
            case ast.ImportFrom(module=str(module)):
                found.add(module.partition(".")[0])
            case ast.Constant(value=str(text)) if re.search(r"^import ", text, re.MULTILINE):
                found |= imports(text)
    return found


def installed_by(requirement: str) -> set[str]:
    """A pinned package, with all that it needs."""
    name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
    needed = importlib.metadata.requires(name) or []
    return {name}.union(*(installed_by(each) for each in needed if "extra ==" not in each))


def test_the_demo_installs_what_it_imports():
    """Its own tests run where the packages of all tests are, so they can't tell."""
    pinned = [line for line in (ROOT / "tests/requirements-demo.txt").read_text().split("\n") if re.match(r"\w", line)]
    installed = set().union(*map(installed_by, pinned))
    files = [ROOT / "tests/demo.py", ROOT / "tests/peers/person.py", ROOT / "tests/peers/process.py"]
    foreign = set().union(*(imports(file.read_text()) for file in files)) - sys.stdlib_module_names - {"peers"}
    assert "botocore" in foreign
    packages = importlib.metadata.packages_distributions()
    assert {module for module in foreign if not installed & set(packages[module])} == set()
    here = [f"{name}=={importlib.metadata.version(name)}" for name in (line.partition("==")[0] for line in pinned)]
    assert here == pinned, "the same versions as in all other tests"


class Newcomer:
    """A person who types commands and has done nothing before."""

    def __init__(self, daypass: Daypass):
        self.daypass = daypass
        self.typed = 0

    def types(self, *command: str | Path, stdin: str = "") -> str:
        """Type a command at a terminal, or with a file as its input."""
        self.typed += 1
        done = self.daypass(*command, stdin=stdin) if stdin else self.daypass.at_terminal(*command)
        return done.out + done.err

    def is_developer(self, profile: str) -> None:
        """Ask AWS who they are, without naming a region: the last command."""
        self.typed += 1
        env = {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}
        self.daypass.env = {name: value for name, value in self.daypass.env.items() if name not in env}
        assert "assumed-role/" in self.daypass.aws(profile, "sts", "get-caller-identity")
        assert "\nregion = " in self.daypass.credentials.read_text(), "a tool that asks for no region gets one"
        assert self.typed <= MOST


@pytest.fixture
def newcomer(daypass: Daypass, sandbox: Sandbox) -> Iterator[Newcomer]:
    """Someone at a machine without a keyring, who keeps the vault's key in a file, as docs/agent.md says."""
    daypass.config.unlink()
    person = Newcomer(daypass)
    daypass.env |= {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
    person.types("config", "set", "vault.key", "file:~/.config/daypass/vault.key")
    yield person


def test_with_openid_connect(newcomer: Newcomer, sandbox: Sandbox):
    issuer = ("--issuer", sandbox.issuer.url, "--client-id", sandbox.issuer.client_id)
    added = newcomer.types("identity", "add", "oidc", "work", *issuer, "--region", "eu-central-1")
    assert "daypass identity login work" in added
    added = newcomer.types("role", "add", ROLE, "--identity", "work", "--profile", "dev")
    assert "daypass start dev" in added
    # Signing in comes by itself.
    newcomer.types("start", "dev")
    newcomer.is_developer("dev")


def test_with_identity_center(newcomer: Newcomer, sandbox: Sandbox):
    newcomer.types("identity", "add", "identity-center", "work", "--start-url", sandbox.start_url, "--region", "eu-west-1")
    assert "daypass role list" in newcomer.types("identity", "login")
    newcomer.types("start", "444455556666/Developer", "--profile", "dev")
    newcomer.is_developer("dev")


def test_with_saml(newcomer: Newcomer, sandbox: Sandbox):
    newcomer.types("identity", "add", "saml", "work", "--start-url", sandbox.saml_start_url, "--region", "eu-west-1")
    person = urllib.parse.urlencode({"username": sandbox.issuer.user, "password": sandbox.issuer.password}).encode()
    with urllib.request.urlopen(f"{sandbox.sts}/saml/assertion", person, timeout=30) as answer:  # as curl does
        assertion = answer.read().decode()
    assert "8 roles" in newcomer.types("identity", "login", "--assertion-file", "-", stdin=assertion)
    newcomer.types("start", "444455556666/Developer", "--profile", "dev")
    newcomer.is_developer("dev")


def test_with_an_access_key(newcomer: Newcomer, sandbox: Sandbox):
    kim = next(user for user in sandbox.users if user["mfa_serial"])
    key = "\n".join([kim["access_key_id"], kim["secret_access_key"], kim["mfa_secret"]])
    device = ("--mfa-serial", kim["mfa_serial"], "--with", "totp_secret", "--region", "eu-west-1")
    assert "daypass role add ARN" in newcomer.types("identity", "add", "iam-user", "kim", *device, stdin=key)
    newcomer.types("role", "add", "arn:aws:iam::123412341234:role/Vault", "--identity", "kim", "--profile", "vault")
    newcomer.types("start", "vault")
    newcomer.is_developer("vault")


def test_with_a_profile_that_works(newcomer: Newcomer, sandbox: Sandbox):
    user = sandbox.users[0]
    newcomer.daypass.aws_config.write_text(
        f"[profile corp]\naws_access_key_id = {user['access_key_id']}\naws_secret_access_key = {user['secret_access_key']}\n"
    )
    added = newcomer.types("identity", "add", "profile", "corp", "--profile", "corp", "--region", "eu-west-1")
    assert "daypass role add ARN" in added
    newcomer.types("role", "add", ROLE, "--identity", "corp", "--profile", "dev")
    newcomer.types("start", "dev")
    newcomer.is_developer("dev")


def test_the_sandbox_has_a_key_and_an_assertion_for_a_terminal(daypass: Daypass):
    """The blocks of docs/sandbox.md, in a shell in the sandbox."""
    blocks = (ROOT / "docs/sandbox.md").read_text().split("SAML in a terminal", 1)[1].split("IAM Identity Center's own", 1)[0]
    script = "\n".join(line[4:] for line in blocks.splitlines() if line.startswith("    "))
    assert "saml/assertion" in script and "kim_accessKeys.csv" in script
    script = f"set -e\n{script}\ndaypass status --json\n"
    daypass.env["PATH"] = f"{daypass.binary.parent}:{daypass.env['PATH']}"
    out = daypass("sandbox", "--", "bash", "-c", script).out
    sessions = json.loads(out[out.index("\n{") + 1 :])["sessions"]
    assert [(one["profile"], one["state"]) for one in sessions] == [("dev", "active"), ("vault", "active")]


def test_what_changes_nothing_is_refused_with_what_to_do(daypass: Daypass, sandbox: Sandbox):
    daypass.add_identity(sandbox.issuer)
    for option in (("--device",), ("--user", "ann"), ("--assertion-file", "-")):
        refused = daypass("identity", "login", "work", *option, code=2)
        assert f"{option[0]} doesn't apply to identity work" in refused.err and "leave that option out" in refused.err
    assert daypass.browser_opened() == 0
    switch = daypass("config", "set", "sts.fips", "yes", code=2)
    assert "either true or false" in switch.err and "daypass config set sts.fips true" in switch.err
    duration = daypass("start", "dev", "--duration", "4h", code=2)
    assert "set a session's duration on its role" in duration.err and "--region" not in duration.err


def test_doctor_names_the_way_out_of_a_missing_keyring(daypass: Daypass):
    daypass.config.unlink()
    found = daypass("doctor", code=1)
    assert "run: daypass vault move passphrase" in found.out
