//! Combines what all tools have: each identity, role and profile once, under unused names.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use daypass_core::names::{AccountId, IdentityName, ProfileName, Region, Target};
use daypass_core::settings::{AccountSettings, Config, DeclaredRole, IdentitySettings};
use daypass_core::terms::Terms;
use secrecy::{ExposeSecret, SecretString};

use crate::found::{
    Found, FoundAccount, FoundIdentity, FoundRole, FoundSecret, FoundUser, Held, Origin, Remark, Secret, TakeOut, Tool,
};
use crate::names;
use crate::same::{Known, key_of};

/// What becomes of everything that was found.
#[derive(Debug, Default)]
pub struct Merged {
    /// The tools that say something, with their files.
    pub files: Vec<(Tool, Vec<PathBuf>)>,
    /// Identities, those that Daypass has already included.
    pub identities: Vec<MergedIdentity>,
    /// Roles, those that Daypass has already included.
    pub roles: Vec<MergedRole>,
    /// Profiles that stand for an identity itself.
    pub users: Vec<MergedUser>,
    /// What is said of accounts, without what `config.toml` says already.
    pub accounts: BTreeMap<AccountId, AccountSettings>,
    /// What can't be kept.
    pub remarks: Vec<Remark>,
}

/// An identity.
#[derive(Debug)]
pub struct MergedIdentity {
    /// The name that it has or gets.
    pub name: IdentityName,
    /// Its settings.
    pub settings: IdentitySettings,
    /// Its secrets that the vault doesn't have.
    pub secrets: Vec<FoundSecret>,
    /// Which tools have it.
    pub tools: Vec<Tool>,
    /// Where it stands first.
    pub origin: Origin,
    /// Whether `config.toml` has it already.
    pub is_there: bool,
    /// The AWS files, and the profiles in them, that have its access key in the clear.
    pub in_files: Vec<(PathBuf, String)>,
}

/// A role.
#[derive(Debug)]
pub struct MergedRole {
    /// What `config.toml` is to say.
    pub role: DeclaredRole,
    /// The AWS profiles by which the person used it: the role's own first.
    pub profiles: Vec<NamedProfile>,
    /// Whether `config.toml` says it already, or needn't because the identity lists the role.
    pub is_there: bool,
    /// Which tool has it.
    pub tool: Tool,
    /// Where it stands.
    pub origin: Origin,
}

/// An AWS profile by which a role was used.
#[derive(Debug, Clone)]
pub struct NamedProfile {
    /// Its name.
    pub name: ProfileName,
    /// Its region.
    pub region: Option<Region>,
}

/// A profile that stands for an identity itself.
#[derive(Debug)]
pub struct MergedUser {
    /// The identity's name.
    pub identity: IdentityName,
    /// The profile.
    pub profile: NamedProfile,
    /// Whose credentials they are, if that is known.
    pub target: Option<Target>,
    /// What was asked for.
    pub terms: Terms,
    /// Which tool has it.
    pub tool: Tool,
    /// Where it stands.
    pub origin: Origin,
}

/// What Daypass has in its vault.
pub trait Stored {
    /// A secret of an identity.
    fn secret(&self, identity: &IdentityName, field: &str) -> Option<SecretString>;
}

impl Merged {
    /// What becomes of it, beside what Daypass has already. Of two tools that say the same, the first counts.
    #[must_use]
    pub fn of(all: Vec<Found>, config: &Config, stored: &dyn Stored) -> Self {
        let mut merging = Merging::beside(config, stored);
        for found in all {
            merging.take(found);
        }
        merging.finish()
    }
}

struct Merging<'a> {
    config: &'a Config,
    stored: &'a dyn Stored,
    merged: Merged,
    taken: BTreeSet<IdentityName>,
    known: Vec<(Known, IdentityName)>,
    /// Which role or identity has a profile.
    profiles: BTreeMap<ProfileName, (IdentityName, Option<Target>)>,
}

impl<'a> Merging<'a> {
    fn beside(config: &'a Config, stored: &'a dyn Stored) -> Self {
        let known = config.identities.iter().map(|(name, settings)| {
            let key_id = stored.secret(name, KEY_ID);
            (key_of(name, settings, key_id.as_ref().map(ExposeSecret::expose_secret)), name.clone())
        });
        let profiles = config
            .roles
            .iter()
            .filter_map(|role| Some((role.profile.clone()?, (role.identity.clone(), Some(role.arn.clone())))));
        Self {
            config,
            stored,
            merged: Merged::default(),
            taken: config.identities.keys().cloned().collect(),
            known: known.collect(),
            profiles: profiles.collect(),
        }
    }

    fn take(&mut self, found: Found) {
        let Found { tool, files, identities, roles, users, accounts, remarks } = found;
        self.merged.files.push((tool, files));
        let mut renamed = HashMap::new();
        for identity in identities {
            let before = identity.name.clone();
            renamed.insert(before, self.identity(tool, identity));
        }
        self.merged.remarks.extend(remarks);
        for role in roles {
            if let Some(identity) = renamed.get(&role.role.identity) {
                self.role(tool, identity.clone(), role);
            }
        }
        for user in users {
            if let Some(identity) = renamed.get(&user.identity) {
                self.user(tool, identity.clone(), user);
            }
        }
        for FoundAccount { id, settings, .. } in accounts {
            self.account(id, settings);
        }
    }

    /// The name that an identity has or gets.
    fn identity(&mut self, tool: Tool, found: FoundIdentity) -> IdentityName {
        let FoundIdentity { name, settings, secrets, origin } = found;
        let in_files = in_files(&secrets);
        let key_id = secrets.iter().find(|secret| secret.field == KEY_ID).and_then(held);
        let key = key_of(&name, &settings, key_id.map(ExposeSecret::expose_secret));
        let same = self.known.iter().find(|(known, _)| known.is_same(&key)).map(|(_, name)| name.clone());
        let Some(same) = same else {
            let free = names::unique(&name, &self.taken);
            self.taken.insert(free.clone());
            self.known.push((key, free.clone()));
            let (name, tools, is_there) = (free.clone(), vec![tool], false);
            self.merged.identities.push(MergedIdentity { name, settings, secrets, tools, origin, is_there, in_files });
            return free;
        };
        if let Some(merged) = self.merged.identities.iter_mut().find(|merged| merged.name == same) {
            merged.also(tool, &settings, secrets);
            merged.in_files.extend(in_files);
            return same;
        }
        // The vault may have lost a secret that the tool still has.
        let lacks = |secret: &FoundSecret| self.stored.secret(&same, secret.field).is_none();
        let secrets = secrets.into_iter().filter(lacks).collect();
        let settings = self.config.identities.get(&same).cloned().unwrap_or(settings);
        let (name, tools, is_there) = (same.clone(), vec![tool], true);
        self.merged.identities.push(MergedIdentity { name, settings, secrets, tools, origin, is_there, in_files });
        same
    }

    fn role(&mut self, tool: Tool, identity: IdentityName, found: FoundRole) {
        let FoundRole { role, is_listed, origin } = found;
        let mut role = DeclaredRole { identity, ..role };
        let region = role.region.clone();
        let profile = role.profile.take().map(|name| NamedProfile { name, region });
        let profile = profile.filter(|profile| self.may_have(&profile.name, &role.identity, Some(&role.arn), &origin));
        let is_it = |other: &DeclaredRole| other.arn == role.arn && other.identity == role.identity;
        if let Some(merged) = self.merged.roles.iter_mut().find(|merged| is_it(&merged.role)) {
            if merged.role.terms != role.terms || merged.role.via != role.via {
                let what = format!("{} is declared once, as in {}", role.arn, shown(&merged.origin));
                let why = "it appears twice with different terms, and Daypass has one declaration for each role";
                self.merged.remarks.push(Remark::new(what, why, origin));
            }
            merged.profiles.extend(profile);
            return;
        }
        let declared = self.config.roles.iter().find(|other| is_it(other));
        let says_more = profile.is_some() || role.terms != Terms::default() || role.via.is_some();
        let is_there = declared.is_some() || (is_listed && !says_more);
        role.profile = profile.as_ref().map(|profile| profile.name.clone());
        let profiles = profile.into_iter().collect();
        self.merged.roles.push(MergedRole { role, profiles, is_there, tool, origin });
    }

    fn user(&mut self, tool: Tool, identity: IdentityName, found: FoundUser) {
        let FoundUser { profile: name, region, target, terms, origin, .. } = found;
        if self.may_have(&name, &identity, target.as_ref(), &origin) {
            let profile = NamedProfile { name, region };
            self.merged.users.push(MergedUser { identity, profile, target, terms, tool, origin });
        }
    }

    /// Whether nothing else has the profile. Tells if something has.
    fn may_have(
        &mut self,
        profile: &ProfileName,
        identity: &IdentityName,
        target: Option<&Target>,
        origin: &Origin,
    ) -> bool {
        match self.profiles.get(profile) {
            None => {
                self.profiles.insert(profile.clone(), (identity.clone(), target.cloned()));
                true
            }
            // Whose own credentials they are may not be known here.
            Some((other, of)) if other == identity && (of.as_ref() == target || target.is_none()) => true,
            Some((other, of)) => {
                let whose = of.as_ref().map_or_else(|| other.to_string(), |of| format!("{other}:{of}"));
                let what = format!("profile {profile} stays with {whose}");
                let why = format!("{identity} would have the same profile");
                self.merged.remarks.push(Remark::new(what, why, origin.clone()));
                false
            }
        }
    }

    fn account(&mut self, id: AccountId, found: AccountSettings) {
        let known = self.config.accounts.get(&id);
        let merged = self.merged.accounts.remove(&id).unwrap_or_default();
        let AccountSettings { name, alias, colour, production, region, delivery, folder, ask } = found;
        let is_free = |alias: &daypass_core::names::AccountAlias| {
            let others = self.config.accounts.iter().chain(&self.merged.accounts);
            others.filter(|(other, _)| **other != id).all(|(_, settings)| settings.alias.as_ref() != Some(alias))
        };
        let new = AccountSettings {
            name: merged.name.or(name.filter(|_| known.is_none_or(|known| known.name.is_none()))),
            alias: merged.alias.or(alias.filter(is_free).filter(|_| known.is_none_or(|known| known.alias.is_none()))),
            colour: merged.colour.or(colour.filter(|_| known.is_none_or(|known| known.colour.is_none()))),
            production: merged.production || (production && known.is_none_or(|known| !known.production)),
            region: merged.region.or(region.filter(|_| known.is_none_or(|known| known.region.is_none()))),
            delivery: merged.delivery.or(delivery.filter(|_| known.is_none_or(|known| known.delivery.is_none()))),
            folder: merged.folder.or(folder.filter(|_| known.is_none_or(|known| known.folder.is_none()))),
            ask: merged.ask.or(ask.filter(|_| known.is_none_or(|known| known.ask.is_none()))),
        };
        if new != AccountSettings::default() {
            self.merged.accounts.insert(id, new);
        }
    }

    fn finish(self) -> Merged {
        let Self { mut merged, profiles, .. } = self;
        let is_explained = |name: &String| name.parse::<ProfileName>().is_ok_and(|name| profiles.contains_key(&name));
        merged.remarks.retain(|remark| !remark.unless_found.as_ref().is_some_and(is_explained));
        merged
    }
}

impl MergedIdentity {
    /// The id of its access key, if a file told it.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        let key = self.secrets.iter().find(|secret| secret.field == KEY_ID);
        key.and_then(held).map(ExposeSecret::expose_secret)
    }

    /// Another tool has it too: what the first one doesn't know comes from there.
    fn also(&mut self, tool: Tool, settings: &IdentitySettings, secrets: Vec<FoundSecret>) {
        if !self.tools.contains(&tool) {
            self.tools.push(tool);
        }
        if let (IdentitySettings::IamUser(mine), IdentitySettings::IamUser(theirs)) = (&mut self.settings, settings)
            && !self.is_there
        {
            mine.mfa_serial = mine.mfa_serial.take().or_else(|| theirs.mfa_serial.clone());
        }
        for secret in secrets {
            match self.secrets.iter_mut().find(|known| known.field == secret.field) {
                Some(known) if held(known).is_none() && held(&secret).is_some() => *known = secret,
                Some(_) => {}
                None if self.is_there => {}
                None => self.secrets.push(secret),
            }
        }
    }
}

const KEY_ID: &str = "access_key_id";

fn held(secret: &FoundSecret) -> Option<&SecretString> {
    match &secret.secret {
        Secret::Held(held) => Some(&held.value),
        Secret::Sealed(_) | Secret::Ask { .. } => None,
    }
}

/// The files and profiles that have an access key in the clear.
fn in_files(secrets: &[FoundSecret]) -> Vec<(PathBuf, String)> {
    let keys = secrets.iter().filter(|secret| secret.field == KEY_ID);
    let places = keys.filter_map(|secret| match &secret.secret {
        Secret::Held(Held { origin, take_out: TakeOut::AwsFile { profile }, .. }) => {
            Some((origin.file.clone(), profile.clone()))
        }
        Secret::Held(_) | Secret::Sealed(_) | Secret::Ask { .. } => None,
    });
    places.collect()
}

fn shown(origin: &Origin) -> String {
    origin.section.clone().unwrap_or_else(|| origin.file.display().to_string())
}
