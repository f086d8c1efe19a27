"""Rust source as the checks of `./dev test lint` read it: tokens, without what is compiled for tests only.

This isn't a parser. It knows where comments, strings and brackets begin and end, which is all that the checks need.
It reads the whole repository in a few seconds and builds nothing.
"""

import bisect
import re
from functools import lru_cache
from pathlib import Path
from typing import Iterator, NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Token(NamedTuple):
    """A piece of source. `kind` is the name of the group of `TOKEN` that matched; `start` counts characters."""

    kind: str
    text: str
    line: int
    start: int


TOKEN = re.compile(
    r"""
      (?P<comment> //[^\n]* | /\* )
    | (?P<string> (?:br|cr|r)(?P<hashes>\#*)"(?s:.*?)"(?P=hashes) | [bc]?"(?:[^"\\]|\\(?s:.))*" )
    | (?P<char> b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^'\\\n])' )
    | (?P<lifetime> '[A-Za-z_]\w* )
    | (?P<name> (?:r\#)?[A-Za-z_]\w* )
    | (?P<number> [0-9]\w*(?:\.[0-9]\w*)? )
    | (?P<sign> :: | => | -> | == | != | [^\s] )
    """,
    re.VERBOSE,
)

OPENING = {"(": ")", "[": "]", "{": "}"}
# After one of these, an item is over at its semicolon and not at a brace before it.
UNTIL_SEMICOLON = {"use", "const", "static", "type", "let"}
ITEMS = UNTIL_SEMICOLON | {"mod", "fn", "struct", "enum", "union", "trait", "impl", "extern", "macro_rules"}
BEFORE_ITEMS = {"pub", "async", "unsafe", "default"}


@lru_cache(maxsize=None)
def tokens(source: str) -> list[Token]:
    """Every token of a file, comments included."""
    return list(read_tokens(source))


def read_tokens(source: str) -> Iterator[Token]:
    position, line = 0, 1
    while match := TOKEN.search(source, position):
        line += source.count("\n", position, match.start())
        end = match.end()
        if match[0] == "/*":
            end = end_of_block_comment(source, end)
        text = source[match.start() : end]
        kind = "string" if match["string"] else str(match.lastgroup)
        yield Token(kind, text, line, match.start())
        line += text.count("\n")
        position = end


def end_of_block_comment(source: str, position: int) -> int:
    depth = 1
    for match in re.compile(r"/\*|\*/").finditer(source, position):
        depth += 1 if match[0] == "/*" else -1
        if depth == 0:
            return match.end()
    return len(source)


def product_tokens(source: str, comments: bool = False) -> list[Token]:
    """The tokens of what is compiled into the product: no tests, and comments only where they are asked for."""
    every = [token for token in tokens(source) if comments or token.kind != "comment"]
    kept: list[Token] = []
    position = 0
    while position < len(every):
        attribute = attribute_at(every, position)
        if attribute is None:
            kept.append(every[position])
            position += 1
            continue
        inner, words, end = attribute
        if not is_for_tests(words):
            kept.extend(every[position:end])
        elif inner:
            return []
        else:
            end = end_of_item(every, end)
        position = end
    return kept


def attribute_at(every: list[Token], position: int) -> tuple[bool, list[str], int] | None:
    """The attribute that begins here: whether it is of what surrounds it, its words, and where it ends."""
    if every[position].text != "#":
        return None
    inner = position + 1 < len(every) and every[position + 1].text == "!"
    start = position + (2 if inner else 1)
    if start >= len(every) or every[start].text != "[":
        return None
    end = closing(every, start) + 1
    return inner, [token.text for token in every[start + 1 : end - 1]], end


def is_for_tests(attribute: list[str]) -> bool:
    """`cfg(test)` and `cfg(all(…, test, …))`; not `cfg(any(test, …))` and not `cfg(not(test))`."""
    if attribute[:2] != ["cfg", "("]:
        return False
    if attribute[2:4] != ["all", "("]:
        return attribute[2:] == ["test", ")"]
    depth = 0
    for word in attribute[4:]:
        depth += (word == "(") - (word == ")")
        if depth == 0 and word == "test":
            return True
    return False


def closing(every: list[Token], position: int) -> int:
    """Where the bracket that opens at `position` closes; the last token when it never does."""
    depth = 0
    for at in range(position, len(every)):
        if every[at].kind == "sign":
            depth += (every[at].text in OPENING) - (every[at].text in OPENING.values())
            if depth == 0:
                return at
    return len(every) - 1


def end_of_item(every: list[Token], position: int) -> int:
    """Where the item, field, variant or statement that begins here ends, its further attributes included."""
    while position < len(every) and (every[position].kind == "comment" or attribute_at(every, position)):
        attribute = attribute_at(every, position)
        position = attribute[2] if attribute else position + 1
    while position < len(every) and every[position].text in BEFORE_ITEMS:
        position += 1
        if position < len(every) and every[position].text == "(":
            position = closing(every, position) + 1
    word = every[position].text if position < len(every) else ""
    if word == "const" and every[position + 1].text == "fn":
        word = "fn"
    while position < len(every):
        text, kind = every[position].text, every[position].kind
        if kind == "sign" and text in OPENING:
            position = closing(every, position)
            if text == "{" and word not in UNTIL_SEMICOLON:
                return position + 1
        elif kind == "sign" and (text == ";" or (text == "," and word not in ITEMS)):
            return position + 1
        elif kind == "sign" and text in OPENING.values():
            return position
        position += 1
    return position


class Squeezed:
    """Tokens as one text without line breaks, and without spaces but between words: what a pattern can be read in."""

    def __init__(self, every: list[Token]) -> None:
        self.starts: list[int] = []
        self.lines: list[int] = []
        parts: list[str] = []
        length, was_word = 0, False
        for token in every:
            is_word = token.kind in ("name", "number", "string", "char", "lifetime")
            part = " " + token.text if is_word and was_word else token.text
            self.starts.append(length)
            self.lines.append(token.line)
            parts.append(part)
            length, was_word = length + len(part), is_word
        self.text = "".join(parts)

    def line(self, position: int) -> int:
        """The line in the file of what stands here in the text."""
        return self.lines[bisect.bisect_right(self.starts, position) - 1]
