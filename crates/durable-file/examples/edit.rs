//! Edits a file in a process of its own, for the tests of this crate:
//! `edit add PATH WORD COUNT` adds COUNT lines, one edit each; `edit replace PATH BYTES LETTER` fills
//! the file with LETTER; `edit remove-if-start PATH` removes it if it says `start`.

#![allow(clippy::print_stderr)]

use std::path::Path;
use std::process::ExitCode;

use durable_file::{Change, Error, Options, edit};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["add", path, word, count] => add(path, word, count.parse().unwrap_or(1)),
        ["replace", path, bytes, letter] => {
            let content = letter.repeat(bytes.parse().unwrap_or(1)).into_bytes();
            change(path, |_| Change::Replace(content.clone()))
        }
        ["remove-if-start", path] => {
            change(path, |before| if before == Some(b"start\n") { Change::Remove } else { Change::Keep })
        }
        _ => return ExitCode::from(2),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", error.code());
            ExitCode::FAILURE
        }
    }
}

fn add(path: &str, word: &str, count: u32) -> Result<(), Error> {
    for number in 0..count {
        change(path, |before| {
            let mut content = before.unwrap_or_default().to_vec();
            content.extend_from_slice(format!("{word}-{number}\n").as_bytes());
            Change::Replace(content)
        })?;
    }
    Ok(())
}

fn change(path: &str, mut to: impl FnMut(Option<&[u8]>) -> Change) -> Result<(), Error> {
    match edit(Path::new(path), &Options::default(), |before| Ok::<_, Error>(to(before))) {
        Ok(_) => Ok(()),
        Err(durable_file::EditError::Change(error) | durable_file::EditError::File(error)) => Err(error),
    }
}
