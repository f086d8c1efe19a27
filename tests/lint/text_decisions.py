#!/usr/bin/env python3
"""No decision by text: code acts on the type of an error, never on its words.

    python tests/lint/text_decisions.py    fails and prints every line that decides by words

In Rust and in the window's code, except tests, the check looks for a message, a hint or a code that is searched, split
or compared with text. TypeScript may compare a code with a literal, because the compiler knows every code. The words of
other programs are read into a type in one place each: `FOREIGN` lists those files.
"""

import re
import sys
from pathlib import Path
from typing import Iterator

from rust_modules import product_files
from rust_source import ROOT, Squeezed, Token, product_tokens

# Where another program's answer is read into a type of ours, and whose words those are.
FOREIGN = {
    "crates/sts/src/error.rs": "STS's codes, and the messages that tell refusals of one code apart",
    "crates/sts/src/refusal.rs": "STS's messages that tell refusals of one code apart",
    "crates/sts/src/next_step.rs": "STS's codes and messages: which policy it was that denied",
    "crates/identity/src/identity_center/error.rs": "codes of Identity Center's OIDC service and portal",
    "crates/ldap/src/refusal.rs": "Active Directory's codes in a diagnostic message",
}

SAYS = r"(?<![\w:])(?:message|hint|code|short_code|error_code|problem|refusal)(?:\(\))?"
ERROR = r"(?<!\w)(?:error|err|e|problem|refusal|cause)"
AS_TEXT = (
    r"(?:\.(?:as_str|as_deref|as_ref|as_bytes|clone|trim|to_string|to_owned|to_lowercase|to_ascii_lowercase"
    r"|unwrap_or_default|expose_secret)\(\))*"
)
SEARCHED = (
    r"\.(?:contains|starts_with|ends_with|r?find|r?matches|r?split(?:_once|n|_whitespace|_inclusive|_terminator)?"
    r"|strip_\w+|eq|eq_ignore_ascii_case)\("
)
LITERAL = r'(?:Some\()?"'

RUST = [
    re.compile(SAYS + AS_TEXT + SEARCHED),
    re.compile(SAYS + AS_TEXT + r"(?:==|!=)(?:&|Some\(|String::from\()*\""),
    re.compile(LITERAL + r'[^"]*"\)?(?:==|!=)[\w.&]*' + SAYS),
    re.compile(r"(?<!\w)(?:message|hint)" + AS_TEXT + r"(?:==|!=)"),
    re.compile(ERROR + r"\.to_string\(\)" + AS_TEXT + SEARCHED),
    re.compile(r'format!\("[^"]*\{' + ERROR + r'[^"]*"[^()]*\)' + SEARCHED),
    re.compile(r"matches!\([^,;{}]*" + SAYS + AS_TEXT + "," + LITERAL),
    re.compile(r"(?:contains|any)\(&?[\w.]*" + SAYS + AS_TEXT + r"\)"),
]
RUST_MATCH = re.compile(r"match [^{};]*" + SAYS + AS_TEXT + r"\{")
RUST_ARM = re.compile(r'(?:Some\(|Ok\()?"(?:[^"\\]|\\.)*"\)*(?:\||=>|if )')
RUST_NAMED = re.compile(r"let(?: mut)? (\w+)=(?:format!\(\"[^\"]*\{)?&?" + ERROR + r"(?:\.to_string\(\)|[^;]*\"\));")

SCRIPT_SEARCHED = r"\??\.(?:includes|startsWith|endsWith|match|matchAll|search|indexOf|split|localeCompare)\("
SCRIPT = [
    re.compile(r"\.(?:message|hint|code)(?:\??\.(?:trim|toLowerCase)\(\))?" + SCRIPT_SEARCHED),
    re.compile(r"\.(?:message|hint)\s*[!=]==?"),
    re.compile(r"[!=]==?\s*[\w.?()!\[\]]*\.(?:message|hint)\b"),
    re.compile(r"/\w*\.(?:test|exec)\([\w.?]*\.(?:message|hint|code)\b"),
]
SCRIPT_COMMENT = re.compile(r"/\*.*?\*/|<!--.*?-->|(?<![:'\"`/])//[^\n]*", re.DOTALL)


def in_rust(source: str) -> Iterator[tuple[int, str]]:
    """The lines of Rust that decide by words, with what was seen there."""
    code = Squeezed([without_code(token) for token in product_tokens(source)])
    for pattern in RUST:
        for match in pattern.finditer(code.text):
            yield code.line(match.start()), match[0]
    for match in RUST_MATCH.finditer(code.text):
        if RUST_ARM.search(code.text, match.end(), end_of_block(code.text, match.end())):
            yield code.line(match.start()), match[0]
    for named in RUST_NAMED.finditer(code.text):
        used = re.compile(rf"(?<![\w.]){named[1]}" + AS_TEXT + SEARCHED)
        for match in used.finditer(code.text, named.end()):
            yield code.line(match.start()), match[0]


def without_code(token: Token) -> Token:
    """What a literal says is not code."""
    return token._replace(text=re.sub(r"[.(=]", " ", token.text)) if token.kind == "string" else token


def end_of_block(text: str, position: int) -> int:
    depth = 1
    for match in re.compile(r'"(?:[^"\\]|\\.)*"|[{}]').finditer(text, position):
        depth += (match[0] == "{") - (match[0] == "}")
        if depth == 0:
            return match.start()
    return len(text)


def in_script(source: str) -> Iterator[tuple[int, str]]:
    """The same for TypeScript and Svelte."""
    code = SCRIPT_COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), source)
    for pattern in SCRIPT:
        for match in pattern.finditer(code):
            yield code.count("\n", 0, match.start()) + 1, match[0]


def script_files() -> list[Path]:
    every = [path for end in ("ts", "svelte") for path in (ROOT / "ui/src").rglob(f"*.{end}")]
    return sorted(path for path in every if not {"tests", "bindings"} & set(path.relative_to(ROOT / "ui/src").parts))


def main() -> int:
    found, foreign = [], set()
    files = [(path, in_rust) for path in product_files()] + [(path, in_script) for path in script_files()]
    for path, reader in files:
        name, source = str(path.relative_to(ROOT)), path.read_text()
        lines = sorted({line for line, _ in reader(source)})
        if name in FOREIGN and lines:
            foreign.add(name)
        else:
            found += [f"{name}:{line}: {source.splitlines()[line - 1].strip()}" for line in lines]
    stale = [f"FOREIGN lists {name}, where no foreign words are read" for name in sorted(FOREIGN.keys() - foreign)]
    print("\n".join(found + stale) or "nothing is decided by text")
    return 1 if found or stale else 0


if __name__ == "__main__":
    sys.exit(main())
