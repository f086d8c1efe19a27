//! The command that the person typed, with another role in it.

use daypass_core::console::names_place;

use super::quoting::shell_word;

/// As much of what follows the role as is worth repeating.
const MOST_AFTER: usize = 60;

/// The command with `role` where it has `typed`.
pub(super) fn with_role(typed: &str, role: &str) -> String {
    let words: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    among(&words, typed, role)
}

fn among(words: &[String], typed: &str, role: &str) -> String {
    let is_it = |word: &String| word == typed || word.rsplit_once(':').is_some_and(|(_, rest)| rest == typed);
    let Some(at) = words.iter().position(is_it) else {
        return format!("daypass start {}", shell_word(role));
    };
    let quoted = |words: &[String]| words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ");
    let before = quoted(&words[..at]);
    let after = quoted(&words[at + 1..]);
    let after = match after.len() {
        0 => String::new(),
        1..=MOST_AFTER => format!(" {after}"),
        _ => " ...".to_owned(),
    };
    // In the place of a page stands a role that reaches it.
    let page = match names_place(typed) && !role.ends_with(typed) {
        true => format!(" --to {}", shell_word(typed)),
        false => String::new(),
    };
    format!("daypass {before} {}{page}{after}", shell_word(role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_is_replaced_and_the_rest_stays() {
        let again = |typed: &str, role: &str, words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            among(&words, typed, role)
        };
        assert_eq!(again("Admin", "shop/Admin", &["start", "Admin"]), "daypass start shop/Admin");
        let exec = ["exec", "Admin", "--region", "eu-west-1", "--", "aws", "s3", "ls"];
        assert_eq!(
            again("Admin", "work:shop/Admin", &exec),
            "daypass exec work:shop/Admin --region eu-west-1 -- aws s3 ls"
        );
        let long = "x".repeat(80);
        assert_eq!(again("Admin", "a b/Admin", &["exec", "work:Admin", &long]), "daypass exec 'a b/Admin' ...");
        assert_eq!(again("Admin", "shop/Admin", &["status"]), "daypass start shop/Admin");
    }
}
