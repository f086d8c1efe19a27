//! A row of the list, in columns that fit the terminal.

use daypass_core::text;
use daypass_search::{Piece, marked};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Lines of a window, and the cursor's place in the first one.
pub(super) struct Drawn {
    pub(super) lines: Vec<Vec<Span>>,
    pub(super) cursor: usize,
}

/// A piece of a line that looks the same throughout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// Safe to show.
    pub(super) text: String,
    pub(super) style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    /// Less important.
    Quiet,
    /// What the query matched.
    Hit,
    /// Of the chosen row.
    Chosen,
}

impl Span {
    pub(super) fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }
}

/// How wide each column has to be for all items.
pub(super) struct Columns(Vec<usize>);

const GAP: usize = 2;
/// The first column isn't narrower than this for the sake of the second.
const LEAST: usize = 24;

impl Columns {
    pub(super) fn of<'a>(items: impl Iterator<Item = &'a [String]>) -> Self {
        let mut widths = Vec::new();
        for cells in items {
            widths.resize(widths.len().max(cells.len()), 0);
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = (*width).max(text::shown(cell).width());
            }
        }
        Self(widths)
    }

    /// The columns that fit. The first is always among them, and is shortened so that there is room for the second.
    pub(super) fn widths(&self, room: usize) -> Widths {
        let Some((&first, others)) = self.0.split_first() else { return Widths(Vec::new()) };
        let second = others.first().map_or(0, |width| width + GAP);
        let beside = room.saturating_sub(second);
        let first = first.min(if beside >= first.min(LEAST) { beside } else { room });
        let mut left = room - first;
        let mut widths = vec![first];
        for &width in others {
            let Some(rest) = left.checked_sub(width + GAP) else { break };
            left = rest;
            widths.push(width);
        }
        Widths(widths)
    }
}

/// How wide each column is on this terminal.
pub(super) struct Widths(Vec<usize>);

impl Widths {
    /// The cells with what the query matched.
    pub(super) fn row(&self, cells: &[String], query: &str, is_chosen: bool) -> Vec<Span> {
        let mut spans = Vec::new();
        for (at, (cell, width)) in cells.iter().zip(&self.0).enumerate() {
            let style = match at {
                0 if is_chosen => Style::Chosen,
                0 => Style::Plain,
                _ => Style::Quiet,
            };
            if at > 0 {
                spans.push(Span::new(" ".repeat(GAP), Style::Plain));
            }
            let mut left = *width;
            for Piece { text, is_hit } in cut(marked(&text::shown(cell), query), *width) {
                left = left.saturating_sub(text.width());
                spans.push(Span::new(text, if is_hit { Style::Hit } else { style }));
            }
            spans.push(Span::new(" ".repeat(left), Style::Plain));
        }
        spans
    }
}

/// The text as it may be shown, exactly this wide: cut with an ellipsis, or filled with blanks.
pub(super) fn fit(text: &str, width: usize) -> String {
    let whole = vec![Piece { text: text::shown(text).into_owned(), is_hit: false }];
    let mut text: String = cut(whole, width).into_iter().map(|piece| piece.text).collect();
    let left = width.saturating_sub(text.width());
    text.extend(std::iter::repeat_n(' ', left));
    text
}

/// As many of the pieces as fit, with an ellipsis for the rest.
fn cut(pieces: Vec<Piece>, width: usize) -> Vec<Piece> {
    if pieces.iter().map(|piece| piece.text.width()).sum::<usize>() <= width {
        return pieces;
    }
    let Some(mut left) = width.checked_sub(1) else { return Vec::new() };
    let mut kept = Vec::new();
    for piece in pieces {
        let mut text = String::new();
        let mut is_whole = true;
        for c in piece.text.chars() {
            let width = c.width().unwrap_or(0);
            if width > left {
                is_whole = false;
                break;
            }
            left -= width;
            text.push(c);
        }
        kept.push(Piece { text, ..piece });
        if !is_whole {
            break;
        }
    }
    kept.push(Piece { text: "…".to_owned(), is_hit: false });
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_how_wide_they_are() {
        assert_eq!(fit("dev", 5), "dev  ");
        assert_eq!(fit("developer", 5), "deve…");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日… ");
        assert_eq!(fit("日本語", 6), "日本語");
        assert_eq!(fit("x", 0), "");
        assert_eq!(fit("a\u{1b}[2J", 20), r"a\u{1b}[2J          ");
    }

    #[test]
    fn columns_that_do_not_fit_are_left_out() {
        let cells = ["shop-prod/AdministratorAccess", "active 42 min", "shop-admin"].map(str::to_owned);
        let columns = Columns::of([cells.as_slice()].into_iter());
        let text =
            |width| columns.widths(width).row(&cells, "", false).iter().map(|s| s.text.as_str()).collect::<String>();
        assert_eq!(text(60), "shop-prod/AdministratorAccess  active 42 min  shop-admin");
        assert_eq!(text(50), "shop-prod/AdministratorAccess  active 42 min");
        assert_eq!(text(40), "shop-prod/AdministratorA…  active 42 min");
        assert_eq!(text(30), "shop-prod/AdministratorAccess");
        assert_eq!(text(20), "shop-prod/Administr…");
    }

    #[test]
    fn what_matched_is_marked() {
        let cells = ["PowerUser".to_owned()];
        let row = Columns::of([cells.as_slice()].into_iter()).widths(20).row(&cells, "us", false);
        let hits: Vec<&str> =
            row.iter().filter(|span| span.style == Style::Hit).map(|span| span.text.as_str()).collect();
        assert_eq!(hits, ["Us"]);
    }
}
