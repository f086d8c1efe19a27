//! The broker's answer to each request. The agent answers for others, and the command for itself.

use std::time::Duration;

use super::consent_book::Answerer;
use super::door::Broker;
use super::sign_in_first::Needs;
use crate::outcome::Outcome;
use crate::requests::{
    AcceptCatalog, AddCatalog, AnswerConsent, Answers, AwaitConsentQuestion, BeginLease, CallerIdentity,
    ChangeFavourites, ChangeSession, ConsoleAddress, Elevate, EndLease, ExplainDenial, FallBack, Favourite,
    FindKeyAccount, GetCaller, GetConsents, GetConsoleUrl, GetCredentials, GetKeys, GetLastUses, GetMfaCode,
    GetSnapshot, GetVaultState, HandedOut, ListAccounts, ListCatalogs, ListFavourites, ListLeases, ListRoles,
    LockReason, LockVault, NamedProfiles, NoteBeyondLease, NoteTaken, PeekSession, PutAccount, PutIdentity, PutRole,
    Recognise, RefreshCatalogs, RemoveCatalog, RemoveIdentity, RemoveRole, RenameIdentity, RenewSession, ReportLeak,
    RevokeConsents, RotateKey, SecretText, SessionKeys, SignIn, SignOut, StartSession, StopAndGiveBack, StopSessions,
    Tell, TryIdentity, UnlockVault, UseRole, VaultState,
};
use aws_files::Foreign;
use daypass_core::account::AccountView;
use daypass_core::consent::{ConsentGiven, Consents};
use daypass_core::event::Event;
use daypass_core::history::{LastUse, TakenBy, Taker};
use daypass_core::leak::LeakReport;
use daypass_core::names::AccountId;
use daypass_core::policy::PolicyDelivery;
use daypass_core::problem::Problem;
use daypass_core::recognised::Recognised;
use daypass_core::settings::CatalogView;
use daypass_core::standing::SessionStanding;
use daypass_core::view::{CatalogProgress, Caution, SessionView, SignInAsk, Snapshot, TrialStep};
use daypass_identity::SignInRequest;
use daypass_identity::iam_user::{MfaCode, RotatedKey};
use daypass_sts::Denial;

impl Answers<GetSnapshot> for Broker {
    async fn answer(&self, request: GetSnapshot, _: Tell<'_>) -> Result<Snapshot, Problem> {
        Ok(if request.with_roles { self.snapshot() } else { self.snapshot_without_roles() })
    }
}

// Identities

impl Answers<PutIdentity> for Broker {
    async fn answer(&self, request: PutIdentity, _: Tell<'_>) -> Result<(), Problem> {
        let PutIdentity { name, settings, secrets, new } = request;
        let before = self.config();
        self.put_identity(&name, &settings, &secrets, new)?;
        self.follow_regions(&before).await;
        Ok(())
    }
}

impl Answers<Recognise> for Broker {
    async fn answer(&self, request: Recognise, _: Tell<'_>) -> Result<Recognised, Problem> {
        Ok(self.recognise(&request.text, request.ask).await)
    }
}

impl Answers<TryIdentity> for Broker {
    async fn answer(&self, request: TryIdentity, tell: Tell<'_>) -> Result<Vec<TrialStep>, Problem> {
        self.try_identity(&request.name, &|news| tell(Event::TrialWentOn { news })).await
    }
}

impl Answers<RemoveIdentity> for Broker {
    async fn answer(&self, request: RemoveIdentity, _: Tell<'_>) -> Result<(), Problem> {
        self.remove_identity(&request.name).await
    }
}

impl Answers<RenameIdentity> for Broker {
    async fn answer(&self, request: RenameIdentity, _: Tell<'_>) -> Result<(), Problem> {
        self.rename_identity(&request.name, &request.new_name).await
    }
}

impl Answers<SignIn> for Broker {
    async fn answer(&self, request: SignIn, tell: Tell<'_>) -> Result<String, Problem> {
        let SignIn { identity, timeout_seconds, device, given } = request;
        let limit = Duration::from_secs(timeout_seconds.into());
        let show = |ask: &SignInAsk| {
            // The caller opens the browser, because it knows the person's screen.
            tell(Event::SignInBegan { identity: identity.clone(), ask: ask.clone(), browser_opened: false });
            true
        };
        let caution = |caution: &Caution| {
            tell(Event::SignInCautioned { identity: identity.clone(), caution: caution.clone() });
        };
        let asked = SignInRequest { limit, device, given: &given, show: &show, caution: &caution };
        self.sign_in(&identity, asked).await
    }
}

impl Answers<SignOut> for Broker {
    async fn answer(&self, request: SignOut, _: Tell<'_>) -> Result<bool, Problem> {
        self.sign_out(&request.identity).await
    }
}

impl Answers<ListRoles> for Broker {
    async fn answer(&self, request: ListRoles, tell: Tell<'_>) -> Result<usize, Problem> {
        let ListRoles { identity } = request;
        let grew = |CatalogProgress { accounts, done }| {
            tell(Event::CatalogGrew { identity: identity.clone(), accounts, done });
        };
        self.list_roles(&identity, &grew).await
    }
}

impl Answers<GetMfaCode> for Broker {
    async fn answer(&self, request: GetMfaCode, _: Tell<'_>) -> Result<MfaCode, Problem> {
        self.mfa_code(&request.identity).await
    }
}

impl Answers<RotateKey> for Broker {
    async fn answer(&self, request: RotateKey, _: Tell<'_>) -> Result<RotatedKey, Problem> {
        self.rotate_key(&request.identity).await
    }
}

// Roles

impl Answers<PutRole> for Broker {
    async fn answer(&self, request: PutRole, _: Tell<'_>) -> Result<(), Problem> {
        let before = self.config();
        self.put_role(&request.role, request.consent, request.new)?;
        self.follow_regions(&before).await;
        Ok(())
    }
}

impl Answers<RemoveRole> for Broker {
    async fn answer(&self, request: RemoveRole, _: Tell<'_>) -> Result<(), Problem> {
        self.remove_role(&request.role)
    }
}

impl Answers<ListFavourites> for Broker {
    async fn answer(&self, _: ListFavourites, _: Tell<'_>) -> Result<Vec<Favourite>, Problem> {
        let ids = self.favourites()?;
        let roles = self.roles_by_id(&ids);
        let role = |id: &String| roles.iter().find(|role| role.id == *id).cloned();
        Ok(ids.iter().map(|id| Favourite { id: id.clone(), role: role(id) }).collect())
    }
}

impl Answers<ChangeFavourites> for Broker {
    async fn answer(&self, request: ChangeFavourites, _: Tell<'_>) -> Result<Vec<String>, Problem> {
        match request.remove {
            true => self.remove_favourites(&request.roles),
            false => self.add_favourites(&request.roles),
        }
    }
}

// Accounts

impl Answers<ListAccounts> for Broker {
    async fn answer(&self, _: ListAccounts, _: Tell<'_>) -> Result<Vec<AccountView>, Problem> {
        self.accounts()
    }
}

impl Answers<PutAccount> for Broker {
    async fn answer(&self, request: PutAccount, _: Tell<'_>) -> Result<AccountView, Problem> {
        let PutAccount { account, settings, unset } = request;
        let before = self.config();
        let account = self.account(&account)?;
        self.put_account(&account, &settings, &unset)?;
        self.follow_regions(&before).await;
        self.account_view(&account)
    }
}

// Shared catalogs

impl Answers<ListCatalogs> for Broker {
    async fn answer(&self, _: ListCatalogs, _: Tell<'_>) -> Result<Vec<CatalogView>, Problem> {
        self.catalogs()
    }
}

impl Answers<AddCatalog> for Broker {
    async fn answer(&self, request: AddCatalog, _: Tell<'_>) -> Result<CatalogView, Problem> {
        self.add_catalog(&request.name, &request.settings).await
    }
}

impl Answers<RefreshCatalogs> for Broker {
    async fn answer(&self, request: RefreshCatalogs, _: Tell<'_>) -> Result<Vec<CatalogView>, Problem> {
        self.refresh_catalogs(request.name.as_ref()).await
    }
}

impl Answers<AcceptCatalog> for Broker {
    async fn answer(&self, request: AcceptCatalog, _: Tell<'_>) -> Result<CatalogView, Problem> {
        let AcceptCatalog { name, waiting_id, trust_key } = request;
        self.accept_catalog(&name, waiting_id.as_deref(), trust_key).await
    }
}

impl Answers<RemoveCatalog> for Broker {
    async fn answer(&self, request: RemoveCatalog, _: Tell<'_>) -> Result<(), Problem> {
        self.remove_catalog(&request.name).await
    }
}

// Sessions

impl Answers<StartSession> for Broker {
    async fn answer(&self, request: StartSession, _: Tell<'_>) -> Result<Outcome<SessionView>, Problem> {
        let StartSession { role, profile, also, region, replace, read_only, person } = request;
        let foreign = if replace { Foreign::BackUpAndReplace } else { Foreign::Refuse };
        let profiles = NamedProfiles { first: profile, also };
        self.start_alone_or_sign_in(&role, profiles, region, foreign, read_only, person).await
    }
}

impl Answers<ChangeSession> for Broker {
    async fn answer(&self, request: ChangeSession, _: Tell<'_>) -> Result<SessionView, Problem> {
        self.change_session_alone(&request).await
    }
}

impl Answers<RenewSession> for Broker {
    async fn answer(&self, request: RenewSession, _: Tell<'_>) -> Result<Outcome<SessionView>, Problem> {
        let RenewSession { profile, person } = request;
        self.sign_in_first(person, Needs::Renewal(&profile), self.renew(&profile)).await
    }
}

impl Answers<StopSessions> for Broker {
    async fn answer(&self, request: StopSessions, _: Tell<'_>) -> Result<usize, Problem> {
        self.stop(request.profile.as_ref()).await
    }
}

impl Answers<UseRole> for Broker {
    async fn answer(&self, request: UseRole, _: Tell<'_>) -> Result<Outcome<SessionStanding>, Problem> {
        let UseRole { role, region, read_only, at_least, person } = request;
        let used = self.use_role(&role, region, read_only, at_least);
        self.sign_in_first(person, Needs::Role(&role), used).await
    }
}

impl Answers<BeginLease> for Broker {
    async fn answer(&self, request: BeginLease, _: Tell<'_>) -> Result<Outcome<SessionStanding>, Problem> {
        let (person, role) = (request.person, request.role.clone());
        self.sign_in_first(person, Needs::Role(&role), self.begin_lease(request)).await
    }
}

impl Answers<ListLeases> for Broker {
    async fn answer(&self, _: ListLeases, _: Tell<'_>) -> Result<Vec<SessionView>, Problem> {
        self.list_leases().await
    }
}

impl Answers<EndLease> for Broker {
    async fn answer(&self, request: EndLease, _: Tell<'_>) -> Result<(), Problem> {
        self.end_lease(&request.name).await
    }
}

impl Answers<NoteBeyondLease> for Broker {
    async fn answer(&self, request: NoteBeyondLease, _: Tell<'_>) -> Result<(), Problem> {
        self.note_beyond_lease(&request.name);
        Ok(())
    }
}

impl Answers<Elevate> for Broker {
    async fn answer(&self, request: Elevate, _: Tell<'_>) -> Result<Outcome<SessionView>, Problem> {
        let Elevate { session, lasts, why, person } = request;
        let elevating = self.elevate(&session, lasts, &why);
        self.sign_in_first(person, Needs::Role(&session), elevating).await
    }
}

impl Answers<FallBack> for Broker {
    async fn answer(&self, request: FallBack, _: Tell<'_>) -> Result<SessionView, Problem> {
        self.fall_back(&request.profile).await
    }
}

impl Answers<StopAndGiveBack> for Broker {
    async fn answer(&self, request: StopAndGiveBack, _: Tell<'_>) -> Result<bool, Problem> {
        self.stop_and_give_back(&request.profile).await
    }
}

impl Answers<GetCredentials> for Broker {
    async fn answer(&self, request: GetCredentials, _: Tell<'_>) -> Result<HandedOut, Problem> {
        let by_endpoint = request.by_endpoint;
        self.admits_delivery(if by_endpoint { PolicyDelivery::Endpoint } else { PolicyDelivery::Process })?;
        let profile = self.for_program(request.profile.clone(), request.role.as_deref(), by_endpoint)?;
        let is_for_one = self.admits_to_lease(&profile, &request)?;
        match self.hand_out(&profile, request).await {
            Ok(handed_out) => {
                let is_for_this_program = handed_out.is_for_this_program || is_for_one;
                Ok(HandedOut { is_for_this_program, ..handed_out })
            }
            Err(problem) => {
                // The tool that asks shows it nowhere, or only when it gives up.
                self.ask_for_sign_in(&profile, &problem);
                Err(problem)
            }
        }
    }
}

impl Answers<GetConsents> for Broker {
    async fn answer(&self, _: GetConsents, _: Tell<'_>) -> Result<Consents, Problem> {
        Ok(self.consents())
    }
}

impl Answers<AwaitConsentQuestion> for Broker {
    async fn answer(&self, request: AwaitConsentQuestion, _: Tell<'_>) -> Result<Consents, Problem> {
        Ok(self.consent_question(&request.known).await)
    }
}

impl Answers<AnswerConsent> for Broker {
    async fn answer(&self, request: AnswerConsent, _: Tell<'_>) -> Result<ConsentGiven, Problem> {
        let AnswerConsent { id, answer, asked_by } = request;
        self.answer_consent(id, answer, &Answerer::Command(asked_by))
    }
}

impl Answers<RevokeConsents> for Broker {
    async fn answer(&self, request: RevokeConsents, _: Tell<'_>) -> Result<Vec<ConsentGiven>, Problem> {
        self.revoke_consents(request.id)
    }
}

impl Answers<GetLastUses> for Broker {
    async fn answer(&self, _: GetLastUses, _: Tell<'_>) -> Result<Vec<LastUse>, Problem> {
        Ok(self.last_uses())
    }
}

impl Answers<NoteTaken> for Broker {
    async fn answer(&self, request: NoteTaken, _: Tell<'_>) -> Result<(), Problem> {
        let NoteTaken { profile, consumer, visitor } = request;
        let profile = self.for_program(profile, None, true)?;
        self.note_taken(&profile, Taker::new(TakenBy::Endpoint, visitor, Some(consumer)));
        Ok(())
    }
}

impl Answers<GetKeys> for Broker {
    async fn answer(&self, request: GetKeys, _: Tell<'_>) -> Result<Outcome<SessionKeys>, Problem> {
        let GetKeys { profile, person, consumer, asked_by } = request;
        self.admits_delivery(PolicyDelivery::Env)?;
        let taking = async {
            let taken = self.keys(&profile).await?;
            self.hand_out_keys(taken, self.asking_program(asked_by), consumer).await
        };
        self.sign_in_first(person, Needs::Profile(&profile), taking).await
    }
}

impl Answers<PeekSession> for Broker {
    async fn answer(&self, request: PeekSession, _: Tell<'_>) -> Result<Option<SessionStanding>, Problem> {
        Ok(self.peek(&request.profile))
    }
}

impl Answers<GetConsoleUrl> for Broker {
    async fn answer(&self, request: GetConsoleUrl, _: Tell<'_>) -> Result<Outcome<ConsoleAddress>, Problem> {
        let GetConsoleUrl { role, page, person, asked_by } = request;
        let (role, mut page) = self.reaching(role, page)?;
        let program = self.asking_program(asked_by);
        if let Ok(role) = self.role(&role) {
            self.may_open_console(&role, program.clone()).await?;
        }
        page.taker = Some(Taker::new(TakenBy::Console, program, None));
        self.sign_in_first(person, Needs::Console(&role, page.sign_in), self.console(&role, page)).await
    }
}

impl Answers<ReportLeak> for Broker {
    async fn answer(&self, request: ReportLeak, _: Tell<'_>) -> Result<LeakReport, Problem> {
        self.report_leak(&request).await
    }
}

// The vault

impl Answers<GetVaultState> for Broker {
    async fn answer(&self, _: GetVaultState, _: Tell<'_>) -> Result<VaultState, Problem> {
        Ok(self.vault_state())
    }
}

impl Answers<LockVault> for Broker {
    async fn answer(&self, _: LockVault, _: Tell<'_>) -> Result<bool, Problem> {
        Ok(self.lock(LockReason::Asked).await)
    }
}

impl Answers<UnlockVault> for Broker {
    async fn answer(&self, request: UnlockVault, _: Tell<'_>) -> Result<(), Problem> {
        self.unlock(request.passphrase.map(SecretText::into_secret))
    }
}

// Questions to AWS

impl Answers<GetCaller> for Broker {
    async fn answer(&self, request: GetCaller, _: Tell<'_>) -> Result<CallerIdentity, Problem> {
        let caller = self.who_am_i(&request.profile).await?;
        Ok(CallerIdentity { account: caller.account, arn: caller.arn, user_id: caller.user_id })
    }
}

impl Answers<ExplainDenial> for Broker {
    async fn answer(&self, request: ExplainDenial, _: Tell<'_>) -> Result<Denial, Problem> {
        self.explain_denial(&request.profile, &request.message).await
    }
}

impl Answers<FindKeyAccount> for Broker {
    async fn answer(&self, request: FindKeyAccount, _: Tell<'_>) -> Result<AccountId, Problem> {
        self.whose_key(&request.profile, &request.access_key_id).await
    }
}
