//! A directory as a kind of identity. The vault keeps who signed in but not the password, and the broker's own key is
//! exchanged for the credentials that the person's groups allow.

use daypass_core::service::Service;
use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::check::field_errors;
use super::entry::{Group, look_around, prove, searches_without_the_person};
use super::error::DirectoryError;
use super::talk::Connection;
use super::{attributes, roles};
use crate::ca_file;
use crate::client::host_of;
use crate::context::at_aws;
use crate::trial::{SETTINGS, Trial, roles_of_last_sign_in};
use crate::{FoundRole, Identity, IdentityContext, IdentityError, Kind, SignInCall, Standing};
use daypass_core::Boxed;
use daypass_core::credentials::{IssuedCredentials, Keys};
use daypass_core::names::{Partition, SessionName, Target};
use daypass_core::problem::{AwsProblem, Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::SessionRequest;
use daypass_core::settings::{BadSetting, DirectorySettings, Federate};
use daypass_core::terms::Term;
use daypass_core::view::{FormField, IdentityState, SecretField, SignInWay};

const USER: &str = "user";
const PASSWORD: &str = "password";
const BIND_PASSWORD: &str = "bind_password";
const ACCESS_KEY_ID: &str = "broker_access_key_id";
const SECRET_ACCESS_KEY: &str = "broker_secret_access_key";

/// How long a sign-in lasts by default.
const HOURS: u32 = 12;
/// The longest name of a federated user (GetFederationToken).
const LONGEST_FEDERATED: usize = 32;

/// Who signed in, as the vault stores it, without the password.
#[derive(Clone, Serialize, Deserialize)]
struct StoredEntry {
    /// The settings that the directory was asked with.
    asked: DirectorySettings,
    /// What was typed.
    user: String,
    person: String,
    dn: String,
    groups: Vec<Group>,
    session_name: SessionName,
    tags: BTreeMap<String, String>,
    signed_in_at: DateTime<Utc>,
}

/// A directory.
#[derive(Clone)]
pub(crate) struct DirectoryIdentity {
    settings: DirectorySettings,
    context: IdentityContext,
}

impl Kind for DirectorySettings {
    fn check(&self) -> Result<(), Problem> {
        field_errors(self).into_iter().next().map_or(Ok(()), |error| Err(error.into()))
    }

    fn secrets(&self) -> Vec<SecretField> {
        let aws = at_aws(self.partition.as_deref().unwrap_or("aws"));
        let mut fields = vec![
            SecretField::needed(ACCESS_KEY_ID, "Access key id of the broker", &aws),
            SecretField::needed(SECRET_ACCESS_KEY, "Secret access key of the broker", &aws),
        ];
        if let Some(bind_user) = &self.bind_user {
            let label = format!("Password of {bind_user} for {}", host_of(&self.url));
            let sent_to = ca_file::destination(self.url.trim_end_matches('/'), self.ca_file.as_deref());
            fields.push(SecretField::needed(BIND_PASSWORD, &label, &sent_to));
        }
        fields
    }

    fn mistakes(&self) -> Vec<BadSetting> {
        let setting = |error| if let DirectoryError::Setting(bad) = error { Some(bad) } else { None };
        field_errors(self).into_iter().filter_map(setting).collect()
    }

    fn example() -> Self {
        Self {
            url: "ldaps://ldap.example.com".to_owned(),
            start_tls: false,
            ca_file: None,
            bind_dn: Some("uid={user},ou=people,dc=example,dc=com".to_owned()),
            search_base: None,
            search_filter: None,
            bind_user: None,
            group_base: None,
            group_filter: None,
            role_pattern: None,
            role_path: None,
            partition: None,
            roles: BTreeMap::new(),
            session_name: None,
            tags: BTreeMap::new(),
            federate: None,
            hours: None,
            default_region: None,
        }
    }

    /// A federated user has only the policies in the settings.
    fn terms(&self, target: &Target) -> Vec<Term> {
        let mut terms = self.operation(target).terms().to_vec();
        if let Target::FederatedUser(_) = target {
            terms.retain(|term| !matches!(term, Term::ReadOnly | Term::Policy | Term::PolicyArns));
        }
        terms
    }
}

impl Identity for DirectoryIdentity {
    fn way(&self) -> SignInWay {
        let usual = self.kept().ok().flatten().map(|kept| kept.user);
        let user = FormField { name: USER.into(), label: "User name".into(), secret: false, usual };
        let label = format!("Password for {}", host_of(&self.settings.url));
        let password = FormField { name: PASSWORD.into(), label, secret: true, usual: None };
        SignInWay::Form { fields: vec![user, password] }
    }

    fn provider(&self) -> String {
        self.settings.url.clone()
    }

    fn standing(&self) -> Result<Standing, Problem> {
        let kept = self.kept()?;
        let until = kept.as_ref().map(|kept| self.until(kept));
        let state = match until {
            None => IdentityState::SignedOut,
            Some(until) if until > self.context.now() => IdentityState::SignedIn,
            Some(_) => IdentityState::NeedsSignIn,
        };
        Ok(Standing { state, person: kept.map(|kept| kept.person), until })
    }

    fn roles(&self) -> Vec<FoundRole> {
        let Ok(Some(kept)) = self.kept() else { return Vec::new() };
        self.targets(&kept).into_iter().map(|target| FoundRole { target, account_name: None }).collect()
    }

    fn remarks(&self) -> Vec<Problem> {
        let kept = self.kept().ok().flatten();
        kept.and_then(|kept| self.without_role(&kept)).into_iter().map(Problem::from).collect()
    }

    fn sign_in<'a>(&'a self, call: &'a SignInCall<'a>) -> Boxed<'a, Result<String, Problem>> {
        Box::pin(async move {
            let user = call.given.need(USER, "user name")?.expose_secret().trim();
            let password = call.given.need(PASSWORD, "password")?;
            // Before the secret, whose destination the file is part of: if it can't be used, that is the answer.
            ca_file::fingerprint(self.settings.ca_file.as_deref())?;
            let bind_password = self.context.secret(BIND_PASSWORD)?;
            let proven =
                prove(self.context.services.aws.network(), &self.settings, user, password, bind_password.as_ref())
                    .await?;
            let person = attributes::person(&proven.entry, user);
            let kept = StoredEntry {
                asked: self.settings.asked(),
                user: user.to_owned(),
                person: person.clone(),
                session_name: attributes::session_name(&self.settings, &proven.entry, user)?,
                tags: attributes::tags(&self.settings, &proven.entry)?,
                dn: proven.entry.dn,
                groups: proven.groups,
                signed_in_at: self.context.now(),
            };
            tracing::debug!(identity = %self.context.name, dn = kept.dn, groups = kept.groups.len(), "the directory took the password");
            let _turn = self.context.turn().await?;
            self.context.keep(&kept)?;
            Ok(person)
        })
    }

    fn issue<'a>(&'a self, request: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, IdentityError>> {
        Box::pin(async move {
            let kept = self.kept()?.ok_or_else(|| self.context.signed_out())?;
            if self.until(&kept) <= self.context.now() {
                return Err(self.context.spent().into());
            }
            // The key can do more than the person may. This check decides.
            if !self.targets(&kept).contains(&request.role) {
                return Err(self.not_theirs(&kept, &request.role).into());
            }
            let aws = &self.context.services.aws;
            let mut order = aws.order(&request.role, request.region.as_ref(), &request.terms);
            // The directory decides the session's name and tags, not the person.
            order.terms.session_name = None;
            order.terms.tags.extend(kept.tags.clone());
            if let (Target::FederatedUser(_), Some(federate)) = (&request.role, &self.settings.federate) {
                narrow(&mut order.terms, federate)?;
            }
            let keys = self.broker_key()?;
            aws.sts()?
                .with_keys(&order, &keys, kept.session_name.as_str())
                .await
                .map_err(|error| IdentityError::explained(error, key_refused))
        })
    }

    fn sign_out(&self) -> Boxed<'_, Result<bool, Problem>> {
        Box::pin(self.context.forget())
    }

    fn try_out<'a>(&'a self, trial: &'a Trial<'a>) -> Boxed<'a, ()> {
        Box::pin(async move {
            const CONNECTED: &str = "the connection to the directory, with TLS";
            const SEARCHED: &str = "the search account and its search base";
            const SEARCHED_UNBOUND: &str = "the search base, without a password";
            const KEY: &str = "the broker's key, at AWS";
            let settings = &self.settings;
            let by = if settings.bind_user.is_some() { SEARCHED } else { SEARCHED_UNBOUND };
            let searched = searches_without_the_person(settings).then_some(by);
            let kept = self.kept().ok().flatten();
            let roles = kept.as_ref().map(|kept| roles_of_last_sign_in(self.targets(kept).len(), &kept.person));
            trial.plan([SETTINGS, CONNECTED].into_iter().chain(searched).chain([KEY]).chain(roles.as_deref()));
            if trial.settings(field_errors(settings).into_iter().map(Problem::from).collect()).is_none() {
                return;
            }
            let connected = async { Ok(Connection::open(settings, self.context.services.aws.network()).await?) };
            let Some(mut connection) = trial.step(CONNECTED, connected).await else { return };
            if let Some(searched) = searched {
                let looked = async {
                    let bind_password = self.context.secret(BIND_PASSWORD)?;
                    Ok(look_around(&mut connection, settings, bind_password.as_ref()).await?)
                };
                if trial.step(searched, looked).await.is_none() {
                    return;
                }
            }
            if trial.step(KEY, self.try_key()).await.is_none() {
                return;
            }
            if let Some((kept, roles)) = kept.zip(roles) {
                let found = async { self.without_role(&kept).map_or(Ok(()), |error| Err(error.into())) };
                trial.step(&roles, found).await;
            }
        })
    }
}

impl DirectoryIdentity {
    pub(crate) fn new(settings: DirectorySettings, context: IdentityContext) -> Self {
        let context = context.sending(&settings.secrets());
        Self { settings, context }
    }

    /// The stored sign-in, if the directory would still be asked with the same settings.
    fn kept(&self) -> Result<Option<StoredEntry>, Problem> {
        let kept: Option<StoredEntry> = self.context.kept()?;
        Ok(kept.filter(|kept| kept.asked == self.settings.asked()))
    }

    fn until(&self, kept: &StoredEntry) -> DateTime<Utc> {
        kept.signed_in_at + TimeDelta::hours(self.settings.hours.unwrap_or(HOURS).into())
    }

    /// What the person may use: the roles of their groups, and the federated user.
    fn targets(&self, kept: &StoredEntry) -> Vec<Target> {
        let roles = roles::roles(&self.settings, &kept.groups).into_iter().map(Target::from);
        let federated = self.settings.federate.as_ref().and_then(|federate| {
            let name: String = kept.session_name.as_str().chars().take(LONGEST_FEDERATED).collect();
            Target::federated_user(self.partition()?, federate.account.clone(), &name).ok()
        });
        roles.chain(federated).collect()
    }

    /// For a sign-in that gives nothing.
    fn without_role(&self, kept: &StoredEntry) -> Option<DirectoryError> {
        let groups = || kept.groups.iter().map(|group| group.name.clone()).collect();
        let person = kept.person.clone();
        self.targets(kept).is_empty().then(|| DirectoryError::NoRole { person, groups: groups() })
    }

    fn partition(&self) -> Option<Partition> {
        Partition::of_id(self.settings.partition.as_deref().unwrap_or("aws"))
    }

    fn not_theirs(&self, kept: &StoredEntry, target: &Target) -> Problem {
        let message = format!("no group of {} in the directory gives {target}", kept.person);
        Problem::new(ProblemKind::Refused, ProblemCode::DirectoryNotYourRole, message).hint(
            "ask for membership in the group, then sign in again; which group is which role is said in role_pattern and roles of the identity",
        )
    }

    fn broker_key(&self) -> Result<Keys, Problem> {
        let need = |field: &str| -> Result<SecretString, Problem> {
            self.context.secret(field)?.ok_or_else(|| {
                let message = format!("the vault doesn't have {field} for identity {}", self.context.name);
                Problem::new(ProblemKind::Invalid, ProblemCode::DirectoryNoBrokerKey, message)
                    .hint("edit the identity and enter the broker's access key")
            })
        };
        let (id, secret) = (need(ACCESS_KEY_ID)?, need(SECRET_ACCESS_KEY)?);
        Keys::new(id.expose_secret().trim(), secret.expose_secret().trim(), None).map_err(|bad| {
            let message = format!("the access key that the broker of identity {} works with: {bad}", self.context.name);
            Problem::new(ProblemKind::Invalid, ProblemCode::BadAccessKey, message)
                .hint("edit the identity and enter the access key again")
        })
    }

    async fn try_key(&self) -> Result<(), Problem> {
        let keys = self.broker_key()?;
        // An unknown partition was refused as a wrong setting.
        let Some(partition) = self.partition() else { return self.settings.check() };
        let aws = &self.context.services.aws;
        let caller = aws.sts()?.get_caller_identity(&aws.regions(partition, None), &keys).await;
        caller.map(drop).map_err(|error| key_refused(error.into()))
    }
}

/// A federated user has only the policies in the settings. Adding policies would widen what the user may do, not narrow
/// it (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>).
fn narrow(terms: &mut daypass_core::terms::Terms, federate: &Federate) -> Result<(), Problem> {
    if terms.read_only || terms.policy.is_some() || !terms.policy_arns.is_empty() {
        let message = "a federated user's policies are set in the identity, and the session requests others";
        return Err(Problem::new(ProblemKind::Refused, ProblemCode::DirectoryFixedPolicies, message)
            .hint("remove policies and the read-only switch from the role, or change federate of the identity"));
    }
    terms.policy = federate.policy.clone();
    terms.policy_arns = federate.policy_arns.clone();
    Ok(())
}

/// AWS's refusals of the broker's key, which isn't the person's.
fn key_refused(problem: Problem) -> Problem {
    match problem.code {
        ProblemCode::Aws(Service::Sts, AwsProblem::InvalidClientTokenId | AwsProblem::SignatureDoesNotMatch) => problem
            .hint("AWS doesn't know the broker's key, or its secret is wrong: edit the identity and enter it again"),
        _ => problem,
    }
}
