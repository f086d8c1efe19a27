#!/usr/bin/env python3
"""Arrows point down only: between the crates of the workspace, and between the modules of each crate.

    python tests/lint/structure.py            fails and prints the circles when there are any
    python tests/lint/structure.py --graph    prints who uses whom, crate by crate and folder by folder

Crates: `ALLOWED` lists what each may use, top first, tests included. The table itself must point down.

Modules: each folder of modules, and the root of each crate, is a graph of its own that must not contain a circle. Its
nodes are the modules in the folder, each with everything inside it, and the folder's own file (`mod.rs`, `lib.rs`),
printed as `.`. An arrow goes from A to B when A names something in B, in a `use` or inline (`crate::b::Thing`):

- The check follows a name through re-exports to the definition. Every module on the way counts too, except the files of
  the folders that contain A: they are only the door to their own modules.
- A `pub use` is an arrow like any other, so a re-export can't hide a circle. The exception is a folder's file that
  re-exports from its own modules. That is the door again, unless the file's own code says the name as well.
- When a folder's file uses one of its modules, and that module uses something that the file defines, the two make a
  circle. `mod child;` on its own isn't an arrow.

The check leaves out what only tests need (`#[cfg(test)]`, tests/, examples/). It doesn't see method calls: an arrow
needs a name.
"""

import json
import subprocess
import sys
from pathlib import Path

from rust_modules import Folder, Module, folders, read_crate
from rust_source import ROOT

# Who may use whom, top first. A crate may use only what stands below it.
ALLOWED = {
    # What the faces name besides the broker: the words of `core`, a browser to open, what STS says, shells.
    "daypass-desktop": "daypass-broker daypass-identity daypass-deliver daypass-sts daypass-saml daypass-core"
    " daypass-sandbox daypass-vault aws-files",
    "daypass": "daypass-broker daypass-endpoint daypass-identity daypass-deliver daypass-peer daypass-sts daypass-audit"
    " daypass-core daypass-search daypass-sandbox daypass-vault durable-file windows-access",
    "daypass-broker": "daypass-import daypass-identity daypass-session daypass-deliver daypass-peer daypass-sts daypass-saml"
    " daypass-http daypass-audit daypass-core daypass-search daypass-vault aws-files single-flight durable-file windows-access",
    "daypass-import": "daypass-core aws-files",
    "daypass-identity": "daypass-peer daypass-sts daypass-saml daypass-ldap daypass-http daypass-audit daypass-core daypass-vault"
    " aws-files single-flight durable-file windows-access",
    # Deliveries and files on disk are for the simulation, which is a test.
    "daypass-session": "daypass-deliver daypass-audit daypass-core daypass-vault aws-files single-flight durable-file",
    "daypass-endpoint": "daypass-deliver daypass-peer daypass-core durable-file",
    "daypass-deliver": "daypass-core aws-files durable-file",
    "daypass-peer": "daypass-core",
    "daypass-sts": "daypass-http daypass-core",
    "daypass-saml": "daypass-core",
    "daypass-ldap": "daypass-core",
    "daypass-http": "daypass-core",
    "daypass-audit": "daypass-core daypass-vault durable-file",
    "daypass-core": "daypass-vault aws-files single-flight durable-file windows-access",
    "daypass-search": "",
    "daypass-sandbox": "durable-file",
    "daypass-vault": "durable-file windows-access",
    "aws-files": "durable-file",
    "single-flight": "durable-file",
    "durable-file": "windows-access",
    "windows-access": "",
}


def workspace() -> list[dict]:
    """What cargo knows of our packages."""
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--offline"]
    answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return json.loads(answer)["packages"]


def crate_arrows(packages: list[dict]) -> dict[str, set[str]]:
    """The crates of ours that each of our crates depends on, for whatever reason."""
    ours = {package["name"] for package in packages}
    return {
        package["name"]: {dependency["name"] for dependency in package["dependencies"]} & ours - {package["name"]}
        for package in packages
    }


def wrong_between_crates(arrows: dict[str, set[str]], allowed: dict[str, str]) -> list[str]:
    """What differs from the table, and what is wrong with the table."""
    found = []
    order = list(allowed)
    for crate, below in allowed.items():
        if crate not in arrows:
            found.append(f"ALLOWED lists {crate}, which is not a crate of this workspace")
        for other in below.split():
            if other not in order[order.index(crate) + 1 :]:
                found.append(f"ALLOWED lets {crate} use {other}, which does not stand below it")
    for crate, used in sorted(arrows.items()):
        if crate not in allowed:
            found.append(f"ALLOWED does not list {crate}, which uses: {' '.join(sorted(used)) or 'nothing of ours'}")
            continue
        for other in sorted(used - set(allowed[crate].split())):
            found.append(f"{crate} → {other}: not among what {crate} may use")
    return found


def roots(package: dict) -> list[Path]:
    """The library and the programs of a package."""
    product = {"lib", "bin", "proc-macro"}
    return [Path(target["src_path"]) for target in package["targets"] if product & set(target["kind"])]


def circles(folder: Folder) -> list[list[str]]:
    """The groups of modules in which each can be reached from each (Tarjan), in the order of their names."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        number[node] = lowest[node] = len(number)
        stack.append(node)
        for other in sorted(folder.arrows.get(node, {})):
            if other not in number:
                visit(other)
                lowest[node] = min(lowest[node], lowest[other])
            elif other in stack:
                lowest[node] = min(lowest[node], number[other])
        if lowest[node] == number[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(folder.arrows):
        if node not in number:
            visit(node)
    return sorted(found)


def shortest_way_round(folder: Folder, group: list[str]) -> list[str]:
    """The shortest circle within a group, its first module repeated at the end."""
    best: list[str] = []
    for start in group:
        ways, reached = [[start]], {start}
        for way in ways:  # grows while it is walked: breadth first
            for other in sorted(folder.arrows.get(way[-1], {})):
                if other == start and (not best or len(way) < len(best) - 1):
                    best = [*way, start]
                if other in group and other not in reached:
                    reached.add(other)
                    ways.append([*way, other])
    return best


def wrong_within(root: Module) -> list[str]:
    """The circles among the modules of a crate, each with one way round and the lines that make it."""
    found = []
    for folder in folders(root):
        for group in circles(folder):
            way = shortest_way_round(folder, group)
            found.append(f"{shown(folder.module.folder)}: a circle of {' '.join(group)}")
            for one, other in zip(way, way[1:]):
                file, line, path = folder.arrows[one][other]
                found.append(f"    {one} → {other}   {shown(file)}:{line}  {path}")
    return found


def graph(packages: list[dict], crates: dict[str, set[str]]) -> str:
    """Who uses whom, as text."""
    lines = ["crates:"]
    lines += [f"    {crate}: {' '.join(sorted(used))}" for crate, used in sorted(crates.items())]
    for package in sorted(packages, key=lambda package: package["name"]):
        for root in map(read_crate, roots(package)):
            for folder in folders(root):
                arrows = {node: others for node, others in folder.arrows.items() if node != "." or others}
                if len(arrows) < 2:
                    continue
                lines += ["", f"{package['name']}, {shown(folder.module.folder)}:"]
                lines += [f"    {node}: {' '.join(sorted(others))}".rstrip() for node, others in sorted(arrows.items())]
                lines += [f"    circle of {len(group)}: {' '.join(group)}" for group in circles(folder)]
    return "\n".join(lines)


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def main(arguments: list[str]) -> int:
    packages = workspace()
    crates = crate_arrows(packages)
    if arguments == ["--graph"]:
        print(graph(packages, crates))
        return 0
    found = wrong_between_crates(crates, ALLOWED)
    for package in packages:
        for root in roots(package):
            found += wrong_within(read_crate(root))
    print("\n".join(found) or "arrows point down only")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
