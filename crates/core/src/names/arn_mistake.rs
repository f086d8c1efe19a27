//! Why a text isn't an ARN that can have credentials, in words for the person who pastes it.

use super::{Partition, Target};

const FORM: &str = "arn:aws:iam::123456789012:role/Developer";

/// What is wrong with the ARN of a role, or of anything else that a session can be of; `None` where nothing is.
#[must_use]
pub fn mistake_in_arn(text: &str) -> Option<String> {
    text.parse::<Target>().is_err().then(|| mistake(text))
}

fn mistake(text: &str) -> String {
    if text.is_empty() {
        return format!("Paste the role's ARN. It looks like {FORM}");
    }
    if text.contains(char::is_whitespace) {
        return "An ARN has no spaces. Check what you pasted".to_owned();
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let unfinished = || format!("This ARN is incomplete. A role's ARN looks like {FORM}");
    match parts.as_slice() {
        ["arn"] | ["arn", ""] => unfinished(),
        ["arn", begun] if Partition::all().any(|partition| partition.id().starts_with(begun)) => unfinished(),
        ["arn", partition, ..] if Partition::of_id(partition).is_none() => {
            format!("{partition:?} isn't an AWS partition. Most accounts are in aws")
        }
        ["arn", _, "sts", _, _, session] if session.starts_with("assumed-role") => {
            "This is the ARN of a session. Use the role's own ARN, with iam and role/".to_owned()
        }
        &["arn", _, service, region, account, resource] => mistake_in_parts(service, region, account, resource),
        ["arn", ..] => unfinished(),
        _ => format!("An ARN begins with arn: and looks like {FORM}"),
    }
}

fn mistake_in_parts(service: &str, region: &str, account: &str, resource: &str) -> String {
    let is_pool = service == "cognito-identity";
    if !is_pool && (!matches!(service, "iam" | "sts") || !region.is_empty()) {
        return format!("The partition is followed by iam::, as in {FORM}");
    }
    if account.is_empty() {
        return format!("The account ID is missing. Write its 12 digits, as in {FORM}: each account has its own roles");
    }
    if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        return format!("An account ID has 12 digits. {account:?} has {} characters", account.chars().count());
    }
    let name = resource.rsplit('/').next().unwrap_or_default();
    match resource.split_once('/') {
        _ if is_pool => "An identity pool's ARN ends with identitypool/, its region and its ID".to_owned(),
        Some(("federated-user", _)) => {
            "A federated user's name has 2 to 32 characters: letters, digits and _ + = , . @ -".to_owned()
        }
        _ if service == "sts" => "The account ID is followed by federated-user/ and a name".to_owned(),
        Some((kind @ ("role" | "user"), _)) if name.is_empty() => format!("The name after {kind}/ is missing"),
        Some(("role" | "user", path)) if path.starts_with('/') || path.contains("//") => {
            "There is one / too many".to_owned()
        }
        Some((kind @ ("role" | "user"), _)) => {
            format!("A {kind}'s name has 1 to 64 characters: letters, digits and _ + = , . @ -")
        }
        _ => "The account ID is followed by role/ and the role's name".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_has_its_own_words() {
        for good in [FORM, "arn:aws-cn:iam::012345678901:role/team/blue/Dev", "arn:aws:iam::123456789012:root"] {
            assert_eq!(mistake_in_arn(good), None, "{good}");
        }
        for (bad, why) in [
            ("", "Paste"),
            ("arn:a", "incomplete"),
            ("arn:aws:iam::1234", "incomplete"),
            ("arn:mars:iam::123456789012:role/Dev", "mars"),
            ("arn:aws:iam:::role/Dev", "account ID is missing"),
            ("arn:aws:iam::12345678901:role/Dev", "12 digits. \"12345678901\" has 11"),
            ("arn:aws:iam::123456789012:group/Dev", "role/"),
            ("arn:aws:iam::123456789012:role/", "missing"),
            ("arn:aws:iam::123456789012:role//Dev", "one / too many"),
            ("arn:aws:iam::123456789012:role/De v", "spaces"),
            ("arn:aws:iam::123456789012:role/Dü", "1 to 64"),
            ("arn:aws:sts::123456789012:assumed-role/Dev/me", "session"),
            ("arn:aws:sts::123456789012:federated-user/a", "2 to 32"),
            ("arn:aws:iam:us-east-1:123456789012:role/Dev", "iam::"),
            ("arn:aws:cognito-identity:eu-west-1:123456789012:identitypool/us-east-1:ab", "identitypool/"),
            ("Dev", "begins with arn:"),
        ] {
            let said = mistake_in_arn(bad).unwrap_or_default();
            assert!(said.contains(why), "{bad}: {said}");
        }
    }
}
