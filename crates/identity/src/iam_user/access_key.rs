//! Access keys, in the forms in which AWS provides them.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use daypass_core::credentials::Keys;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// The vault fields for the two halves.
pub(super) const KEY_ID: &str = "access_key_id";
pub(super) const KEY_SECRET: &str = "secret_access_key";

/// An access key of an IAM user: an id that begins with `AKIA`, and its secret.
#[derive(Clone)]
pub struct AccessKey {
    /// Not a secret: CloudTrail shows it.
    pub id: String,
    /// The secret.
    pub secret: SecretString,
    keys: Keys,
}

impl AccessKey {
    /// Makes a key from its two halves.
    ///
    /// # Errors
    ///
    /// `bad-access-key`: which half is wrong, and why.
    pub fn new(id: &str, secret: &str) -> Result<Self, Problem> {
        let (id, secret) = (id.trim(), secret.trim());
        if id.starts_with("ASIA") {
            return Err(bad("these are temporary credentials (ASIA…), not a user's access key")
                .hint("use a key that begins with AKIA, from the user's security credentials in the IAM console"));
        }
        // AWS documents 16 to 128 characters of \w (API_AccessKey).
        if !(16..=128).contains(&id.len()) || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(bad("the access key ID has 16 to 128 letters and digits, like AKIAIOSFODNN7EXAMPLE"));
        }
        if secret.is_empty() || secret.chars().any(|c| !c.is_ascii_graphic()) {
            return Err(bad("the secret access key is one word of letters, digits, / and +"));
        }
        let keys = Keys::new(id, secret, None).map_err(|fault| bad(&fault.to_string()))?;
        Ok(Self { id: id.to_owned(), secret: secret.into(), keys })
    }

    /// The key at the beginning of a text, and the rest of the text. It reads two lines (id, secret), two words in a
    /// line, the CSV file that the console offers for download (`Access key ID,Secret access key`, with or without a
    /// user's name in front), and the JSON of `aws iam create-access-key`.
    ///
    /// # Errors
    ///
    /// `bad-access-key`. The text is not quoted, because it may contain the secret.
    pub fn parse(text: &str) -> Result<(Self, &str), Problem> {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if text.starts_with('{') {
            return from_json(text);
        }
        let (first, rest) = line(text);
        if first.to_ascii_lowercase().contains("access key id") {
            return from_csv(first, rest);
        }
        let mut words = first.split([' ', '\t', ',']).filter(|word| !word.is_empty());
        match (words.next(), words.next(), words.next()) {
            (Some(id), Some(secret), None) => Ok((Self::new(id, secret)?, rest)),
            (Some(id), None, _) => {
                let (secret, rest) = line(rest);
                Ok((Self::new(id, secret)?, rest))
            }
            _ => Err(bad("it doesn't contain an access key")),
        }
    }

    /// To sign with.
    pub(crate) fn keys(&self) -> Keys {
        self.keys.clone()
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AccessKey").field(&self.id).finish()
    }
}

#[derive(Deserialize)]
struct Created {
    #[serde(rename = "AccessKey")]
    access_key: Halves,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Halves {
    access_key_id: String,
    secret_access_key: SecretString,
}

fn from_json(text: &str) -> Result<(AccessKey, &str), Problem> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Created(Created),
        Plain(Halves),
    }
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Form>();
    // serde's message could quote the secret.
    let halves = match stream.next() {
        Some(Ok(Form::Created(created))) => created.access_key,
        Some(Ok(Form::Plain(halves))) => halves,
        _ => return Err(bad("it isn't the JSON that `aws iam create-access-key` prints")),
    };
    let key = AccessKey::new(&halves.access_key_id, halves.secret_access_key.expose_secret())?;
    Ok((key, &text[stream.byte_offset()..]))
}

fn from_csv<'a>(header: &str, rest: &'a str) -> Result<(AccessKey, &'a str), Problem> {
    let column = |name: &str| header.split(',').position(|cell| unquoted(cell).eq_ignore_ascii_case(name));
    let (row, rest) = line(rest);
    // None of the values can contain a comma. User names can, and come first, so count from the end.
    let columns = header.split(',').count();
    let cells: Vec<&str> = row.split(',').map(unquoted).collect();
    let value = |at: usize| cells.len().checked_sub(columns - at).and_then(|at| cells.get(at)).copied();
    let id = column("Access key ID").and_then(value);
    let secret = column("Secret access key").and_then(value);
    match (id, secret) {
        (Some(id), Some(secret)) => Ok((AccessKey::new(id, secret)?, rest)),
        _ => Err(bad("it isn't the CSV file that the IAM console offers for download")),
    }
}

fn unquoted(cell: &str) -> &str {
    cell.trim().trim_matches('"')
}

fn line(text: &str) -> (&str, &str) {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    (line.trim(), rest.trim_start())
}

fn bad(why: &str) -> Problem {
    Problem::new(ProblemKind::Invalid, ProblemCode::BadAccessKey, format!("the access key can't be used: {why}")).hint(
        "pass the id and the secret in two lines, the console's CSV file, or the JSON of `aws iam create-access-key`",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    #[test]
    fn a_key_is_taken_in_each_form_that_aws_hands_out() {
        let json = format!(
            r#"{{"AccessKey": {{"UserName": "ann", "AccessKeyId": "{ID}", "Status": "Active",
                "SecretAccessKey": "{SECRET}", "CreateDate": "2026-11-22T10:00:00+00:00"}}}}"#
        );
        for text in [
            format!("{ID}\n{SECRET}\n"),
            format!("  {ID}\r\n{SECRET}\r\n"),
            format!("{ID} {SECRET}"),
            format!("{ID},{SECRET}"),
            format!("\u{feff}Access key ID,Secret access key\r\n{ID},{SECRET}\r\n"),
            format!("User name,Access key ID,Secret access key\nann,maria,{ID},{SECRET}\n"),
            format!("\"Access key ID\",\"Secret access key\"\n\"{ID}\",\"{SECRET}\"\n"),
            json.clone(),
            format!(r#"{{"AccessKeyId": "{ID}", "SecretAccessKey": "{SECRET}"}}"#),
        ] {
            let (key, rest) = AccessKey::parse(&text).unwrap();
            assert_eq!((key.id.as_str(), key.secret.expose_secret()), (ID, SECRET), "{text}");
            assert_eq!(rest, "");
            assert!(!format!("{key:?}").contains(SECRET));
        }
        for text in [format!("{ID}\n{SECRET}\nJBSWY3DP\n"), format!("{json}\nJBSWY3DP\n")] {
            let (_, rest) = AccessKey::parse(&text).unwrap();
            assert_eq!(rest.trim(), "JBSWY3DP");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_quoted() {
        for text in [
            "",
            "PLANTED",
            "AKIAIOSFODNN7EXAMPLE",
            "ASIAIOSFODNN7EXAMPLE\nPLANTED",
            "AKIA\nPLANTED",
            "AKIAIOSFODNN7EXAMPLE\nPLANTED PLANTED",
            "AKIAIOSFODNN7EXAMPLE PLANTED PLANTED",
            "{\"AccessKey\": \"PLANTED\"}",
            "{PLANTED",
            "Access key ID,Other\nPLANTED,PLANTED",
            "Access key ID,Secret access key",
        ] {
            let problem = AccessKey::parse(text).unwrap_err();
            assert_eq!(problem.code, ProblemCode::BadAccessKey, "{text}");
            assert!(!format!("{problem:?}").contains("PLANTED"), "{problem:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(Access key ID,|\\{\"|[ -~\\n,]|\\PC){0,60}") {
            let _ = AccessKey::parse(&text);
        }
    }
}
