//! Asks the policy of the machine, for what isn't an exchange.

use super::bounds::admits_identity;
use super::door::Broker;
use daypass_core::names::IdentityName;
use daypass_core::policy::{PolicyDelivery, PolicyView};
use daypass_core::problem::Problem;
use daypass_core::session_request::Delivery;

impl Broker {
    /// What the policy limits, if this machine has one.
    #[must_use]
    pub fn policy_view(&self) -> Option<PolicyView> {
        self.0.policy.view()
    }

    /// What the policy says of a setting, for those who read it.
    pub(super) fn limits_setting(&self, name: &str) -> Option<String> {
        let policy = self.policy_view()?;
        let what = match name {
            "delivery" => {
                let words: Vec<&str> = policy.deliveries?.iter().map(|it| it.word()).collect();
                format!("only {}", words.join(", "))
            }
            "console.duration" => format!("{} at most", policy.longest_session?),
            _ => return None,
        };
        Some(format!("{what}, set by your organization ({})", policy.file))
    }

    /// Whether the policy lets credentials reach programs in this way.
    ///
    /// # Errors
    ///
    /// `not-allowed-by-policy`; a policy that can't be used.
    pub(super) fn admits_delivery(&self, delivery: PolicyDelivery) -> Result<(), Problem> {
        self.0.policy.policy()?.admits_delivery(delivery).map_err(|what| self.0.policy.forbids(&what))
    }

    /// Whether the policy lets people sign in with an identity.
    ///
    /// # Errors
    ///
    /// `not-allowed-by-policy`; a policy that can't be used.
    pub(super) fn admits_identity(&self, name: &IdentityName) -> Result<(), Problem> {
        admits_identity(&self.0.policy, &self.config(), name)
    }

    /// The delivery of a session for which the person chose none.
    pub(super) fn usual_delivery(&self, configured: Delivery) -> Delivery {
        let is_out = |delivery| self.admits_delivery(delivery).is_err();
        match configured {
            Delivery::CredentialsFile if is_out(PolicyDelivery::File) && !is_out(PolicyDelivery::Process) => {
                Delivery::Process
            }
            configured => configured,
        }
    }
}
