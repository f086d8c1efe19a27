//! Roles: declared, removed, and looked up by name.

use super::catalog;
use super::door::Broker;
use super::profiles::AskedBefore;
use super::shared::is_shared;
use crate::naming::{Names, Reach, find_known};
use daypass_core::names::ProfileName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{AskWhen, Config, DeclaredRole, HandOut};
use daypass_core::view::{RoleSource, RoleView, SessionView};
use daypass_deliver::generated;
use daypass_sts::ExchangeError;

impl Broker {
    /// Declares a role, or changes its declaration.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; `role-exists` when it must be new and is declared; terms that AWS would refuse; when
    /// `config.toml` cannot be written.
    pub fn put_role(&self, role: &DeclaredRole, ask: Option<AskWhen>, new: bool) -> Result<(), Problem> {
        self.write_role(role, ask, &[], new)
    }

    /// The same from a form, which says all of what it says of handing out credentials: what is absent is removed.
    ///
    /// # Errors
    ///
    /// As [`Broker::put_role`].
    pub fn put_role_and(&self, role: &DeclaredRole, hand_out: HandOut) -> Result<(), Problem> {
        let HandOut { ask, delivery } = hand_out;
        let gone = [("ask", ask.is_none()), ("delivery", delivery.is_none())];
        let gone: Vec<&str> = gone.into_iter().filter(|(_, is_gone)| *is_gone).map(|(key, _)| key).collect();
        self.write_role(&DeclaredRole { delivery, ..role.clone() }, ask, &gone, false)
    }

    fn write_role(&self, role: &DeclaredRole, ask: Option<AskWhen>, gone: &[&str], new: bool) -> Result<(), Problem> {
        let config = self.0.config.good()?;
        let identity = config.identity(&role.identity)?;
        let is_known = config.roles.iter().any(|known| known.arn == role.arn && known.identity == role.identity);
        // One of the person's own takes the place of a catalog's.
        if new && is_known && config.origins.of_role(&role.identity, &role.arn).is_none() {
            let message = format!("{} is already declared for identity {}", role.arn, role.identity);
            return Err(Problem::new(ProblemKind::Refused, ProblemCode::RoleExists, message)
                .hint("change it in config.toml or in the window, or remove it first. Nothing was changed"));
        }
        if !new && let Some(catalog) = config.origins.of_role(&role.identity, &role.arn) {
            let what = format!("role {} of identity {}", role.arn, role.identity);
            return Err(is_shared(&what, catalog, "to replace it, declare your own role with the same ARN"));
        }
        if let Some(what) = role.asks_for_too_long() {
            return Err(Problem::new(ProblemKind::Invalid, ProblemCode::BadDuration, what)
                .hint("choose a shorter duration. Daypass renews the session before it ends"));
        }
        let order = self.0.services.aws.order(&role.arn, role.region.as_ref(), &role.terms);
        match &role.via {
            Some(via) => order.asked_by(via).check_for_keys(true)?,
            None => daypass_identity::operation(identity, &role.arn).check(&order).map_err(ExchangeError::from)?,
        }
        self.0.config.replace(self.config_file().put_role(role, ask, gone)?);
        self.catalog_changed();
        Ok(())
    }

    /// Removes a role's declaration, which is named by whole names. If its session is running, it continues.
    ///
    /// # Errors
    ///
    /// `unknown-role`; `role-discovered` for one that is not declared; when `config.toml` cannot be written.
    pub fn remove_role(&self, role: &str) -> Result<(), Problem> {
        let (role, _) = self.role_as_before(role, Reach::Whole)?;
        if let Some(catalog) = &role.catalog {
            let what = format!("role {} of identity {}", role.arn, role.identity);
            return Err(is_shared(&what, catalog, "to replace it, declare your own role with the same ARN"));
        }
        let (from, hint) = match role.source {
            RoleSource::Declared => return self.undeclare(&role),
            RoleSource::Discovered => ("the sign-in of", "it disappears when the identity provider stops listing it"),
            RoleSource::Session => ("a running session of", "stop the session to remove it from the list"),
        };
        let message = format!("role {} comes from {from} {}, not from config.toml", role.arn, role.identity);
        Err(Problem::new(ProblemKind::Refused, ProblemCode::RoleDiscovered, message).hint(hint))
    }

    fn undeclare(&self, role: &RoleView) -> Result<(), Problem> {
        self.0.config.replace(self.config_file().remove_role(&role.arn, &role.identity)?);
        self.forget_profiles(|_, before| before.is_of(role));
        self.catalog_changed();
        Ok(())
    }

    /// The role that a text means: an ARN, a profile, or the names of account and role or a part of them.
    ///
    /// # Errors
    ///
    /// `unknown-role`, `ambiguous-role`; for a role that isn't declared, a vault that doesn't open.
    pub fn role(&self, text: &str) -> Result<RoleView, Problem> {
        self.role_as_before(text, Reach::Part).map(|(role, _)| role)
    }

    /// As [`Broker::role`]. For a profile that has or had a session of the role, what the person asked for then.
    pub(super) fn role_as_before(&self, text: &str, reach: Reach) -> Result<(RoleView, Option<AskedBefore>), Problem> {
        let config = self.0.config.good()?;
        let (running, vault_problem) = match self.0.sessions.list() {
            Ok(running) => (running, None),
            Err(problem) => (Vec::new(), Some(problem)),
        };
        let roles = self.roles_with(&config, &running);
        let profile = text.parse::<ProfileName>().ok();
        let before = profile.as_ref().and_then(|profile| self.asked_before(profile));
        let found = find_known(&roles.iter().collect::<Vec<_>>(), &running, text).cloned();
        let role = match (found, &before) {
            (Ok(role), _) => role,
            (Err(problem), Some(before)) if before.decides(problem.code) => match before.role_in(&config, &roles) {
                Some(role) => role,
                None => return Err(problem),
            },
            (Err(problem), _) if problem.code == ProblemCode::UnknownRole => {
                if let Some(role) = profile.as_ref().and_then(|profile| self.generated_for(profile)) {
                    return self.role_as_before(&role, Reach::Known).map(|(role, before)| {
                        let profile = profile.unwrap_or_else(|| role.profile.clone());
                        (RoleView { profile, ..role }, before)
                    });
                }
                self.named_role(&config, roles, &running, text, reach).map_err(|problem| match problem.code {
                    // The roles that sign-ins list are in the vault.
                    ProblemCode::UnknownRole => {
                        vault_problem.unwrap_or_else(|| self.or_not_signed_in(&config, problem))
                    }
                    _ => problem,
                })?
            }
            (Err(problem), _) => return Err(problem),
        };
        let before = before.filter(|before| before.is_of(&role));
        let profile = before.as_ref().and(profile).unwrap_or_else(|| role.profile.clone());
        Ok((RoleView { profile, ..role }, before))
    }

    /// The role of a generated profile, as `IDENTITY:ARN`.
    fn generated_for(&self, profile: &ProfileName) -> Option<String> {
        let places = &self.0.surroundings.places;
        // Whether the file can be read is reported elsewhere.
        let role = generated::role_of(profile, &places.aws_config_file, &places.vault_file).ok()?;
        role.filter(|role| role != profile.as_str())
    }

    /// The role whose names a text has.
    fn named_role(
        &self,
        config: &Config,
        mut roles: Vec<RoleView>,
        running: &[SessionView],
        text: &str,
        reach: Reach,
    ) -> Result<RoleView, Problem> {
        self.label(&mut roles);
        let names = Names { roles: &roles, running, written: &config.accounts };
        names.find(text, reach).cloned()
    }

    /// The catalog, and the roles of sessions that it doesn't list: a sign-out ends no session.
    pub(super) fn roles_with(&self, config: &Config, running: &[SessionView]) -> Vec<RoleView> {
        let mut roles = self.roles(config);
        catalog::add_running(&mut roles, running);
        roles
    }

    pub(super) fn roles(&self, config: &Config) -> Vec<RoleView> {
        let mut roles =
            catalog::roles(config, |name, settings| self.0.identities.make(settings, self.context(name)).roles());
        self.name_profiles(&mut roles);
        roles
    }
}
