//! Texts with placeholders in braces: bind names, filters, role patterns, session names.

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template<'a>(Vec<Part<'a>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Text(&'a str),
    Name(&'a str),
}

impl<'a> Template<'a> {
    /// Parses a template. The error says what is wrong with its braces.
    pub(super) fn parse(text: &'a str) -> Result<Self, &'static str> {
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

    pub(super) fn parts(&self) -> &[Part<'a>] {
        &self.0
    }

    /// The names in it, including repeats.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter_map(|part| match part {
            Part::Name(name) => Some(*name),
            Part::Text(_) => None,
        })
    }

    /// The text with each name replaced. The error is the first name without a value.
    pub(super) fn fill(&self, value: impl Fn(&str) -> Option<String>) -> Result<String, &'a str> {
        self.0.iter().try_fold(String::new(), |filled, part| match part {
            Part::Text(text) => Ok(filled + text),
            Part::Name(name) => Ok(filled + &value(name).ok_or(*name)?),
        })
    }
}
