//! The files of one log: the one that is written to, and the full ones beside it, by number.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// Where a log's files are.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    current: PathBuf,
}

/// A full file and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FullFile {
    pub(crate) number: u32,
    pub(crate) path: PathBuf,
}

impl Files {
    pub(crate) fn of(current: PathBuf) -> Self {
        Self { current }
    }

    /// The file that is written to.
    pub(crate) fn current(&self) -> &Path {
        &self.current
    }

    /// The full file of this number: `audit-000001.jsonl` beside `audit.jsonl`.
    pub(crate) fn full(&self, number: u32) -> PathBuf {
        named(&self.current, &format!("-{number:06}"))
    }

    /// Where a broken log is kept for the person, with the moment at which it was put there.
    pub(crate) fn set_aside(&self, file: &Path, moment: &str) -> PathBuf {
        named(file, &format!(".broken-{moment}"))
    }

    /// The full files that exist, oldest first.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub(crate) fn existing_full(&self) -> io::Result<Vec<FullFile>> {
        let folder = self.current.parent().unwrap_or(Path::new("."));
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut found = Vec::new();
        for entry in entries {
            if let Some(number) = self.number_of(&entry?.file_name().to_string_lossy()) {
                found.push(FullFile { number, path: self.full(number) });
            }
        }
        found.sort_by_key(|file| file.number);
        Ok(found)
    }

    fn number_of(&self, name: &str) -> Option<u32> {
        let stem = self.current.file_stem()?.to_string_lossy();
        let ending = self.current.extension()?.to_string_lossy();
        let number = name.strip_prefix(&*stem)?.strip_prefix('-')?.strip_suffix(&*ending)?.strip_suffix('.')?;
        let is_ours = number.len() >= 6 && number.bytes().all(|byte| byte.is_ascii_digit());
        is_ours.then(|| number.parse().ok()).flatten()
    }
}

/// The file's path with something added to its name, before the ending.
fn named(file: &Path, addition: &str) -> PathBuf {
    let [stem, ending] = [file.file_stem(), file.extension()].map(|part| part.unwrap_or_default().to_string_lossy());
    file.with_file_name(format!("{stem}{addition}.{ending}"))
}

/// A file as it was at one moment: what is appended later isn't read.
pub(crate) struct Opened {
    pub(crate) path: PathBuf,
    pub(crate) number: Option<u32>,
    pub(crate) length: u64,
    file: File,
}

impl Opened {
    /// `None` if the file does not exist.
    pub(crate) fn open(path: &Path, number: Option<u32>) -> io::Result<Option<Self>> {
        match durable_file::open(path) {
            Ok(file) => {
                let length = file.metadata()?.len();
                Ok(Some(Self { path: path.to_owned(), number, length, file }))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Its bytes, for a reader that goes its own way.
    pub(crate) fn into_file(self) -> File {
        self.file
    }

    /// Its lines, without their breaks.
    pub(crate) fn lines(self) -> impl Iterator<Item = io::Result<Vec<u8>>> {
        BufReader::new(self.file.take(self.length)).split(b'\n')
    }
}

/// The most that is read for one line, which has a dozen short fields.
const LONGEST_LINE: u64 = 16 * 1024;

/// The last line of a file, read from its end: the log grows for years.
pub(crate) fn last_line(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LONGEST_LINE))).ok()?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail).ok()?;
    let text = String::from_utf8_lossy(&tail);
    text.lines().last().map(str::to_owned)
}

/// The first line of a file.
pub(crate) fn first_line(path: &Path) -> Option<String> {
    let mut first = String::new();
    BufReader::new(File::open(path).ok()?).take(LONGEST_LINE).read_line(&mut first).ok()?;
    let first = first.trim_end_matches('\n');
    (!first.is_empty()).then(|| first.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use super::*;

    #[test]
    fn full_files_are_found_by_their_number_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::of(folder.path().join("audit.jsonl"));
        for name in [
            "audit-000010.jsonl",
            "audit-000002.jsonl",
            "audit-1000000.jsonl",
            "audit.jsonl",
            "audit-2.jsonl",
            "audit-+00002.jsonl",
            "audit-000003.jsonl.gz",
            "audit-000004.broken-20261129T120000Z.jsonl",
            "notes.txt",
        ] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let numbers: Vec<u32> = files.existing_full().unwrap().into_iter().map(|file| file.number).collect();
        assert_eq!(numbers, [2, 10, 1_000_000]);
        assert_eq!(files.full(2), folder.path().join("audit-000002.jsonl"));
        assert!(Files::of(folder.path().join("none/audit.jsonl")).existing_full().unwrap().is_empty());
    }

    #[test]
    fn the_first_and_the_last_line_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        assert_eq!((first_line(&path), last_line(&path)), (None, None));
        std::fs::write(&path, "").unwrap();
        assert_eq!((first_line(&path), last_line(&path)), (None, None));
        std::fs::write(&path, format!("one\n{}\nthree\n", "two ".repeat(10_000))).unwrap();
        assert_eq!((first_line(&path).as_deref(), last_line(&path).as_deref()), (Some("one"), Some("three")));
    }
}
