//! Granted: its settings, and the profiles that it wrote into the AWS config file.
//!
//! Sources: the packages `config`, `cfaws`, `frecency` and `granted` of <https://github.com/fwdcloudsec/granted>.

use std::path::{Path, PathBuf};

use daypass_core::names::{AccountId, Partition, Region};
use daypass_core::settings::{IamUserSettings, IdentitySettings};
use daypass_core::terms::Terms;
use serde_json::Value;

use crate::parts::{permission_set, portal, portal_name, role};
use crate::profiles::{AwsFiles, AwsProfile, Process};
use crate::{Found, FoundRole, FoundSecret, FoundUser, Machine, Origin, Remark, Secret, Tool, names};

/// What the settings say, and what is in the AWS config file.
pub(crate) fn read(machine: &Machine) -> Option<Found> {
    let mut reader = Reader { machine, found: Found::new(Tool::Granted) };
    reader.read_settings();
    reader.read_order();
    reader.read_profiles(&AwsFiles::read(machine));
    let found = reader.found;
    (!found.files.is_empty() || !found.remarks.is_empty()).then_some(found)
}

struct Reader<'a> {
    machine: &'a Machine,
    found: Found,
}

impl Reader<'_> {
    /// Granted's folder, or the one of its own in the folder that a variable names.
    fn folder(&self, variable: &str) -> PathBuf {
        let own = self.machine.home().join(".granted");
        match self.machine.variable(variable) {
            Some(other) if !own.is_dir() => Path::new(other).join("granted"),
            _ => own,
        }
    }

    fn read_settings(&mut self) {
        let named = self.machine.named_file(Tool::Granted, "config");
        let path = named.unwrap_or_else(|| self.folder("XDG_CONFIG_HOME").join("config"));
        let file = match self.machine.read(&path) {
            Ok(Some(file)) => file,
            Ok(None) => return,
            Err(remark) => return self.found.remarks.push(remark),
        };
        self.found.files.push(path.clone());
        let settings = match toml_edit::de::from_str::<Value>(&file.text) {
            Ok(settings) => Table(&path, settings),
            Err(error) => {
                let line = error.span().map_or(1, |span| 1 + file.text[..span.start].matches('\n').count());
                let what = format!("{} isn't read", self.machine.shown(&path));
                let why = format!("it isn't TOML: {}", error.message());
                return self.found.remarks.push(Remark::new(what, why, Origin::line(&path, line)));
            }
        };
        self.read_portals(&settings);
        self.tell_of_registries(&settings);
        self.tell_of_browsers(&settings);
        self.tell_of_settings(&settings);
    }

    fn read_portals(&mut self, settings: &Table<'_>) {
        let usual = |key: &str| settings.text(&["CommonFateDefaultSSO", key].concat());
        if let (Some(url), Some(region)) = (usual("StartURL"), usual("Region")) {
            self.add_portal(url, region, "CommonFateDefaultSSOStartURL", None, settings);
        }
        for (name, portal) in settings.get("SSO").as_object().into_iter().flatten() {
            let text = |key: &str| get(portal, key).as_str().unwrap_or_default();
            let (url, region) = (text("StartURL"), text("SSORegion"));
            self.add_portal(url, region, &format!("SSO.{name}"), Some(name), settings);
            let template = text("ProfileTemplate");
            if !template.is_empty() || !text("Prefix").is_empty() {
                let remark = settings.remark(
                    format!("the profile names of SSO.{name}"),
                    "profiles from Granted keep their names. Daypass names new ones by its own template",
                );
                self.found.remarks.push(remark.advice("choose one with daypass config set profiles.name"));
            }
        }
    }

    fn add_portal(&mut self, url: &str, region: &str, section: &str, name: Option<&str>, settings: &Table<'_>) {
        let origin = Origin::file(settings.0).section(section);
        match region.parse::<Region>() {
            Ok(region) if !url.is_empty() => {
                // `default` says nothing about whose portal it is.
                let name = name.filter(|name| *name != "default").map(|name| names::identity(name, "sso"));
                let name = name.unwrap_or_else(|| portal_name(url));
                self.found.identity(&name, portal(url, region, None), origin);
            }
            Ok(_) => self.found.remarks.push(Remark::new(section, "it doesn't have a start URL", origin)),
            Err(_) => {
                let why = format!("its region {region:?} isn't a region");
                self.found.remarks.push(Remark::new(section, why, origin));
            }
        }
    }

    fn tell_of_registries(&mut self, settings: &Table<'_>) {
        let of_old = settings.get("ProfileRegistryURLS").as_array().into_iter().flatten().filter_map(Value::as_str);
        let registries = get(settings.get("ProfileRegistry"), "Registries").as_array().into_iter().flatten();
        let named = registries.map(|registry| {
            let text = |key: &str| get(registry, key).as_str().unwrap_or_default();
            format!("the registry {:?} at {:?}", text("name"), text("url"))
        });
        let all: Vec<String> = of_old.map(|url| format!("the registry at {url:?}")).chain(named).collect();
        for what in all {
            let remark = settings.remark(
                what,
                "a registry writes profiles to the AWS config file. Daypass imports the existing ones, but doesn't fetch new ones",
            );
            self.found.remarks.push(remark.advice("ask your team for a Daypass catalog"));
        }
    }

    fn tell_of_browsers(&mut self, settings: &Table<'_>) {
        let keys = [
            "DefaultBrowser",
            "CustomBrowserPath",
            "CustomSSOBrowserPath",
            "AWSConsoleBrowserLaunchTemplate",
            "SSOBrowserLaunchTemplate",
        ];
        let told = keys.iter().filter(|key| !settings.is_empty(key)).copied().collect::<Vec<_>>();
        if told.is_empty() || (told == ["DefaultBrowser"] && settings.text("DefaultBrowser") == Some("STDOUT")) {
            return;
        }
        let browser = settings.text("DefaultBrowser").unwrap_or_default().to_lowercase();
        let advice = match browser.as_str() {
            "firefox" => "daypass browser use firefox --container '{account}'".to_owned(),
            "chrome" | "brave" | "edge" | "chromium" | "vivaldi" => format!("daypass browser use {browser} --isolated"),
            _ => "choose one with daypass browser use".to_owned(),
        };
        let why = "in Daypass, you choose an installed browser, not a command";
        self.found.remarks.push(settings.remark(told.join(", "), why).advice(advice));
    }

    fn tell_of_settings(&mut self, settings: &Table<'_>) {
        if let Some(suffix) = settings.text("ExportCredentialSuffix") {
            let why = "Daypass writes a profile under its own name";
            let remark = settings.remark(format!("the suffix {suffix:?} of exported profiles"), why);
            self.found.remarks.push(remark.advice("name it with daypass start ROLE --profile NAME"));
        }
        if let Some(url) = settings.text("AccessRequestURL") {
            let remark =
                settings.remark(format!("the address {url:?} for access requests"), "Daypass can't request access");
            self.found.remarks.push(remark);
        }
        for key in ["ExportSSOToken", "DefaultExportAllEnvVar"] {
            if settings.get(key) == &Value::Bool(true) {
                let why = match key {
                    "ExportSSOToken" => "Daypass's tokens stay in its vault",
                    _ => "daypass use only sets AWS_PROFILE, and tools ask for credentials when they need them",
                };
                self.found.remarks.push(settings.remark(key, why));
            }
        }
    }

    /// How often profiles were used: Daypass's lists have an order of their own, which it learns.
    fn read_order(&mut self) {
        let path = self.folder("XDG_CACHE_HOME").join("aws_profiles_frecency");
        let Ok(Some(file)) = self.machine.read(&path) else { return };
        let Ok(order) = serde_json::from_str::<Value>(&file.text) else { return };
        let profiles = order.get("Entries").and_then(Value::as_array).map_or(0, Vec::len);
        if profiles > 0 {
            let why = "Daypass learns the order of its lists from what you use";
            self.found.remarks.push(Remark::new(
                format!("the order of {profiles} used profiles"),
                why,
                Origin::file(path),
            ));
        }
    }

    fn read_profiles(&mut self, files: &AwsFiles) {
        let mut is_read = false;
        for profile in files.profiles() {
            let is_ours =
                profile.get("credential_process").is_some_and(|line| Process::of(line) == Process::Of(Tool::Granted))
                    || profile.get("granted_sso_account_id").is_some();
            if !is_ours || profile.is_ours() {
                continue;
            }
            is_read = true;
            if let Err(why) = self.read_profile(profile, files) {
                self.found.remarks.push(files.stays(profile, why));
            }
        }
        if is_read {
            self.found.files.push(files.config_file.clone());
        }
    }

    fn read_profile(&mut self, profile: &AwsProfile, files: &AwsFiles) -> Result<(), String> {
        let written = names::profile(&profile.name).ok_or("Daypass can't write a profile of this name")?;
        let region = profile.get("region").and_then(|region| region.parse().ok());
        let (Some(account), Some(name)) = (profile.get("granted_sso_account_id"), profile.get("granted_sso_role_name"))
        else {
            return self.read_user(profile, files);
        };
        let session = profile.get("sso_session").and_then(|name| files.session(name));
        let of_session = |key: &str| session.and_then(|session| session.get(key));
        let url = profile.get("granted_sso_start_url").or_else(|| of_session("sso_start_url"));
        let url = url.ok_or("it doesn't have granted_sso_start_url")?;
        let sso_region = profile.get("granted_sso_region").or_else(|| of_session("sso_region"));
        let sso_region = sso_region.ok_or("it doesn't have granted_sso_region")?;
        let sso_region: Region =
            sso_region.parse().map_err(|_| format!("its granted_sso_region {sso_region:?} isn't a region"))?;
        let account: AccountId =
            account.parse().map_err(|_| format!("its account {account:?} doesn't have 12 digits"))?;
        let partition = Partition::of_region(&sso_region);
        let arn =
            permission_set(partition, &account, name).ok_or_else(|| format!("its role {name:?} isn't a role name"))?;
        let identity = self.found.identity(&portal_name(url), portal(url, sso_region, None), files.origin(profile));
        let mut declared = role(arn, &identity);
        (declared.profile, declared.region) = (Some(written), region);
        self.found.roles.push(FoundRole { role: declared, is_listed: true, origin: files.origin(profile) });
        Ok(())
    }

    /// A profile whose key `granted credentials add` put into Granted's keyring.
    fn read_user(&mut self, profile: &AwsProfile, files: &AwsFiles) -> Result<(), String> {
        if profile.get("role_arn").is_some() {
            return Err("it assumes a role with a key that only Granted can read".to_owned());
        }
        let written = names::profile(&profile.name).ok_or("Daypass can't write a profile of this name")?;
        let mfa_serial = profile.get("mfa_serial").map(str::to_owned);
        let settings = IdentitySettings::IamUser(IamUserSettings { mfa_serial, ..IamUserSettings::default() });
        let name = names::identity(&profile.name, "user");
        let identity = self.found.another_identity(&name, settings, files.origin(profile));
        let why = "Granted encrypts the key in its own keyring. To show it, run granted credentials export-plaintext";
        if let Some(added) = self.found.identities.last_mut() {
            let ask = |field| FoundSecret { field, secret: Secret::Ask { why: why.to_owned() } };
            added.secrets.extend(["access_key_id", "secret_access_key"].map(ask));
        }
        let region = profile.get("region").and_then(|region| region.parse().ok());
        let origin = files.origin(profile);
        let (profile, terms) = (written, Terms::default());
        self.found.users.push(FoundUser { identity, profile, region, target: None, terms, origin });
        Ok(())
    }
}

/// The settings, and their file. Granted takes keys in any case.
struct Table<'a>(&'a Path, Value);

impl Table<'_> {
    fn get(&self, key: &str) -> &Value {
        get(&self.1, key)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.get(key).as_str().filter(|text| !text.is_empty())
    }

    fn is_empty(&self, key: &str) -> bool {
        match self.get(key) {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            _ => false,
        }
    }

    fn remark(&self, what: impl Into<String>, why: &str) -> Remark {
        Remark::new(what, why, Origin::file(self.0))
    }
}

fn get<'a>(table: &'a Value, key: &str) -> &'a Value {
    let exact = table.get(key);
    let any_case =
        || table.as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value);
    exact.or_else(any_case).unwrap_or(&Value::Null)
}
