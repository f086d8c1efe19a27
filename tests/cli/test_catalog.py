"""Shared catalogs: from a file, a git checkout and a real https server, honest, faulty, hostile and signed."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from peers.catalog_server import CatalogServer, catalog_server
from peers.daypass import Daypass
from peers.process import wait_until
from peers.sandbox import ROLE, Sandbox

FAILED, INVALID, NOT_FOUND, REFUSED, PASSING = 1, 2, 4, 5, 6
SHOP = "111122223333"


def oidc(issuer: str, name: str = "work", client_id: str = "daypass") -> str:
    """An identity."""
    return f'[identity.{name}]\nkind = "oidc"\nissuer = "{issuer}"\nclient_id = "{client_id}"\n'


def role(name: str, more: str = "", account: str = SHOP, identity: str = "work") -> str:
    """A role."""
    return f'[[role]]\narn = "arn:aws:iam::{account}:role/{name}"\nidentity = "{identity}"\n{more}\n'


def account(more: str) -> str:
    """What is said of the shop."""
    return f"[account.{SHOP}]\n{more}\n"


CATALOG = oidc("https://login.acme.example") + role("Dev") + account('name = "Shop"\nalias = "shop"\nproduction = true')


@pytest.fixture
def server(tmp_path: Path, daypass: Daypass) -> Iterator[CatalogServer]:
    """A server of catalogs whose authority Daypass trusts."""
    with catalog_server(tmp_path) as running:
        daypass.env["AWS_CA_BUNDLE"] = str(running.ca)
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A catalog's file."""
    path = tmp_path / "acme.toml"
    path.write_text(CATALOG)
    return path


def problem(daypass: Daypass, name: str = "acme") -> dict:
    """What is wrong with a catalog."""
    return shown(daypass, name)["problem"]


def shown(daypass: Daypass, name: str = "acme") -> dict:
    """`daypass catalog show --json`."""
    return json.loads(daypass("catalog", "show", name, "--json").out)


def waiting(daypass: Daypass) -> list[str]:
    """The fields that wait."""
    return [f"{change['of']} {change['field']}" for change in shown(daypass)["waiting"]]


def roles(daypass: Daypass) -> list[dict]:
    """The roles that are known."""
    return daypass("role", "list", "--json").json


def test_from_a_file_to_a_session(daypass: Daypass, sandbox: Sandbox, tmp_path: Path) -> None:
    """What a person does who gets a catalog: add it, look, accept, sign in, start."""
    path = tmp_path / "acme.toml"
    head = oidc(sandbox.issuer.url, client_id=sandbox.issuer.client_id)
    declared = f'[[role]]\narn = "{ROLE}"\nidentity = "work"\nprofile = "dev"\nregion = "eu-central-1"\n'
    path.write_text(head + declared)
    added = daypass("catalog", "add", "acme", path)
    assert "Waiting for you to accept" in added.out and f"+   issuer = {sandbox.issuer.url}" in added.out
    assert not roles(daypass) and "unknown-identity" in daypass("identity", "login", "work", code=NOT_FOUND).err
    accepted = daypass("catalog", "accept", "acme", "--yes")
    assert "In force: 1 identity, 1 role" in accepted.out
    daypass.env |= {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
    daypass("identity", "login", "work")
    daypass("start", "dev")
    assert daypass.session("dev")["state"] == "active"
    # Its origin is in every list.
    for what in (("role", "list"), ("identity", "list")):
        assert "catalog acme" in daypass(*what).out
    assert roles(daypass)[0]["catalog"] == "acme"
    # Nothing of it can be changed here, and each refusal says whose it is.
    for change in (("role", "remove", "dev"), ("identity", "remove", "work", "--yes"), ("identity", "rename", "work", "x")):
        refused = daypass(*change, code=REFUSED)
        assert "from-catalog" in refused.err and "catalog acme" in refused.err, refused.err
    assert "catalog-accepted" in daypass("logs", "list").out
    # A harmless new role arrives by itself, and a new place to sign in doesn't.
    path.write_text(head + declared + declared.replace("role/", "role/More").replace('"dev"', '"more"'))
    assert [one["profile"] for one in roles(daypass)] == ["dev", "more"]
    path.write_text((head + declared).replace(sandbox.issuer.url, "https://evil.example"))
    assert waiting(daypass) == ["identity work issuer"]
    assert daypass("identity", "list", "--json").json[0]["settings"]["issuer"] == sandbox.issuer.url
    # A problem of the identity names the catalog.
    daypass("catalog", "accept", "acme", "--yes")
    failed = daypass("identity", "login", "work", "--print-url", code=None)
    assert failed.code != 0 and "from catalog acme" in failed.err, failed.err
    daypass("catalog", "remove", "acme", "--yes")
    assert not roles(daypass) and daypass.session("dev") is None
    assert "catalog" not in daypass.config.read_text()


def test_yours_comes_first(daypass: Daypass, file: Path) -> None:
    """The person's identity, role and account of the same name win, and can be added over a catalog's."""
    daypass("catalog", "add", "acme", file)
    daypass("catalog", "accept", "acme", "--yes")
    daypass("identity", "add", "oidc", "work", "--issuer", "https://mine.example", "--client-id", "mine")
    daypass("role", "add", f"arn:aws:iam::{SHOP}:role/Dev", "--identity", "work", "--read-only")
    daypass("account", "set", SHOP, "--name", "My shop")
    [identity] = daypass("identity", "list", "--json").json
    assert (identity["settings"]["issuer"], identity["catalog"]) == ("https://mine.example", None)
    [only] = roles(daypass)
    assert only["terms"]["read_only"] and only["catalog"] is None
    assert (only["accountName"], only["accountAlias"], only["production"]) == ("My shop", "shop", True)
    assert "is your own" in daypass("catalog", "show", "acme").out
    # A role of theirs whose identity isn't there keeps nothing else from working.
    with daypass.config.open("a") as config:
        config.write(role("Lost", identity="gone"))
    assert len(roles(daypass)) == 1
    assert "its identity gone is neither in config.toml nor in force" in daypass("catalog", "show", "acme").out
    # Without its own file, the rest of the configuration works on, and the last good version stays.
    file.unlink()
    assert problem(daypass)["code"] == "catalog-unreadable"
    assert daypass("account", "list", "--json").json[0]["alias"] == "shop"


def test_what_a_hostile_catalog_tries(daypass: Daypass, file: Path) -> None:
    """It changes no name, mark or limit by itself, and names nothing of this machine."""
    narrow = CATALOG + role("Ops", 'read_only = true\nprofile = "ops"')
    file.write_text(narrow)
    daypass("catalog", "add", "acme", file)
    daypass("catalog", "accept", "acme", "--yes")
    other = "999999999999"
    for change, expected in [
        (("production = true", ""), [f"account {SHOP} production"]),
        (('name = "Shop"', 'name = "Playground"'), [f"account {SHOP} name"]),
        (("read_only = true", ""), [f"role work:arn:aws:iam::{SHOP}:role/Ops read_only"]),
        ((f"{SHOP}:role/Ops", f"{other}:role/Ops"), [f"account {other} roles"]),
    ]:
        file.write_text(narrow.replace(*change))
        assert waiting(daypass) == expected
        now = {one["name"]: one for one in roles(daypass)}
        assert now["Dev"]["production"] and now["Dev"]["accountName"] == "Shop"
        assert "Ops" not in now or (now["Ops"]["terms"]["read_only"] and now["Ops"]["account"] == SHOP)
    file.write_text(narrow)
    assert len(roles(daypass)) == 2
    for text, expected in [
        (CATALOG.replace("client_id", 'ca_file = "/etc/passwd"\nclient_id'), "line 4, column 11: ca_file"),
        (CATALOG + '[identity.x]\nkind = "profile"\nprofile = "admin"\n', "of the kind profile"),
        (CATALOG + '[settings]\ndelivery = "file"\n', "`settings` can't be in a shared catalog"),
        (CATALOG + role("Evil", 'profile = "default"'), '"default" is used by every tool'),
        (CATALOG + '[account.444455556666]\nname = "Ѕhop"\n', "looks like that of account"),
        (CATALOG.replace("Shop", "Sh\u202eop"), "account name"),
        ("a = " + "[" * 5_000, "acme.toml"),
        ("# " + "x" * (1 << 20), "longer than 1 MiB"),
    ]:
        file.write_text(text)
        wrong = problem(daypass)
        assert wrong["code"] == "catalog-mistake" and expected in wrong["message"], wrong
        assert len(roles(daypass)) == 2, "the last good version is in force"
    # What is shown is what is accepted: of a version that came in between, nothing is.
    file.write_text(narrow.replace("login.acme", "login.acme-sso"))
    assert waiting(daypass) == ["identity work issuer"]
    refused = daypass("catalog", "accept", "acme", code=FAILED)
    assert "not-confirmed" in refused.err and "-   issuer = https://login.acme.example" in refused.out
    assert waiting(daypass) == ["identity work issuer"]


def test_no_program_accepts_by_writing_a_file(daypass: Daypass, file: Path) -> None:
    """What is in force is bound to the vault: another program's version of it counts for nothing."""
    daypass("catalog", "add", "acme", file)
    daypass("catalog", "accept", "acme", "--yes")
    [agreed] = (daypass.home / "catalogs").iterdir()
    agreed.write_text(agreed.read_text().replace("login.acme.example", "login.evil.example"))
    assert daypass("identity", "list", "--json").json == []
    # Another place in config.toml is another catalog.
    copy = file.with_name("copy.toml")
    copy.write_text(CATALOG)
    daypass.config.write_text(daypass.config.read_text().replace(str(file), str(copy)))
    assert "identity work issuer" in waiting(daypass)


def test_a_git_checkout(daypass: Daypass, tmp_path: Path) -> None:
    """The file in the work tree is read, and no link leads out of it."""
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "init", "-q", checkout], check=True)
    (checkout / "aws").mkdir()
    (checkout / "aws/catalog.toml").write_text(CATALOG)
    daypass("catalog", "add", "acme", f"git:{checkout}:aws/catalog.toml")
    assert "identity work issuer" in waiting(daypass)
    secret = tmp_path / "secret.toml"
    secret.write_text(CATALOG)
    (checkout / "daypass.toml").symlink_to(secret)
    daypass("catalog", "add", "linked", f"git:{checkout}")
    assert "leads out of the checkout" in problem(daypass, "linked")["message"]
    daypass("catalog", "add", "none", f"git:{tmp_path}")
    assert "isn't a git checkout" in problem(daypass, "none")["message"]


def test_an_address_that_fails_in_every_way(daypass: Daypass, server: CatalogServer) -> None:
    """The last good version stays in use, whatever the server does, and the problem is told."""
    server.put(CATALOG)
    daypass("catalog", "add", "acme", server.url)
    daypass("catalog", "accept", "acme", "--yes")
    daypass("catalog", "refresh", "acme")
    assert server.statuses()[-1] == 304
    for fault, code, exit_code, expected in [
        ("redirects", "catalog-unreachable", FAILED, "redirects to https://evil.example/catalog.toml"),
        ("huge", "catalog-mistake", INVALID, "too long"),
        ("garbage", "catalog-mistake", INVALID, "UTF-8"),
        ("html", "catalog-mistake", INVALID, "line 1, column 1"),
        ("truncates", "catalog-unreachable", PASSING, "didn't answer"),
        ("hangs up", "catalog-unreachable", PASSING, "didn't answer"),
        ("forbidden", "catalog-unreachable", FAILED, "requires a sign-in"),
        ("broken", "catalog-unreachable", PASSING, "HTTP 500"),
    ]:
        server.fault = fault
        failed = daypass("catalog", "refresh", "acme", code=exit_code)
        assert code in failed.err and expected in failed.err, (fault, failed.err)
        assert len(roles(daypass)) == 1, fault
    assert "catalog acme" in daypass("doctor", code=None).out
    server.fault = None
    server.put(CATALOG + role("Ops"))
    daypass("catalog", "refresh")
    assert len(roles(daypass)) == 2 and problem(daypass) is None
    # Without its authority, the server isn't believed.
    del daypass.env["AWS_CA_BUNDLE"]
    assert "certificate" in daypass("catalog", "refresh", "acme", code=FAILED).err
    assert len(roles(daypass)) == 2


def test_an_agent_fetches_and_backs_off(daypass: Daypass, server: CatalogServer) -> None:
    """The agent fetches what is due, and leaves a busy server alone for as long as it asks."""
    server.put(CATALOG)
    server.fault, server.retry_after = "busy", 7200
    daypass("catalog", "add", "acme", server.url)
    state = json.loads((daypass.home / "cache/shared/acme.json").read_text())
    assert state["failures"] == 1 and problem(daypass)["code"] == "catalog-unreachable"
    minutes = lambda status: (  # noqa: E731
        datetime.fromisoformat(status["next_at"]) - datetime.fromisoformat(status["checked_at"])
    ).seconds / 60
    assert minutes(state) == 120
    # What was fetched never, an agent fetches at once.
    shutil.rmtree(daypass.home / "cache/shared")
    server.fault = None
    daypass.agent()
    wait_until(lambda: "identity work issuer" in waiting(daypass), what="the agent to fetch the catalog")
    daypass("catalog", "accept", "acme", "--yes")
    assert len(roles(daypass)) == 1
    server.fault = "broken"
    daypass("catalog", "refresh", "acme", code=PASSING)
    state = json.loads((daypass.home / "cache/shared/acme.json").read_text())
    assert minutes(state) == 1


class Minisign:
    """The real minisign, with a key of the test's own."""

    suffix = "minisig"

    def __init__(self, folder: Path):
        self.folder = folder
        argv = ["minisign", "-G", "-W", "-f", "-p", folder / "acme.pub", "-s", folder / "acme.key"]
        subprocess.run(argv, check=True, capture_output=True)
        self.key = (folder / "acme.pub").read_text().splitlines()[-1]

    def sign(self, text: str) -> bytes:
        """A signature."""
        file = self.folder / "signed.toml"
        file.write_text(text)
        subprocess.run(["minisign", "-S", "-s", self.folder / "acme.key", "-m", file], check=True, capture_output=True)
        return file.with_suffix(".toml.minisig").read_bytes()


class Ssh:
    """The real ssh-keygen."""

    suffix = "sig"

    def __init__(self, folder: Path, namespace: str = "daypass-catalog"):
        self.folder, self.namespace = folder, namespace
        if not (folder / "id").exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "id"], check=True)
        self.key = (folder / "id.pub").read_text().strip()

    def sign(self, text: str) -> bytes:
        """A signature."""
        argv = ["ssh-keygen", "-Y", "sign", "-n", self.namespace, "-f", self.folder / "id"]
        return subprocess.run(argv, input=text.encode(), check=True, capture_output=True).stdout


@pytest.fixture(params=[Minisign, Ssh])
def signer(request: pytest.FixtureRequest, tmp_path: Path) -> Minisign | Ssh:
    """Each program that signs."""
    return request.param(tmp_path)


def test_signed_catalogs(daypass: Daypass, server: CatalogServer, signer: Minisign | Ssh, tmp_path: Path) -> None:
    """With a key, only what it signed is used, and never an older version."""
    publish = lambda text, signature: server.put(text, **{signer.suffix: signature})  # noqa: E731
    version = lambda number, more="": f"serial = {number}\n{CATALOG}{more}"  # noqa: E731
    server.put(version(1))
    daypass("catalog", "add", "acme", server.url, "--key", signer.key)
    assert problem(daypass)["code"] == "catalog-signature" and "doesn't have a signature" in problem(daypass)["message"]
    publish(version(1), signer.sign(version(2)))
    assert "isn't signed with its key" in daypass("catalog", "refresh", "acme", code=REFUSED).err
    publish(CATALOG, signer.sign(CATALOG))
    assert "doesn't have a serial" in daypass("catalog", "refresh", "acme", code=INVALID).err
    publish(version(5), signer.sign(version(5)))
    daypass("catalog", "refresh", "acme")
    assert "identity work issuer" in waiting(daypass), "a signature says who wrote it, not that you agree"
    daypass("catalog", "accept", "acme", "--trust-key", "--yes")
    assert (shown(daypass)["serial"], shown(daypass)["trusted"]) == (5, True)
    # Trusted, a change of the place to sign in comes by itself.
    moved = version(6).replace("login.acme.example", "sso.acme.example")
    publish(moved, signer.sign(moved))
    daypass("catalog", "refresh", "acme")
    assert daypass("identity", "list", "--json").json[0]["settings"]["issuer"] == "https://sso.acme.example"
    # A rollback isn't, even with the cache deleted.
    shutil.rmtree(daypass.home / "cache/shared")
    publish(version(5), signer.sign(version(5)))
    assert "catalog-rolled-back" in daypass("catalog", "refresh", "acme", code=REFUSED).err
    assert shown(daypass)["serial"] == 6
    # Nor what may never be in a catalog.
    never = version(7, '[identity.x]\nkind = "profile"\nprofile = "admin"\n')
    publish(never, signer.sign(never))
    assert "of the kind profile" in daypass("catalog", "refresh", "acme", code=INVALID).err


def test_a_signature_for_something_else(daypass: Daypass, server: CatalogServer, tmp_path: Path) -> None:
    """A signature of ssh that was made for git doesn't count."""
    text = f"serial = 1\n{CATALOG}"
    signer = Ssh(tmp_path, "git")
    server.put(text, sig=signer.sign(text))
    daypass("catalog", "add", "acme", server.url, "--key", signer.key)
    assert problem(daypass)["code"] == "catalog-signature"
