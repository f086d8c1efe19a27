"""The main journeys on Wayland, as an ordinary user. They are in `wayland_journeys.py`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import wayland_journeys

from peers.wayland_desktop import ORDINARY

JOURNEYS = [name for name in vars(wayland_journeys) if name.startswith("test_")]

if os.geteuid() == 0:
    # Sway isn't for root, and few people's desktop is.
    @pytest.mark.parametrize("journey", JOURNEYS)
    def test_as_an_ordinary_user(journey: str, tmp_path: Path):
        file = Path(wayland_journeys.__file__)
        argv = [*ORDINARY, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", tmp_path / "journey"]
        done = subprocess.run([*argv, f"{file}::{journey}"], cwd=file.parents[2], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
else:
    from wayland_journeys import *  # noqa: F403
