//! Applies the machine's policy to everything except exchanges.

use super::bounds::{admits_identity, asks};
use super::door::Broker;
use daypass_core::names::IdentityName;
use daypass_core::policy::{PolicyDelivery, PolicyView};
use daypass_core::problem::Problem;
use daypass_core::session_request::Delivery;
use daypass_core::settings::{AskWhen, Config, DeliverySetting};
use daypass_core::view::RoleView;

const DELIVERY: &str = "delivery";
const CONSOLE_DURATION: &str = "console.duration";

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
            DELIVERY => {
                let words: Vec<&str> = policy.deliveries?.iter().map(|it| it.word()).collect();
                format!("only {}", words.join(", "))
            }
            CONSOLE_DURATION => format!("{} at most", policy.longest_session?),
            _ => return None,
        };
        Some(format!("{what}, set by your organization ({})", policy.file))
    }

    /// The words of a setting that the policy allows, where it allows only some.
    pub(super) fn allows_in_setting(&self, name: &str) -> Option<Vec<&'static str>> {
        let deliveries = self.policy_view()?.deliveries.filter(|_| name == DELIVERY)?;
        let of_sessions = deliveries.into_iter().filter(|way| match way {
            PolicyDelivery::File | PolicyDelivery::Process => true,
            PolicyDelivery::Endpoint | PolicyDelivery::Env | PolicyDelivery::Console => false,
        });
        Some(of_sessions.map(PolicyDelivery::word).collect())
    }

    /// Whether the policy lets a setting have this value. One that can't be read is refused elsewhere.
    ///
    /// # Errors
    ///
    /// `not-allowed-by-policy`; a policy that can't be used.
    pub(super) fn admits_in_setting(&self, name: &str, value: &str) -> Result<(), Problem> {
        let forbidden = match name {
            DELIVERY => match value.parse() {
                Ok(delivery) => return self.admits_delivery(in_policy(delivery)),
                Err(_) => return Ok(()),
            },
            CONSOLE_DURATION => {
                let Ok(duration) = value.parse() else { return Ok(()) };
                self.0.policy.policy()?.admits_duration(duration)
            }
            _ => return Ok(()),
        };
        forbidden.map_err(|what| self.0.policy.forbids(&what))
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

    /// The delivery of a role's session for which the person chose none.
    pub(super) fn usual_delivery(&self, config: &Config, role: &RoleView) -> Delivery {
        // Programs that read a file don't ask.
        if asks(&self.0.policy, config, &role.identity, &role.arn).is_ok_and(|ask| ask != AskWhen::Never) {
            return Delivery::Process;
        }
        let configured = config.delivery(&role.identity, &role.arn);
        let is_out = |delivery| self.admits_delivery(delivery).is_err();
        match configured {
            Delivery::CredentialsFile if is_out(PolicyDelivery::File) && !is_out(PolicyDelivery::Process) => {
                Delivery::Process
            }
            configured => configured,
        }
    }
}

fn in_policy(delivery: DeliverySetting) -> PolicyDelivery {
    match delivery {
        DeliverySetting::File => PolicyDelivery::File,
        DeliverySetting::Process => PolicyDelivery::Process,
    }
}
