//! saml2aws: `~/.saml2aws`, with an identity provider in each section.
//!
//! Sources: the packages `cfg` and `provider` and the README of <https://github.com/Versent/saml2aws>.

mod start_url;

use std::path::{Path, PathBuf};

use daypass_core::names::{SessionDuration, Target};
use daypass_core::settings::IdentitySettings;

use crate::ini::{self, Rules, Section};
use crate::parts::{host, role, saml};
use crate::{Found, FoundRole, Machine, Origin, Remark, Tool, names};
use start_url::{NoStart, start_url};

/// How long saml2aws asks a session to last, in seconds, and under which profile it writes it, unless the settings say.
const USUAL_DURATION: &str = "3600";
const USUAL_PROFILE: &str = "saml";

/// What the settings say.
pub(crate) fn read(machine: &Machine) -> Option<Found> {
    let named = machine.variable("SAML2AWS_CONFIGFILE").map(|path| machine.resolve(path));
    let path = named.unwrap_or_else(|| machine.home().join(".saml2aws"));
    let mut found = Found::new(Tool::Saml2aws);
    let sections = match machine.read(&path) {
        Ok(None) => return None,
        Ok(Some(file)) => {
            found.files.push(path.clone());
            ini::read(&file, Rules::Go, machine)
        }
        Err(remark) => Err(remark),
    };
    match sections {
        Ok(sections) => {
            let mut reader = Reader { machine, path, found, sections: &sections };
            for section in &sections {
                reader.read(section);
            }
            found = reader.found;
        }
        Err(remark) => found.remarks.push(remark),
    }
    Some(found)
}

struct Reader<'a> {
    machine: &'a Machine,
    path: PathBuf,
    found: Found,
    sections: &'a [Section],
}

impl Reader<'_> {
    fn read(&mut self, section: &Section) {
        let origin = self.origin(section);
        let url = match start_url(section) {
            Ok(url) => url,
            Err(NoStart { why, advice }) => {
                let remark = Remark::new(format!("the account {:?}", section.name), why, origin);
                return self.found.remarks.push(match advice {
                    Some(advice) => remark.advice(advice),
                    None => remark,
                });
            }
        };
        let duration = section.get("aws_session_duration").filter(|seconds| *seconds != USUAL_DURATION);
        let duration: Option<SessionDuration> = duration.and_then(|seconds| seconds.parse().ok());
        let identity =
            self.found.identity(&self.name(section, &url), IdentitySettings::Saml(saml(&url)), origin.clone());
        let profile = section.get("aws_profile").unwrap_or(USUAL_PROFILE);
        match section.get("role_arn").map(str::parse::<Target>) {
            Some(Ok(arn)) => {
                let mut declared = role(arn, &identity);
                declared.profile = names::profile(profile);
                declared.region = section.get("region").and_then(|region| region.parse().ok());
                declared.terms.duration = duration;
                declared.terms.policy_arns = self.policy_arns(section);
                declared.terms.policy = self.policy(section);
                self.found.roles.push(FoundRole { role: declared, is_listed: true, origin });
            }
            Some(Err(_)) => self.remark(section, "role_arn", "it isn't the ARN of a role"),
            None => {
                let what = format!("the profile {profile:?} of the account {:?}", section.name);
                let remark = Remark::new(what, "saml2aws asks for its role at each login", origin);
                let advice = format!("sign in, then start the role that you want with --profile {profile}");
                self.found.remarks.push(remark.advice(advice));
            }
        }
        self.tell_of_settings(section);
    }

    /// The section's name, unless that says nothing, or several sections are of one identity provider.
    fn name(&self, section: &Section, url: &str) -> daypass_core::names::IdentityName {
        let same = self.sections.iter().filter(|other| start_url(other).is_ok_and(|other| other == url)).count();
        let name = match section.name.as_str() {
            "default" => host(url).unwrap_or_default(),
            _ if same > 1 => host(url).unwrap_or_default(),
            name => name,
        };
        names::identity(name, "saml")
    }

    fn policy_arns(&self, section: &Section) -> Vec<String> {
        let arns = section.get("policy_arn_list").unwrap_or_default().split(',').map(str::trim);
        arns.filter(|arn| !arn.is_empty()).map(str::to_owned).collect()
    }

    /// The session policy in a file of the person's.
    fn policy(&mut self, section: &Section) -> Option<String> {
        let path = self.machine.resolve(section.get("policy_file")?);
        match self.machine.read(&path) {
            Ok(Some(file)) => {
                self.found.files.push(path);
                Some(file.text.trim().to_owned())
            }
            Ok(None) => {
                self.remark(section, "policy_file", "the file isn't there");
                None
            }
            Err(remark) => {
                self.found.remarks.push(remark);
                None
            }
        }
    }

    fn tell_of_settings(&mut self, section: &Section) {
        if section.is_on("skip_verify") {
            let why = "Daypass believes no server without its certificate";
            let remark = self.about(section, "skip_verify", why);
            self.found
                .remarks
                .push(remark.advice("install your company's authority in the system's list of certificates"));
        }
        if section.get("credentials_file").is_some() {
            let why = "Daypass writes the credentials file that the AWS CLI reads";
            let remark = self.about(section, "credentials_file", why);
            self.found.remarks.push(remark.advice("set AWS_SHARED_CREDENTIALS_FILE for both"));
        }
        if section.get("target_url").is_some() {
            self.remark(section, "target_url", "an assertion is taken from the address of AWS alone");
        }
    }

    fn remark(&mut self, section: &Section, key: &str, why: &str) {
        let remark = self.about(section, key, why);
        self.found.remarks.push(remark);
    }

    fn about(&self, section: &Section, key: &str, why: &str) -> Remark {
        Remark::new(format!("{key} of the account {:?}", section.name), why, self.origin(section))
    }

    fn origin(&self, section: &Section) -> Origin {
        Origin::line(Path::new(&self.path), section.line).section(&section.name)
    }
}
