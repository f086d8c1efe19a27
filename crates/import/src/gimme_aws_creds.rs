//! gimme-aws-creds: `~/.okta_aws_login_config`.
//!
//! Sources: the README and the module config of <https://github.com/Nike-Inc/gimme-aws-creds>.

use std::path::{Path, PathBuf};

use daypass_core::names::{IdentityName, SessionDuration, Target};
use daypass_core::settings::IdentitySettings;

use crate::ini::{self, Rules, Section};
use crate::parts::{host, role, saml};
use crate::{Found, FoundRole, Machine, Origin, Remark, Tool, names};

/// How many sections may inherit from one another.
const MOST_INHERITED: usize = 10;

/// How long it asks a session to last, in seconds, unless the settings say.
const USUAL_DURATION: &str = "3600";

/// What the settings say.
pub(crate) fn read(machine: &Machine) -> Option<Found> {
    let named = || machine.variable("OKTA_CONFIG").map(|path| machine.resolve(path));
    let named = machine.named_file(Tool::GimmeAwsCreds, ".okta_aws_login_config").or_else(named);
    let path = named.unwrap_or_else(|| machine.home().join(".okta_aws_login_config"));
    let mut found = Found::new(Tool::GimmeAwsCreds);
    let sections = match machine.read(&path) {
        Ok(None) => return None,
        Ok(Some(file)) => {
            found.files.push(path.clone());
            ini::read(&file, Rules::Python, machine)
        }
        Err(remark) => Err(remark),
    };
    let sections = match sections {
        Ok(sections) => sections,
        Err(remark) => {
            found.remarks.push(remark);
            return Some(found);
        }
    };
    let is_base = |name: &str| sections.iter().any(|section| section.get("inherits") == Some(name));
    let mut reader = Reader { path, found };
    for section in &sections {
        let whole = inherited(section, &sections);
        let says_where = whole.get("app_url").is_some() || whole.get("okta_org_url").is_some();
        // What others build on isn't meant to be used by itself, unless it could be.
        if !says_where || (is_base(&section.name) && whole.get("app_url").is_none()) {
            continue;
        }
        reader.read(&whole);
    }
    Some(reader.found)
}

/// A section with what it inherits.
fn inherited(section: &Section, sections: &[Section]) -> Section {
    let mut whole = section.clone();
    let mut base = section.get("inherits");
    for _ in 0..MOST_INHERITED {
        let Some(next) = base.and_then(|name| sections.iter().find(|other| other.name == name)) else { break };
        whole = whole.over(next);
        base = next.get("inherits");
    }
    whole
}

struct Reader {
    path: PathBuf,
    found: Found,
}

impl Reader {
    fn read(&mut self, section: &Section) {
        let origin = Origin::line(Path::new(&self.path), section.line).section(&section.name);
        let what = format!("the profile {:?} of gimme-aws-creds", section.name);
        let Some(url) = section.get("app_url").filter(|url| url.starts_with("https://") || url.starts_with("http://"))
        else {
            let why = "its settings have the AWS application's name, not its address";
            let advice = "copy the address behind your AWS tile: daypass identity add saml okta --start-url ADDRESS";
            return self.found.remarks.push(Remark::new(what, why, origin).advice(advice));
        };
        let name = names::identity(host(url).unwrap_or_default(), "okta");
        let identity = self.found.identity(&name, IdentitySettings::Saml(saml(url)), origin.clone());
        let arns = section.get("aws_rolename").unwrap_or_default().split(',').map(str::trim);
        let arns: Vec<&str> = arns.filter(|arn| !arn.is_empty()).collect();
        match arns.as_slice() {
            [] => {
                let remark = Remark::new(format!("the role of {what}"), "it asks for the role at each login", origin);
                let advice = "sign in, then start a role with --profile and the old name";
                self.found.remarks.push(remark.advice(advice));
            }
            ["all"] => {
                let remark = Remark::new(
                    format!("aws_rolename = all of {what}"),
                    "it requests keys for every role at once",
                    origin,
                );
                self.found.remarks.push(remark.advice("to write a profile for each role, run daypass profiles sync"));
            }
            arns => {
                for arn in arns {
                    self.read_role(arn, section, arns.len(), &identity, &origin);
                }
            }
        }
    }

    fn read_role(&mut self, arn: &str, section: &Section, roles: usize, identity: &IdentityName, origin: &Origin) {
        let Ok(arn) = arn.parse::<Target>() else {
            let what = format!("the role {arn:?} of the profile {:?} of gimme-aws-creds", section.name);
            let remark =
                Remark::new(what, "it's a name, not an ARN, and the account isn't in the settings", origin.clone());
            return self.found.remarks.push(remark.advice("sign in, then start it by name"));
        };
        let profile = profile(section.get("cred_profile").unwrap_or("role"), &arn, section, roles);
        let mut declared = role(arn, identity);
        declared.profile = profile.and_then(|name| names::profile(&name));
        let seconds = section.get("aws_default_duration").filter(|seconds| *seconds != USUAL_DURATION);
        declared.terms.duration = seconds.and_then(|seconds| seconds.parse::<SessionDuration>().ok());
        self.found.roles.push(FoundRole { role: declared, is_listed: true, origin: origin.clone() });
    }
}

/// The profile under which gimme-aws-creds writes a role. `None` if the account's alias is in it, which only AWS knows,
/// or if several roles overwrite one another there.
fn profile(cred_profile: &str, arn: &Target, section: &Section, roles: usize) -> Option<String> {
    let text = arn.to_string();
    let path = text.split_once(":role").map_or("", |(_, path)| path);
    let name = path.rsplit('/').next().unwrap_or_default();
    let by_alias = section.is_on("resolve_aws_alias");
    match cred_profile.to_lowercase().as_str() {
        "role" => Some(name.to_owned()),
        "acc" => (!by_alias).then(|| arn.account().to_string()),
        "acc-role" => {
            let name = if section.is_on("include_path") { path } else { name };
            (!by_alias).then(|| format!("{}-{name}", arn.account()))
        }
        "default" if roles == 1 => Some("default".to_owned()),
        _ if roles == 1 => Some(cred_profile.to_owned()),
        _ => None,
    }
}
