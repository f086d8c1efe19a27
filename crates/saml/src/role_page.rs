//! The page on which AWS lets a person choose one of the roles in an assertion. It names their accounts, which the
//! assertion doesn't.
//!
//! AWS doesn't document the page. What other programs have read from it for years is `class="saml-account-name"`, with
//! `Account: ALIAS (123456789012)` in it, or `Account: 123456789012` in an account without an alias. Anything else is
//! passed over.

use daypass_core::names::AccountId;
use daypass_core::text::cleaned;

/// What tells an account's name from the rest.
const MARK: &str = "saml-account-name";
/// More than a person has roles in.
const MOST: usize = 10_000;
/// An alias has 63 characters, and a name 50.
const LONGEST: usize = 100;

/// The accounts that the page lists with a name.
#[must_use]
pub fn account_names(page: &str) -> Vec<(AccountId, String)> {
    let after_marks = page.split(MARK).skip(1).take(MOST);
    let texts = after_marks.filter_map(|rest| Some(rest.split_once('>')?.1.split('<').next().unwrap_or_default()));
    texts.filter_map(named).collect()
}

fn named(text: &str) -> Option<(AccountId, String)> {
    let text = cleaned(&unescaped(text), LONGEST * 2);
    let (name, id) = text.strip_suffix(')')?.rsplit_once('(')?;
    // The word before it is in the person's language.
    let name = name.split_once(':').map_or(name, |(_, name)| name);
    let name = cleaned(name, LONGEST);
    (!name.is_empty()).then_some((id.parse().ok()?, name))
}

/// The characters that HTML has to write otherwise.
fn unescaped(text: &str) -> String {
    let characters = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&amp;", "&")];
    characters.iter().fold(text.to_owned(), |text, (written, character)| text.replace(written, character))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(names: &[&str]) -> String {
        let accounts = names.iter().map(|name| {
            format!(
                "<div class=\"saml-account\"><div onClick=\"toggle(0);\">\n<img id=\"image0\">\n\
                 <div class=\"saml-account-name\">{name}</div></div><hr><label for=\"arn\">Admin</label></div>"
            )
        });
        format!("<html><body><form><fieldset>{}</fieldset></form></body></html>", accounts.collect::<String>())
    }

    fn read(names: &[&str]) -> Vec<(String, String)> {
        account_names(&page(names)).into_iter().map(|(id, name)| (id.to_string(), name)).collect()
    }

    #[test]
    fn accounts_with_a_name_are_read_and_others_passed_over() {
        let names = [
            "Account: shop-prod (111122223333)",
            "Account: 444455556666",
            "\n  Konto: Daten &amp; Mehr (EU)   (777788889999) ",
            "Account: (777788889999)",
            "Account: short (1234)",
            "",
        ];
        let expected = [("111122223333", "shop-prod"), ("777788889999", "Daten & Mehr (EU)")];
        assert_eq!(read(&names), expected.map(|(id, name)| (id.to_owned(), name.to_owned())));
        assert!(account_names("<h1>Sign in</h1>").is_empty());
    }

    proptest! {
        #[test]
        fn no_page_makes_it_panic(page in "(saml-account-name|[<>()&;:\"]|Account: |[0-9]{12}|.){0,40}") {
            for (_, name) in account_names(&page) {
                prop_assert!(!name.is_empty() && name.chars().count() <= LONGEST);
            }
        }
    }
}
