#!/usr/bin/env python3
"""Fills in the package recipes for a release: its version, where its files are, and their hashes.

    python packaging/update.py VERSION --sums SHA256SUMS --repository https://github.com/OWNER/daypass [--out FOLDER]

SHA256SUMS is the release's own. A recipe that names a file which the release doesn't have is left out. For Linux that is an
error, so the release workflow runs this before it makes the draft. The recipes in this folder end in .in and have @NAMES@ where a release
has values; packaging/nix needs none.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import project

HERE = Path(__file__).resolve().parent

FILES = {
    "COMMAND_LINUX_ARM64": "daypass-v{version}-aarch64-unknown-linux-musl.tar.gz",
    "COMMAND_LINUX_X64": "daypass-v{version}-x86_64-unknown-linux-musl.tar.gz",
    "COMMAND_MACOS_ARM64": "daypass-v{version}-aarch64-apple-darwin.tar.gz",
    "COMMAND_MACOS_X64": "daypass-v{version}-x86_64-apple-darwin.tar.gz",
    "COMMAND_WINDOWS_X64": "daypass-v{version}-x86_64-pc-windows-msvc.zip",
    "DEB_ARM64": "Daypass_{version}_arm64.deb",
    "DEB_X64": "Daypass_{version}_amd64.deb",
    "DMG_ARM64": "Daypass_{version}_aarch64.dmg",
    "DMG_X64": "Daypass_{version}_x64.dmg",
    "MSI_X64": "Daypass_{version}_x64_en-US.msi",
    "SETUP_X64": "Daypass_{version}_x64-setup.exe",
}
"""The files of a release that recipes name. Tauri and the release workflow name them."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("version")
    arguments.add_argument("--sums", type=Path, required=True, help="the release's SHA256SUMS")
    arguments.add_argument("--repository", required=True, help="https://github.com/OWNER/daypass")
    arguments.add_argument("--out", type=Path, default=Path("recipes"), help="where the recipes go [default: recipes]")
    given = arguments.parse_args()
    known = values(given.version, given.repository.rstrip("/"), hashes(given.sums))
    for template in sorted(HERE.rglob("*.in")):
        if template.parent.name == "linux":
            continue  # the packages' own, which they fill in themselves
        if missing := sorted(absent(template.parent, known)):
            names = ", ".join(FILES[key].format(version=given.version) for key in missing)
            print(f"left out: {template.relative_to(HERE)}, because the release has no {names}")
            continue
        made = given.out / template.relative_to(HERE).with_suffix("")
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(filled(template, known))
        print(made)


def hashes(sums: Path) -> dict[str, str]:
    """The SHA-256 of each file, as sha256sum writes them."""
    lines = re.findall(r"^([0-9a-f]{64}) [ *](.+)$", sums.read_text(), re.MULTILINE)
    return {name: digest for digest, name in lines}


def values(version: str, repository: str, known: dict[str, str]) -> dict[str, str]:
    """What each @NAME@ stands for."""
    downloads = f"{repository}/releases/download/v{version}"
    names = {key: pattern.format(version=version) for key, pattern in FILES.items()}
    missing = sorted(name for key, name in names.items() if name not in known and key.startswith(("COMMAND_LINUX", "DEB")))
    if missing:
        raise SystemExit(f"the release has no {', '.join(missing)}")
    urls = {key: f"{downloads}/{name}" for key, name in names.items() if name in known}
    digests = {f"{key}_SHA256": known[name] for key, name in names.items() if name in known}
    return {"VERSION": version, "REPOSITORY": repository, "DOWNLOADS": downloads, "DATE": project.date()} | urls | digests


def absent(folder: Path, known: dict[str, str]) -> set[str]:
    """The files that a folder's recipes name and the release doesn't have. One of them is of no use without the others."""
    text = "".join(template.read_text() for template in folder.glob("*.in"))
    named = {name.removesuffix("_SHA256") for name in re.findall(r"@([A-Z0-9_]+)@", text)}
    return {name for name in named if name in FILES and name not in known}


def filled(template: Path, known: dict[str, str]) -> str:
    def value(found: re.Match) -> str:
        if found[1] not in known:
            raise SystemExit(f"{template}: {found[0]} isn't known")
        return known[found[1]]

    return re.sub(r"@([A-Z][A-Z0-9_]*)@", value, template.read_text())


if __name__ == "__main__":
    main()
