//! aws-sso-cli: its `config.yaml`, and the profiles that it wrote into the AWS config file.
//!
//! Sources: <https://synfinatic.github.io/aws-sso-cli/latest/config/>, and the packages `internal/config`,
//! `internal/sso/config` and `cmd/aws-sso` of <https://github.com/synfinatic/aws-sso-cli>.

mod profile_format;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use aws_files::split_process_line;
use daypass_core::names::{IdentityName, Partition, Region, Target};
use daypass_core::settings::{AccountSettings, DeclaredRole};

use crate::parts::{account_id, option, permission_set, portal, portal_name, role};
use crate::profiles::{AwsFiles, AwsProfile, Process};
use crate::yaml::Yaml;
use crate::{Found, FoundAccount, FoundRole, Machine, Origin, Remark, Tool, names};

/// What aws-sso-cli calls an instance unless the person does.
const USUAL_NAME: &str = "Default";

/// What the settings say, and what is in the AWS config file.
pub(crate) fn read(machine: &Machine) -> Option<Found> {
    let path = config_file(machine);
    let mut found = Found::new(Tool::AwsSsoCli);
    match machine.read(&path) {
        Ok(None) => {}
        Ok(Some(file)) => {
            found.files.push(path.clone());
            match Yaml::read(&file.text) {
                Ok(yaml) => Reader::new(&yaml, &path, &mut found).read(machine),
                Err(unreadable) => {
                    let what = format!("{} isn't read", machine.shown(&path));
                    found.remarks.push(Remark::new(what, unreadable.why, Origin::line(&path, unreadable.line)));
                }
            }
        }
        Err(remark) => found.remarks.push(remark),
    }
    (!found.files.is_empty() || !found.remarks.is_empty()).then_some(found)
}

/// As aws-sso-cli looks for it: `~/.aws-sso`, where older versions had it, comes first if it exists.
fn config_file(machine: &Machine) -> PathBuf {
    if let Some(file) = machine.named_file(Tool::AwsSsoCli, "config.yaml") {
        return file;
    }
    if let Some(named) = machine.variable("AWS_SSO_CONFIG") {
        return machine.resolve(named);
    }
    let old = machine.home().join(".aws-sso");
    let folder = if old.is_dir() { old } else { machine.config_home().join("aws-sso") };
    folder.join("config.yaml")
}

/// One of the person's portals.
struct Instance {
    identity: IdentityName,
    partition: Partition,
}

struct Reader<'a> {
    yaml: &'a Yaml,
    path: &'a Path,
    found: &'a mut Found,
    /// By the names of the settings, in the file's order.
    instances: Vec<(&'a str, Instance)>,
    /// Where the roles that are assumed by others are, by account and name: those aren't permission sets.
    chained: HashMap<(String, String), Target>,
    tags: usize,
}

impl<'a> Reader<'a> {
    fn new(yaml: &'a Yaml, path: &'a Path, found: &'a mut Found) -> Self {
        Self { yaml, path, found, instances: Vec::new(), chained: HashMap::new(), tags: 0 }
    }

    fn read(mut self, machine: &Machine) {
        let instances = self.yaml.get("SSOConfig").entries();
        if instances.is_empty() {
            let what = format!("{} isn't read", machine.shown(self.path));
            self.remark(what, "it doesn't have SSOConfig");
            return;
        }
        for (name, instance) in &instances {
            self.read_instance(name, instance);
        }
        for (name, instance) in &instances {
            self.read_accounts(name, instance);
        }
        self.read_profiles(&AwsFiles::read(machine));
        self.tell_of_settings();
    }

    fn read_instance(&mut self, name: &'a str, instance: &Yaml) {
        let what = || format!("the SSO instance {name:?}");
        let Some(start_url) = instance.get("StartUrl").text() else {
            return self.remark(what(), "it doesn't have a StartUrl");
        };
        let Some(region) = instance.get("SSORegion").text().and_then(|region| region.parse::<Region>().ok()) else {
            return self.remark(what(), "its SSORegion isn't a region");
        };
        let partition = Partition::of_region(&region);
        let default_region = region_of(instance).or_else(|| region_of(self.yaml));
        let proposed = if name == USUAL_NAME { portal_name(start_url) } else { names::identity(name, "sso") };
        let origin = self.origin(name);
        let identity = self.found.identity(&proposed, portal(start_url, region, default_region), origin);
        self.instances.push((name, Instance { identity, partition }));
    }

    fn read_accounts(&mut self, name: &str, instance: &Yaml) {
        let Some((identity, partition)) = self.instance(name).map(|known| (known.identity.clone(), known.partition))
        else {
            return;
        };
        for (id, account) in instance.get("Accounts").entries() {
            let Some(id) = account_id(id) else {
                self.remark(format!("the account {id:?} of {name:?}"), "an account ID has 12 digits");
                continue;
            };
            let origin = self.origin(id.as_str());
            let tags = account.get("Tags");
            self.tags += tags.entries().iter().filter(|(key, _)| *key != "Color").count();
            let settings = AccountSettings {
                name: account.get("Name").text().and_then(|name| name.parse().ok()),
                colour: tags.get("Color").text().and_then(|colour| colour.to_lowercase().parse().ok()),
                region: region_of(account),
                ..AccountSettings::default()
            };
            if settings != AccountSettings::default() {
                self.found.accounts.push(FoundAccount { id: id.clone(), settings, origin });
            }
            let roles = account.get("Roles").entries();
            // First those that others may lead through.
            for (role, settings) in &roles {
                if settings.get("Via").text().is_some()
                    && let Ok(arn) = format!("arn:{partition}:iam::{id}:role/{role}").parse()
                {
                    self.chained.insert((id.to_string(), (*role).to_owned()), arn);
                }
            }
            for (name, settings) in roles {
                let arn = self.chained.get(&(id.to_string(), name.to_owned())).cloned();
                let is_listed = arn.is_none();
                let Some(arn) = arn.or_else(|| permission_set(partition, &id, name)) else {
                    self.remark(
                        format!("the role {name:?} of account {id}"),
                        "it contains characters that role names don't allow",
                    );
                    continue;
                };
                self.tags += settings.get("Tags").entries().len();
                let mut declared = role(arn, &identity);
                declared.region = region_of(settings);
                declared.profile = settings.get("Profile").text().and_then(names::profile);
                declared.terms.source_identity = settings.get("SourceIdentity").text().map(str::to_owned);
                if let Some(via) = settings.get("Via").text() {
                    match self.via(via, partition) {
                        Some(target) => declared.via = Some(target),
                        None => {
                            self.remark(
                                format!("the role {name:?} of account {id}"),
                                format!("its Via {via:?} isn't a role"),
                            );
                            continue;
                        }
                    }
                }
                let says_something = declared.region.is_some() || declared.profile.is_some() || !is_listed;
                if says_something {
                    let origin = self.origin(&format!("{id} {name}"));
                    self.found.roles.push(FoundRole { role: declared, is_listed, origin });
                }
            }
        }
    }

    /// The role that another one is assumed through. Unless it is assumed through a role itself, it is a permission
    /// set, whose ARN stands in the settings without its path.
    fn via(&self, arn: &str, partition: Partition) -> Option<Target> {
        let (account, name) = parts_of(arn)?;
        let id = account_id(account)?;
        let chained = self.chained.get(&(id.to_string(), name.to_owned())).cloned();
        chained.or_else(|| permission_set(partition, &id, name))
    }

    /// The profiles of `aws-sso setup profiles`: the names that the person really uses.
    fn read_profiles(&mut self, files: &AwsFiles) {
        let ours = |profile: &&AwsProfile| {
            profile.get("credential_process").is_some_and(|line| Process::of(line) == Process::Of(Tool::AwsSsoCli))
        };
        let mut is_read = false;
        for profile in files.profiles().filter(ours) {
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
        let line = profile.get("credential_process").unwrap_or_default();
        let words = split_process_line(line).unwrap_or_default();
        let instance = option(&words, &["-S", "--sso"]).unwrap_or(USUAL_NAME);
        let only = || self.instances.first().filter(|_| self.instances.len() == 1).map(|(_, instance)| instance);
        let known = self.instance(instance).or_else(only);
        let known = known.ok_or_else(|| format!("the SSO instance {instance:?} isn't in aws-sso-cli's settings"))?;
        let (identity, partition) = (known.identity.clone(), known.partition);
        let arn = option(&words, &["-a", "--arn"]).and_then(parts_of);
        let by_parts = || Some((option(&words, &["-A", "--account"])?, option(&words, &["-R", "--role"])?));
        let (account, name) = arn.or_else(by_parts).ok_or("its command line doesn't name a role")?;
        let id = account_id(account).ok_or_else(|| format!("{account:?} isn't an account"))?;
        let written = names::profile(&profile.name).ok_or("Daypass can't write a profile of this name")?;
        let region = profile.get("region").and_then(|region| region.parse().ok());
        let arn = self.chained.get(&(id.to_string(), name.to_owned())).cloned();
        let is_listed = arn.is_none();
        let arn = arn.or_else(|| permission_set(partition, &id, name)).ok_or("its role's name can't be used")?;
        // What the settings say of the role stands already. A second profile of it counts too.
        let same = |known: &&mut FoundRole| known.role.arn == arn && known.role.identity == identity;
        let declared = match self.found.roles.iter_mut().find(same) {
            Some(known) if known.role.profile.is_none() || known.role.profile.as_ref() == Some(&written) => {
                known.role.profile = Some(written);
                known.role.region = known.role.region.take().or(region);
                return Ok(());
            }
            Some(known) => DeclaredRole { profile: Some(written), region, ..known.role.clone() },
            None => DeclaredRole { profile: Some(written), region, ..role(arn, &identity) },
        };
        self.found.roles.push(FoundRole { role: declared, is_listed, origin: files.origin(profile) });
        Ok(())
    }

    fn tell_of_settings(&mut self) {
        if let Some(format) = self.yaml.get("ProfileFormat").text() {
            let what = format!("the ProfileFormat {format:?}");
            match profile_format::template(format) {
                Some(template) => {
                    let why = "profiles from aws-sso-cli keep their names. Daypass names new ones by its own template";
                    self.advise(what, why, format!("daypass config set profiles.name '{template}'"));
                }
                None => {
                    let why = "Daypass's template doesn't support everything in it";
                    self.advise(what, why, "choose one with daypass config set profiles.name");
                }
            }
        }
        if self.tags > 0 {
            let what = format!("{} of accounts and roles", if self.tags == 1 { "a tag" } else { "tags" });
            self.remark(what, "Daypass doesn't search by tags. It finds roles by account, name and identity");
        }
        if let Some(minutes) = self.yaml.get("ConsoleDuration").text() {
            let advice = format!("daypass config set console.duration {minutes}m");
            self.advise(
                format!("ConsoleDuration {minutes}"),
                "in Daypass, this isn't a setting of an identity",
                advice,
            );
        }
        let opens = ["Browser", "UrlAction", "UrlExecCommand"].iter().find(|key| self.yaml.get(key) != &Yaml::Nothing);
        if let Some(key) = opens.filter(|_| self.yaml.get("UrlAction").text() != Some("open")) {
            let advice = match self.yaml.get("UrlAction").text() {
                Some("granted-containers" | "open-url-in-container") => {
                    "daypass browser use firefox --container '{account}'"
                }
                _ => "choose one with daypass browser use",
            };
            self.advise(*key, "in Daypass, you choose an installed browser, not a command", advice);
        }
        for (key, value) in self.yaml.get("ConfigVariables").entries() {
            let text = value.text().unwrap_or_default();
            if key == "output" {
                let why = "in Daypass, this isn't a setting of an identity";
                self.advise("ConfigVariables: output", why, format!("daypass config set profiles.output {text}"));
            } else {
                self.remark(
                    format!("ConfigVariables: {key}"),
                    "Daypass writes credentials, region and output into profiles",
                );
            }
        }
        if !self.yaml.get("EnvVarTags").items().is_empty() {
            self.remark("EnvVarTags", "Daypass's roles don't have tags to turn into variables");
        }
    }

    fn instance(&self, name: &str) -> Option<&Instance> {
        self.instances.iter().find(|(known, _)| *known == name).map(|(_, instance)| instance)
    }

    fn origin(&self, section: &str) -> Origin {
        Origin::file(self.path).section(section)
    }

    fn remark(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.found.remarks.push(Remark::new(what, why, Origin::file(self.path)));
    }

    fn advise(&mut self, what: impl Into<String>, why: &str, advice: impl Into<String>) {
        self.found.remarks.push(Remark::new(what, why, Origin::file(self.path)).advice(advice));
    }
}

fn region_of(yaml: &Yaml) -> Option<Region> {
    yaml.get("DefaultRegion").text()?.parse().ok()
}

/// Account and name of `arn:aws:iam::ACCOUNT:role/NAME`.
fn parts_of(arn: &str) -> Option<(&str, &str)> {
    let (_, rest) = arn.split_once("iam::")?;
    let (account, name) = rest.split_once(":role/")?;
    Some((account, name.rsplit('/').next()?))
}
