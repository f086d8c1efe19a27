//! One request, one answer: what the agent does for others, and the command does for itself.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::Broker;
use crate::agent::{Answer, Request};
use aws_files::Foreign;
use daypass_core::event::Event;
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::session_request::Delivery;
use daypass_core::view::CatalogProgress;
use daypass_core::view::SignInAsk;
use daypass_deliver::env;
use daypass_deliver::process::ProcessCredentials;
use daypass_identity::Asked;

impl Broker {
    /// Does what is asked. `on_event` hears what the asker must act on meanwhile: the address of a sign-in.
    ///
    /// # Errors
    ///
    /// Those of the function that does it.
    pub async fn answer(&self, request: Request, on_event: &(dyn Fn(Event) + Send + Sync)) -> Result<Answer, Problem> {
        match request {
            Request::Snapshot => Ok(Answer::Snapshot(Box::new(self.snapshot()))),
            Request::PutIdentity { name, settings, secrets, new } => {
                self.put_identity(&name, &settings, &secrets, new).map(|()| Answer::Done)
            }
            Request::TryIdentity { name } => {
                let tell = |news| on_event(Event::TrialWentOn { news });
                self.try_identity(&name, &tell).await.map(Answer::Steps)
            }
            Request::RemoveIdentity { name } => self.remove_identity(&name).await.map(|()| Answer::Done),
            Request::SignIn { identity, timeout_seconds, device, given } => {
                let limit = Duration::from_secs(timeout_seconds.into());
                let of = identity.clone();
                let show = move |ask: &SignInAsk| {
                    let (identity, ask) = (of.clone(), ask.clone());
                    // Who asked opens the browser: it knows the person's screen.
                    on_event(Event::SignInBegan { identity, ask, browser_opened: false });
                    true
                };
                self.sign_in(&identity, Asked { limit, device, given: &given, show: &show }).await.map(Answer::Person)
            }
            Request::SignOut { identity } => Ok(Answer::Count(self.sign_out(&identity).await?.into())),
            Request::Refresh { identity } => {
                let tell = |progress: CatalogProgress| {
                    let CatalogProgress { accounts, done } = progress;
                    on_event(Event::CatalogGrew { identity: identity.clone(), accounts, done });
                };
                self.refresh(&identity, &tell).await.map(Answer::Count)
            }
            Request::MfaCode { identity } => self.mfa_code(&identity).await.map(Answer::MfaCode),
            Request::RotateKey { identity } => self.rotate_key(&identity).await.map(Answer::Rotated),
            Request::PutRole { role, new } => self.put_role(&role, new).map(|()| Answer::Done),
            Request::RemoveRole { role } => self.remove_role(&role).map(|()| Answer::Done),
            Request::Start { role, profile, replace, read_only } => {
                let foreign = if replace { Foreign::BackUpAndReplace } else { Foreign::Refuse };
                let session = self.start(&role, profile, foreign, Delivery::CredentialsFile, read_only).await?;
                Ok(Answer::Session(Box::new(session)))
            }
            Request::Renew { profile } => Ok(Answer::Session(Box::new(self.renew(&profile).await?))),
            Request::Stop { profile } => self.stop(profile.as_ref()).await.map(Answer::Count),
            Request::Credentials { profile } => {
                let credentials = self.credentials(&profile).await?;
                Ok(Answer::Credentials(ProcessCredentials::from(&credentials)))
            }
            Request::Env { profile, shell } => {
                let credentials = self.credentials(&profile).await?;
                let text = env::statements(&credentials, self.region(&profile).as_ref(), shell);
                Ok(Answer::Secret(text.expose_secret().to_owned()))
            }
            Request::Console { role, service, region } => {
                let url = self.console_url(&role, service.as_deref(), region).await?;
                Ok(Answer::Secret(url.expose().to_owned()))
            }
            Request::WhoAmI { profile } => {
                let caller = self.who_am_i(&profile).await?;
                Ok(Answer::Caller { account: caller.account, arn: caller.arn, user_id: caller.user_id })
            }
            Request::ExplainDenial { profile, message } => {
                Ok(Answer::Denial(Box::new(self.explain_denial(&profile, &message).await?)))
            }
            Request::WhoseKey { profile, access_key_id } => {
                self.whose_key(&profile, &access_key_id).await.map(Answer::Account)
            }
            Request::Hello | Request::ShowWindow | Request::Retire => {
                Err(Problem::new(ProblemKind::Refused, "no-agent", "no Daypass agent is running"))
            }
        }
    }
}
