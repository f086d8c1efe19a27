//! An identity's name, wherever `config.toml` has it.

use daypass_core::names::{IdentityName, Target};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TableLike, Value};

/// The key by which roles, other identities and what the person chose name an identity.
const IDENTITY: &str = "identity";
/// The same for several, as in a filter.
const IDENTITIES: &str = "identities";
/// The one list whose roles are texts of any form.
const START_SESSIONS: &str = "start_sessions";

/// Gives an identity another name: its table, where another identity signs in with it, and wherever else a key `identity`
/// or a role's `IDENTITY:ARN` names it. Nothing within the tables of identities is taken for a name that isn't one.
pub(super) fn rename_identity(document: &mut DocumentMut, old: &IdentityName, new: &IdentityName) {
    if let Some(identities) = document.get_mut(IDENTITY).and_then(Item::as_table_mut) {
        if let Some(item) = identities.remove(old.as_str()) {
            identities.insert(new.as_str(), item);
        }
        for (_, item) in identities.iter_mut() {
            if let Some(value) = item.as_table_mut().and_then(|table| table.get_mut(IDENTITY)) {
                rename_value(IDENTITY, value.as_value_mut(), old, new);
            }
        }
    }
    for (key, item) in document.iter_mut().filter(|(key, _)| key.get() != IDENTITY) {
        rename_in(key.get(), item, old, new);
    }
}

fn rename_in(key: &str, item: &mut Item, old: &IdentityName, new: &IdentityName) {
    let in_table = |table: &mut Table| {
        for (key, item) in table.iter_mut() {
            rename_in(key.get(), item, old, new);
        }
    };
    match item {
        Item::None => {}
        Item::Value(value) => rename_value(key, Some(value), old, new),
        Item::Table(table) => in_table(table),
        Item::ArrayOfTables(tables) => ArrayOfTables::iter_mut(tables).for_each(in_table),
    }
}

fn rename_value(key: &str, value: Option<&mut Value>, old: &IdentityName, new: &IdentityName) {
    match value {
        Some(Value::Array(values)) => {
            values.iter_mut().for_each(|value| rename_value(key, Some(value), old, new));
        }
        Some(Value::InlineTable(table)) => {
            for (key, item) in TableLike::iter_mut(table) {
                rename_in(key.get(), item, old, new);
            }
        }
        Some(value @ Value::String(_)) => {
            let renamed = value.as_str().and_then(|text| renamed(key, text, old, new));
            if let Some(text) = renamed {
                let decor = value.decor().clone();
                *value = Value::from(text);
                *value.decor_mut() = decor;
            }
        }
        _ => {}
    }
}

fn renamed(key: &str, text: &str, old: &IdentityName, new: &IdentityName) -> Option<String> {
    if (key == IDENTITY || key == IDENTITIES) && text == old.as_str() {
        return Some(new.to_string());
    }
    let rest = text.strip_prefix(old.as_str())?.strip_prefix(':')?;
    let is_role = rest.parse::<Target>().is_ok() || key == START_SESSIONS;
    is_role.then(|| format!("{new}:{rest}"))
}
