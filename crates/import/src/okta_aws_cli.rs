//! okta-aws-cli: `~/.okta/okta.yaml` and its variables.
//!
//! It gets a SAML assertion from Okta's API with the token of an application made for it. Daypass gets the same
//! assertion by the address behind the AWS tile, which follows from the id of the AWS application.
//!
//! Sources: the README and the package `internal/config` of <https://github.com/okta/okta-aws-cli>.

use std::path::Path;

use aws_files::split_process_line;
use daypass_core::names::{SessionDuration, Target};
use daypass_core::settings::{AccountSettings, IdentitySettings};

use crate::parts::{account_id, host, option, role, saml};
use crate::profiles::{AwsFiles, Process};
use crate::yaml::Yaml;
use crate::{Found, FoundAccount, FoundRole, Machine, Origin, Remark, Tool, names};

/// The last part of the address behind a tile: Okta's number for its AWS Account Federation application.
const AWS_APPLICATION: &str = "272";

/// The variables, and the settings of a profile that they stand for.
const VARIABLES: [(&str, &str); 7] = [
    ("OKTA_AWSCLI_ORG_DOMAIN", "org-domain"),
    ("OKTA_AWSCLI_OIDC_CLIENT_ID", "oidc-client-id"),
    ("OKTA_AWSCLI_AWS_ACCOUNT_FEDERATION_APP_ID", "aws-acct-fed-app-id"),
    ("OKTA_AWSCLI_IAM_ROLE", "aws-iam-role"),
    ("OKTA_AWSCLI_AWS_REGION", "aws-region"),
    ("OKTA_AWSCLI_SESSION_DURATION", "aws-session-duration"),
    ("OKTA_AWSCLI_KEY_ID", "key-id"),
];

/// The same before version 2.
const OLD_VARIABLES: [(&str, &str); 3] = [
    ("OKTA_ORG_DOMAIN", "org-domain"),
    ("OKTA_OIDC_CLIENT_ID", "oidc-client-id"),
    ("OKTA_AWS_ACCOUNT_FEDERATION_APP_ID", "aws-acct-fed-app-id"),
];

/// What the settings and the variables say.
pub(crate) fn read(machine: &Machine) -> Option<Found> {
    let named = machine.named_file(Tool::OktaAwsCli, "okta.yaml");
    let path = named.unwrap_or_else(|| machine.home().join(".okta").join("okta.yaml"));
    let mut found = Found::new(Tool::OktaAwsCli);
    match machine.read(&path) {
        Ok(None) => {}
        Ok(Some(file)) => match Yaml::read(&file.text) {
            // Okta's SDKs have their settings in the same file.
            Ok(yaml) if yaml.get("awscli") == &Yaml::Nothing => {}
            Ok(yaml) => {
                found.files.push(path.clone());
                read_yaml(yaml.get("awscli"), &path, &mut found);
            }
            Err(unreadable) => {
                let what = format!("{} isn't read", machine.shown(&path));
                found.remarks.push(Remark::new(what, unreadable.why, Origin::line(&path, unreadable.line)));
            }
        },
        Err(remark) => found.remarks.push(remark),
    }
    let get = |key: &str| {
        let named = VARIABLES.iter().chain(&OLD_VARIABLES).filter(|(_, setting)| *setting == key);
        named.filter_map(|(variable, _)| machine.variable(variable)).next()
    };
    if get("org-domain").is_some() && get("oidc-client-id").is_some() {
        let name = machine.variable("OKTA_AWSCLI_PROFILE").unwrap_or("default");
        let origin = Origin::file(&path).section("OKTA_AWSCLI_ORG_DOMAIN");
        read_profile(name, get, origin, &mut found);
    }
    read_profiles(&AwsFiles::read(machine), &mut found);
    (!found.files.is_empty() || !found.identities.is_empty() || !found.remarks.is_empty()).then_some(found)
}

/// Profiles that ask okta-aws-cli by `credential_process`, with its settings on the command line.
fn read_profiles(files: &AwsFiles, found: &mut Found) {
    let mut is_read = false;
    for profile in files.profiles() {
        let line = profile.get("credential_process").unwrap_or_default();
        if Process::of(line) != Process::Of(Tool::OktaAwsCli) {
            continue;
        }
        is_read = true;
        let words = split_process_line(line).unwrap_or_default();
        // With --profile, the rest may be in okta.yaml, which is read already.
        if option(&words, &["--org-domain"]).is_some() {
            let get = |key: &str| option(&words, &[&format!("--{key}")]);
            read_profile(&profile.name, get, files.origin(profile), found);
        }
    }
    if is_read {
        found.files.push(files.config_file.clone());
    }
}

fn read_yaml(awscli: &Yaml, path: &Path, found: &mut Found) {
    for (name, profile) in awscli.get("profiles").entries() {
        let origin = Origin::file(path).section(name);
        read_profile(name, |key| profile.get(key).text(), origin, found);
    }
    for (arn, label) in awscli.get("idps").entries() {
        // Keys may be regular expressions. Those name no account.
        let id = arn.split(':').nth(4).and_then(account_id);
        let (Some(id), Some(Ok(name))) = (id, label.text().map(str::parse)) else { continue };
        if found.accounts.iter().all(|known| known.id != id) {
            let settings = AccountSettings { name: Some(name), ..AccountSettings::default() };
            found.accounts.push(FoundAccount { id, settings, origin: Origin::file(path).section(arn) });
        }
    }
    let labels = awscli.get("roles").entries().len();
    if labels > 0 {
        let what = if labels == 1 { "a label of roles".to_owned() } else { format!("{labels} labels of roles") };
        let why = "Daypass uses roles' own names. It only has display names for accounts";
        found.remarks.push(Remark::new(what, why, Origin::file(path)));
    }
}

fn read_profile<'a>(name: &str, get: impl Fn(&str) -> Option<&'a str>, origin: Origin, found: &mut Found) {
    let mut remark = |why: &str, advice: Option<&str>| {
        let remark = Remark::new(format!("the profile {name:?} of okta-aws-cli"), why, origin.clone());
        found.remarks.push(match advice {
            Some(advice) => remark.advice(advice),
            None => remark,
        });
    };
    if ["key-id", "private-key", "private-key-file"].iter().any(|key| get(key).is_some()) {
        return remark("it signs in a machine with a private key (m2m), and Daypass only signs in people", None);
    }
    let Some(domain) = get("org-domain").and_then(host) else {
        return remark("it doesn't have an org-domain", None);
    };
    let Some(application) = get("aws-acct-fed-app-id") else {
        let advice = "copy the address behind your AWS tile: daypass identity add saml okta --start-url ADDRESS";
        let why = "it asks Okta for your AWS applications through an application made for okta-aws-cli";
        return remark(why, Some(advice));
    };
    let is_id = application.chars().all(|c| c.is_ascii_alphanumeric());
    if !is_id {
        return remark(&format!("its aws-acct-fed-app-id {application:?} isn't an Okta ID"), None);
    }
    let url = format!("https://{domain}/home/amazon_aws/{application}/{AWS_APPLICATION}");
    let identity = IdentitySettings::Saml(saml(&url));
    let identity = found.identity(&names::identity(domain, "okta"), identity, origin.clone());
    let Some(Ok(arn)) = get("aws-iam-role").map(str::parse::<Target>) else {
        let what = format!("the role of the profile {name:?} of okta-aws-cli");
        let why = "it asks for the role at each login";
        let advice = format!("sign in, then start a role with --profile {name}");
        return found.remarks.push(Remark::new(what, why, origin).advice(advice));
    };
    let mut declared = role(arn, &identity);
    declared.profile = names::profile(name);
    declared.region = get("aws-region").and_then(|region| region.parse().ok());
    let seconds = get("aws-session-duration").or_else(|| get("session-duration"));
    declared.terms.duration = seconds.and_then(|seconds| seconds.parse::<SessionDuration>().ok());
    found.roles.push(FoundRole { role: declared, is_listed: true, origin });
}
