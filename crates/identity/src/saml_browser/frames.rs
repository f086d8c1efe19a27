//! The framing of the pipe: each message ends with a NUL byte.

use zeroize::Zeroizing;

/// The longest message that is taken. An assertion has 100,000 characters at most, and comes twice.
const LONGEST: usize = 16 << 20;

/// The browser sent more than any message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong;

/// What came, up to whole messages. A message may have an assertion in it, so nothing of it stays in memory.
#[derive(Default)]
pub(super) struct Frames {
    bytes: Zeroizing<Vec<u8>>,
    /// How far the bytes were looked through.
    searched: usize,
}

impl Frames {
    /// More bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.bytes.len() + bytes.len() > LONGEST {
            return Err(TooLong);
        }
        // `Vec` would leave the old bytes behind when it grows.
        if self.bytes.len() + bytes.len() > self.bytes.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity((self.bytes.len() + bytes.len()) * 2));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// The next whole message.
    pub(super) fn next(&mut self) -> Option<Zeroizing<Vec<u8>>> {
        let end = self.bytes[self.searched..].iter().position(|byte| *byte == 0).map(|at| self.searched + at);
        let Some(end) = end else {
            self.searched = self.bytes.len();
            return None;
        };
        let message = Zeroizing::new(self.bytes[..end].to_vec());
        let rest = Zeroizing::new(self.bytes[end + 1..].to_vec());
        self.bytes = rest;
        self.searched = 0;
        Some(message)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(frames: &mut Frames) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| frames.next()).map(|message| message.to_vec()).collect()
    }

    #[test]
    fn more_than_any_message_has_is_refused() {
        let mut frames = Frames::default();
        frames.push(&vec![b'x'; LONGEST]).unwrap();
        assert_eq!(frames.push(b"x"), Err(TooLong));
    }

    proptest! {
        #[test]
        fn messages_come_out_whole_however_they_are_cut(
            messages in prop::collection::vec(prop::collection::vec(1_u8.., 0..40), 0..8),
            cut in 1_usize..20,
        ) {
            let sent: Vec<u8> = messages.iter().flat_map(|message| message.iter().copied().chain([0])).collect();
            let mut frames = Frames::default();
            let mut came = Vec::new();
            for part in sent.chunks(cut) {
                frames.push(part).unwrap();
                came.extend(all(&mut frames));
            }
            prop_assert_eq!(came, messages);
        }
    }
}
