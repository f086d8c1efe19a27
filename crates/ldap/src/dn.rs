//! Distinguished names (RFC 4514), to recognise a group by its own.

/// A DN without escapes and in lower case. Two DNs of the same entry are equal in this form, however the directory
/// writes them. `None` if the text isn't a DN.
pub fn plain(dn: &str) -> Option<Vec<Vec<(String, String)>>> {
    let lower = |(kind, value): (String, String)| (kind.to_lowercase(), value.to_lowercase());
    Some(parse(dn)?.into_iter().map(|rdn| rdn.into_iter().map(lower).collect()).collect())
}

/// The `cn` of the entry, or the first value of its first part if that has no `cn`.
pub fn common_name(dn: &str) -> Option<String> {
    let first = parse(dn)?.into_iter().next()?;
    let cn = first.iter().position(|(kind, _)| kind.eq_ignore_ascii_case("cn")).unwrap_or(0);
    first.into_iter().nth(cn).map(|(_, value)| value)
}

/// The parts of a DN, each a list of types and values without escapes.
fn parse(dn: &str) -> Option<Vec<Vec<(String, String)>>> {
    let mut rdns = vec![Vec::new()];
    let mut rest = dn;
    loop {
        let (kind, after) = rest.split_once('=')?;
        let kind = kind.trim();
        if kind.is_empty() || !kind.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b)) {
            return None;
        }
        let (value, end) = value(after)?;
        rdns.last_mut()?.push((kind.to_owned(), value));
        match end {
            None => return Some(rdns),
            Some((b'+', after)) => rest = after,
            Some((_, after)) => {
                rdns.push(Vec::new());
                rest = after;
            }
        }
    }
}

/// A value up to the next unescaped `,`, `;` or `+`, with that character and the rest of the text.
fn value(text: &str) -> Option<(String, Option<(u8, &str)>)> {
    let bytes = text.trim_start_matches(' ').as_bytes();
    let skipped = text.len() - bytes.len();
    let mut value = Vec::new();
    // Blanks at the end belong to the value only if they are escaped.
    let mut least = 0;
    let mut at = 0;
    let end = loop {
        match bytes.get(at) {
            None => break None,
            Some(end @ (b',' | b';' | b'+')) => break Some((*end, &text[skipped + at + 1..])),
            Some(b'\\') => {
                // from_str_radix would also accept a sign.
                let pair = bytes.get(at + 1..at + 3).filter(|pair| pair.iter().all(u8::is_ascii_hexdigit));
                let pair = pair.and_then(|pair| std::str::from_utf8(pair).ok());
                match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
                    Some(byte) => {
                        value.push(byte);
                        at += 3;
                    }
                    None => {
                        value.push(*bytes.get(at + 1)?);
                        at += 2;
                    }
                }
                least = value.len();
            }
            Some(byte) => {
                value.push(*byte);
                at += 1;
            }
        }
    };
    while value.len() > least && value.last() == Some(&b' ') {
        value.pop();
    }
    Some((String::from_utf8(value).ok()?, end))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_group_is_called_by_its_cn_however_the_directory_escapes_it() {
        let name = |dn| common_name(dn).unwrap();
        assert_eq!(name("cn=AWS-123456789012-Developer,ou=groups,dc=example,dc=org"), "AWS-123456789012-Developer");
        assert_eq!(name("cn=\\C3\\96ffentlichkeit,ou=groups"), "Öffentlichkeit");
        assert_eq!(name("CN=R\\2CD\\, \\\"x\\\",DC=corp"), "R,D, \"x\"");
        assert_eq!(name("ou=x+cn=both,dc=org"), "both");
        assert_eq!(name("cn= padded\\20 ,dc=org"), "padded ");
        assert_eq!(name("uid=only"), "only");
        assert_eq!(name("cn=a\\+1,dc=org"), "a+1");
        for not_a_dn in ["", "ops", "=x", "cn", "cn=x,", "c n=x", "cn=x\\"] {
            assert_eq!(common_name(not_a_dn), None, "{not_a_dn}");
        }
    }

    #[test]
    fn two_ways_to_write_one_entry_are_equal() {
        assert_eq!(plain("CN=Öps\\2C all, OU=Groups,DC=org"), plain("cn=\\C3\\B6ps\\, all,ou=groups;dc=org"));
        assert_ne!(plain("cn=a,dc=org"), plain("cn=a,dc=com"));
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in ".{0,80}") {
            let _ = plain(&text);
        }

        #[test]
        fn an_escaped_value_comes_back(value in "[^ \u{0}].{0,30}[^ \u{0}]") {
            let dn = format!("cn={},dc=org", ldap3::dn_escape(value.as_str()));
            prop_assert_eq!(common_name(&dn), Some(value));
        }
    }
}
