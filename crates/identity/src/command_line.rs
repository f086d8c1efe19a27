//! Command lines that a person wrote into a variable or a file: their words, and the programs that they start. Nothing
//! runs here.

use std::ffi::{OsStr, OsString};
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::str::Chars;

/// How deep commands may be nested. Anything deeper is read as plain text.
const DEEPEST: u8 = 16;

/// Words of the shell itself that come before a command.
const RESERVED: [&str; 9] = ["!", "{", "if", "then", "elif", "else", "while", "until", "do"];

const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ksh", "zsh", "fish"];

/// Programs that start the program named in their arguments: the options that take the next word as their value, and
/// how many words come before that program.
const LAUNCHERS: [(&str, &str, usize); 12] = [
    ("env", "uC", 0),
    ("exec", "a", 0),
    ("command", "", 0),
    ("builtin", "", 0),
    ("nohup", "", 0),
    ("setsid", "", 0),
    ("nice", "n", 0),
    ("time", "fo", 0),
    ("stdbuf", "ioe", 0),
    ("timeout", "ks", 1),
    ("sudo", "CDghprRtTuU", 0),
    ("doas", "Cu", 0),
];

/// The shell that runs a `credential_process`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    Posix,
    Cmd,
}

impl Shell {
    /// That of this system.
    pub(crate) const HERE: Self = if cfg!(windows) { Self::Cmd } else { Self::Posix };
}

/// The words of one command, without the quotes around them.
pub(crate) fn words(text: &str, shell: Shell) -> Vec<String> {
    let mut reader = Reader { has_operators: false, ..Reader::new(text, shell) };
    reader.read(None);
    reader.commands.into_iter().next().unwrap_or_default()
}

/// Every program that a line starts, as the line names it. It also finds those behind `env`, in `sh -c '…'`, in a
/// pipe and in `$(…)`.
///
/// It doesn't look into scripts or variables.
pub(crate) fn programs(line: &str, shell: Shell) -> Vec<String> {
    let mut found = Vec::new();
    collect_programs(line, shell, 0, &mut found);
    found
}

/// What the system can start for the name of a program: on Windows the file that is found for it, because the system
/// adds `.exe` alone and the AWS CLI may be a script (`aws.cmd`). Elsewhere the name.
#[must_use]
pub fn startable(name: &OsStr) -> OsString {
    let found = if cfg!(windows) { find_program(name) } else { None };
    found.map_or_else(|| name.into(), PathBuf::into_os_string)
}

/// The file that is run for the name of a program: the name itself where it is a path, otherwise the first in `PATH`.
pub(crate) fn find_program(name: &OsStr) -> Option<PathBuf> {
    let endings = if cfg!(windows) { endings(std::env::var("PATHEXT").ok().as_deref()) } else { Vec::new() };
    find_program_in(name, &std::env::var_os("PATH").unwrap_or_default(), &endings)
}

/// The endings that Windows' shells add to a name, in their order, from the value of `PATHEXT`. Only those of programs
/// that a process can be made of.
fn endings(listed: Option<&str>) -> Vec<String> {
    const STARTABLE: [&str; 4] = [".com", ".exe", ".bat", ".cmd"];
    let listed = listed.unwrap_or(".com;.exe;.bat;.cmd").to_ascii_lowercase();
    listed.split(';').map(str::trim).filter(|ending| STARTABLE.contains(ending)).map(str::to_owned).collect()
}

/// `endings`: what a program's file ends with. If empty, a program's file is recognised by its mode.
fn find_program_in(name: &OsStr, path: &OsStr, endings: &[String]) -> Option<PathBuf> {
    let executable = |file: PathBuf| {
        let with = |ending: &String| {
            let mut name = file.clone().into_os_string();
            name.push(ending);
            Some(PathBuf::from(name)).filter(|file| is_executable(file))
        };
        let ends = file.to_string_lossy().to_ascii_lowercase();
        let is_whole = endings.is_empty() || endings.iter().any(|ending| ends.ends_with(ending));
        if is_whole && is_executable(&file) { Some(file) } else { endings.iter().find_map(with) }
    };
    let mut parts = Path::new(name).components();
    match (parts.next(), parts.next()) {
        (None, _) => None,
        (Some(std::path::Component::Normal(only)), None) if only == name => {
            std::env::split_paths(path).find_map(|folder| executable(folder.join(name)))
        }
        _ => executable(PathBuf::from(name)),
    }
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

fn collect_programs(line: &str, shell: Shell, depth: u8, found: &mut Vec<String>) {
    if depth > DEEPEST {
        return;
    }
    let mut reader = Reader::new(line, shell);
    reader.read(None);
    for command in &reader.commands {
        let mut words = command.as_slice();
        while let Some((program, arguments)) = program(words) {
            found.push(program.to_owned());
            let name = bare_name(program);
            if let Some(script) = script(&name, arguments) {
                collect_programs(&script, shell, depth + 1, found);
            }
            let Some(launched) = launched(&name, arguments) else { break };
            words = launched;
        }
    }
}

/// The program of a command, and its arguments.
fn program(mut words: &[String]) -> Option<(&str, &[String])> {
    while let Some((first, rest)) = words.split_first() {
        if !is_assignment(first) && !RESERVED.contains(&first.as_str()) {
            return Some((first, rest));
        }
        words = rest;
    }
    None
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(char::is_numeric)
    })
}

/// `sh` of `/bin/sh` and of `C:\bin\SH.EXE`.
fn bare_name(program: &str) -> String {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program).to_ascii_lowercase();
    name.strip_suffix(".exe").map(str::to_owned).unwrap_or(name)
}

/// The commands that a shell is given in its arguments.
fn script(name: &str, arguments: &[String]) -> Option<String> {
    match name {
        "eval" => Some(arguments.join(" ")),
        "cmd" => {
            let at =
                arguments.iter().position(|word| word.eq_ignore_ascii_case("/c") || word.eq_ignore_ascii_case("/k"));
            at.map(|at| arguments[at + 1..].join(" "))
        }
        _ if SHELLS.contains(&name) => {
            let mut has_script = false;
            let mut words = arguments.iter();
            while let Some(word) = words.next() {
                let Some(letters) = word.strip_prefix(['-', '+']) else {
                    return has_script.then(|| word.clone());
                };
                if !letters.starts_with('-') {
                    has_script |= letters.contains('c');
                    // `-o pipefail`
                    if letters.ends_with('o') {
                        words.next();
                    }
                }
            }
            None
        }
        _ => None,
    }
}

/// The command that a launcher starts.
fn launched<'a>(name: &str, arguments: &'a [String]) -> Option<&'a [String]> {
    let (_, with_value, before) = LAUNCHERS.iter().find(|(launcher, ..)| *launcher == name)?;
    let mut rest = arguments;
    while let Some((first, after)) = rest.split_first() {
        let Some(letters) = first.strip_prefix('-') else { break };
        rest = after;
        if letters == "-" {
            break;
        }
        if !letters.starts_with('-') && letters.ends_with(|letter| with_value.contains(letter)) {
            rest = rest.get(1..).unwrap_or_default();
        }
    }
    rest.get(*before..)
}

/// Reads a line as its shell does, as far as it takes to find the words.
struct Reader<'a> {
    text: Peekable<Chars<'a>>,
    shell: Shell,
    /// Whether `;`, `|`, `$(…)` and the like mean something.
    has_operators: bool,
    depth: u8,
    commands: Vec<Vec<String>>,
}

/// A command that is being read.
#[derive(Default)]
struct Command {
    words: Vec<String>,
    word: Option<String>,
    /// The next word is a file to read from or to write to.
    is_redirected: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, shell: Shell) -> Self {
        Self { text: text.chars().peekable(), shell, has_operators: true, depth: 0, commands: Vec::new() }
    }

    /// Reads commands up to `end`, or to the end of the text.
    fn read(&mut self, end: Option<char>) {
        let (is_posix, has_operators) = (self.shell == Shell::Posix, self.has_operators);
        let mut command = Command::default();
        while let Some(next) = self.text.next() {
            match next {
                _ if Some(next) == end => break,
                '\'' if is_posix => {
                    command.begin_word();
                    self.text.by_ref().take_while(|c| *c != '\'').for_each(|c| command.push(c));
                }
                '"' => self.read_quoted(&mut command),
                '\\' if is_posix => {
                    if let Some(escaped) = self.text.next().filter(|c| *c != '\n') {
                        command.push(escaped);
                    }
                }
                '\n' | ';' | '|' | '&' | '(' | ')' if has_operators => {
                    self.commands.push(std::mem::take(&mut command).end());
                    if next == '(' {
                        self.read_nested(')');
                    }
                }
                _ if next.is_whitespace() => command.end_word(),
                '<' | '>' if has_operators => {
                    command.redirect();
                    while self.text.next_if(|c| "<>&|".contains(*c)).is_some() {}
                }
                '#' if has_operators && is_posix && command.word.is_none() => {
                    while self.text.next_if(|c| *c != '\n').is_some() {}
                }
                _ if self.begins_substitution(next) => self.read_substitution(next, &mut command),
                _ => command.push(next),
            }
        }
        self.commands.push(command.end());
    }

    /// The rest of a word in double quotes.
    fn read_quoted(&mut self, command: &mut Command) {
        command.begin_word();
        while let Some(next) = self.text.next() {
            match next {
                '"' => return,
                '\\' if self.shell == Shell::Posix => match self.text.next_if(|c| "$`\"\\\n".contains(*c)) {
                    Some('\n') => {}
                    escaped => command.push(escaped.unwrap_or('\\')),
                },
                _ if self.begins_substitution(next) => self.read_substitution(next, command),
                _ => command.push(next),
            }
        }
    }

    /// A backquote, or the dollar of `$(`.
    fn begins_substitution(&mut self, c: char) -> bool {
        let is_posix = self.shell == Shell::Posix;
        self.has_operators && is_posix && (c == '`' || c == '$' && self.text.peek() == Some(&'('))
    }

    fn read_substitution(&mut self, c: char, command: &mut Command) {
        command.begin_word();
        if c == '$' {
            self.text.next();
        }
        self.read_nested(if c == '$' { ')' } else { '`' });
    }

    fn read_nested(&mut self, end: char) {
        if self.depth < DEEPEST {
            self.depth += 1;
            self.read(Some(end));
            self.depth -= 1;
        }
    }
}

impl Command {
    fn begin_word(&mut self) {
        self.word.get_or_insert_default();
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn end_word(&mut self) {
        if let Some(word) = self.word.take()
            && !std::mem::take(&mut self.is_redirected)
        {
            self.words.push(word);
        }
    }

    fn redirect(&mut self) {
        // The digits in `2>` aren't a word.
        if self.word.as_ref().is_some_and(|word| word.chars().all(|c| c.is_ascii_digit())) {
            self.word = None;
        }
        self.end_word();
        self.is_redirected = true;
    }

    fn end(mut self) -> Vec<String> {
        self.end_word();
        self.words
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn posix(line: &str) -> Vec<String> {
        programs(line, Shell::Posix)
    }

    #[test]
    fn a_command_has_the_words_that_a_shell_gives_it() {
        for (text, expected) in [
            ("a  b\tc", vec!["a", "b", "c"]),
            (r#""/opt/My Browser/run" --new '%s'"#, vec!["/opt/My Browser/run", "--new", "%s"]),
            (r"/opt/My\ Browser/run x", vec!["/opt/My Browser/run", "x"]),
            (r#"a"b c"'d e'f "\"\$x\y""#, vec!["ab cd ef", r#""$x\y"#]),
            ("tool --list=a;b&c $(d) #e", vec!["tool", "--list=a;b&c", "$(d)", "#e"]),
            ("a ''", vec!["a", ""]),
            ("a 'b", vec!["a", "b"]),
            (" ", vec![]),
        ] {
            assert_eq!(words(text, Shell::Posix), expected, "{text}");
        }
        assert_eq!(words(r#""C:\My Tools\x.exe" -a 'b"#, Shell::Cmd), [r"C:\My Tools\x.exe", "-a", "'b"]);
    }

    #[test]
    fn a_line_starts_the_first_word_of_each_of_its_commands() {
        for (line, expected) in [
            ("tool get --name other", vec!["tool"]),
            ("\"/opt/a b/tool\" x", vec!["/opt/a b/tool"]),
            ("/opt/a b/tool x", vec!["/opt/a"]),
            ("A=1 B='x y' tool", vec!["tool"]),
            ("a x | b y && c || d; e &\nf", vec!["a", "b", "c", "d", "e", "f"]),
            ("a 2>&1 >/dev/null b", vec!["a"]),
            (">log a b", vec!["a"]),
            ("(cd /x && a)", vec!["cd", "a"]),
            ("if ! a; then b; fi", vec!["a", "b", "fi"]),
            ("echo \"$(a \"$(b c)\" d)\" x `e f` y # g; h", vec!["b", "a", "e", "echo"]),
            ("echo '$(a)' \\$(b", vec!["echo", "b"]),
            ("", vec![]),
        ] {
            assert_eq!(posix(line), expected, "{line}");
        }
    }

    #[test]
    fn what_a_launcher_or_a_shell_starts_is_found() {
        for (line, last) in [
            ("env A=1 tool x", "tool"),
            ("/usr/bin/env -i -u HOME A=1 tool x", "tool"),
            ("exec -a other tool x", "tool"),
            ("nice -n 10 nohup tool x", "tool"),
            ("timeout -k 5 10s tool x", "tool"),
            ("sudo -n -u me -- tool x", "tool"),
            ("sh -c 'exec \"/opt/a b/tool\" x'", "/opt/a b/tool"),
            ("bash -eo pipefail -c 'true | tool x' name", "tool"),
            ("env A=1 sh -c \"sh -c 'tool x'\"", "tool"),
            ("eval \"tool x\"", "tool"),
        ] {
            assert_eq!(posix(line).last().unwrap(), last, "{line}");
        }
        for (line, only) in
            [("sh ./get.sh tool", "sh"), ("bash --login ./get.sh -c tool", "bash"), ("tool -c other", "tool")]
        {
            assert_eq!(posix(line), [only], "{line}");
        }
        assert_eq!(programs(r"C:\Tools\Get.exe x & y", Shell::Cmd), [r"C:\Tools\Get.exe", "y"]);
        assert_eq!(programs(r"C:\Windows\cmd.exe /C D:\Tools\get.exe x", Shell::Cmd)[1], r"D:\Tools\get.exe");
    }

    #[cfg(unix)]
    #[test]
    #[allow(clippy::disallowed_methods)]
    fn a_program_is_a_file_that_may_be_run() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("first"), folder.path().join("se cond"));
        for (folder, mode) in [(&first, 0o644), (&second, 0o755)] {
            std::fs::create_dir(folder).unwrap();
            std::fs::write(folder.join("tool"), "").unwrap();
            std::fs::set_permissions(folder.join("tool"), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let path = std::env::join_paths([&first, &second]).unwrap();
        let found = |name: &OsStr| find_program_in(name, &path, &[]);
        assert_eq!(found("tool".as_ref()), Some(second.join("tool")));
        assert_eq!(found(second.join("tool").as_os_str()), Some(second.join("tool")));
        for none in [first.join("tool"), second, "other".into(), "./tool".into(), "".into()] {
            assert_eq!(found(none.as_os_str()), None, "{none:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    #[allow(clippy::disallowed_methods)]
    fn windows_finds_a_script_by_the_name_without_its_ending_and_no_file_that_it_cannot_start() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        // pip puts a script for Unix beside the one for Windows.
        for name in ["aws", "aws.cmd", "both.exe", "both.cmd", "notes.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
            std::fs::set_permissions(folder.path().join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let all = endings(None);
        assert_eq!(endings(Some(".EXE; .CMD;.PY;;.cmd")), [".exe", ".cmd", ".cmd"]);
        let found = |name: &str| find_program_in(name.as_ref(), folder.path().as_os_str(), &all);
        let file = |name: &str| Some(folder.path().join(name));
        assert_eq!(found("aws"), file("aws.cmd"));
        assert_eq!(found("aws.cmd"), file("aws.cmd"));
        assert_eq!(found("both"), file("both.exe"));
        assert_eq!(found(folder.path().join("both").to_str().unwrap()), file("both.exe"));
        assert_eq!((found("notes"), found("notes.txt")), (None, None));
    }

    proptest::proptest! {
        #[test]
        fn any_line_can_be_read(line in "([a-c='\"\\\\`$()<>|&;#\n -]|sh -c |env |eval |\\PC){0,200}") {
            for shell in [Shell::Posix, Shell::Cmd] {
                let _ = (programs(&line, shell), words(&line, shell));
            }
        }
    }
}
