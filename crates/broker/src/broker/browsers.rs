//! Which browser opens a role's pages and an identity's sign-ins.

use super::door::Broker;
use crate::requests::{ConsoleAddress, ConsoleSignInPage};
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::profile_template::NameParts;
use daypass_core::setting_view::BrowserView;
use daypass_core::settings::{ConfigSource as _, ConsoleLevel, ConsoleSettings, OpenIn};
use daypass_core::surroundings::Places;
use daypass_core::view::{BrowserChoice, BrowserChoices, RoleView};
use daypass_identity::browser::{self, Page, Way};
use daypass_identity::browsers::{self, FoundBrowser};

/// Opens the console where it belongs, and returns when the browser has come. For the process that the person looks at:
/// an agent opens nothing.
///
/// # Errors
///
/// Those of [`browser::open_and_wait`].
pub async fn open_console(console: &ConsoleAddress, places: &Places) -> Result<(), Problem> {
    let way = Way { open: &console.open, places };
    match &console.page {
        ConsoleSignInPage::Url(url) => browser::open_and_wait(&Page::Address(url.expose()), way).await,
        ConsoleSignInPage::Assertion { action, response, relay_state, .. } => {
            let fields = [("SAMLResponse", response.expose()), ("RelayState", relay_state.as_str())];
            browser::open_and_wait(&Page::Form { action, fields: &fields }, way).await
        }
    }
}

impl Broker {
    /// Where pages of the console open as a role, with what comes before the settings this time.
    ///
    /// # Errors
    ///
    /// `config-mistake` for what doesn't go together.
    pub fn opens_in(&self, role: &RoleView, first: &ConsoleSettings) -> Result<OpenIn, Problem> {
        if let Some((_, what)) = first.mistake() {
            return Err(Problem::new(ProblemKind::Invalid, ProblemCode::ConfigMistake, what));
        }
        let settings = first.over(&self.0.config.current().console.of_role(&role.identity, &role.arn));
        let parts = NameParts {
            id: role.account.as_str(),
            account: role.account_name.as_deref(),
            alias: role.account_alias.as_ref().map(|alias| alias.as_str()),
            role: &role.name,
            identity: role.identity.as_str(),
        };
        Ok(settings.for_role(&role.identity, &parts, role.account_colour))
    }

    /// Where sign-ins of an identity open.
    #[must_use]
    pub fn signs_in_in(&self, identity: &IdentityName) -> OpenIn {
        self.0.config.current().console.of_identity(identity).for_sign_in(identity)
    }

    /// Where the console of a role opens, and where it could on this machine.
    ///
    /// # Errors
    ///
    /// As [`Broker::role`].
    pub fn browser_choices(&self, role: &str) -> Result<BrowserChoices, Problem> {
        let mut role = self.role(role)?;
        self.label(std::slice::from_mut(&mut role));
        let found = browsers::find(&self.0.surroundings.places);
        let open = self.opens_in(&role, &ConsoleSettings::default())?;
        let whose = match self.level_of_choice(&role) {
            ConsoleLevel::Role(..) => "this role".to_owned(),
            _ => match &role.account_name {
                Some(name) => format!("all roles of {name}"),
                None => format!("all roles of account {}", role.account),
            },
        };
        Ok(BrowserChoices { current: in_words(&found, &open), whose, choices: choices(&found) })
    }

    /// The browsers of this machine, with their profiles.
    #[must_use]
    pub fn browsers(&self) -> Vec<BrowserView> {
        let found = browsers::find(&self.0.surroundings.places);
        let view = |browser: FoundBrowser| BrowserView {
            name: browser.name.to_string(),
            title: browser.title,
            profiles: browser.profiles.into_iter().map(|profile| profile.name).collect(),
        };
        found.into_iter().map(view).collect()
    }

    /// Opens the console of a role there from now on: of the role alone if its own settings decide, and of its
    /// account's roles otherwise.
    ///
    /// # Errors
    ///
    /// As [`Broker::put_browser`].
    pub fn choose_browser(&self, role: &str, choice: &BrowserChoice) -> Result<(), Problem> {
        let role = self.role(role)?;
        let browser = choice.browser.as_deref().map(str::parse).transpose();
        let browser = browser.map_err(|what: String| {
            Problem::new(ProblemKind::Invalid, ProblemCode::ConfigMistake, what).hint("choose one that is listed")
        })?;
        let on = |switch: bool| switch.then_some(true);
        let settings = ConsoleSettings {
            browser,
            browser_profile: choice.profile.clone(),
            private: on(choice.private),
            isolated: on(choice.isolated),
            ..ConsoleSettings::default()
        };
        self.put_browser(&self.level_of_choice(&role), &settings)
    }

    /// Where a choice for a role is written.
    fn level_of_choice(&self, role: &RoleView) -> ConsoleLevel {
        match self.0.config.current().console.decided_at(&role.identity, &role.arn) {
            Some(level @ ConsoleLevel::Role(..)) => level,
            _ => ConsoleLevel::Account(role.account.clone()),
        }
    }

    /// Says at one level where pages open. Settings that say nothing of that take it back.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; `unknown-role` for a role that isn't declared; `config-mistake` for what doesn't go
    /// together; when `config.toml` can't be written.
    pub fn put_browser(&self, level: &ConsoleLevel, open: &ConsoleSettings) -> Result<(), Problem> {
        if let ConsoleLevel::Identity(name) = level {
            self.0.config.good()?.identity(name)?;
        }
        self.0.config.replace(self.config_file().put_browser(level, open)?);
        Ok(())
    }
}

fn choices(found: &[FoundBrowser]) -> Vec<BrowserChoice> {
    let usual =
        BrowserChoice { label: SYSTEM.to_owned(), browser: None, profile: None, private: false, isolated: false };
    let of_browser = |browser: &FoundBrowser| {
        let plain =
            BrowserChoice { label: browser.title.clone(), browser: Some(browser.name.to_string()), ..usual.clone() };
        let mut all = vec![plain.clone()];
        if browser.has_profiles() {
            all.extend(browser.profiles.iter().map(|profile| BrowserChoice {
                label: format!("{}, profile {}", browser.title, profile.name),
                profile: Some(profile.name.clone()),
                ..plain.clone()
            }));
            let private = format!("{}, private window", browser.title);
            all.push(BrowserChoice { label: private, private: true, ..plain.clone() });
            let own = format!("{}, a profile for each account", browser.title);
            all.push(BrowserChoice { label: own, isolated: true, ..plain });
        }
        all
    };
    std::iter::once(usual.clone()).chain(found.iter().flat_map(of_browser)).collect()
}

const SYSTEM: &str = "System browser";

fn in_words(found: &[FoundBrowser], open: &OpenIn) -> String {
    let title = open.browser.map_or_else(
        || SYSTEM.to_owned(),
        |name| {
            let title =
                found.iter().find(|browser| browser.name.kind == name.kind).map(|browser| browser.title.clone());
            title.unwrap_or_else(|| name.to_string())
        },
    );
    let way = match open {
        OpenIn { own: Some(_), .. } => Some("a profile for each account".to_owned()),
        OpenIn { container: Some(name), .. } => Some(format!("container {name}")),
        OpenIn { private: true, .. } => Some("private window".to_owned()),
        OpenIn { profile: Some(name), .. } => Some(format!("profile {name}")),
        _ => None,
    };
    way.map_or_else(|| title.clone(), |way| format!("{title}, {way}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::broker::exchange::tests::{CHAIN, World};

    #[tokio::test]
    async fn a_choice_for_a_role_counts_for_its_account_and_is_taken_back() {
        let world = World::new(CHAIN, |_, _| None).await;
        let broker = &world.broker;
        let role = "123456789012/A";
        let current = || broker.browser_choices(role).unwrap().current;
        assert_eq!(current(), SYSTEM);
        let private = BrowserChoice {
            label: String::new(),
            browser: Some("brave".to_owned()),
            profile: None,
            private: true,
            isolated: false,
        };
        broker.choose_browser(role, &private).unwrap();
        assert_eq!(current(), "brave, private window", "by its word where it isn't installed");
        assert_eq!(broker.browser_choices(role).unwrap().whose, "all roles of account 123456789012");
        let usual = broker.browser_choices(role).unwrap().choices.swap_remove(0);
        broker.choose_browser(role, &usual).unwrap();
        assert_eq!(current(), SYSTEM);
        let program = BrowserChoice { browser: Some("/bin/sh".to_owned()), ..private };
        assert_eq!(broker.choose_browser(role, &program).unwrap_err().code, ProblemCode::ConfigMistake);
    }

    #[test]
    fn each_level_is_written_where_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = crate::config::ConfigFile::new(folder.path().join("config.toml"));
        let text = "# ours\n[identity.work]\nkind = \"profile\"\nprofile = \"p\"\n\n[[role]]\n\
                    arn = \"arn:aws:iam::123456789012:role/A\"\nidentity = \"work\"\nduration = \"2h\"\n";
        durable_file::edit(file.path(), &durable_file::Options::default(), |_| {
            Ok::<_, std::convert::Infallible>(durable_file::Change::Replace(text.into()))
        })
        .unwrap();
        let (identity, arn) =
            ("work".parse::<IdentityName>().unwrap(), "arn:aws:iam::123456789012:role/A".parse().unwrap());
        let levels = [
            ConsoleLevel::Everywhere,
            ConsoleLevel::Identity(identity.clone()),
            ConsoleLevel::Account("123456789012".parse().unwrap()),
            ConsoleLevel::Role(identity.clone(), arn),
        ];
        let chosen = ConsoleSettings {
            browser: Some("firefox".parse().unwrap()),
            isolated: Some(true),
            ..ConsoleSettings::default()
        };
        let ConsoleLevel::Role(_, role) = &levels[3] else { unreachable!() };
        for level in &levels {
            let config = file.put_browser(level, &chosen).unwrap();
            assert_eq!(config.console.decided_at(&identity, role).as_ref(), Some(level), "the nearest one");
            assert_eq!(config.console.of_role(&identity, role).isolated, Some(true));
        }
        let written = std::fs::read_to_string(file.path()).unwrap();
        assert!(written.starts_with("# ours\n") && written.contains("duration = \"2h\""), "{written}");
        for level in levels.iter().rev() {
            file.put_browser(level, &ConsoleSettings::default()).unwrap();
        }
        let after = std::fs::read_to_string(file.path()).unwrap();
        assert!(!after.contains("console") && after.contains("duration = \"2h\""), "{after}");
    }
}
