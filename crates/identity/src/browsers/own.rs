//! A browser profile that Daypass creates: its folder, name and colour.
//!
//! The browser makes everything else in it. What is written here says only what the account is, and that a new profile
//! needs no welcome.

use std::path::Path;

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{AccountColour, OwnProfile};
use durable_file::{Change, EditError, Options};

use super::found::FoundBrowser;
use super::known::Family;

impl FoundBrowser {
    /// Writes what it reads when it starts with a profile of Daypass's own.
    ///
    /// # Errors
    ///
    /// When the files can't be written.
    pub(crate) fn prepare_own(&self, folder: &Path, profile: &OwnProfile) -> Result<(), Problem> {
        prepare(self.family, folder, profile)
    }
}

/// An equal file stays as it is.
fn prepare(family: Family, folder: &Path, profile: &OwnProfile) -> Result<(), Problem> {
    match family {
        Family::Firefox => {
            keep(&folder.join("user.js"), USER_JS.as_bytes())?;
            keep(&folder.join("chrome").join("userChrome.css"), user_chrome(profile).as_bytes())
        }
        Family::Chromium => {
            // Chromium rewrites both, so only a new profile gets them.
            make(&folder.join("Default").join("Preferences"), preferences(profile).as_bytes())?;
            make(&folder.join("First Run"), b"")
        }
        Family::Plain => Ok(()),
    }
}

/// No welcome page, no question whether it is the default browser, no report.
const USER_JS: &str = r#"// Written by Daypass.
user_pref("toolkit.legacyUserProfileCustomizations.stylesheets", true);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("browser.startup.page", 0);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("datareporting.policy.dataSubmissionPolicyBypassNotification", true);
user_pref("termsofuse.bypassNotification", true);
user_pref("trailhead.firstrun.didSeeAboutWelcome", true);
"#;

/// A stripe in the account's colour, with its name.
fn user_chrome(profile: &OwnProfile) -> String {
    let colour = hex(profile.colour);
    format!(
        "/* Written by Daypass. */\n#navigator-toolbox::before {{\n  content: \"{}\";\n  display: block;\n  padding: 1px \
         10px;\n  background: #{colour:06x};\n  color: white;\n  font-weight: 600;\n}}\n",
        in_css(&profile.label)
    )
}

/// A text within quotes of CSS: everything but letters and digits is written as its number.
fn in_css(text: &str) -> String {
    text.chars().fold(String::new(), |written, c| {
        if c.is_ascii_alphanumeric() { written + &c.to_string() } else { written + &format!("\\{:06x}", u32::from(c)) }
    })
}

fn preferences(profile: &OwnProfile) -> String {
    let mut preferences = serde_json::json!({
        "profile": { "name": profile.label, "using_default_name": false },
        "browser": { "check_default_browser": false, "has_seen_welcome_page": true },
    });
    if profile.colour.is_some() {
        // A colour without a sign: opaque, then red, green and blue.
        let colour = i64::from(hex(profile.colour)) - 0x0100_0000;
        preferences["browser"]["theme"] = serde_json::json!({ "user_color2": colour, "color_variant2": 1 });
        preferences["extensions"] = serde_json::json!({ "theme": { "id": "user_color_theme_id" } });
    }
    preferences.to_string()
}

fn hex(colour: Option<AccountColour>) -> u32 {
    match colour {
        None => 0x0060_646c,
        Some(AccountColour::Blue) => 0x0000_60df,
        Some(AccountColour::Turquoise) => 0x0000_7a80,
        Some(AccountColour::Green) => 0x0018_794e,
        Some(AccountColour::Yellow) => 0x008f_6b00,
        Some(AccountColour::Orange) => 0x00b4_5309,
        Some(AccountColour::Red) => 0x00c5_0042,
        Some(AccountColour::Pink) => 0x00b5_007f,
        Some(AccountColour::Purple) => 0x0074_00c8,
    }
}

fn keep(file: &Path, content: &[u8]) -> Result<(), Problem> {
    edit(file, |now| if now == Some(content) { Change::Keep } else { Change::Replace(content.to_vec()) })
}

fn make(file: &Path, content: &[u8]) -> Result<(), Problem> {
    edit(file, |now| if now.is_some() { Change::Keep } else { Change::Replace(content.to_vec()) })
}

fn edit(file: &Path, change: impl Fn(Option<&[u8]>) -> Change) -> Result<(), Problem> {
    let changed = durable_file::edit(file, &Options::default(), |now| Ok::<_, std::convert::Infallible>(change(now)));
    changed.map(drop).map_err(|error| {
        let words = match &error {
            EditError::File(error) => error.to_string(),
            EditError::Change(never) => match *never {},
        };
        Problem::new(
            ProblemKind::Failed,
            ProblemCode::NoBrowser,
            format!("the browser's profile can't be made: {words}"),
        )
        .hint("check that you can write to that folder, or open the console in a profile that the browser has")
    })
}
