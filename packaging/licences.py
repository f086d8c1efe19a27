#!/usr/bin/env python3
"""The licences of everything that is in the programs: `copyright` as Debian and others want it, for the packages.

    python packaging/licences.py FILE [--target TARGET]

Reads what cargo and npm locked. The texts come from the packages themselves, as their authors wrote them.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ("daypass", "daypass-desktop")
TEXT_NAMES = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)", re.IGNORECASE)
LONGEST_TEXT = 100_000


@dataclass(frozen=True)
class Part:
    """A package that is in one of our programs."""

    name: str
    version: str
    licence: str
    authors: str
    folder: Path


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--target", help="the platform that the programs are built for")
    given = arguments.parse_args()
    found = parts(PROGRAMS, given.target or host())
    given.file.write_text(page(found), encoding="utf-8")
    print(f"{len(found)} packages in {given.file}", file=sys.stderr)


def parts(programs: tuple[str, ...], target: str) -> list[Part]:
    """What these programs are made of, in order."""
    window = window_parts() if "daypass-desktop" in programs else ()
    return sorted({*rust_parts(programs, target), *window}, key=lambda part: (part.name, part.version))


def rust_parts(programs: tuple[str, ...], target: str) -> Iterator[Part]:
    """The crates that are linked into the programs, without those that only build or test them."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    known = json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)
    packages = {package["id"]: package for package in known["packages"]}
    nodes = {node["id"]: node for node in known["resolve"]["nodes"]}
    waiting = [id for id, package in packages.items() if package["name"] in programs and package["source"] is None]
    seen: set[str] = set()
    while waiting:
        id = waiting.pop()
        if id in seen:
            continue
        seen.add(id)
        linked = (d["pkg"] for d in nodes[id]["deps"] if any(kind["kind"] is None for kind in d["dep_kinds"]))
        waiting += [other for other in linked if not is_macro(packages[other])]
    for package in (packages[id] for id in seen):
        if package["source"] is not None:
            licence = package["license"] or "see below"
            authors = ", ".join(re.sub(r" <.*?>", "", author) for author in package["authors"])
            yield Part(package["name"], package["version"], licence, authors, Path(package["manifest_path"]).parent)


def is_macro(package: dict) -> bool:
    return any("proc-macro" in target["kind"] for target in package["targets"])


def host() -> str:
    told = subprocess.run(["rustc", "-vV"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return re.search(r"^host: (.+)$", told, re.MULTILINE)[1]


def window_parts() -> Iterator[Part]:
    """What Vite puts into the window: Svelte's runtime, and what the window depends on, with what these need."""
    lock = json.loads((ROOT / "ui/package-lock.json").read_text())["packages"]
    waiting = ["svelte", *lock[""]["dependencies"]]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        entry = lock[f"node_modules/{name}"]
        if name in seen:
            continue
        seen.add(name)
        # Svelte's own dependencies are those of its compiler, but for these.
        needed = entry.get("dependencies", {})
        waiting += [other for other in needed if name != "svelte" or other in {"clsx", "esm-env", "devalue"}]
        yield Part(name, entry["version"], entry.get("license", "see below"), "", ROOT / "ui/node_modules" / name)


def texts(part: Part) -> list[str]:
    """The licence files in a package."""
    files = [file for file in sorted(part.folder.iterdir()) if TEXT_NAMES.match(file.name) and file.is_file()]
    return [plain(file.read_text(encoding="utf-8", errors="replace")[:LONGEST_TEXT]) for file in files]


def plain(text: str) -> str:
    lines = (line.rstrip() for line in text.replace("\f", "\n").splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def page(parts: list[Part]) -> str:
    """Our own licence, then each text once with the names of all packages that carry it."""
    carriers: defaultdict[str, list[Part]] = defaultdict(list)
    without: list[Part] = []
    for part in parts:
        found = texts(part)
        for text in found:
            carriers[text].append(part)
        if not found:
            without.append(part)
    pieces = [
        "Daypass\n\nCopyright (c) 2026 The Daypass authors\nLicence: MIT or Apache-2.0, at your option\n\n"
        "On Debian systems, the text of the Apache Licence 2.0 is in /usr/share/common-licenses/Apache-2.0.",
        plain((ROOT / "LICENSE-MIT").read_text()),
        plain((ROOT / "LICENSE-APACHE").read_text()),
        "The programs contain the packages below, each under its own licence.",
        "\n".join(f"{part.name} {part.version}: {part.licence}" for part in parts),
    ]
    if without:
        named = (f"{p.name} {p.version}: {p.licence}{f', by {p.authors}' if p.authors else ''}" for p in without)
        pieces.append(
            "These come without a file that has their licence. Its text is among those below, with other packages:\n\n"
            + "\n".join(named)
        )
    for text, those in sorted(carriers.items(), key=lambda item: (item[1][0].name, item[0])):
        pieces.append(", ".join(f"{part.name} {part.version}" for part in those) + ":\n\n" + text)
    return f"\n\n{'-' * 100}\n\n".join(pieces) + "\n"


if __name__ == "__main__":
    main()
