"""What the check takes for a decision by words, and what not."""

import unittest

from text_decisions import in_rust, in_script

RUST = """
if problem.message.contains("MaxSessionDuration") {}
if problem . code == "sts-expired-token" {}
if problem.code != "agent-running" {}
if error.code() == Some("InvalidClient") {}
if "unknown-role" == problem.code {}
let is_ours = problem.code.as_str().starts_with("sts-");
let same = before.message == problem.message;
problem.hint.as_deref().is_some_and(|hint| hint.contains("daypass identity login"))
match problem.code.as_str() { "a" | "b" => one(), _ => other() }
match error.code() { Some("AuthorizationPending") => {} _ => {} }
matches!(code.as_str(), "invalid_client" | "unauthorized_client")
matches!(error.code(), Some("SlowDown"))
["sts-a", "sts-b"].contains(&problem.code.as_str())
error.to_string().split_once(": ")
format!("{error}").starts_with("no such")
let text = error.to_string(); let cut = text.rsplit_once(": ");
let message = refusal.message.to_lowercase(); if message.contains("denied") {}
"""

RUST_ALLOWED = """
// if problem.message.contains("words") {}
if problem.code == ProblemCode::StsExpiredToken {}
match problem.code { ProblemCode::StsExpiredToken => {} _ => {} }
match result.code { 0 => {} _ => {} }
let repeated = before.code == problem.code;
let half = code.split_at_checked(3);
if code.len() != 6 {}
println!("{}", problem.message);
let problem = Problem::new(ProblemKind::Invalid, code, message).hint("message.contains(");
role.to_string().contains(":role/aws-reserved/")
match fields.remove("code") { Some(code) => {} None => {} }
#[cfg(test)] fn f() { assert!(problem.message.contains("words")); }
#[cfg(test)] mod tests { fn f() { assert_eq!(problem.code == "a", true); } }
"""

SCRIPT = """
if (problem.message.includes('words')) {}
if (problem?.hint?.startsWith('unlock')) {}
if (problem.code.startsWith('limit-')) {}
const same = one.problem?.message === why.message;
const other = said !== problem.message;
if (/denied/i.test(problem.message)) {}
"""

SCRIPT_ALLOWED = """
// if (problem.message.includes('words')) {}
/* problem.message === other */
if (problem.code === 'foreign-profile') {}
const text = problem.message;
const complaint = message.trim() === '' ? 'Paste it' : null;
"""


class Decisions(unittest.TestCase):
    def each(self, reader, lines: str, expected: int) -> None:
        for line in lines.strip().splitlines():
            with self.subTest(line):
                self.assertEqual(expected, len({at for at, _ in reader(line)}))

    def test_rust(self) -> None:
        self.each(in_rust, RUST, 1)
        self.each(in_rust, RUST_ALLOWED, 0)

    def test_script(self) -> None:
        self.each(in_script, SCRIPT, 1)
        self.each(in_script, SCRIPT_ALLOWED, 0)

    def test_the_line_is_that_of_the_file(self) -> None:
        source = '// one\n#[cfg(test)]\nfn two() {\n}\nlet a = problem\n    .message\n    .contains("six");\n'
        self.assertEqual([6], [line for line, _ in in_rust(source)])
        self.assertEqual([3], [line for line, _ in in_script("// one\n/* two */\na.message.includes('three')")])


if __name__ == "__main__":
    unittest.main()
