#![allow(clippy::unwrap_used)]

use super::*;
use crate::config::ConfigFile;

const EXAMPLES: &[(&str, &str)] = &[
    ("vault.key", "file:~/a b/vault.key"),
    ("vault.key", "passphrase"),
    ("vault.lock_after_idle", "15m"),
    ("vault.lock_with_screen", "true"),
    ("vault.lock_removes_profiles", "true"),
    ("region", "eu-central-1"),
    ("fallback_regions", "eu-west-1,eu-north-1"),
    ("ask_account_names", "false"),
    ("production_read_only", "false"),
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
    ("ask.production", "first-use"),
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
    ("desktop.clear_clipboard", "2m"),
    ("notifications.quiet", "22:00-07:00"),
    ("notifications.warn", "30m"),
    ("notifications.sign_in", "false"),
    ("notifications.ending", "false"),
    ("notifications.failed", "false"),
    ("notifications.catalog", "false"),
    ("sts.global", "true"),
    ("sts.fips", "true"),
    ("sts.dual_stack", "true"),
    ("window.theme", "dark"),
    ("window.density", "compact"),
    ("window.text_size", "125%"),
    ("shortcuts.find", "Ctrl+P"),
    ("shortcuts.console", "F6 Ctrl+Shift+O"),
    ("shortcuts.larger", ""),
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
            assert_eq!(setting.value(&config).as_deref(), Some(*typed), "{}", text(&file));
            assert_eq!(file.read().unwrap(), config);
            assert!(text(&file).contains(role), "{}", text(&file));
            assert_eq!(file.put_setting(setting.name, None).unwrap(), before);
        }
    }
    let named = |name: &str| EXAMPLES.iter().any(|(example, _)| *example == name);
    assert!(settings().iter().all(|setting| named(setting.name) || setting.name.starts_with("shortcuts.")));
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
        ".window",
        ".shortcuts",
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
        ("window.theme", "grey"),
        ("window.text_size", "400%"),
        ("shortcuts.find", "K"),
        ("shortcuts.find", "Ctrl+Hyper"),
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

#[test]
fn each_setting_says_what_it_is_and_what_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = file_with(&folder, "");
    for setting in settings() {
        let is_keys = setting.form == SettingForm::Keys;
        assert!(!setting.label.is_empty() && (is_keys || setting.about.ends_with('.')), "{}", setting.name);
        let examples: Vec<&str> = match setting.form {
            SettingForm::Switch => vec!["true", "false"],
            SettingForm::Choice { choices, other } => choices.iter().map(|choice| choice.value).chain(other).collect(),
            SettingForm::Text { example } | SettingForm::List { example } | SettingForm::Words { example } => {
                vec![example]
            }
            SettingForm::Amount { least, most, example, .. } => vec![least, most, example],
            SettingForm::Region | SettingForm::Regions => vec!["eu-central-1"],
            SettingForm::Browser => vec!["firefox"],
            SettingForm::BrowserProfile => vec!["Work"],
            SettingForm::Keys => vec!["Ctrl+F12", ""],
        };
        for example in examples {
            let written = setting.written(example).unwrap();
            let config = file.put_setting(setting.name, Some(&written)).unwrap();
            let read = setting.value(&config).unwrap_or_default();
            // 90 days are written as hours.
            let is_amount = matches!(setting.form, SettingForm::Amount { .. });
            assert!(if is_amount { !read.is_empty() } else { read == example }, "{}: {read}", setting.name);
            file.put_setting(setting.name, None).unwrap();
        }
    }
    let sections: Vec<SettingSection> = settings().iter().map(|setting| setting.section).collect();
    assert!(sections.is_sorted() && SettingSection::ALL.is_sorted());
}

#[test]
fn a_view_says_whether_the_file_says_it() {
    let config = Config::default();
    let text = "[settings]\nregion = \"eu-west-1\"\nvault = { key = \"keyring\" }\n[[role]]\narn = \"x\"\n";
    let written = Written::of(text);
    let view = |name: &str| find(name).unwrap().view(&config, &written);
    assert!(view("region").is_set && view("vault.key").is_set);
    assert!(!view("vault.lock_with_screen").is_set && !view("audit.keep").is_set);
    assert_eq!(view("vault.key").default.as_deref(), Some("keyring"));
    assert!(!Written::of("nonsense").has("region"));
}

/// What the window's fake backend answers from, and the tables of the docs. `BLESS=1` writes both.
#[test]
fn the_fake_backend_and_the_docs_have_this_table() {
    let views: Vec<SettingView> =
        settings().iter().map(|setting| setting.view(&Config::default(), &Written::of(""))).collect();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let cases = serde_json::to_string_pretty(&views).unwrap() + "\n";
    is_written(&root.join("ui/src/cases/settings.json"), &cases);

    let page = root.join("docs/settings.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let (intro, _) = text.split_once(TABLES_BEGIN).unwrap();
    is_written(&page, &format!("{intro}{TABLES_BEGIN}{}", tables(&views)));
}

const TABLES_BEGIN: &str =
    "<!-- Made from the table of settings: BLESS=1 cargo nextest run -E 'test(fake_backend_and_the_docs)' -->\n";

fn tables(views: &[SettingView]) -> String {
    let mut text = String::new();
    for section in SettingSection::ALL {
        let of_section: Vec<&SettingView> = views.iter().filter(|view| view.section == section).collect();
        if of_section.is_empty() {
            continue;
        }
        text +=
            &format!("\n## {}\n\n| `[settings]` | what it does | what can be written | default |\n", section.title());
        text += "| --- | --- | --- | --- |\n";
        for view in of_section {
            let about = match view.about {
                "" => view.label.to_owned(),
                about => format!("{}. {about}", view.label),
            };
            let default = match view.default.as_deref() {
                None | Some("") => String::new(),
                Some(default) => format!("`{default}`"),
            };
            let form = view.form.words();
            // A bar would end the cell.
            let row = [view.name, &about, &form, &default].map(|cell| cell.replace('|', "\\|"));
            text += &format!("| `{}` | {} | {} | {} |\n", row[0], row[1], row[2], row[3]);
        }
    }
    text
}

#[allow(clippy::disallowed_methods)]
fn is_written(path: &std::path::Path, expected: &str) {
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, expected).unwrap();
    }
    let there = std::fs::read_to_string(path).unwrap_or_default();
    assert!(there == expected, "{} differs from the table of settings: BLESS=1 writes it", path.display());
}
