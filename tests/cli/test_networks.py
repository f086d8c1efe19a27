"""Corporate networks: tinyproxy is the only way to AWS, whose names nothing else resolves, and whose certificates come
from the company's own authority. A request that doesn't take the proxy fails."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from peers import tls
from peers.corp_network import CorpProxy, Front, corp_proxy, tls_front
from peers.daypass import Daypass
from peers.oidc_provider import oidc_provider
from peers.readers import BOTO3, run
from peers.sandbox import ROLE, Sandbox

HOST = "aws.corp.test"
DEVELOPER = "444455556666-Developer"
USER, PASSWORD = "ann", "Pl4ntedPassw0rd"
INVALID, PASSING = 2, 6


@pytest.fixture
def fronts(sandbox: Sandbox, daypass: Daypass, tmp_path: Path) -> Iterator[list[Front]]:
    """AWS at a name that only the proxy resolves. The browser has its own way there."""
    with tls_front(tmp_path, HOST, sandbox.sts, sandbox.signin) as (aws, signin):
        daypass.env |= {f"AWS_ENDPOINT_URL_{name}": aws.url for name in ("STS", "SSO", "SSO_OIDC")}
        console = signin.url + urlsplit(sandbox.signin).path
        daypass.env |= {"AWS_ENDPOINT_URL_SIGNIN": console, "PERSON_HOSTS": f"{aws.url}={sandbox.sts}"}
        daypass.env |= {"PERSON_USER": sandbox.issuer.user, "PERSON_PASSWORD": sandbox.issuer.password}
        yield [aws, signin]


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[CorpProxy]:
    """The proxy, which requires a user name and a password."""
    with corp_proxy(tmp_path, HOST, sign_in=(USER, PASSWORD)) as running:
        yield running


def add(daypass: Daypass, sandbox: Sandbox) -> None:
    """An identity of IAM Identity Center."""
    daypass("identity", "add", "identity-center", "work", "--start-url", sandbox.start_url, "--region", "eu-central-1")


def findings(daypass: Daypass, what: str) -> str:
    """What `doctor` says about this."""
    found = json.loads(daypass("doctor", "--json", code=None).out)["findings"]
    return " ".join(f"{it['verdict']}: {it['message']} {it.get('hint', '')}" for it in found if it["what"] == what)


def planted(daypass: Daypass) -> list[str]:
    """Files of Daypass's with the password in them."""
    files = [path for path in daypass.home.rglob("*") if path.is_file()]
    return [str(path) for path in files if PASSWORD.encode() in path.read_bytes()]


def test_the_main_job_through_a_proxy_that_the_environment_names(
    daypass: Daypass, sandbox: Sandbox, fronts: list[Front], proxy: CorpProxy
):
    trust = {"AWS_CA_BUNDLE": str(fronts[0].authority)}
    add(daypass, sandbox)
    alone = daypass("identity", "login", "work", env=trust, code=None)
    assert alone.code != 0 and "couldn't be resolved" in alone.err, alone.err
    nameless = daypass("identity", "login", "work", env=trust | {"HTTPS_PROXY": proxy.address}, code=INVALID)
    assert f"the proxy {proxy.address} (HTTPS_PROXY) asks for a user name and a password" in nameless.err
    assert "daypass config proxy-login" in nameless.err

    daypass.env |= trust | {"HTTPS_PROXY": proxy.url(USER, PASSWORD)}
    shown = [daypass("--verbose", "identity", "login", "work"), daypass("--verbose", "start", DEVELOPER)]
    assert daypass.session(DEVELOPER)["state"] == "active"
    console = daypass("console", DEVELOPER, "--print")
    assert console.out.startswith("http") and "SigninToken" in console.out
    ports = {front.url.rsplit(":", 1)[1] for front in fronts}
    assert {f"{HOST}:{port}" for port in ports} <= set(proxy.asked())
    assert f"Daypass reaches AWS through {proxy.address} (HTTPS_PROXY)" in findings(daypass, "proxy")
    assert str(fronts[0].authority) in findings(daypass, "certificates")
    shown.append(daypass("doctor", code=None))

    wrong = {"https_proxy": proxy.url(USER, "n0tThePassw0rd")}
    refused = daypass("--verbose", "renew", DEVELOPER, env=wrong, code=PASSING)
    # tinyproxy answers 401 to CONNECT, and not 407.
    assert "refused to connect" in refused.err and "wrong user name or password" in refused.err
    untrusted = daypass("renew", DEVELOPER, env={"AWS_CA_BUNDLE": ""}, code=INVALID)
    assert "isn't trusted" in untrusted.err and "network.ca_file" in untrusted.err
    shown += [refused, untrusted, nameless]
    assert not any(PASSWORD in it.out + it.err or "n0tThe" in it.out + it.err for it in shown)
    assert not planted(daypass)


def test_an_openid_provider_is_reached_through_the_proxy(daypass: Daypass, proxy: CorpProxy, tmp_path: Path):
    """Discovery, keys and the exchange of the code."""
    authority = tls.authority(tmp_path, "provider")
    with oidc_provider(tmp_path, certificate=tls.signed_by(authority, tmp_path, "provider-server", host=HOST), host=HOST) as issuer:
        here = issuer.url.replace(HOST, "127.0.0.1")
        daypass.env |= {"AWS_CA_BUNDLE": str(authority.cert), "PERSON_HOSTS": f"{issuer.url}={here}"}
        daypass("identity", "add", "oidc", "work", "--issuer", issuer.url, "--client-id", issuer.client_id)
        alone = daypass("identity", "login", "work", code=None)
        assert alone.code != 0 and "couldn't be resolved" in alone.err, alone.err

        daypass("config", "set", "network.proxy", proxy.address)
        daypass("config", "proxy-login", "--user", USER, stdin=PASSWORD + "\n")
        daypass("identity", "login", "work")
        assert issuer.grants() == 1
        assert set(proxy.asked()) == {issuer.url.removeprefix("https://")}


def test_config_and_vault_name_the_proxy_to_a_running_agent(
    daypass: Daypass, sandbox: Sandbox, fronts: list[Front], proxy: CorpProxy
):
    authority = fronts[0].authority
    daypass.agent()
    add(daypass, sandbox)
    with_password = daypass("config", "set", "network.proxy", proxy.url(USER, PASSWORD), code=INVALID)
    assert "proxy-login" in with_password.err and PASSWORD not in with_password.err + daypass.config.read_text()
    daypass("config", "set", "network.proxy", proxy.address)

    # A file that someone wrote into config.toml is not enough.
    proxy_line = f'proxy = "{proxy.address}"\n'
    daypass.config.write_text(daypass.config.read_text().replace(proxy_line, f'{proxy_line}ca_file = "{authority}"\n'))
    unconfirmed = daypass("identity", "login", "work", code=INVALID)
    assert "ca-file-unconfirmed" in unconfirmed.err and f"config set network.ca_file {authority}" in unconfirmed.err
    assert not proxy.asked(), "nothing was sent"
    daypass("config", "set", "network.ca_file", str(authority))

    asks = daypass("identity", "login", "work", code=INVALID)
    assert "(network.proxy in config.toml) asks for a user name and a password" in asks.err
    kept = daypass("config", "proxy-login", "--user", USER, stdin=PASSWORD + "\n")
    assert proxy.address in kept.out and not planted(daypass)
    daypass("identity", "login", "work")
    daypass("start", DEVELOPER)
    assert daypass.session(DEVELOPER)["state"] == "active"
    assert "from the vault" in findings(daypass, "proxy")

    # What was typed for this proxy isn't for another one.
    other = proxy.address.replace("127.0.0.1", "localhost")
    daypass("config", "set", "network.proxy", other)
    assert f"{other} (network.proxy in config.toml) asks" in daypass("renew", DEVELOPER, code=INVALID).err
    daypass("config", "set", "network.proxy", proxy.address)
    daypass("renew", DEVELOPER)
    authority.write_text("# changed\n" + authority.read_text())
    assert "ca-file-unconfirmed" in daypass("renew", DEVELOPER, code=INVALID).err
    daypass("config", "set", "network.ca_file", str(authority))
    assert daypass("config", "proxy-login", "--forget", "--json").json["removed"]
    assert "asks for a user name" in daypass("renew", DEVELOPER, code=INVALID).err
    daypass("config", "set", "network.no_proxy", HOST)
    assert "couldn't be resolved" in daypass("renew", DEVELOPER, code=None).err


def test_a_pac_script_of_the_desktop_decides(daypass: Daypass, sandbox: Sandbox, fronts: list[Front], tmp_path: Path):
    """The portal of a GNOME desktop runs it, for an app that has no shell variables."""
    script, config = tmp_path / "corp.pac", tmp_path / "desktop"
    add(daypass, sandbox)
    daypass.env |= {"AWS_CA_BUNDLE": str(fronts[0].authority), "XDG_CURRENT_DESKTOP": "GNOME"}
    daypass.env |= {"GSETTINGS_BACKEND": "keyfile", "XDG_CONFIG_HOME": str(config), "XDG_RUNTIME_DIR": str(tmp_path)}
    settings = config / "glib-2.0/settings/keyfile"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[system/proxy]\nmode='auto'\nautoconfig-url='file://{script}'\n")
    desktop = ("dbus-run-session", "--")
    with corp_proxy(tmp_path, HOST) as proxy:
        answer = f'host == "{HOST}" ? "PROXY {proxy.address.removeprefix("http://")}" : "DIRECT"'
        script.write_text(f"function FindProxyForURL(url, host) {{ return {answer}; }}\n")
        daypass("identity", "login", "work", wrap=desktop)
        assert proxy.asked()
        said = daypass("doctor", code=None, wrap=desktop).out
        assert f"Daypass reaches AWS through {proxy.address} (the system's settings)" in said, said
        # No desktop, no answer.
        assert "couldn't be resolved" in daypass("identity", "login", "work", code=None).err


def test_programs_never_send_their_request_for_credentials_to_the_proxy(daypass: Daypass, sandbox: Sandbox):
    """boto3 and the AWS CLI would ask the proxy for what the metadata service at 127.0.0.1 has."""
    asked = []
    listener = socket.create_server(("127.0.0.1", 0))

    def note() -> None:
        with contextlib.suppress(OSError):  # closed at the end
            while True:
                client, _ = listener.accept()
                with client:
                    asked.append(client.recv(4096).split(b"\r\n", 1)[0].decode(errors="replace"))

    threading.Thread(target=note, daemon=True).start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    daypass.env |= {name: url for name in ("HTTPS_PROXY", "HTTP_PROXY", "http_proxy")}
    boto3 = [sys.executable, "-c", BOTO3]
    with listener:
        assert ":assumed-role/Developer/" in run([daypass.binary, "exec", "dev", "--", *boto3], daypass.env)
        [consumer] = daypass.serving("dev", "--imds")
        files = {"AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_CONFIG_FILE": "/dev/null"}
        env = daypass.env | files | consumer["variables"]
        del env["AWS_EC2_METADATA_DISABLED"]
        assert ":assumed-role/Developer/" in run(boto3, env)
        assert asked == []
        # It is NO_PROXY that does it.
        without = {name: value for name, value in env.items() if name.lower() != "no_proxy"}
        subprocess.run(boto3, env=without | {"AWS_METADATA_SERVICE_NUM_ATTEMPTS": "1"}, capture_output=True, timeout=60)
        assert asked[0].startswith("PUT http://127.0.0.1:")
