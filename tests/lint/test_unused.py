"""What the check of dependencies takes for a use, and what it says of the rest."""

import tomllib
import unittest

from rust_source import product_tokens
from unused import named, wrong_in

PACKAGE = """
package.name = "daypass-x"
[dependencies]
used-crate = "1"
idle = "1"
[dev-dependencies]
used-crate = "1"
more = { workspace = true, features = ["test-util"] }
[target.'cfg(unix)'.dependencies]
more.workspace = true
"""


class Unused(unittest.TestCase):
    def wrong(self, used: set[str], needed: dict | None = None) -> list[str]:
        kinds = ("dependencies", "dev-dependencies", "build-dependencies")
        return wrong_in("x", tomllib.loads(PACKAGE), dict.fromkeys(kinds, used), needed or {})

    def test_what_names_a_crate(self) -> None:
        for code in (
            "use idle;",
            "use idle::A;",
            "idle::f()",
            "#[idle::main] fn f() {}",
            "extern crate idle;",
            "use idle as a;",
        ):
            with self.subTest(code):
                self.assertIn("idle", named(product_tokens(code)))
        for code in ("// idle::f()", 'let a = "idle::f()";', "let idle = 1;", "#[cfg(test)] use idle::A;"):
            with self.subTest(code):
                self.assertNotIn("idle", named(product_tokens(code)))

    def test_what_is_said(self) -> None:
        self.assertEqual(
            ["x: nothing names idle of [dependencies]", "x: used-crate is among [dependencies] already"],
            self.wrong({"used_crate", "more"}),
        )

    def test_exceptions_are_needed_themselves(self) -> None:
        again = "x: used-crate is among [dependencies] already"
        self.assertEqual([again], self.wrong({"used_crate", "more"}, {("daypass-x", "idle"): "why"}))
        stale = {("daypass-x", "idle"): "why", ("daypass-x", "gone"): "why", ("other", "gone"): "why"}
        self.assertEqual(
            {
                again,
                "NEEDED lists idle of daypass-x, which the code names",
                "NEEDED lists gone of daypass-x, which is not there",
            },
            set(self.wrong({"used_crate", "more", "idle"}, stale)),
        )


if __name__ == "__main__":
    unittest.main()
