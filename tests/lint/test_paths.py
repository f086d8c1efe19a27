"""What the check takes for a path, and which paths lead somewhere."""

import unittest

from paths import comments, exists, paths

KNOWN = "README.md\ncrates/vault/src/key.rs\ncrates/vault/src/key/file.rs\ndocs/saml.md\nui/src/tests/a.test.ts"


class Paths(unittest.TestCase):
    def test_what_is_a_path(self) -> None:
        for comment, expected in {
            "// see `vault/src/key.rs`.": ["vault/src/key.rs"],
            "/// in src-tauri/src/tray.rs: it": ["src-tauri/src/tray.rs"],
            "[the page](docs/saml.md#roles), `crates/vault/`": ["docs/saml.md", "crates/vault"],
            "a.test.ts and crates/broker/src.": ["a.test.ts", "crates/broker/src"],
            "https://example.org/docs/page.md, /usr/share/x.py, ~/.aws/a.sh, .dev/b.sh, **/*.test.ts": [],
            "an e.g. without one; 1.5 and foo.rsa": [],
        }.items():
            with self.subTest(comment):
                self.assertEqual(expected, paths(comment))

    def test_which_lead_somewhere(self) -> None:
        for path in (
            "README.md",
            "key.rs",
            "key/file.rs",
            "crates/vault",
            "docs/KIND.md",
            "crates/NAME/src/key.rs",
            "a.test.ts",
        ):
            with self.subTest(path):
                self.assertTrue(exists(path, KNOWN))
        for path in ("GONE.md", "ey.rs", "key/files.rs", "crates/vaul", "test.ts", "docs/KIND.rs"):
            with self.subTest(path):
                self.assertFalse(exists(path, KNOWN))

    def test_only_comments_are_read(self) -> None:
        rust = 'let a = "gone.rs"; // one.rs\n/* two.rs\nthree.rs */'
        self.assertEqual([1, 2, 3], [line for line, _ in comments("a.rs", rust)])
        self.assertEqual(
            ["// one"], [text for _, text in comments("a.ts", "const a = 'x'; // one\nimport './gone.ts';")]
        )
        self.assertEqual(["# one"], [text for _, text in comments("dev", "run gone.sh # one\n")])


if __name__ == "__main__":
    unittest.main()
