//! Learns what accounts are called, where it costs the person nothing: after a sign-in and from sessions that run. It
//! never fails anything and is never waited for.

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;

use super::door::Broker;
use crate::account_book::Told;
use daypass_core::event::{Event, SessionChange};
use daypass_core::names::{AccountId, IdentityName, TargetKind};
use daypass_core::view::SessionView;
use daypass_sts::NoAnswer;

/// How long AWS may take to answer all questions.
const LIMIT: Duration = Duration::from_secs(60);

impl Broker {
    /// Asks AWS with new sessions what their accounts are called, for as long as it is polled. Only an agent does: a
    /// command would have to wait for the answer.
    pub(super) async fn learn_names_from_sessions(&self) {
        let mut events = self.subscribe();
        loop {
            match events.recv().await {
                Ok(Event::SessionChanged { change: SessionChange::Started | SessionChange::Renewed, session }) => {
                    // Neither a slow answer nor an event that is missed meanwhile matters.
                    let _ = tokio::time::timeout(LIMIT, self.learn_names_from(&session)).await;
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    }

    async fn learn_names_from(&self, session: &SessionView) {
        let (now, account) = (self.0.surroundings.clock.now(), session.role.account());
        let is_named = self.0.accounts.knows(account) || session.account_name.is_some();
        let may_ask = session.role.kind() != TargetKind::IdentityPool && !self.config().keep_accounts_unnamed;
        if is_named || !may_ask || self.0.accounts.was_asked(&session.role_id, now) {
            return;
        }
        let Ok(credentials) = self.0.sessions.fresh_credentials(&session.profile).await else { return };
        let keys = credentials.keys().into();
        match self.aws().called_accounts(&keys, account, session.role.partition()).await {
            Ok(called) => {
                self.0.accounts.note_asked(&session.role_id, now);
                let told = called.into_iter().map(|it| Told::new(it.id, it.name.as_deref(), it.alias.as_deref()));
                self.take_names(&session.identity, &told.collect::<Vec<_>>());
            }
            Err(NoAnswer) => tracing::debug!(%account, "what the account is called can't be asked now"),
        }
    }

    /// Asks what a sign-in's proof can tell of its accounts, while it can.
    pub(super) fn learn_names_of_sign_in(&self, identity: &IdentityName) {
        let Ok(signed_in) = self.identity(identity) else { return };
        let accounts: HashSet<AccountId> = signed_in.roles().iter().map(|role| role.target.account().clone()).collect();
        if self.config().keep_accounts_unnamed || accounts.iter().all(|account| self.0.accounts.knows(account)) {
            return;
        }
        let (broker, name) = (self.clone(), identity.clone());
        let learn = async move {
            let told = signed_in.account_names().await.into_iter();
            // It is the account's alias, unless it can't be one.
            let told = told.map(|(account, called)| match called.parse() {
                Ok(alias) => Told { account, name: None, alias: Some(alias) },
                Err(_) => Told::new(account, Some(&called), None),
            });
            broker.take_names(&name, &told.collect::<Vec<_>>());
        };
        self.0.learning.begin(async move { drop(tokio::time::timeout(LIMIT, learn).await) });
    }

    fn take_names(&self, identity: &IdentityName, told: &[Told]) {
        if self.0.accounts.learn(identity, told) {
            self.catalog_changed();
        }
    }
}
