//! What `[settings]` of `config.toml` holds, for those who read or change one of them by name.

mod table;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::setting_view::{SettingForm, SettingSection, SettingView};
use daypass_core::settings::{Config, ShortcutId};
use toml_edit::{Array, Document, Item, Value};

use super::settings_first::without_roles;
use table::Row;

pub(crate) use table::START_AT_LOGIN;

/// Settings that change the window and nothing else.
const OF_THE_WINDOW: [SettingSection; 2] = [SettingSection::Notifications, SettingSection::Shortcuts];

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Its name within `[settings]`, such as `vault.key`.
    pub(crate) name: &'static str,
    section: SettingSection,
    label: &'static str,
    form: SettingForm,
    about: &'static str,
    reader: Reader,
}

#[derive(Debug)]
enum Reader {
    Of(fn(&Config) -> Option<String>),
    Keys(ShortcutId),
}

static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(|| {
    let of_row = |row: &Row| Setting {
        name: row.name,
        section: row.section,
        label: row.label,
        form: row.form,
        about: row.about,
        reader: Reader::Of(row.value),
    };
    let of_shortcut = |id: ShortcutId| Setting {
        // Once, and for as long as the process.
        name: format!("shortcuts.{id}").leak(),
        section: SettingSection::Shortcuts,
        label: id.does(),
        form: SettingForm::Keys,
        about: "",
        reader: Reader::Keys(id),
    };
    let mut all: Vec<Setting> = table::ROWS.iter().map(of_row).chain(ShortcutId::all().map(of_shortcut)).collect();
    // (The order within a section stays.)
    all.sort_by_key(|setting| setting.section);
    all
});

/// All settings, by section.
pub(crate) fn settings() -> &'static [Setting] {
    &SETTINGS
}

/// The setting of that name. A name may begin with the table, as in `settings.vault.key`.
///
/// # Errors
///
/// `unknown-setting`, with all names.
pub(crate) fn find(name: &str) -> Result<&'static Setting, Problem> {
    let within = name.strip_prefix("settings.").unwrap_or(name);
    SETTINGS.iter().find(|setting| setting.name == within).ok_or_else(|| {
        let names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
        Problem::new(ProblemKind::Invalid, ProblemCode::UnknownSetting, format!("no setting is called {name:?}"))
            .hint(format!("the settings are: {}", names.join(", ")))
    })
}

/// Which settings a file says something about.
pub(crate) struct Written(Option<Document<String>>);

impl Written {
    /// Those of this text. A file with a mistake has none.
    pub(crate) fn of(text: &str) -> Self {
        Self(Document::parse(without_roles(text).into_owned()).ok())
    }

    fn has(&self, name: &str) -> bool {
        self.at(name).is_some()
    }

    fn at(&self, name: &str) -> Option<&Item> {
        let mut item = self.0.as_ref()?.get("settings")?;
        for key in name.split('.') {
            item = item.get(key)?;
        }
        Some(item)
    }
}

impl Setting {
    /// What is in force, its default included.
    pub(crate) fn value(&self, config: &Config) -> Option<String> {
        match self.reader {
            Reader::Of(value) => value(config),
            Reader::Keys(id) => Some(config.shortcuts.keys(id).to_string()),
        }
    }

    /// The setting as it is shown.
    pub(crate) fn view(&self, config: &Config, written: &Written) -> SettingView {
        SettingView {
            name: self.name,
            section: self.section,
            label: self.label,
            about: self.about,
            form: self.form,
            value: self.value(config),
            default: self.value(&Config::default()),
            is_set: written.has(self.name),
            limited: None,
            allowed: None,
        }
    }

    /// Whether it changes the window, and neither what is known of roles nor how they are used.
    pub(crate) fn is_of_the_window(&self) -> bool {
        OF_THE_WINDOW.contains(&self.section) || self.name.starts_with("window.")
    }

    /// What was typed, as it is written in the file. A text is checked together with the file.
    ///
    /// # Errors
    ///
    /// `config-mistake` for a switch that is neither on nor off.
    pub(crate) fn written(&self, typed: &str) -> Result<Value, Problem> {
        Ok(match (self.form, typed) {
            (SettingForm::Switch, "true") => true.into(),
            (SettingForm::Switch, "false") => false.into(),
            (SettingForm::Switch, _) => {
                let message = format!("{} is either true or false, and not {typed:?}", self.name);
                return Err(Problem::new(ProblemKind::Invalid, ProblemCode::ConfigMistake, message)
                    .hint(format!("write it as in: daypass config set {} true", self.name)));
            }
            (SettingForm::List { .. } | SettingForm::Regions, typed) => {
                let items = typed.split(',').map(str::trim).filter(|item| !item.is_empty());
                items.collect::<Array>().into()
            }
            (SettingForm::Words { .. }, typed) => typed.split_whitespace().collect::<Array>().into(),
            (
                SettingForm::Choice { .. }
                | SettingForm::Text { .. }
                | SettingForm::Amount { .. }
                | SettingForm::Region
                | SettingForm::Browser
                | SettingForm::BrowserProfile
                | SettingForm::Keys,
                typed,
            ) => typed.into(),
        })
    }
}
