//! The services as one identity sees them, with its name and its own vault entries.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use daypass_vault::Entries;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::services::Services;
use crate::unfinished::UnderWay;
use daypass_core::names::IdentityName;
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::secret::TypedSecrets;
use daypass_core::view::SecretField;
use single_flight::Turn;

/// An identity's name, its services and access to its own vault entries.
#[derive(Clone)]
pub struct IdentityContext {
    /// The identity.
    pub name: IdentityName,
    /// What it works with.
    pub services: Arc<Services>,
    draft: Option<Arc<Draft>>,
    /// Where the settings send each secret.
    sent_to: Arc<BTreeMap<String, String>>,
}

/// An identity that is tried before it is saved. Its context never writes to the vault and never finds a proof there: a
/// proof from other settings says nothing about these, and refreshing it would use it up.
pub struct Draft {
    /// What you typed. An empty text removes the entry from the vault.
    pub typed: TypedSecrets,
    /// Whether it is in `config.toml` with other settings. Then everything that you didn't type comes from the vault.
    pub exists: bool,
}

impl IdentityContext {
    /// The context of a saved identity.
    pub fn of(name: &IdentityName, services: &Arc<Services>) -> Self {
        Self { name: name.clone(), services: Arc::clone(services), draft: None, sent_to: Arc::default() }
    }

    /// The same, for settings that have these secrets. From now on a secret is found only for the destination that it
    /// was given for.
    #[must_use]
    pub fn sending(self, fields: &[SecretField]) -> Self {
        let sent_to = fields.iter().map(|field| (field.name.clone(), field.sent_to.clone())).collect();
        Self { sent_to: Arc::new(sent_to), ..self }
    }

    /// The same, for settings that are only tried.
    pub fn for_draft(self, draft: Draft) -> Self {
        Self { draft: Some(Arc::new(draft)), ..self }
    }

    /// The time on the wall clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.services.clock.now()
    }

    /// The proof in the vault, if it has this form.
    pub fn kept<T: DeserializeOwned>(&self) -> Result<Option<T>, Problem> {
        if self.draft.is_some() {
            return Ok(None);
        }
        let entries = self.services.vault.read()?;
        let proof = self.services.unfinished.proof(&self.entry(), &entries);
        Ok(proof.and_then(|text| serde_json::from_str(text.expose_secret()).ok()))
    }

    /// Puts the proof into the vault.
    pub fn keep<T: Serialize>(&self, proof: &T) -> Result<(), Problem> {
        self.write(&self.text_of(proof)?)
    }

    /// Puts a proof into the vault that exists nowhere else, because the token before it is spent. If the vault can't
    /// be written, the proof stays in memory, counts from there, and is written as soon as that works.
    pub(crate) fn keep_or_hold<T: Serialize>(&self, proof: &T) -> Result<(), Problem> {
        let text = self.text_of(proof)?;
        if let Err(problem) = self.write(&text) {
            tracing::warn!(identity = %self.name, code = %problem.code, "the sign-in waits for the vault");
            self.services.unfinished.hold(&self.entry(), &self.services.vault, text);
        }
        Ok(())
    }

    fn text_of<T: Serialize>(&self, proof: &T) -> Result<SecretString, Problem> {
        let text = serde_json::to_string(proof).map_err(|e| {
            // serde's message could quote the proof.
            let message = format!("the proof of identity {} can't be written ({:?})", self.name, e.classify());
            Problem::new(ProblemKind::Failed, ProblemCode::ProofNotKept, message)
        })?;
        Ok(text.into())
    }

    fn write(&self, text: &SecretString) -> Result<(), Problem> {
        if self.draft.is_some() {
            return Ok(());
        }
        self.services.vault.update(|entries| {
            entries.set(self.entry(), text.expose_secret().to_owned());
            Ok::<_, Problem>(())
        })?;
        self.services.unfinished.forget(&self.entry());
        Ok(())
    }

    /// Deletes the proof. False without one.
    pub async fn forget(&self) -> Result<bool, Problem> {
        let _turn = self.turn().await?;
        let had = self.services.vault.update(|entries| Ok::<_, Problem>(entries.remove(&self.entry()).is_some()))?;
        self.services.unfinished.forget(&self.entry());
        Ok(had)
    }

    /// A secret that you gave for this identity. One from before, whose destination isn't stored, is bound to where the
    /// settings send it now.
    ///
    /// # Errors
    ///
    /// `secret-for-another-destination`: `config.toml` was changed since you gave it.
    pub fn secret(&self, field: &str) -> Result<Option<SecretString>, Problem> {
        if let Some(draft) = &self.draft
            && (!draft.exists || draft.typed.touches(field))
        {
            return Ok(draft.typed.get(field).cloned());
        }
        let entries = self.services.vault.read()?;
        let Some(secret) = entries.get(&secret_entry(&self.name, field)) else { return Ok(None) };
        if let Some(wanted) = self.sent_to.get(field) {
            match entries.get(&destination_entry(&self.name, field)) {
                Some(given_for) if given_for.expose_secret() == wanted => {}
                Some(given_for) => return Err(self.elsewhere(field, given_for.expose_secret(), wanted)),
                None => self.bind(),
            }
        }
        Ok(Some(secret.expose_secret().into()))
    }

    /// Whether this secret is in the vault, wherever it is sent.
    pub fn has_secret(&self, field: &str) -> bool {
        self.services.vault.read().is_ok_and(|entries| entries.get(&secret_entry(&self.name, field)).is_some())
    }

    /// Binds the secrets from before, whose destination isn't stored, to where the settings send them now.
    pub fn bind(&self) {
        if self.draft.is_some() {
            return;
        }
        let bound = self.services.vault.update(|entries| {
            for (field, sent_to) in &*self.sent_to {
                let destination = destination_entry(&self.name, field);
                if entries.get(&secret_entry(&self.name, field)).is_some() && entries.get(&destination).is_none() {
                    entries.set(destination, sent_to.clone());
                }
            }
            Ok::<_, Problem>(())
        });
        if let Err(problem) = bound {
            tracing::warn!(identity = %self.name, code = %problem.code, "where its secrets are sent can't be stored");
        }
    }

    /// Whether settings that send a secret elsewhere may be saved: not unless you typed it again, or remove it.
    ///
    /// # Errors
    ///
    /// `secret-for-another-destination`.
    pub fn check_destinations(&self, after: &[SecretField], typed: &TypedSecrets) -> Result<(), Problem> {
        self.bind();
        let entries = self.services.vault.read()?;
        for field in after.iter().filter(|field| !typed.touches(&field.name)) {
            let changes = self.sent_to.get(&field.name).is_some_and(|before| *before != field.sent_to);
            let is_stored = entries.get(&secret_entry(&self.name, &field.name)).is_some();
            match entries.get(&destination_entry(&self.name, &field.name)) {
                Some(given_for) if changes && is_stored && given_for.expose_secret() != field.sent_to => {
                    return Err(self.elsewhere(&field.name, given_for.expose_secret(), &field.sent_to));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn elsewhere(&self, field: &str, given_for: &str, wanted: &str) -> Problem {
        let name = &self.name;
        let message = format!(
            "the secret {field} of identity {name} was given for {given_for}, and the settings name {wanted} now. It was \
             not sent"
        );
        Problem::new(ProblemKind::Invalid, ProblemCode::SecretForAnotherDestination, message)
            .hint(format!(
                "if you trust {wanted}, type the secret again. Otherwise set the identity back to {given_for}"
            ))
            .next(NextStep::GiveSecrets { identity: name.clone(), secrets: vec![field.to_owned()] })
    }

    /// Puts secrets into the vault. An empty one removes the entry.
    pub fn put_secrets(&self, secrets: &TypedSecrets) -> Result<(), Problem> {
        if secrets.is_empty() || self.draft.is_some() {
            return Ok(());
        }
        self.services.vault.update(|entries| {
            for (field, secret) in secrets.iter() {
                let (entry, destination) = (secret_entry(&self.name, field), destination_entry(&self.name, field));
                entries.remove(&destination);
                match secret.expose_secret() {
                    "" => drop(entries.remove(&entry)),
                    text => {
                        entries.set(entry, text.to_owned());
                        if let Some(sent_to) = self.sent_to.get(field) {
                            entries.set(destination, sent_to.clone());
                        }
                    }
                }
            }
            Ok::<_, Problem>(())
        })
    }

    /// Removes all entries of this identity from the vault.
    pub fn clear(&self) -> Result<(), Problem> {
        self.services.vault.update(|entries| {
            entries.remove_under(&secret_entry(&self.name, ""));
            entries.remove_under(&destination_entry(&self.name, ""));
            entries.remove(&self.entry());
            Ok::<_, Problem>(())
        })?;
        self.services.unfinished.forget(&self.entry());
        Ok(())
    }

    /// Gives an identity another name in the entries of the vault. What is left there from an earlier identity of the
    /// new name is removed.
    pub fn rename(entries: &mut Entries, old: &IdentityName, new: &IdentityName) {
        entries.remove(&format!("{PROOFS}{new}"));
        if let Some(proof) = entries.remove(&format!("{PROOFS}{old}")) {
            entries.set(format!("{PROOFS}{new}"), proof.expose_secret().to_owned());
        }
        for entry in [secret_entry, destination_entry] {
            let (before, after) = (entry(old, ""), entry(new, ""));
            entries.remove_under(&after);
            let names: Vec<String> = entries.names_under(&before).map(str::to_owned).collect();
            for name in names {
                if let Some(secret) = entries.remove(&name) {
                    let field = name.strip_prefix(&before).unwrap_or_default();
                    entries.set(format!("{after}{field}"), secret.expose_secret().to_owned());
                }
            }
        }
    }

    /// Waits until no other task in any process works on this identity's proof.
    pub async fn turn(&self) -> Result<Turn, Problem> {
        Ok(self.services.turns.take(&self.entry()).await?)
    }

    /// Returns what `good` finds, or else what `refresh` gets. Only one refresh runs at a time across all processes,
    /// and the others take its result. The refresh token may be used up once it was sent, and the answer has the next
    /// one. So a refresh begins only if the vault can be written, and always runs to its end
    /// ([`IdentityContext::to_the_end`]).
    pub async fn good_or_refreshed<T, E>(
        &self,
        good: impl Fn() -> Result<Option<T>, Problem>,
        refresh: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Problem> + Send + 'static,
    {
        if let Some(good) = good()? {
            return Ok(good);
        }
        let turn = self.turn().await?;
        if let Some(good) = good()? {
            return Ok(good);
        }
        let room = self.services.vault.reserve().map_err(Problem::from)?;
        let refresh = async move {
            let _room = room;
            refresh.await
        };
        self.to_the_end(turn, refresh).await.unwrap_or_else(|| {
            let message = "refreshing the sign-in ended without an answer";
            Err(Problem::new(ProblemKind::Passing, ProblemCode::RefreshEnded, message).into())
        })
    }

    /// Runs work to completion in its turn, even if the caller hangs up or the process is told to end: a request to a
    /// provider can't be taken back, and its answer comes only once. `None` when the work panicked, or when the process
    /// is ending and the work didn't begin.
    pub(crate) async fn to_the_end<R: Send + 'static>(
        &self,
        turn: Turn,
        work: impl Future<Output = R> + Send + 'static,
    ) -> Option<R> {
        let services = Arc::clone(&self.services);
        let task = tokio::spawn(async move {
            let _under_way = services.unfinished.begin()?;
            let _turn = turn;
            Some(work.await)
        });
        task.await.ok().flatten()
    }

    /// From before a code is exchanged until the proof is stored, so that a process that is told to end waits for it.
    pub(crate) fn spending(&self) -> Option<UnderWay<'_>> {
        self.services.unfinished.begin()
    }

    /// `needs-sign-in`: the proof is missing.
    pub(crate) fn signed_out(&self) -> Problem {
        let name = &self.name;
        Problem::new(
            ProblemKind::NeedsSignIn,
            ProblemCode::SignedOut,
            format!("you aren't signed in with identity {name}"),
        )
        .hint("sign in")
        .next(NextStep::SignIn { identity: name.clone() })
    }

    /// `needs-sign-in`: the proof has ended and can't be renewed.
    pub(crate) fn spent(&self) -> Problem {
        let name = &self.name;
        let message = format!("the sign-in of identity {name} has ended, and its provider can't renew it");
        Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SignInOver, message)
            .hint("sign in again")
            .next(NextStep::SignIn { identity: name.clone() })
    }

    /// `needs-sign-in`: the proof has ended, and we don't have a refresh token. Either the provider took it back, or
    /// the sign-in brought none.
    pub(crate) fn not_renewable(&self, was_refused: bool, hint: &str) -> Problem {
        let Self { name, .. } = self;
        let why =
            if was_refused { "and its provider doesn't renew it any more" } else { "and it brought no refresh token" };
        let message = format!("the sign-in of identity {name} has ended, {why}");
        let hint = if was_refused { "sign in again" } else { hint };
        Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SignInOver, message)
            .hint(hint)
            .next(NextStep::SignIn { identity: name.clone() })
    }

    fn entry(&self) -> String {
        format!("{PROOFS}{}", self.name)
    }
}

/// What the names of all proofs in the vault begin with.
const PROOFS: &str = "identity/";

/// What the names of all secrets in the vault begin with.
pub(crate) const SECRETS: &str = "secret/";

pub(crate) fn secret_entry(identity: &IdentityName, field: &str) -> String {
    format!("{SECRETS}{identity}/{field}")
}

/// The destination of an access key. Its secret signs requests for one partition and is never sent itself.
pub(crate) fn at_aws(partition: &str) -> String {
    format!("AWS (partition {partition})")
}

/// Where that secret is sent, beside it in the vault. A file that a team shares can't change it.
pub(crate) fn destination_entry(identity: &IdentityName, field: &str) -> String {
    format!("sent-to/{identity}/{field}")
}

/// Writes a secret out. Only for proofs, because the vault seals everything that it stores.
pub(crate) fn exposed<S: serde::Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// Like [`exposed`].
pub(crate) fn exposed_option<S: serde::Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(ExposeSecret::expose_secret).serialize(serializer)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::OnceLock;
    use std::time::Duration;

    use super::*;
    use crate::fixture::fixture;

    #[tokio::test]
    async fn work_keeps_its_turn_to_the_end_when_the_caller_hangs_up() {
        let fixture = fixture();
        let (go, gone) = tokio::sync::oneshot::channel::<()>();
        let turn = fixture.context.turn().await.unwrap();
        let work = fixture.context.to_the_end(turn, async move { gone.await.unwrap() });
        assert!(tokio::time::timeout(Duration::from_millis(20), work).await.is_err(), "the asker hangs up");
        let next = fixture.context.turn();
        tokio::pin!(next);
        assert!(tokio::time::timeout(Duration::from_millis(100), &mut next).await.is_err(), "it's still at work");
        go.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(10), next).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn waiting_callers_use_the_result_of_a_refresh() {
        let fixture = fixture();
        let brought = Arc::new(OnceLock::new());
        let ask = || {
            let (found, fresh) = (Arc::clone(&brought), Arc::clone(&brought));
            let good = move || Ok(found.get().copied());
            let refresh = async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let twice = || Problem::new(ProblemKind::Failed, ProblemCode::Interrupted, "refreshed a second time");
                fresh.set("token").map(|()| "token").map_err(|_| twice())
            };
            let context = fixture.context.clone();
            async move { context.good_or_refreshed(good, refresh).await }
        };
        let (one, other, third) = tokio::join!(ask(), ask(), ask());
        assert_eq!([one.unwrap(), other.unwrap(), third.unwrap()], ["token"; 3]);
    }
}
