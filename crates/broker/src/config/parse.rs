//! Parses `config.toml` into [`Config`], with the place of every mistake.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IntoDeserializer};
use toml_edit::de::ValueDeserializer;
use toml_edit::{Document, Item, Table};

use super::settings_first::{roles_apart, without_roles};
use super::signature::PublicKey;
use daypass_core::endpoints::{ServiceEndpoints, StsEndpoint};
use daypass_core::names::{
    AccountId, CatalogName, FilterName, IdentityName, LeastDuration, ProfileName, Region, Target,
};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::IdentitySettings;
use daypass_core::settings::{
    AccountField, AccountSettings, AskSettings, AskWhen, AuditSettings, CatalogSettings, Chains, Config,
    ConsoleSettings, DeclaredRole, DeliverySetting, DesktopSettings, FilterSettings, LockSettings, NetworkSettings,
    NotificationSettings, ProfilesSettings, RoleMistake, ShortcutSettings, VaultKey, WindowSettings,
};
use daypass_core::terms::Terms;
use daypass_core::view::split_role_id;

/// A mistake in `config.toml`, and where it is.
pub(super) struct Mistake {
    what: String,
    span: Option<Range<usize>>,
}

impl Mistake {
    pub(super) fn new(what: impl Into<String>, span: Option<Range<usize>>) -> Self {
        Self { what: what.into(), span }
    }

    pub(super) fn into_problem(self, text: &str, file: &Path) -> Problem {
        Problem::new(ProblemKind::Invalid, ProblemCode::ConfigMistake, self.placed(text, &file.display().to_string()))
            .hint("fix that line and save. Nothing was changed")
    }

    /// The mistake as a sentence that begins with its place.
    pub(super) fn placed(&self, text: &str, file: &str) -> String {
        let place = self.span.as_ref().map(|span| line_and_column(text, span.start));
        let at = place.map_or_else(String::new, |(line, column)| format!(", line {line}, column {column}"));
        format!("{file}{at}: {}", self.what.trim())
    }

    /// For a text that was never saved, so it has no place in the file.
    pub(super) fn into_refusal(self) -> Problem {
        Problem::new(ProblemKind::Invalid, ProblemCode::ConfigMistake, self.what.trim()).hint("nothing was changed")
    }
}

/// `settings.rs` lists these for `daypass config`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct SettingsTable {
    region: Option<Region>,
    fallback_regions: Vec<Region>,
    ask_account_names: Option<bool>,
    production_read_only: Option<bool>,
    sts: StsTable,
    services: ServicesTable,
    console: ConsoleSettings,
    audit: AuditSettings,
    profiles: ProfilesSettings,
    delivery: DeliverySetting,
    ask: AskSettings,
    network: NetworkSettings,
    vault: VaultTable,
    desktop: DesktopSettings,
    notifications: NotificationSettings,
    start_sessions: Vec<String>,
    favourites: Vec<String>,
    window: WindowSettings,
    shortcuts: ShortcutSettings,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct StsTable {
    region: Option<Region>,
    global: bool,
    fips: bool,
    dual_stack: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ServicesTable {
    fips: bool,
    dual_stack: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct VaultTable {
    key: Option<String>,
    lock_after_idle: Option<LeastDuration>,
    lock_with_screen: bool,
    lock_removes_profiles: bool,
}

/// How the console is opened: a table of an identity, an account, a role and the settings.
pub(super) const CONSOLE: &str = "console";

/// The filters of the list of roles.
pub(super) const FILTER: &str = "filter";

/// The setting that has the favourites.
pub(super) const FAVOURITES: &str = "favourites";

/// The keys of a `[[role]]` that are not terms.
pub(super) const ROLE_KEYS: &[&str] = &["arn", "identity", "via", "profile", "region", "delivery", "ask"];

#[derive(Deserialize)]
struct RoleTable {
    arn: Target,
    identity: IdentityName,
    via: Option<Target>,
    profile: Option<ProfileName>,
    region: Option<Region>,
    delivery: Option<DeliverySetting>,
    ask: Option<AskWhen>,
}

pub(super) fn parse(text: &str) -> Result<Config, Mistake> {
    let in_pieces = if text.len() > LONG { parse_in_pieces(text, ROLES_IN_PIECE) } else { None };
    let mut config = in_pieces.map_or_else(|| parse_whole(text), Ok)?;
    // It stays in memory, and a role is half a kilobyte.
    config.roles.shrink_to_fit();
    Ok(config)
}

/// A parsed text takes many times its own memory, so that of a long one is parsed in pieces.
const LONG: usize = 1 << 17;
const ROLES_IN_PIECE: usize = 500;

/// The configuration, if it is right and its roles can be told apart by lines. Otherwise the whole says what is wrong.
fn parse_in_pieces(text: &str, most: usize) -> Option<Config> {
    let (rest, pieces) = roles_apart(text, most)?;
    let document = Document::parse(rest.as_str()).ok()?;
    let mut config = Config::default();
    read_tables(&mut config, &document).ok()?;
    if document.contains_key("role") {
        return None;
    }
    for piece in pieces {
        let document = Document::parse(&text[piece]).ok()?;
        read_tables(&mut config, &document).ok()?;
    }
    let (mut known, mut chains) = (HashSet::new(), Chains::of(&config.roles));
    for role in &config.roles {
        let has_identity = !config.catalogs.is_empty() || config.identities.contains_key(&role.identity);
        let is_new = known.insert((&role.identity, &role.arn));
        if !is_new || !has_identity || chains.is_loop(role) {
            return None;
        }
    }
    drop((known, chains));
    Some(config)
}

fn parse_whole(text: &str) -> Result<Config, Mistake> {
    let document = Document::parse(text).map_err(|e| Mistake::new(e.message(), e.span()))?;
    let mut config = Config::default();
    read_tables(&mut config, &document)?;
    // A shared catalog may have the identity.
    if config.catalogs.is_empty() {
        every_role_has_its_identity(&config, &document)?;
    }
    no_chain_is_a_loop(&config, &document)?;
    Ok(config)
}

fn read_tables(config: &mut Config, document: &Document<&str>) -> Result<(), Mistake> {
    for (key, item) in document.as_table() {
        let place = document.as_table().key(key).and_then(|k| k.span());
        match key {
            "settings" => read_settings(config, item)?,
            "identity" => read_identities(config, item)?,
            "role" => read_roles(config, item)?,
            "account" => read_accounts(config, item)?,
            "catalog" => config.catalogs = read_catalogs(item)?,
            FILTER => config.filters = read_filters(item)?,
            other => {
                let what = format!(
                    "unknown table `{other}`, expected one of `settings`, `identity`, `role`, `account`, \
                     `catalog`, `filter`"
                );
                return Err(Mistake::new(what, place));
            }
        }
    }
    Ok(())
}

/// The `[settings]`, read without the roles. `None` if that takes the whole file, or the file has a mistake.
pub(super) fn settings_alone(text: &str) -> Option<Config> {
    let text = without_roles(text);
    let document = Document::parse(text.as_ref()).ok()?;
    let mut config = Config::default();
    if let Some(settings) = document.get("settings") {
        read_settings(&mut config, settings).ok()?;
    }
    Some(config)
}

fn read_settings(config: &mut Config, item: &Item) -> Result<(), Mistake> {
    let settings: SettingsTable = read(item)?;
    config.region = settings.region;
    config.fallback_regions = settings.fallback_regions;
    config.production_starts_full = settings.production_read_only == Some(false);
    config.keep_accounts_unnamed = settings.ask_account_names == Some(false);
    let StsTable { region, global, fips, dual_stack } = settings.sts;
    config.sts_region = region;
    if let Some((key, what)) = settings.console.mistake() {
        let span = item.get(CONSOLE).and_then(|table| table.get(key)).and_then(Item::span);
        return Err(Mistake::new(what, span));
    }
    config.console.everywhere = settings.console;
    config.audit = settings.audit;
    config.profiles = settings.profiles;
    config.delivery = settings.delivery;
    config.ask = settings.ask;
    config.network = settings.network;
    config.desktop = settings.desktop;
    config.notifications = settings.notifications;
    config.start_sessions = settings.start_sessions;
    config.favourites = read_favourites(settings.favourites, item)?;
    config.window = settings.window;
    config.shortcuts = settings.shortcuts;
    config.sts = StsEndpoint { global, fips, dual_stack };
    let ServicesTable { fips, dual_stack } = settings.services;
    config.services = ServiceEndpoints { fips, dual_stack };
    let VaultTable { key, lock_after_idle, lock_with_screen, lock_removes_profiles } = settings.vault;
    config.lock = LockSettings {
        after_idle: lock_after_idle,
        with_screen: lock_with_screen,
        removes_profiles: lock_removes_profiles,
    };
    if let Some(key) = key {
        let span = || item.get("vault").and_then(|v| v.get("key")).and_then(Item::span);
        config.vault_key = VaultKey::parse(&key).map_err(|what| Mistake::new(what, span()))?;
    }
    Ok(())
}

/// Each names a role by `IDENTITY:ARN`, which may be gone. Twice is once.
fn read_favourites(listed: Vec<String>, settings: &Item) -> Result<Vec<String>, Mistake> {
    let mut known = HashSet::new();
    for (index, favourite) in listed.iter().enumerate() {
        if split_role_id(favourite).is_none() {
            let list = settings.get(FAVOURITES).and_then(Item::as_array);
            let span = list.and_then(|list| list.get(index)).and_then(toml_edit::Value::span);
            let what = format!("favourite {favourite:?} isn't an IDENTITY:ARN, as in \"work:{}\"", Target::example());
            return Err(Mistake::new(what, span));
        }
    }
    Ok(listed.into_iter().filter(|favourite| known.insert(favourite.clone())).collect())
}

fn read_filters(item: &Item) -> Result<Vec<(FilterName, FilterSettings)>, Mistake> {
    let table = table(item, FILTER, "[filter.NAME]")?;
    let filter = |(key, item): (&str, &Item)| {
        let place = table.key(key).and_then(|k| k.span());
        let name: FilterName = key.parse().map_err(|e| Mistake::new(explain(&e), place.clone()))?;
        Ok((name, read(item).map_err(|mistake| mistake.or(place))?))
    };
    table.iter().map(filter).collect()
}

/// The `[catalog.NAME]` tables.
pub(super) fn read_catalogs(item: &Item) -> Result<BTreeMap<CatalogName, CatalogSettings>, Mistake> {
    let mut catalogs = BTreeMap::new();
    let table = table(item, "catalog", "[catalog.NAME]")?;
    for (key, item) in table {
        let place = table.key(key).and_then(|k| k.span());
        let name: CatalogName = key.parse().map_err(|e| Mistake::new(explain(&e), place.clone()))?;
        let settings: CatalogSettings = read(item).map_err(|mistake| mistake.or(place))?;
        if let Some(what) = settings.key.iter().find_map(|key| PublicKey::parse(key).err()) {
            return Err(Mistake::new(what, item.get("key").and_then(Item::span)));
        }
        catalogs.insert(name, settings);
    }
    Ok(catalogs)
}

pub(super) fn read_identities(config: &mut Config, item: &Item) -> Result<(), Mistake> {
    let table = table(item, "identity", "[identity.NAME]")?;
    for (key, item) in table {
        let key_span = table.key(key).and_then(|k| k.span());
        let name: IdentityName = key.parse().map_err(|e| Mistake::new(explain(&e), key_span.clone()))?;
        let mut fields = self::table(item, key, "[identity.NAME]")?.clone();
        let span = fields.span().or(key_span);
        if let Some(console) = read_console(&mut fields)? {
            config.console.identities.insert(name.clone(), console);
        }
        let kind = fields.remove("kind");
        let kind_span = kind.as_ref().and_then(Item::span).or_else(|| span.clone());
        let Some(kind) = kind.as_ref().and_then(Item::as_str) else {
            return Err(Mistake::new(format!("identity {name} needs a kind, e.g. kind = \"oidc\""), kind_span));
        };
        let settings = IdentitySettings::read(kind, deserializer(fields))
            .ok_or_else(|| {
                let known: Vec<String> = IdentitySettings::KINDS.iter().map(|word| format!("{word:?}")).collect();
                Mistake::new(format!("unknown kind {kind:?}, expected one of {}", known.join(", ")), kind_span)
            })?
            .map_err(|e| Mistake::new(e.message(), e.span()).or(span))?;
        config.identities.insert(name, settings);
    }
    Ok(())
}

pub(super) fn read_accounts(config: &mut Config, item: &Item) -> Result<(), Mistake> {
    let table = table(item, "account", "[account.123456789012]")?;
    for (key, item) in table {
        let place = table.key(key).and_then(|k| k.span());
        let account: AccountId = key.parse().map_err(|e| Mistake::new(explain(&e), place.clone()))?;
        let mut fields = table_like(item).map_err(|mistake| mistake.or(place.clone()))?;
        if let Some(console) = read_console(&mut fields)? {
            config.console.accounts.insert(account.clone(), console);
        }
        let settings: AccountSettings = read(&Item::Table(fields)).map_err(|mistake| mistake.or(place))?;
        let alias_of_other = |other: &AccountSettings| match (&other.alias, &settings.alias) {
            (Some(theirs), Some(own)) => theirs.as_str().eq_ignore_ascii_case(own.as_str()),
            _ => false,
        };
        if let Some((other, _)) = config.accounts.iter().find(|(_, other)| alias_of_other(other)) {
            let span = item.get(AccountField::Alias.key()).and_then(Item::span);
            return Err(Mistake::new(
                format!("account {other} has this alias already: an alias can belong to only one account"),
                span,
            ));
        }
        config.accounts.insert(account, settings);
    }
    Ok(())
}

pub(super) fn read_roles(config: &mut Config, item: &Item) -> Result<(), Mistake> {
    let tables = item
        .as_array_of_tables()
        .ok_or_else(|| Mistake::new("`role` is a list of tables: write [[role]]", item.span()))?;
    let mut known = HashSet::new();
    for table in tables {
        let RoleRead { role, console, ask } = read_role(table).map_err(|m| m.or(table.span()))?;
        let key = || (role.identity.clone(), role.arn.clone());
        if let Some(console) = console {
            config.console.roles.insert(key(), console);
        }
        if let Some(ask) = ask {
            config.ask_roles.insert(key(), ask);
        }
        if !known.insert((role.identity.clone(), role.arn.clone())) {
            let what = format!("role {} is declared twice for identity {}", role.arn, role.identity);
            return Err(Mistake::new(what, table.span()));
        }
        config.roles.push(role);
    }
    Ok(())
}

/// A role, and what is kept apart from it because few roles say it.
struct RoleRead {
    role: DeclaredRole,
    console: Option<ConsoleSettings>,
    ask: Option<AskWhen>,
}

fn read_role(table: &Table) -> Result<RoleRead, Mistake> {
    if let Some(role) = plain_role(table) {
        return Ok(RoleRead { role, console: None, ask: None });
    }
    let mut own = table.clone();
    let console = read_console(&mut own)?;
    let mut terms = own.clone();
    own.retain(|key, _| ROLE_KEYS.contains(&key));
    terms.retain(|key, _| !ROLE_KEYS.contains(&key));
    let RoleTable { arn, identity, via, profile, region, delivery, ask } = read(&Item::Table(own))?;
    let terms: Terms = read(&Item::Table(terms))?;
    let role = DeclaredRole { arn, identity, via, profile, region, delivery, terms };
    match role.mistakes().into_iter().next() {
        Some(RoleMistake { field, what }) => Err(Mistake::new(what, table.get(field).and_then(Item::span))),
        None => Ok(RoleRead { role, console, ask }),
    }
}

/// Takes the `console` of a table out of it.
fn read_console(table: &mut Table) -> Result<Option<ConsoleSettings>, Mistake> {
    let Some(item) = table.remove(CONSOLE) else { return Ok(None) };
    let settings: ConsoleSettings = read(&item).map_err(|mistake| mistake.or(item.span()))?;
    match settings.mistake() {
        Some((key, what)) => Err(Mistake::new(what, item.get(key).and_then(Item::span).or(item.span()))),
        None => Ok(Some(settings)),
    }
}

/// A role without terms and without mistakes, as nearly all are where there are thousands. For others, [`read_role`]
/// says what is wrong and where, which takes copies of the table.
fn plain_role(table: &Table) -> Option<DeclaredRole> {
    fn parsed<T: FromStr>(item: &Item) -> Option<T> {
        item.as_str()?.parse().ok()
    }
    let (mut arn, mut identity, mut via, mut profile, mut region) = (None, None, None, None, None);
    for (key, item) in table {
        match key {
            "arn" => arn = Some(parsed::<Target>(item)?),
            "identity" => identity = Some(parsed::<IdentityName>(item)?),
            "via" => via = Some(parsed::<Target>(item)?),
            "profile" => profile = Some(parsed::<ProfileName>(item)?),
            "region" => region = Some(parsed::<Region>(item)?),
            _ => return None,
        }
    }
    let (arn, identity) = (arn?, identity?);
    let role = DeclaredRole { arn, identity, via, profile, region, delivery: None, terms: Terms::default() };
    role.mistakes().is_empty().then_some(role)
}

/// A chain ends at a role that the identity assumes by itself.
pub(super) fn no_chain_is_a_loop(config: &Config, document: &Document<&str>) -> Result<(), Mistake> {
    let mut chains = Chains::of(&config.roles);
    for (index, role) in config.roles.iter().enumerate() {
        if let Some(way) = chains.loop_of(role) {
            let table = document.get("role").and_then(Item::as_array_of_tables).and_then(|t| t.get(index));
            let span = table.and_then(|t| t.get("via")).and_then(Item::span);
            let way: Vec<String> = way.into_iter().map(ToString::to_string).collect();
            return Err(Mistake::new(format!("this chain forms a loop: {}", way.join(" via ")), span));
        }
    }
    Ok(())
}

fn every_role_has_its_identity(config: &Config, document: &Document<&str>) -> Result<(), Mistake> {
    for (index, role) in config.roles.iter().enumerate() {
        if !config.identities.contains_key(&role.identity) {
            let table = document.get("role").and_then(Item::as_array_of_tables).and_then(|t| t.get(index));
            let span = table.and_then(|t| t.get("identity")).and_then(Item::span);
            let what = format!("role {} names identity {}, which isn't in this file", role.arn, role.identity);
            return Err(Mistake::new(what, span));
        }
    }
    Ok(())
}

impl Mistake {
    /// The same mistake, at this place if it has none of its own.
    fn or(mut self, span: Option<Range<usize>>) -> Self {
        self.span = self.span.or(span);
        self
    }
}

fn table<'a>(item: &'a Item, key: &str, form: &str) -> Result<&'a Table, Mistake> {
    item.as_table().ok_or_else(|| Mistake::new(format!("`{key}` isn't a table: write {form}"), item.span()))
}

fn table_like(item: &Item) -> Result<Table, Mistake> {
    item.clone().into_table().map_err(|item| Mistake::new("a table was expected here", item.span()))
}

pub(super) fn read<T: DeserializeOwned>(item: &Item) -> Result<T, Mistake> {
    T::deserialize(deserializer(table_like(item)?)).map_err(|e| Mistake::new(e.message(), e.span()))
}

fn deserializer(table: Table) -> ValueDeserializer {
    toml_edit::Value::InlineTable(table.into_inline_table()).into_deserializer()
}

fn explain(error: &daypass_core::names::NameError) -> String {
    error.to_string()
}

/// 1-based line and column (in characters) of a byte offset.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset)];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn role(name: &str, more: &str) -> String {
        format!("[[role]]\narn = \"arn:aws:iam::123456789012:role/{name}\"\nidentity = \"work\"\n{more}\n")
    }

    proptest! {
        /// What is read in pieces is what is read as a whole, and what the whole refuses is refused in pieces.
        #[test]
        fn pieces_make_the_whole(
            parts in prop::collection::vec(
                prop_oneof![
                    "[A-F]".prop_map(|name| role(&name, "")),
                    "[G-K]".prop_map(|name| role(&name, "read_only = true\n[role.tags]\nteam = \"[x]\"")),
                    ("[L-N]", "[L-N]").prop_map(|(name, via)| {
                        role(&name, &format!("via = \"arn:aws:iam::123456789012:role/{via}\""))
                    }),
                    Just("[account.123456789012]\nname = \"Shop\"\n".to_owned()),
                    Just("# a comment\n[settings]\nregion = \"eu-west-1\"\n".to_owned()),
                    Just("[role]\n".to_owned()),
                    Just("role = []\n".to_owned()),
                    Just("[[ role ]]\n".to_owned()),
                    Just("nonsense\n".to_owned()),
                ],
                0..12,
            ),
            most in 1..4usize,
        ) {
            let text = format!("[identity.work]\nkind = \"iam-user\"\n{}", parts.concat());
            match (parse_in_pieces(&text, most), parse_whole(&text)) {
                (Some(pieces), Ok(whole)) => prop_assert_eq!(pieces, whole),
                (Some(_), Err(mistake)) => prop_assert!(false, "{}\n{}", mistake.what, text),
                (None, _) => {}
            }
        }
    }

    #[test]
    fn a_long_file_is_read_in_pieces() {
        let roles: String = (0..30).map(|n| role(&format!("Role-{n}"), "")).collect();
        let text = format!("[identity.work]\nkind = \"iam-user\"\n{roles}");
        assert_eq!(parse_in_pieces(&text, 7).unwrap().roles.len(), 30);
        let twice = format!("{text}{}", role("Role-3", ""));
        assert!(parse_in_pieces(&twice, 7).is_none() && parse_whole(&twice).is_err());
    }
}
