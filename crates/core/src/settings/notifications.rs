//! Which notifications are shown, and when.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};
use serde::{Deserialize, Serialize};

use crate::names::LeastDuration;

/// What `[settings.notifications]` of `config.toml` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NotificationSettings {
    /// When nothing is shown. What still counts is shown at the end, once.
    pub quiet: Option<QuietHours>,
    /// How early to warn about sessions that end by themselves.
    pub warn: WarningTime,
    /// A sign-in is needed.
    pub sign_in: bool,
    /// A session ends soon.
    pub ending: bool,
    /// A session can't be renewed.
    pub failed: bool,
    /// A shared catalog has changes to accept.
    pub catalog: bool,
}

impl Default for NotificationSettings {
    fn default() -> Self {
        Self { quiet: None, warn: WarningTime::default(), sign_in: true, ending: true, failed: true, catalog: true }
    }
}

/// How early to warn before a session ends: a minute to 12 hours, 15 minutes by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "LeastDuration")]
pub struct WarningTime(LeastDuration);

impl WarningTime {
    /// The form that it has, as a sentence for the person.
    pub const EXPECTED: &'static str = "write a time from 1m to 12h, such as 15m or 1h";

    const LONGEST: u32 = 12 * 3600;

    /// As a span of time.
    #[must_use]
    pub fn span(self) -> TimeDelta {
        self.0.span()
    }
}

impl Default for WarningTime {
    fn default() -> Self {
        Self(LeastDuration::QUARTER_HOUR)
    }
}

impl TryFrom<LeastDuration> for WarningTime {
    type Error = String;
    fn try_from(time: LeastDuration) -> Result<Self, String> {
        match time.seconds() <= Self::LONGEST {
            true => Ok(Self(time)),
            false => Err(format!("{time} is too long before the end: {}", Self::EXPECTED)),
        }
    }
}

impl fmt::Display for WarningTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A part of each day, by this machine's time zone: `22:00-07:00`. It may go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QuietHours {
    from: NaiveTime,
    until: NaiveTime,
}

impl QuietHours {
    /// The form that they have, as a sentence for the person.
    pub const EXPECTED: &'static str = "write when they begin and end, such as 22:00-07:00";

    /// When the quiet that covers this moment ends. `None` if it is not quiet.
    ///
    /// On the days when the clocks change, the clock on the wall counts: 07:00 is 07:00, and a time that doesn't exist
    /// on that day is the first moment after the gap.
    #[must_use]
    pub fn end_after<Tz: TimeZone>(&self, now: &DateTime<Tz>) -> Option<DateTime<Utc>> {
        let time = now.time();
        let over_midnight = self.from > self.until;
        let is_quiet = match over_midnight {
            true => time >= self.from || time < self.until,
            false => time >= self.from && time < self.until,
        };
        if !is_quiet {
            return None;
        }
        let today = now.naive_local().date();
        let day = if over_midnight && time >= self.from { today.succ_opt()? } else { today };
        let end = first_moment(&now.timezone(), day.and_time(self.until))?;
        // In the hour that comes twice, the end may be behind already. It comes again then.
        let again = || now.timezone().from_local_datetime(&day.and_time(self.until)).latest();
        match end > now.to_utc() {
            true => Some(end),
            false => again().map(|end| end.to_utc()).filter(|end| *end > now.to_utc()),
        }
    }
}

/// When a clock on the wall first shows this time, or the first time after it that exists.
fn first_moment<Tz: TimeZone>(zone: &Tz, wall: chrono::NaiveDateTime) -> Option<DateTime<Utc>> {
    // No gap is longer than a day: Samoa left one out.
    let quarters = (0..=96).map(|quarter| wall + TimeDelta::minutes(15 * quarter));
    quarters.filter_map(|wall| zone.from_local_datetime(&wall).earliest()).next().map(|moment| moment.to_utc())
}

impl FromStr for QuietHours {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("quiet hours {text:?} can't be read: {}", Self::EXPECTED);
        let (from, until) = text.split_once('-').ok_or_else(wrong)?;
        let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").map_err(|_| wrong());
        let (from, until) = (time(from)?, time(until)?);
        match from == until {
            true => Err(format!("{text:?} begin and end at the same time: {}", Self::EXPECTED)),
            false => Ok(Self { from, until }),
        }
    }
}

impl TryFrom<String> for QuietHours {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, until } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from.hour(), from.minute(), until.hour(), until.minute())
    }
}

impl From<QuietHours> for String {
    fn from(hours: QuietHours) -> String {
        hours.to_string()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::{FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, Offset};

    use super::*;

    /// Berlin in 2026: +1, and +2 from 29 March 01:00 UTC to 25 October 01:00 UTC.
    #[derive(Debug, Clone, Copy)]
    struct Berlin;

    #[derive(Debug, Clone, Copy)]
    struct BerlinOffset(i32);

    impl Offset for BerlinOffset {
        fn fix(&self) -> FixedOffset {
            FixedOffset::east_opt(self.0 * 3600).unwrap()
        }
    }

    impl TimeZone for Berlin {
        type Offset = BerlinOffset;
        fn from_offset(_: &BerlinOffset) -> Self {
            Self
        }
        fn offset_from_local_date(&self, date: &NaiveDate) -> MappedLocalTime<BerlinOffset> {
            self.offset_from_local_datetime(&date.and_time(NaiveTime::MIN))
        }
        fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> MappedLocalTime<BerlinOffset> {
            let fits = |hours: i32| {
                let utc = *local - TimeDelta::hours(hours.into());
                self.offset_from_utc_datetime(&utc).0 == hours
            };
            match (fits(2), fits(1)) {
                (true, true) => MappedLocalTime::Ambiguous(BerlinOffset(2), BerlinOffset(1)),
                (true, false) => MappedLocalTime::Single(BerlinOffset(2)),
                (false, true) => MappedLocalTime::Single(BerlinOffset(1)),
                (false, false) => MappedLocalTime::None,
            }
        }
        fn offset_from_utc_date(&self, date: &NaiveDate) -> BerlinOffset {
            self.offset_from_utc_datetime(&date.and_time(NaiveTime::MIN))
        }
        fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> BerlinOffset {
            let change = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap().and_hms_opt(1, 0, 0).unwrap();
            BerlinOffset(if *utc >= change(3, 29) && *utc < change(10, 25) { 2 } else { 1 })
        }
    }

    fn end(hours: &str, now: &str) -> Option<String> {
        let now: DateTime<Utc> = now.parse().unwrap();
        let hours: QuietHours = hours.parse().unwrap();
        let end = hours.end_after(&now.with_timezone(&Berlin));
        end.map(|end| end.format("%m-%dT%H:%MZ").to_string())
    }

    #[test]
    fn quiet_hours_end_by_the_clock_on_the_wall() {
        let cases = [
            // Over midnight, in winter and in summer.
            ("22:00-07:00", "2026-01-10T20:59:59Z", None),
            ("22:00-07:00", "2026-01-10T21:00:00Z", Some("01-11T06:00Z")),
            ("22:00-07:00", "2026-01-11T05:59:59Z", Some("01-11T06:00Z")),
            ("22:00-07:00", "2026-01-11T06:00:00Z", None),
            ("22:00-07:00", "2026-07-10T20:00:00Z", Some("07-11T05:00Z")),
            // Within a day.
            ("12:00-13:30", "2026-01-10T11:00:00Z", Some("01-10T12:30Z")),
            ("12:00-13:30", "2026-01-10T12:30:00Z", None),
            ("00:00-07:00", "2026-01-10T23:00:00Z", Some("01-11T06:00Z")),
            // The night when the clocks go forward is an hour shorter, and the one when they go back longer.
            ("22:00-07:00", "2026-03-28T21:00:00Z", Some("03-29T05:00Z")),
            ("22:00-07:00", "2026-10-24T20:00:00Z", Some("10-25T06:00Z")),
            // 02:30 doesn't exist on 29 March: it ends at 03:00, the first moment after the gap.
            ("22:00-02:30", "2026-03-28T22:00:00Z", Some("03-29T01:00Z")),
            ("02:15-02:45", "2026-03-29T01:00:00Z", None),
            // 02:30 comes twice on 25 October.
            ("22:00-02:30", "2026-10-24T22:00:00Z", Some("10-25T00:30Z")),
            ("22:00-02:30", "2026-10-25T00:40:00Z", None),
            ("22:00-02:30", "2026-10-25T01:10:00Z", Some("10-25T01:30Z")),
            ("22:00-02:30", "2026-10-25T01:30:00Z", None),
        ];
        for (hours, now, expected) in cases {
            assert_eq!(end(hours, now).as_deref(), expected, "{hours} at {now}");
        }
    }

    #[test]
    fn what_is_written_is_read_and_the_rest_refused() {
        for text in ["22:00-07:00", "00:00-23:59", "12:30-13:00"] {
            assert_eq!(text.parse::<QuietHours>().unwrap().to_string(), text);
        }
        assert_eq!(" 9:05 - 17:00".parse::<QuietHours>().unwrap().to_string(), "09:05-17:00");
        for text in ["", "22:00", "22:00-24:00", "22-7", "07:00-07:00", "22:00-07:00-08:00", "night"] {
            assert!(text.parse::<QuietHours>().unwrap_err().contains("22:00-07:00"), "{text}");
        }
        let warn = |text: &str| WarningTime::try_from(text.parse::<LeastDuration>().unwrap());
        assert_eq!(warn("12h").unwrap().to_string(), "12h");
        assert!(warn("13h").unwrap_err().contains("12h"));
        assert_eq!(WarningTime::default().span(), TimeDelta::minutes(15));
    }
}
