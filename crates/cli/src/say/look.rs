//! How output looks on this terminal: colours, its width, and tables that fit. Nothing else decides that.

use std::io::{IsTerminal, Write};

use daypass_core::text;

/// The first word of a note, which says what kind it is.
pub(super) enum Head {
    Problem,
    Warning,
}

/// Whether text there may have colours: on a terminal that knows them, unless the person wants none
/// (<https://no-color.org>).
pub(crate) fn has_colours(stream: &impl IsTerminal) -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !is_set("NO_COLOR") && can_clear_lines(stream)
}

/// Whether the cursor of this terminal can be moved.
pub(crate) fn can_clear_lines(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb") && reads_codes()
}

/// Whether the console reads the codes for colours and the cursor, which that of Windows does only if asked.
#[cfg(windows)]
fn reads_codes() -> bool {
    crossterm::ansi_support::supports_ansi()
}

#[cfg(not(windows))]
fn reads_codes() -> bool {
    true
}

/// Prints a note on standard error. Its head has a colour if the terminal has.
pub(super) fn note_with_head(head: &str, kind: Head, note: &str) {
    let shown = text::shown_lines(note);
    let stderr = std::io::stderr();
    let colour = match kind {
        Head::Problem => "1;31",
        Head::Warning => "1;33",
    };
    let _ = match shown.strip_prefix(head) {
        Some(rest) if has_colours(&stderr) => writeln!(&stderr, "\x1b[{colour}m{head}\x1b[0m{rest}"),
        _ => writeln!(&stderr, "{shown}"),
    };
}

/// The width of the person's terminal. `None` if the output goes elsewhere.
pub(super) fn width() -> Option<usize> {
    let stdout = std::io::stdout();
    let (width, _) = terminal_size::terminal_size_of(&stdout).filter(|_| stdout.is_terminal())?;
    Some(usize::from(width.0))
}

/// The lines of a table, whose first row is its head. If they would be wider than `most`, each row becomes a block with a
/// line for each column.
pub(super) fn rows(rows: &[Vec<String>], most: Option<usize>) -> Vec<String> {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| text::shown(cell).into_owned()).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let whole = widths.iter().sum::<usize>() + 2 * columns.saturating_sub(1);
    if columns > 2 && most.is_some_and(|most| whole > most) {
        return blocks(&rows);
    }
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn blocks(rows: &[Vec<String>]) -> Vec<String> {
    let Some((head, rows)) = rows.split_first() else { return Vec::new() };
    let names: Vec<String> = head.iter().map(|name| name.to_lowercase()).collect();
    let width = names.iter().skip(1).map(|name| name.chars().count()).max().unwrap_or(0);
    let block = |row: &Vec<String>| {
        let mut cells = row.iter().zip(&names);
        let first = cells.next().map(|(cell, _)| cell.clone());
        let others = cells.map(|(cell, name)| format!("  {name:width$}  {cell}"));
        first.into_iter().chain(others).collect::<Vec<_>>()
    };
    rows.iter().flat_map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Vec<Vec<String>> {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        vec![row(["PROFILE", "ROLE", "TIME LEFT"]), row(["dev", "123456789012/Dev", "12 min"]), row(["ops", "x", "-"])]
    }

    #[test]
    fn a_table_has_columns_where_they_fit() {
        let expected = [
            "PROFILE  ROLE              TIME LEFT",
            "dev      123456789012/Dev  12 min",
            "ops      x                 -",
        ];
        assert_eq!(rows(&table(), None), expected);
        assert_eq!(rows(&table(), Some(36)), expected);
    }

    #[test]
    fn on_a_narrow_terminal_each_row_is_a_block() {
        let expected =
            ["dev", "  role       123456789012/Dev", "  time left  12 min", "ops", "  role       x", "  time left  -"];
        assert_eq!(rows(&table(), Some(35)), expected);
    }

    #[test]
    fn a_cell_can_not_command_the_terminal() {
        let cells = vec![vec!["A".to_owned()], vec!["\u{1b}[2J".to_owned()]];
        assert_eq!(rows(&cells, None)[1], "\\u{1b}[2J");
    }
}
