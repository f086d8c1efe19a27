//! Links that a web page or a message can have. Each becomes a question to the person, and nothing more.

use daypass_core::console::{Asked, Destination};
use daypass_core::link::{Link, LinkQuestion, read};
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::view::RoleView;
use daypass_sts::{console, region_of};

use super::door::Broker;
use crate::naming::Reach;

impl Broker {
    /// What to ask the person about, because a link wants it. Nothing is started, opened or changed.
    ///
    /// # Errors
    ///
    /// `bad-link`; `unknown-role`, `ambiguous-role`, `unknown-identity` for what the link names; what
    /// [`Broker::console`] says of a page that can't be opened.
    pub fn question_of_link(&self, link: &str) -> Result<LinkQuestion, Problem> {
        match read(link)? {
            Link::Start { role } => Ok(LinkQuestion::Start { role: self.role_of_link(&role)? }),
            Link::Console { role, to } => {
                let role = self.role_of_link(&role)?;
                console::admits(&role.arn)?;
                let usual = region_of(&role.arn, role.region.as_ref());
                let asked = Asked { to: to.as_deref(), ..Asked::default() };
                let destination = Destination::find(role.arn.partition(), role.arn.account(), &usual, asked)?;
                let url = destination.url();
                let page = format!("{}{}", url.host_str().unwrap_or_default(), &url[url::Position::BeforePath..]);
                Ok(LinkQuestion::Console { role, to, page })
            }
            Link::SignIn { identity } => {
                let known = self.identities(&self.config()).into_iter().find(|view| view.name == identity);
                let identity = known.ok_or_else(|| {
                    let message =
                        format!("the link names identity {identity}, but you don't have an identity with this name");
                    Problem::new(ProblemKind::NotFound, ProblemCode::UnknownIdentity, message)
                        .next(NextStep::ListIdentities)
                })?;
                Ok(LinkQuestion::SignIn { identity })
            }
        }
    }

    /// Named by whole names: a part of one could mean another role tomorrow.
    fn role_of_link(&self, text: &str) -> Result<RoleView, Problem> {
        let (mut role, _) = self.role_as_before(text, Reach::Whole)?;
        self.label(std::slice::from_mut(&mut role));
        Ok(role)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::broker::exchange::tests::{CHAIN, World};

    fn asked(world: &World, link: &str) -> LinkQuestion {
        world.broker.question_of_link(link).unwrap()
    }

    fn code(world: &World, link: &str) -> ProblemCode {
        world.broker.question_of_link(link).unwrap_err().code
    }

    #[tokio::test]
    async fn a_link_is_a_question_and_does_nothing() {
        let world = World::new(CHAIN, |_, _| None).await;
        let LinkQuestion::Start { role } = asked(&world, "daypass://start/a") else { panic!("another question") };
        assert_eq!((role.name.as_str(), role.account.as_str()), ("A", "123456789012"));
        let bucket = "daypass://console/123456789012%2FA?to=arn:aws:s3:::logs";
        let LinkQuestion::Console { role, to, page } = asked(&world, bucket) else { panic!("another question") };
        assert_eq!((role.name.as_str(), to.as_deref()), ("A", Some("arn:aws:s3:::logs")));
        assert!(page.contains(".console.aws.amazon.com/s3/buckets/logs"), "{page}");
        let LinkQuestion::SignIn { identity } = asked(&world, "daypass://sign-in/corp") else { panic!() };
        assert_eq!(identity.name.as_str(), "corp");
        assert!(world.sts.seen.lock().unwrap().is_empty(), "AWS was asked");
        assert!(world.broker.snapshot().sessions.is_empty());
    }

    #[tokio::test]
    async fn a_link_that_leads_elsewhere_is_refused() {
        let world = World::new(CHAIN, |_, _| None).await;
        assert_eq!(code(&world, "daypass://start/nothing-here"), ProblemCode::UnknownRole);
        assert_eq!(code(&world, "daypass://start/12345678901"), ProblemCode::UnknownRole);
        assert_eq!(code(&world, "daypass://sign-in/nothing-here"), ProblemCode::UnknownIdentity);
        let other_account = "daypass://console/a?to=arn:aws:iam::999999999999:role/X";
        assert_eq!(code(&world, other_account), ProblemCode::ConsoleOtherAccount);
        assert_eq!(code(&world, "daypass://console/a?to=https%3A%2F%2Fevil.example"), ProblemCode::BadLink);
    }
}
