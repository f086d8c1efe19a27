//! The terminal while it shows a list: in raw mode, on the alternate screen. It's restored however the list ends.

use std::io::{self, IsTerminal, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{MoveTo, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::{Attribute, Color, Print, SetAttribute, SetForegroundColor};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{execute, queue};

use super::row::{Drawn, Span, Style};
use crate::say;

/// Whether a list can be shown: there are keys to read, and a terminal that moves its cursor.
pub(crate) fn is_possible() -> bool {
    io::stdin().is_terminal() && say::can_clear_lines(&io::stderr())
}

pub(super) struct Screen {
    has_colours: bool,
}

static IS_OPEN: AtomicBool = AtomicBool::new(false);

impl Screen {
    pub(super) fn open() -> io::Result<Self> {
        close_on_panic();
        enable_raw_mode()?;
        IS_OPEN.store(true, Ordering::SeqCst);
        // From here on, dropping it restores the terminal.
        let screen = Self { has_colours: say::has_colours(&io::stderr()) };
        execute!(io::stderr(), EnterAlternateScreen, EnableBracketedPaste)?;
        Ok(screen)
    }

    /// Columns and lines.
    pub(super) fn size(&self) -> (usize, usize) {
        // Some terminals don't tell, or say 0.
        let (width, height) = size().ok().filter(|(width, height)| *width > 0 && *height > 0).unwrap_or((80, 24));
        (width.into(), height.into())
    }

    pub(super) fn draw(&mut self, drawn: &Drawn) -> io::Result<()> {
        // In one write, or the terminal would show half of it for a moment.
        let mut frame: Vec<u8> = Vec::new();
        queue!(frame, BeginSynchronizedUpdate)?;
        for (at, line) in (0u16..).zip(&drawn.lines) {
            queue!(frame, MoveTo(0, at), Clear(ClearType::UntilNewLine))?;
            for span in line {
                self.put(&mut frame, span)?;
            }
        }
        if drawn.lines.len() < self.size().1 {
            queue!(
                frame,
                MoveTo(0, u16::try_from(drawn.lines.len()).unwrap_or(u16::MAX)),
                Clear(ClearType::FromCursorDown)
            )?;
        }
        queue!(frame, MoveTo(u16::try_from(drawn.cursor).unwrap_or(u16::MAX), 0), Show, EndSynchronizedUpdate)?;
        let mut out = io::stderr().lock();
        out.write_all(&frame)?;
        out.flush()
    }

    fn put(&self, frame: &mut Vec<u8>, span: &Span) -> io::Result<()> {
        if !self.has_colours {
            return queue!(frame, Print(&span.text));
        }
        match span.style {
            Style::Plain => queue!(frame, Print(&span.text)),
            Style::Quiet => {
                queue!(frame, SetAttribute(Attribute::Dim), Print(&span.text), SetAttribute(Attribute::Reset))
            }
            Style::Chosen => {
                queue!(frame, SetAttribute(Attribute::Bold), Print(&span.text), SetAttribute(Attribute::Reset))
            }
            Style::Hit => queue!(
                frame,
                SetForegroundColor(Color::Cyan),
                SetAttribute(Attribute::Bold),
                Print(&span.text),
                SetAttribute(Attribute::Reset)
            ),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        close();
    }
}

fn close() {
    if IS_OPEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(io::stderr(), DisableBracketedPaste, LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}

/// What a panic says would go to the other screen and be lost with it.
fn close_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            close();
            before(info);
        }));
    });
}
