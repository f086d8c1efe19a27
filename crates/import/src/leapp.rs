//! Leapp: its workspace file, sealed with the machine's id, and the keys that it put into the system's keyring.
//!
//! Sources: the services for files, the workspace, its migrations and IAM users, and the models, in `packages/core` of
//! <https://github.com/Noovolari/leapp>.

mod lock;
mod machine_id;
mod workspace;

use std::collections::HashMap;
use std::path::Path;

use daypass_core::names::{IdentityName, Partition, ProfileName, Region, SessionDuration, Target};
use daypass_core::settings::{AccountSettings, DeclaredRole, DeliverySetting, IamUserSettings, IdentitySettings};
use daypass_core::terms::Terms;

use crate::parts::{account_id, host, permission_set, portal, portal_name, role, saml};
use crate::{
    Found, FoundAccount, FoundRole, FoundSecret, FoundUser, Held, KeyringItem, Machine, Origin, Remark, Secret,
    TakeOut, Tool, names,
};
use lock::Unopened;
use workspace::{Kind, Session, Workspace};

/// The most roles in a chain. STS doesn't have a limit, but a workspace may be broken.
const LONGEST_CHAIN: usize = 16;

/// What Leapp calls a chained session's `RoleSessionName` unless the person does.
const USUAL_SESSION_NAME: &str = "assumed-from-leapp";

/// How long Leapp asks federated roles to last, in seconds, unless the person chose something.
const USUAL_DURATION: u64 = 3600;

/// What the workspace file says.
pub(crate) fn read(machine: &Machine) -> Option<Found> {
    let mut unread = Vec::new();
    let files = match machine.named(Tool::Leapp) {
        Some(file) if !file.is_dir() => vec![file.to_owned()],
        folder => {
            let folder = folder.map_or_else(|| machine.home().join(".Leapp"), Path::to_owned);
            // Leapp itself takes the second file when the first is broken.
            ["Leapp-lock.json", "Leapp-lock.backup.bin"].map(|name| folder.join(name)).into()
        }
    };
    for path in files {
        match open(machine, &path) {
            Ok(None) => {}
            Ok(Some(workspace)) => {
                let mut found = Reader::new(machine, &workspace, &path).read();
                found.remarks.splice(0..0, unread);
                return Some(found);
            }
            Err(remark) => unread.push(remark),
        }
    }
    (!unread.is_empty()).then(|| Found { remarks: unread, ..Found::new(Tool::Leapp) })
}

/// The workspace in a file. `None` if the file doesn't exist.
fn open(machine: &Machine, path: &Path) -> Result<Option<Workspace>, Remark> {
    let Some(file) = machine.read(path)? else { return Ok(None) };
    let unread = |why: &str| Remark::new(format!("{} isn't read", machine.shown(path)), why, Origin::file(path));
    let passphrases = machine_id::passphrases(machine);
    let mut is_opened = false;
    for passphrase in passphrases {
        match lock::open(&file.text, &passphrase) {
            Ok(json) => match Workspace::read(&json) {
                Some(workspace) => return Ok(Some(workspace)),
                None => is_opened = true,
            },
            Err(Unopened::NotSealed) => return Err(unread("it isn't a Leapp workspace")),
            Err(Unopened::OtherPassphrase) => {}
        }
    }
    Err(match is_opened {
        true => unread("it doesn't contain sessions in Leapp's format")
            .advice("open it once with the latest Leapp, which converts old workspaces"),
        false => unread("Leapp seals it with the machine's id, and this machine's doesn't open it")
            .advice("import it on the machine and system where Leapp ran"),
    })
}

/// Turns a workspace into what was found.
struct Reader<'a> {
    machine: &'a Machine,
    workspace: &'a Workspace,
    path: &'a Path,
    found: Found,
    sessions: HashMap<&'a str, Session<'a>>,
    portals: HashMap<&'a str, (IdentityName, Partition)>,
    providers: HashMap<&'a str, IdentityName>,
    users: HashMap<&'a str, IdentityName>,
    /// How many sessions have a profile.
    profiles: HashMap<&'a str, usize>,
    default_region: Option<Region>,
}

impl<'a> Reader<'a> {
    fn new(machine: &'a Machine, workspace: &'a Workspace, path: &'a Path) -> Self {
        let mut found = Found::new(Tool::Leapp);
        found.files.push(path.to_owned());
        let mut profiles = HashMap::new();
        for session in workspace.sessions() {
            *profiles.entry(session.text("profileId")).or_default() += 1;
        }
        Self {
            machine,
            workspace,
            path,
            found,
            sessions: workspace.sessions().map(|session| (session.id(), session)).collect(),
            portals: HashMap::new(),
            providers: HashMap::new(),
            users: HashMap::new(),
            profiles,
            default_region: workspace.text("defaultRegion").parse().ok(),
        }
    }

    fn read(mut self) -> Found {
        self.read_portals();
        self.read_providers();
        self.read_users();
        self.read_roles();
        self.tell_of_shared_profiles();
        self.tell_of_the_rest();
        self.found
    }

    fn read_portals(&mut self) {
        for found in self.workspace.portals() {
            let origin = self.origin(found.alias);
            let Ok(region) = found.region.parse::<Region>() else {
                let what = format!("the integration {:?}", found.alias);
                self.remark(what, format!("{:?} isn't a region of IAM Identity Center", found.region));
                continue;
            };
            let partition = Partition::of_region(&region);
            let name = match found.alias {
                "" => portal_name(found.url),
                alias => names::identity(alias, "sso"),
            };
            let settings = portal(found.url, region, self.default_region.clone());
            self.portals.insert(found.id, (self.found.identity(&name, settings, origin), partition));
        }
    }

    fn read_providers(&mut self) {
        let seconds =
            self.workspace.field("samlRoleSessionDuration").as_u64().filter(|seconds| *seconds != USUAL_DURATION);
        let duration = seconds.and_then(|s| SessionDuration::from_seconds(u32::try_from(s).ok()?).ok());
        for (id, url) in self.workspace.idp_urls().filter(|(_, url)| !url.is_empty()) {
            let mut settings = saml(url);
            settings.duration = duration;
            settings.default_region.clone_from(&self.default_region);
            let name = names::identity(host(url).unwrap_or_default(), "saml");
            let name = self.found.identity(&name, IdentitySettings::Saml(settings), self.origin(url));
            self.providers.insert(id, name);
        }
    }

    fn read_users(&mut self) {
        for session in self.workspace.sessions().filter(|session| session.kind() == Kind::IamUser) {
            let origin = self.origin(session.name());
            let mfa_serial = Some(session.text("mfaDevice").to_owned()).filter(|serial| !serial.is_empty());
            let settings = IdentitySettings::IamUser(IamUserSettings { mfa_serial, ..IamUserSettings::default() });
            let proposed = names::identity(session.name(), "leapp-user");
            let name = self.found.another_identity(&proposed, settings, origin.clone());
            let secrets = [("access_key_id", "access-key-id"), ("secret_access_key", "secret-access-key")];
            let secrets = secrets.map(|(field, item)| FoundSecret { field, secret: self.secret(session, item) });
            if let Some(identity) = self.found.identities.last_mut() {
                identity.secrets.extend(secrets);
            }
            if let Some(profile) = self.profile(session) {
                let (identity, region) = (name.clone(), self.region(session));
                let terms = Terms::default();
                self.found.users.push(FoundUser { identity, profile, region, target: None, terms, origin });
            }
            self.users.insert(session.id(), name);
            self.read_account(session);
        }
    }

    /// A secret as Leapp calls it in the system's keyring.
    fn secret(&self, session: Session<'_>, item: &str) -> Secret {
        let account = format!("{}-iam-user-aws-session-{item}", session.id());
        let item = KeyringItem { collection: None, attributes: &[("service", "Leapp"), ("account", &account)] };
        let ask = |why: String| Secret::Ask { why };
        match self.machine.keyring(&item) {
            Ok(Some(value)) => {
                let origin = self.origin(session.name());
                Secret::Held(Held { value, origin, take_out: TakeOut::Stays { advice: None } })
            }
            Ok(None) => ask("the keyring doesn't have a key from Leapp".to_owned()),
            Err(why) => ask(format!("Leapp keeps it in the system's keyring, and {why}")),
        }
    }

    fn read_roles(&mut self) {
        for session in self.workspace.sessions() {
            match session.kind() {
                Kind::Federated | Kind::Chained | Kind::SsoRole => {}
                Kind::IamUser | Kind::Azure | Kind::Localstack | Kind::Other => continue,
            }
            let declared = self.role(session, 0);
            match declared {
                Ok(mut declared) => {
                    declared.profile = self.profile(session);
                    declared.region = self.region(session);
                    if self.workspace.text("credentialMethod") == "credential-process-method" {
                        declared.delivery = Some(DeliverySetting::Process);
                    }
                    let is_listed = session.kind() != Kind::Chained;
                    let origin = self.origin(session.name());
                    self.found.roles.push(FoundRole { role: declared, is_listed, origin });
                    self.read_account(session);
                }
                Err(why) => self.remark_on(session, why),
            }
        }
    }

    /// The role of a session, with the way to it, but without profile and region.
    fn role(&self, session: Session<'a>, depth: usize) -> Result<DeclaredRole, String> {
        if depth == LONGEST_CHAIN {
            return Err("its chain of roles is too long, or loops".to_owned());
        }
        let arn = session.text("roleArn");
        let target = || arn.parse::<Target>().map_err(|_| format!("{arn:?} isn't the ARN of a role"));
        match session.kind() {
            Kind::SsoRole => {
                let known = self.portals.get(session.text("awsSsoConfigurationId")).or_else(|| self.portals.get(""));
                let (identity, partition) = known.ok_or("its integration is missing")?;
                let target = of_portal(arn, *partition).ok_or_else(|| format!("{arn:?} names no permission set"))?;
                Ok(role(target, identity))
            }
            Kind::Federated => {
                let identity =
                    self.providers.get(session.text("idpUrlId")).ok_or("its identity provider is missing")?;
                Ok(role(target()?, identity))
            }
            Kind::Chained => {
                let parent =
                    self.sessions.get(session.text("parentSessionId")).ok_or("its parent session is missing")?;
                let mut declared = match self.users.get(parent.id()) {
                    Some(user) => role(target()?, user),
                    None => {
                        let parent = self.role(*parent, depth + 1)?;
                        DeclaredRole { via: Some(parent.arn), ..role(target()?, &parent.identity) }
                    }
                };
                let name = session.text("roleSessionName");
                declared.terms.session_name = name.parse().ok().filter(|_| name != USUAL_SESSION_NAME);
                Ok(declared)
            }
            Kind::IamUser | Kind::Azure | Kind::Localstack | Kind::Other => {
                Err(format!("it starts with {:?}, which doesn't have AWS credentials", session.name()))
            }
        }
    }

    fn read_account(&mut self, session: Session<'_>) {
        let Some((id, name)) = session.account() else { return };
        let (Some(id), Ok(name)) = (account_id(id), name.parse()) else { return };
        if self.found.accounts.iter().all(|known| known.id != id) {
            let settings = AccountSettings { name: Some(name), ..AccountSettings::default() };
            self.found.accounts.push(FoundAccount { id, settings, origin: self.origin(session.name()) });
        }
    }

    /// The profile of a session, if it is the only one with it.
    fn profile(&mut self, session: Session<'_>) -> Option<ProfileName> {
        let id = session.text("profileId");
        let name = self.workspace.profile(id)?;
        if self.profiles.get(id).is_some_and(|sessions| *sessions > 1) {
            return None;
        }
        let profile = names::profile(name);
        if profile.is_none() {
            self.remark_on(session, format!("its profile {name:?} can't be written in a way that every tool reads"));
        }
        profile
    }

    /// The region of a session, unless its identity has the same for all.
    fn region(&self, session: Session<'_>) -> Option<Region> {
        let region = session.text("region").parse().ok();
        let is_usual = session.kind() != Kind::IamUser && region == self.default_region;
        if is_usual && session.kind() != Kind::Chained { None } else { region }
    }

    fn tell_of_shared_profiles(&mut self) {
        let mut shared: Vec<(&str, usize)> = self.profiles.iter().map(|(id, count)| (*id, *count)).collect();
        shared.retain(|(_, sessions)| *sessions > 1);
        shared.sort_unstable();
        for (id, sessions) in shared {
            let Some(name) = self.workspace.profile(id) else { continue };
            let what = format!("the profile {name:?} of {sessions} sessions");
            let advice = format!("start one of them with --profile {name}");
            let why = "in Daypass, a profile belongs to one role. Daypass gives these their own names";
            self.found.remarks.push(Remark::new(what, why, Origin::file(self.path)).advice(advice));
        }
    }

    fn tell_of_the_rest(&mut self) {
        for session in self.workspace.sessions() {
            match session.kind() {
                Kind::Localstack => {
                    let remark = Remark::new(
                        format!("session {:?}", session.name()),
                        "LocalStack takes any keys, so you don't have to sign in",
                        self.origin(session.name()),
                    );
                    self.found.remarks.push(remark.advice("set AWS_ENDPOINT_URL, and use test as both keys"));
                }
                Kind::Other => {
                    let what = format!("the type {:?} isn't known", session.text("type"));
                    self.remark_on(session, what);
                }
                Kind::IamUser | Kind::Federated | Kind::Chained | Kind::SsoRole | Kind::Azure => {}
            }
        }
        let azure = self.workspace.sessions().filter(|session| session.kind() == Kind::Azure).count();
        let tenants = self.workspace.count("azureIntegrations");
        if azure + tenants > 0 {
            self.remark(
                format!("{} and {} of Azure", counted(azure, "session"), counted(tenants, "integration")),
                "Daypass signs in to AWS only",
            );
        }
        self.tell_of_settings();
    }

    fn tell_of_settings(&mut self) {
        let pinned = self.workspace.count("pinned");
        if pinned > 0 {
            self.remark(
                counted(pinned, "pinned session"),
                "Daypass doesn't have pins. Its lists start with the roles that you used last",
            );
        }
        let (folders, segments) = (self.workspace.count("folders"), self.workspace.count("segments"));
        if folders + segments > 0 {
            self.remark(
                format!("{} and {}", counted(folders, "folder"), counted(segments, "segment")),
                "Daypass finds roles by search",
            );
        }
        let proxy = self.workspace.field("proxyConfiguration");
        let proxy = proxy.get("proxyUrl").and_then(serde_json::Value::as_str).unwrap_or_default();
        if !proxy.is_empty() {
            let remark = Remark::new(
                format!("the proxy {proxy:?}"),
                "a proxy may need a password, which Daypass doesn't copy into its settings",
                Origin::file(self.path),
            );
            self.found.remarks.push(remark.advice("name it with daypass config set network.proxy"));
        }
        let plugins = self.workspace.count("pluginsStatus");
        if plugins > 0 {
            self.remark(counted(plugins, "plugin"), "Daypass doesn't run plugins");
        }
        if self.workspace.count("remoteWorkspacesSettingsMap") > 0 {
            let remark = Remark::new("team workspaces", "Leapp keeps them on its server", Origin::file(self.path));
            self.found
                .remarks
                .push(remark.advice("in Leapp's options, export each one to a local workspace, and import that"));
        }
        if self.workspace.field("extensionEnabled").as_bool() == Some(true) {
            let remark = Remark::new(
                "the Multi-Console extension",
                "Daypass opens consoles side by side without one",
                Origin::file(self.path),
            );
            self.found.remarks.push(remark.advice("daypass browser use firefox --isolated"));
        }
        if ["Light Theme", "Dark Theme"].contains(&self.workspace.text("colorTheme")) {
            self.remark("the colour theme", "Daypass's window follows the system theme");
        }
    }

    fn remark(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.found.remarks.push(Remark::new(what, why, Origin::file(self.path)));
    }

    fn remark_on(&mut self, session: Session<'_>, why: String) {
        let origin = self.origin(session.name());
        self.found.remarks.push(Remark::new(format!("session {:?}", session.name()), why, origin));
    }

    fn origin(&self, section: &str) -> Origin {
        let file = Origin::file(self.path);
        if section.is_empty() { file } else { file.section(section) }
    }
}

/// The permission set of `arn:aws:iam::ACCOUNT/NAME`, which is how Leapp writes it, or of a role's ARN.
fn of_portal(arn: &str, partition: Partition) -> Option<Target> {
    let (_, rest) = arn.split_once("iam::")?;
    let (account, name) = rest.split_once('/')?;
    permission_set(partition, &account_id(account.trim_end_matches(":role"))?, name.rsplit('/').next()?)
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
