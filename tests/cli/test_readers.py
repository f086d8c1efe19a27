"""The AWS CLI and the SDKs read what Daypass writes. What they do with an endpoint is in `test_serve.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.readers import READERS, Reader, run
from peers.sandbox import ROLE, Sandbox


@pytest.mark.parametrize("way", ["file", "process", "variables"])
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_every_reader_gets_credentials(
    daypass: Daypass, sandbox: Sandbox, reader: Reader, way: str, tmp_path_factory: pytest.TempPathFactory
):
    argv = reader.command(tmp_path_factory.getbasetemp())
    if isinstance(argv, str) or way in reader.lacks:
        pytest.skip(argv if isinstance(argv, str) else f"this version doesn't know {way}")
    daypass.sign_in(sandbox.issuer, (ROLE, "dev"))
    found = found_by(daypass, way, argv)
    key = daypass.session("dev")["accessKeyId"]
    assert key in found or ":assumed-role/Developer/" in found


def found_by(daypass: Daypass, way: str, argv: list[str | Path]) -> str:
    """What the reader prints, with the role's credentials by this way."""
    match way:
        case "file":
            daypass("start", "dev")
        case "process":
            daypass("profiles", "sync", "--yes")
        case _:
            return daypass("exec", "dev", "--static", "--", *argv).out
    return run(argv, daypass.env | {"AWS_PROFILE": "dev"})
