//! How the window looks: `[settings.window]` of `config.toml`.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// `[settings.window]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WindowSettings {
    /// Light or dark.
    pub theme: Theme,
    /// How much room rows and fields take.
    pub density: Density,
    /// How large everything is shown.
    pub text_size: TextSize,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $($(#[$of:meta])* $variant:ident = $word:literal,)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name {
            $($(#[$of])* $variant,)*
        }

        impl $name {
            /// As in `config.toml`.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

words! {
    /// Light or dark.
    Theme:
    /// As the system is.
    #[default]
    System = "system",
    /// Light.
    Light = "light",
    /// Dark.
    Dark = "dark",
}

words! {
    /// How much room rows and fields take.
    Density:
    /// Room around everything.
    #[default]
    Comfortable = "comfortable",
    /// More rows on a screen.
    Compact = "compact",
}

/// How large everything is shown, in percent of the size that it was made for: 50 to 300.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TextSize(u16);

impl TextSize {
    /// The smallest.
    pub const LEAST: u16 = 50;
    /// The largest.
    pub const MOST: u16 = 300;

    /// As a factor, of which 1 is the usual size.
    #[must_use]
    pub fn factor(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl Default for TextSize {
    fn default() -> Self {
        Self(100)
    }
}

impl FromStr for TextSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let percent = text.strip_suffix('%').and_then(|number| number.trim_end().parse().ok());
        let within = percent.filter(|percent| (Self::LEAST..=Self::MOST).contains(percent));
        within.map(Self).ok_or_else(|| {
            format!("{text:?} isn't a text size, write {}% to {}%, such as 110%", Self::LEAST, Self::MOST)
        })
    }
}

impl TryFrom<String> for TextSize {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for TextSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_text_size_is_a_percentage_within_bounds() {
        for text in ["50%", "100%", "110%", "300%"] {
            assert_eq!(text.parse::<TextSize>().unwrap().to_string(), text);
        }
        for text in ["", "110", "49%", "301%", "1.1", "-100%", "%"] {
            assert!(text.parse::<TextSize>().unwrap_err().contains("110%"), "{text}");
        }
        assert!((TextSize::default().factor() - 1.0).abs() < f64::EPSILON);
    }
}
