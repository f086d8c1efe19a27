//! The log as a table for a spreadsheet.

use chrono::{DateTime, SecondsFormat, Utc};

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::program::ParentProgram;
use daypass_core::text;

use crate::line::AuditLine;

const HEAD: [&str; 24] = [
    "at",
    "event",
    "identity",
    "former_name",
    "person",
    "profile",
    "role",
    "access_key_id",
    "region",
    "request_id",
    "problem",
    "catalog",
    "expires_at",
    "taken_by",
    "program",
    "since",
    "process",
    "executable",
    "parents",
    "folder",
    "container",
    "consumer",
    "consent",
    "why",
];

/// The lines as comma-separated values, with a head. A cell that a spreadsheet would take for a formula begins
/// with an apostrophe, and control characters are written out.
///
/// # Errors
///
/// `audit-unreadable` for text that can't be written.
pub fn csv<'a>(lines: impl IntoIterator<Item = &'a AuditLine>) -> Result<String, Problem> {
    let failed = |error: &dyn std::fmt::Display| {
        Problem::new(ProblemKind::Failed, ProblemCode::AuditUnreadable, format!("the log as CSV: {error}"))
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEAD).map_err(|error| failed(&error))?;
    for line in lines {
        writer.write_record(row(line).map(|cell| defused(&cell))).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

fn row(line: &AuditLine) -> [String; HEAD.len()] {
    fn of(value: Option<&impl ToString>) -> String {
        value.map(ToString::to_string).unwrap_or_default()
    }
    let details = line.taker.as_ref().and_then(|taker| taker.details.as_ref());
    [
        moment(line.at),
        line.event.to_string(),
        of(line.identity.as_ref()),
        of(line.former_name.as_ref()),
        of(line.person.as_ref()),
        of(line.profile.as_ref()),
        of(line.role.as_ref()),
        of(line.access_key_id.as_ref()),
        of(line.region.as_ref()),
        of(line.request_id.as_ref()),
        of(line.problem.as_ref()),
        of(line.catalog.as_ref()),
        line.expires_at.map(moment).unwrap_or_default(),
        of(line.taker.as_ref().map(|taker| taker.by).as_ref()),
        of(line.taker.as_ref().and_then(|taker| taker.program.as_ref())),
        line.since.map(moment).unwrap_or_default(),
        details.map(|program| program.process.to_string()).unwrap_or_default(),
        of(details.and_then(|program| program.executable.as_ref())),
        details.map(|program| parents(&program.parents)).unwrap_or_default(),
        of(details.and_then(|program| program.folder.as_ref())),
        of(details.and_then(|program| program.container.as_ref())),
        of(line.taker.as_ref().and_then(|taker| taker.consumer.as_ref())),
        of(line.consent.as_ref()),
        of(line.why.as_ref()),
    ]
}

/// Nearest first: `zsh < konsole`
fn parents(parents: &[ParentProgram]) -> String {
    parents.iter().map(|parent| parent.name.as_str()).collect::<Vec<_>>().join(" < ")
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// <https://owasp.org/www-community/attacks/CSV_Injection>
fn defused(cell: &str) -> String {
    let shown = text::shown(cell);
    let is_formula = shown.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if is_formula { format!("'{shown}") } else { shown.into_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::AuditEvent;

    #[test]
    fn a_cell_is_no_formula_and_no_command() {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let line = |person: &str| AuditLine {
            identity: Some("work".parse().unwrap()),
            person: Some(person.to_owned()),
            ..AuditLine::new(at, AuditEvent::SignedIn)
        };
        let people = [
            "=HYPERLINK(\"http://evil\")",
            "+1",
            "-1",
            "@SUM(A1)",
            " =1",
            "\t=1",
            "a,b\nc\u{1b}[2J",
            "ann@example.com",
        ];
        let lines: Vec<AuditLine> = people.into_iter().map(line).collect();
        let text = csv(&lines).unwrap();
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows[0], HEAD.join(","));
        let before = "2023-11-14T22:13:20.000Z,signed-in,work,,";
        let empty_after = ",".repeat(HEAD.len() - 5);
        let cells: Vec<&str> = rows[1..]
            .iter()
            .map(|row| row.strip_prefix(before).unwrap().strip_suffix(empty_after.as_str()).unwrap())
            .collect();
        let expected = [
            "\"'=HYPERLINK(\"\"http://evil\"\")\"",
            "'+1",
            "'-1",
            "'@SUM(A1)",
            "' =1",
            "\\u{9}=1",
            "\"a,b\\u{a}c\\u{1b}[2J\"",
            "ann@example.com",
        ];
        assert_eq!(cells, expected);
    }
}
