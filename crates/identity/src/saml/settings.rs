//! What the settings of a SAML identity mean, and what can be wrong with them.

use daypass_core::names::{Region, SessionDuration, TargetKind};
use daypass_core::settings::{BadSetting, Binding, SamlSettings, SettingField};
use daypass_http::is_loopback;
use daypass_saml::endpoints;
use url::Url;

/// What the settings mean for a sign-in.
pub(super) trait SignInSettings {
    /// Every field that cannot be used. No network.
    fn mistakes(&self) -> Vec<BadSetting>;

    /// Where a sign-in begins.
    ///
    /// # Errors
    ///
    /// [`BadSetting`].
    fn begin_at(&self) -> Result<Url, BadSetting>;

    /// With `sso_url`: the AWS address that receives the answer.
    ///
    /// # Errors
    ///
    /// [`BadSetting`] for a region without such an address.
    fn answer_at(&self) -> Result<Url, BadSetting>;

    /// The address as it was written, for lists.
    fn address(&self) -> &str;
}

impl SignInSettings for SamlSettings {
    fn mistakes(&self) -> Vec<BadSetting> {
        let mut mistakes: Vec<BadSetting> = self.begin_at().err().into_iter().collect();
        if self.start_url.is_some() && self.sso_url.is_none() {
            mistakes.extend(request_fields(self));
        }
        if let Some(issuer) = &self.issuer
            && (issuer.trim().is_empty() || issuer.chars().any(char::is_control) || issuer.chars().count() > 1024)
        {
            mistakes.push(bad(
                SettingField::Issuer,
                issuer,
                "an entity ID has 1 to 1,024 characters (SAML Core, 8.3.6)",
            ));
        }
        mistakes.extend(self.answer_at().err());
        let longest = SessionDuration::longest(TargetKind::Role);
        if let Some(duration) = self.duration.filter(|duration| *duration > longest) {
            mistakes.push(bad(
                SettingField::Duration,
                &duration.to_string(),
                "a role's session lasts 12 hours at most",
            ));
        }
        mistakes
    }

    fn begin_at(&self) -> Result<Url, BadSetting> {
        match (&self.start_url, &self.sso_url) {
            (Some(start), None) => address(SettingField::StartUrl, start),
            (None, Some(sso)) => address(SettingField::SsoUrl, sso),
            (None, None) => Err(bad(
                SettingField::StartUrl,
                "",
                "write the address at the identity provider that signs in to AWS; or sso_url, if it has to be asked",
            )),
            (Some(_), Some(sso)) => Err(bad(
                SettingField::SsoUrl,
                sso,
                "leave out start_url or sso_url: only one of them begins the sign-in",
            )),
        }
    }

    fn answer_at(&self) -> Result<Url, BadSetting> {
        let region = self.region.as_ref();
        let why = "AWS publishes no sign-in address for this partition";
        endpoints::of(region)
            .ok_or_else(|| bad(SettingField::Region, region.map(Region::as_str).unwrap_or_default(), why))
    }

    fn address(&self) -> &str {
        self.start_url.as_deref().or(self.sso_url.as_deref()).unwrap_or_default()
    }
}

/// Fields that are only for requests, reported as mistakes.
fn request_fields(settings: &SamlSettings) -> impl Iterator<Item = BadSetting> {
    let fields = [
        (SettingField::Issuer, settings.issuer.as_deref()),
        (SettingField::Region, settings.region.as_ref().map(Region::as_str)),
        (SettingField::Binding, settings.binding.map(Binding::word)),
        (SettingField::ForceSignIn, settings.force_sign_in.then_some("true")),
    ];
    let there = fields.into_iter().filter_map(|(field, value)| Some((field, value?)));
    there.map(|(field, value)| bad(field, value, "it's for requests, so it goes with sso_url, not with start_url"))
}

/// A web page that a password may be typed into.
fn address(field: SettingField, text: &str) -> Result<Url, BadSetting> {
    let url =
        Url::parse(text.trim()).map_err(|_| bad(field, text, "write a full address that begins with https://"))?;
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
        return Err(bad(field, text, "use https, because passwords are typed there"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(field, text, "leave the user name and the password out of the address"));
    }
    if endpoints::is_sign_in(&url) {
        return Err(bad(field, text, "this is AWS's own address; use your identity provider's"));
    }
    Ok(url)
}

fn bad(field: SettingField, value: &str, why: &str) -> BadSetting {
    BadSetting::new(field, value, why)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use daypass_core::problem::{Problem, ProblemCode};

    fn started(url: &str) -> SamlSettings {
        SamlSettings { start_url: Some(url.to_owned()), ..SamlSettings::default() }
    }

    fn asked() -> SamlSettings {
        SamlSettings { sso_url: Some("https://idp.example.org/sso".to_owned()), ..SamlSettings::default() }
    }

    #[test]
    fn what_can_work_is_taken() {
        for settings in [
            started("https://idp.example.org/app/aws?x=y#/z"),
            started("http://127.0.0.1:5701/saml2/idp/SSOService.php?spentityid=urn:amazon:webservices"),
            started(" https://idp.example.org/ "),
            asked(),
            SamlSettings {
                issuer: Some("urn:amazon:webservices:govcloud".to_owned()),
                region: Some("us-gov-west-1".parse().unwrap()),
                binding: Some(Binding::Post),
                force_sign_in: true,
                forget_cookies: true,
                duration: Some("12h".parse().unwrap()),
                default_region: Some("us-gov-east-1".parse().unwrap()),
                ..asked()
            },
        ] {
            assert!(settings.mistakes().is_empty(), "{settings:?}");
        }
    }

    #[test]
    fn what_cannot_work_is_named() {
        for (code, settings) in [
            (ProblemCode::BadStartUrl, SamlSettings::default()),
            (ProblemCode::BadStartUrl, started("")),
            (ProblemCode::BadStartUrl, started("idp.example.org")),
            (ProblemCode::BadStartUrl, started("http://idp.example.org/")),
            (ProblemCode::BadStartUrl, started("file:///etc/passwd")),
            (ProblemCode::BadStartUrl, started("https://ann:secret@idp.example.org/")),
            (ProblemCode::BadStartUrl, started("https://signin.aws.amazon.com/saml")),
            (ProblemCode::BadSsoUrl, SamlSettings { start_url: Some("https://a.example.org".to_owned()), ..asked() }),
            (ProblemCode::BadSsoUrl, SamlSettings { sso_url: Some("javascript:alert(1)".to_owned()), ..asked() }),
            (ProblemCode::BadIssuer, SamlSettings { issuer: Some("x".to_owned()), ..started("https://a.example.org") }),
            (ProblemCode::BadIssuer, SamlSettings { issuer: Some(" ".to_owned()), ..asked() }),
            (ProblemCode::BadRegion, SamlSettings { region: Some("us-iso-east-1".parse().unwrap()), ..asked() }),
            (
                ProblemCode::BadBinding,
                SamlSettings { binding: Some(Binding::Post), ..started("https://a.example.org") },
            ),
            (ProblemCode::BadForceSignIn, SamlSettings { force_sign_in: true, ..started("https://a.example.org") }),
            (ProblemCode::BadDuration, SamlSettings { duration: Some("13h".parse().unwrap()), ..asked() }),
        ] {
            let problems: Vec<Problem> = settings.mistakes().into_iter().map(Problem::from).collect();
            assert_eq!(problems[0].code, code, "{settings:?}");
        }
        let all = SamlSettings { duration: Some("36h".parse().unwrap()), force_sign_in: true, ..started("http://x") };
        assert_eq!(all.mistakes().len(), 3);
    }
}
