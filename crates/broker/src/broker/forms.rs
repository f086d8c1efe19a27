//! Finds mistakes in the window's forms, each with its field. Saves nothing and doesn't use the network.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::catalog;
use super::door::Broker;
use super::field_mistake::mistake;
use super::form_bounds;
use daypass_core::names::{
    AccountId, IdentityName, ProfileName, Region, RoleArn, SessionDuration, SessionName, Target, mistake_in_arn,
};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{BadSetting, Chains, Config, DeclaredRole, SignInBrowser};
use daypass_core::terms::{Term, Terms};
use daypass_core::view::{FieldMistake, RoleCheck, TargetView};
use daypass_sts::{Operation, TASK_POLICIES, TermError};

impl Broker {
    /// Every field of an identity's form that cannot be used. `settings` are those of `IdentitySettings`, with texts
    /// as they were typed.
    ///
    /// # Errors
    ///
    /// `unknown-kind` for settings of an unknown kind.
    pub fn check_identity(&self, name: &str, settings: &Value, new: bool) -> Result<Vec<FieldMistake>, Problem> {
        let config = self.0.config.best().0;
        let kind = settings.get("kind").and_then(Value::as_str).unwrap_or_default();
        let example = daypass_identity::example(kind).ok_or_else(|| {
            Problem::new(ProblemKind::Invalid, ProblemCode::UnknownKind, format!("{kind:?} isn't a kind of identity"))
        })?;
        let mut mistakes = Vec::new();
        match name.parse::<IdentityName>() {
            Err(_) => mistakes.push(mistake("name", IdentityName::EXPECTED)),
            Ok(name) if new && config.identities.contains_key(&name) => {
                let taken = format!("an identity named {name} already exists. Choose another name");
                mistakes.push(mistake("name", &taken));
            }
            Ok(_) => {}
        }
        let (settings, unread) = read(&example, settings);
        let signer = self.0.identities.make(&settings, self.context(&IdentityName::example())).signed_in_by();
        let own = daypass_identity::mistakes(&settings)
            .into_iter()
            .map(|BadSetting { field, why, .. }| mistake(field.name(), &why));
        let others = signer.filter(|name| !config.identities.contains_key(name)).map(|name| {
            let why = format!("identity {name} doesn't exist yet. Add it first");
            mistake("identity", &why)
        });
        let of_known: Vec<FieldMistake> = own.chain(others).filter(|one| is_read(one, &unread)).collect();
        mistakes.extend(unread);
        mistakes.extend(of_known);
        let by_policy = form_bounds::mistakes_in_identity(&self.0.policy, &settings);
        let more: Vec<FieldMistake> = by_policy.into_iter().filter(|one| is_read(one, &mistakes)).collect();
        mistakes.extend(more);
        Ok(mistakes)
    }

    /// Every field of a role's form that cannot be used, and what the form offers for what is typed so far. `role` is a
    /// [`DeclaredRole`], with texts as they were typed.
    #[must_use]
    pub fn check_role(&self, role: &Value, new: bool) -> RoleCheck {
        let config = self.0.config.best().0;
        let (role, unread) = read(&example_role(), role);
        let is_unread = |field: &str| unread.iter().any(|one| one.field == field);
        let settings = config.identities.get(&role.identity);
        let is_chained = role.via.is_some();
        let is_arn = !is_unread("arn");
        let terms = catalog::terms(settings, &role.arn, is_chained);

        let mut mistakes = unread.clone();
        if is_arn {
            let fitting = self.misfits(&config, &role, new);
            mistakes.extend(fitting.into_iter().filter(|one| is_read(one, &unread)));
        }
        let limits = form_bounds::limits_of_role(&self.0.policy, &config, &role);
        mistakes.extend(limits.mistake.into_iter().filter(|one| is_read(one, &unread)));
        RoleCheck {
            mistakes: first_of_each(mistakes),
            target: is_arn.then(|| self.target_view(&config, &role)),
            can_be_chained: role.arn.kind().can_be_assumed_by_a_role(),
            usual_duration: catalog::usual_duration(settings, &role.arn, is_chained),
            longest_duration: limits.longest.map_or(role.longest(), |longest| longest.min(role.longest())),
            longest_by_policy: limits.longest.is_some_and(|longest| longest < role.longest()),
            read_only_by_policy: is_arn && limits.read_only,
            task_policies: match terms.contains(&Term::TaskPolicy) {
                true => TASK_POLICIES.iter().map(ToString::to_string).collect(),
                false => Vec::new(),
            },
            terms: terms.iter().map(|term| term.name().to_owned()).collect(),
            hand_out: config.own_hand_out(&role.identity, &role.arn),
            usual_ask: limits.ask.max(config.usual_ask(&role.arn)),
            usual_delivery: config.usual_delivery(&role.arn),
        }
    }

    /// Mistakes in a role that no single field has.
    fn misfits(&self, config: &Config, role: &DeclaredRole, new: bool) -> Vec<FieldMistake> {
        let mut mistakes = Vec::new();
        let mut wrong = |field: &str, why: &str| mistakes.push(mistake(field, why));
        let is_it = |other: &DeclaredRole| other.arn == role.arn && other.identity == role.identity;
        if new && config.roles.iter().any(is_it) {
            wrong("arn", "this role is in the list already. Search for it there");
        } else if Chains::of(&config.roles).is_loop(role) {
            wrong("via", "this chain loops back to the role itself");
        }
        let of_role = role.mistakes();
        for one in &of_role {
            let field = if one.field == "duration" { "terms.duration" } else { one.field };
            wrong(field, &one.what);
        }
        let Some(settings) = config.identities.get(&role.identity) else {
            wrong("identity", &format!("identity {} doesn't exist", role.identity));
            return mistakes;
        };
        let order = self.0.services.aws.order(&role.arn, role.region.as_ref(), &role.terms);
        let of_terms = match &role.via {
            Some(via) => Operation::by_keys(&role.arn).mistakes(&order.asked_by(via)),
            None => daypass_identity::operation(settings, &role.arn).mistakes(&order),
        };
        for error in &of_terms {
            for (field, why) in in_fields(error, role) {
                wrong(&field, &why);
            }
        }
        first_of_each(mistakes)
    }

    fn target_view(&self, config: &Config, role: &DeclaredRole) -> TargetView {
        let roles = self.roles(config);
        let others = roles.iter().filter(|one| one.arn != role.arn || one.identity != role.identity);
        let taken: Vec<&ProfileName> = others.map(|one| &one.profile).collect();
        TargetView {
            kind: role.arn.kind(),
            account: role.arn.account().clone(),
            name: role.arn.name().to_owned(),
            suggested_profile: catalog::suggested_profile(&role.arn, &taken),
        }
    }
}

/// A role that can be declared. A form that is checked takes from it what cannot be read yet.
fn example_role() -> DeclaredRole {
    DeclaredRole {
        arn: Target::example(),
        identity: IdentityName::example(),
        via: None,
        profile: None,
        region: None,
        delivery: None,
        terms: Terms::default(),
    }
}

/// What was typed, with the example's value wherever it cannot be read; and what cannot.
fn read<T: Serialize + DeserializeOwned + Clone>(example: &T, typed: &Value) -> (T, Vec<FieldMistake>) {
    let Ok(mut good) = serde_json::to_value(example) else { return (example.clone(), Vec::new()) };
    let mut read = example.clone();
    let mut mistakes = Vec::new();
    for (field, value) in fields(typed, "") {
        let mut candidate = good.clone();
        put(&mut candidate, &field, value.clone());
        match serde_json::from_value::<T>(candidate.clone()) {
            Ok(settings) => (good, read) = (candidate, settings),
            Err(error) => mistakes.push(mistake(&field, &expected(&field, value, &error))),
        }
    }
    (read, mistakes)
}

/// The tables of the forms; every other object is a map of what the person names.
const TABLES: [&str; 2] = ["federate", "terms"];

/// All fields of a form, those of a table after the table itself with its name before them.
fn fields<'a>(typed: &'a Value, table: &str) -> Vec<(String, &'a Value)> {
    let Some(typed) = typed.as_object() else { return Vec::new() };
    let mut all = Vec::new();
    for (name, value) in typed.iter().filter(|(name, _)| *name != "kind") {
        if TABLES.contains(&name.as_str()) && value.is_object() {
            all.extend(fields(value, &format!("{name}.")));
        } else {
            all.push((format!("{table}{name}"), value));
        }
    }
    all
}

fn put(into: &mut Value, field: &str, value: Value) {
    match field.split_once('.') {
        Some((table, rest)) => {
            if !into[table].is_object() {
                into[table] = Value::Object(Map::new());
                if table == "federate" {
                    into[table]["account"] = AccountId::example().as_str().into();
                }
            }
            put(&mut into[table], rest, value);
        }
        None => into[field] = value,
    }
}

/// What belongs in a field that cannot be read. A field of the same name means the same in every form.
fn expected(field: &str, value: &Value, error: &serde_json::Error) -> String {
    match field {
        "arn" => mistake_in_arn(value.as_str().unwrap_or_default()).unwrap_or_else(|| Target::EXPECTED.to_owned()),
        "via" => Target::EXPECTED.to_owned(),
        "identity" => IdentityName::EXPECTED.to_owned(),
        "profile" => ProfileName::EXPECTED.to_owned(),
        "region" | "default_region" => Region::EXPECTED.to_owned(),
        "account" | "federate.account" => AccountId::EXPECTED.to_owned(),
        "role" | "roles" => RoleArn::EXPECTED.to_owned(),
        "duration" | "terms.duration" => SessionDuration::EXPECTED.to_owned(),
        "terms.session_name" => SessionName::EXPECTED.to_owned(),
        "redirect_port" => "use a port from 1024 to 65535, or leave it out to use a free one".to_owned(),
        "binding" => "use redirect or post".to_owned(),
        "browser" => {
            let words = SignInBrowser::ALL.map(SignInBrowser::word);
            format!("use {}, or leave it out for your default browser", words.join(", "))
        }
        "hours" => "write 1 to 720 hours, or leave it out for 12".to_owned(),
        _ => error.to_string(),
    }
}

/// The fields of a role that an operation refuses, and why.
fn in_fields(error: &TermError, role: &DeclaredRole) -> Vec<(String, String)> {
    let term = |name: &str| format!("terms.{name}");
    match error {
        TermError::NotPossible { term: unknown, operation, .. } => {
            vec![(term(unknown.name()), format!("leave this empty. {operation} doesn't have a parameter for it"))]
        }
        TermError::Target { .. } if role.via.is_none() && role.arn.kind().can_be_assumed_by_a_role() => {
            vec![("via".to_owned(), "this identity can't reach it directly. Choose a role that can".to_owned())]
        }
        TermError::Target { .. } => vec![("arn".to_owned(), "this identity can't reach it".to_owned())],
        TermError::NotOnlyReading { .. } => {
            let why =
                "this can't be combined with read-only access. AWS allows anything that one of the policies allows";
            vec![(term("policy"), why.to_owned()), (term("policy_arns"), why.to_owned())]
        }
        TermError::Limit(limit) => vec![(term(&limit.term.name()), limit.in_a_field())],
    }
}

/// A field that cannot be read has been replaced, so its other mistakes are not about what was typed.
fn is_read(one: &FieldMistake, unread: &[FieldMistake]) -> bool {
    unread.iter().all(|other| other.field != one.field)
}

fn first_of_each(mistakes: Vec<FieldMistake>) -> Vec<FieldMistake> {
    let mut firsts: Vec<FieldMistake> = Vec::new();
    for one in mistakes {
        if is_read(&one, &firsts) {
            firsts.push(one);
        }
    }
    firsts
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
