//! What a sync of profiles does, before it is done.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use daypass_core::names::ProfileName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::Delivery;
use daypass_core::settings::{Config, OutputFormat};
use daypass_core::view::{RoleView, SessionView, Snapshot};
use daypass_deliver::generated::{Difference, FoundProfile, GeneratedProfile, GeneratedProfiles};
use serde::Serialize;

use super::left_out::LeftOut;
use super::pattern::NamePattern;
use super::wanted::{Catalog, Scope, Style, wanted};

/// What a sync changes in the AWS config file, and what it leaves as it is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfilePlan {
    /// The AWS config file.
    pub file: String,
    /// Profiles that are new.
    pub added: Vec<Added>,
    /// Profiles that change.
    pub changed: Vec<Changed>,
    /// Profiles that go.
    pub removed: Vec<Removed>,
    /// Profiles that stay although their roles aren't listed now.
    pub kept: Vec<Kept>,
    /// Roles that get no profile, or another one than they have.
    pub left_out: Vec<LeftOut>,
    /// How many are as they are to be.
    pub unchanged: usize,
    #[serde(skip)]
    puts: Vec<GeneratedProfile>,
    #[serde(skip)]
    wanted: Vec<ProfileName>,
}

/// A profile that is new.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Added {
    /// Its name.
    pub name: ProfileName,
    /// Its role, as `IDENTITY:ARN`.
    pub role_id: String,
    /// Its region.
    pub region: Option<String>,
}

/// A profile that changes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// Its name.
    pub name: ProfileName,
    /// Its role, as `IDENTITY:ARN`.
    pub role_id: String,
    /// Its lines that change.
    pub lines: Vec<Difference>,
}

/// A profile that goes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    /// Its name.
    pub name: ProfileName,
    /// Its role, as `IDENTITY:ARN`.
    pub role_id: String,
    /// The name that replaces it. `None` if the role left the catalog.
    pub renamed: Option<ProfileName>,
}

/// A profile that stays because it isn't known whether its role is still there.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// Its name.
    pub name: ProfileName,
    /// Its role, as `IDENTITY:ARN`.
    pub role_id: String,
    /// The identity whose roles aren't all listed now.
    pub identity: String,
}

impl ProfilePlan {
    /// What makes the generated profiles those of the catalog, within the scope.
    ///
    /// # Errors
    ///
    /// When the AWS config file can't be read; `bad-value` for a path of the command that can't be written.
    pub fn sync(
        snapshot: &Snapshot,
        config: &Config,
        generated: &GeneratedProfiles,
        command: &Path,
        scope: &Scope,
        style: &Style,
    ) -> Result<Self, Problem> {
        let catalog = Catalog::of(snapshot);
        let (roles, mut left_out) = wanted(snapshot, &catalog, config, scope, style);
        scope.must_mean_something(&catalog)?;
        let profile = |(name, role): (ProfileName, &RoleView)| {
            GeneratedProfile::new(command, name, role.id.clone(), role.region.as_ref(), style.output)
        };
        let profiles = roles.into_iter().map(profile).collect::<Result<Vec<_>, _>>()?;
        let refusals = generated.refusals(&profiles.iter().collect::<Vec<_>>())?;
        let found = generated.found()?;
        let (wanted, refused) = can_be_written(profiles, &refusals, &found, |role_id| {
            let is_undecided = left_out.iter().any(|left| left.role_ids.iter().any(|id| id == role_id));
            scope.has(&catalog, role_id) && !is_undecided && catalog.knows(role_id)
        });
        left_out.extend(refused);
        let found: Vec<FoundProfile> = found.into_iter().filter(|found| scope.has(&catalog, &found.role)).collect();
        let mut plan = Self { left_out, ..Self::empty(generated) };
        plan.leave_or_remove(&found, &wanted, &catalog);
        plan.put(&found, wanted);
        Ok(plan)
    }

    /// What removes generated profiles by their names, or all of them.
    ///
    /// # Errors
    ///
    /// `unknown-profile` for a name that none has; when the AWS config file can't be read.
    pub fn removal(generated: &GeneratedProfiles, names: &[NamePattern]) -> Result<Self, Problem> {
        let found = generated.found()?;
        if let Some(unknown) = names.iter().find(|name| !found.iter().any(|found| name.matches(found.name.as_str()))) {
            let message = format!("Daypass generated no profile {unknown} in {}", generated.path().display());
            return Err(Problem::new(ProblemKind::NotFound, ProblemCode::UnknownProfile, message)
                .hint("list those that it generated with `daypass profiles list`"));
        }
        let is_meant =
            |found: &FoundProfile| names.is_empty() || names.iter().any(|name| name.matches(found.name.as_str()));
        let removed = found.into_iter().filter(is_meant);
        let removed = removed.map(|found| Removed { name: found.name, role_id: found.role, renamed: None });
        Ok(Self { removed: removed.collect(), ..Self::empty(generated) })
    }

    /// What gives the profiles of a session the sections that they need, and leaves all others alone. `before` is the
    /// session before it changed: what it had by `credential_process` and has no more goes. One that never had a section,
    /// because only one program uses it, gets none for its region alone.
    ///
    /// # Errors
    ///
    /// As [`ProfilePlan::sync`].
    pub fn of_session(
        before: Option<&SessionView>,
        after: &SessionView,
        generated: &GeneratedProfiles,
        command: &Path,
        output: Option<OutputFormat>,
    ) -> Result<Self, Problem> {
        let found = generated.found()?;
        let of_before = |name: &ProfileName| before.is_some_and(|before| before.profiles().any(|own| own == name));
        let has_section = |name: &ProfileName| found.iter().any(|it| it.name == *name && it.role == after.role_id);
        let had_process = before.is_some_and(|before| is_by_process(before.delivery));
        let needs = |name: &&ProfileName| !had_process || !of_before(name) || has_section(name);
        let has_process = is_by_process(after.delivery);
        let profile = |name: &ProfileName| {
            GeneratedProfile::new(command, name.clone(), after.role_id.clone(), after.region.as_ref(), output)
        };
        let profiles = after.profiles().filter(|_| has_process).filter(needs).map(profile);
        let profiles = profiles.collect::<Result<Vec<_>, _>>()?;
        let goes = |name: &&ProfileName| !has_process || after.profiles().all(|kept| kept != *name);
        let gone = before.into_iter().filter(|_| had_process).flat_map(SessionView::profiles);
        let gone = gone.filter(goes).filter(|name| has_section(name)).map(|name| Removed {
            name: name.clone(),
            role_id: after.role_id.clone(),
            renamed: None,
        });
        let removed = gone.collect();
        let refusals = generated.refusals(&profiles.iter().collect::<Vec<_>>())?;
        // The person named them, so a generated profile of another role gives way.
        let (wanted, left_out) = can_be_written(profiles, &refusals, &found, |_| true);
        let mut plan = Self { left_out, removed, ..Self::empty(generated) };
        plan.put(&found, wanted);
        Ok(plan)
    }

    fn empty(generated: &GeneratedProfiles) -> Self {
        Self {
            file: generated.path().display().to_string(),
            added: Vec::new(),
            changed: Vec::new(),
            removed: Vec::new(),
            kept: Vec::new(),
            left_out: Vec::new(),
            unchanged: 0,
            puts: Vec::new(),
            wanted: Vec::new(),
        }
    }

    /// Decides about the profiles whose names aren't wanted any more.
    fn leave_or_remove(&mut self, found: &[FoundProfile], wanted: &[GeneratedProfile], catalog: &Catalog<'_>) {
        let names: HashSet<&ProfileName> = wanted.iter().map(|profile| &profile.name).collect();
        let name_of: HashMap<&str, &ProfileName> =
            wanted.iter().map(|profile| (profile.role.as_str(), &profile.name)).collect();
        // A profile stays as long as it isn't decided which one its role has.
        let undecided: HashSet<&str> =
            self.left_out.iter().flat_map(|left| &left.role_ids).map(String::as_str).collect();
        let taken: HashSet<&str> = self.left_out.iter().filter_map(|left| left.name.as_deref()).collect();
        let (mut removed, mut kept) = (Vec::new(), Vec::new());
        for found in found.iter().filter(|found| !names.contains(&found.name)) {
            let (name, role_id) = (found.name.clone(), found.role.clone());
            if undecided.contains(role_id.as_str()) || taken.contains(name.as_str()) {
                continue;
            }
            let identity = role_id.split_once(':').map_or("", |(identity, _)| identity).to_owned();
            match name_of.get(role_id.as_str()) {
                Some(renamed) => removed.push(Removed { name, role_id, renamed: Some((*renamed).clone()) }),
                None if catalog.knows(&role_id) => removed.push(Removed { name, role_id, renamed: None }),
                None => kept.push(Kept { name, role_id, identity }),
            }
        }
        (self.removed, self.kept) = (removed, kept);
    }

    fn put(&mut self, found: &[FoundProfile], wanted: Vec<GeneratedProfile>) {
        let found: HashMap<&ProfileName, &FoundProfile> = found.iter().map(|found| (&found.name, found)).collect();
        for profile in wanted {
            let (name, role_id) = (profile.name.clone(), profile.role.clone());
            self.wanted.push(name.clone());
            match found.get(&profile.name).map(|found| found.differences(&profile)) {
                None => self.added.push(Added { name, role_id, region: profile.region().map(str::to_owned) }),
                Some(lines) if lines.is_empty() => {
                    self.unchanged += 1;
                    continue;
                }
                Some(lines) => self.changed.push(Changed { name, role_id, lines }),
            }
            self.puts.push(profile);
        }
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.puts.is_empty() && self.removed.is_empty()
    }

    /// Does it, and adds to [`ProfilePlan::left_out`] what others wrote in the meantime.
    ///
    /// # Errors
    ///
    /// When a file can't be read or written. Nothing is changed then.
    pub fn carry_out(&mut self, generated: &GeneratedProfiles) -> Result<(), Problem> {
        let removals: Vec<&ProfileName> = self.removed.iter().map(|removed| &removed.name).collect();
        let refused_now = generated.apply(&self.puts.iter().collect::<Vec<_>>(), &removals)?;
        for profile in &self.puts {
            if let Some(problem) = refused_now.get(profile.name.as_str()) {
                self.left_out.push(LeftOut::refused(profile, problem.clone()));
            }
        }
        Ok(())
    }

    /// The profiles that the file has for the roles in scope, unless they were left out.
    pub fn wanted(&self) -> impl Iterator<Item = &ProfileName> {
        self.wanted.iter()
    }
}

fn is_by_process(delivery: Delivery) -> bool {
    match delivery {
        Delivery::Process => true,
        Delivery::CredentialsFile => false,
    }
}

/// Takes out the profiles whose names are another tool's, or another role's that doesn't give way.
fn can_be_written(
    profiles: Vec<GeneratedProfile>,
    refusals: &HashMap<String, Problem>,
    found: &[FoundProfile],
    gives_way: impl Fn(&str) -> bool,
) -> (Vec<GeneratedProfile>, Vec<LeftOut>) {
    let found: HashMap<&ProfileName, &FoundProfile> = found.iter().map(|found| (&found.name, found)).collect();
    let (mut wanted, mut left_out) = (Vec::with_capacity(profiles.len()), Vec::new());
    for profile in profiles {
        let holder = found.get(&profile.name).filter(|holder| holder.role != profile.role && !gives_way(&holder.role));
        match (refusals.get(profile.name.as_str()), holder) {
            (None, None) => wanted.push(profile),
            (Some(problem), _) => left_out.push(LeftOut::refused(&profile, problem.clone())),
            (None, Some(holder)) => left_out.push(LeftOut::taken(&profile, holder)),
        }
    }
    (wanted, left_out)
}
