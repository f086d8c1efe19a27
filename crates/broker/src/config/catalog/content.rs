//! Reads a shared catalog's file, without trusting it.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use toml_edit::{Document, Item, Table};

use super::lookalike::skeleton;
use crate::config::parse::{self, Mistake};
use daypass_core::names::{AccountId, IdentityName};
use daypass_core::settings::sharing::{SharingClass, identity_fields, may_be_shared};
use daypass_core::settings::{AccountSettings, Config, ConsoleRules, DeclaredRole, IdentitySettings};

/// The longest file.
pub(crate) const LONGEST: usize = 1 << 20;
const MOST_IDENTITIES: usize = 100;
const MOST_ROLES: usize = 10_000;
const MOST_ACCOUNTS: usize = 5_000;

/// A catalog's entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    /// The number of this version, which must not go down.
    pub(crate) serial: Option<u64>,
    pub(crate) identities: BTreeMap<IdentityName, IdentitySettings>,
    pub(crate) roles: Vec<DeclaredRole>,
    pub(crate) accounts: BTreeMap<AccountId, AccountSettings>,
}

impl Content {
    /// Reads the text of a catalog.
    pub(in crate::config) fn parse(text: &str) -> Result<Self, Mistake> {
        let document = Document::parse(text).map_err(|e| Mistake::new(e.message(), e.span()))?;
        let (mut config, mut serial) = (Config::default(), None);
        for (key, item) in document.as_table() {
            let place = document.as_table().key(key).and_then(|k| k.span());
            match key {
                "serial" => {
                    let number = item.as_integer().and_then(|number| u64::try_from(number).ok());
                    let expected = || Mistake::new("serial is a number, as in: serial = 1", item.span());
                    serial = Some(number.ok_or_else(expected)?);
                }
                "identity" => parse::read_identities(&mut config, item)?,
                "role" => parse::read_roles(&mut config, item)?,
                "account" => parse::read_accounts(&mut config, item)?,
                other => {
                    let what = format!(
                        "`{other}` can't be in a shared catalog, only `serial`, `identity`, `role` and `account` can"
                    );
                    return Err(Mistake::new(what, place));
                }
            }
        }
        let content = Self {
            serial,
            identities: config.identities.clone(),
            roles: config.roles.clone(),
            accounts: config.accounts.clone(),
        };
        let ConsoleRules { everywhere: _, identities, accounts, roles } = &config.console;
        if !identities.is_empty() || !accounts.is_empty() || !roles.is_empty() {
            let what = "how the console is opened can't be in a shared catalog: the browser is each person's own. Leave \
                        `console` out";
            return Err(Mistake::new(what, None));
        }
        content.is_not_too_long()?;
        content.names_nothing_of_this_machine(&document)?;
        content.has_plain_profiles(&document)?;
        content.has_distinct_accounts(&document)?;
        parse::no_chain_is_a_loop(&config, &document)?;
        Ok(content)
    }

    fn is_not_too_long(&self) -> Result<(), Mistake> {
        let counts = [
            ("identities", self.identities.len(), MOST_IDENTITIES),
            ("roles", self.roles.len(), MOST_ROLES),
            ("accounts", self.accounts.len(), MOST_ACCOUNTS),
        ];
        match counts.into_iter().find(|(_, count, most)| count > most) {
            Some((what, count, most)) => {
                Err(Mistake::new(format!("{count} {what} are too many: a shared catalog has at most {most}"), None))
            }
            None => Ok(()),
        }
    }

    fn names_nothing_of_this_machine(&self, document: &Document<&str>) -> Result<(), Mistake> {
        for (name, settings) in &self.identities {
            let table = document.get("identity").and_then(|all| all.get(name.as_str()));
            let place = |field: &str| table.and_then(|table| table.get(field)).and_then(Item::span);
            if !may_be_shared(settings) {
                let what = format!(
                    "identity {name} is of the kind {}, which runs what your own AWS config file names: it can't come \
                     from a shared catalog",
                    settings.kind()
                );
                return Err(Mistake::new(what, place("kind")));
            }
            for field in identity_fields(settings) {
                if field.class == SharingClass::Never && field.is_set() {
                    let what =
                        format!("{} names a file of this machine, so it can't come from a shared catalog", field.name);
                    return Err(Mistake::new(what, place(field.name)));
                }
            }
        }
        Ok(())
    }

    /// A profile's name is typed, so it must not look like another, nor be the one that tools use without any.
    fn has_plain_profiles(&self, document: &Document<&str>) -> Result<(), Mistake> {
        let mut known = HashMap::new();
        for (index, role) in self.roles.iter().enumerate() {
            let Some(profile) = &role.profile else { continue };
            let place = || role_table(document, index).and_then(|t| t.get("profile")).and_then(Item::span);
            if profile.as_str() == "default" {
                let what = "the profile \"default\" is used by every tool that names none, so it can't come from a \
                            shared catalog";
                return Err(Mistake::new(what, place()));
            }
            if !profile.as_str().is_ascii() {
                return Err(Mistake::new("in a shared catalog, a profile's name has ASCII characters only", place()));
            }
            if let Some(other) = known.insert(profile, &role.arn) {
                return Err(Mistake::new(format!("role {other} has the profile {profile} too"), place()));
            }
        }
        Ok(())
    }

    fn has_distinct_accounts(&self, document: &Document<&str>) -> Result<(), Mistake> {
        let mut known: HashMap<String, &AccountId> = HashMap::new();
        for (id, account) in &self.accounts {
            let Some(name) = &account.name else { continue };
            if let Some(other) = known.insert(skeleton(name.as_str()), id) {
                let table = document.get("account").and_then(|all| all.get(id.as_str()));
                let place = table.and_then(|table| table.get("name")).and_then(Item::span);
                return Err(Mistake::new(format!("this name looks like that of account {other}"), place));
            }
        }
        Ok(())
    }
}

fn role_table<'a>(document: &'a Document<&str>, index: usize) -> Option<&'a Table> {
    document.get("role").and_then(Item::as_array_of_tables).and_then(|tables| tables.get(index))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn content(text: &str) -> Content {
        Content::parse(text).map_err(|mistake| mistake.placed(text, "acme.toml")).unwrap()
    }

    fn mistake(text: &str) -> String {
        Content::parse(text).err().map(|mistake| mistake.placed(text, "acme.toml")).unwrap_or_default()
    }

    #[test]
    fn a_catalog_names_no_file_and_no_program_of_this_machine() {
        let work = "[identity.work]\nkind = \"oidc\"\nissuer = \"https://login.acme.example\"\nclient_id = \"x\"\n";
        assert_eq!(content(work).identities.len(), 1);
        for (text, expected) in [
            (format!("{work}ca_file = \"/home/ann/ca.pem\"\n"), "line 5, column 11: ca_file names a file"),
            ("[identity.x]\nkind = \"profile\"\nprofile = \"admin\"\n".to_owned(), "line 2, column 8: identity x"),
            ("[settings]\nregion = \"eu-west-1\"\n".to_owned(), "line 1, column 2: `settings` can't"),
            ("[catalog.more]\nfrom = \"/x\"\n".to_owned(), "`catalog` can't"),
            ("serial = -1\n".to_owned(), "line 1, column 10: serial is a number"),
            (role("console = { browser = \"firefox\" }"), "the browser is each person's own"),
            (role("profile = \"default\""), "\"default\" is used by every tool"),
            (role("profile = \"dеv\""), "ASCII"),
            ("serial = 1\n[account.111122223333\n".to_owned(), "acme.toml, line 2"),
        ] {
            assert!(mistake(&text).contains(expected), "{text}: {}", mistake(&text));
        }
    }

    fn role(more: &str) -> String {
        format!("[[role]]\narn = \"arn:aws:iam::111122223333:role/Dev\"\nidentity = \"work\"\n{more}\n")
    }

    #[test]
    fn two_accounts_never_look_the_same() {
        let named = |a: &str, b: &str| {
            format!("[account.111122223333]\nname = \"{a}\"\n[account.444455556666]\nname = \"{b}\"\n")
        };
        assert_eq!(content(&named("Shop", "Shop test")).accounts.len(), 2);
        for (a, b) in [("Shop", "Shop"), ("Shop", "SHOP"), ("Shop – prod", "Shop - prod"), ("Paypal", "Рaypal")] {
            assert!(mistake(&named(a, b)).contains("line 4, column 8: this name looks like"), "{a} {b}");
        }
        assert!(mistake("[account.111122223333]\nname = \"a\u{202e}b\"\n").contains("line 2"), "no bidi controls");
    }

    proptest! {
        #[test]
        fn any_text_is_a_catalog_or_a_mistake(text in ".{0,400}") {
            let _ = Content::parse(&text);
        }
    }
}
