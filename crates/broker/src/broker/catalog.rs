//! All known roles.

use std::collections::{HashMap, HashSet};

use daypass_core::names::{IdentityName, Partition, ProfileName, Region, SessionDuration, Target, TargetKind};
use daypass_core::settings::Config;
use daypass_core::settings::IdentitySettings;
use daypass_core::terms::{Term, Terms};
use daypass_core::view::{RoleSource, RoleView, SessionView, role_id};
use daypass_identity::FoundRole;
use daypass_sts::Operation;

/// The profiles that sessions of a role had, by role.
pub(super) type NamedProfiles = HashMap<(Target, IdentityName), Vec<ProfileName>>;

/// Declared roles first, in the order of `config.toml`, then those that identities found.
pub(super) fn roles(
    config: &Config,
    found: impl FnMut(&IdentityName, &IdentitySettings) -> Vec<FoundRole>,
) -> Vec<RoleView> {
    let mut roles = Vec::new();
    each_role(config, found, |role, _| roles.push(role));
    roles
}

/// The same, one by one: all of them together take much memory. Of a declared role, with its place in `config.toml`.
pub(super) fn each_role(
    config: &Config,
    mut found: impl FnMut(&IdentityName, &IdentitySettings) -> Vec<FoundRole>,
    mut visit: impl FnMut(RoleView, Option<usize>),
) {
    let places = config.roles.iter().enumerate();
    let declared: HashMap<(&IdentityName, &Target), usize> =
        places.map(|(at, role)| ((&role.identity, &role.arn), at)).collect();
    let mut names: HashMap<usize, Option<String>> = HashMap::new();
    let mut others: Vec<(&IdentityName, Vec<FoundRole>, Vec<bool>)> = Vec::new();
    for (name, settings) in &config.identities {
        let own = found(name, settings);
        let mut known: HashSet<&Target> = HashSet::new();
        let is_news = |role: &FoundRole| match declared.get(&(name, &role.target)) {
            Some(at) => {
                names.insert(*at, role.account_name.clone());
                false
            }
            None => true,
        };
        let news: Vec<bool> = own.iter().map(is_news).collect();
        let news = own.iter().zip(news).map(|(role, is_news)| is_news && known.insert(&role.target)).collect();
        drop(known);
        others.push((name, own, news));
    }
    for at in 0..config.roles.len() {
        visit(declared_role(config, at, names.remove(&at).flatten()), Some(at));
    }
    for (name, own, news) in others {
        for (FoundRole { target, account_name }, is_news) in own.into_iter().zip(news) {
            if is_news {
                visit(found_role(config, name, target, account_name), None);
            }
        }
    }
}

/// The role that is declared at this place of `config.toml`.
pub(super) fn declared_role(config: &Config, at: usize, account_name: Option<String>) -> RoleView {
    let declared = &config.roles[at];
    let role = RoleView {
        profile: declared.profile.clone().unwrap_or_else(|| default_profile(&declared.arn)),
        region: declared.region.clone().or_else(|| usual_region(config, &declared.identity, &declared.arn)),
        terms: declared.terms.clone(),
        via: chain(config, &declared.identity, declared.via.as_ref()),
        catalog: config.origins.of_role(&declared.identity, &declared.arn).cloned(),
        account_name,
        ..role(declared.arn.clone(), declared.identity.clone(), RoleSource::Declared)
    };
    with_limits(config, role)
}

/// A role that an identity found.
pub(super) fn found_role(
    config: &Config,
    identity: &IdentityName,
    target: Target,
    account_name: Option<String>,
) -> RoleView {
    let region = usual_region(config, identity, &target);
    let found = role(target, identity.clone(), RoleSource::Discovered);
    with_limits(config, RoleView { region, account_name, ..found })
}

/// With what follows from its identity and the way to it.
fn with_limits(config: &Config, mut role: RoleView) -> RoleView {
    role.usual_region = usual_region(config, &role.identity, &role.arn);
    role.can_be_read_only = can_be_read_only(config, &role);
    if !is_as_found(config, &role) {
        role.usual_duration = usual_duration(config.identities.get(&role.identity), &role.arn, !role.via.is_empty());
    }
    role
}

/// Adds the roles of sessions that the catalog doesn't list, each once.
pub(super) fn add_running(roles: &mut Vec<RoleView>, running: &[SessionView]) {
    let mut unlisted: HashSet<&str> = running.iter().map(|session| session.role_id.as_str()).collect();
    for role in roles.iter() {
        unlisted.remove(role.id.as_str());
    }
    let missing = running.iter().filter(|session| unlisted.remove(session.role_id.as_str()));
    let missing: Vec<RoleView> = missing.map(RoleView::of_session).collect();
    roles.extend(missing);
}

/// The region for a profile of a role: its own, or the usual one.
pub(super) fn region(config: &Config, identity: &IdentityName, arn: &Target) -> Option<Region> {
    let declared = config.roles.iter().find(|role| &role.arn == arn && &role.identity == identity);
    declared.and_then(|role| role.region.clone()).or_else(|| usual_region(config, identity, arn))
}

/// The region for a profile of a role that names none: its account's, its identity's, or that of the settings. It must
/// be in the role's partition, because credentials don't work in another one.
fn usual_region(config: &Config, identity: &IdentityName, arn: &Target) -> Option<Region> {
    let of_account = config.accounts.get(arn.account()).and_then(|account| account.region.as_ref());
    let of_identity = config.identities.get(identity).and_then(IdentitySettings::default_region);
    let fits = |region: &&Region| Partition::of_region(region) == arn.partition();
    of_account.into_iter().chain(of_identity).chain(&config.region).find(fits).cloned()
}

/// The roles from the identity to the one that `via` names, which comes last. Loops were refused when the file was
/// read.
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

fn role(arn: Target, identity: IdentityName, source: RoleSource) -> RoleView {
    RoleView {
        id: role_id(&identity, &arn),
        partition: arn.partition().id().to_owned(),
        kind: arn.kind(),
        account: arn.account().clone(),
        account_name: None,
        account_alias: None,
        account_colour: None,
        production: false,
        name: arn.name().to_owned(),
        identity,
        profile: default_profile(&arn),
        started_as: Vec::new(),
        region: None,
        usual_region: None,
        terms: Terms::default(),
        usual_duration: None,
        can_be_read_only: false,
        can_assume_roles: arn.kind().can_assume_roles(),
        via: Vec::new(),
        source,
        catalog: None,
        arn,
    }
}

/// A role that a session had before and that no identity lists now. A sign-in may list it again.
pub(super) fn unlisted(config: &Config, identity: &IdentityName, target: &Target, via: Vec<Target>) -> RoleView {
    let region = usual_region(config, identity, target);
    let mut unlisted = RoleView { region, via, ..role(target.clone(), identity.clone(), RoleSource::Discovered) };
    unlisted.can_be_read_only = can_be_read_only(config, &unlisted);
    unlisted
}

/// The terms that a role may have: those of the identity, or of the operation by which another role reaches it.
pub(super) fn terms(settings: Option<&IdentitySettings>, target: &Target, is_chained: bool) -> Vec<Term> {
    match settings {
        Some(settings) if !is_chained && daypass_identity::operation(settings, target).grants(target.kind()) => {
            daypass_identity::terms(settings, target)
        }
        _ => Operation::by_keys(target).terms().to_vec(),
    }
}

/// How long its sessions last unless its terms say otherwise, by the same rule as [`terms`].
pub(super) fn usual_duration(
    settings: Option<&IdentitySettings>,
    target: &Target,
    is_chained: bool,
) -> Option<SessionDuration> {
    match settings {
        Some(settings) if !is_chained && daypass_identity::operation(settings, target).grants(target.kind()) => {
            daypass_identity::usual_duration(settings, target)
        }
        _ => Operation::by_keys(target).usual_duration(target),
    }
}

/// Whether its sessions can be made read-only. That excludes other session policies, because AWS allows what any one
/// of them allows.
fn can_be_read_only(config: &Config, role: &RoleView) -> bool {
    role.terms.policy.is_none() && role.terms.policy_arns.is_empty() && has_term(config, role, Term::ReadOnly)
}

/// Whether a session of the role may be asked for with this term.
pub(super) fn has_term(config: &Config, role: &RoleView, term: Term) -> bool {
    let settings = config.identities.get(&role.identity);
    !is_as_found(config, role) && terms(settings, &role.arn, !role.via.is_empty()).contains(&term)
}

/// Whether its sessions are what the sign-in found, with nothing to be asked for.
fn is_as_found(config: &Config, role: &RoleView) -> bool {
    config.identities.get(&role.identity).is_some_and(daypass_identity::delivers_as_found)
        && matches!(role.source, RoleSource::Discovered)
        && role.via.is_empty()
}

/// The shortest of three names for a role that isn't taken.
pub(super) fn suggested_profile(target: &Target, taken: &[&ProfileName]) -> ProfileName {
    let name = match target.kind() {
        TargetKind::Root => "root".to_owned(),
        TargetKind::IdentityPool => "pool".to_owned(),
        TargetKind::Role | TargetKind::User | TargetKind::FederatedUser => target.name().to_lowercase(),
    };
    let account = target.account().as_str();
    let end = &account[account.len() - 4..];
    let names = [name.clone(), format!("{name}-{end}"), format!("{name}-{account}")];
    let mut free = names.iter().filter_map(|name| name.parse().ok()).filter(|name| !taken.contains(&name));
    free.next().unwrap_or_else(|| default_profile(target))
}

/// `ACCOUNT-ROLE`: the same today and tomorrow, whatever else the catalog holds. The characters of role names are
/// all allowed in profile names, and both together are shorter than a profile name may be.
pub(super) fn default_profile(arn: &Target) -> ProfileName {
    let name = format!("{}-{}", arn.account(), arn.name());
    name.parse().unwrap_or_else(|_| unreachable!("{name} is a profile name"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn how_long_a_session_lasts_is_said_only_where_daypass_asks_for_it() {
        let text = "[identity.open]\nkind = \"console\"\nregion = \"eu-central-1\"\n\n\
                    [[role]]\narn = \"arn:aws:iam::123456789012:role/Other\"\nidentity = \"open\"\n";
        let config = crate::config::read(text, std::path::Path::new("config.toml")).unwrap();
        let found = |_: &IdentityName, _: &IdentitySettings| {
            vec![FoundRole { target: "arn:aws:iam::123456789012:role/SignedIn".parse().unwrap(), account_name: None }]
        };
        let usual: Vec<_> = roles(&config, found)
            .into_iter()
            .map(|role| (role.name, role.usual_duration.map(|duration| duration.to_string())))
            .collect();
        assert!(usual.contains(&("Other".to_owned(), Some("1h".to_owned()))), "{usual:?}");
        assert!(usual.contains(&("SignedIn".to_owned(), None)), "the console's own last for minutes: {usual:?}");
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
        assert_eq!(regions, [ours.clone(), None, ours.clone(), None]);

        // An identity's own comes first, where it fits the role.
        let text = text.replace("profile = \"p\"\n", "profile = \"p\"\ndefault_region = \"us-gov-west-1\"\n");
        let config = crate::config::read(&text, std::path::Path::new("config.toml")).unwrap();
        let regions: Vec<_> = roles(&config, found).into_iter().map(|role| role.region.map(String::from)).collect();
        assert_eq!(regions, [ours.clone(), Some("us-gov-west-1".to_owned()), ours, None]);
    }

    #[test]
    fn a_role_can_be_read_only_where_a_policy_can_narrow_it_and_no_other_does() {
        const POLICIES: &str = "policy_arns = [\"arn:aws:iam::aws:policy/AmazonS3FullAccess\"]";
        let role = |identity: &str, arn: &str, more: &str| {
            format!("[[role]]\narn = \"arn:aws:{arn}\"\nidentity = \"{identity}\"\n{more}\n\n")
        };
        let dev = "iam::123456789012:role/Dev";
        let declared = [
            role("corp", dev, ""),
            role("corp", "iam::123456789012:role/Narrow", POLICIES),
            // Its portal takes no terms, but AssumeRole after it does.
            role("center", "iam::123456789012:role/aws-reserved/sso.amazonaws.com/Admin", ""),
            role("center", dev, "via = \"arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/Admin\""),
            // Its policies are those of the identity.
            role("ldap", "sts::123456789012:federated-user/ann", ""),
            role("corp", "sts::123456789012:federated-user/ann", ""),
            role("corp", "iam::123456789012:user/ann", ""),
        ]
        .concat();
        let text = format!(
            "[identity.corp]\nkind = \"profile\"\nprofile = \"p\"\n\n\
             [identity.center]\nkind = \"identity-center\"\nstart_url = \"https://x.awsapps.com/start\"\n\
             region = \"eu-west-1\"\n\n\
             [identity.ldap]\nkind = \"directory\"\nurl = \"ldaps://x\"\nbind_dn = \"uid={{user}},dc=x\"\n\n{declared}"
        );
        let config = crate::config::read(&text, std::path::Path::new("config.toml")).unwrap();
        let roles = roles(&config, |_, _| Vec::new());
        let read_only: Vec<bool> = roles.iter().map(|role| role.can_be_read_only).collect();
        assert_eq!(read_only, [true, false, false, true, false, true, false]);
        let assume: Vec<bool> = roles.iter().map(|role| role.can_assume_roles).collect();
        assert_eq!(assume, [true, true, true, true, false, false, true]);
    }

    /// The console's own session is what it is. A role that is assumed from it can be narrowed.
    #[test]
    fn what_is_delivered_as_it_was_found_cannot_be_narrowed() {
        let text = "[identity.corp]\nkind = \"console\"\nregion = \"eu-central-1\"\n\n\
                    [[role]]\narn = \"arn:aws:iam::123456789012:role/Dev\"\nidentity = \"corp\"\n";
        let config = crate::config::read(text, std::path::Path::new("config.toml")).unwrap();
        let own = "arn:aws:iam::123456789012:role/Admin".parse::<Target>().unwrap();
        let roles = roles(&config, |_, _| vec![FoundRole { target: own.clone(), account_name: None }]);
        let read_only: Vec<bool> = roles.iter().map(|role| role.can_be_read_only).collect();
        assert_eq!(read_only, [true, false], "{roles:?}");
    }

    #[test]
    fn a_suggested_profile_is_short_and_free() {
        let suggested = |arn: &str, taken: &[&str]| {
            let taken: Vec<ProfileName> = taken.iter().map(|name| name.parse().unwrap()).collect();
            suggested_profile(&arn.parse().unwrap(), &taken.iter().collect::<Vec<_>>()).to_string()
        };
        let dev = "arn:aws:iam::123456789012:role/team/Developer";
        assert_eq!(suggested(dev, &[]), "developer");
        assert_eq!(suggested(dev, &["developer"]), "developer-9012");
        assert_eq!(suggested(dev, &["developer", "developer-9012"]), "developer-123456789012");
        let all = ["developer", "developer-9012", "developer-123456789012"];
        assert_eq!(suggested(dev, &all), "123456789012-Developer");
        assert_eq!(suggested("arn:aws:iam::123456789012:root", &[]), "root");
        let pool = "arn:aws:cognito-identity:eu-west-1:123456789012:identitypool/eu-west-1:ab-12";
        assert_eq!(suggested(pool, &[]), "pool");
    }
}
