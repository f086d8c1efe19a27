"""What the check of words finds, and what it leaves alone."""

import unittest

from words import found_in, in_configuration, in_markdown, in_rust, in_script

NOT_WRITTEN = """
Sign in anew.
Mend the setting.
A term that cannot be had
Whoever runs your accounts
who asks must be allowed to
what answers is not STS
Nobody reads it.
then somebody signs in
You shall not.
how it comes about
It takes no arguments.
The keyring gave no access.
This is no role.
what is no encoded message
where no display is
hangs on the network
the code of now
The renewal broke off
a fault in Daypass
for a kind that there is not.
"""

PLAIN = """
There is no session.
It is no longer there.
It belongs to nobody.
somebody else’s page
It takes no longer than a second.
That is no reason to stop.
the person who signed in
He comes by themselves.
Nothing happens until you sign in.
Amended settings
Is there nothing?
"""


class Words(unittest.TestCase):
    def found(self, prose: str) -> list[tuple[int, str]]:
        return sorted((line, words) for line, words, _ in found_in(prose))

    def test_what_we_do_not_write(self) -> None:
        for sentence in NOT_WRITTEN.strip().splitlines():
            with self.subTest(sentence):
                self.assertEqual(1, len(self.found(sentence)))

    def test_plain_english(self) -> None:
        for sentence in PLAIN.strip().splitlines():
            with self.subTest(sentence):
                self.assertEqual([], self.found(sentence))

    def test_rust_comments_and_literals(self) -> None:
        source = (
            "/// It is\n    /// no role.\nfn shall() { mend(anew); }\n"
            'const A: &str = "it takes \\\n    no keys: {nobody}";\n'
            '#[cfg(test)]\nmod tests { const B: &str = "anew"; }\n'
            '// "Whoever" is what `shall` said.\n'
            'let both = ["it is", "no role"];\n'
        )
        self.assertEqual([(1, "is no role"), (4, "takes no")], self.found(in_rust(source)))

    def test_pages(self) -> None:
        source = "# Anew\n\n```\nanew\n```\n\n- whoever\n  - `anew` [here](anew.md), “anew”, it is\n    no `role`\n"
        self.assertEqual([(1, "Anew"), (7, "whoever"), (8, "is no XXXXXX")], self.found(in_markdown(source)))

    def test_the_window(self) -> None:
        source = "// It is\n// no role.\nconst a = { anew: `whoever ${shall}` };\n<p>\n  takes\n  no keys\n</p>\n"
        self.assertEqual(
            [(1, "is no role"), (3, "anew"), (3, "whoever"), (5, "takes no")], self.found(in_script(source))
        )

    def test_configuration(self) -> None:
        source = "# It is\n# no role.\nkey = 1  # anew\n"
        self.assertEqual([(1, "is no role"), (3, "anew")], self.found(in_configuration(source)))


if __name__ == "__main__":
    unittest.main()
