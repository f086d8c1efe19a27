//! In which browser the pages of a role and the sign-ins of an identity open.

use super::door::Broker;
use crate::requests::{ConsoleAddress, ConsoleSignInPage};
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::profile_template::NameParts;
use daypass_core::settings::{ConfigSource as _, ConsoleLevel, ConsoleSettings, OpenIn};
use daypass_core::surroundings::Places;
use daypass_core::view::RoleView;
use daypass_identity::browser::{self, Page, Way};

/// Opens the console where it belongs, and returns when the browser has come. For the process that the person looks at:
/// an agent opens nothing.
///
/// # Errors
///
/// Those of [`browser::open_and_wait`].
pub async fn open_console(console: &ConsoleAddress, places: &Places) -> Result<(), Problem> {
    let way = Way { open: &console.open, places };
    match &console.page {
        ConsoleSignInPage::Url(url) => browser::open_and_wait(&Page::Address(url.expose()), way).await,
        ConsoleSignInPage::Assertion { action, response, relay_state, .. } => {
            let fields = [("SAMLResponse", response.expose()), ("RelayState", relay_state.as_str())];
            browser::open_and_wait(&Page::Form { action, fields: &fields }, way).await
        }
    }
}

impl Broker {
    /// Where pages of the console open as a role, with what comes before the settings this time.
    ///
    /// # Errors
    ///
    /// `config-mistake` for what doesn't go together.
    pub fn opens_in(&self, role: &RoleView, first: &ConsoleSettings) -> Result<OpenIn, Problem> {
        if let Some((_, what)) = first.mistake() {
            return Err(Problem::new(ProblemKind::Invalid, ProblemCode::ConfigMistake, what));
        }
        let settings = first.over(&self.0.config.current().console.of_role(&role.identity, &role.arn));
        let parts = NameParts {
            id: role.account.as_str(),
            account: role.account_name.as_deref(),
            alias: role.account_alias.as_ref().map(|alias| alias.as_str()),
            role: &role.name,
            identity: role.identity.as_str(),
        };
        Ok(settings.for_role(&role.identity, &parts, role.account_colour))
    }

    /// Where sign-ins of an identity open.
    #[must_use]
    pub fn signs_in_in(&self, identity: &IdentityName) -> OpenIn {
        self.0.config.current().console.of_identity(identity).for_sign_in(identity)
    }

    /// The level whose settings decide about a role, if any do.
    #[must_use]
    pub fn browser_decided_at(&self, role: &RoleView) -> Option<ConsoleLevel> {
        self.0.config.current().console.decided_at(&role.identity, &role.arn)
    }

    /// Says at one level where pages open. Settings that say nothing of that take it back.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; `unknown-role` for a role that isn't declared; `config-mistake` for what doesn't go together;
    /// when `config.toml` can't be written.
    pub fn put_browser(&self, level: &ConsoleLevel, open: &ConsoleSettings) -> Result<(), Problem> {
        if let ConsoleLevel::Identity(name) = level {
            self.0.config.good()?.identity(name)?;
        }
        self.0.config.replace(self.config_file().put_browser(level, open)?);
        Ok(())
    }
}
