#!/usr/bin/env python3
"""Every dependency in a Cargo.toml is used, and by the code that it is listed for.

    python tests/lint/unused.py    fails and prints every dependency that could go or belongs elsewhere

The product must name its `[dependencies]`, tests or examples the `[dev-dependencies]`, build.rs the
`[build-dependencies]`, and a package the `[workspace.dependencies]`. `NEEDED` lists what the code doesn't name.
"""

import sys
import tomllib
from pathlib import Path
from typing import Iterator

from rust_modules import read_crate
from rust_source import ROOT, Token, product_tokens, tokens

# What a package needs although its code doesn't name it: the package, the dependency, and why.
NEEDED: dict[tuple[str, str], str] = {}


def named(code: list[Token]) -> set[str]:
    """What could be the name of a crate in this code: what stands before `::`, and what a `use` begins with."""
    found = set()
    for at, token in enumerate(code):
        before, after = code[at - 1].text if at else "", code[at + 1].text if at + 1 < len(code) else ""
        if token.kind == "name" and (after == "::" or before in ("use", "crate")):
            found.add(token.text.removeprefix("r#"))
    return found


def named_in(files: Iterator[Path]) -> set[str]:
    """The same for whole files, tests included."""
    code = ([token for token in tokens(file.read_text()) if token.kind != "comment"] for file in files)
    return {name for every in code for name in named(every)}


def uses(manifest: Path, package: dict) -> dict[str, set[str]]:
    """The names in what each kind of dependency is for."""
    folder = manifest.parent
    source = (folder / package.get("lib", {}).get("path", "src/lib.rs")).parent
    roots = [source / name for name in ("lib.rs", "main.rs") if (source / name).is_file()]
    product = {module.file for root in roots for module in read_crate(root).tree()}
    # The root's tests/ are Python, and an empty window with a Cargo.toml of its own.
    beside = [] if folder == ROOT else [folder / name for name in ("tests", "examples", "benches")]
    script = folder / package["package"].get("build", "build.rs")
    return {
        "dependencies": {name for file in product for name in named(product_tokens(file.read_text()))},
        "dev-dependencies": named_in(file for part in [source, *beside] for file in part.rglob("*.rs")),
        "build-dependencies": named_in(file for file in [script] if file.is_file()),
    }


def tables(package: dict) -> Iterator[tuple[str, str, object]]:
    """Every dependency of a package: its kind, its name, and what is said of it."""
    for part in [package, *package.get("target", {}).values()]:
        for kind in ("dependencies", "dev-dependencies", "build-dependencies"):
            for dependency, value in part.get(kind, {}).items():
                yield kind, dependency, value


def wrong_in(where: str, package: dict, used: dict[str, set[str]], needed: dict[tuple[str, str], str]) -> list[str]:
    """What is wrong with the dependencies of a package."""
    name, found = package["package"]["name"], []
    for kind, dependency, value in tables(package):
        is_named, is_listed = dependency.replace("-", "_") in used[kind], (name, dependency) in needed
        if is_named and is_listed:
            found.append(f"NEEDED lists {dependency} of {name}, which the code names")
        if not is_named and not is_listed:
            found.append(f"{where}: nothing names {dependency} of [{kind}]")
        # A test may need more of it than the product does, or need it when the product doesn't.
        has_features = isinstance(value, dict) and "features" in value
        ours = package.get("dependencies", {}).get(dependency)
        is_optional = isinstance(ours, dict) and ours.get("optional", False)
        if kind == "dev-dependencies" and ours is not None and not has_features and not is_optional:
            found.append(f"{where}: {dependency} is among [dependencies] already")
    listed = {(name, dependency) for _, dependency, _ in tables(package)}
    found += [
        f"NEEDED lists {other} of {name}, which is not there"
        for crate, other in needed.keys() - listed
        if crate == name
    ]
    return found


def main() -> int:
    root = ROOT / "Cargo.toml"
    packages = {path: tomllib.loads(path.read_text()) for path in [root, *sorted(ROOT.glob("crates/*/Cargo.toml"))]}
    found, wanted = [], set()
    for manifest, package in packages.items():
        found += wrong_in(str(manifest.relative_to(ROOT)), package, uses(manifest, package), NEEDED)
        wanted |= {dependency for _, dependency, _ in tables(package)}
    shared = packages[root]["workspace"]["dependencies"].keys()
    found += [f"Cargo.toml: no package uses {name} of [workspace.dependencies]" for name in sorted(shared - wanted)]
    print("\n".join(found) or "every dependency is used")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
