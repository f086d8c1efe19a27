//! `daypass logs`

use std::path::PathBuf;
use std::str::FromStr;

use chrono::{DateTime, Days, Local, NaiveDate, NaiveTime, TimeDelta, Utc};
use clap::{Args, Subcommand, ValueEnum};
use daypass_core::history::AuditEvent;
use daypass_core::names::IdentityName;

const FOR_LIST: &str = "\
Examples:
  daypass logs list
  daypass logs list --role Admin --since yesterday
  daypass logs list --event failed --event renewal-failed --last 20
  daypass logs list --identity work --since 2026-03-01 --until 2026-03-31";

const FOR_EXPORT: &str = "\
Examples:
  daypass logs export > audit.jsonl
  daypass logs export --format csv --output march.csv \\
    --since 2026-03-01 --until 2026-03-31";

#[derive(Subcommand)]
pub(crate) enum LogsCommand {
    /// List how your identities were used, newest last
    #[command(alias = "ls", after_help = FOR_LIST)]
    List(LogsFilter),
    /// Write the log to a file or to standard output, as JSON Lines or CSV
    #[command(after_help = FOR_EXPORT)]
    Export(LogsExport),
    /// Check that no line or file of the log was changed, removed or added
    Verify,
    /// Start a new log after `verify` found a break. The broken one is kept under another name
    Restart,
}

#[derive(Args)]
pub(crate) struct LogsFilter {
    /// Only lines about this role: part of its ARN, of ACCOUNT/ROLE or of its profile
    #[arg(long)]
    pub(crate) role: Option<String>,
    /// Only lines about this identity
    #[arg(long, value_name = "NAME")]
    pub(crate) identity: Option<IdentityName>,
    /// Only lines about this account: its ID, alias or name
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    /// Only this event, e.g. started or failed; repeat for several
    #[arg(long, value_name = "EVENT")]
    pub(crate) event: Vec<AuditEvent>,
    /// Only lines with this text in a name, a code or an ID, e.g. a program
    #[arg(long)]
    pub(crate) text: Option<String>,
    /// First day: 2026-03-31, today or yesterday
    #[arg(long, value_name = "DAY")]
    pub(crate) since: Option<Day>,
    /// Last day: 2026-03-31, today or yesterday
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Option<Day>,
    /// Only this many of the newest lines
    #[arg(long, value_name = "COUNT")]
    pub(crate) last: Option<usize>,
}

#[derive(Args)]
pub(crate) struct LogsExport {
    #[command(flatten)]
    pub(crate) filter: LogsFilter,
    /// Output format
    #[arg(long, value_enum, default_value = "jsonl")]
    pub(crate) format: ExportFormat,
    /// File to write, readable only by you [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ExportFormat {
    /// The lines as they are in the log
    Jsonl,
    /// Comma-separated values for a spreadsheet
    Csv,
}

/// A day on this machine's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Day {
    /// That many days ago.
    Ago(u8),
    Date(NaiveDate),
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "today" => Ok(Self::Ago(0)),
            "yesterday" => Ok(Self::Ago(1)),
            date => NaiveDate::parse_from_str(date, "%Y-%m-%d")
                .map(Self::Date)
                .map_err(|_| "write a day as YYYY-MM-DD, today or yesterday".to_owned()),
        }
    }
}

impl Day {
    /// When it begins. (On a few days and in a few places, the clock jumps over midnight.)
    pub(crate) fn begins(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let date = match self {
            Self::Date(date) => date,
            Self::Ago(days) => {
                let today = now.with_timezone(&Local).date_naive();
                today.checked_sub_days(Days::new(days.into())).unwrap_or(today)
            }
        };
        let midnight = date.and_time(NaiveTime::MIN);
        let begins = (0..4).find_map(|hours| (midnight + TimeDelta::hours(hours)).and_local_timezone(Local).earliest());
        begins.map_or_else(|| midnight.and_utc(), |begins| begins.to_utc())
    }

    /// When it is over.
    pub(crate) fn ends(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let begins = self.begins(now).with_timezone(&Local).date_naive();
        begins.succ_opt().map_or(DateTime::<Utc>::MAX_UTC, |next| Self::Date(next).begins(now))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_date_or_one_of_two_words() {
        let now: DateTime<Utc> = "2026-03-31T12:00:00Z".parse().unwrap();
        let here = |text: &str| text.parse::<Day>().unwrap();
        assert_eq!(here("today").begins(now), here("2026-03-31").begins(now));
        assert_eq!(here("yesterday").begins(now), here("2026-03-30").begins(now));
        assert_eq!(here("yesterday").ends(now), here("today").begins(now));
        for text in ["", "31.3.2026", "2026-02-30", "tomorrow", "2026-3"] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
        for text in ["0001-01-01", "9999-12-31"] {
            assert!(here(text).begins(now) < here(text).ends(now));
        }
    }
}
