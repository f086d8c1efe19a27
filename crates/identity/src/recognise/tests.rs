use daypass_core::recognised::{Recognised, Thing};
use proptest::prelude::*;
use url::Url;

use super::*;

fn recognised(text: &str) -> Recognised {
    read(text).recognised(|_| false)
}

/// `thing provider? kind key=value…`: what the table says of a text.
fn line(of: &Recognised) -> String {
    let thing = serde_json::to_value(of.thing).unwrap().as_str().unwrap().to_owned();
    let provider = of.provider.clone().unwrap_or_else(|| "-".to_owned());
    let identity = of.identity.as_ref().map_or_else(String::new, |identity| {
        let filled: Vec<String> = identity.filled.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!(" | {} {} | {}", identity.name, identity.kind, filled.join(" "))
    });
    format!("{thing} | {provider}{identity}")
}

/// What people paste, from the providers' public documentation. Each line: the text, then what it is.
const CASES: &str = include_str!("cases.txt");

#[test]
fn every_address_of_the_documentation_is_what_it_is() {
    let mut lines = CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (mut wrong, mut count) = (Vec::new(), 0);
    while let Some(text) = lines.next() {
        let expected = lines.next().unwrap().trim();
        let found = line(&recognised(text));
        count += 1;
        if found != expected {
            wrong.push(format!("{text}\n    found    {found}\n    expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 90, "{count}");
}

/// Its kind accepts every recognised identity, once the missing fields are filled in.
#[test]
fn what_is_filled_in_can_be_used() {
    let answers = [
        ("region", "eu-central-1"),
        ("client_id", "daypass"),
        ("identity", "work"),
        ("account", "123456789012"),
        ("role_pattern", "AWS-{account}-{role}"),
    ];
    for text in CASES.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', ' '])) {
        let Some(mut identity) = recognised(text).identity else { continue };
        for (name, value) in answers {
            if identity.asked.iter().any(|asked| asked == name) {
                identity.filled.insert(name.to_owned(), value.to_owned());
            }
        }
        if identity.asked.iter().any(|asked| asked == "bind_dn") {
            // A name is looked for below the base; without one, it is the DN of the person's entry.
            let has_base = identity.filled.contains_key("search_base");
            let dn = if has_base { "{user}@corp.example" } else { "uid={user},ou=people,dc=corp,dc=example" };
            identity.filled.insert("bind_dn".to_owned(), dn.to_owned());
        }
        // The ID of a key is asked with the secrets, and isn't a setting.
        identity.filled.remove("access_key_id");
        let settings = serde_json::from_value(identity.settings()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(crate::mistakes(&settings), [], "{text}");
        assert!(identity.name.parse::<daypass_core::names::IdentityName>().is_ok(), "{text}");
    }
}

const MAIL: &str = "From: IT <it@acme.example>\nTo: ann@acme.example\n\nHi Ann,\n\nwelcome! Read \
    https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosignin.html first.\nYour access portal is at \
    <https://acme.awsapps.com/start/#/>. SSO Region: eu-west-1.\n\nUnsubscribe: https://mail.acme.example/u?id=1\n";

#[test]
fn the_address_in_an_e_mail_is_found_with_what_is_said_of_it() {
    let portal = "access-portal | AWS | acme identity-center | ";
    assert_eq!(
        line(&recognised(MAIL)),
        format!("{portal}default_region=eu-west-1 region=eu-west-1 start_url=https://acme.awsapps.com/start")
    );
    let oidc =
        "Issuer URL: https://acme.okta.com/oauth2/default\r\nClient ID: 0oa1b2c3\r\nCall 123456789012 if it fails.";
    assert_eq!(
        line(&recognised(oidc)),
        "issuer | Okta | acme oidc | client_id=0oa1b2c3 issuer=https://acme.okta.com/oauth2/default"
    );
    let wrapped =
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Facme.awsapps.com%2Fstart&data=05%7C";
    assert_eq!(line(&recognised(wrapped)), format!("{portal}start_url=https://acme.awsapps.com/start"));
    let defended = "https://urldefense.com/v3/__https://acme.awsapps.com/start__;!!Ab12$";
    assert_eq!(line(&recognised(defended)), format!("{portal}start_url=https://acme.awsapps.com/start"));
}

#[test]
fn a_block_of_the_aws_cli_is_a_portal_with_its_region() {
    let block = "[profile dev]\nsso_session = corp\nsso_account_id = 111122223333\nregion = eu-west-1\n\n[sso-session corp]\n\
                 sso_start_url = https://d-9067642ac7.awsapps.com/start\nsso_region = us-east-2\n";
    let expected = "access-portal | AWS | corp identity-center | default_region=eu-west-1 region=us-east-2 \
                    start_url=https://d-9067642ac7.awsapps.com/start";
    assert_eq!(line(&recognised(block)), expected);
    let asked = "$ aws configure sso\nSSO session name (Recommended): corp\nSSO start URL [None]: \
                 https://d-9067642ac7.awsapps.com/start\nSSO region [None]: us-east-2\n";
    assert_eq!(line(&recognised(asked)), expected.replace("default_region=eu-west-1", "default_region=us-east-2"));
}

#[test]
fn the_name_is_free() {
    let taken = ["acme", "acme-2"];
    let found = read("https://acme.awsapps.com/start").recognised(|name| taken.contains(&name));
    assert_eq!(found.identity.unwrap().name, "acme-3");
}

#[test]
fn a_secret_is_neither_repeated_nor_kept() {
    const KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    for text in [
        KEY.to_owned(),
        format!("Access key ID,Secret access key\nAKIAIOSFODNN7EXAMPLE,{KEY}\n"),
        format!("{{\"AccessKeyId\": \"AKIAIOSFODNN7EXAMPLE\", \"SecretAccessKey\": \"{KEY}\"}}"),
        format!("https://adfs.example.com/adfs/ls?SAMLRequest={KEY}&RelayState=x"),
        format!("https://login.example.com/cb?code={KEY}"),
    ] {
        let reading = read(&text);
        let found = reading.recognised(|_| false);
        assert!(!format!("{found:?}{reading:?}").contains(KEY), "{text}");
        assert_ne!(found.thing, Thing::Nothing, "{text}");
    }
    let with_password = read("https://ann:PLANTED@login.example.com/saml");
    assert!(!format!("{with_password:?}").contains("PLANTED"));
    assert_eq!(with_password.recognised(|_| false).thing, Thing::AwsTile);
    assert_eq!(recognised("AKIAIOSFODNN7EXAMPLE,x").identity.unwrap().asked, ["secret_access_key"]);
}

mod answered {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn page(start: &str, location: Option<&str>, page: &str) -> String {
        let mut reading = read(start);
        reading.learn_page(&url(start), location, page);
        line(&reading.recognised(|_| false))
    }

    #[test]
    fn a_portals_page_names_its_region() {
        let known = |region: &str| {
            format!(
                "access-portal | AWS | acme identity-center | default_region={region} region={region} start_url=https://acme.awsapps.com/start"
            )
        };
        let start = "https://acme.awsapps.com/start";
        for html in [
            r#"<html><head><meta name="region" content="eu-west-1"/></head>"#,
            r#"<meta charset="utf-8"><meta content='eu-west-1' name='region'>"#,
        ] {
            assert_eq!(page(start, None, html), known("eu-west-1"));
        }
        for html in
            ["", "<meta name=\"region\" content=\"Bavaria\">", "<meta name=region", "<meta name=\"region\" content=\""]
        {
            assert_eq!(
                page(start, None, html),
                "access-portal | AWS | acme identity-center | start_url=https://acme.awsapps.com/start"
            );
        }
    }

    #[test]
    fn a_companys_own_address_is_kept_and_takes_the_region_of_where_it_leads() {
        let own = page("https://aws.acme.com/", Some("https://ssoins-1234567890abcdef.portal.eu-north-1.app.aws/"), "");
        assert_eq!(
            own,
            "company-portal | - | acme identity-center | default_region=eu-north-1 region=eu-north-1 start_url=https://aws.acme.com"
        );
        let unsure = page(
            "https://aws.acme.com/",
            Some("https://evil.example/start"),
            "<meta name=\"region\" content=\"eu-west-1\">",
        );
        assert_eq!(unsure, "web-page | - | acme saml | start_url=https://aws.acme.com/");
    }

    #[test]
    fn a_discovery_document_is_believed_about_its_own_issuer_only() {
        let document =
            |issuer: &str| format!(r#"{{"issuer":"{issuer}","authorization_endpoint":"https://login.acme.com/a"}}"#);
        let read = |asked: &str, issuer: &str| Issuer::read(&url(asked), document(issuer).as_bytes()).is_some();
        assert!(read("https://login.acme.com/", "https://login.acme.com"));
        assert!(read("https://acme.auth0.com", "https://acme.auth0.com/"));
        assert!(read(
            "https://login.microsoftonline.com/acme.com/v2.0",
            "https://login.microsoftonline.com/7fb0-id/v2.0"
        ));
        assert!(!read("https://login.acme.com/", "https://evil.example"));
        assert!(!read("https://login.acme.com/", "http://login.acme.com"));
        assert!(!read(
            "https://login.microsoftonline.com/common/v2.0",
            "https://login.microsoftonline.com/{tenantid}/v2.0"
        ));
        assert!(Issuer::read(&url("https://login.acme.com"), b"<html>").is_none());
    }

    #[test]
    fn a_client_id_of_the_text_stays_when_the_issuer_is_confirmed() {
        let mut reading = read("https://login.acme.com client_id: daypass");
        let document = br#"{"issuer":"https://login.acme.com","authorization_endpoint":"https://login.acme.com/a"}"#;
        reading.learn_issuer(&Issuer::read(&url("https://login.acme.com"), document).unwrap());
        assert_eq!(
            line(&reading.recognised(|_| false)),
            "issuer | - | acme oidc | client_id=daypass issuer=https://login.acme.com"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic_and_shows_nothing_that_acts(text in "\\PC{0,200}|[ -~\\n]{0,300}") {
        let found = recognised(&text);
        prop_assert!(!found.of.chars().any(char::is_control));
        if let Some(identity) = found.identity {
            prop_assert!(identity.name.parse::<daypass_core::names::IdentityName>().is_ok());
            prop_assert!(!identity.filled.values().any(|value| value.chars().any(char::is_control)));
        }
    }

    #[test]
    fn any_page_is_read_without_a_panic(page in "\\PC{0,300}", to in "\\PC{0,80}") {
        let start = "https://acme.awsapps.com/start".parse::<Url>().unwrap();
        read("https://acme.awsapps.com/start").learn_page(&start, Some(&to), &page);
        drop(Issuer::read(&start, page.as_bytes()));
    }

    #[test]
    fn any_address_around_a_portal_is_that_portal(name in "[a-z][a-z0-9-]{1,20}[a-z0-9]", tail in "(/start)?/?(#/[a-z?=&]{0,20})?") {
        prop_assume!(!["start", "www"].contains(&name.as_str()) && !name.contains("--"));
        let found = recognised(&format!("Your link: <https://{name}.awsapps.com{tail}>, thanks."));
        prop_assert_eq!(found.thing, Thing::AccessPortal);
        prop_assert_eq!(found.identity.unwrap().filled["start_url"].clone(), format!("https://{name}.awsapps.com/start"));
    }
}
