"""The check of directions, checked: what is an arrow, what is none, and that one arrow drawn up is seen.

Run with the other tests of the checks: python -m unittest discover tests/lint
"""

import shutil
import tempfile
import unittest
from pathlib import Path

from rust_modules import folders, read_crate
from rust_source import ROOT, product_tokens
from structure import ALLOWED, crate_arrows, workspace, wrong_between_crates, wrong_within


class Crate(unittest.TestCase):
    """A test with a crate in a temporary folder."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, **files: str) -> None:
        """One file for each argument; `a__b` is a/b.rs."""
        for name, source in files.items():
            file = self.folder / (name.replace("__", "/") + ".rs")
            file.parent.mkdir(exist_ok=True, parents=True)
            file.write_text(source)

    def arrows(self, **files: str) -> set[str]:
        """All arrows of a crate with these files, as `folder: one → other`."""
        self.write(**files)
        found = set()
        for folder in folders(read_crate(self.folder / "lib.rs")):
            name = "::".join(folder.module.path)
            found |= {f"{name}: {one} → {other}" for one, others in folder.arrows.items() for other in others}
        return found

    def circles(self, **files: str) -> list[str]:
        self.write(**files)
        return [line for line in wrong_within(read_crate(self.folder / "lib.rs")) if not line.startswith(" ")]


class Arrows(Crate):
    def test_every_way_to_name_something(self) -> None:
        for code in (
            "use crate::b::Thing;",
            "use super::b::{self, Thing};",
            "use super::{b::Thing as Other};",
            "use crate::{b::*};",
            "pub use crate::b::Thing;",
            "pub(in crate::a) use crate::{c::d, b::{e, f::{g}}};",
            "fn f() -> crate::b::Thing { todo!() }",
            "fn f() { super::b::f() }",
            "fn f() { use crate::b; }",
            "macro_rules! m { () => { $crate::b::f() } }",
            "mod inner { fn f() { super::super::b::f() } }",
            "#[cfg(any(test, unix))] use crate::b::Thing;",
            "#[cfg(not(test))] use crate::b::Thing;",
            "// don't\nuse crate::b::Thing; // '\"'",
        ):
            with self.subTest(code):
                self.assertIn(": a → b", self.arrows(lib="mod a; mod b; mod c;", a=code, b="pub struct Thing;", c=""))

    def test_what_is_no_arrow(self) -> None:
        for code in (
            "// use crate::b::Thing;",
            "/* /* */ use crate::b::Thing; */",
            'const A: &str = "\\"; use crate::b::Thing;";',
            'const A: &str = r#"" use crate::b::Thing;"#;',
            "const A: char = '\"'; const B: [char; 2] = ['\\'', '\\u{22}']; fn f<'a>(b: &'a str) {}",
            "use b::Thing;",
            "use ::b::Thing;",
            "fn f(c: C) { c.b::<u8>(); C::b::f(); }",
            "pub(in crate::b) struct A;",
            "#[cfg(test)] use crate::b::Thing;",
            "#[cfg(all(unix, test))] #[allow(dead_code)] pub(crate) const fn f() -> [u8; 1] { crate::b::f() }",
            "#[cfg(test)] mod tests { use crate::b::Thing; }",
            "#[cfg(test)] mod tests;",
            "struct A { #[cfg(test)] b: crate::b::Thing, c: u8 }",
            "#![cfg(test)] use crate::b::Thing;",
        ):
            with self.subTest(code):
                self.assertEqual(set(), self.arrows(lib="mod a; mod b;", a=code, b="pub struct Thing;"))

    def test_an_item_for_tests_ends_where_it_ends(self) -> None:
        for item in (
            "fn f<A, B>() {}",
            "use x::{y, z};",
            "const A: [u8; 2] = { [1, 2] };",
            "struct A;",
            "struct A(u8, u8);",
            "impl A { fn f() {} }",
            "mod tests;",
        ):
            with self.subTest(item):
                kept = product_tokens(f"#[cfg(test)] {item} use crate::b::Thing;")
                self.assertEqual("use crate :: b :: Thing ;", " ".join(token.text for token in kept))

    def test_a_reexport_is_followed_to_the_definition(self) -> None:
        files = {"lib": "mod a; mod b; mod c;", "b": "pub use crate::c::Thing;", "c": "pub struct Thing;"}
        self.assertEqual(
            {": a → b", ": a → c", ": b → c"},
            self.arrows(a="use crate::b::Thing;", **files),
        )

    def test_a_glob_is_followed_by_the_names_that_are_said(self) -> None:
        files = {"lib": "mod a; mod b; mod c;", "b": "pub use crate::c::*; pub struct Own;", "c": "pub struct Thing;"}
        self.assertIn(": a → c", self.arrows(a="use crate::b::*; fn f(thing: Thing) {}", **files))
        self.assertNotIn(": a → c", self.arrows(a="use crate::b::*; fn f(own: Own) {}", **files))

    def test_the_door_of_a_folder_is_no_arrow(self) -> None:
        files = {"lib": "mod f;", "f__b": "pub struct Thing;", "f__a": "use super::Thing;"}
        self.assertEqual({"f: a → b"}, self.arrows(f__mod="mod a; mod b; pub use b::Thing;", **files))
        # Said by the folder's own code, it is one.
        used = self.arrows(f__mod="mod a; mod b; pub use b::Thing; fn f(_: Thing) {}", **files)
        self.assertEqual({"f: a → b", "f: . → b"}, used)

    def test_modules_beside_their_folder_and_moved(self) -> None:
        files = {"lib": "mod f; mod b;", "f": '#[path = "f/odd.rs"] mod a;', "f__odd": "use crate::b::T;", "b": ""}
        self.assertEqual({": f → b"}, self.arrows(**files))


class Circles(Crate):
    def test_between_siblings(self) -> None:
        self.assertEqual([], self.circles(lib="mod a; mod b;", a="use crate::b::B;", b="pub struct B;"))
        found = self.circles(b="pub struct B; impl B { fn f() { crate::a::f() } }")
        self.assertEqual(1, len(found))
        self.assertTrue(found[0].endswith("a circle of a b"), found)

    def test_hidden_by_a_reexport(self) -> None:
        files = {"lib": "mod a; mod b; pub use b::B;", "a": "use crate::B;", "b": "use crate::a::A; pub struct B;"}
        self.assertEqual(1, len(self.circles(**files)))

    def test_of_three_within_a_folder(self) -> None:
        files = {"lib": "mod f;", "f__mod": "mod a; mod b; mod c;"}
        found = self.circles(
            f__a="use super::b::X;", f__b="use crate::f::c::X;", f__c="fn f() { super::a::f() }", **files
        )
        self.assertTrue(found[0].endswith("a circle of a b c"), found)

    def test_of_a_folders_file_and_one_of_its_modules(self) -> None:
        files = {"lib": "mod f;", "f__a": "use super::Shared; pub fn run() {}"}
        self.assertEqual([], self.circles(f__mod="mod a; pub struct Shared;", **files))
        self.assertEqual(1, len(self.circles(f__mod="mod a; pub struct Shared; fn f() { a::run() }", **files)))


class ThisRepository(Crate):
    def test_one_arrow_drawn_up_in_a_copy_of_a_crate_is_seen(self) -> None:
        copy = self.folder / "src"
        shutil.copytree(ROOT / "crates/aws-files/src", copy)
        self.assertEqual([], wrong_within(read_crate(copy / "lib.rs")))
        lines = copy / "lines.rs"
        lines.write_text(lines.read_text() + "\nfn up() -> crate::Document { unimplemented!() }\n")
        found = wrong_within(read_crate(copy / "lib.rs"))
        self.assertIn("a circle of", found[0])
        self.assertTrue(any("lines → document" in line and "lines.rs" in line for line in found), found)

    def test_one_arrow_drawn_up_between_crates_is_seen(self) -> None:
        arrows = crate_arrows(workspace())
        arrows["durable-file"].add("daypass-vault")
        self.assertIn(
            "durable-file → daypass-vault: not among what durable-file may use", wrong_between_crates(arrows, ALLOWED)
        )

    def test_the_table_cannot_allow_an_arrow_up(self) -> None:
        found = wrong_between_crates({"a": {"b"}, "b": set()}, {"b": "", "a": "b"})
        self.assertEqual(["ALLOWED lets a use b, which does not stand below it"], found)

    def test_the_table_lists_the_crates_that_there_are(self) -> None:
        found = wrong_between_crates({"a": set(), "new": {"a"}}, {"gone": "", "a": ""})
        self.assertEqual(2, len(found), found)


if __name__ == "__main__":
    unittest.main()
