#!/usr/bin/env python3
"""Packs the command for a platform: the program, manual pages, completions and licences.

    python packaging/archive.py FOLDER TARGET OUT    FOLDER has the program that was built for TARGET

Two runs for one commit make the same archive.
"""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import licences
import project

SHELLS = {"bash": "daypass.bash", "zsh": "_daypass", "fish": "daypass.fish", "powershell": "daypass.ps1"}
READ = ("README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE")


def main() -> None:
    folder, target, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    windows = "windows" in target
    program = folder / ("daypass.exe" if windows else "daypass")
    name = f"daypass-v{project.version()}-{target}"
    files = {program.name: program.read_bytes()} | {file: (project.ROOT / file).read_bytes() for file in READ}
    files["LICENSES"] = licences.page(licences.parts(("daypass",), target)).encode()
    files |= {f"completions/{file}": printed(program, "completions", shell) for shell, file in SHELLS.items()}
    if not windows:
        files |= manual_pages(program)
    archive = out / f"{name}.{'zip' if windows else 'tar.gz'}"
    archive.write_bytes(zipped(name, files) if windows else tarred(name, files, program.name))
    print(archive)


def printed(program: Path, *arguments: str) -> bytes:
    return subprocess.run([program.resolve(), *arguments], stdout=subprocess.PIPE, check=True).stdout


def manual_pages(program: Path) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        printed(program, "man-pages", folder)
        return {f"man/{page.name}": page.read_bytes() for page in sorted(Path(folder).iterdir())}


def tarred(name: str, files: dict[str, bytes], program: str) -> bytes:
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9, mtime=0) as zipping,
        tarfile.open(fileobj=zipping, mode="w", format=tarfile.GNU_FORMAT) as archive,
    ):
        for file, content in sorted(files.items()):
            entry = tarfile.TarInfo(f"{name}/{file}")
            entry.size, entry.mode = len(content), 0o755 if file == program else 0o644
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def zipped(name: str, files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(f"{name}/{file}"), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


if __name__ == "__main__":
    main()
