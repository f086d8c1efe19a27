//! What Daypass logs if you turn on logs.

/// A filter for `tracing`, and what in the wish for it isn't one.
#[derive(Debug, PartialEq, Eq)]
pub struct LogFilter {
    /// The filter.
    pub text: String,
    /// A sentence for each part that can't be right. A part that has no meaning isn't in the filter.
    pub mistakes: Vec<String>,
}

/// Their requests have tokens in headers that the AWS SDK doesn't treat as secrets (the portal of IAM Identity Center),
/// and at `trace` it logs all headers.
const NOT_TRACED: [&str; 3] =
    ["aws_smithy_runtime", "aws_smithy_runtime::client", "aws_smithy_runtime::client::orchestrator"];

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// How the names of what logs in Daypass's processes begin.
const PARTS: [&str; 24] = [
    "daypass",
    "aws_",
    "durable_file",
    "single_flight",
    "hyper",
    "reqwest",
    "rustls",
    "h2",
    "http",
    "tokio",
    "tower",
    "interprocess",
    "ldap",
    "mio",
    "want",
    "polling",
    "zbus",
    "tauri",
    "tao",
    "wry",
    "muda",
    "tracing",
    "log",
    "keyring",
];

/// The filter that was asked for, which leaves secrets out.
#[must_use]
pub fn filter(asked: &str) -> LogFilter {
    let mut mistakes = Vec::new();
    // A directive for spans may have commas in it. Those that know it get what they write.
    let (directives, of_spans): (Vec<&str>, bool) = match asked.contains('[') {
        true => (vec![asked], true),
        false => (asked.split(',').map(str::trim).filter(|part| is_usable(part, &mut mistakes)).collect(), false),
    };
    // The last directive for a target wins, and a longer target wins over a shorter one.
    let caps = NOT_TRACED.iter().filter(|target| of_spans || level_of(target, &directives) == Some(LEVELS.len() - 1));
    let caps = caps.map(|target| format!("{target}=debug"));
    let text: Vec<String> = directives.iter().map(|&part| part.to_owned()).chain(caps).collect();
    LogFilter { text: text.join(","), mistakes }
}

/// Whether a directive means anything. A word that is neither a level nor part of Daypass would be taken for a target,
/// and nothing would be logged.
fn is_usable(part: &str, mistakes: &mut Vec<String>) -> bool {
    if part.is_empty() {
        return false;
    }
    let (target, level) = match part.split_once('=') {
        Some((target, level)) => (Some(target.trim()), Some(level.trim())),
        None if rank(part).is_some() => (None, Some(part)),
        None => (Some(part), None),
    };
    if let Some(level) = level.filter(|level| rank(level).is_none()) {
        mistakes.push(format!("{level:?} isn't a level. The levels are {}", LEVELS.join(", ")));
        return false;
    }
    let is_part = |target: &str| PARTS.iter().any(|start| target.starts_with(start));
    match target {
        Some(target) if !is_part(target) => {
            let levels = if level.is_none() { format!(", nor a level ({})", LEVELS.join(", ")) } else { String::new() };
            mistakes.push(format!("{target:?} isn't part of Daypass{levels}"));
            false
        }
        _ => true,
    }
}

/// What a level lets through, as its place in [`LEVELS`]. `tracing` reads numbers, too.
fn rank(level: &str) -> Option<usize> {
    let by_name = LEVELS.iter().position(|name| name.eq_ignore_ascii_case(level));
    by_name.or_else(|| level.parse().ok().filter(|number| *number < LEVELS.len()))
}

/// The level that directives give to a target.
fn level_of(target: &str, directives: &[&str]) -> Option<usize> {
    let matching = directives.iter().filter_map(|part| match part.split_once('=') {
        Some((start, level)) => target.starts_with(start.trim()).then_some((start.trim().len(), rank(level.trim())?)),
        None => match rank(part) {
            Some(rank) => Some((0, rank)),
            None => target.starts_with(part).then_some((part.len(), LEVELS.len() - 1)),
        },
    });
    // The last of several that are equally long.
    matching.max_by_key(|(length, _)| *length).map(|(_, rank)| rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(asked: &str) -> String {
        let LogFilter { text, mistakes } = filter(asked);
        assert_eq!(mistakes, Vec::<String>::new(), "{asked}");
        text
    }

    #[test]
    fn what_is_asked_for_is_logged_and_no_more() {
        for asked in
            ["warn", "DEBUG", "daypass_broker=debug", "info,daypass=trace", "4", "off", "", "aws_sdk_sts=debug"]
        {
            assert_eq!(text(asked), asked);
        }
        assert_eq!(text(" warn , daypass_sts=debug,"), "warn,daypass_sts=debug");
    }

    #[test]
    fn the_headers_of_requests_are_never_logged() {
        let capped = |asked: &str| text(asked).matches("=debug").count();
        for asked in ["trace", "5", "aws_smithy_runtime", "aws_=trace", "warn,aws_smithy=trace"] {
            assert_eq!(capped(asked), 3, "{asked}");
        }
        assert_eq!(capped("warn,aws_smithy_runtime::client::orchestrator=trace"), 1);
        assert_eq!(capped("trace,aws_smithy_runtime=warn"), 0);
        assert_eq!(capped("[span{a=1,b=2}]=trace"), 3);
    }

    #[test]
    fn a_misspelt_level_or_part_is_told_and_ignored() {
        for (asked, left, word) in [
            ("debgu", "", "\"debgu\" isn't part of Daypass, nor a level (off, error, warn, info, debug, trace)"),
            ("daypass=debgu", "", "\"debgu\" isn't a level"),
            ("warn,dayppass_broker=debug", "warn", "\"dayppass_broker\" isn't part of Daypass"),
            ("verbose,info", "info", "\"verbose\""),
            ("7", "", "\"7\""),
        ] {
            let LogFilter { text, mistakes } = filter(asked);
            assert_eq!(text, left, "{asked}");
            assert!(mistakes.len() == 1 && mistakes[0].starts_with(word), "{mistakes:?}");
        }
    }
}
