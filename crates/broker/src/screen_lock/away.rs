//! The signals that the person is away or back.

/// Why the person isn't at the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Away {
    /// The screen was locked.
    Screen,
    /// The machine is about to sleep.
    Sleep,
}
