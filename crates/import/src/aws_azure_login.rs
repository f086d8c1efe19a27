//! aws-azure-login: the settings that only it reads, in the AWS config file and in variables.
//!
//! Sources: the modules awsConfig and login of <https://github.com/aws-azure-login/aws-azure-login>.

use daypass_core::names::{Partition, Region, SessionDuration, Target};
use daypass_core::settings::{IdentitySettings, SamlSettings};

use crate::parts::role;
use crate::profiles::{AwsFiles, AwsProfile};
use crate::{Found, FoundRole, Machine, Origin, Remark, Tool, names};

/// What it needs to sign in.
const TENANT: &str = "azure_tenant_id";
const APPLICATION: &str = "azure_app_id_uri";

/// Whether a profile is one of aws-azure-login's.
pub(crate) fn has(profile: &AwsProfile) -> bool {
    profile.get(TENANT).is_some() && profile.get(APPLICATION).is_some()
}

/// What the profiles and the variables say.
pub(crate) fn read(machine: &Machine) -> Option<Found> {
    let files = AwsFiles::read(machine);
    let mut reader = Reader { machine, files: &files, found: Found::new(Tool::AwsAzureLogin) };
    let mut is_read = false;
    for profile in files.profiles().filter(|profile| has(profile)) {
        is_read = true;
        reader.read(profile);
    }
    reader.read_variables(is_read);
    let mut found = reader.found;
    if is_read {
        found.files.push(files.config_file.clone());
    }
    (!found.files.is_empty() || !found.identities.is_empty()).then_some(found)
}

struct Reader<'a> {
    machine: &'a Machine,
    files: &'a AwsFiles,
    found: Found,
}

impl Reader<'_> {
    fn read(&mut self, profile: &AwsProfile) {
        let origin = self.files.origin(profile);
        let region = profile.get("region").and_then(|region| region.parse::<Region>().ok());
        let settings = settings(profile.get(TENANT), profile.get(APPLICATION), region.as_ref());
        let Some(settings) = settings else {
            let why = format!("{TENANT} {:?} isn't a tenant", profile.get(TENANT).unwrap_or_default());
            return self.found.remarks.push(self.files.stays(profile, why));
        };
        let name = names::identity("entra", "entra");
        let identity = self.found.identity(&name, settings, origin.clone());
        let role_arn = profile.get("azure_default_role_arn");
        match role_arn.map(str::parse::<Target>) {
            Some(Ok(arn)) => {
                let mut declared = role(arn, &identity);
                (declared.profile, declared.region) = (names::profile(&profile.name), region);
                declared.terms.duration = profile.get("azure_default_duration_hours").and_then(hours);
                self.found.roles.push(FoundRole { role: declared, is_listed: true, origin });
            }
            Some(Err(_)) => {
                let what = format!("the role of profile {:?}", profile.name);
                let why = format!("{:?} isn't the ARN of a role", role_arn.unwrap_or_default());
                self.found.remarks.push(Remark::new(what, why, origin));
            }
            None => {
                let what = format!("the role of profile {:?}", profile.name);
                let remark = Remark::new(what, "aws-azure-login asks for it at each login", origin);
                let advice = format!("sign in, then start a role with --profile {}", profile.name);
                self.found.remarks.push(remark.advice(advice));
            }
        }
        self.tell_of_password(profile);
    }

    fn tell_of_password(&mut self, profile: &AwsProfile) {
        if profile.get("azure_default_password").is_some() {
            let what = format!("the password of profile {:?}", profile.name);
            let why = "Daypass doesn't store your identity provider's password. You type it on the provider's page";
            let origin = self.files.origin_of(profile, "azure_default_password");
            self.found
                .remarks
                .push(Remark::new(what, why, origin).advice("remove azure_default_password from the file"));
        }
    }

    /// `AZURE_TENANT_ID` and its like: aws-azure-login takes them for whichever profile it is called for.
    fn read_variables(&mut self, has_profiles: bool) {
        let variable = |name: &str| self.machine.variable(name);
        let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
        let region = region.and_then(|region| region.parse::<Region>().ok());
        let (tenant, application) = (variable("AZURE_TENANT_ID"), variable("AZURE_APP_ID_URI"));
        // Azure's own tools go by AZURE_TENANT_ID too. The other one is aws-azure-login's alone.
        let Some(settings) = settings(tenant, application, region.as_ref()) else { return };
        let origin = Origin::file(&self.files.config_file).section("AZURE_APP_ID_URI");
        let arn = variable("AZURE_DEFAULT_ROLE_ARN").and_then(|arn| arn.parse::<Target>().ok());
        let duration = variable("AZURE_DEFAULT_DURATION_HOURS").and_then(hours);
        let profile = variable("AWS_PROFILE").unwrap_or("default").to_owned();
        let identity = self.found.identity(&names::identity("entra", "entra"), settings, origin.clone());
        let Some(arn) = arn.filter(|arn| !has_profiles || self.found.roles.iter().all(|known| &known.role.arn != arn))
        else {
            return;
        };
        let mut declared = role(arn, &identity);
        (declared.profile, declared.region) = (names::profile(&profile), region);
        declared.terms.duration = duration;
        self.found.roles.push(FoundRole { role: declared, is_listed: true, origin });
    }
}

/// Entra ID signs in to the application that a request names as its issuer.
fn settings(tenant: Option<&str>, application: Option<&str>, region: Option<&Region>) -> Option<IdentitySettings> {
    let tenant = tenant?;
    let is_name = !tenant.is_empty() && tenant.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    // The answer is for the address of the profile's partition.
    let region = region.filter(|region| Partition::of_region(region) != Partition::standard());
    is_name
        .then(|| {
            IdentitySettings::Saml(SamlSettings {
                sso_url: Some(format!("https://login.microsoftonline.com/{tenant}/saml2")),
                issuer: application.map(str::to_owned),
                region: region.cloned(),
                ..SamlSettings::default()
            })
        })
        .filter(|_| application.is_some())
}

fn hours(text: &str) -> Option<SessionDuration> {
    let hours: u32 = text.trim().parse().ok()?;
    SessionDuration::from_seconds(hours.checked_mul(3600)?).ok()
}
