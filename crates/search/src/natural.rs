//! Sorts texts in the order that people expect.

/// What compares so that `shop-2` comes before `shop-10`, and capitals make no difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Natural(Vec<(u64, String)>);

/// The text in pieces that begin with a number.
#[must_use]
pub fn natural(text: &str) -> Natural {
    let mut pieces = vec![(0u64, String::new())];
    let mut in_number = false;
    for c in text.to_lowercase().chars() {
        match (c.to_digit(10), in_number) {
            (Some(digit), true) => {
                if let Some((number, _)) = pieces.last_mut() {
                    *number = number.saturating_mul(10).saturating_add(digit.into());
                }
            }
            (Some(digit), false) => pieces.push((digit.into(), String::new())),
            (None, _) => {
                if let Some((_, text)) = pieces.last_mut() {
                    text.push(c);
                }
            }
        }
        in_number = c.is_ascii_digit();
    }
    Natural(pieces)
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names = ["shop-10", "Shop-2", "shop", "audit", "shop-2b", "123456789012"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["123456789012", "audit", "shop", "Shop-2", "shop-2b", "shop-10"]);
    }
}
