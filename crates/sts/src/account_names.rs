//! What AWS calls accounts, asked with the keys of a session. Names are worth no error and no second try: a refusal tells
//! nothing.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_types::SdkConfig;

use super::Aws;
use super::sts::sdk_credentials;
use daypass_core::credentials::Keys;
use daypass_core::names::{AccountId, Partition};
use daypass_core::service::Service;

/// An account, as AWS calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalledAccount {
    /// Its 12 digits.
    pub id: AccountId,
    /// Its name.
    pub name: Option<String>,
    /// Its alias, which is part of the address of its sign-in page.
    pub alias: Option<String>,
}

/// A service didn't answer. Ask again later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoAnswer;

/// More than an organization has, of twenty accounts each.
const MOST_PAGES: usize = 2_000;

/// The keys of a session, and where they count.
struct Asker<'a> {
    aws: &'a Aws,
    keys: &'a Keys,
    account: &'a AccountId,
    partition: Partition,
}

impl Aws {
    /// What AWS tells a session in this account: its name (`account:GetAccountInformation`) and alias
    /// (`iam:ListAccountAliases`), and in the management account of an organization the names of all its accounts
    /// (`organizations:ListAccounts`). A service that isn't allowed to answer is passed over, and so is one that only
    /// STS has a stand-in for: keys that another server made don't go to AWS.
    ///
    /// # Errors
    ///
    /// [`NoAnswer`] if a service can't be reached.
    pub async fn called_accounts(
        &self,
        keys: &Keys,
        account: &AccountId,
        partition: Partition,
    ) -> Result<Vec<CalledAccount>, NoAnswer> {
        let asker = Asker { aws: self, keys, account, partition };
        let own = CalledAccount { id: account.clone(), name: asker.name().await?, alias: asker.alias().await? };
        let mut accounts = asker.organization().await?;
        match accounts.iter_mut().find(|listed| &listed.id == account) {
            Some(listed) => {
                listed.name = own.name.or(listed.name.take());
                listed.alias = own.alias;
            }
            None => accounts.push(own),
        }
        Ok(accounts)
    }

    /// Whether the console's sign-in belongs to the same AWS as STS. An assertion that another server takes doesn't go
    /// to AWS.
    #[must_use]
    pub fn has_own_sign_in(&self) -> bool {
        let endpoints = &self.surroundings.endpoints;
        endpoints.sts.is_none() || endpoints.signin.is_some()
    }
}

impl Asker<'_> {
    async fn name(&self) -> Result<Option<String>, NoAnswer> {
        let Some(config) = self.config(Service::Account) else { return Ok(None) };
        let config = aws_sdk_account::config::Builder::from(&config)
            .behavior_version(aws_sdk_account::config::BehaviorVersion::v2026_01_12())
            .credentials_provider(sdk_credentials(self.keys));
        let client = aws_sdk_account::Client::from_conf(config.build());
        let told = told(client.get_account_information().send().await)?;
        Ok(told.and_then(|told| told.account_name().map(str::to_owned)))
    }

    async fn alias(&self) -> Result<Option<String>, NoAnswer> {
        let Some(config) = self.config(Service::Iam) else { return Ok(None) };
        let config = aws_sdk_iam::config::Builder::from(&config)
            .behavior_version(aws_sdk_iam::config::BehaviorVersion::v2026_01_12())
            .credentials_provider(sdk_credentials(self.keys));
        let told = told(aws_sdk_iam::Client::from_conf(config.build()).list_account_aliases().send().await)?;
        // An account has one at most.
        Ok(told.and_then(|told| told.account_aliases().first().cloned()))
    }

    /// All accounts of the organization, for a session in the account that manages it.
    async fn organization(&self) -> Result<Vec<CalledAccount>, NoAnswer> {
        let Some(config) = self.config(Service::Organizations) else { return Ok(Vec::new()) };
        let config = aws_sdk_organizations::config::Builder::from(&config)
            .behavior_version(aws_sdk_organizations::config::BehaviorVersion::v2026_01_12())
            .credentials_provider(sdk_credentials(self.keys));
        let client = aws_sdk_organizations::Client::from_conf(config.build());
        let described = told(client.describe_organization().send().await)?;
        let manages = described.and_then(|it| it.organization?.master_account_id);
        let mut accounts = Vec::new();
        if manages.as_deref() != Some(self.account.as_str()) {
            return Ok(accounts);
        }
        let mut next = None;
        for _ in 0..MOST_PAGES {
            let Some(page) = told(client.list_accounts().set_next_token(next).send().await)? else { break };
            accounts.extend(page.accounts().iter().filter_map(|account| {
                let name = account.name().map(str::to_owned);
                Some(CalledAccount { id: account.id()?.parse().ok()?, name, alias: None })
            }));
            next = page.next_token;
            if next.is_none() {
                break;
            }
        }
        Ok(accounts)
    }

    /// `None` if the service isn't to be asked. Each of them has one region in a partition.
    fn config(&self, service: Service) -> Option<SdkConfig> {
        let endpoints = &self.aws.surroundings.endpoints;
        let is_elsewhere = endpoints.sts.is_some() && endpoints.of(service).is_none();
        let config = || self.aws.sdk_config(service, &self.partition.default_region()).ok();
        (!is_elsewhere).then(config).flatten()
    }
}

fn told<T, E>(answer: Result<T, SdkError<E, HttpResponse>>) -> Result<Option<T>, NoAnswer> {
    match answer {
        Ok(told) => Ok(Some(told)),
        Err(SdkError::ServiceError(_) | SdkError::ResponseError(_)) => Ok(None),
        Err(_) => Err(NoAnswer),
    }
}
