//! What the list shows, and what each key does. It doesn't know the terminal.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use daypass_core::text;
use daypass_search::Index;
use unicode_width::UnicodeWidthStr;

use super::row::{Columns, Drawn, Span, Style, fit};

/// Something to choose.
pub(crate) struct Item {
    /// The texts by which it is found, the most telling first.
    pub(crate) fields: Vec<String>,
    /// What its row shows, the most important first. All items have the same number.
    pub(crate) cells: Vec<String>,
    /// Which of equally good matches comes first: the highest.
    pub(crate) boost: u8,
}

pub(super) struct List<'a> {
    title: &'a str,
    items: &'a [Item],
    index: Index,
    columns: Columns,
    query: String,
    /// Indices of the items that match, best first.
    found: Vec<usize>,
    /// The chosen row, in `found`.
    at: usize,
    /// The first row in sight, in `found`.
    top: usize,
    /// How many rows are in sight.
    page: usize,
}

/// What a key leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Act {
    Stay,
    Choose(usize),
    Cancel,
}

impl<'a> List<'a> {
    pub(super) fn new(title: &'a str, items: &'a [Item]) -> Self {
        let index = Index::new(items, |item| item.fields.clone());
        let columns = Columns::of(items.iter().map(|item| item.cells.as_slice()));
        let found = found(&index, items, "");
        Self { title, items, index, columns, query: String::new(), found, at: 0, top: 0, page: 1 }
    }

    pub(super) fn press(&mut self, key: KeyEvent) -> Act {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return self.found.get(self.at).map_or(Act::Stay, |index| Act::Choose(*index)),
            KeyCode::Esc => return Act::Cancel,
            KeyCode::Char('c' | 'd' | 'g' | 'q') if control => return Act::Cancel,
            KeyCode::Down => self.step(1),
            KeyCode::Char('n' | 'j') if control => self.step(1),
            KeyCode::Up => self.step(-1),
            KeyCode::Char('p' | 'k') if control => self.step(-1),
            KeyCode::PageDown => self.step(self.page.cast_signed()),
            KeyCode::PageUp => self.step(-self.page.cast_signed()),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = self.last(),
            KeyCode::Backspace => self.edit(without_last_letter),
            KeyCode::Char('h') if control => self.edit(without_last_letter),
            KeyCode::Char('u') if control => self.edit(String::clear),
            KeyCode::Char('w') if control => self.edit(without_last_word),
            KeyCode::Char(c) if !control && !key.modifiers.contains(KeyModifiers::ALT) => {
                self.edit(|query| query.push(c))
            }
            _ => {}
        }
        Act::Stay
    }

    /// A line break in it chooses nothing.
    pub(super) fn paste(&mut self, pasted: &str) -> Act {
        self.edit(|query| query.push_str(&text::cleaned(pasted, LONGEST_PASTE)));
        Act::Stay
    }

    /// The lines to show in a window of this size, and where the cursor is.
    pub(super) fn draw(&mut self, width: usize, height: usize) -> Drawn {
        let has_help = height >= ROOM_FOR_HELP;
        self.page = height.saturating_sub(1 + usize::from(has_help)).max(1);
        self.top = self.top.clamp((self.at + 1).saturating_sub(self.page), self.at);
        let mut lines = vec![self.head(width)];
        if self.found.is_empty() {
            lines.push(vec![Span::new(fit(&format!("  Nothing matches “{}”", self.query), width), Style::Quiet)]);
        }
        let widths = self.columns.widths(width.saturating_sub(MARK.width()));
        for (place, index) in self.found.iter().enumerate().skip(self.top).take(self.page) {
            let is_chosen = place == self.at;
            let mut line = vec![Span::new(if is_chosen { MARK } else { "  " }, Style::Chosen)];
            line.extend(widths.row(&self.items[*index].cells, &self.query, is_chosen));
            lines.push(line);
        }
        lines.truncate(height.max(1));
        if has_help {
            lines.resize_with(height - 1, Vec::new);
            lines.push(vec![Span::new(fit(HELP, width), Style::Quiet)]);
        }
        let cursor = (MARK.width() + text::shown(&self.query).width()).min(width.saturating_sub(1));
        Drawn { lines, cursor }
    }

    /// What is typed, and how many match.
    fn head(&self, width: usize) -> Vec<Span> {
        let count = format!(" {}/{}", self.found.len(), self.items.len());
        let room = width.saturating_sub(MARK.width());
        let (text, style) = match self.query.as_str() {
            "" => (self.title, Style::Quiet),
            query => (query, Style::Plain),
        };
        let has_count = room > count.width() + text::shown(text).width();
        let room = if has_count { room - count.width() } else { room };
        let mut head = vec![Span::new(MARK, Style::Chosen), Span::new(fit(text, room), style)];
        if has_count {
            head.push(Span::new(count, Style::Quiet));
        }
        head
    }

    fn edit(&mut self, change: impl FnOnce(&mut String)) {
        change(&mut self.query);
        self.found = found(&self.index, self.items, &self.query);
        (self.at, self.top) = (0, 0);
    }

    fn step(&mut self, by: isize) {
        self.at = self.at.saturating_add_signed(by).min(self.last());
    }

    fn last(&self) -> usize {
        self.found.len().saturating_sub(1)
    }
}

fn found(index: &Index, items: &[Item], query: &str) -> Vec<usize> {
    index.find(query, |item| items[item as usize].boost)
}

const MARK: &str = "> ";
const HELP: &str = "  Enter to choose, arrows to move, Esc to close";
/// From this height on, the last line says which keys there are.
const ROOM_FOR_HELP: usize = 8;
const LONGEST_PASTE: usize = 200;

fn without_last_letter(query: &mut String) {
    query.pop();
}

fn without_last_word(query: &mut String) {
    let kept = query.trim_end().rfind(char::is_whitespace).map_or(0, |blank| blank + 1);
    query.truncate(kept);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn items(names: &[&str]) -> Vec<Item> {
        let item = |name: &&str| Item {
            fields: vec![(*name).to_owned()],
            cells: vec![(*name).to_owned(), format!("of {name}")],
            boost: u8::from(name.starts_with("recent")),
        };
        names.iter().map(item).collect()
    }

    fn typed(list: &mut List<'_>, text: &str) {
        for c in text.chars() {
            assert_eq!(list.press(KeyCode::Char(c).into()), Act::Stay);
        }
    }

    fn control(list: &mut List<'_>, c: char) -> Act {
        list.press(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL))
    }

    fn shown(list: &mut List<'_>, width: usize, height: usize) -> Vec<String> {
        let text = |line: &Vec<Span>| line.iter().map(|span| span.text.as_str()).collect::<String>();
        list.draw(width, height).lines.iter().map(|line| text(line).trim_end().to_owned()).collect()
    }

    #[test]
    fn keys_narrow_move_and_choose() {
        let items = items(&["dev", "prod", "recent-dev", "audit"]);
        let mut list = List::new("Choose", &items);
        let enter = KeyEvent::from(KeyCode::Enter);
        assert_eq!(list.press(enter), Act::Choose(2), "recent ones come first");
        typed(&mut list, "dev");
        assert_eq!(list.press(enter), Act::Choose(0));
        list.press(KeyCode::Down.into());
        assert_eq!(list.press(enter), Act::Choose(2));
        list.press(KeyCode::Down.into());
        assert_eq!(list.press(enter), Act::Choose(2), "the last row");
        control(&mut list, 'p');
        assert_eq!(list.press(enter), Act::Choose(0));
        control(&mut list, 'u');
        control(&mut list, 'n');
        assert_eq!(list.press(enter), Act::Choose(0));
        typed(&mut list, "none here");
        assert_eq!(list.press(enter), Act::Stay);
        control(&mut list, 'w');
        control(&mut list, 'w');
        assert_eq!(shown(&mut list, 60, 4)[0], format!("> Choose{:>52}", "4/4"));
        for cancels in ['c', 'd'] {
            assert_eq!(control(&mut list, cancels), Act::Cancel);
        }
        assert_eq!(list.press(KeyCode::Esc.into()), Act::Cancel);
    }

    #[test]
    fn a_paste_is_a_part_of_the_query() {
        let items = items(&["dev", "prod"]);
        let mut list = List::new("Choose", &items);
        assert_eq!(list.paste("pr\u{1b}od\n"), Act::Stay);
        assert!(shown(&mut list, 30, 4)[0].starts_with("> prod "));
        assert_eq!(list.press(KeyCode::Enter.into()), Act::Choose(1));
    }

    #[test]
    fn the_chosen_row_stays_in_sight_and_lines_fit() {
        let names: Vec<String> = (0..50).map(|n| format!("role-{n:02}-日本-{}", "x".repeat(40))).collect();
        let items = items(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let mut list = List::new("Choose", &items);
        for (width, height) in [(80, 24), (30, 10), (12, 3), (5, 2), (1, 1), (0, 0)] {
            for key in [KeyCode::End, KeyCode::PageUp, KeyCode::Home, KeyCode::PageDown, KeyCode::Down] {
                list.press(key.into());
                let Drawn { lines, cursor } = list.draw(width, height);
                assert!(lines.len() <= height.max(1) && cursor <= width);
                let widths = lines.iter().map(|line| line.iter().map(|span| span.text.width()).sum::<usize>());
                assert!(widths.max().unwrap() <= width.max(MARK.width()), "{width}x{height}");
                let marked = lines.iter().skip(1).filter(|line| line.first().is_some_and(|span| span.text == MARK));
                assert_eq!(marked.count(), usize::from(height > 1), "{width}x{height}");
            }
        }
    }

    #[test]
    fn what_is_not_found_is_said() {
        let items = items(&["dev"]);
        let mut list = List::new("Choose", &items);
        typed(&mut list, "zz");
        assert_eq!(shown(&mut list, 40, 3)[1], "  Nothing matches “zz”");
    }
}
