//! All roles that are known, and which one a name means.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use daypass_core::names::{IdentityName, Partition, ProfileName, Region, Target};
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::settings::Config;
use daypass_core::settings::IdentitySettings;
use daypass_core::terms::Terms;
use daypass_core::view::{RoleSource, RoleView, SessionView, role_id};
use daypass_identity::FoundRole;

/// Declared roles first, in the order of `config.toml`, then those that identities found.
pub(super) fn roles(
    config: &Config,
    found: impl Fn(&IdentityName, &IdentitySettings) -> Vec<FoundRole>,
) -> Vec<RoleView> {
    let mut roles: Vec<RoleView> = config
        .roles
        .iter()
        .map(|declared| RoleView {
            profile: declared.profile.clone().unwrap_or_else(|| default_profile(&declared.arn)),
            region: declared.region.clone().or_else(|| usual_region(config, &declared.arn)),
            terms: declared.terms.clone(),
            via: chain(config, &declared.identity, declared.via.as_ref()),
            ..role(declared.arn.clone(), declared.identity.clone(), RoleSource::Declared)
        })
        .collect();
    let mut known: HashMap<(IdentityName, Target), usize> =
        roles.iter().enumerate().map(|(at, role)| ((role.identity.clone(), role.arn.clone()), at)).collect();
    for (name, settings) in &config.identities {
        for FoundRole { target, account_name } in found(name, settings) {
            match known.entry((name.clone(), target.clone())) {
                Entry::Occupied(declared) => roles[*declared.get()].account_name = account_name,
                Entry::Vacant(new) => {
                    new.insert(roles.len());
                    let region = usual_region(config, &target);
                    let found = role(target, name.clone(), RoleSource::Discovered);
                    roles.push(RoleView { region, account_name, ..found });
                }
            }
        }
    }
    roles
}

/// The region of the settings, where its partition has the role: no credentials are good in another one.
fn usual_region(config: &Config, arn: &Target) -> Option<Region> {
    config.region.clone().filter(|region| Partition::of_region(region) == arn.partition())
}

/// The roles from the identity to the one that is named by `via`, which comes last. Loops were refused when the file
/// was read.
fn chain(config: &Config, identity: &IdentityName, via: Option<&Target>) -> Vec<Target> {
    let mut chain = Vec::new();
    let mut next = via;
    while let Some(target) = next.filter(|target| !chain.contains(*target)) {
        chain.push(target.clone());
        let declared = config.roles.iter().find(|role| &role.arn == target && &role.identity == identity);
        next = declared.and_then(|role| role.via.as_ref());
    }
    chain.reverse();
    chain
}

/// The role that a text means: an ARN, `ACCOUNT/ROLE`, or a profile, with `IDENTITY:` before it if need be.
pub(super) fn find(roles: &[RoleView], running: &[SessionView], text: &str) -> Result<RoleView, Problem> {
    // The same role may be reached by several identities: then one of them is named before it.
    if let Some((identity, rest)) = text.split_once(':')
        && roles.iter().any(|role| role.identity.as_str() == identity)
        && roles.iter().all(|role| role.profile.as_str() != text)
    {
        let its = |of: &IdentityName| of.as_str() == identity;
        let roles: Vec<RoleView> = roles.iter().filter(|role| its(&role.identity)).cloned().collect();
        let running: Vec<SessionView> = running.iter().filter(|session| its(&session.identity)).cloned().collect();
        return find(&roles, &running, rest);
    }
    let of_session = running.iter().find(|s| s.profile.as_str() == text);
    let matching: Vec<&RoleView> = if let Ok(arn) = text.parse::<Target>() {
        roles.iter().filter(|role| role.arn == arn).collect()
    } else if let Some(session) = of_session {
        roles.iter().filter(|role| role.arn == session.role && role.identity == session.identity).collect()
    } else if text.starts_with("arn:") {
        return Err(text.parse::<Target>().err().map_or_else(|| unknown(text), Problem::from));
    } else {
        let by_profile: Vec<&RoleView> = roles.iter().filter(|role| role.profile.as_str() == text).collect();
        let by_name = || match text.split_once('/') {
            Some((account, name)) => roles.iter().filter(|r| r.account.as_str() == account && r.name == name).collect(),
            None => Vec::new(),
        };
        if by_profile.is_empty() { by_name() } else { by_profile }
    };
    match matching.as_slice() {
        [] => Err(unknown(text)),
        [role] => Ok((*role).clone()),
        // The same role through several identities: the first that is declared, as the list shows it.
        [first, rest @ ..] if rest.iter().all(|role| role.arn == first.arn) => Ok((*first).clone()),
        several => {
            let arns: Vec<String> = several.iter().map(|role| role.arn.to_string()).collect();
            let message = format!("{text} means several roles: {}", arns.join(", "));
            Err(Problem::new(ProblemKind::Invalid, "ambiguous-role", message).hint("name one by its ARN"))
        }
    }
}

fn role(arn: Target, identity: IdentityName, source: RoleSource) -> RoleView {
    RoleView {
        id: role_id(&identity, &arn),
        partition: arn.partition().id().to_owned(),
        kind: arn.kind(),
        account: arn.account().clone(),
        account_name: None,
        name: arn.name().to_owned(),
        identity,
        profile: default_profile(&arn),
        region: None,
        terms: Terms::default(),
        via: Vec::new(),
        source,
        arn,
    }
}

/// `ACCOUNT-ROLE`: the same today and tomorrow, whatever else the catalog holds. The characters of role names are
/// all allowed in profile names, and both together are shorter than a profile name may be.
fn default_profile(arn: &Target) -> ProfileName {
    let name = format!("{}-{}", arn.account(), arn.name());
    name.parse().unwrap_or_else(|_| unreachable!("{name} is a profile name"))
}

fn unknown(text: &str) -> Problem {
    Problem::new(ProblemKind::NotFound, "unknown-role", format!("no role is known as {text:?}")).hint(
        "name it by ACCOUNT/ROLE, ARN or profile (`daypass role list`); add one with `daypass role add ARN --identity NAME`",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn view(arn: &str, profile: Option<&str>) -> RoleView {
        let view = role(arn.parse().unwrap(), "corp".parse().unwrap(), RoleSource::Declared);
        let profile = profile.map_or(view.profile.clone(), |p| p.parse().unwrap());
        RoleView { profile, ..view }
    }

    #[test]
    fn the_region_of_the_settings_is_for_roles_of_its_partition() {
        let text = "[settings]\nregion = \"eu-central-1\"\n\n[identity.corp]\nkind = \"profile\"\nprofile = \"p\"\n\n\
                    [[role]]\narn = \"arn:aws:iam::123456789012:role/Dev\"\nidentity = \"corp\"\n\n\
                    [[role]]\narn = \"arn:aws-us-gov:iam::123456789012:role/Dev\"\nidentity = \"corp\"\n";
        let config = crate::config::read(text, std::path::Path::new("config.toml")).unwrap();
        let found = |_: &IdentityName, _: &IdentitySettings| {
            ["arn:aws:iam::123456789012:role/Found", "arn:aws-cn:iam::123456789012:role/Found"]
                .map(|arn| FoundRole { target: arn.parse().unwrap(), account_name: None })
                .to_vec()
        };
        let regions: Vec<_> = roles(&config, found).into_iter().map(|role| role.region.map(String::from)).collect();
        let ours = Some("eu-central-1".to_owned());
        assert_eq!(regions, [ours.clone(), None, ours, None]);
    }

    #[test]
    fn a_role_is_found_by_arn_account_and_name_or_profile() {
        let roles = [
            view("arn:aws:iam::123456789012:role/Dev", Some("dev")),
            view("arn:aws:iam::123456789012:role/path/Ops", None),
            view("arn:aws:iam::999999999999:role/Ops", Some("ops")),
        ];
        let found = |text: &str| find(&roles, &[], text).map(|r| r.arn.to_string()).map_err(|p| p.code);
        assert_eq!(found("dev").unwrap(), roles[0].arn.to_string());
        assert_eq!(found("123456789012/Ops").unwrap(), roles[1].arn.to_string());
        assert_eq!(found("123456789012-Ops").unwrap(), roles[1].arn.to_string());
        assert_eq!(found("arn:aws:iam::999999999999:role/Ops").unwrap(), roles[2].arn.to_string());
        assert_eq!(found("nope").unwrap_err(), "unknown-role");
        assert_eq!(found("arn:aws:iam::99:role/Ops").unwrap_err(), "bad-role-arn");
        let other = RoleView { identity: "other".parse().unwrap(), ..roles[0].clone() };
        let both = [roles[0].clone(), other];
        for (text, identity) in
            [("corp:123456789012/Dev", "corp"), ("other:arn:aws:iam::123456789012:role/Dev", "other")]
        {
            assert_eq!(find(&both, &[], text).unwrap().identity.as_str(), identity);
        }
        assert_eq!(find(&both, &[], "nobody:123456789012/Dev").unwrap_err().code, "unknown-role");
        let twice =
            [view("arn:aws:iam::123456789012:role/a/X", None), view("arn:aws:iam::123456789012:role/b/X", None)];
        assert_eq!(find(&twice, &[], "123456789012/X").unwrap_err().code, "ambiguous-role");
    }
}
