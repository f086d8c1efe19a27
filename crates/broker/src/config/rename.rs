//! An identity's name in what lists name of it.

use toml_edit::{Array, DocumentMut, Item, Table};

use super::parse::{FAVOURITES, FILTER};
use daypass_core::names::IdentityName;

/// Gives an identity its new name in favourites and filters.
pub(super) fn rename_in_list(document: &mut DocumentMut, old: &IdentityName, new: &IdentityName) {
    let of_old = format!("{old}:");
    let favourites = document.get_mut("settings").and_then(|settings| settings.get_mut(FAVOURITES));
    rename_texts(favourites, |text| text.strip_prefix(&of_old).map(|role| format!("{new}:{role}")));
    let filters = document.get_mut(FILTER).and_then(Item::as_table_mut);
    for (_, filter) in filters.into_iter().flat_map(Table::iter_mut) {
        rename_texts(filter.get_mut("identities"), |text| (text == old.as_str()).then(|| new.to_string()));
    }
}

fn rename_texts(list: Option<&mut Item>, renamed: impl Fn(&str) -> Option<String>) {
    let values = list.and_then(Item::as_array_mut).into_iter().flat_map(Array::iter_mut);
    for value in values {
        if let Some(text) = value.as_str().and_then(&renamed) {
            let decor = value.decor().clone();
            *value = text.into();
            *value.decor_mut() = decor;
        }
    }
}
