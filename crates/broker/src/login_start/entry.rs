//! The autostart entry, according to the Desktop Entry Specification.

use std::path::Path;

use daypass_core::problem::Problem;

use super::program::{ARGUMENT, HOME, plain};

/// The entry that starts this program, with this home.
///
/// # Errors
///
/// `file-error` for a path that no entry can hold.
pub(super) fn entry(program: &Path, home: Option<&Path>) -> Result<String, Problem> {
    let mut words = Vec::new();
    if let Some(home) = home {
        words.push("env".to_owned());
        words.push(quoted(&format!("{HOME}={}", plain(home)?)));
    }
    words.push(quoted(plain(program)?));
    words.push(ARGUMENT.to_owned());
    Ok(format!(
        "{MARK}\n\
         [Desktop Entry]\n\
         Type=Application\n\
         Name=Daypass\n\
         Comment=Keeps your AWS sessions fresh\n\
         Icon=daypass-desktop\n\
         TryExec={}\n\
         Exec={}\n\
         Terminal=false\n",
        plain(program)?.replace('\\', r"\\"),
        words.join(" ")
    ))
}

/// The first line of what we wrote.
pub(super) const MARK: &str = "# Written by Daypass, as desktop.start_at_login in its config.toml says";

/// Whether the desktop's own settings switched the entry off.
pub(super) fn is_switched_off(entry: &str) -> bool {
    entry.lines().any(|line| {
        let (key, value) = line.split_once('=').map_or((line, ""), |(key, value)| (key.trim(), value.trim()));
        matches!((key, value), ("Hidden", "true") | ("X-GNOME-Autostart-enabled", "false"))
    })
}

/// A word of `Exec`. It's quoted first, and then escaped as every value of the file.
fn quoted(word: &str) -> String {
    let mut text = String::from("\"");
    for one in word.chars() {
        match one {
            '"' | '`' | '$' => text.extend(['\\', '\\', one]),
            '\\' => text.push_str(r"\\\\"),
            '%' => text.push_str("%%"),
            _ => text.push(one),
        }
    }
    text.push('"');
    text
}
