"""The recipes for other package managers, and the archives of the command, as the release workflow makes them."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest

from peers.process import ROOT, TARGET

PACKAGING = ROOT / "packaging"
VERSION = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
REPOSITORY = "https://github.com/example/daypass"


def run(script: str, *args: str | Path, code: int = 0) -> subprocess.CompletedProcess:
    done = subprocess.run([sys.executable, PACKAGING / script, *args], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def names() -> list[str]:
    """The files of a release, as the recipes expect them."""
    listed = "import update; print(*update.FILES.values(), sep='\\n')"
    done = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, cwd=PACKAGING, check=True)
    return [pattern.format(version=VERSION) for pattern in done.stdout.split()]


@pytest.fixture(scope="module")
def sums(names: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("release") / "SHA256SUMS"
    file.write_text("".join(f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n" for name in names))
    return file


@pytest.fixture(scope="module")
def recipes(sums: Path) -> Path:
    out = sums.parent / "recipes"
    run("update.py", VERSION, "--sums", sums, "--repository", REPOSITORY, "--out", out)
    return out


def test_every_value_is_filled_in_and_each_address_has_its_own_hash(recipes: Path, names: list[str]):
    made = [file for file in recipes.rglob("*") if file.is_file()]
    assert len(made) == len([file for file in PACKAGING.rglob("*.in") if file.parent.name != "linux"]) > 8
    texts = [file.read_text() for file in made]
    assert not any(re.search(r"@[A-Z]", text) for text in texts)
    together = "\n".join(texts).replace("#{version}", VERSION)
    for name in names:
        arch = {"aarch64": "#{arch}", "x64": "#{arch}"}
        possible = {name} | {name.replace(real, word) for real, word in arch.items() if name.endswith(".dmg")}
        assert any(f"{REPOSITORY}/releases/download/v{VERSION}/{one}" in together for one in possible), name
        assert hashlib.sha256(name.encode()).hexdigest() in together, name


def test_a_file_that_the_release_lacks_is_named(sums: Path, tmp_path: Path):
    lines = sums.read_text().splitlines(keepends=True)
    short = tmp_path / "SHA256SUMS"
    short.write_text("".join(lines[1:]))
    refused = run("update.py", VERSION, "--sums", short, "--repository", REPOSITORY, "--out", tmp_path / "out", code=1)
    assert lines[0].split()[1] in refused.stderr and not (tmp_path / "out").exists()


def test_a_release_without_windows_has_all_other_recipes(sums: Path, tmp_path: Path):
    lines = [line for line in sums.read_text().splitlines(keepends=True) if "windows" not in line and ".msi" not in line]
    short, out = tmp_path / "SHA256SUMS", tmp_path / "out"
    short.write_text("".join(lines))
    told = run("update.py", VERSION, "--sums", short, "--repository", REPOSITORY, "--out", out).stdout
    assert "left out: scoop/daypass.json.in" in told and "windows-msvc.zip" in told
    made = {file.name for file in out.rglob("*") if file.is_file()}
    assert {"PKGBUILD", "daypass.rb", "daypass-desktop.rb"} <= made
    assert "daypass.json" not in made and not any("Daypass.Daypass" in name for name in made)


def test_the_release_builds_what_the_recipes_name(names: list[str]):
    workflow = (ROOT / ".github/workflows/release.yml").read_text()
    bundles, commands = (re.findall(rf"target: (\S+?)(?:,| \}})", part) for part in parts(workflow))
    assert {name.split(f"v{VERSION}-")[1] for name in names if name.startswith("daypass-v")} == {
        f"{target}.{'zip' if 'windows' in target else 'tar.gz'}" for target in commands
    }
    # As Tauri names them.
    word = {"x86_64-unknown-linux-gnu": "amd64", "aarch64-unknown-linux-gnu": "arm64", "aarch64-apple-darwin": "aarch64"}
    for target in bundles:
        assert any(name.startswith(f"Daypass_{VERSION}_{word.get(target, 'x64')}") for name in names), target


def parts(workflow: str) -> tuple[str, str]:
    bundle, _, rest = workflow.partition("\n  bundle:\n")[2].partition("\n  command:\n")
    return bundle, rest.partition("\n  draft:\n")[0]


def test_their_own_readers_take_them(recipes: Path):
    scoop = json.loads((recipes / "scoop/daypass.json").read_text())
    assert scoop["version"] == VERSION and scoop["architecture"]["64bit"]["extract_dir"] in scoop["architecture"]["64bit"]["url"]
    readers = {
        "bash": ["-n", recipes / "aur/PKGBUILD"],
        "ruby": ["-c", recipes / "homebrew/Formula/daypass.rb", recipes / "homebrew/Casks/daypass-desktop.rb"],
        "flatpak-builder": ["--show-manifest", recipes / "flatpak/io.daypass.desktop.yml"],
        "nix-instantiate": ["--parse", *PACKAGING.glob("nix/*.nix")],
    }
    for reader, args in readers.items():
        if shutil.which(reader):
            told = subprocess.run([reader, *args], cwd=recipes, capture_output=True, text=True)
            assert told.returncode == 0, f"{reader}: {told.stderr}"


def test_the_aurs_summary_is_that_of_its_recipe(recipes: Path):
    """`makepkg --printsrcinfo` makes it, where there is one."""
    names = "pkgname pkgver pkgrel url arch license depends optdepends provides conflicts options source_x86_64 source_aarch64"
    shell = f'source "{recipes}/aur/PKGBUILD"; for n in {names} sha256sums_x86_64 sha256sums_aarch64 pkgdesc; do '
    shell += 'declare -n all=$n; for one in "${all[@]}"; do echo "$n = $one"; done; done'
    told = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True).stdout
    summary = (recipes / "aur/.SRCINFO").read_text()
    listed = [line.strip().replace("pkgbase =", "pkgname =") for line in summary.splitlines() if line.strip()]
    assert sorted(set(listed)) == sorted(set(told.splitlines()))


def test_the_commands_archive_has_all_that_belongs_to_it(tmp_path: Path):
    # It stands for the program, which takes long to pack.
    program = tmp_path / "built/daypass"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{TARGET}/debug/daypass" "$@"\n')
    program.chmod(0o755)
    out = tmp_path / "out"
    out.mkdir()
    run("archive.py", program.parent, "x86_64-unknown-linux-gnu", out)
    [packed] = out.iterdir()
    name = f"daypass-v{VERSION}-x86_64-unknown-linux-gnu"
    assert packed.name == f"{name}.tar.gz"
    with tarfile.open(packed) as archive:
        held = {entry.name: entry for entry in archive}
        assert all(entry.name.startswith(f"{name}/") and entry.uid == 0 for entry in held.values())
        inside = {path.removeprefix(f"{name}/") for path in held}
        assert inside >= {"daypass", "README.md", "LICENSE-MIT", "LICENSES", "man/daypass.1", "completions/_daypass"}
        assert held[f"{name}/daypass"].mode == 0o755
        licences = archive.extractfile(f"{name}/LICENSES").read().decode()
    assert "\nclap " in licences and "\ntauri " not in licences
