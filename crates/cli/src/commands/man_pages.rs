//! `daypass man-pages`: a manual page for each command, from its definition. The packages have them.

use std::convert::Infallible;
use std::path::Path;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use durable_file::{Change, EditError, Options};
use serde_json::json;

use crate::say;
use crate::usage::examples;

/// Writes the pages. Programs like `man` read them as other users too.
pub(super) fn write(folder: &Path) -> Result<(), Problem> {
    let mut pages = Vec::new();
    for (name, page) in pages_of_all()? {
        let file = folder.join(name);
        let modes = Options { mode_when_new: 0o644, folder_mode_when_new: 0o755 };
        durable_file::edit(&file, &modes, |_| Ok::<_, Infallible>(Change::Replace(page.clone()))).map_err(|error| {
            match error {
                EditError::File(error) => Problem::from(error),
                EditError::Change(never) => match never {},
            }
        })?;
        pages.push(file);
    }
    say::result(&json!({ "pages": pages }), || {
        say::line(&format!("{} in {}", say::count(pages.len(), "page"), folder.display()));
    })
}

fn pages_of_all() -> Result<Vec<(String, Vec<u8>)>, Problem> {
    let mut root = examples::command().disable_help_subcommand(true);
    root.build();
    let mut pages = Vec::new();
    collect(&root, None, &mut pages).map_err(|error| {
        Problem::new(ProblemKind::Failed, ProblemCode::FileError, format!("a manual page can't be made: {error}"))
    })?;
    Ok(pages)
}

fn collect(command: &Command, above: Option<&str>, pages: &mut Vec<(String, Vec<u8>)>) -> std::io::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        collect(sub, Some(&name), pages)?;
    }
    pages.push((format!("{name}.1"), page(command, above)?));
    Ok(())
}

fn page(command: &Command, above: Option<&str>) -> std::io::Result<Vec<u8>> {
    let man = Man::new(command.clone());
    // (clap_mangen writes nothing for a date that is empty, and what follows takes its place.)
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let mut page =
        format!(".TH {name} 1 \"\" \"Daypass {}\" \"Daypass Manual\"\n", env!("CARGO_PKG_VERSION")).into_bytes();
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if command.get_arguments().any(|argument| !argument.is_hide_set()) {
        man.render_options_section(&mut page)?;
    }
    if command.get_subcommands().any(|sub| !sub.is_hide_set()) {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(text) = command.get_after_help() {
        notes(&text.to_string()).to_writer(&mut page)?;
    }
    if let Some(above) = above {
        let mut also = Roff::default();
        also.control("SH", ["SEE ALSO"]).text([bold(above), roman("(1)")]);
        also.to_writer(&mut page)?;
    }
    Ok(page)
}

/// What stands below a command's help, with headings where it has them, and with its lines as they are where they are
/// indented.
fn notes(text: &str) -> Roff {
    let mut notes = Roff::default();
    let mut is_as_it_is = false;
    let mut ends_paragraph = false;
    if !text.lines().next().is_some_and(is_heading) {
        notes.control("SH", ["NOTES"]);
    }
    for line in text.lines() {
        if is_as_it_is != line.starts_with("  ") {
            is_as_it_is = !is_as_it_is;
            notes.control(if is_as_it_is { "nf" } else { "fi" }, []);
        }
        match line {
            "" => ends_paragraph = true,
            heading if is_heading(heading) => {
                notes.control("SH", [heading.trim_end_matches(':').to_uppercase().as_str()]);
                ends_paragraph = false;
            }
            line => {
                if std::mem::take(&mut ends_paragraph) {
                    notes.control("PP", []);
                }
                notes.text([roman(line)]);
            }
        }
    }
    if is_as_it_is {
        notes.control("fi", []);
    }
    notes
}

fn is_heading(line: &str) -> bool {
    line.len() < 20 && line.ends_with(':') && !line.starts_with(' ')
}
