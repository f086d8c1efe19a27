//! Identities, roles and remarks from the profiles of both files.

use std::collections::{BTreeSet, HashMap};

use daypass_core::names::{IdentityName, Region, Target};
use daypass_core::settings::{ConsoleSignInSettings, DeclaredRole, IamUserSettings, IdentitySettings, ProfileSettings};
use secrecy::SecretString;

use super::portal::Portal;
use super::resolve::{Chains, End};
use super::step::{Own, Step, get, step};
use super::terms::terms;
use crate::aws_vault::VaultKeys;
use crate::found::{
    Found, FoundIdentity, FoundRole, FoundSecret, FoundUser, Held, Origin, Remark, Secret, TakeOut, Tool,
};
use crate::machine::Machine;
use crate::names;
use crate::profiles::{AwsFiles, AwsProfile};

/// Where the console's sign-in is used that a profile without a region names.
const USUAL_REGION: &str = "us-east-1";

/// What was found so far.
pub(super) struct Builder<'a> {
    machine: &'a Machine,
    files: &'a AwsFiles,
    keys: &'a VaultKeys,
    found: Found,
    chains: Chains,
    taken: BTreeSet<IdentityName>,
    portals: HashMap<(String, String), IdentityName>,
    owns: HashMap<String, Option<IdentityName>>,
    /// The identities whose keys aws-vault has.
    of_vault: BTreeSet<IdentityName>,
    settings_only: Vec<String>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(machine: &'a Machine, files: &'a AwsFiles, keys: &'a VaultKeys) -> Self {
        let mut found = Found::new(Tool::Aws);
        found.remarks.extend(files.remarks.iter().cloned());
        Self {
            machine,
            files,
            keys,
            found,
            chains: Chains::default(),
            taken: BTreeSet::new(),
            portals: HashMap::new(),
            owns: HashMap::new(),
            of_vault: BTreeSet::new(),
            settings_only: Vec::new(),
        }
    }

    /// The `[sso-session]` sections, whether profiles name them or not.
    pub(super) fn sign_ins(&mut self) {
        let files = self.files;
        for session in files.sessions() {
            let origin =
                Origin::line(&files.config_file, session.line).section(format!("sso-session {}", session.name));
            match Portal::of_session(session) {
                Ok(portal) => drop(self.portal(portal, origin)),
                Err(why) => {
                    let what = format!("[sso-session {}] stays as it is", session.name);
                    self.found.remarks.push(Remark::new(what, why, origin));
                }
            }
        }
    }

    pub(super) fn profile(&mut self, profile: &'a AwsProfile) {
        match step(profile, self.files, self.keys) {
            Step::Daypass => {}
            Step::Settings => self.settings_only.push(profile.name.clone()),
            Step::Broken(why, advice) => {
                // Keys that another tool wrote are explained by what that tool's own files say.
                let remark = self.files.stays(profile, why).of_profile(&profile.name);
                self.found.remarks.push(Remark { advice, ..remark });
            }
            Step::Of(tool) => {
                let why = format!("it asks {}, which has its own settings", tool.name());
                let remark = self.files.stays(profile, why).of_profile(&profile.name);
                self.found.remarks.push(remark);
            }
            Step::Own(own) => {
                if let Some(identity) = self.own(&profile.name, own) {
                    self.profile_of(profile, profile, &identity, own);
                }
            }
            Step::Alias { of } => match self.chains.end(&of, self.files, self.keys) {
                End::Nowhere(why) => self.stays(profile, why),
                End::Own(base, own) => {
                    let Some(identity) = self.own(&base, own) else { return };
                    match self.files.profile(&of).filter(|other| get(other, self.files, "role_arn").is_some()) {
                        Some(other) => self.role(profile, other, &identity),
                        None => self.profile_of(profile, self.files.profile(&of).unwrap_or(profile), &identity, own),
                    }
                }
            },
            Step::Role { .. } => match self.chains.end(&profile.name, self.files, self.keys) {
                End::Nowhere(why) => self.stays(profile, why),
                End::Own(base, own) => match self.own(&base, own) {
                    Some(identity) => self.role(profile, profile, &identity),
                    None => self.stays(profile, format!("its source profile {base:?} can't be kept")),
                },
            },
        }
    }

    /// Keys that aws-vault has for no profile in the files: it runs programs with them all the same.
    fn keys_without_a_profile(&mut self) {
        for name in self.keys.names().filter(|name| self.files.profile(name).is_none()) {
            let Some(identity) = self.own(name, Own::VaultKey) else { continue };
            if let Some(profile) = names::profile(name) {
                let origin = self.keys.origin(name);
                let (region, target, terms) = (None, None, daypass_core::terms::Terms::default());
                self.found.users.push(FoundUser { identity, profile, region, target, terms, origin });
            }
        }
    }

    /// What one of the two tools said.
    pub(super) fn finish(mut self, tool: Tool) -> Found {
        self.keys_without_a_profile();
        self.tell_settings_only();
        let Self { found, files, keys, of_vault, .. } = self;
        let is_meant = |identity: &IdentityName| of_vault.contains(identity) == (tool == Tool::AwsVault);
        let (files, remarks) = match tool {
            Tool::AwsVault => (keys.files().to_vec(), keys.remarks().to_vec()),
            _ => (files.read.clone(), found.remarks),
        };
        Found {
            tool,
            files,
            remarks,
            identities: found.identities.into_iter().filter(|it| is_meant(&it.name)).collect(),
            roles: found.roles.into_iter().filter(|it| is_meant(&it.role.identity)).collect(),
            users: found.users.into_iter().filter(|it| is_meant(&it.identity)).collect(),
            accounts: found.accounts,
        }
    }

    fn tell_settings_only(&mut self) {
        let Some(first) = self.settings_only.first() else { return };
        let origin = self.files.profile(first).map(|profile| self.files.origin(profile));
        let names: Vec<String> = self.settings_only.iter().take(5).map(|name| format!("{name:?}")).collect();
        let more = self.settings_only.len() - names.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let what = format!("{}{more} stay as they are", names.join(", "));
        let origin = origin.unwrap_or_else(|| Origin::file(&self.files.config_file));
        self.found.remarks.push(Remark::new(what, "they have settings but no credentials", origin));
    }

    fn stays(&mut self, profile: &AwsProfile, why: impl Into<String>) {
        let remark = self.files.stays(profile, why);
        self.found.remarks.push(remark);
    }

    /// The identity for a profile's own credentials. `None` if a remark says why it can't have one.
    fn own(&mut self, name: &str, own: Own) -> Option<IdentityName> {
        if let Some(known) = self.owns.get(name) {
            return known.clone();
        }
        let identity = match (own, self.files.profile(name)) {
            (Own::VaultKey, _) => Some(self.vault_key(name)),
            (Own::Portal, Some(profile)) => match Portal::of(profile, self.files) {
                Ok(portal) => Some(self.portal(portal, self.files.origin(profile))),
                Err(why) => {
                    self.stays(profile, why);
                    None
                }
            },
            (Own::Key, Some(profile)) => Some(self.key(profile)),
            (Own::Console, Some(profile)) => {
                let region = region_of(profile, self.files);
                let region = region.or_else(|| USUAL_REGION.parse().ok())?;
                let settings = ConsoleSignInSettings { region, default_region: None };
                Some(self.add(name, IdentitySettings::Console(settings), Vec::new(), self.files.origin(profile)))
            }
            (Own::Works, Some(profile)) => match names::profile(name) {
                Some(named) => {
                    let settings = ProfileSettings { profile: named, region: None, default_region: None };
                    Some(self.add(name, IdentitySettings::Profile(settings), Vec::new(), self.files.origin(profile)))
                }
                None => {
                    self.stays(profile, "Daypass can't write its name");
                    None
                }
            },
            (_, None) => None,
        };
        self.owns.insert(name.to_owned(), identity.clone());
        identity
    }

    fn portal(&mut self, portal: Portal, origin: Origin) -> IdentityName {
        let key = portal.key();
        if let Some(known) = self.portals.get(&key) {
            return known.clone();
        }
        let name = portal.name();
        let identity = self.add(&name, IdentitySettings::IdentityCenter(portal.settings), Vec::new(), origin);
        self.portals.insert(key, identity.clone());
        identity
    }

    fn key(&mut self, profile: &AwsProfile) -> IdentityName {
        let secret = |field: &'static str, key: &str| {
            let value = SecretString::from(profile.get(key).unwrap_or_default());
            let take_out = TakeOut::AwsFile { profile: profile.name.clone() };
            let origin = self.files.origin_of(profile, key);
            FoundSecret { field, secret: Secret::Held(Held { value, origin, take_out }) }
        };
        let secrets =
            vec![secret("access_key_id", "aws_access_key_id"), secret("secret_access_key", "aws_secret_access_key")];
        let settings = IdentitySettings::IamUser(IamUserSettings::default());
        self.add(&profile.name, settings, secrets, self.files.origin_of(profile, "aws_access_key_id"))
    }

    fn vault_key(&mut self, name: &str) -> IdentityName {
        let settings = IdentitySettings::IamUser(IamUserSettings::default());
        let identity = self.add(name, settings, self.keys.secrets(name, self.machine), self.keys.origin(name));
        self.of_vault.insert(identity.clone());
        identity
    }

    fn add(
        &mut self,
        text: &str,
        settings: IdentitySettings,
        secrets: Vec<FoundSecret>,
        origin: Origin,
    ) -> IdentityName {
        let name = names::unique(&names::identity(text, settings.kind()), &self.taken);
        self.taken.insert(name.clone());
        self.found.identities.push(FoundIdentity { name: name.clone(), settings, secrets, origin });
        name
    }

    /// A profile that stands for the own credentials of `of`, which may be itself.
    fn profile_of(&mut self, profile: &AwsProfile, of: &AwsProfile, identity: &IdentityName, own: Own) {
        let Some(name) = names::profile(&profile.name) else {
            return self.stays(profile, "Daypass can't write its name");
        };
        let (region, origin) = (region_of(profile, self.files), self.files.origin(profile));
        match own {
            Own::Portal if of.get("sso_account_id").is_none() && of.get("sso_role_name").is_none() => {
                self.stays(profile, "it names an access portal, but no account or role");
            }
            Own::Portal => match permission_set(of) {
                Ok(arn) => {
                    let region = within(region, &arn);
                    let role = DeclaredRole {
                        arn,
                        identity: identity.clone(),
                        via: None,
                        profile: Some(name),
                        region,
                        delivery: None,
                        terms: daypass_core::terms::Terms::default(),
                    };
                    self.found.roles.push(FoundRole { role, is_listed: true, origin });
                }
                Err(why) => self.stays(profile, why),
            },
            Own::Key | Own::VaultKey => {
                self.serial(of, identity);
                let (terms, remarks) = terms(of, self.files, None);
                self.found.remarks.extend(remarks);
                let identity = identity.clone();
                self.found.users.push(FoundUser { identity, profile: name, region, target: None, terms, origin });
            }
            Own::Console => {
                let (identity, target) = (identity.clone(), of.get("login_session").and_then(principal));
                let terms = daypass_core::terms::Terms::default();
                self.found.users.push(FoundUser { identity, profile: name, region, target, terms, origin });
            }
            // It works as it is.
            Own::Works => {}
        }
    }

    /// A profile that assumes the role of `of`, which may be itself.
    fn role(&mut self, profile: &AwsProfile, of: &AwsProfile, identity: &IdentityName) {
        let arn = get(of, self.files, "role_arn").unwrap_or_default();
        let arn: Target = match arn.parse() {
            Ok(arn @ Target::Role(_)) => arn,
            _ => return self.stays(profile, format!("its role_arn {arn:?} isn't the ARN of a role")),
        };
        let source = get(of, self.files, "source_profile").unwrap_or(&of.name);
        let via = match self.role_of(source, &of.name) {
            Ok(via) => via,
            Err(why) => return self.stays(profile, why),
        };
        let name = names::profile(&profile.name);
        if name.is_none() {
            // Another role may be behind it.
            self.stays(profile, "Daypass can't write its name");
        }
        match via {
            None => self.serial(of, identity),
            Some(_) if get(of, self.files, "mfa_serial").is_some() => {
                let what = format!("the mfa_serial of profile {:?} isn't imported", of.name);
                let why = "it assumes its role from another role's session, and AWS only accepts MFA codes from users";
                self.found.remarks.push(Remark::new(what, why, self.files.origin_of(of, "mfa_serial")));
            }
            Some(_) => {}
        }
        let region = within(region_of(profile, self.files), &arn);
        let mut role = DeclaredRole {
            arn,
            identity: identity.clone(),
            via,
            profile: name,
            region,
            delivery: None,
            terms: daypass_core::terms::Terms::default(),
        };
        let (terms, remarks) = terms(of, self.files, Some(&role));
        self.found.remarks.extend(remarks);
        role.terms = terms;
        let origin = self.files.origin(profile);
        self.found.roles.push(FoundRole { role, is_listed: false, origin });
    }

    /// The role whose session a profile stands for. `None` if it stands for an identity itself.
    fn role_of(&self, name: &str, below: &str) -> Result<Option<Target>, String> {
        let Some(profile) = self.files.profile(name) else { return Ok(None) };
        match step(profile, self.files, self.keys) {
            // Its own keys, or its own portal's session.
            Step::Role { .. } if name == below => match super::step::own(profile, self.keys, None) {
                Step::Own(Own::Portal) => permission_set(profile).map(Some),
                _ => Ok(None),
            },
            Step::Role { .. } => {
                let arn = get(profile, self.files, "role_arn").unwrap_or_default();
                let arn = arn.parse().map_err(|_| format!("the role_arn of its source profile {name:?} isn't an ARN"));
                arn.map(Some)
            }
            Step::Own(Own::Portal) => permission_set(profile).map(Some),
            Step::Own(Own::Console) => Ok(None),
            Step::Alias { of } if of != name && of != below => self.role_of_alias(&of),
            _ => Ok(None),
        }
    }

    /// An alias of an alias isn't followed: aws-vault asks itself only once.
    fn role_of_alias(&self, of: &str) -> Result<Option<Target>, String> {
        let arn = self.files.profile(of).and_then(|profile| get(profile, self.files, "role_arn"));
        arn.map(|arn| arn.parse().map_err(|_| format!("the role_arn of profile {of:?} isn't an ARN"))).transpose()
    }

    /// Gives an IAM user the MFA device that a profile names.
    fn serial(&mut self, profile: &AwsProfile, identity: &IdentityName) {
        let is_of_vault = self.of_vault.contains(identity);
        if profile.get("mfa_process").is_some() {
            let what = format!("the mfa_process of profile {:?} isn't imported", profile.name);
            let remark = Remark::new(
                what,
                "Daypass runs no program for MFA codes",
                self.files.origin_of(profile, "mfa_process"),
            );
            let advice =
                format!("keep the device's secret in the vault: daypass identity secret {identity} totp_secret");
            self.found.remarks.push(remark.advice(advice));
        }
        let own = get(profile, self.files, "mfa_serial");
        // aws-vault takes what a profile doesn't say from [default].
        let default = || self.files.profile("default").filter(|_| is_of_vault)?.get("mfa_serial");
        let Some(serial) = own.or_else(default) else { return };
        let Some(found) = self.found.identities.iter_mut().find(|found| &found.name == identity) else { return };
        let IdentitySettings::IamUser(settings) = &mut found.settings else { return };
        match &settings.mfa_serial {
            None => settings.mfa_serial = Some(serial.to_owned()),
            Some(known) if known == serial => {}
            Some(known) => {
                let what = format!("the mfa_serial of profile {:?} isn't imported", profile.name);
                let why = format!("identity {identity} already has another MFA device: {known}");
                self.found.remarks.push(Remark::new(what, why, self.files.origin_of(profile, "mfa_serial")));
            }
        }
    }
}

/// A permission set, as the role that a profile names.
fn permission_set(profile: &AwsProfile) -> Result<Target, String> {
    let named = |key: &str| profile.get(key).ok_or_else(|| format!("profile {:?} doesn't have {key}", profile.name));
    let (account, role) = (named("sso_account_id")?, named("sso_role_name")?);
    // Another tool may have dropped the zeros at its beginning.
    let account = if account.len() < 12 { format!("{account:0>12}") } else { account.to_owned() };
    let region = profile.get("sso_region").or_else(|| profile.get("region")).and_then(|text| text.parse().ok());
    let partition = region.as_ref().map_or(daypass_core::names::Partition::standard(), |region: &Region| {
        daypass_core::names::Partition::of_region(region)
    });
    let arn = format!("arn:{partition}:iam::{account}:role/aws-reserved/sso.amazonaws.com/{role}");
    arn.parse().map_err(|_| format!("account {account:?} and role {role:?} don't form a role's ARN"))
}

/// Who an `aws login` session is of.
fn principal(arn: &str) -> Option<Target> {
    let assumed = arn.split_once(":assumed-role/").and_then(|(begin, rest)| {
        let name = rest.split('/').next()?;
        Some(format!("{}:role/{name}", begin.replacen(":sts:", ":iam:", 1)))
    });
    assumed.as_deref().unwrap_or(arn).parse().ok()
}

fn region_of(profile: &AwsProfile, files: &AwsFiles) -> Option<Region> {
    get(profile, files, "region")?.parse().ok()
}

/// The region, unless it is in another partition than the role.
fn within(region: Option<Region>, arn: &Target) -> Option<Region> {
    region.filter(|region| daypass_core::settings::misplaced(region, arn).is_none())
}
