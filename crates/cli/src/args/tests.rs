use std::path::Path;

use clap::error::ErrorKind;

use super::*;

#[test]
fn the_command_line_is_well_formed() {
    <Arguments as clap::CommandFactory>::command().debug_assert();
}

/// A page that shows a command which does not exist is found here, not by the person who copies it.
#[test]
fn every_command_of_the_pages_is_taken() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = docs.filter(|path| path.extension().is_some_and(|e| e == "md")).chain([root.join("README.md")]);
    let mut count = 0;
    for page in pages {
        for command in shown(&std::fs::read_to_string(&page).unwrap()) {
            match Arguments::try_parse_from(words(&command)) {
                Ok(_) => {}
                // A command may be called by its name alone.
                Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {}
                Err(error) => panic!("{}: {command}\n{error}", page.display()),
            }
            count += 1;
        }
    }
    assert!(count > 50, "only {count} were found");
}

/// In indented blocks, and between backticks where no word stands for another.
fn shown(page: &str) -> Vec<String> {
    let page = page.replace("\\\n", " ");
    let command = |line: &str| line.find("daypass ").map(|at| line[at..].to_owned());
    let blocks = page.lines().filter(|line| line.starts_with("    ")).filter_map(command);
    let is_plain = |text: &&str| !text.contains(|c: char| c.is_uppercase() || "[<…\\".contains(c));
    let inline = page.split('`').skip(1).step_by(2).filter(|text| text.starts_with("daypass ")).filter(is_plain);
    blocks.chain(inline.map(str::to_owned)).collect()
}

/// As a shell splits them, up to what is the shell's own.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in command.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ')' | '|' | '<' | '>' | '#' | ';') => break,
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
