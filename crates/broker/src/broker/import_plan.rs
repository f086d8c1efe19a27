//! Plans an import: what was found, what already exists, and what changes in which file.

use aws_files::FileKind;
use daypass_core::import::{ImportBackup, ImportFile, ImportPlan};
use daypass_core::names::{IdentityName, ProfileName, Region, Target};
use daypass_core::problem::Problem;
use daypass_core::settings::{Chains, Config, DeclaredRole, IdentitySettings};
use daypass_deliver::generated::{Adopted, Adopting, GeneratedProfile, profiles_with_keys, repeated_profiles};
use daypass_import::{Machine, Merged, MergedUser, Origin, Remark, Secret, Stored, Tool};
use daypass_sts::ExchangeError;
use secrecy::{ExposeSecret, SecretString};

use super::bounds::admits_settings;
use super::door::Broker;
use crate::import::{ImportAsked, Parts, PlannedImport, Staying, diff, remark, view};

/// Whose credentials a user's profile has is known once AWS was asked. Until then it is shown so.
const UNKNOWN_USER: &str = "(the user of its key)";

impl Broker {
    /// Plans to import what other tools have on a machine. Changes nothing.
    ///
    /// # Errors
    ///
    /// A mistake in `config.toml`; an AWS file that can't be read.
    pub fn plan_import(&self, machine: Machine, asked: ImportAsked) -> Result<PlannedImport, Problem> {
        let config = self.0.config.good()?;
        let tools = Tool::ALL.iter().filter(|tool| asked.tools.is_empty() || asked.tools.contains(tool));
        let found = tools.filter_map(|tool| daypass_import::read(*tool, &machine)).collect();
        let mut merged = Merged::of(found, &config, self);
        self.leave_out(&mut merged, &config);
        let mut plan = view(&merged, &machine, |identity| match &identity.settings {
            // The vault has nothing of it yet.
            IdentitySettings::IamUser(_) if !identity.is_there => {
                identity.key_id().unwrap_or("an access key").to_owned()
            }
            settings => self.0.identities.make(settings, self.context(&identity.name)).provider(),
        });
        let staying = self.staying(&merged, &asked, |_| true)?;
        plan.keys.retain(|key| !staying.repeated.contains(&key.profile));
        let (parts, problems) = self.parts(&merged, &asked, &staying, |user| {
            let arn = user.target.as_ref().map_or_else(|| UNKNOWN_USER.to_owned(), ToString::to_string);
            will_have_secrets(user, &merged, asked.types_secrets).then(|| format!("{}:{arn}", user.identity))
        });
        plan.remarks.extend(problems.iter().map(|it| remark(it, &machine)));
        let adopted = self.adopted(&merged, &asked, &parts, |_| true)?;
        self.show_files(&mut plan, &merged, &adopted, &machine)?;
        plan.is_done = is_done(&plan, &merged);
        Ok(PlannedImport { plan, machine, asked, merged })
    }

    /// Leaves out what `config.toml` can't have, and says why.
    fn leave_out(&self, merged: &mut Merged, config: &Config) {
        let mut gone = Vec::<IdentityName>::new();
        for identity in merged.identities.iter().filter(|identity| !identity.is_there) {
            let made = self.0.identities.make(&identity.settings, self.context(&identity.name));
            let checked = daypass_identity::check(&identity.settings)
                .and_then(|()| admits_settings(&self.0.policy, config, &identity.settings))
                .and_then(|()| made.ready());
            if let Err(problem) = checked {
                gone.push(identity.name.clone());
                merged.remarks.push(Remark {
                    advice: problem.hint.clone(),
                    ..Remark::new(format!("{} isn't imported", identity.name), problem.message, identity.origin.clone())
                });
            }
        }
        merged.identities.retain(|identity| !gone.contains(&identity.name));
        merged.users.retain(|user| !gone.contains(&user.identity));
        merged.roles.retain(|role| !gone.contains(&role.role.identity));
        let settings = |name: &IdentityName| {
            let found = merged.identities.iter().find(|identity| identity.name == *name);
            found.map(|identity| &identity.settings).or_else(|| config.identities.get(name))
        };
        let new = merged.roles.iter().filter(|role| !role.is_there).map(|role| role.role.clone());
        let all: Vec<DeclaredRole> = config.roles.iter().cloned().chain(new).collect();
        let mut chains = Chains::of(&all);
        let (mut wrong, mut remarks) = (Vec::new(), Vec::new());
        for role in merged.roles.iter().filter(|role| !role.is_there) {
            if let Err(why) = self.can_declare(&role.role, settings(&role.role.identity), &mut chains) {
                let what = format!("{} isn't imported", role.role.arn);
                remarks.push(Remark::new(what, why, role.origin.clone()));
                wrong.push((role.role.identity.clone(), role.role.arn.clone()));
            }
        }
        merged.remarks.extend(remarks);
        merged.roles.retain(|role| {
            !wrong.iter().any(|(identity, arn)| role.role.identity == *identity && role.role.arn == *arn)
        });
    }

    fn can_declare<'a>(
        &self,
        role: &'a DeclaredRole,
        settings: Option<&IdentitySettings>,
        chains: &mut Chains<'a>,
    ) -> Result<(), String> {
        if let Some(mistake) = role.mistakes().into_iter().next() {
            return Err(mistake.what);
        }
        // Its length is bounded where chains are read.
        if chains.is_loop(role) {
            return Err("its chain forms a loop".to_owned());
        }
        let order = self.0.services.aws.order(&role.arn, role.region.as_ref(), &role.terms);
        let checked = match (&role.via, settings) {
            (Some(via), _) => order.asked_by(via).check_for_keys(true),
            (None, Some(settings)) => {
                daypass_identity::operation(settings, &role.arn).check(&order).map_err(ExchangeError::from)
            }
            (None, None) => Ok(()),
        };
        checked.map_err(|error| Problem::from(error).message)
    }

    /// The profiles that can't ask Daypass.
    pub(super) fn staying(
        &self,
        merged: &Merged,
        asked: &ImportAsked,
        is_safe: impl Fn(&IdentityName) -> bool,
    ) -> Result<Staying, Problem> {
        let places = &self.0.surroundings.places;
        let (mut with_keys, repeated) = (profiles_with_keys(places)?, repeated_profiles(places)?);
        let leaving = merged.identities.iter().filter(|identity| asked.move_keys && is_safe(&identity.name));
        for (_, profile) in leaving.flat_map(|identity| &identity.in_files) {
            with_keys.remove(profile);
        }
        Ok(Staying { with_keys, repeated })
    }

    /// The roles to declare and the profiles to write. `role_of` says which role a user's profile stands for.
    pub(super) fn parts(
        &self,
        merged: &Merged,
        asked: &ImportAsked,
        staying: &Staying,
        role_of: impl Fn(&MergedUser) -> Option<String>,
    ) -> (Parts, Vec<Remark>) {
        let mut parts = Parts { roles: Vec::new(), profiles: Vec::new() };
        let mut remarks = Vec::new();
        let mut add = |name: &ProfileName, role: String, region: Option<&Region>, origin: &Origin| {
            if staying.repeated.contains(name.as_str()) {
                let what = format!("profile {name} stays as it is");
                let why = "the file has several sections with this name, and tools differ in which one they use";
                let advice = "merge them into one section, then import again";
                return remarks.push(Remark::new(what, why, origin.clone()).advice(advice));
            }
            if staying.with_keys.contains(name.as_str()) {
                return;
            }
            let profile = GeneratedProfile::new(&asked.command, name.clone(), role, region, None);
            match profile {
                Ok(profile) => parts.profiles.push(profile),
                Err(problem) => {
                    let what = format!("profile {name} can't be written");
                    remarks.push(Remark::new(what, problem.message, origin.clone()));
                }
            }
        };
        if !asked.keep_profiles {
            for role in &merged.roles {
                let id = format!("{}:{}", role.role.identity, role.role.arn);
                for profile in &role.profiles {
                    add(&profile.name, id.clone(), profile.region.as_ref(), &role.origin);
                }
            }
            for user in &merged.users {
                if let Some(role) = role_of(user) {
                    add(&user.profile.name, role, user.profile.region.as_ref(), &user.origin);
                }
            }
        }
        parts.roles = merged.roles.iter().filter(|role| !role.is_there).map(|role| role.role.clone()).collect();
        (parts, remarks)
    }

    /// What changes in the AWS files. A key may leave its file if it `is_safe`: it is in the vault, and works.
    pub(super) fn adopted(
        &self,
        merged: &Merged,
        asked: &ImportAsked,
        parts: &Parts,
        is_safe: impl Fn(&IdentityName) -> bool,
    ) -> Result<Vec<Adopted>, Problem> {
        // A profile whose keys go must ask Daypass instead.
        let asks = |name: &ProfileName| parts.profiles.iter().any(|profile| &profile.name == name);
        let identities = merged.identities.iter().filter(|identity| asked.move_keys && is_safe(&identity.name));
        let names = identities.flat_map(|identity| &identity.in_files).filter_map(|(_, profile)| profile.parse().ok());
        let keys = names.filter(asks).collect();
        Adopting { profiles: parts.profiles.iter().collect(), keys }.in_files(&self.0.surroundings.places)
    }

    fn show_files(
        &self,
        plan: &mut ImportPlan,
        merged: &Merged,
        adopted: &[Adopted],
        machine: &Machine,
    ) -> Result<(), Problem> {
        let config_file = self.config_file().path();
        let is_new = merged.identities.iter().any(|identity| !identity.is_there)
            || merged.roles.iter().any(|role| !role.is_there)
            || !merged.accounts.is_empty();
        if is_new {
            let backup = if config_file.exists() { ImportBackup::Copy } else { ImportBackup::None };
            plan.files.push(ImportFile { path: machine.shown(config_file), profiles: Vec::new(), backup });
        }
        for file in adopted {
            let (before, after) = file.preview()?;
            let kind = if file.is_config() { FileKind::Config } else { FileKind::Credentials };
            let backup = match () {
                () if file.takes_keys_out()? => ImportBackup::Vault,
                () if file.path.exists() => ImportBackup::Copy,
                () => ImportBackup::None,
            };
            let profiles = diff(&before, &after, kind);
            plan.files.push(ImportFile { path: machine.shown(&file.path), profiles, backup });
        }
        Ok(())
    }
}

/// Whether the identity of a user's profile has its secrets, or gets them from a file or the person.
fn will_have_secrets(user: &MergedUser, merged: &Merged, types_secrets: bool) -> bool {
    let identity = merged.identities.iter().find(|identity| identity.name == user.identity);
    let mut secrets = identity.into_iter().flat_map(|identity| &identity.secrets);
    identity.is_some()
        && secrets.all(|secret| match secret.secret {
            Secret::Held(_) | Secret::Sealed(_) => true,
            Secret::Ask { .. } => types_secrets,
        })
}

/// Whether nothing is new. Secrets that only the person has don't count: they may type them at any time.
fn is_done(plan: &ImportPlan, merged: &Merged) -> bool {
    let has_secret =
        merged.identities.iter().flat_map(|identity| &identity.secrets).any(|secret| match secret.secret {
            Secret::Held(_) => true,
            Secret::Sealed(_) | Secret::Ask { .. } => false,
        });
    plan.files.is_empty() && !has_secret
}

impl Stored for Broker {
    fn secret(&self, identity: &IdentityName, field: &str) -> Option<SecretString> {
        let secret = self.context(identity).secret(field).ok().flatten()?;
        Some(secret.expose_secret().into())
    }
}

/// The role of a user's profile, once it is known whose credentials it has.
pub(super) fn role_of(user: &MergedUser, target: &Target) -> DeclaredRole {
    DeclaredRole {
        arn: target.clone(),
        identity: user.identity.clone(),
        via: None,
        profile: Some(user.profile.name.clone()),
        region: user.profile.region.clone(),
        delivery: None,
        terms: user.terms.clone(),
    }
}
