//! Accounts by what people call them.

use daypass_core::account::AccountView;

use super::fold::{Fit, Typed};

/// The accounts that have this name or alias, whole.
pub(crate) fn named_account<'a>(accounts: &'a [AccountView], text: &str) -> Vec<&'a AccountView> {
    let typed = Typed::new(text);
    let fit = |account: &AccountView| {
        let alias = account.alias.as_ref().map(|alias| alias.as_str());
        let names = [alias, account.name.as_deref()].into_iter().flatten();
        names.filter_map(|name| typed.fit(name)).min().filter(|fit| *fit <= Fit::Equal)
    };
    let best = accounts.iter().filter_map(fit).min();
    accounts.iter().filter(|account| best.is_some() && fit(account) == best).collect()
}
