"""Facts about the project that packages and recipes name."""

from __future__ import annotations

import os
import re
import subprocess
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

REPOSITORY = "DAYPASS_REPOSITORY"
"""The variable with the address of the project's repository, such as https://github.com/OWNER/daypass. The release
workflow sets it. The sources don't know it, so that a fork's packages don't lead to another project."""


def version() -> str:
    """The version in Cargo.toml."""
    return tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def repository() -> str | None:
    """The address of the repository, if it's known here."""
    address = os.environ.get(REPOSITORY, "").rstrip("/")
    if address and not re.fullmatch(r"https://[\w.-]+(/[\w.-]+)+", address):
        raise SystemExit(f"{REPOSITORY} isn't the address of a repository: {address!r}")
    return address or None


def date() -> str:
    """The day of the version: that of the commit, so that two builds of it are equal. Today outside of git."""
    told = subprocess.run(["git", "log", "-1", "--format=%cs"], cwd=ROOT, capture_output=True, text=True)
    return told.stdout.strip() or time.strftime("%Y-%m-%d", time.gmtime())
