//! SAML as a kind of identity. The vault keeps an assertion until it is spent and its roles for longer, and the place
//! where the person signed in gets the next one.

use daypass_core::service::Service;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use oauth2::CsrfToken;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use url::Url;

use super::SamlError;
use super::place::Place;
use super::settings::SignInSettings;
use crate::context::exposed_option;
use crate::trial::{SETTINGS, Trial, roles_of_last_sign_in};
use crate::{
    ConsolePost, FoundRole, Identity, IdentityContext, IdentityError, Kind, SamlPage, SignInCall, Standing,
    saml_browser,
};
use daypass_core::Boxed;
use daypass_core::credentials::IssuedCredentials;
use daypass_core::event::Event;
use daypass_core::names::{AccountId, IdentityName, SessionDuration, Target};
use daypass_core::problem::{AwsProblem, Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::SessionRequest;
use daypass_core::settings::{BadSetting, BrowserName, SamlSettings};
use daypass_core::terms::Terms;
use daypass_core::view::{IdentityState, SignInWay};
use daypass_http::bare;
use daypass_saml::{Assertion, AuthnRequest, PageStart, SKEW, SamlRole, endpoints, later};
use daypass_sts::{Operation, SamlIdentity as Saml, Says};

/// The sign-in field for an assertion that is given rather than caught.
const GIVEN: &str = "assertion";
/// An identity provider that still knows the person takes a second or two. One that waits for a person would wait
/// forever, and a session would wait with it.
const QUIET_LIMIT: Duration = Duration::from_secs(30);
/// For an assertion without an end, this is AWS's own limit.
const USUAL_LIFE: TimeDelta = TimeDelta::minutes(5);

/// The proof, as the vault stores it.
#[derive(Clone, Serialize, Deserialize)]
struct StoredAssertion {
    /// The address in the settings that it came from.
    address: String,
    person: String,
    roles: Vec<SamlRole>,
    session_duration: Option<u32>,
    /// What isn't as it should be, in sentences.
    #[serde(default)]
    remarks: Vec<String>,
    /// Absent once it is spent.
    #[serde(serialize_with = "exposed_option")]
    assertion: Option<SecretString>,
    until: DateTime<Utc>,
    /// Whether the identity provider required the person in an attempt without them. Not tried again until they sign in
    /// on their own.
    needs_person: bool,
    /// The browser that the person signed in with, which has the provider's cookies. Absent for the window, and for an
    /// assertion that was given.
    #[serde(default)]
    browser: Option<BrowserName>,
}

/// A SAML identity.
pub(crate) struct SamlIdentity {
    settings: SamlSettings,
    context: IdentityContext,
}

impl Kind for SamlSettings {
    fn check(&self) -> Result<(), Problem> {
        SignInSettings::mistakes(self).into_iter().next().map_or(Ok(()), |mistake| Err(SamlError::from(mistake).into()))
    }

    fn mistakes(&self) -> Vec<BadSetting> {
        SignInSettings::mistakes(self)
    }

    fn example() -> Self {
        Self { start_url: Some("https://login.example.com/app/aws".to_owned()), ..Self::default() }
    }

    fn operation(&self, _: &Target) -> Operation {
        Operation::AssumeRoleWithSaml
    }

    /// The assertion may name one.
    fn usual_duration(&self, _: &Target) -> Option<SessionDuration> {
        self.duration
    }
}

impl Identity for SamlIdentity {
    fn way(&self) -> SignInWay {
        SignInWay::Window
    }

    fn provider(&self) -> String {
        self.settings.begin_at().map_or_else(|_| self.settings.address().to_owned(), |url| bare(&url))
    }

    fn standing(&self) -> Result<Standing, Problem> {
        let Some(kept) = self.kept()? else {
            return Ok(Standing::signed_out());
        };
        let renews_itself =
            self.may_renew(&kept) && Place::has_last(&self.settings, kept.browser, &self.context.services);
        let is_signed_in = renews_itself || kept.is_good(self.context.now());
        Ok(Standing {
            state: if is_signed_in { IdentityState::SignedIn } else { IdentityState::NeedsSignIn },
            until: (!renews_itself).then_some(kept.until),
            person: Some(kept.person),
        })
    }

    fn roles(&self) -> Vec<FoundRole> {
        let Ok(Some(kept)) = self.kept() else { return Vec::new() };
        let found = |role: SamlRole| FoundRole { target: role.role.into(), account_name: None };
        kept.roles.into_iter().map(found).collect()
    }

    fn remarks(&self) -> Vec<Problem> {
        let kept = self.kept().ok().flatten();
        kept.and_then(|kept| kept.remark()).into_iter().map(Problem::from).collect()
    }

    fn sign_in<'a>(&'a self, call: &'a SignInCall<'a>) -> Boxed<'a, Result<String, Problem>> {
        Box::pin(async move {
            let (assertion, browser) = match call.given.get(GIVEN) {
                Some(text) => (self.read_given(text)?, None),
                None => self.ask(call).await?,
            };
            let _turn = self.context.turn().await?;
            self.keep(assertion, browser)
        })
    }

    fn proof_is_short_lived(&self) -> bool {
        true
    }

    fn account_names(&self) -> Boxed<'_, Vec<(AccountId, String)>> {
        Box::pin(async move {
            self.names_at_sign_in().await.unwrap_or_else(|why| {
                tracing::debug!(identity = %self.context.name, %why, "what accounts are called isn't told");
                Vec::new()
            })
        })
    }

    fn issue<'a>(&'a self, request: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, IdentityError>> {
        Box::pin(async move {
            let in_hand = self.kept()?.ok_or_else(|| self.context.signed_out())?;
            if !in_hand.is_good(self.context.now()) {
                return self.exchange(request, &self.renewed().await?).await;
            }
            match self.exchange(request, &in_hand).await {
                // Our clock or the identity provider's is off. The assertion is spent although it looks valid.
                Err(error) if error.code() == ProblemCode::Aws(Service::Sts, AwsProblem::ExpiredToken) => {
                    self.spend(&in_hand).await?;
                    match self.renewed().await {
                        Ok(kept) => self.exchange(request, &kept).await,
                        Err(_) => Err(error),
                    }
                }
                result => result,
            }
        })
    }

    fn console_post<'a>(&'a self, role: &'a Target) -> Boxed<'a, Result<Option<ConsolePost>, Problem>> {
        Box::pin(async move {
            let in_hand = self.kept()?.ok_or_else(|| self.context.signed_out())?;
            let kept = if in_hand.is_good(self.context.now()) { in_hand } else { self.renewed().await? };
            let assertion = kept.assertion.as_ref().ok_or_else(|| self.spent())?;
            if !kept.roles.iter().any(|listed| Target::from(listed.role.clone()) == *role) {
                return Err(SamlError::RoleNotListed { person: kept.person.clone(), role: role.to_string() }.into());
            }
            let Some(action) = self.sign_in_address(assertion)? else { return Ok(None) };
            let has_several_roles = kept.roles.len() > 1;
            Ok(Some(ConsolePost { action, assertion: assertion.clone(), has_several_roles }))
        })
    }

    fn sign_out(&self) -> Boxed<'_, Result<bool, Problem>> {
        Box::pin(async move {
            let had = self.context.forget().await?;
            saml_browser::forget(&self.context.name, &self.context.services).await?;
            // Without a window the cookies stay until there is one. `ask` deletes them then.
            if let Some(window) = self.context.services.window.get() {
                window.forget(&self.context.name).await?;
            }
            Ok(had)
        })
    }

    /// The engine can't move cookies. The identity provider asks once more.
    fn renamed<'a>(&'a self, old: &'a IdentityName) -> Boxed<'a, Result<(), Problem>> {
        Box::pin(async move {
            saml_browser::forget(old, &self.context.services).await?;
            match self.context.services.window.get() {
                Some(window) => window.forget(old).await,
                None => Ok(()),
            }
        })
    }

    fn try_out<'a>(&'a self, trial: &'a Trial<'a>) -> Boxed<'a, ()> {
        Box::pin(self.try_steps(trial))
    }
}

impl SamlIdentity {
    pub(crate) fn new(settings: SamlSettings, context: IdentityContext) -> Self {
        Self { settings, context }
    }

    /// Lets the person sign in. The browser that they do it with, if it isn't the window.
    async fn ask(&self, call: &SignInCall<'_>) -> Result<(Assertion, Option<BrowserName>), Problem> {
        let place = Place::for_person(&self.settings, &self.context.services)?;
        if let Place::Window(window) = &place
            && self.kept()?.is_none()
        {
            // Cookies never outlive a sign-out, even one without a window. They are also never used with a different
            // identity provider from the one that set them.
            window.forget(&self.context.name).await?;
        }
        let host = self.settings.begin_at()?.host_str().unwrap_or_default().to_owned();
        call.show(place.ask(host));
        Ok((self.catch(&place, false).await?, place.name()))
    }

    /// An assertion that the identity provider posts to AWS.
    async fn catch(&self, place: &Place, quietly: bool) -> Result<Assertion, Problem> {
        let (start, request) = self.start()?;
        let page = SamlPage {
            identity: self.context.name.clone(),
            start,
            proxies: self.context.services.aws.network().for_pages()?,
            keep_cookies: !self.settings.forget_cookies,
            quietly,
        };
        let caught = place.catch_assertion(&page, &self.context.services).await?;
        let assertion = Assertion::read(caught.expose_secret())?;
        assertion.check_times(self.context.now())?;
        if let Some(request) = request {
            assertion.check_answers(request.id())?;
        }
        Ok(assertion)
    }

    fn start(&self) -> Result<(PageStart, Option<AuthnRequest>), SamlError> {
        let address = self.settings.begin_at()?;
        if self.settings.sso_url.is_none() {
            return Ok((PageStart::Get(address), None));
        }
        let acs = self.settings.answer_at()?;
        let issuer = self.settings.issuer.as_deref();
        let issuer = issuer.unwrap_or_else(|| endpoints::entity_id(self.settings.region.as_ref()));
        let force = self.settings.force_sign_in;
        let request = AuthnRequest::new(&random(), address, issuer, &acs, force, self.context.now());
        Ok((request.start(self.settings.binding.unwrap_or_default(), None), Some(request)))
    }

    fn read_given(&self, text: &SecretString) -> Result<Assertion, SamlError> {
        let assertion = Assertion::read_given(text.expose_secret())?;
        assertion.check_times(self.context.now())?;
        Ok(assertion)
    }

    /// One exchange. Its duration comes from the role, else from the identity, else from the identity provider.
    async fn exchange(
        &self,
        request: &SessionRequest,
        kept: &StoredAssertion,
    ) -> Result<IssuedCredentials, IdentityError> {
        let asked = request.terms.duration.or(self.settings.duration);
        let wanted = kept.session_duration.and_then(|seconds| SessionDuration::from_seconds(seconds).ok());
        match self.exchange_for(request, kept, asked.or(wanted)).await {
            // The identity provider sets one duration for all roles, and this role allows less. The caller didn't ask
            // for it.
            Err(error)
                if asked.is_none() && wanted.is_some() && error.says() == Some(Says::LongerThanTheRoleAllows) =>
            {
                tracing::info!(role = %request.role, "the role allows less than the SessionDuration of the assertion");
                self.exchange_for(request, kept, None).await
            }
            result => result,
        }
    }

    async fn exchange_for(
        &self,
        request: &SessionRequest,
        kept: &StoredAssertion,
        duration: Option<SessionDuration>,
    ) -> Result<IssuedCredentials, IdentityError> {
        let assertion = kept.assertion.as_ref().ok_or_else(|| self.spent())?;
        let Target::Role(role) = &request.role else {
            return Err(SamlError::NotARole { target: request.role.to_string() }.into());
        };
        let listed = kept
            .roles
            .iter()
            .find(|listed| &listed.role == role)
            .ok_or_else(|| SamlError::RoleNotListed { person: kept.person.clone(), role: role.to_string() })?;
        let terms = Terms { duration, ..request.terms.clone() };
        let order = self.context.services.aws.order(&request.role, request.region.as_ref(), &terms);
        let identity = Saml { assertion, principal_arn: listed.provider.as_str() };
        Ok(self.context.services.aws.sts()?.assume_role_with_saml(&order, identity).await?)
    }

    /// The names on AWS's page for choosing a role. STS takes the assertion all the same. One role alone would open a
    /// console, so AWS isn't asked then.
    async fn names_at_sign_in(&self) -> Result<Vec<(AccountId, String)>, Problem> {
        let Some(kept) = self.kept()?.filter(|kept| kept.roles.len() > 1 && kept.is_good(self.context.now())) else {
            return Ok(Vec::new());
        };
        let aws = &self.context.services.aws;
        let Some(assertion) = &kept.assertion else { return Ok(Vec::new()) };
        let Some(address) = self.sign_in_address(assertion)? else { return Ok(Vec::new()) };
        let fields = [("SAMLResponse", assertion.expose_secret()), ("RelayState", "")];
        let answer = aws.http()?.post_page(&address, &fields).await.map_err(SamlError::Unreachable)?;
        let page = (answer.status == 200).then(|| String::from_utf8_lossy(&answer.body).into_owned());
        Ok(page.map(|page| daypass_saml::account_names(&page)).unwrap_or_default())
    }

    /// Where AWS's sign-in takes this assertion: the address that it is made for. `None` where only STS has a stand-in,
    /// because an assertion that another server takes doesn't go to AWS.
    fn sign_in_address(&self, assertion: &SecretString) -> Result<Option<Url>, SamlError> {
        let aws = &self.context.services.aws;
        if !aws.has_own_sign_in() {
            return Ok(None);
        }
        Ok(match &aws.surroundings.endpoints.signin {
            Some(replaced) => Url::parse(&format!("{}/saml", replaced.as_str().trim_end_matches('/'))).ok(),
            None => self.read_given(assertion)?.recipient.and_then(|at| at.parse().ok()).filter(endpoints::is_sign_in),
        })
    }

    /// A new assertion without the person, if the identity provider still knows them.
    async fn renewed(&self) -> Result<StoredAssertion, Problem> {
        let _turn = self.context.turn().await?;
        let kept = self.kept()?.ok_or_else(|| self.context.signed_out())?;
        // Another task or process may have renewed it while this one waited.
        if kept.is_good(self.context.now()) {
            return Ok(kept);
        }
        let place = Place::last(&self.settings, kept.browser, &self.context.services);
        let Some(place) = place.filter(|_| self.may_renew(&kept)) else { return Err(self.spent()) };
        tracing::debug!(identity = %self.context.name, "the identity provider is asked for a new assertion");
        let caught = timeout(QUIET_LIMIT, self.catch(&place, true)).await.unwrap_or_else(|_| Err(self.spent()));
        let problem = match caught {
            Ok(assertion) if assertion.person() == kept.person => {
                self.keep(assertion, kept.browser)?;
                return self.kept()?.ok_or_else(|| self.context.signed_out());
            }
            Ok(assertion) => SamlError::AnotherPerson { before: kept.person.clone(), found: assertion.person() }.into(),
            Err(problem) if problem.is_passing() => return Err(problem),
            // It was made a moment ago, so this clock or theirs is wrong, which passes. The cookies are still good.
            Err(problem) if is_about_the_clock(problem.code) => {
                return Err(Problem { kind: ProblemKind::Failed, ..problem });
            }
            Err(problem) => {
                tracing::debug!(identity = %self.context.name, code = %problem.code, "it asks for the person");
                self.spent()
            }
        };
        self.context.keep(&StoredAssertion { needs_person: true, ..kept })?;
        Err(problem)
    }

    /// Whether Daypass may get a new assertion without the person noticing.
    fn may_renew(&self, kept: &StoredAssertion) -> bool {
        !kept.needs_person && !self.settings.forget_cookies && !self.settings.force_sign_in
    }

    /// Stores an assertion and returns the person's name. The caller holds the turn.
    fn keep(&self, assertion: Assertion, browser: Option<BrowserName>) -> Result<String, Problem> {
        let person = assertion.person();
        let remarks: Vec<String> = assertion.remarks().iter().map(ToString::to_string).collect();
        let before = self.kept()?.map(|kept| kept.roles);
        let lists_others = before.as_ref() != Some(&assertion.roles);
        self.context.keep(&StoredAssertion {
            address: self.settings.address().to_owned(),
            person: person.clone(),
            roles: assertion.roles,
            session_duration: assertion.session_duration,
            remarks,
            assertion: Some(assertion.encoded),
            until: assertion.not_on_or_after.unwrap_or_else(|| later(self.context.now(), USUAL_LIFE)),
            needs_person: false,
            browser,
        })?;
        if lists_others {
            let _ = self.context.services.events.send(Event::CatalogChanged);
        }
        Ok(person)
    }

    /// Discards an assertion that STS says is spent, but keeps the person's name and the roles.
    async fn spend(&self, spent: &StoredAssertion) -> Result<(), Problem> {
        let _turn = self.context.turn().await?;
        match self.kept()? {
            // Not one that was renewed meanwhile.
            Some(kept) if kept.until == spent.until => self.context.keep(&StoredAssertion { assertion: None, ..kept }),
            _ => Ok(()),
        }
    }

    /// The stored proof, if it is from the same identity provider.
    fn kept(&self) -> Result<Option<StoredAssertion>, Problem> {
        let kept: Option<StoredAssertion> = self.context.kept()?;
        Ok(kept.filter(|kept| kept.address == self.settings.address()))
    }

    fn spent(&self) -> Problem {
        let message =
            format!("the assertion of identity {} has expired: AWS accepts one for five minutes", self.context.name);
        Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SamlAssertionSpent, message).hint("sign in again")
    }

    async fn try_steps(&self, trial: &Trial<'_>) {
        const PAGE: &str = "the identity provider's sign-in page answers";
        // Not a failure. A server has no window, so assertions are given.
        let means = match Place::for_person(&self.settings, &self.context.services) {
            Ok(place) => place.words(),
            Err(_) => "without a browser or the desktop app, pass an assertion with --assertion-file".to_owned(),
        };
        let kept = self.kept().ok().flatten();
        let roles = kept.map(|kept| (roles_of_last_sign_in(kept.roles.len(), &kept.person), kept));
        let named = roles.as_ref().map(|(what, _)| what.as_str());
        trial.plan([SETTINGS, PAGE, &means].into_iter().chain(named));
        if trial.settings(SignInSettings::mistakes(&self.settings).into_iter().map(Problem::from).collect()).is_none() {
            return;
        }
        if trial.step_seeing(PAGE, self.knock()).await.is_none() {
            return;
        }
        trial.step(&means, async { Ok(()) }).await;
        let Some((what, kept)) = roles else { return };
        let roles = async { kept.remark().map_or(Ok(()), |remark| Err(remark.into())) };
        trial.step(&what, roles).await;
    }

    /// Whether there is a page where the sign-in begins, asked as the window asks it: with a request, if the identity
    /// provider wants one. Its text is for the person. A remark about the answer is for you.
    async fn knock(&self) -> Result<((), Option<String>), Problem> {
        let http = self.context.services.aws.http()?;
        let (start, _) = self.start()?;
        let (address, answer) = match &start {
            PageStart::Get(address) => (address, http.get_page(address).await),
            PageStart::Post { action, fields } => {
                let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
                (action, http.post_page(action, &fields).await)
            }
        };
        match answer.map_err(SamlError::Unreachable)?.status {
            // It asks for what only a browser has: the machine's own sign-in, or cookies.
            status @ (401 | 403) => Ok(((), Some(format!("it requires a browser (HTTP status {status})")))),
            status @ 400.. => Err(SamlError::OutOfOrder { url: bare(address), status }.into()),
            _ => Ok(((), None)),
        }
    }
}

fn is_about_the_clock(code: ProblemCode) -> bool {
    matches!(code, ProblemCode::SamlExpired | ProblemCode::SamlNotYetValid)
}

impl StoredAssertion {
    fn remark(&self) -> Option<SamlError> {
        (!self.remarks.is_empty()).then(|| SamlError::Skipped { remarks: self.remarks.clone() })
    }

    /// STS decides. While clocks may differ, ask it.
    fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.assertion.is_some() && later(self.until, SKEW) > now
    }
}

/// The size of a request ID: 160 random bits, so that an answer matches only one request (SAML Core, 1.3.4).
fn random() -> String {
    CsrfToken::new_random_len(20).into_secret()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_long_and_never_the_same() {
        let ids: std::collections::BTreeSet<String> = (0..50).map(|_| random()).collect();
        assert!(ids.len() == 50 && ids.iter().all(|id| id.len() >= 26));
    }
}
