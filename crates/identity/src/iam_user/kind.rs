//! An IAM user as a kind of identity.

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};

use super::access_key::{AccessKey, KEY_ID, KEY_SECRET};
use super::device::{Device, MfaCode};
use super::error::{about_the_user, code_wanted, give_secrets, no_key};
use super::iam::Iam;
use super::proof::{StoredUser, UserSession};
use super::rotation::{RotatedKey, rotate};
use super::settings::{check_fields, mistakes};
use super::totp::TotpSecret;
use crate::context::at_aws;
use crate::trial::{SETTINGS, Trial};
use crate::{FoundRole, Identity, IdentityContext, IdentityError, Kind, SignInCall, Standing};
use daypass_core::Boxed;
use daypass_core::credentials::Credentials;
use daypass_core::credentials::{IssuedCredentials, Keys};
use daypass_core::names::{Partition, SessionDuration, SessionName, Target, TargetKind};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::secret::TypedSecrets;
use daypass_core::session_request::SessionRequest;
use daypass_core::settings::{BadSetting, IamUserSettings, IdentitySettings};
use daypass_core::terms::Terms;
use daypass_core::view::{FormField, IdentityState, SecretField, SignInWay};
use daypass_sts::{ExchangeRequest, Mfa, Operation, StsRegions};

/// A secret in the vault.
const TOTP: &str = "totp_secret";
/// What the person types.
const CODE: &str = "code";

/// A session signs while it has at least this long to live. The credentials it gets outlive it.
const TO_SIGN: TimeDelta = TimeDelta::minutes(2);

/// Renewal begins this long before the end, so a delivered session must not be due at once.
const TO_DELIVER: TimeDelta = TimeDelta::minutes(21);

/// An IAM user.
#[derive(Clone)]
pub struct IamUserIdentity {
    settings: IamUserSettings,
    context: IdentityContext,
}

impl Kind for IamUserSettings {
    fn check(&self) -> Result<(), Problem> {
        check_fields(self)
    }

    fn secrets(&self) -> Vec<SecretField> {
        let partition = self.region.as_ref().map(Partition::of_region);
        let aws = at_aws(partition.as_ref().map_or("aws", |partition| partition.id()));
        let mut fields = vec![
            SecretField::needed(KEY_ID, "access key ID", &aws),
            SecretField::needed(KEY_SECRET, "secret access key", &aws),
        ];
        if self.mfa_serial.is_some() {
            fields.push(SecretField::optional(TOTP, "secret of the virtual MFA device", &aws));
        }
        fields
    }

    fn mistakes(&self) -> Vec<BadSetting> {
        mistakes(self)
    }

    fn example() -> Self {
        Self::default()
    }
}

impl Identity for IamUserIdentity {
    fn way(&self) -> SignInWay {
        if !self.needs_person() {
            return SignInWay::None;
        }
        let field = FormField { name: CODE.into(), label: "MFA code".into(), secret: true, usual: None };
        SignInWay::Form { fields: vec![field] }
    }

    fn provider(&self) -> String {
        match (self.key(), self.kept()) {
            (Ok(key), Ok(Some(kept))) => format!("{} ({})", kept.arn, key.id),
            (Ok(key), _) => key.id,
            (Err(_), _) => "no access key".to_owned(),
        }
    }

    fn standing(&self) -> Result<Standing, Problem> {
        let kept = self.kept()?;
        let person = kept.as_ref().map(|kept| kept.arn.name().to_owned());
        if !self.needs_person() {
            let has_key = self.context.secret(KEY_SECRET)?.is_some();
            let state = if has_key { IdentityState::SignedIn } else { IdentityState::SignedOut };
            return Ok(Standing { state, person, until: None });
        }
        let (now, serial) = (self.context.now(), self.serial());
        let until = kept.as_ref().and_then(|k| k.session(serial, now, TimeDelta::MIN)).map(UserSession::ends);
        let state = match until {
            None => IdentityState::SignedOut,
            Some(until) if until - now >= TO_SIGN => IdentityState::SignedIn,
            Some(_) => IdentityState::NeedsSignIn,
        };
        Ok(Standing { state, person, until })
    }

    fn roles(&self) -> Vec<FoundRole> {
        let Ok(Some(kept)) = self.kept() else { return Vec::new() };
        vec![FoundRole { target: kept.arn, account_name: None }]
    }

    fn sign_in<'a>(&'a self, call: &'a SignInCall<'a>) -> Boxed<'a, Result<String, Problem>> {
        Box::pin(async move {
            let key = self.key()?;
            let _turn = self.context.turn().await?;
            // Check the key before spending a code. A bad key isn't the code's fault, and codes go by AWS's clock.
            let kept = self.ask_whose(&key).await?;
            let person = kept.arn.name().to_owned();
            if let Some(serial) = self.serial() {
                let device = Device::new(&self.context, serial);
                let (code, computed) = match self.totp()? {
                    Some(totp) => (device.next_code(&totp, kept.skew()).await?, true),
                    None => (device.typed(call.given.need(CODE, "MFA code")?).await?, false),
                };
                let duration = self.declared_duration(&kept.arn);
                self.new_session(&key, kept, duration, Some((&code, computed))).await?;
            }
            Ok(person)
        })
    }

    fn issue<'a>(&'a self, request: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, IdentityError>> {
        Box::pin(async move {
            match self.issue_once(request).await {
                // The session was revoked. Try once more with a new one if that doesn't need the person.
                Err(error) if error.kind() == ProblemKind::NeedsSignIn && self.forget_session()? => {
                    self.issue_once(request).await
                }
                result => result,
            }
        })
    }

    fn sign_out(&self) -> Boxed<'_, Result<bool, Problem>> {
        Box::pin(self.context.forget())
    }

    fn try_out<'a>(&'a self, trial: &'a Trial<'a>) -> Boxed<'a, ()> {
        Box::pin(async move {
            const KEY: &str = "the vault has an access key";
            const KNOWN: &str = "AWS knows the access key";
            const CODES: &str = "the TOTP secret gives codes";
            let has_totp = self.context.secret(TOTP).is_ok_and(|secret| secret.is_some());
            trial.plan([SETTINGS, KEY, KNOWN].into_iter().chain(has_totp.then_some(CODES)));
            if trial.settings(check_fields(&self.settings).err().into_iter().collect()).is_none() {
                return;
            }
            let Some(key) = trial.step(KEY, async { self.key() }).await else { return };
            let known = trial.step(KNOWN, async {
                let _turn = self.context.turn().await?;
                self.ask_whose(&key).await
            });
            if known.await.is_some() && has_totp {
                trial.step(CODES, async { self.totp() }).await;
            }
        })
    }
}

impl IamUserIdentity {
    /// The identity with these settings.
    pub fn new(settings: IamUserSettings, context: IdentityContext) -> Self {
        let context = context.sending(&settings.secrets());
        Self { settings, context }
    }

    /// The current MFA code. Daypass won't send this code itself.
    ///
    /// # Errors
    ///
    /// `iam-user-no-totp` where the secret of the device is not in the vault.
    pub async fn mfa_code(&self) -> Result<MfaCode, Problem> {
        let name = &self.context.name;
        let (Some(serial), Some(totp)) = (self.serial(), self.totp()?) else {
            let message = format!("the vault doesn't have an MFA device's secret for identity {name}");
            return Err(Problem::new(ProblemKind::NotFound, ProblemCode::IamUserNoTotp, message)
                .hint("set mfa_serial, and put the secret of the device in the vault")
                .next(give_secrets(name, &[TOTP])));
        };
        let skew = self.kept()?.map_or(TimeDelta::zero(), |kept| kept.skew());
        Device::new(&self.context, serial).show(&totp, skew).await
    }

    /// The user whose key it is. Asks AWS if that isn't known, which also shows that the key works.
    ///
    /// # Errors
    ///
    /// No key; what AWS refuses; `iam-user-not-a-user`.
    pub async fn owner(&self) -> Result<Target, Problem> {
        let key = self.key()?;
        let _turn = self.context.turn().await?;
        Ok(self.look_up(&key).await?.arn)
    }

    /// What the user's MFA device is most likely called: a virtual one is named after its user, unless another name was
    /// typed.
    ///
    /// # Errors
    ///
    /// As [`Self::owner`].
    pub async fn likely_mfa_serial(&self) -> Result<String, Problem> {
        let user = self.owner().await?;
        Ok(format!("arn:{}:iam::{}:mfa/{}", user.partition().id(), user.account(), user.name()))
    }

    /// Replaces the access key, or resumes an interrupted rotation.
    ///
    /// # Errors
    ///
    /// What IAM refuses; `iam-user-two-keys`; needs a sign-in when the MFA session has ended.
    pub async fn rotate_key(&self) -> Result<RotatedKey, Problem> {
        let turn = self.context.services.turns.take(&format!("rotation/{}", self.context.name)).await?;
        let identity = self.clone();
        let rotation = async move {
            let key = identity.key()?;
            let kept = {
                let _turn = identity.context.turn().await?;
                identity.look_up(&key).await?
            };
            // Policies that require MFA require it here.
            let keys = identity.keys(&key).await?;
            let session = identity.serial().map(|_| keys);
            let at = identity.context.services.aws.regions(kept.arn.partition(), identity.settings.region.as_ref());
            let iam = Iam::new(&identity.context, session, kept.arn.name(), at)?;
            let keep = |ids: Vec<String>| match identity.context.kept::<StoredUser>()? {
                Some(kept) => identity.context.keep(&StoredUser { access_key_ids: ids, ..kept }),
                None => Ok(()),
            };
            rotate(&identity.context, &iam, &kept.arn.to_string(), &key, &keep).await
        };
        // AWS shows a new key's secret only once.
        self.context.to_the_end(turn, rotation).await.unwrap_or_else(|| {
            Err(Problem::new(ProblemKind::Failed, ProblemCode::RotationEnded, "the rotation ended without an answer")
                .hint("run it again to resume it"))
        })
    }

    async fn issue_once(&self, request: &SessionRequest) -> Result<IssuedCredentials, IdentityError> {
        let key = self.key()?;
        let aws = &self.context.services.aws;
        let order = aws.order(&request.role, request.region.as_ref(), &request.terms);
        match request.role.kind() {
            TargetKind::User => Ok(self.deliver(&key, &order).await?),
            TargetKind::Role | TargetKind::Root => {
                let keys = self.keys(&key).await?;
                let issued = aws.sts()?.with_keys(&order, &keys, &self.session_name()?).await;
                issued.map_err(|error| IdentityError::explained(error, |problem| self.refused(problem)))
            }
            TargetKind::FederatedUser => {
                // STS accepts only long-lived keys for this, with or without MFA.
                let issued = aws.sts()?.get_federation_token(&order, &key.keys(), request.role.name()).await;
                let issued =
                    issued.map_err(|error| IdentityError::explained(error, |problem| self.refused(problem)))?;
                if issued.assumed_role_arn == request.role.to_string() {
                    return Ok(issued);
                }
                let message = format!("the key in the vault gives {}, not {}", issued.assumed_role_arn, request.role);
                Err(Problem::new(ProblemKind::Refused, ProblemCode::IamUserOtherUser, message)
                    .hint("declare the federated user with the account of the key's user")
                    .into())
            }
            TargetKind::IdentityPool => {
                let message = format!("an IAM user can't get credentials of an identity pool ({})", request.role);
                Err(Problem::new(ProblemKind::Invalid, ProblemCode::IamUserNotARole, message)
                    .hint("use an identity of kind cognito")
                    .into())
            }
        }
    }

    /// The user's own session: the one in hand while it has half of the wanted time left, otherwise a new one.
    async fn deliver(&self, key: &AccessKey, order: &ExchangeRequest) -> Result<IssuedCredentials, Problem> {
        Operation::GetSessionToken.check(order)?;
        let _turn = self.context.turn().await?;
        let kept = self.look_up(key).await?;
        if kept.arn != order.target {
            let message = format!("the access key in the vault belongs to {}, not to {}", kept.arn, order.target);
            return Err(Problem::new(ProblemKind::Refused, ProblemCode::IamUserOtherUser, message)
                .hint("start the session of the user that the catalog lists for this identity"));
        }
        let wanted = order.terms.duration.unwrap_or_else(|| SessionDuration::usual(TargetKind::User));
        let half = TimeDelta::seconds(i64::from(wanted.seconds()) / 2);
        // Don't ask for a code while there is something to deliver.
        let enough = if self.needs_person() { half.min(TO_DELIVER) } else { half };
        if let Some(session) = kept.session(self.serial(), self.context.now(), enough) {
            return Ok(session.again(&kept.user_id));
        }
        self.session_without_person(key, kept, Some(wanted)).await
    }

    /// What signs requests: the session that the MFA device vouched for, or the key itself. Its owner is known then.
    async fn keys(&self, key: &AccessKey) -> Result<Keys, Problem> {
        let _turn = self.context.turn().await?;
        let kept = self.look_up(key).await?;
        if self.serial().is_none() {
            return Ok(key.keys());
        }
        if let Some(session) = kept.session(self.serial(), self.context.now(), TO_SIGN) {
            return Ok(session.keys());
        }
        let issued = self.session_without_person(key, kept, None).await?;
        Ok(issued.credentials.into())
    }

    /// The caller holds the identity's turn.
    async fn session_without_person(
        &self,
        key: &AccessKey,
        kept: StoredUser,
        duration: Option<SessionDuration>,
    ) -> Result<IssuedCredentials, Problem> {
        let Some(serial) = self.serial() else { return self.new_session(key, kept, duration, None).await };
        let Some(totp) = self.totp()? else {
            return Err(code_wanted(&self.context.name, kept.session.is_some()));
        };
        let code = Device::new(&self.context, serial).next_code(&totp, kept.skew()).await?;
        self.new_session(key, kept, duration, Some((&code, true))).await
    }

    /// GetSessionToken. A code comes with a flag that says whether it was computed.
    async fn new_session(
        &self,
        key: &AccessKey,
        kept: StoredUser,
        duration: Option<SessionDuration>,
        code: Option<(&SecretString, bool)>,
    ) -> Result<IssuedCredentials, Problem> {
        let aws = &self.context.services.aws;
        let terms = Terms { duration, ..Terms::default() };
        let order = aws.order(&kept.arn, self.settings.region.as_ref(), &terms);
        let mfa = self.serial().zip(code).map(|(serial, (code, _))| Mfa { serial, code });
        let issued = aws.sts()?.get_session_token(&order, &key.keys(), mfa).await.map_err(|error| {
            about_the_user(&self.context.name, code.is_some_and(|(_, computed)| computed), error.into())
        })?;
        let session =
            UserSession { mfa_serial: self.settings.mfa_serial.clone(), credentials: Credentials::of(issued.clone()) };
        let skew_ms = issued.clock_skew.map_or(kept.skew_ms, |skew| skew.num_milliseconds());
        self.context.keep(&StoredUser { session: Some(session), skew_ms, ..kept })?;
        Ok(issued)
    }

    /// Whose key it is, remembered or asked (GetCallerIdentity). The caller holds the identity's turn.
    async fn look_up(&self, key: &AccessKey) -> Result<StoredUser, Problem> {
        match self.kept_of(key)? {
            Some(kept) => Ok(kept),
            None => self.ask_whose(key).await,
        }
    }

    /// Asks AWS whose key it is. The caller holds the identity's turn.
    async fn ask_whose(&self, key: &AccessKey) -> Result<StoredUser, Problem> {
        let caller = self.context.services.aws.sts()?.get_caller_identity(&self.home(), &key.keys()).await;
        let caller = caller.map_err(|error| IdentityError::explained(error, |problem| self.refused(problem)))?;
        let arn: Option<Target> = caller.arn.parse().ok();
        let Some(arn) = arn.filter(|arn| arn.kind() == TargetKind::User) else {
            let message = format!("the access key in the vault doesn't belong to an IAM user, but to {}", caller.arn);
            return Err(Problem::new(ProblemKind::Refused, ProblemCode::IamUserNotAUser, message)
                .hint("create an IAM user with its own access key; delete access keys of the account's root user"));
        };
        let before = self.kept_of(key)?.filter(|kept| kept.arn == arn);
        let kept = StoredUser {
            access_key_ids: before.as_ref().map_or_else(|| vec![key.id.clone()], |kept| kept.access_key_ids.clone()),
            arn,
            user_id: caller.user_id,
            skew_ms: caller.clock_skew.map_or(0, |skew| skew.num_milliseconds()),
            session: before.and_then(|kept| kept.session),
        };
        self.context.keep(&kept)?;
        Ok(kept)
    }

    /// Discards the session but keeps who the user is. False if there is none, or no way to get another.
    fn forget_session(&self) -> Result<bool, Problem> {
        if self.needs_person() {
            return Ok(false);
        }
        match self.kept()? {
            Some(kept) if kept.session.is_some() => {
                self.context.keep(&StoredUser { session: None, ..kept }).map(|()| true)
            }
            _ => Ok(false),
        }
    }

    /// The name that CloudTrail shows for the user's roles: the user's own.
    fn session_name(&self) -> Result<String, Problem> {
        let name = self.kept()?.map(|kept| kept.arn.name().to_owned());
        // User names allow the same characters, but may be a single character.
        let name = name.filter(|name| name.parse::<SessionName>().is_ok());
        Ok(name.unwrap_or_else(|| format!("daypass-{}", self.context.name)).chars().take(64).collect())
    }

    /// How long the user's own session is declared to last in `config.toml`.
    fn declared_duration(&self, arn: &Target) -> Option<SessionDuration> {
        let config = self.context.services.config.current();
        let declared = config.roles.iter().find(|role| &role.arn == arn && role.identity == self.context.name)?;
        declared.terms.duration
    }

    fn refused(&self, problem: Problem) -> Problem {
        about_the_user(&self.context.name, true, problem)
    }

    /// Which STS to ask while the user's partition is unknown: the one of the region, or of the MFA device.
    fn home(&self) -> StsRegions {
        let region = self.settings.region.as_ref();
        let of_device = self.serial().and_then(|serial| serial.split(':').nth(1));
        let partition = match region {
            Some(region) => Some(Partition::of_region(region)),
            None => Partition::all().find(|partition| Some(partition.id()) == of_device).or(Partition::all().next()),
        };
        let partition = partition.unwrap_or_else(|| unreachable!("there are partitions"));
        self.context.services.aws.regions(partition, region)
    }

    /// Whether this is the key in use.
    #[must_use]
    pub fn has_key(&self, id: &str) -> bool {
        self.context.secret(KEY_ID).ok().flatten().is_some_and(|own| own.expose_secret() == id)
    }

    fn key(&self) -> Result<AccessKey, Problem> {
        let (id, secret) = (self.context.secret(KEY_ID)?, self.context.secret(KEY_SECRET)?);
        let (Some(id), Some(secret)) = (id, secret) else { return Err(no_key(&self.context.name)) };
        AccessKey::new(id.expose_secret(), secret.expose_secret())
    }

    fn totp(&self) -> Result<Option<TotpSecret>, Problem> {
        self.context.secret(TOTP)?.map(|secret| TotpSecret::parse(secret.expose_secret())).transpose()
    }

    fn serial(&self) -> Option<&str> {
        self.settings.mfa_serial.as_deref()
    }

    /// Whether a code has to be typed.
    fn needs_person(&self) -> bool {
        self.serial().is_some() && !self.context.secret(TOTP).is_ok_and(|secret| secret.is_some())
    }

    /// What is kept, if it belongs to the key in the vault.
    fn kept(&self) -> Result<Option<StoredUser>, Problem> {
        match self.key() {
            Ok(key) => self.kept_of(&key),
            Err(_) => Ok(None),
        }
    }

    fn kept_of(&self, key: &AccessKey) -> Result<Option<StoredUser>, Problem> {
        Ok(self.context.kept::<StoredUser>()?.filter(|kept| kept.is_of(key)))
    }
}

/// Whether the access key that a person typed can be one, before it is kept.
///
/// # Errors
///
/// `bad-access-key`, as [`AccessKey::new`].
pub fn check_typed(settings: &IdentitySettings, typed: &TypedSecrets) -> Result<(), Problem> {
    match (settings, typed.get(KEY_ID), typed.get(KEY_SECRET)) {
        (IdentitySettings::IamUser(_), Some(id), Some(secret)) => {
            AccessKey::new(id.expose_secret(), secret.expose_secret()).map(drop)
        }
        _ => Ok(()),
    }
}
