"""The manual pages that the packages have."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from peers.daypass import Daypass
from peers.process import ROOT


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("man") / "man1"
    Daypass(tmp_path_factory.mktemp("machine"))("man-pages", folder)
    return folder


def commands_below(daypass: Daypass, *path: str) -> list[tuple[str, ...]]:
    """This command and all below it, as its help lists them."""
    listed = daypass(*path, "--help").out.partition("\nCommands:\n")[2].partition("\n\n")[0]
    names = [name for name in re.findall(r"^  ([a-z-]+)", listed, re.M) if name != "help"]
    return [path, *(below for name in names for below in commands_below(daypass, *path, name))]


def test_every_command_has_a_page_that_names_its_options(daypass: Daypass, pages: Path):
    commands = commands_below(daypass)
    assert len(commands) > 40
    assert {page.name for page in pages.iterdir()} == {"-".join(("daypass", *path)) + ".1" for path in commands}
    for path in commands:
        page = (pages / ("-".join(("daypass", *path)) + ".1")).read_text().replace("\\-", "-")
        options = set(re.findall(r"^ {2,6}(?:-\w, )?(--[a-z-]+)", daypass(*path, "--help").out, re.M))
        assert not {option for option in options - {"--version"} if option not in page}, path


@pytest.mark.skipif(not shutil.which("groff"), reason="groff isn't installed")
def test_they_render_without_a_warning_and_keep_examples_as_they_are(pages: Path):
    files = sorted(pages.iterdir())
    shown = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-Kutf8", "-rLL=100n", *files], capture_output=True, text=True, check=True
    )
    assert shown.stderr == ""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown.stdout)
    assert "daypass-start - Start a role" in plain
    assert re.search("\n +daypass start 123456789012/ReadOnly --profile audit\n", plain), "each example has its line"
    assert "Daypass Manual" in plain.partition("\n")[0]
    if lint := shutil.which("mandoc"):
        told = subprocess.run([lint, "-Tlint", "-Werror", *files], capture_output=True, text=True)
        assert told.stdout + told.stderr == ""


def test_the_packages_have_them_and_the_command():
    linux = json.loads((ROOT / "tauri.conf.json").read_text())["bundle"]["linux"]
    staged = {"/usr/bin/daypass": ".dev/package/daypass", "/usr/share/man/man1": ".dev/package/man1"}
    assert all(linux[kind]["files"].items() >= staged.items() for kind in ("deb", "rpm", "appimage"))
