//! A list on the terminal, from which the person chooses by typing parts of names.
//!
//! It is drawn on standard error, because standard output often goes elsewhere: `eval "$(daypass env)"`. Keys come from
//! standard input. What is shown passes [`daypass_core::text::shown`].

mod list;
mod row;
mod screen;

use std::io;
use std::time::Duration;

use crossterm::event::{self, Event, KeyEventKind};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

use crate::held_signals::HeldSignals;
use list::{Act, List};
use screen::Screen;

pub(crate) use list::Item;
pub(crate) use screen::is_possible;

/// How long a signal that ends the process may wait to be noticed.
const PATIENCE: Duration = Duration::from_millis(100);

/// The index of the item that the person chooses. `title` says what for, as long as nothing is typed; `query` is as if
/// they had typed it.
///
/// # Errors
///
/// `not-chosen` when they close the list, `terminal-failed`.
pub(crate) fn pick(title: &str, query: &str, items: &[Item]) -> Result<usize, Problem> {
    // Until the terminal is as before.
    let outcome = choose(title, query, items, &HeldSignals::hold());
    outcome.map_err(|error| failed(&error))?.ok_or_else(|| {
        Problem::new(ProblemKind::Cancelled, ProblemCode::NotChosen, "you closed the list without choosing")
    })
}

fn choose(title: &str, query: &str, items: &[Item], signals: &HeldSignals) -> io::Result<Option<usize>> {
    let mut screen = Screen::open()?;
    let mut list = List::new(title, items);
    list.paste(query);
    // From here on, a change of its size is noticed.
    event::poll(Duration::ZERO)?;
    loop {
        let (width, height) = screen.size();
        screen.draw(&list.draw(width, height))?;
        while !event::poll(PATIENCE)? {
            if signals.came() {
                return Ok(None);
            }
        }
        // What was typed meanwhile is drawn once.
        while event::poll(Duration::ZERO)? {
            let act = match event::read()? {
                Event::Key(key) if key.kind != KeyEventKind::Release => list.press(key),
                Event::Paste(text) => list.paste(&text),
                _ => Act::Stay,
            };
            match act {
                Act::Stay => {}
                Act::Choose(index) => return Ok(Some(index)),
                Act::Cancel => return Ok(None),
            }
        }
    }
}

fn failed(error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::TerminalFailed, format!("the list can't be shown: {error}"))
        .hint("name the role instead. `daypass role list` lists them")
}
