//! Texts with placeholders in braces, such as `{account}-{role}`: names in settings, and what commands print.

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template<'a>(Vec<Part<'a>>);

/// A piece of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// Stands for itself.
    Text(&'a str),
    /// What is between braces.
    Name(&'a str),
}

impl<'a> Template<'a> {
    /// Parses a template.
    ///
    /// # Errors
    ///
    /// What is wrong with its braces, in words.
    pub fn parse(text: &'a str) -> Result<Self, &'static str> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from_brace) = rest.split_at(at);
            let inner = from_brace.strip_prefix('{').ok_or("there is a '}' without '{' in it")?;
            let (name, after) = inner.split_once('}').ok_or("there is a '{' without '}' in it")?;
            if name.is_empty() || name.contains('{') {
                return Err("there are braces without a name in it");
            }
            parts.extend((!before.is_empty()).then_some(Part::Text(before)));
            parts.push(Part::Name(name));
            rest = after;
        }
        parts.extend((!rest.is_empty()).then_some(Part::Text(rest)));
        Ok(Self(parts))
    }

    /// Its pieces, in order.
    #[must_use]
    pub fn parts(&self) -> &[Part<'a>] {
        &self.0
    }

    /// The names in it, including repeats.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter_map(|part| match part {
            Part::Name(name) => Some(*name),
            Part::Text(_) => None,
        })
    }

    /// The text with each name replaced. Blanks before an empty value go with it: `[{profile} {remaining}]` is `[dev]` where
    /// nothing remains.
    ///
    /// # Errors
    ///
    /// The first name without a value.
    pub fn fill_in(&self, value: impl Fn(&str) -> Option<String>) -> Result<String, &'a str> {
        self.0.iter().try_fold(String::new(), |mut filled, part| {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Name(name) => match value(name).ok_or(*name)?.as_str() {
                    "" => filled.truncate(filled.trim_end_matches(' ').len()),
                    value => filled.push_str(value),
                },
            }
            Ok(filled)
        })
    }

    /// The text with each name replaced.
    ///
    /// # Errors
    ///
    /// The first name without a value.
    pub fn fill(&self, value: impl Fn(&str) -> Option<String>) -> Result<String, &'a str> {
        self.0.iter().try_fold(String::new(), |filled, part| match part {
            Part::Text(text) => Ok(filled + text),
            Part::Name(name) => Ok(filled + &value(name).ok_or(*name)?),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_and_the_rest_stays() {
        let template = Template::parse("{a}-{b} é{a}").unwrap();
        assert_eq!(template.names().collect::<Vec<_>>(), ["a", "b", "a"]);
        let value = |name: &str| (name == "a").then(|| "1".to_owned());
        assert_eq!(template.fill(value), Err("b"));
        assert_eq!(template.fill(|name| Some(name.to_uppercase())).unwrap(), "A-B éA");
        assert!(Template::parse("").unwrap().parts().is_empty());
    }

    #[test]
    fn blanks_before_an_empty_value_go_with_it() {
        let template = Template::parse("[{a} {b}] {c}").unwrap();
        let filled = |b: &'static str| {
            let value = move |name: &str| Some(if name == "b" { b } else { name }.to_owned());
            template.fill_in(value).unwrap()
        };
        assert_eq!((filled("x"), filled("")), ("[a x] c".to_owned(), "[a] c".to_owned()));
        assert_eq!(template.fill_in(|_| None), Err("a"));
    }

    #[test]
    fn wrong_braces_are_told() {
        for (text, error) in
            [("a}", "without '{'"), ("{a", "without '}'"), ("{}", "without a name"), ("{a{b}", "without a name")]
        {
            assert!(Template::parse(text).unwrap_err().contains(error), "{text}");
        }
    }
}
