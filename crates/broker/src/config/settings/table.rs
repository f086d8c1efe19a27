//! The table of settings: one row for each setting of `[settings]`. The window's form, `daypass config` and
//! `docs/settings.md` are made of it.

use daypass_core::setting_view::SettingSection as In;
use daypass_core::setting_view::{AmountUnit, SettingChoice, SettingForm};
use daypass_core::settings::Config;

/// Whether the desktop app starts when the person logs in.
pub(crate) const START_AT_LOGIN: &str = "desktop.start_at_login";

/// A row of the table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) section: In,
    pub(super) label: &'static str,
    pub(super) form: SettingForm,
    pub(super) about: &'static str,
    /// What is in force, its default included.
    pub(super) value: fn(&Config) -> Option<String>,
}

const REGION: SettingForm = SettingForm::Region;
const SWITCH: SettingForm = SettingForm::Switch;

const fn choice(choices: &'static [SettingChoice]) -> SettingForm {
    SettingForm::Choice { choices, other: None }
}

macro_rules! words {
    ($($value:literal: $label:literal),* $(,)?) => {
        &[$(SettingChoice { value: $value, label: $label }),*]
    };
}

const fn text(example: &'static str) -> SettingForm {
    SettingForm::Text { example }
}

const fn list(example: &'static str) -> SettingForm {
    SettingForm::List { example }
}

const fn amount(unit: AmountUnit, least: &'static str, most: &'static str, example: &'static str) -> SettingForm {
    SettingForm::Amount { unit, least, most, example }
}

/// Those of `[settings.shortcuts]` come from the table of shortcuts.
pub(super) const ROWS: &[Row] = &[
    Row {
        name: "window.theme",
        section: In::General,
        label: "Theme",
        form: choice(words!["system": "Same as system", "light": "Light", "dark": "Dark"]),
        about: "Whether the window is light or dark.",
        value: |config| Some(config.window.theme.to_string()),
    },
    Row {
        name: "window.density",
        section: In::General,
        label: "Density",
        form: choice(words!["comfortable": "Comfortable", "compact": "Compact"]),
        about: "How much space rows and fields take up.",
        value: |config| Some(config.window.density.to_string()),
    },
    Row {
        name: "window.text_size",
        section: In::General,
        label: "Text size",
        form: amount(AmountUnit::Percent, "50%", "300%", "110%"),
        about: "The size of everything in the window.",
        value: |config| Some(config.window.text_size.to_string()),
    },
    Row {
        name: START_AT_LOGIN,
        section: In::General,
        label: "Start at login",
        form: SWITCH,
        about: "Daypass starts hidden in the tray when you log in.",
        value: |config| Some(config.desktop.start_at_login.to_string()),
    },
    Row {
        name: "start_sessions",
        section: In::General,
        label: "Sessions that start with Daypass",
        form: list("123456789012/ReadOnly"),
        about: "Roles or profiles, written as for `daypass start`. They start once you're signed in.",
        value: |config| joined(&config.start_sessions),
    },
    Row {
        name: "favourites",
        section: In::General,
        label: "Favourites",
        form: SettingForm::Words { example: "work:arn:aws:iam::123456789012:role/Dev" },
        about: "The roles that lists show first, in this order. Each is an identity and the role's ARN.",
        value: |config| (!config.favourites.is_empty()).then(|| config.favourites.join(" ")),
    },
    Row {
        name: "production_read_only",
        section: In::General,
        label: "Start production read-only",
        form: SWITCH,
        about: "Sessions in accounts marked as production start read-only, if their role allows it. `daypass elevate` gives one full access for a limited time.",
        value: |config| Some((!config.production_starts_full).to_string()),
    },
    Row {
        name: "ask_account_names",
        section: In::General,
        label: "Ask AWS for account names",
        form: SWITCH,
        about: "If off, accounts only have the names that you or a catalog give them.",
        value: |config| Some((!config.keep_accounts_unnamed).to_string()),
    },
    Row {
        name: "desktop.clear_clipboard",
        section: In::General,
        label: "Clear the clipboard after",
        form: amount(AmountUnit::Time, "1m", "90d", "90s"),
        about: "Removes keys, MFA codes and sign-in addresses that you copy in the desktop app from the clipboard after this time, unless you've copied something else.",
        value: |config| Some(config.desktop.clears_clipboard_after().to_string()),
    },
    Row {
        name: "desktop.disable_dmabuf",
        section: In::General,
        label: "Draw without DMABUF",
        form: SWITCH,
        about: "For Linux machines where the window stays empty. Takes effect the next time Daypass starts.",
        value: |config| Some(config.desktop.disable_dmabuf.to_string()),
    },
    Row {
        name: "console.browser",
        section: In::Console,
        label: "Browser",
        form: SettingForm::Browser,
        about: "The browser that consoles and sign-ins open in. If not set, the system's default. Identities, accounts and roles can set their own.",
        value: |config| config.console.everywhere.browser.map(|it| it.to_string()),
    },
    Row {
        name: "console.browser_profile",
        section: In::Console,
        label: "Browser profile",
        form: SettingForm::BrowserProfile,
        about: "The browser's profile, by the name that the browser shows.",
        value: |config| config.console.everywhere.browser_profile.clone(),
    },
    Row {
        name: "console.container",
        section: In::Console,
        label: "Firefox container",
        form: text("{account}"),
        about: "The container that pages open in. Daypass fills in `{account}`, `{alias}`, `{id}`, `{role}` and `{identity}`.",
        value: |config| config.console.everywhere.container.as_ref().map(ToString::to_string),
    },
    Row {
        name: "console.private",
        section: In::Console,
        label: "Private window",
        form: SWITCH,
        about: "Pages open in a private window.",
        value: |config| config.console.everywhere.private.map(|it| it.to_string()),
    },
    Row {
        name: "console.isolated",
        section: In::Console,
        label: "A profile for each account",
        form: SWITCH,
        about: "Each account gets its own browser profile, so you can have several consoles open at once.",
        value: |config| config.console.everywhere.isolated.map(|it| it.to_string()),
    },
    Row {
        name: "console.duration",
        section: In::Console,
        label: "Signed in for",
        form: amount(AmountUnit::Time, "15m", "12h", "2h"),
        about: "How long the console stays signed in, where AWS lets you choose. If not set, as long as the role's credentials.",
        value: |config| config.console.everywhere.duration.map(|it| it.to_string()),
    },
    Row {
        name: "console.log_out_first",
        section: In::Console,
        label: "Log out first",
        form: SWITCH,
        about: "Logs the browser out of the console before it opens for another role.",
        value: |config| Some((config.console.everywhere.log_out_first == Some(true)).to_string()),
    },
    Row {
        name: "console.sign_in",
        section: In::Console,
        label: "Sign in with",
        form: choice(words!["federation": "The role's credentials", "assertion": "A new SAML assertion"]),
        about: "What signs the browser in to the console. An assertion needs a SAML identity.",
        value: |config| config.console.everywhere.sign_in.map(|it| it.to_string()),
    },
    Row {
        name: "region",
        section: In::Regions,
        label: "Region",
        form: REGION,
        about: "The region of roles whose identity and account don't set one.",
        value: |config| config.region.as_ref().map(ToString::to_string),
    },
    Row {
        name: "sts.region",
        section: In::Regions,
        label: "STS region",
        form: REGION,
        about: "The region whose STS Daypass calls first. If not set, the role's own.",
        value: |config| config.sts_region.as_ref().map(ToString::to_string),
    },
    Row {
        name: "fallback_regions",
        section: In::Regions,
        label: "Fallback regions",
        form: SettingForm::Regions,
        about: "Regions whose STS Daypass calls if it can't reach the first one, in this order.",
        value: |config| joined(&config.fallback_regions),
    },
    Row {
        name: "sts.global",
        section: In::Regions,
        label: "Global STS endpoint",
        form: SWITCH,
        about: "Calls sts.amazonaws.com instead of a region's STS.",
        value: |config| Some(config.sts.global.to_string()),
    },
    Row {
        name: "sts.fips",
        section: In::Regions,
        label: "STS FIPS endpoints",
        form: SWITCH,
        about: "Uses STS's FIPS endpoints.",
        value: |config| Some(config.sts.fips.to_string()),
    },
    Row {
        name: "sts.dual_stack",
        section: In::Regions,
        label: "STS dual-stack endpoints",
        form: SWITCH,
        about: "Uses STS endpoints that also have IPv6 addresses.",
        value: |config| Some(config.sts.dual_stack.to_string()),
    },
    Row {
        name: "services.fips",
        section: In::Regions,
        label: "FIPS endpoints of other services",
        form: SWITCH,
        about: "Uses the FIPS endpoints of the other AWS services that Daypass calls.",
        value: |config| Some(config.services.fips.to_string()),
    },
    Row {
        name: "services.dual_stack",
        section: In::Regions,
        label: "Dual-stack endpoints of other services",
        form: SWITCH,
        about: "Uses the dual-stack endpoints of the other AWS services that Daypass calls.",
        value: |config| Some(config.services.dual_stack.to_string()),
    },
    Row {
        name: "network.proxy",
        section: In::Network,
        label: "Proxy",
        form: SettingForm::Choice {
            choices: words!["environment": "From the environment", "system": "From the system", "none": "No proxy"],
            other: Some("http://proxy.example.org:8080"),
        },
        about: "How Daypass reaches other machines. A user name and password belong in the vault, not here.",
        value: |config| Some(config.network.proxy.to_string()),
    },
    Row {
        name: "network.no_proxy",
        section: In::Network,
        label: "No proxy for",
        form: list("example.org"),
        about: "Hosts, domains and networks that Daypass reaches directly, in addition to those in NO_PROXY.",
        value: |config| joined(&config.network.no_proxy),
    },
    Row {
        name: "network.ca_file",
        section: In::Network,
        label: "Certificates to trust",
        form: text("~/corp.pem"),
        about: "A PEM file of certificate authorities to trust in addition to the system's. Setting it confirms the file's current content.",
        value: |config| config.network.ca_file.as_ref().map(ToString::to_string),
    },
    Row {
        name: "delivery",
        section: In::Delivery,
        label: "Delivery",
        form: choice(words!["file": "Credentials file", "process": "credential_process"]),
        about: "How tools get credentials, unless an account or a role sets its own.",
        value: |config| Some(config.delivery.to_string()),
    },
    Row {
        name: "ask.production",
        section: In::Delivery,
        label: "Ask before a program gets production credentials",
        form: choice(words![
            "never": "Never",
            "first-use": "Once for each program",
            "per-session": "Once for each program and session",
            "always": "Each time a program runs",
        ]),
        about: "For roles in production accounts, unless the role or the account sets its own. Their keys aren't written to a file.",
        value: |config| Some(config.ask.production.to_string()),
    },
    Row {
        name: "profiles.name",
        section: In::Delivery,
        label: "Profile names",
        form: text("{alias}-{role|lower}"),
        about: "The template for generated profile names.",
        value: |config| Some(config.profiles.name.to_string()),
    },
    Row {
        name: "profiles.output",
        section: In::Delivery,
        label: "Output format",
        form: choice(
            words!["json": "json", "yaml": "yaml", "yaml-stream": "yaml-stream", "text": "text", "table": "table"],
        ),
        about: "The AWS CLI's output format in generated profiles. If not set, the CLI's default.",
        value: |config| config.profiles.output.map(|it| it.to_string()),
    },
    Row {
        name: "vault.key",
        section: In::Vault,
        label: "Key",
        form: SettingForm::Choice {
            choices: words!["keyring": "The system's keyring", "passphrase": "A passphrase"],
            other: Some("file:~/vault.key"),
        },
        about: "Where the vault's key is. Changing this moves the key.",
        value: |config| Some(config.vault_key.to_string()),
    },
    Row {
        name: "vault.lock_after_idle",
        section: In::Vault,
        label: "Lock when idle for",
        form: amount(AmountUnit::Time, "1m", "90d", "15m"),
        about: "Locks the vault after this much time without use. If not set, never.",
        value: |config| config.lock.after_idle.map(|it| it.to_string()),
    },
    Row {
        name: "vault.lock_with_screen",
        section: In::Vault,
        label: "Lock with the screen",
        form: SWITCH,
        about: "Locks the vault when the screen locks, and before the machine sleeps.",
        value: |config| Some(config.lock.with_screen.to_string()),
    },
    Row {
        name: "vault.lock_removes_profiles",
        section: In::Vault,
        label: "Locking removes profiles",
        form: SWITCH,
        about: "Removes sessions' profiles from the credentials file while the vault is locked.",
        value: |config| Some(config.lock.removes_profiles.to_string()),
    },
    Row {
        name: "audit.rotate_size",
        section: In::Audit,
        label: "Size of a file",
        form: amount(AmountUnit::Bytes, "1kB", "1GB", "5MB"),
        about: "Starts a new audit log file when the current one reaches this size.",
        value: |config| Some(config.audit.rotate_size.to_string()),
    },
    Row {
        name: "audit.rotate_age",
        section: In::Audit,
        label: "Age of a file",
        form: amount(AmountUnit::Days, "1d", "36500d", "7d"),
        about: "Starts a new audit log file when the first line of the current one is this old.",
        value: |config| Some(config.audit.rotate_age.0.to_string()),
    },
    Row {
        name: "audit.keep",
        section: In::Audit,
        label: "Keep for",
        form: amount(AmountUnit::Days, "1d", "36500d", "365d"),
        about: "Removes full files when their last line is this old. If not set, keeps them forever.",
        value: |config| config.audit.keep.map(|it| it.to_string()),
    },
    Row {
        name: "notifications.sign_in",
        section: In::Notifications,
        label: "A sign-in is needed",
        form: SWITCH,
        about: "Shows a notification when an identity needs you to sign in.",
        value: |config| Some(config.notifications.sign_in.to_string()),
    },
    Row {
        name: "notifications.ending",
        section: In::Notifications,
        label: "A session ends soon",
        form: SWITCH,
        about: "Shows a notification before a session ends that can't be renewed without you.",
        value: |config| Some(config.notifications.ending.to_string()),
    },
    Row {
        name: "notifications.warn",
        section: In::Notifications,
        label: "Warning time",
        form: amount(AmountUnit::Time, "1m", "12h", "30m"),
        about: "How long before the end of such a session to notify you.",
        value: |config| Some(config.notifications.warn.to_string()),
    },
    Row {
        name: "notifications.failed",
        section: In::Notifications,
        label: "A session can't be renewed",
        form: SWITCH,
        about: "Shows a notification when a renewal fails and Daypass stops trying.",
        value: |config| Some(config.notifications.failed.to_string()),
    },
    Row {
        name: "notifications.catalog",
        section: In::Notifications,
        label: "A shared catalog has changed",
        form: SWITCH,
        about: "Shows a notification when a shared catalog has changes for you to accept.",
        value: |config| Some(config.notifications.catalog.to_string()),
    },
    Row {
        name: "notifications.quiet",
        section: In::Notifications,
        label: "Quiet hours",
        form: text("22:00-07:00"),
        about: "Holds notifications back during these hours. When they end, shows what's still relevant, once.",
        value: |config| config.notifications.quiet.map(|it| it.to_string()),
    },
];

/// With commas between them; `None` without any.
fn joined(items: &[impl ToString]) -> Option<String> {
    let texts: Vec<String> = items.iter().map(ToString::to_string).collect();
    (!texts.is_empty()).then(|| texts.join(","))
}
