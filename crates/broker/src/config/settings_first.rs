//! The settings of a `config.toml`, without the roles that make it long.
//!
//! `credential-process` opens the vault in every call, and so needs to know where the vault's key is. With thousands of
//! roles, reading all of them takes longer than everything else that the call does.

use std::borrow::Cow;
use std::ops::Range;

/// The text without its roles, as far as lines alone tell where they are. It has the same settings as the whole text,
/// if the whole text is valid and this one is.
pub(super) fn without_roles(text: &str) -> Cow<'_, str> {
    // Inside such a text a line that looks like a header isn't one.
    if text.contains("\"\"\"") || text.contains("'''") {
        return Cow::Borrowed(text);
    }
    let mut rest = String::new();
    let mut is_role = false;
    for line in text.split_inclusive('\n') {
        let start = line.trim_start();
        if start.starts_with('[') {
            is_role = begins_a_role(start);
        }
        if !is_role {
            rest.push_str(line);
        }
    }
    Cow::Owned(rest)
}

/// The text without its roles, and where those are: at most so many in a piece. Right under the same condition.
pub(super) fn roles_apart(text: &str, most: usize) -> Option<(String, Vec<Range<usize>>)> {
    if text.contains("\"\"\"") || text.contains("'''") {
        return None;
    }
    let (mut rest, mut pieces) = (String::new(), Vec::<(Range<usize>, usize)>::new());
    let (mut is_role, mut at) = (false, 0);
    for line in text.split_inclusive('\n') {
        let start = line.trim_start();
        if start.starts_with('[') {
            is_role = begins_a_role(start);
        }
        let end = at + line.len();
        let begins = usize::from(is_role && start.starts_with("[[role]]"));
        match pieces.last_mut() {
            _ if !is_role => rest.push_str(line),
            Some((piece, roles)) if piece.end == at && *roles + begins <= most => {
                piece.end = end;
                *roles += begins;
            }
            _ => pieces.push((at..end, begins)),
        }
        at = end;
    }
    Some((rest, pieces.into_iter().map(|(piece, _)| piece).collect()))
}

/// Whether this header is one of a role, or of a table in one. Elsewhere a line can't begin like this: in an array,
/// `role` isn't a value.
fn begins_a_role(header: &str) -> bool {
    let name = header.strip_prefix("[[").or_else(|| header.strip_prefix('[')).unwrap_or(header);
    name.strip_prefix("role").is_some_and(|after| after.starts_with(']') || after.starts_with('.'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::parse::{parse, settings_alone};

    #[test]
    fn roles_are_left_out_and_all_else_stays() {
        let text = "# ours\n[settings]\nregion = \"eu-west-1\"\n[[role]]\narn = \"x\"\n[role.tags]\na = \"b\"\n  [[role]]\n\
                    arn = \"y\"\n[settings.vault]\nkey = \"passphrase\"\n[roles]\n";
        let rest = "# ours\n[settings]\nregion = \"eu-west-1\"\n[settings.vault]\nkey = \"passphrase\"\n[roles]\n";
        assert_eq!(without_roles(text), rest);
    }

    #[test]
    fn a_header_in_a_text_of_several_lines_hides_nothing() {
        for quotes in ["\"\"\"", "'''"] {
            let text =
                format!("[settings]\nregion = {quotes}\n[[role]]\n{quotes}\n[settings.vault]\nkey = \"passphrase\"\n");
            assert_eq!(without_roles(&text), text);
        }
    }

    /// Pieces of valid files, in any order.
    fn piece() -> impl Strategy<Value = String> {
        let arn = "[a-z]{1,6}";
        prop_oneof![
            arn.prop_map(|name| format!(
                "[[role]]\narn = \"arn:aws:iam::111122223333:role/{name}\"\nidentity = \"one\"\n"
            )),
            arn.prop_map(|name| format!(
                "[[ role ]]\narn = \"arn:aws:iam::111122223333:role/{name}\"\nidentity = \"one\"\n\
                 policy_arns = [\n  \"arn:aws:iam::aws:policy/ReadOnlyAccess\" # [[role]]\n]\n"
            )),
            arn.prop_map(|name| format!(
                "[[role]]\narn = \"arn:aws:iam::111122223333:role/{name}\"\nidentity = \"one\"\n\n[role.tags]\n\
                 Team = \"[settings.vault]\"\n"
            )),
            arn.prop_map(|name| format!(
                "\n# [settings.vault]\n[identity.{name}]\nkind = \"profile\"\nprofile = \"[[role]]\"\n"
            )),
            arn.prop_map(|name| format!("[identity.\"{name}\"]\nkind = \"profile\"\nprofile = '''\n{name}'''\n")),
        ]
    }

    proptest! {
        #[test]
        fn the_key_is_the_one_that_the_whole_file_names(
            mut pieces in prop::collection::vec(piece(), 0..8),
            key in prop_oneof![Just("passphrase"), Just("keyring"), Just("file:/some/[[role]]")],
            at in 0_usize..8,
        ) {
            pieces.insert(at.min(pieces.len()), format!("[settings]\n[settings.vault]\nkey = \"{key}\"\n"));
            pieces.push("[identity.one]\nkind = \"profile\"\nprofile = \"p\"\n".into());
            let text = pieces.concat();
            if let Ok(whole) = parse(&text) {
                let alone = settings_alone(&text).map(|config| (config.vault_key, config.desktop));
                prop_assert_eq!(alone, Some((whole.vault_key, whole.desktop)));
            }
        }
    }
}
