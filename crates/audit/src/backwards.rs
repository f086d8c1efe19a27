//! Reads a file's lines from its end. The latest events are needed first, and the log grows for years.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

/// How much is read at once.
const BLOCK: usize = 64 * 1024;

/// A line that is longer isn't Daypass's, whose lines have a dozen short fields.
const LONGEST: usize = 64 * 1024;

/// The lines of a file before a place in it, last one first.
pub(crate) struct Backwards {
    file: File,
    /// What is before this place hasn't been read.
    unread: u64,
    /// What was read and not given yet, from `unread` on.
    held: Vec<u8>,
    /// Whether the line that `held` ends with was longer than [`LONGEST`], and its end was dropped.
    is_cut: bool,
    /// The file's last line has no break if it was torn.
    is_first: bool,
}

/// A line and where it begins.
pub(crate) struct LineAt {
    pub(crate) offset: u64,
    /// Its bytes without the break. `None` if it is too long to be read.
    pub(crate) bytes: Option<Vec<u8>>,
}

impl Backwards {
    /// Reads what is before `end`.
    pub(crate) fn before(file: File, end: u64) -> Self {
        Self { file, unread: end, held: Vec::new(), is_cut: false, is_first: true }
    }

    /// The line before those that were given. `None` at the beginning of the file.
    pub(crate) fn next(&mut self) -> io::Result<Option<LineAt>> {
        if std::mem::take(&mut self.is_first) {
            self.read_block()?;
            // The break that ends the last line.
            if self.held.last() == Some(&b'\n') {
                self.held.pop();
            }
        }
        let mut searched = 0;
        loop {
            let rest = self.held.len() - searched;
            if let Some(at) = self.held[..rest].iter().rposition(|byte| *byte == b'\n') {
                let line = self.held.split_off(at + 1);
                self.held.pop();
                return Ok(Some(self.given(self.unread + at as u64 + 1, line)));
            }
            if self.unread == 0 {
                let line = std::mem::take(&mut self.held);
                // An empty file, or all of it was given.
                let is_over = line.is_empty() && !self.is_cut;
                return Ok((!is_over).then(|| self.given(0, line)));
            }
            if self.held.len() > LONGEST {
                self.held.clear();
                self.is_cut = true;
            }
            searched = self.held.len();
            self.read_block()?;
        }
    }

    fn given(&mut self, offset: u64, line: Vec<u8>) -> LineAt {
        let is_cut = std::mem::take(&mut self.is_cut);
        LineAt { offset, bytes: (!is_cut).then_some(line) }
    }

    /// Puts the block before `held` in front of it.
    fn read_block(&mut self) -> io::Result<()> {
        let length = usize::try_from(self.unread).unwrap_or(BLOCK).min(BLOCK);
        self.unread -= length as u64;
        let mut block = vec![0; length];
        self.file.seek(SeekFrom::Start(self.unread))?;
        self.file.read_exact(&mut block)?;
        block.append(&mut self.held);
        self.held = block;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(text: &[u8]) -> Vec<(u64, Option<Vec<u8>>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, text).unwrap();
        let mut reader = Backwards::before(File::open(path).unwrap(), text.len() as u64);
        let mut found = Vec::new();
        while let Some(LineAt { offset, bytes }) = reader.next().unwrap() {
            found.push((offset, bytes));
        }
        found
    }

    /// The same lines, from the front.
    fn expected(text: &[u8]) -> Vec<(u64, Option<Vec<u8>>)> {
        let mut at = 0;
        let mut found = Vec::new();
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let bytes = line.strip_suffix(b"\n").unwrap_or(line).to_vec();
            found.push((at, Some(bytes)));
            at += line.len() as u64;
        }
        found.reverse();
        found
    }

    #[test]
    fn lines_come_last_first_with_their_places() {
        for text in ["", "one\n", "one", "one\ntwo\nthree\n", "one\ntorn"] {
            assert_eq!(lines(text.as_bytes()), expected(text.as_bytes()), "{text:?}");
        }
        let blocks = format!("{}\n{}\nlast\n", "a".repeat(BLOCK - 3), "b".repeat(BLOCK / 2));
        assert_eq!(lines(blocks.as_bytes()), expected(blocks.as_bytes()));
    }

    #[test]
    fn a_line_that_is_too_long_takes_no_memory_and_hides_no_other() {
        let text = format!("one\n{}\nthree\n", "x".repeat(3 * LONGEST));
        let found = lines(text.as_bytes());
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].1.as_deref(), Some(b"three".as_slice()));
        assert_eq!(found[1], (4, None));
        assert_eq!(found[2], (0, Some(b"one".to_vec())));
    }

    proptest! {
        #[test]
        fn no_line_is_lost_or_torn(sizes in proptest::collection::vec(0_usize..40_000, 0..12), ends in any::<bool>()) {
            let mut text = sizes.iter().map(|size| "y".repeat(*size)).collect::<Vec<_>>().join("\n").into_bytes();
            if ends && !text.is_empty() {
                text.push(b'\n');
            }
            let whole: Vec<_> = expected(&text).into_iter().collect();
            // An empty first line at the very beginning can't be told from the beginning.
            let found = lines(&text);
            let trimmed = whole.strip_suffix(&[(0, Some(Vec::new()))]).unwrap_or(&whole);
            let found_trimmed = found.strip_suffix(&[(0, Some(Vec::new()))]).unwrap_or(&found);
            prop_assert_eq!(found_trimmed, trimmed);
        }
    }
}
