//! Mistakes in the fields of a form.

use daypass_core::view::FieldMistake;

/// A mistake in a field, as a sentence.
pub(super) fn mistake(field: &str, why: &str) -> FieldMistake {
    let mut letters = why.chars();
    // What begins with an address or an ARN keeps its first letter.
    let word = why.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let begins_with_word = !why[word.len()..].starts_with(['_', ':', '/']);
    let begin = letters.next().filter(|_| begins_with_word).map(|first| first.to_uppercase().to_string());
    let sentence = begin.map_or_else(|| why.to_owned(), |first| format!("{first}{}", letters.as_str()));
    // Nothing is put behind an address or an ARN: it would be copied with it.
    let last = sentence.rsplit(' ').next().unwrap_or_default();
    let is_word = sentence.ends_with(|c: char| c.is_alphanumeric() || ")\"'".contains(c));
    let end = if is_word && !last.contains([':', '/', '@']) { "." } else { "" };
    FieldMistake { field: field.to_owned(), message: format!("{sentence}{end}") }
}
