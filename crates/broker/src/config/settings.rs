//! What `[settings]` of `config.toml` holds, for those who read or change one of them by name.

use daypass_core::names::Region;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::Config;
use toml_edit::{Array, Value};

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Its name within `[settings]`, such as `vault.key`.
    pub(crate) name: &'static str,
    form: Form,
    /// What is in force, its default included.
    pub(crate) value: fn(&Config) -> Option<String>,
}

/// How a value is written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Text,
    /// Typed with commas.
    List,
    /// Typed with blanks, for what may have commas in it.
    Words,
    /// `true` or `false`.
    Switch,
}

const SETTINGS: &[Setting] = &[
    Setting { name: "vault.key", form: Form::Text, value: |config| Some(config.vault_key.to_string()) },
    Setting {
        name: "vault.lock_after_idle",
        form: Form::Text,
        value: |config| config.lock.after_idle.map(|it| it.to_string()),
    },
    Setting {
        name: "vault.lock_with_screen",
        form: Form::Switch,
        value: |config| Some(config.lock.with_screen.to_string()),
    },
    Setting {
        name: "vault.lock_removes_profiles",
        form: Form::Switch,
        value: |config| Some(config.lock.removes_profiles.to_string()),
    },
    Setting { name: "region", form: Form::Text, value: |config| config.region.as_ref().map(Region::to_string) },
    Setting {
        name: "fallback_regions",
        form: Form::List,
        value: |config| {
            let names: Vec<&str> = config.fallback_regions.iter().map(Region::as_str).collect();
            (!names.is_empty()).then(|| names.join(","))
        },
    },
    Setting {
        name: "ask_account_names",
        form: Form::Switch,
        value: |config| Some((!config.keep_accounts_unnamed).to_string()),
    },
    Setting { name: "sts.region", form: Form::Text, value: |config| config.sts_region.as_ref().map(Region::to_string) },
    Setting { name: "sts.global", form: Form::Switch, value: |config| Some(config.sts.global.to_string()) },
    Setting { name: "sts.fips", form: Form::Switch, value: |config| Some(config.sts.fips.to_string()) },
    Setting { name: "sts.dual_stack", form: Form::Switch, value: |config| Some(config.sts.dual_stack.to_string()) },
    Setting { name: "services.fips", form: Form::Switch, value: |config| Some(config.services.fips.to_string()) },
    Setting {
        name: "services.dual_stack",
        form: Form::Switch,
        value: |config| Some(config.services.dual_stack.to_string()),
    },
    Setting {
        name: "console.duration",
        form: Form::Text,
        value: |config| config.console.everywhere.duration.map(|it| it.to_string()),
    },
    Setting {
        name: "console.log_out_first",
        form: Form::Switch,
        value: |config| Some((config.console.everywhere.log_out_first == Some(true)).to_string()),
    },
    Setting {
        name: "console.sign_in",
        form: Form::Text,
        value: |config| config.console.everywhere.sign_in.map(|it| it.to_string()),
    },
    Setting {
        name: "console.browser",
        form: Form::Text,
        value: |config| config.console.everywhere.browser.map(|it| it.to_string()),
    },
    Setting {
        name: "console.browser_profile",
        form: Form::Text,
        value: |config| config.console.everywhere.browser_profile.clone(),
    },
    Setting {
        name: "console.container",
        form: Form::Text,
        value: |config| config.console.everywhere.container.as_ref().map(ToString::to_string),
    },
    Setting {
        name: "console.private",
        form: Form::Switch,
        value: |config| config.console.everywhere.private.map(|it| it.to_string()),
    },
    Setting {
        name: "console.isolated",
        form: Form::Switch,
        value: |config| config.console.everywhere.isolated.map(|it| it.to_string()),
    },
    Setting { name: "audit.rotate_size", form: Form::Text, value: |config| Some(config.audit.rotate_size.to_string()) },
    Setting { name: "audit.rotate_age", form: Form::Text, value: |config| Some(config.audit.rotate_age.0.to_string()) },
    Setting { name: "audit.keep", form: Form::Text, value: |config| config.audit.keep.map(|it| it.to_string()) },
    Setting { name: "delivery", form: Form::Text, value: |config| Some(config.delivery.to_string()) },
    Setting { name: "profiles.name", form: Form::Text, value: |config| Some(config.profiles.name.to_string()) },
    Setting {
        name: "profiles.output",
        form: Form::Text,
        value: |config| config.profiles.output.map(|it| it.to_string()),
    },
    Setting { name: "network.proxy", form: Form::Text, value: |config| Some(config.network.proxy.to_string()) },
    Setting {
        name: "network.no_proxy",
        form: Form::List,
        value: |config| {
            let entries: Vec<String> = config.network.no_proxy.iter().map(ToString::to_string).collect();
            (!entries.is_empty()).then(|| entries.join(","))
        },
    },
    Setting {
        name: "network.ca_file",
        form: Form::Text,
        value: |config| config.network.ca_file.as_ref().map(ToString::to_string),
    },
    Setting {
        name: "start_sessions",
        form: Form::List,
        value: |config| (!config.start_sessions.is_empty()).then(|| config.start_sessions.join(",")),
    },
    Setting {
        name: "favourites",
        form: Form::Words,
        value: |config| (!config.favourites.is_empty()).then(|| config.favourites.join(" ")),
    },
    Setting {
        name: START_AT_LOGIN,
        form: Form::Switch,
        value: |config| Some(config.desktop.start_at_login.to_string()),
    },
    Setting {
        name: "desktop.disable_dmabuf",
        form: Form::Switch,
        value: |config| Some(config.desktop.disable_dmabuf.to_string()),
    },
    Setting {
        name: "notifications.quiet",
        form: Form::Text,
        value: |config| config.notifications.quiet.map(|it| it.to_string()),
    },
    Setting {
        name: "notifications.warn",
        form: Form::Text,
        value: |config| Some(config.notifications.warn.to_string()),
    },
    Setting {
        name: "notifications.sign_in",
        form: Form::Switch,
        value: |config| Some(config.notifications.sign_in.to_string()),
    },
    Setting {
        name: "notifications.ending",
        form: Form::Switch,
        value: |config| Some(config.notifications.ending.to_string()),
    },
    Setting {
        name: "notifications.failed",
        form: Form::Switch,
        value: |config| Some(config.notifications.failed.to_string()),
    },
    Setting {
        name: "notifications.catalog",
        form: Form::Switch,
        value: |config| Some(config.notifications.catalog.to_string()),
    },
];

/// Whether the desktop app starts when the person logs in.
pub(crate) const START_AT_LOGIN: &str = "desktop.start_at_login";

/// All settings.
pub(crate) fn settings() -> &'static [Setting] {
    SETTINGS
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
        Problem::new(ProblemKind::Invalid, ProblemCode::UnknownSetting, format!("there is no setting named {name:?}"))
            .hint(format!("the settings are: {}", names.join(", ")))
    })
}

impl Setting {
    /// What was typed, as it is written in the file. A text is checked together with the file.
    ///
    /// # Errors
    ///
    /// `config-mistake` for a switch that is neither on nor off.
    pub(crate) fn written(&self, typed: &str) -> Result<Value, Problem> {
        Ok(match (self.form, typed) {
            (Form::Switch, "true") => true.into(),
            (Form::Switch, "false") => false.into(),
            (Form::Switch, _) => {
                let message = format!("{} is either true or false, and not {typed:?}", self.name);
                return Err(Problem::new(ProblemKind::Invalid, ProblemCode::ConfigMistake, message)
                    .hint(format!("write it as in: daypass config set {} true", self.name)));
            }
            (Form::List, typed) => {
                let items = typed.split(',').map(str::trim).filter(|item| !item.is_empty());
                items.collect::<Array>().into()
            }
            (Form::Words, typed) => typed.split_whitespace().collect::<Array>().into(),
            (Form::Text, typed) => typed.into(),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::ConfigFile;
    use super::*;

    const EXAMPLES: &[(&str, &str)] = &[
        ("vault.key", "file:~/a b/vault.key"),
        ("vault.key", "passphrase"),
        ("vault.lock_after_idle", "15m"),
        ("vault.lock_with_screen", "true"),
        ("vault.lock_removes_profiles", "true"),
        ("region", "eu-central-1"),
        ("fallback_regions", "eu-west-1,eu-north-1"),
        ("ask_account_names", "false"),
        ("sts.region", "eu-west-1"),
        ("services.fips", "true"),
        ("services.dual_stack", "true"),
        ("console.duration", "2h"),
        ("console.log_out_first", "true"),
        ("console.sign_in", "assertion"),
        ("console.browser", "firefox-flatpak"),
        ("console.browser_profile", "Work"),
        ("console.container", "{account}"),
        ("console.private", "true"),
        ("console.isolated", "true"),
        ("audit.rotate_size", "5MB"),
        ("audit.rotate_age", "7d"),
        ("audit.keep", "365d"),
        ("delivery", "process"),
        ("profiles.name", "{alias}-{role|lower}"),
        ("profiles.output", "json"),
        ("network.proxy", "http://proxy.example.org:8080"),
        ("network.proxy", "system"),
        ("network.no_proxy", "example.org,10.0.0.0/8"),
        ("network.ca_file", "~/corp.pem"),
        ("start_sessions", "dev,123456789012/ReadOnly"),
        ("favourites", "work:arn:aws:iam::123456789012:role/Dev corp:arn:aws:iam::123456789012:role/Ops"),
        ("desktop.start_at_login", "true"),
        ("desktop.disable_dmabuf", "true"),
        ("notifications.quiet", "22:00-07:00"),
        ("notifications.warn", "30m"),
        ("notifications.sign_in", "false"),
        ("notifications.ending", "false"),
        ("notifications.failed", "false"),
        ("notifications.catalog", "false"),
        ("sts.global", "true"),
        ("sts.fips", "true"),
        ("sts.dual_stack", "true"),
    ];

    fn file_with(folder: &tempfile::TempDir, text: &str) -> ConfigFile {
        let path = folder.path().join("config.toml");
        durable_file::edit(&path, &durable_file::Options::default(), |_| {
            Ok::<_, std::convert::Infallible>(durable_file::Change::Replace(text.into()))
        })
        .unwrap();
        ConfigFile::new(path)
    }

    fn text(file: &ConfigFile) -> String {
        std::fs::read_to_string(file.path()).unwrap()
    }

    #[test]
    fn each_setting_is_set_read_and_removed_wherever_its_table_is() {
        let role = "# ours\n[identity.a]\nkind = \"profile\"\nprofile = \"x\" # theirs\n";
        let tables = ["", "[settings]\n# here\n", "[settings.vault]\n[settings.sts]\n", "settings = {}\n"];
        for (name, typed) in EXAMPLES {
            let setting = find(name).unwrap();
            for table in tables {
                let folder = tempfile::tempdir().unwrap();
                let file = file_with(&folder, &format!("{table}{role}"));
                let before = file.read().unwrap();
                let config = file.put_setting(setting.name, Some(&setting.written(typed).unwrap())).unwrap();
                assert_eq!((setting.value)(&config).as_deref(), Some(*typed), "{}", text(&file));
                assert_eq!(file.read().unwrap(), config);
                assert!(text(&file).contains(role), "{}", text(&file));
                assert_eq!(file.put_setting(setting.name, None).unwrap(), before);
            }
        }
        let named = |name: &str| EXAMPLES.iter().any(|(example, _)| *example == name);
        assert!(settings().iter().all(|setting| named(setting.name)));
    }

    /// The file's own list of what may be in a table, which a wrong name brings out.
    #[test]
    fn no_setting_of_the_file_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for table in [
            "",
            ".sts",
            ".services",
            ".console",
            ".audit",
            ".profiles",
            ".network",
            ".vault",
            ".desktop",
            ".notifications",
        ] {
            let problem = file_with(&folder, &format!("[settings{table}]\nnonsense = 1\n")).read().unwrap_err();
            let expected: Vec<&str> = problem.message.split('`').skip(3).step_by(2).collect();
            assert!(!expected.is_empty(), "{}", problem.message);
            for name in expected {
                let name = format!("{table}.{name}");
                let is_it = |setting: &Setting| format!(".{}.", setting.name).starts_with(&format!("{name}."));
                assert!(settings().iter().any(is_it), "{name} can't be set by name");
            }
        }
    }

    #[test]
    fn a_comment_stays_and_an_equal_value_changes_no_byte() {
        let folder = tempfile::tempdir().unwrap();
        let before = "[settings.vault]\nkey = 'keyring'   # the default\n";
        let file = file_with(&folder, before);
        let key = find("settings.vault.key").unwrap();
        file.put_setting(key.name, Some(&key.written("keyring").unwrap())).unwrap();
        assert_eq!(text(&file), before);
        file.put_setting(key.name, Some(&key.written("passphrase").unwrap())).unwrap();
        assert_eq!(text(&file), "[settings.vault]\nkey = \"passphrase\"   # the default\n");
    }

    #[test]
    fn what_is_wrong_is_refused_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = file_with(&folder, "");
        for (name, typed) in [
            ("vault.key", "file:relative/key"),
            ("vault.key", "file:~"),
            ("vault.key", "file:~ann/key"),
            ("vault.key", "password"),
            ("vault.lock_after_idle", "10s"),
            ("vault.lock_with_screen", "yes"),
            ("region", "mars"),
            ("fallback_regions", "eu-west-1,mars"),
            ("sts.global", "yes"),
            ("audit.rotate_size", "10"),
            ("audit.keep", "forever"),
            ("notifications.quiet", "22-7"),
            ("notifications.warn", "13h"),
            ("notifications.failed", "no"),
            ("delivery", "env"),
            ("profiles.name", "{acount}"),
            ("profiles.output", "yaml stream"),
            ("network.proxy", "http://ann:secret@proxy:8080"),
            ("network.proxy", "pac+http://wpad/wpad.dat"),
            ("network.no_proxy", "http://example.org"),
            ("network.ca_file", "corp.pem"),
            ("favourites", "arn:aws:iam::123456789012:role/Dev"),
            ("favourites", "work:Dev"),
        ] {
            let setting = find(name).unwrap();
            let written = setting.written(typed);
            let refused = written.and_then(|value| file.put_setting(setting.name, Some(&value))).unwrap_err();
            assert_eq!(refused.code, ProblemCode::ConfigMistake, "{name} {typed}");
            assert_eq!(text(&file), "");
        }
        let switch = find("sts.fips").unwrap().written("yes").unwrap_err();
        assert!(switch.message.contains("either true or false") && switch.hint.unwrap().ends_with("set sts.fips true"));
        let unknown = find("vault.kye").unwrap_err();
        assert!(unknown.hint.unwrap().contains("vault.key, vault.lock_after_idle"));
    }
}
