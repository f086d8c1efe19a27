//! Tells the person why the app can't start.

use daypass_core::text;

/// Tells on standard error. macOS and Windows start the app without a terminal, so there it's also in a dialog.
#[allow(clippy::print_stderr)]
pub(crate) fn tell(why: &str) {
    let why = text::shown_lines(why);
    eprintln!("{why}");
    #[cfg(not(target_os = "linux"))]
    rfd::MessageDialog::new()
        .set_level(rfd::MessageLevel::Error)
        .set_title("Daypass")
        .set_description(why.strip_prefix("daypass-desktop: ").unwrap_or(&why))
        .show();
}
