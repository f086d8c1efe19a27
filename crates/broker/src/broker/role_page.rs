//! What the window shows about a role besides its session.

use daypass_core::problem::Problem;
use daypass_core::role_page::{ChainStep, ConsoleService, console_services};

use super::door::Broker;

impl Broker {
    /// The services that the console of a role has.
    ///
    /// # Errors
    ///
    /// As [`Broker::role`].
    pub fn console_services(&self, role: &str) -> Result<Vec<ConsoleService>, Problem> {
        Ok(console_services(self.role(role)?.arn.partition()))
    }

    /// The roles from the identity to this one, which comes last, and until when each works.
    ///
    /// # Errors
    ///
    /// As [`Broker::role`]; a vault that doesn't open.
    pub fn chain_of(&self, role: &str) -> Result<Vec<ChainStep>, Problem> {
        let role = self.role(role)?;
        let running = self.0.sessions.list()?;
        let session = running.iter().find(|session| session.role_id == role.id);
        let via = session.map_or(&role.via, |session| &session.via);
        let mut steps: Vec<ChainStep> = via
            .iter()
            .map(|arn| ChainStep { arn: arn.clone(), expires_here: self.0.exchange.link_expires(&role.identity, arn) })
            .collect();
        steps.push(ChainStep { arn: role.arn, expires_here: session.and_then(|session| session.expires_here) });
        Ok(steps)
    }
}
