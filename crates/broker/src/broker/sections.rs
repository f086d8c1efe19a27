//! The sections of the AWS config file that point tools to sessions delivered by `credential_process`.
//!
//! They name the `daypass` command, so a broker writes them only where it knows the command's path: in the desktop app,
//! and for the sessions that an agent starts by itself. A command writes those of its own shell.

use std::path::{Path, PathBuf};

use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_core::session_request::Delivery;
use daypass_core::view::SessionView;
use daypass_deliver::generated::{GeneratedProfile, GeneratedProfiles};

use super::door::Broker;
use crate::generated::ProfilePlan;

impl Broker {
    /// Has this broker write sections that name this command. The first one counts.
    pub fn use_command(&self, path: impl Fn() -> Result<PathBuf, Problem> + Send + Sync + 'static) {
        let _ = self.0.command.set(Box::new(path));
    }

    /// Gives a session's profiles the sections that they need, and removes those of profiles that it lost.
    /// `before` is the session before a change; without it, it has just started.
    ///
    /// # Errors
    ///
    /// As [`ProfilePlan::sync`]; the error of `command`, where there is something to write.
    pub fn plan_sections(
        &self,
        before: Option<&SessionView>,
        after: &SessionView,
        command: impl FnOnce() -> Result<PathBuf, Problem>,
    ) -> Result<(ProfilePlan, GeneratedProfiles), Problem> {
        let generated = GeneratedProfiles::of(&self.0.surroundings);
        let needs_command = match after.delivery {
            Delivery::CredentialsFile => false,
            Delivery::Process => true,
        };
        let command = if needs_command { command()? } else { PathBuf::new() };
        let output = self.good_config()?.profiles.output;
        let plan = ProfilePlan::of_session(before, after, &generated, &command, output)?;
        Ok((plan, generated))
    }

    /// Whether profiles that are to be delivered like this can have the sections that they need.
    ///
    /// # Errors
    ///
    /// `foreign-profile` where another tool, or another Daypass, wrote one of that name.
    pub fn check_sections(&self, profiles: &[ProfileName], delivery: Delivery) -> Result<(), Problem> {
        match delivery {
            Delivery::Process if self.0.command.get().is_some() => {}
            Delivery::CredentialsFile | Delivery::Process => return Ok(()),
        }
        sections_admit(&GeneratedProfiles::of(&self.0.surroundings), profiles)
    }

    /// Carries out [`Broker::plan_sections`], if this broker writes sections.
    pub(super) fn follow_sections(&self, before: Option<&SessionView>, after: &SessionView) -> Result<(), Problem> {
        let Some(command) = self.0.command.get() else { return Ok(()) };
        let (mut plan, generated) = self.plan_sections(before, after, command)?;
        if !plan.is_empty() {
            plan.carry_out(&generated)?;
        }
        match plan.left_out.first() {
            None => Ok(()),
            Some(left) => Err(left.problem.clone()),
        }
    }
}

/// Whether sections of these names can be written.
///
/// # Errors
///
/// As [`Broker::check_sections`].
pub fn sections_admit(generated: &GeneratedProfiles, profiles: &[ProfileName]) -> Result<(), Problem> {
    // What they would say makes no difference to whose they are.
    let section =
        |name: &ProfileName| GeneratedProfile::new(Path::new("daypass"), name.clone(), String::new(), None, None);
    let sections = profiles.iter().map(section).collect::<Result<Vec<_>, _>>()?;
    let refusals = generated.refusals(&sections.iter().collect::<Vec<_>>())?;
    let refused = profiles.iter().find_map(|profile| refusals.get(profile.as_str()));
    match refused {
        None => Ok(()),
        Some(problem) => {
            Err(problem.clone().hint("choose another name, or rename that section of the AWS config file"))
        }
    }
}
