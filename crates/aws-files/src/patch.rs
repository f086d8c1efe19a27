//! The difference between two versions of a file.

use serde::{Deserialize, Serialize};

use crate::document::{Splice, splice};

/// A change of some lines of a file, to be kept: it has no line of a section that wasn't changed.
///
/// It fits one content only, so compare that before you [apply](Patch::apply) it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// Each step is for the result of the one before. None if they aren't in UTF-8.
    steps: Option<Vec<Vec<Hunk>>>,
}

/// A range of the content, and what replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Hunk {
    start: usize,
    end: usize,
    with: String,
}

impl Patch {
    pub(crate) fn new(steps: Vec<Vec<Splice>>) -> Self {
        let hunk = |Splice { range, with }: Splice| {
            Some(Hunk { start: range.start, end: range.end, with: String::from_utf8(with).ok()? })
        };
        let step = |splices: Vec<Splice>| splices.into_iter().map(hunk).collect::<Option<Vec<Hunk>>>();
        Self { steps: steps.into_iter().map(step).collect() }
    }

    /// The other content. None if this isn't the content that the patch is for, as far as that shows.
    #[must_use]
    pub fn apply(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut now = bytes.to_vec();
        for step in self.steps.as_ref()? {
            let mut at = 0;
            for Hunk { start, end, .. } in step {
                if *start < at || end < start || *end > now.len() {
                    return None;
                }
                at = *end;
            }
            let splices = step
                .iter()
                .map(|Hunk { start, end, with }| Splice { range: *start..*end, with: with.clone().into_bytes() });
            now = splice(&now, splices.collect());
        }
        Some(now)
    }
}
