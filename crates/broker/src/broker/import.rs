//! Carries out an import: first the vault, then `config.toml`, then the AWS files, so that no key leaves a file before
//! the vault has it.

use std::collections::HashMap;

use daypass_core::digest;
use daypass_core::import::ImportOutcome;
use daypass_core::names::{IdentityName, Target};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::secret::TypedSecrets;
use daypass_core::settings::{DeclaredRole, IdentitySettings};
use daypass_core::view::{IdentityState, SignInWay};
use daypass_deliver::generated::Adopted;
use daypass_identity::iam_user;
use daypass_import::{FoundSecret, Held, MergedIdentity, Secret};
use secrecy::ExposeSecret;

use super::door::Broker;
use super::import_plan::role_of;
use crate::import::{ConfigRecord, ImportRecord, Parts, PlannedImport, TypedForImport};

impl Broker {
    /// Carries out the plan. What can't be done is reported in [`ImportOutcome::left`]; the rest is done.
    ///
    /// # Errors
    ///
    /// A vault that doesn't open; a file that can't be written. What was done before stays, a second import continues,
    /// and [`Broker::undo_import`] takes it back.
    pub async fn import(&self, planned: PlannedImport, typed: &TypedForImport) -> Result<ImportOutcome, Problem> {
        let mut outcome = ImportOutcome::default();
        if planned.plan.is_done && typed.is_empty() {
            return Ok(outcome);
        }
        // What leads back is kept there, so it must open first.
        let mut record = ImportRecord::new(self.0.surroundings.clock.now());
        self.keep_record(&record)?;
        self.store_secrets(&planned, typed, &mut outcome)?;
        let owners = self.owners(&planned, &mut outcome).await;
        let has_worked = |identity: &IdentityName| owners.contains_key(identity);
        let staying = self.staying(&planned.merged, &planned.asked, has_worked)?;
        let (mut parts, _) = self.parts(&planned.merged, &planned.asked, &staying, |user| {
            let target = user.target.as_ref().or_else(|| owners.get(&user.identity))?;
            Some(format!("{}:{target}", user.identity))
        });
        let of_users = self.roles_of_users(&planned, &owners, &parts);
        parts.roles.extend(of_users);
        if let Err(problem) = self.write_config(&planned, &parts, &mut record, &mut outcome) {
            for identity in planned.merged.identities.iter().filter(|identity| !identity.is_there) {
                // The first problem counts.
                drop(self.context(&identity.name).clear());
            }
            return Err(problem);
        }
        for file in self.adopted(&planned.merged, &planned.asked, &parts, has_worked)? {
            self.write_aws_file(&file, &mut record, &mut outcome)?;
        }
        outcome.profiles = parts.profiles.iter().map(|profile| profile.name.clone()).collect();
        outcome.sign_in = self.to_sign_in(&planned);
        Ok(outcome)
    }

    fn keep_record(&self, record: &ImportRecord) -> Result<(), Problem> {
        self.0.vault.update(|entries| {
            record.write(entries);
            Ok::<_, Problem>(())
        })
    }

    /// Puts secrets into the vault: those that were read, and those that were typed.
    fn store_secrets(
        &self,
        planned: &PlannedImport,
        typed: &TypedForImport,
        outcome: &mut ImportOutcome,
    ) -> Result<(), Problem> {
        for identity in &planned.merged.identities {
            let secrets = secrets_of(identity, planned, typed, outcome);
            if secrets.is_empty() {
                continue;
            }
            if let Err(problem) = iam_user::check_typed(&identity.settings, &secrets) {
                outcome.left.push(about(&identity.name, &problem));
                continue;
            }
            let fields = daypass_identity::secrets(&identity.settings);
            self.context(&identity.name).sending(&fields).put_secrets(&secrets)?;
        }
        Ok(())
    }

    /// Whose keys those of users are. AWS is asked, so a key that doesn't work is found before it leaves its file.
    async fn owners(&self, planned: &PlannedImport, outcome: &mut ImportOutcome) -> HashMap<IdentityName, Target> {
        let mut owners = HashMap::new();
        if planned.asked.keep_profiles {
            return owners;
        }
        for identity in &planned.merged.identities {
            let has_profile = planned.merged.users.iter().any(|user| user.identity == identity.name);
            let IdentitySettings::IamUser(settings) = &identity.settings else { continue };
            let context = self.context(&identity.name);
            let matters = if identity.in_files.is_empty() { has_profile } else { planned.asked.move_keys };
            if !matters || !context.has_secret(KEY_ID) {
                continue;
            }
            match iam_user::IamUserIdentity::new(settings.clone(), context).owner().await {
                Ok(target) => drop(owners.insert(identity.name.clone(), target)),
                Err(problem) => {
                    let message = format!("the profiles of {} stay as they are: {}", identity.name, problem.message);
                    outcome.left.push(Problem { message, ..problem });
                }
            }
        }
        owners
    }

    /// The declarations that give users' profiles their names.
    fn roles_of_users(
        &self,
        planned: &PlannedImport,
        owners: &HashMap<IdentityName, Target>,
        parts: &Parts,
    ) -> Vec<DeclaredRole> {
        let config = self.config();
        let is_written = |name| parts.profiles.iter().any(|profile| &profile.name == name);
        let users = planned.merged.users.iter().filter(|user| is_written(&user.profile.name));
        let roles = users.filter_map(|user| {
            let target = user.target.as_ref().or_else(|| owners.get(&user.identity))?;
            Some(role_of(user, target))
        });
        let is_new = |role: &DeclaredRole| {
            config.roles.iter().all(|known| known.arn != role.arn || known.identity != role.identity)
        };
        roles.filter(is_new).collect()
    }

    fn write_config(
        &self,
        planned: &PlannedImport,
        parts: &Parts,
        record: &mut ImportRecord,
        outcome: &mut ImportOutcome,
    ) -> Result<(), Problem> {
        let merged = &planned.merged;
        let new = merged.identities.iter().filter(|identity| !identity.is_there);
        let identities: Vec<_> = new.map(|identity| (identity.name.clone(), identity.settings.clone())).collect();
        if identities.is_empty() && parts.roles.is_empty() && merged.accounts.is_empty() {
            return Ok(());
        }
        let file = self.config_file();
        if file.path().exists() {
            let backup = durable_file::backup(file.path()).map_err(aws_files::Error::from)?;
            outcome.backups.push(backup.display().to_string());
        }
        let changed = file.add_all(&identities, &parts.roles, &merged.accounts)?;
        let is_its = |role: &&DeclaredRole| identities.iter().all(|(name, _)| *name != role.identity);
        record.config = Some(ConfigRecord {
            file: file.path().to_owned(),
            before: changed.before().map(str::to_owned),
            after: digest::full(changed.after().as_bytes()),
            roles: parts.roles.iter().filter(is_its).map(|role| (role.identity.clone(), role.arn.clone())).collect(),
            accounts: merged.accounts.keys().cloned().collect(),
            identities,
        });
        let kept = self.keep_record(record);
        if let (Err(problem), Some(config)) = (&kept, &record.config) {
            file.take_back(config.before.as_deref(), |now| digest::full(now) == config.after)?;
            return Err(problem.clone());
        }
        self.0.config.replace(changed.config);
        self.catalog_changed();
        let new = record.config.iter().flat_map(|config| &config.identities);
        outcome.identities = new.map(|(name, _)| name.clone()).collect();
        outcome.roles = parts.roles.len();
        Ok(())
    }

    fn write_aws_file(
        &self,
        file: &Adopted,
        record: &mut ImportRecord,
        outcome: &mut ImportOutcome,
    ) -> Result<(), Problem> {
        // A copy would hold the keys that leave the file. They are in the vault.
        if file.path.exists() && !file.takes_keys_out()? {
            let backup = durable_file::backup(&file.path).map_err(aws_files::Error::from)?;
            outcome.backups.push(backup.display().to_string());
        }
        let before = record.files.len();
        file.carry_out(|change| {
            // Again if another program changes the file meanwhile.
            record.files.truncate(before);
            record.files.push(change);
            self.keep_record(record)
        })
    }

    /// The identities that the person has to sign in to.
    fn to_sign_in(&self, planned: &PlannedImport) -> Vec<IdentityName> {
        // Without its key there is nothing to sign in with.
        let is_ready = |identity: &&MergedIdentity| match identity.settings {
            IdentitySettings::IamUser(_) => self.context(&identity.name).has_secret(KEY_ID),
            _ => true,
        };
        let waits = |identity: &&MergedIdentity| self.waits_for_person(identity) && is_ready(identity);
        planned.merged.identities.iter().filter(waits).map(|identity| identity.name.clone()).collect()
    }

    /// Whether the person may have to sign in after an import.
    #[must_use]
    pub fn import_signs_in(&self, planned: &PlannedImport) -> bool {
        planned.merged.identities.iter().any(|identity| self.waits_for_person(identity))
    }

    fn waits_for_person(&self, identity: &MergedIdentity) -> bool {
        let made = self.0.identities.make(&identity.settings, self.context(&identity.name));
        let state = made.standing().map_or(IdentityState::SignedOut, |standing| standing.state);
        let needs_person = made.way() != SignInWay::None && made.signed_in_by().is_none();
        needs_person && !matches!(state, IdentityState::SignedIn)
    }
}

const KEY_ID: &str = "access_key_id";

/// The secrets of an identity that are at hand.
fn secrets_of(
    identity: &MergedIdentity,
    planned: &PlannedImport,
    typed: &TypedForImport,
    outcome: &mut ImportOutcome,
) -> TypedSecrets {
    let mut secrets = TypedSecrets::none();
    for FoundSecret { field, secret } in &identity.secrets {
        let own = typed.secrets.get(&identity.name).and_then(|typed| typed.get(field));
        let value = match secret {
            _ if own.is_some() => own.map(|value| value.expose_secret().into()),
            Secret::Held(Held { value, .. }) => Some(value.expose_secret().into()),
            Secret::Sealed(sealed) => typed.passphrases.get(sealed.tool.id()).and_then(|passphrase| {
                match daypass_import::unseal(sealed, field, passphrase, &planned.machine) {
                    Ok(value) => Some(value),
                    Err(why) => {
                        let message = format!("{}: {why}", planned.machine.shown(&sealed.file));
                        outcome.left.push(about(&identity.name, &not_opened(message)));
                        None
                    }
                }
            }),
            Secret::Ask { .. } => None,
        };
        if let Some(value) = value {
            secrets = secrets.and(field, value);
        }
    }
    secrets
}

fn not_opened(message: String) -> Problem {
    Problem::new(ProblemKind::Refused, ProblemCode::PassphraseWrong, message)
        .hint("import again with the right passphrase")
}

fn about(identity: &IdentityName, problem: &Problem) -> Problem {
    Problem { message: format!("{identity} has no secret from the import: {}", problem.message), ..problem.clone() }
}
