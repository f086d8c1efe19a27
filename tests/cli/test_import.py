"""`daypass import`: from another tool's files to `aws sts get-caller-identity` with one command."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from peers import aws_vault, leapp
from peers.daypass import Daypass
from peers.private_desktop import private_desktop
from peers.sandbox import Sandbox

CONFIRMED = ("import", "--yes")
AND_SIGN_IN = "Import this, then sign in? [y/N] "
IMPORT = "Import this? [y/N] "
OF_AWS_VAULT = "[profile work]\ncredential_process = aws-vault export --format=json work\nregion = eu-central-1\n"


@pytest.fixture
def kim(sandbox: Sandbox) -> dict:
    """The sandbox's user with an MFA device."""
    return next(user for user in sandbox.users if user["mfa_serial"])


@pytest.fixture
def pat(sandbox: Sandbox) -> dict:
    """A user of the sandbox without one."""
    return next(user for user in sandbox.users if not user["mfa_serial"])


@pytest.fixture
def home(daypass: Daypass) -> Daypass:
    """AWS files in the test's own folder, and no other tool's in the home."""
    daypass.credentials.write_text("")
    return daypass


def botocores(daypass: Daypass, profile: str) -> dict:
    """A profile as botocore reads it."""
    program = "import botocore.session, json, sys; print(json.dumps(botocore.session.Session(profile=sys.argv[1]).get_scoped_config()))"
    done = subprocess.run([sys.executable, "-c", program, profile], env=daypass.env, capture_output=True, text=True)
    return json.loads(done.stdout)


def key_of(user: dict) -> str:
    return f"aws_access_key_id = {user['access_key_id']}\naws_secret_access_key = {user['secret_access_key']}\n"


def center_role(home: Daypass) -> tuple[str, str]:
    """An account and a permission set of the sandbox's portal."""
    role = next(role for role in home("role", "list", "--json").json if role["source"] == "discovered")
    return role["account"], role["name"]


@pytest.mark.parametrize("form", ["sso-session", "legacy"])
def test_a_profile_of_identity_center(home: Daypass, sandbox: Sandbox, form: str):
    portal = f"sso_start_url = {sandbox.start_url}\nsso_region = eu-central-1\n"
    head, names_it = (f"[sso-session acme]\n{portal}\n", "sso_session = acme\n") if form == "sso-session" else ("", portal)
    home("identity", "add", "identity-center", "probe", "--start-url", sandbox.start_url, "--region", "eu-central-1")
    home.env |= {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
    home("identity", "login", "probe")
    account, name = center_role(home)
    home("identity", "remove", "probe", "--yes")
    before = (
        f"# mine\n{head}[profile shop]\n# the shop\nregion = eu-central-1\n{names_it}"
        f"sso_account_id = {account}\nsso_role_name = {name}\ns3 =\n  max_concurrent_requests = 5\n"
    )
    home.aws_config.write_text(before)

    planned = home("import", "--dry-run", "--json").json["plan"]
    assert [one["settings"]["kind"] for one in planned["identities"]] == ["identity-center"]
    assert planned["roles"][0]["profiles"] == ["shop"] and home.aws_config.read_text() == before

    identity = planned["identities"][0]["name"]
    outcome = home(*CONFIRMED, "--json").json["outcome"]
    assert outcome["identities"] == outcome["signIn"] == [identity]
    assert outcome["profiles"] == ["shop"] and outcome["left"] == []
    assert Path(outcome["backups"][-1]).read_text() == before
    home("identity", "login", identity)
    text = home.aws_config.read_text()
    assert text.startswith("# mine\n") and "# the shop\nregion = eu-central-1\n" in text
    assert "sso_account_id" not in text and "max_concurrent_requests = 5" in text
    assert ":assumed-role/" in home.caller("shop") and account in home.caller("shop")
    assert ":assumed-role/" in home.boto3_caller("shop")

    again = home(*CONFIRMED, "--json").json
    assert not again["written"] and again["plan"]["isDone"], again["plan"]["files"]
    assert home.aws_config.read_text() == text
    undone = home("import", "undo", "--json").json
    assert undone["identities"] == [identity] and undone["left"] == []
    assert home.aws_config.read_text() == before
    assert home("identity", "list", "--json").json == []
    assert "nothing-to-undo" in home("import", "undo", code=4).err


def test_keys_move_into_the_vault_and_come_back(home: Daypass, pat: dict):
    before = f"# keys\n[pat]\n{key_of(pat)}\n[other]\nregion = eu-west-1\n"
    home.credentials.write_text(before)
    home.aws_config.write_text("[profile pat]\nregion = eu-central-1\n")
    kept = home(*CONFIRMED, "--json").json
    assert home.credentials.read_text() == before, "only with --move-keys"
    assert [key["profile"] for key in kept["plan"]["keys"]] == ["pat"]
    assert home(*CONFIRMED, "--json").json["written"] is False

    moved = home(*CONFIRMED, "--move-keys", "--json").json
    assert pat["secret_access_key"] not in json.dumps(moved)
    assert moved["outcome"]["left"] == [] and moved["outcome"]["profiles"] == ["pat"]
    assert home.credentials.read_text() == "# keys\n\n[other]\nregion = eu-west-1\n"
    files = [file for file in home.credentials.parent.iterdir() if file.is_file()]
    assert not [file for file in files if pat["secret_access_key"].encode() in file.read_bytes()], "in no copy either"
    assert home.caller("pat") == pat["arn"]
    home("import", "undo")
    assert home.credentials.read_text() == before
    assert home.aws_config.read_text() == "[profile pat]\nregion = eu-central-1\n"


def test_a_key_that_aws_refuses_stays_where_it_is(home: Daypass, pat: dict):
    before = f"[pat]\n{key_of(pat | {'secret_access_key': 'x' * 40})}"
    home.credentials.write_text(before)
    outcome = home(*CONFIRMED, "--move-keys", "--json").json["outcome"]
    assert outcome["left"] and outcome["profiles"] == []
    assert home.credentials.read_text() == before


def test_a_chain_with_mfa(home: Daypass, sandbox: Sandbox, kim: dict):
    role = "arn:aws:iam::123412341234:role/Vault"
    home.credentials.write_text(f"[kim]\n{key_of(kim)}")
    home.aws_config.write_text(
        f"[profile vault]\nrole_arn = {role}\nsource_profile = kim\nmfa_serial = {kim['mfa_serial']}\n"
        "region = eu-central-1\n\n[profile loop]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = loop2\n\n"
        "[profile loop2]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = loop\n"
    )
    imported = home(*CONFIRMED, "--json").json
    assert any("form a loop" in remark["why"] for remark in imported["plan"]["remarks"])
    assert imported["outcome"]["signIn"] == ["kim"]
    home("identity", "secret", "kim", "totp_secret", stdin=kim["mfa_secret"])
    home("identity", "login", "kim", stdin="")
    assert ":assumed-role/Vault/" in home.caller("vault")
    assert botocores(home, "vault")["region"] == "eu-central-1"


def test_keys_of_aws_vault(home: Daypass, pat: dict):
    """In its file backend, sealed by jose2go as aws-vault does, and by its library's form for the rest."""
    folder = Path(home.env["HOME"]) / ".awsvault/keys"
    fixtures = Path(__file__).parents[2] / "crates/import/fixtures/aws-vault/file/home/.awsvault/keys"
    shutil.copytree(fixtures, folder)
    home.aws_config.write_text("[profile admin]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = work\n")
    planned = home("import", "--from", "aws-vault", "--dry-run", "--json").json["plan"]
    work = next(one for one in planned["identities"] if one["name"] == "work")
    assert [secret["source"]["from"] for secret in work["secrets"]] == ["sealed", "sealed"]
    home.env["AWS_VAULT_FILE_PASSPHRASE"] = "wrong"
    refused = home("import", "--from", "aws-vault", "--dry-run", "--json").json["plan"]
    assert "doesn't open" in json.dumps(refused)
    home.env["AWS_VAULT_FILE_PASSPHRASE"] = "correct horse"
    outcome = home(*CONFIRMED, "--from", "aws-vault", "--json").json["outcome"]
    assert "work" in outcome["identities"] and outcome["profiles"] == []
    shown = next(one for one in home("identity", "list", "--json").json if one["name"] == "work")
    assert all(secret["isSet"] for secret in shown["secrets"]), "the made-up key is in the vault, though AWS refuses it"


def test_without_a_terminal_nothing_is_imported_unasked(home: Daypass, sandbox: Sandbox):
    home.aws_config.write_text(f"[sso-session acme]\nsso_start_url = {sandbox.start_url}\nsso_region = eu-central-1\n")
    refused = home("import", code=None)
    assert "not-confirmed" in refused.err and home("identity", "list", "--json").json == []
    assert "Becomes" in home("import", "--dry-run").out


class TestAtATerminal:
    """One command and one confirmation."""

    def test_of_a_portal(self, home: Daypass, sandbox: Sandbox):
        home.env |= {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
        before = (
            f"[sso-session acme]\nsso_start_url = {sandbox.start_url}\nsso_region = eu-central-1\n\n"
            "[profile shop]\nsso_session = acme\nsso_account_id = 444455556666\nsso_role_name = Developer\n"
        )
        home.aws_config.write_text(before)
        home.conversation("import", answers=[(AND_SIGN_IN, "n")], code=1)
        assert home.aws_config.read_text() == before and home("identity", "list", "--json").json == []

        shown = home.conversation("import", answers=[(AND_SIGN_IN, "y")])
        assert shown.count("[y/N]") == 1 and "Signed in to acme as " in shown
        assert "assumed-role/AWSReservedSSO_Developer_" in home.caller("shop")
        assert "Nothing changes" in home.conversation("import", answers=[])

    def test_a_key_that_only_aws_vault_has_is_typed(self, home: Daypass, pat: dict):
        home.aws_config.write_text(OF_AWS_VAULT)
        key, secret = ("access key ID of work (leave empty to skip): ", "secret access key of work (leave empty to skip): ")
        left = home.conversation("import", answers=[(key, ""), (IMPORT, "y")])
        assert "type it" in left and home.aws_config.read_text() == OF_AWS_VAULT
        assert "You didn't type anything" in home.conversation("import", answers=[(key, "")])
        typed = [(key, pat["access_key_id"]), (secret, pat["secret_access_key"]), (IMPORT, "y")]
        shown = home.conversation("import", answers=typed)
        assert pat["secret_access_key"] not in shown
        assert "work: tools ask Daypass" in shown, "the plan tells what changes once the key is typed"
        assert home.caller("work") == pat["arn"]

    def test_keys_leave_their_file_if_you_agree(self, home: Daypass, pat: dict):
        before = f"[pat]\n{key_of(pat)}"
        home.credentials.write_text(before)
        question = "Remove the access keys of pat from the AWS files, once they're in the vault and AWS accepts them? [y/N] "
        shown = home.conversation("import", answers=[(question, "y"), (IMPORT, "y")])
        assert pat["secret_access_key"] not in shown and shown.count("Becomes") == 1
        assert home.credentials.read_text() == "" and home.caller("pat") == pat["arn"]


def test_a_key_of_aws_vault_to_the_aws_cli(home: Daypass, pat: dict):
    keys = Path(home.env["HOME"]) / "elsewhere"
    keys.mkdir()
    (keys / "work").write_text(aws_vault.seal(aws_vault.item("work", pat), "correct horse"))
    home.aws_config.write_text(OF_AWS_VAULT)
    home.env["AWS_VAULT_FILE_DIR"] = str(keys)
    passphrase = "passphrase of aws-vault's file ~/elsewhere/work (leave empty to skip): "
    home.conversation("import", "--from", "aws-vault", answers=[(passphrase, "correct horse"), (IMPORT, "y")])
    assert home.caller("work") == pat["arn"]


@pytest.mark.xdist_group("keyring")
def test_keys_in_the_secret_service(home: Daypass, pat: dict, kim: dict, tmp_path: Path):
    """Those of aws-vault in a collection of its own, and those that Leapp put into the default one."""
    home.aws_config.write_text(OF_AWS_VAULT)
    account = {"accountName": "Shop", "accountId": "111122223333"}
    session = {"sessionId": "s1", "type": "awsIamUser", "sessionName": "ann", "region": "eu-central-1", "profileId": "p1"}
    workspace = {
        "_sessions": [session | {"awsAccount": account}],
        "_profiles": [{"id": "p1", "name": "shop"}],
        "_awsSsoIntegrations": [],
        "_idpUrls": [],
        "_defaultRegion": "us-east-1",
        "_workspaceVersion": 7,
    }
    sealed = Path(home.env["HOME"]) / ".Leapp/Leapp-lock.json"
    sealed.parent.mkdir()
    sealed.write_text(leapp.seal(json.dumps(workspace), leapp.machine_id()))
    with private_desktop(tmp_path / "desktop", tray=False) as desktop:
        desktop.keep_secret("awsvault", "work", {"profile": "work"}, aws_vault.item("work", pat))
        desktop.keep_secret("awsvault", "other", {"profile": "sts.GetSessionToken,d29yaw,,1700000000"}, "{}")
        for item, value in (("access-key-id", "access_key_id"), ("secret-access-key", "secret_access_key")):
            named = {"service": "Leapp", "account": f"s1-iam-user-aws-session-{item}"}
            desktop.keep_secret("login", "Leapp", named, kim[value])
        home.env |= {n: v for n, v in desktop.env.items() if n in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")}
        outcome = home(*CONFIRMED, "--json").json["outcome"]
        assert outcome["left"] == [] and sorted(outcome["profiles"]) == ["shop", "work"]
        assert home.caller("work") == pat["arn"]
        assert home.caller("shop") == kim["arn"]


def test_a_file_elsewhere(home: Daypass):
    moved = Path(home.env["HOME"]) / "old-machine.ini"
    moved.write_text("[corp]\nurl = https://idp.example.org/start\nprovider = Browser\n")
    planned = home("import", "--from", "saml2aws", "--file", moved, "--dry-run", "--json").json["plan"]
    assert [one["name"] for one in planned["identities"]] == ["corp"]
    assert planned["tools"][0]["files"] == ["~/old-machine.ini"]
    for wrong in (
        ["--file", moved],
        ["--from", "leapp", "--from", "saml2aws", "--file", moved],
        ["--from", "aws", "--file", moved],
        ["--from", "saml2aws", "--file", moved.with_name("missing")],
        ["--from", "leapp", "--file", moved.parent],
    ):
        assert "code: bad-usage" in home("import", "--yes", *wrong, code=2).err
    assert home("identity", "list", "--json").json == []
