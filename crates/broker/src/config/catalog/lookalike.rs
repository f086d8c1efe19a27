//! Whether two names look the same to a person.

/// What is left of a name for the eye: letters and digits in lower case, those of other alphabets as the Latin ones that
/// they look like. Names with the same skeleton can be taken for each other.
pub(crate) fn skeleton(name: &str) -> String {
    let plain = name.chars().flat_map(char::to_lowercase).map(plain);
    plain.filter(|c| c.is_alphanumeric()).collect()
}

/// The Latin letter or digit that a character looks like in most fonts. From Unicode's confusables.txt: the Cyrillic,
/// Greek, Armenian and full-width letters, which are the ones that people can type. An i, an l and a 1 are one.
fn plain(c: char) -> char {
    match c {
        'а' | 'α' | 'ɑ' => 'a',
        'в' | 'ь' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ё' | 'є' | 'ε' => 'e',
        'ɡ' | 'ց' => 'g',
        'һ' | 'հ' | 'н' => 'h',
        'і' | 'ı' | 'ι' | 'ї' | 'l' | '1' | '|' | 'ӏ' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' | 'μ' => 'm',
        'ո' | 'η' | 'п' => 'n',
        'о' | 'ο' | 'օ' | '0' | 'σ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' | 'զ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'ѵ' | 'ν' => 'v',
        'ԝ' | 'ш' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' | 'ү' => 'y',
        'ᴢ' => 'z',
        'ａ'..='ｚ' | '０'..='９' => full_width(c),
        other => other,
    }
}

/// Full-width forms lie in the order of ASCII.
fn full_width(c: char) -> char {
    char::from_u32(u32::from(c) - 0xFEE0).map_or(c, plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_have_one_skeleton() {
        for (name, other) in [
            ("Shop – production", "shop-production"),
            ("paypal", "раураl"),
            ("ILLUMINA", "lllumina"),
            ("prod", "ｐｒｏｄ"),
            ("Prod 10", "prod IO"),
        ] {
            assert_eq!(skeleton(name), skeleton(other), "{name} {other}");
        }
        assert_ne!(skeleton("shop-prod"), skeleton("shop-test"));
    }
}
