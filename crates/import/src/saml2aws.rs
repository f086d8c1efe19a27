//! saml2aws: `~/.saml2aws`, with an identity provider in each section.
//!
//! Sources: the packages `cfg` and `provider` and the README of <https://github.com/Versent/saml2aws>.

mod start_url;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use aws_files::split_process_line;
use daypass_core::names::{IdentityName, SessionDuration, Target};
use daypass_core::settings::IdentitySettings;

use crate::ini::{self, Rules, Section};
use crate::parts::{host, option, role, saml};
use crate::profiles::{AwsFiles, AwsProfile, Process};
use crate::{Found, FoundRole, Machine, Origin, Remark, Tool, names};
use start_url::{NoStart, start_url};

/// How long saml2aws asks a session to last, in seconds, and under which profile it writes it, unless the settings say.
const USUAL_DURATION: &str = "3600";
const USUAL_PROFILE: &str = "saml";

/// What the settings say.
pub(crate) fn read(machine: &Machine) -> Option<Found> {
    let named = || machine.variable("SAML2AWS_CONFIGFILE").map(|path| machine.resolve(path));
    let named = machine.named_file(Tool::Saml2aws, ".saml2aws").or_else(named);
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
            let identities = HashMap::new();
            let mut reader = Reader { machine, path, found, sections: &sections, identities };
            for section in &sections {
                reader.read(section);
            }
            reader.read_profiles(&AwsFiles::read(machine));
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
    /// By the names of the sections.
    identities: HashMap<&'a str, IdentityName>,
}

impl<'a> Reader<'a> {
    fn read(&mut self, section: &'a Section) {
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
        self.identities.insert(&section.name, identity.clone());
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
                let advice = format!("sign in, then start a role with --profile {profile}");
                self.found.remarks.push(remark.advice(advice));
            }
        }
        self.tell_of_settings(section);
    }

    /// Profiles that ask saml2aws by `credential_process`.
    fn read_profiles(&mut self, files: &AwsFiles) {
        let mut is_read = false;
        for profile in files.profiles() {
            let line = profile.get("credential_process").unwrap_or_default();
            if Process::of(line) != Process::Of(Tool::Saml2aws) {
                continue;
            }
            is_read = true;
            if let Err(why) = self.read_profile(profile, line, files) {
                self.found.remarks.push(files.stays(profile, why));
            }
        }
        if is_read {
            self.found.files.push(files.config_file.clone());
        }
    }

    fn read_profile(&mut self, profile: &AwsProfile, line: &str, files: &AwsFiles) -> Result<(), String> {
        let words = split_process_line(line).unwrap_or_default();
        let account = option(&words, &["-a", "--idp-account"]).unwrap_or("default");
        let section = self.sections.iter().find(|section| section.name == account);
        let known = section.and_then(|section| Some((section, self.identities.get(account)?)));
        let (section, identity) = known.ok_or_else(|| format!("it asks saml2aws for its account {account:?}"))?;
        let arn = option(&words, &["--role"]).or_else(|| section.get("role_arn"));
        let arn = arn.ok_or("its command line and the account don't name a role")?;
        let arn: Target = arn.parse().map_err(|_| format!("{arn:?} isn't the ARN of a role"))?;
        let seconds = option(&words, &["--session-duration"]).or_else(|| section.get("aws_session_duration"));
        let mut declared = role(arn, identity);
        declared.profile = Some(names::profile(&profile.name).ok_or("Daypass can't write a profile of this name")?);
        declared.region = profile.get("region").and_then(|region| region.parse().ok());
        declared.terms.duration = seconds.filter(|it| *it != USUAL_DURATION).and_then(|it| it.parse().ok());
        self.found.roles.push(FoundRole { role: declared, is_listed: true, origin: files.origin(profile) });
        Ok(())
    }

    /// The section's name, unless that says nothing, or several sections are of one identity provider.
    fn name(&self, section: &Section, url: &str) -> IdentityName {
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
            let why = "Daypass always checks server certificates";
            let remark = self.about(section, "skip_verify", why);
            self.found.remarks.push(remark.advice("add your company's authority to the system's certificates"));
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
