"""Fixtures of the window's tests: a desktop with a keyring and a tray, and a machine that uses them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from peers.daypass import Daypass
from peers.private_desktop import PrivateDesktop, private_desktop


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests that share one app, or that keep the disk busy with one package, in one worker."""
    for item in items:
        for shared in {"open_app", "package"}.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group(shared))


@pytest.fixture
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateDesktop]:
    """A separate desktop for the test, whose notifications and keyring start empty."""
    with private_desktop(tmp_path_factory.mktemp("desktop")) as running:
        yield running


@pytest.fixture
def machine(daypass: Daypass, desktop: PrivateDesktop) -> Daypass:
    """A new machine, with nothing configured and the vault's key in the keyring."""
    daypass.config.unlink()
    daypass.env |= {n: desktop.env[n] for n in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY")}
    return daypass
