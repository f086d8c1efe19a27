#!/usr/bin/env python3
"""Plain English: the words and patterns that we avoid in everything a person reads.

    python tests/lint/words.py            fails and prints every place, with what to write instead
    python tests/lint/words.py --count    prints how many there are in each file

The check reads Markdown pages, the texts and comments of the Rust product, the window's code, the sandbox's pages, and
the comments of configuration and of `dev`. It leaves out tests, code, and text quoted from elsewhere: in a comment or
on a page, put a quotation into double quotes or backticks. `EXCEPTIONS` is for the rest.
"""

import re
import subprocess
import sys
from collections import Counter
from typing import Iterator

from rust_modules import product_files
from rust_source import ROOT, product_tokens

# "Nobody" and "somebody" are plain English as an object, after one of these words.
BEFORE_OBJECTS = (
    "to for by of with from at in on than as like asks ask tells tell lets let need needs and or but".split()
)
NOBODY = (
    r"\b(?=nobody|somebody)"
    + "".join(rf"(?<!\b{word} )" for word in BEFORE_OBJECTS)
    + r"(?:nobody|somebody)\b(?!['’]s| else['’]s)"
)
# "It is no ARN", but not "there is no ARN" or "it is no longer".
IS_NO = (
    r"\b(?=(?:is|are|was|were) no )(?<!\bthere )\w+ no "
    r"(?!(?:longer|more|less|fewer|better|worse|different|one|doubt|reason)\b)[\w-]+"
)
# "Where no display is", but not "where no display is needed".
NO_X_IS = (
    r"\b(?:where|when|if|because|until|while|as long as) no \w+(?: \w+)? (?:is|are|was|were)\b(?! \w+(?:ed|ing|en)\b)"
)

# What we avoid, and what to write instead.
PATTERNS = {
    r"\banew\b": "again",
    r"\bmend(?:s|ed|ing)?\b": "fix",
    r"\b(?:to|can|cannot|could|may) (?:not )?be had\b": "available, or say who gets what",
    r"\bcom(?:e|es|ing) by\b(?! (?:themselves|itself|hand|mail|default)\b)": "get",
    r"\bwhoever\b": "say who: you, your administrator, the program that asks",
    r"\bwho (?:asks|asked)\b(?! for (?:it|them)\b)": "say who: the caller, the program, you",
    r"\bwhat (?:answers|answered)\b": "the server, the program",
    NOBODY: "no one, someone; better: say who",
    r"\bshall\b": "must, will, or the plain verb",
    r"\b(?:come|comes|came|coming) about\b": "happen",
    r"\b(?:take|takes|took|give|gives|gave|knows?|asks?) no\b(?! (?:longer|more)\b)": "doesn't take, doesn't give",
    IS_NO: "is not a",
    NO_X_IS: "where there is no …",
    r"\bhang(?:s|ing)? on\b": "depend on",
    r"\bin tears\b": "failed",
    r"\bof now\b": "current",
    r"\b(?:break|breaks|broke|broken) off\b": "crash, stop, fail",
    r"\ba fault (?:in|of) Daypass\b": "a bug in Daypass",
    r"\bthat there (?:is|are)(?: not)?(?= ?[.,;:)])": "leave it out, or: exists",
    r"\b(?:whence|wherein|whereof|thereof|therein|hereby|lest|howsoever|whosoever)\b": "plain English",
}

COMPILED = [(re.compile(pattern, re.IGNORECASE), instead) for pattern, instead in PATTERNS.items()]

# The places that need such a word: the file, the words, and why.
EXCEPTIONS: dict[tuple[str, str], str] = {}

# A character in the place of what is not prose: no pattern goes across it.
OTHER = "\0"
# And one in the place of code within prose, which is a word there.
CODE = "X"


def blank(match: re.Match[str], by: str = " ") -> str:
    return re.sub(r"[^\s]", by, match[0])


def in_rust(source: str) -> str:
    """Comments and literals, everything else blanked out; as long as the source, and line by line."""
    prose = list(re.sub(r"\S", OTHER, source))
    for token in product_tokens(source, comments=True):
        if token.kind == "comment":
            text = re.sub(r"^[ \t]*(//[/!]?|/\*+|\*+/?)", blank, token.text, flags=re.MULTILINE)
            text = without_quotes(text)
        elif token.kind == "string":
            text = re.sub(r"\\[nrt\n\"\\]|^\w*#*\"|\"#*$", blank, token.text)
            text = re.sub(r"\{[^{}\n]*\}", lambda match: blank(match, CODE), text)
            # Two literals are not one sentence.
            text = OTHER + text[1:-1] + OTHER if len(text) > 1 else text
        else:
            continue
        prose[token.start : token.start + len(text)] = without_code(text)
    return "".join(prose)


def in_markdown(source: str) -> str:
    """A page without its blocks of code, what is quoted on it, and the addresses in it."""
    source = re.sub(
        r"^( *)(```+|~~~+).*?^\1\2", lambda match: blank(match, OTHER), source, flags=re.MULTILINE | re.DOTALL
    )
    source = re.sub(r"(?<=\n\n)(?: {4}.*\n)+", lambda match: blank(match, OTHER), source)
    source = re.sub(r"\]\([^)\s]*\)|<https?:[^>]*>", blank, source)
    source = re.sub(r"^[ \t]*(?:[-*>|#]+|\d+\.)(?=\s)", blank, source, flags=re.MULTILINE)
    return without_code(without_quotes(source))


def in_script(source: str) -> str:
    """TypeScript, Svelte and HTML: their identifiers look like nothing that is banned, so all of it is read."""
    source = re.sub(r"^[ \t]*(?://|\*).*$", lambda comment: without_code(comment[0]), source, flags=re.MULTILINE)
    source = re.sub(r"^[ \t]*(?:///?|\*|/\*+|<!--)", blank, source, flags=re.MULTILINE)
    source = re.sub(r"\$?\{[^{}\n]*\}", lambda match: blank(match, CODE), source)
    return re.sub(r"[`'\"] ?\+?$|^\s*['\"`]", blank, source, flags=re.MULTILINE)


def in_configuration(source: str) -> str:
    """What begins with `#`, and reasons: TOML, YAML, shell."""
    return without_code(re.sub(r"^[ \t]*#+(?!!)", blank, source, flags=re.MULTILINE))


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]+`", lambda match: blank(match, CODE), text)


def without_quotes(text: str) -> str:
    return re.sub(r"\"[^\"\n]+\"|“[^”]+”", lambda match: blank(match, CODE), text)


READERS = {
    "rs": in_rust,
    "md": in_markdown,
    **dict.fromkeys(("ts", "svelte", "html", "js", "mjs"), in_script),
    **dict.fromkeys(("toml", "yml", "sh", "dev"), in_configuration),
}
NOT_READ = re.compile(r"^(?:ui/src/(?:tests|bindings)/|tests/|LICENSE|.*-lock)|node_modules")


def files() -> list[str]:
    """What git knows or would add, as names from the root."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    product = {str(path.relative_to(ROOT)) for path in product_files()}
    return [
        name
        for name in names
        if name.rpartition(".")[2] in READERS and (ROOT / name).is_file()
        if name in product or not (name.endswith(".rs") or NOT_READ.search(name))
    ]


def found_in(prose: str) -> Iterator[tuple[int, str, str]]:
    """Every place in a text: its line, the words, and what to write instead."""
    squeezed, starts = [], []
    for match in re.finditer(r"\s+|\S+", prose):
        squeezed.append(" " if match[0].isspace() else match[0])
        starts += range(match.start(), match.start() + len(squeezed[-1]))
    text = "".join(squeezed)
    for pattern, instead in COMPILED:
        for match in pattern.finditer(text):
            yield prose.count("\n", 0, starts[match.start()]) + 1, match[0], instead


def main(arguments: list[str]) -> int:
    lines, counts, used = [], Counter(), set()
    for name in files():
        prose = READERS[name.rpartition(".")[2]]((ROOT / name).read_text())
        for line, words, instead in sorted(found_in(prose)):
            if (name, words) in EXCEPTIONS:
                used.add((name, words))
                continue
            counts[name] += 1
            lines.append(f"{name}:{line}: “{words}”: {instead}")
    stale = [f"EXCEPTIONS lists {words!r} in {name}, which is not there" for name, words in EXCEPTIONS.keys() - used]
    if arguments == ["--count"]:
        lines = [f"{count:5} {name}" for name, count in counts.most_common()] + [f"{counts.total():5} in all"]
    print("\n".join(lines + stale) or "plain English")
    return 1 if counts or stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
