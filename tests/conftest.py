"""Fixtures that all test folders share. A peer that keeps no state between tests starts once a session."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from peers import nanoidp as nanoidp_peer
from peers import oidc_provider as oidc_provider_peer
from peers import simplesamlphp as simplesamlphp_peer
from peers import slapd as slapd_peer
from peers import sts
from peers.daypass import Daypass
from peers.oidc_provider import Issuer
from peers.private_desktop import session_bus
from peers.saml import SamlIdp
from peers.sandbox import Sandbox
from peers.sandbox import sandbox as run_sandbox
from peers.slapd import Directory


def pytest_configure() -> None:
    # A shell starts background jobs with SIGINT ignored. Programs inherit that, so Ctrl-C wouldn't end them.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def peer_logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the peers' logs and state."""
    return tmp_path_factory.mktemp("peers")


@pytest.fixture(scope="session")
def oidc_provider(peer_logs: Path) -> Iterator[Issuer]:
    """The certified provider, with lifetimes in minutes."""
    with oidc_provider_peer.oidc_provider(peer_logs) as issuer:
        yield issuer


@pytest.fixture(scope="session")
def nanoidp(peer_logs: Path) -> Iterator[Issuer]:
    """The second provider, which accepts only one redirect port."""
    with nanoidp_peer.nanoidp(peer_logs) as issuer:
        yield issuer


@pytest.fixture(scope="session", params=["oidc_provider", "nanoidp"])
def issuer(request: pytest.FixtureRequest) -> Issuer:
    """Each OpenID provider in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def simplesamlphp(peer_logs: Path) -> Iterator[SamlIdp]:
    """A SAML identity provider that supports AWS, IdP-initiated and SP-initiated."""
    with simplesamlphp_peer.simplesamlphp(peer_logs) as idp:
        yield idp


@pytest.fixture(scope="session")
def nanoidp_saml(nanoidp: Issuer, peer_logs: Path) -> SamlIdp:
    """The second SAML identity provider, SP-initiated only, with alice who has two roles."""
    return nanoidp_peer.saml_of(nanoidp, peer_logs)


@pytest.fixture(scope="session", params=["simplesamlphp", "nanoidp_saml"])
def saml_idp(request: pytest.FixtureRequest) -> SamlIdp:
    """Each SAML identity provider in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def slapd(peer_logs: Path) -> Iterator[Directory]:
    """OpenLDAP with people and groups, as strict as possible."""
    with slapd_peer.slapd(peer_logs) as directory:
        yield directory


@pytest.fixture(scope="session")
def moto(peer_logs: Path) -> Iterator[sts.Sts]:
    """moto's STS, IAM and Cognito."""
    with sts.moto(peer_logs) as running:
        yield running


@pytest.fixture(scope="session")
def ministack(peer_logs: Path) -> Iterator[sts.Sts]:
    """ministack's STS, IAM and Cognito, which check signatures."""
    with sts.ministack(peer_logs) as running:
        yield running


@pytest.fixture(scope="session", params=["moto", "ministack"])
def any_sts(request: pytest.FixtureRequest) -> sts.Sts:
    """Each STS in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def daypass(tmp_path: Path) -> Iterator[Daypass]:
    """A person's machine in a folder, with the command, its state, and AWS files that already contain profiles."""
    machine = Daypass(tmp_path)
    yield machine
    machine.end_background()


@pytest.fixture
def sandbox(daypass: Daypass, tmp_path: Path) -> Iterator[Sandbox]:
    """A separate sandbox for the test, because tests change its knobs. Daypass is set up to use it."""
    with run_sandbox(tmp_path) as running:
        daypass.env |= running.env
        yield running


@pytest.fixture
def bus(daypass: Daypass, tmp_path: Path) -> Iterator[str]:
    """A D-Bus of its own, which plays the session's and the system's."""
    home = tmp_path / "bus"
    (home / "runtime_dir").mkdir(parents=True)
    with session_bus(home, daypass.env, home) as address:
        daypass.env |= {"DBUS_SESSION_BUS_ADDRESS": address, "DBUS_SYSTEM_BUS_ADDRESS": address}
        yield address
