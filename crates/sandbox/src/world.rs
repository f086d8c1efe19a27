//! The made-up company: accounts, roles, people and IAM users, and who may become what.

use std::collections::{BTreeMap, HashMap};

use secrecy::SecretString;

use crate::{SandboxError, random};

/// An AWS account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The roles in it.
    pub roles: Vec<Role>,
}

/// An IAM role and its trust policy, as far as the sandbox needs one.
#[derive(Clone, Debug)]
pub struct Role {
    /// 1 to 64 characters out of letters, digits and `+=,.@-_`.
    pub name: String,
    /// `MaxSessionDuration`: 3,600 s to 43,200 s.
    pub max_session_seconds: u32,
    /// User names and groups of the sandbox's own provider that may use `AssumeRoleWithWebIdentity`. People from
    /// trusted foreign issuers may too, unless this is [`Allowed::Nobody`].
    pub sign_in: Allowed,
    /// ARNs of users and roles that may use `AssumeRole`.
    pub assume: Allowed,
    /// If set, `AssumeRole` has to pass it (`sts:ExternalId`).
    pub external_id: Option<String>,
    /// Whether `AssumeRole` needs an MFA code, in this call or in the caller's session (`aws:MultiFactorAuthPresent`).
    pub mfa_required: bool,
    /// Whether `AssumeRole` needs a source identity, in this call or in the caller's session (`sts:SourceIdentity`).
    pub source_identity_required: bool,
    /// Session tags that `AssumeRole` needs, in this call or in the caller's session (`aws:RequestTag`).
    pub required_tags: Vec<String>,
    /// Whether the trust policy allows `sts:TagSession`. Without it, a session with tags is refused, whether they come
    /// from the request, the identity provider or a role earlier in the chain.
    pub may_be_tagged: bool,
    /// The same for `sts:SetSourceIdentity` and a source identity.
    pub may_be_traced: bool,
    /// Whether its sessions may ask what accounts are called (`iam:ListAccountAliases`, `account:GetAccountInformation`
    /// and, in the first account, `organizations:ListAccounts`).
    pub may_look: bool,
    /// Whether its sessions may give their account an alias (`iam:CreateAccountAlias`).
    pub may_change: bool,
}

/// Who may do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Everyone the sandbox knows.
    Everybody,
    /// Those in the list.
    Only(Vec<String>),
    /// No one.
    Nobody,
}

/// A person who can sign in at the sandbox's provider with [`crate::PASSWORD`].
#[derive(Clone, Debug)]
pub struct Person {
    /// The name to sign in with, which is the token's `preferred_username` and `sub`.
    pub username: String,
    /// Their full name.
    pub name: String,
    /// Their email address.
    pub email: String,
    /// The token's `groups`.
    pub groups: Vec<String>,
}

/// An IAM user with a long-lived access key.
#[derive(Clone, Debug)]
pub struct IamUser {
    /// The account's id.
    pub account: String,
    /// The user's name.
    pub name: String,
    /// `AKIA` and 16 more characters.
    pub access_key_id: String,
    /// Redacted in `Debug`.
    pub secret_access_key: SecretString,
    /// The user's virtual MFA device, if there is one.
    pub mfa: Option<MfaDevice>,
}

/// A virtual MFA device that shows six new digits every thirty seconds (RFC 6238).
#[derive(Clone, Debug)]
pub struct MfaDevice {
    /// `arn:aws:iam::ACCOUNT:mfa/NAME`.
    pub serial: String,
    /// In base32, 20 bytes. Redacted in `Debug`.
    pub secret: SecretString,
}

impl Account {
    /// Three accounts with nine roles for people, and a fourth with roles for role chaining. Each of those has one
    /// condition: `Partner` needs the external ID `daypass-partner`, `Vault` needs MFA, `Traced` a source identity and
    /// `Tagged` a session tag `Team`. Of the roles for people, only `Analyst` may have session tags, and
    /// `Admin` and `DataEngineer` may ask what accounts are called, and the developers' roles in staging give theirs an alias.
    pub fn made_up_company() -> Vec<Self> {
        const HOURS: u32 = 3_600;
        let to = |group: &str| Allowed::Only(vec![group.to_owned()]);
        let (developers, platform, data) = (to("developers"), to("platform"), to("data"));
        vec![
            Self {
                id: "111122223333".into(),
                name: "Shop – production".into(),
                roles: vec![
                    Role::new("ReadOnly").sign_in(developers.clone()).max_session(12 * HOURS),
                    Role::new("Deploy").sign_in(platform.clone()).max_session(2 * HOURS),
                    Role::new("Admin").sign_in(platform.clone()).assume(Allowed::Nobody).looking(),
                    Role::new("BreakGlass")
                        .sign_in(Allowed::Nobody)
                        .assume(Allowed::Only(vec!["arn:aws:iam::111122223333:role/Admin".into()])),
                ],
            },
            Self {
                id: "444455556666".into(),
                name: "Shop – staging".into(),
                roles: vec![
                    Role::new("Developer").sign_in(developers.clone()).max_session(12 * HOURS).changing(),
                    Role::new("Deploy").sign_in(developers.clone()).max_session(4 * HOURS).changing(),
                    Role::new("Admin").sign_in(platform.clone()).assume(Allowed::Nobody).looking(),
                ],
            },
            Self {
                id: "777788889999".into(),
                name: "Data lake".into(),
                roles: vec![
                    Role::new("Analyst").sign_in(developers).max_session(8 * HOURS).taggable(),
                    Role::new("DataEngineer").sign_in(data).max_session(4 * HOURS).looking(),
                ],
            },
            Self {
                id: "123412341234".into(),
                name: "Security".into(),
                roles: vec![
                    Role::new("Partner").sign_in(Allowed::Nobody).external_id("daypass-partner"),
                    Role::new("Vault").sign_in(Allowed::Nobody).max_session(2 * HOURS).with_mfa(),
                    Role::new("Traced").sign_in(Allowed::Nobody).with_source_identity(),
                    Role::new("Tagged").sign_in(Allowed::Nobody).with_tag("Team"),
                ],
            },
        ]
    }

    /// Generates this many accounts with this many roles each, open to everyone, to try out large catalogs.
    pub fn generate(accounts: u32, roles: u32) -> Vec<Self> {
        (0..accounts)
            .map(|a| Self {
                id: format!("{:012}", 100_000_000_000_u64 + u64::from(a)),
                name: format!("Team {:04}", a + 1),
                roles: (0..roles).map(|r| Role::new(format!("Role{:04}", r + 1))).collect(),
            })
            .collect()
    }
}

impl Role {
    /// A role that everyone may use, for an hour at most.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            max_session_seconds: 3_600,
            sign_in: Allowed::Everybody,
            assume: Allowed::Everybody,
            external_id: None,
            mfa_required: false,
            source_identity_required: false,
            required_tags: Vec::new(),
            may_be_tagged: false,
            may_be_traced: false,
            may_look: false,
            may_change: false,
        }
    }

    /// Who may use `AssumeRoleWithWebIdentity`.
    #[must_use]
    pub fn sign_in(self, sign_in: Allowed) -> Self {
        Self { sign_in, ..self }
    }

    /// Who may use `AssumeRole`.
    #[must_use]
    pub fn assume(self, assume: Allowed) -> Self {
        Self { assume, ..self }
    }

    /// The external ID that `AssumeRole` has to pass.
    #[must_use]
    pub fn external_id(self, id: impl Into<String>) -> Self {
        Self { external_id: Some(id.into()), ..self }
    }

    /// `AssumeRole` needs MFA.
    #[must_use]
    pub fn with_mfa(self) -> Self {
        Self { mfa_required: true, ..self }
    }

    /// `AssumeRole` needs a source identity.
    #[must_use]
    pub fn with_source_identity(self) -> Self {
        Self { source_identity_required: true, may_be_traced: true, ..self }
    }

    /// `AssumeRole` needs this session tag.
    #[must_use]
    pub fn with_tag(mut self, key: impl Into<String>) -> Self {
        self.required_tags.push(key.into());
        self.taggable()
    }

    /// The trust policy allows `sts:TagSession`.
    #[must_use]
    pub fn taggable(self) -> Self {
        Self { may_be_tagged: true, ..self }
    }

    /// Its sessions may ask what accounts are called.
    #[must_use]
    pub fn looking(self) -> Self {
        Self { may_look: true, ..self }
    }

    /// Its sessions may give their account an alias.
    #[must_use]
    pub fn changing(self) -> Self {
        Self { may_change: true, ..self }
    }

    /// `MaxSessionDuration`, in seconds.
    #[must_use]
    pub fn max_session(self, max_session_seconds: u32) -> Self {
        Self { max_session_seconds, ..self }
    }
}

impl Allowed {
    /// Whether `name` is allowed.
    pub fn admits(&self, name: &str) -> bool {
        match self {
            Self::Everybody => true,
            Self::Only(names) => names.iter().any(|n| n == name),
            Self::Nobody => false,
        }
    }
}

impl Person {
    /// Maya, who may do nearly everything, Sam, who may do less, and Robin, who has no roles.
    pub fn made_up_people() -> Vec<Self> {
        let person = |username: &str, name: &str, groups: &[&str]| Self {
            username: username.into(),
            name: name.into(),
            email: format!("{username}@shop.example"),
            groups: groups.iter().map(ToString::to_string).collect(),
        };
        vec![
            person("maya", "Maya Okafor", &["platform", "developers", "data"]),
            person("sam", "Sam Lindqvist", &["developers"]),
            person("robin", "Robin Castellanos", &["guests"]),
        ]
    }

    pub(crate) fn may_sign_in_to(&self, role: &Role) -> bool {
        role.sign_in.admits(&self.username) || self.groups.iter().any(|g| role.sign_in.admits(g))
    }
}

impl IamUser {
    /// A user with a new, random key.
    pub fn with_new_key(account: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            name: name.into(),
            access_key_id: random::aws_id("AKIA"),
            secret_access_key: random::secret_access_key(),
            mfa: None,
        }
    }

    /// Adds a virtual MFA device with the user's name: `arn:aws:iam::ACCOUNT:mfa/NAME`.
    #[must_use]
    pub fn with_mfa(self, secret: impl Into<SecretString>) -> Self {
        let serial = format!("arn:aws:iam::{}:mfa/{}", self.account, self.name);
        Self { mfa: Some(MfaDevice { serial, secret: secret.into() }), ..self }
    }

    /// `arn:aws:iam::ACCOUNT:user/NAME`.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:user/{}", self.account, self.name)
    }
}

/// Accounts, roles and people, checked and indexed.
#[derive(Debug)]
pub(crate) struct World {
    management_account: Option<String>,
    account_names: HashMap<String, String>,
    roles: Vec<PlacedRole>,
    by_arn: HashMap<String, usize>,
    people: Vec<Person>,
    users: Vec<IamUser>,
}

/// A role with its account and ARN.
#[derive(Clone, Debug)]
pub(crate) struct PlacedRole {
    pub(crate) arn: String,
    pub(crate) account: String,
    pub(crate) role: Role,
}

impl World {
    pub(crate) fn new(accounts: Vec<Account>, people: Vec<Person>, users: Vec<IamUser>) -> Result<Self, SandboxError> {
        let mut world = Self {
            management_account: None,
            account_names: HashMap::new(),
            roles: Vec::new(),
            by_arn: HashMap::new(),
            people,
            users,
        };
        world.management_account = accounts.first().map(|account| account.id.clone());
        for account in accounts {
            world.place(account)?;
        }
        Ok(world)
    }

    fn place(&mut self, account: Account) -> Result<(), SandboxError> {
        let Account { id, name, roles } = account;
        let wrong_id = |id, why| Err(SandboxError::AccountId { id, why });
        if id.len() != 12 || !id.bytes().all(|b| b.is_ascii_digit()) {
            return wrong_id(id, "it is not twelve digits");
        }
        if self.account_names.insert(id.clone(), name).is_some() {
            return wrong_id(id, "it occurs twice");
        }
        for role in roles {
            let arn = format!("arn:aws:iam::{id}:role/{}", role.name);
            let wrong_role = |role: Role, why| Err(SandboxError::Role { account: id.clone(), role: role.name, why });
            if role.name.is_empty() || role.name.len() > 64 || !role.name.bytes().all(is_name_byte) {
                return wrong_role(role, "names have 1 to 64 characters from letters, digits and +=,.@-_");
            }
            if !(3_600..=43_200).contains(&role.max_session_seconds) {
                return wrong_role(role, "max_session_seconds has to be 3600 to 43200");
            }
            if self.by_arn.insert(arn.clone(), self.roles.len()).is_some() {
                return wrong_role(role, "it occurs twice in the account");
            }
            self.roles.push(PlacedRole { arn, account: id.clone(), role });
        }
        Ok(())
    }

    pub(crate) fn role(&self, arn: &str) -> Option<&PlacedRole> {
        self.by_arn.get(arn).map(|&i| &self.roles[i])
    }

    pub(crate) fn roles(&self) -> &[PlacedRole] {
        &self.roles
    }

    pub(crate) fn roles_of<'a>(&'a self, person: &'a Person) -> impl Iterator<Item = &'a PlacedRole> {
        self.roles.iter().filter(|placed| person.may_sign_in_to(&placed.role))
    }

    pub(crate) fn account_name(&self, id: &str) -> Option<&str> {
        self.account_names.get(id).map(String::as_str)
    }

    /// The account's alias: its name in the letters that an alias may have.
    pub(crate) fn alias(&self, id: &str) -> Option<String> {
        let name = self.account_name(id)?;
        let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        Some(words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")).filter(|alias| !alias.is_empty())
    }

    /// All accounts with their names, by ID.
    pub(crate) fn accounts(&self) -> BTreeMap<&str, &str> {
        self.account_names.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect()
    }

    /// The first account, which manages the others.
    pub(crate) fn management_account(&self) -> Option<&str> {
        self.management_account.as_deref()
    }

    pub(crate) fn people(&self) -> &[Person] {
        &self.people
    }

    pub(crate) fn person(&self, username: &str) -> Option<&Person> {
        self.people.iter().find(|p| p.username == username)
    }

    pub(crate) fn users(&self) -> &[IamUser] {
        &self.users
    }
}

/// `[\w+=,.@-]`, the alphabet of role and session names.
pub(crate) fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn world(accounts: Vec<Account>) -> Result<World, SandboxError> {
        World::new(accounts, Person::made_up_people(), Vec::new())
    }

    #[test]
    fn each_person_sees_their_own_roles() {
        let world = world(Account::made_up_company()).unwrap();
        let count = |name| world.roles_of(world.person(name).unwrap()).count();
        assert_eq!([count("maya"), count("sam"), count("robin")], [8, 4, 0]);
    }

    #[test]
    fn generated_roles_have_distinct_arns() {
        let world = world(Account::generate(100, 100)).unwrap();
        assert_eq!(world.roles().len(), 10_000);
        assert!(world.role("arn:aws:iam::100000000099:role/Role0100").is_some());
    }

    #[test]
    fn impossible_accounts_and_roles_are_refused() {
        let account = |id: &str, roles| Account { id: id.into(), name: String::new(), roles };
        assert!(world(vec![account("12345", vec![])]).is_err());
        assert!(world(vec![account("111122223333", vec![]), account("111122223333", vec![])]).is_err());
        assert!(world(vec![account("111122223333", vec![Role::new("a b")])]).is_err());
        assert!(world(vec![account("111122223333", vec![Role::new("A").max_session(60)])]).is_err());
        assert!(world(vec![account("111122223333", vec![Role::new("A"), Role::new("A")])]).is_err());
    }
}
