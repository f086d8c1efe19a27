"""The modules of a crate, and which of them name things of which others. For structure.py, where the rules are told."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

from rust_source import ROOT, Token, attribute_at, closing, product_tokens

# What a module gives a name to, after which word.
DEFINING = {"fn", "struct", "enum", "union", "trait", "type", "const", "static"}


@dataclass
class Import:
    """One name that a `use` brings in: its path as written, and whether there is a `pub` of any kind before it."""

    path: tuple[str, ...]
    line: int
    exported: bool


@dataclass
class Module:
    """A module of a crate: what it contains, and all the paths that its code names."""

    path: tuple[str, ...]
    file: Path
    # Where the files of its modules are.
    folder: Path
    root: "Module | None" = None
    modules: dict[str, "Module"] = field(default_factory=dict)
    items: set[str] = field(default_factory=set)
    imports: dict[str, list[Import]] = field(default_factory=dict)
    globs: list[Import] = field(default_factory=list)
    inline: list[tuple[tuple[str, ...], int]] = field(default_factory=list)
    # The names that its code says, but for those in a `use`, each with the first line where it does.
    words: dict[str, int] = field(default_factory=dict)

    def tree(self) -> Iterator["Module"]:
        """This module and all that are in it."""
        yield self
        for module in self.modules.values():
            yield from module.tree()


def read_crate(file: Path) -> Module:
    """A crate from the file of its root."""
    root = Module((), file, file.parent)
    root.root = root
    read_into(root, product_tokens(file.read_text()))
    return root


def product_files() -> list[Path]:
    """The Rust files of the product: those that the root of a crate leads to, but for tests."""
    crates = [ROOT / "src-tauri/src", *ROOT.glob("crates/*/src")]
    roots = [crate / name for crate in crates for name in ("lib.rs", "main.rs") if (crate / name).is_file()]
    return sorted({module.file for root in roots for module in read_crate(root).tree()})


def read_into(module: Module, code: list[Token]) -> None:
    position, depth, moved = 0, 0, None
    while position < len(code):
        kind, text, line, _ = code[position]
        if attribute := attribute_at(code, position):
            # `#[path = "…"]` in front of a `mod`.
            moved = attribute[1][2].strip('"') if attribute[1][:2] == ["path", "="] else moved
            position += 1
        elif kind == "sign":
            depth += (text in "([{") - (text in ")]}")
            position += 1
        elif text == "use" and kind == "name" and code[position + 1].text != "<":
            end = next(at for at in range(position, len(code)) if code[at].text == ";")
            read_use(module, code[position + 1 : end], is_exported(code, position))
            position = end
        elif text == "mod" and kind == "name":
            position = read_mod(module, code, position, moved)
            moved = None
        elif text == "pub" and code[position + 1].text == "(":
            position = closing(code, position + 1) + 1
        elif kind == "name":
            if depth == 0 and text in DEFINING | {"macro_rules"}:
                module.items.add(next(token.text for token in code[position + 1 :] if token.kind == "name"))
            path, position = path_at(code, position)
            module.words.setdefault(path[0], line)
            if len(path) > 1:
                module.inline.append((path, line))
        else:
            position += 1


def is_exported(code: list[Token], position: int) -> bool:
    before = [token.text for token in code[max(0, position - 5) : position]]
    return before[-1:] == ["pub"] or (before[-1:] == [")"] and "pub" in before)


def path_at(code: list[Token], position: int) -> tuple[tuple[str, ...], int]:
    """The path that begins with the name here, and where it ends. One after `::` or `.` is not from this module."""
    before = code[position - 1].text if position else ""
    path = [code[position].text if before not in ("::", ".") else "?"]
    position += 1
    while position + 1 < len(code) and code[position].text == "::" and code[position + 1].kind == "name":
        path.append(code[position + 1].text)
        position += 2
    return tuple(path), position


def read_mod(module: Module, code: list[Token], position: int, moved: str | None) -> int:
    name = code[position + 1].text
    file, folder = module.file, module.folder / name
    if code[position + 2].text == "{":
        end = closing(code, position + 2)
        inside = code[position + 3 : end]
    else:
        end = position + 2
        candidates = [module.folder / f"{name}.rs", folder / "mod.rs"]
        if moved:
            candidates = [module.file.parent / moved]
        found = [candidate for candidate in candidates if candidate.is_file()]
        if not found:
            raise FileNotFoundError(f"{module.file}: there is no file for `mod {name}`")
        file = found[0]
        inside = product_tokens(file.read_text())
    module.modules[name] = Module((*module.path, name), file, folder, module.root)
    read_into(module.modules[name], inside)
    return end + 1


def read_use(module: Module, tree: list[Token], exported: bool) -> None:
    def read(position: int, prefix: tuple[str, ...]) -> int:
        path, line = prefix, tree[position].line
        while position < len(tree):
            text = tree[position].text
            if text == "{":
                position += 1
                while tree[position].text != "}":
                    position = read(position, path)
                    position += tree[position].text == ","
                return position + 1
            if text == "*":
                module.globs.append(Import(path, line, exported))
                return position + 1
            if text == "as":
                bring(tree[position + 1].text, path, line)
                return position + 2
            if text in ",}":
                break
            if text == "::" and path == ():
                path = ("",)  # of another crate, even if one of its name is here
            elif tree[position].kind == "name" and not (text == "self" and path != ()):
                path = (*path, text)
            position += 1
        bring(path[-1], path, line)
        return position

    def bring(name: str, path: tuple[str, ...], line: int) -> None:
        module.imports.setdefault(name, []).append(Import(path, line, exported))

    read(0, ())


@dataclass
class Folder:
    """A module that contains modules, with the arrows among them and itself (`.`): where each was seen first."""

    module: Module
    arrows: dict[str, dict[str, tuple[Path, int, str]]]


def folders(root: Module) -> list[Folder]:
    """Every module that contains modules, with its graph."""
    found = {module.path: Folder(module, {name: {} for name in [".", *module.modules]}) for module in root.tree()}
    for module in root.tree():
        for target, line, path in arrows_of(module):
            shared = 0
            while module.path[shared : shared + 1] == target[shared : shared + 1] != ():
                shared += 1
            one, other = (path[shared] if len(path) > shared else "." for path in (module.path, target))
            found[target[:shared]].arrows[one].setdefault(other, (module.file, line, "::".join(path)))
    return [folder for folder in found.values() if folder.module.modules]


def arrows_of(module: Module) -> Iterator[tuple[tuple[str, ...], int, tuple[str, ...]]]:
    """The modules that a module's code names, with the line and the path as it was written."""
    named: list[tuple[tuple[str, ...], int, bool]] = [(path, line, False) for path, line in module.inline]
    for name, imports in module.imports.items():
        for one in imports:
            named.append((one.path, one.line, one.exported and name not in module.words))
    for glob in module.globs:
        named.append((glob.path, glob.line, glob.exported))
        named += [((*glob.path, word), line, False) for word, line in module.words.items()]
    for path, line, is_door in named:
        start = absolute(module, path, set())
        if start is None:
            continue
        for target, defines in places(module.root, start, set()):
            above = module.path[: len(target)] == target
            inside = target[: len(module.path)] == module.path
            if target != module.path and not (above and not defines) and not (inside and is_door):
                yield target, line, path


def absolute(module: Module, path: tuple[str, ...], seen: set) -> tuple[str, ...] | None:
    """A path from the root of the crate; `None` for one of another crate."""
    first, rest = path[0], path[1:]
    if first == "crate":
        return rest
    if first in ("self", "super"):
        above = module.path
        while path and path[0] in ("self", "super"):
            above = above[:-1] if path[0] == "super" else above
            path = path[1:]
        return above + path
    if first in module.modules:
        return module.path + path
    if (module.path, first) in seen:
        return None
    for one in module.imports.get(first, []):
        start = absolute(module, one.path, seen | {(module.path, first)})
        if start is not None:
            return start + rest
    return None


def places(root: Module, path: tuple[str, ...], seen: set) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The modules that a path leads through re-exports to; with each, whether what is named is defined there."""
    module = root
    for at, name in enumerate(path):
        if name in module.modules and (at + 1 < len(path) or name not in module.imports):
            module = module.modules[name]
            continue
        if (module.path, name) in seen:
            return
        seen = seen | {(module.path, name)}
        # A function may have the name of a module that is imported: then it is the function.
        sources = [] if name in module.items else [one.path for one in module.imports.get(name, [])]
        if not sources and name not in module.items:
            sources = [(*glob.path, name) for glob in module.globs if binds(module, glob, name)]
        yield module.path, not sources
        for source in sources:
            start = absolute(module, source, set())
            if start is not None:
                yield from places(root, start + path[at + 1 :], seen)
        return
    yield module.path, False


def binds(module: Module, glob: Import, name: str) -> bool:
    """Whether what a glob opens has this name."""
    start = absolute(module, glob.path, set())
    opened = module.root
    for part in start or ():
        opened = opened.modules.get(part) if opened else None
    return start is not None and opened is not None and name in opened.items | set(opened.imports) | set(opened.modules)
