#!/usr/bin/env python3
"""The files and folders that comments and pages name exist.

    python tests/lint/paths.py    fails and prints every path that leads nowhere

A path may be written from the root or from any folder on the way (`vault/src/key.rs`). KIND and NAME stand for a name
(`docs/KIND.md`). A folder is recognised when its path begins at the root (`crates/vault/`).
"""

import re
import subprocess
import sys
from typing import Iterator

from rust_source import ROOT, tokens

PATH = re.compile(
    r"""
    (?<![\w/.~$@*-])
    (?: (?:\w[\w.-]*/)* \w[\w-]*(?:\.[\w-]+)*\.(?:rs|ts|svelte|py|sh|mjs|md)\b(?![/\w])
      | (?:crates|src-tauri|ui|tests|docs)(?:/\w[\w.-]*)+
    )
    """,
    re.VERBOSE,
)
COMMENT = {
    "ts": re.compile(r"(?:^\s*/?\*|(?<!:)//|<!--).*"),
    "py": re.compile(r"(?:#|\"\"\").*"),
    "md": re.compile(r".*"),
}
COMMENT |= dict.fromkeys(("svelte", "mjs", "css"), COMMENT["ts"]) | dict.fromkeys(
    ("sh", "toml", "yml", "dev"), COMMENT["py"]
)

# Files of other projects, and files that a build makes.
ELSEWHERE = {
    "configloader.py": "botocore's",
    "credentials.py": "botocore's",
    "notes.md": "made by the release workflow",
    "ui/dist": "made by npm run build",
}


def comments(name: str, source: str) -> Iterator[tuple[int, str]]:
    """The comments of a file, line by line; of a page, all lines."""
    end = name.rpartition(".")[2]
    if end == "rs":
        for token in tokens(source):
            if token.kind == "comment":
                yield from enumerate(token.text.splitlines(), token.line)
    elif end in COMMENT:
        for number, line in enumerate(source.splitlines(), 1):
            if match := COMMENT[end].search(line):
                yield number, match[0]


def paths(comment: str) -> list[str]:
    return [match[0].rstrip(".") for match in PATH.finditer(comment)]


def exists(path: str, known: str) -> bool:
    """Whether a path is the end of a known file's, or of a folder's that begins at the root."""
    pattern = re.sub(r"\b(?:KIND|NAME)\b", r"[^/\n]+", re.escape(path))
    return re.search(rf"^(?:.*/)?{pattern}(?:/.*)?$", known, re.MULTILINE) is not None


def main() -> int:
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    every = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    names = [name for name in every if (ROOT / name).is_file()]
    known, found, used = "\n".join(names), [], set()
    for name in names:
        if name.rpartition(".")[2] not in {"rs", *COMMENT} or name.startswith("tests/lint/test_"):
            continue
        for line, comment in comments(name, (ROOT / name).read_text()):
            for path in paths(comment):
                if path in ELSEWHERE:
                    used.add(path)
                elif not exists(path, known):
                    found.append(f"{name}:{line}: {path}")
    found += [f"ELSEWHERE lists {path}, which nothing names" for path in sorted(ELSEWHERE.keys() - used)]
    print("\n".join(found) or "every path leads somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
