//! The launch agent of macOS: a property list that launchd reads at login.

use std::fmt::Write as _;
use std::path::Path;

use daypass_core::problem::Problem;

use super::program::{ARGUMENT, HOME, plain};

/// The launch agent that starts this program, with this home. Its label is its file's name.
///
/// # Errors
///
/// `file-error` for a path that no property list can hold.
pub(super) fn launch_agent(label: &str, program: &Path, home: Option<&Path>) -> Result<String, Problem> {
    let mut list = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!-- {MARK} -->\n\
         <plist version=\"1.0\">\n\
         <dict>\n\
         \t<key>Label</key>\n\
         \t<string>{}</string>\n\
         \t<key>ProgramArguments</key>\n\
         \t<array>\n\
         \t\t<string>{}</string>\n\
         \t\t<string>{ARGUMENT}</string>\n\
         \t</array>\n\
         \t<key>RunAtLoad</key>\n\
         \t<true/>\n\
         \t<key>ProcessType</key>\n\
         \t<string>Interactive</string>\n",
        escaped(label),
        escaped(plain(program)?),
    );
    if let Some(home) = home {
        let home = escaped(plain(home)?);
        let _ = write!(
            list,
            "\t<key>EnvironmentVariables</key>\n\
             \t<dict>\n\
             \t\t<key>{HOME}</key>\n\
             \t\t<string>{home}</string>\n\
             \t</dict>\n"
        );
    }
    list.push_str("</dict>\n</plist>\n");
    Ok(list)
}

/// In the comment of what we wrote.
pub(super) const MARK: &str = "Written by Daypass, as desktop.start_at_login in its config.toml says";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
