//! The certificates of `ca_file`, which an identity's provider or directory is trusted with. A user who can put one
//! there can pose as the provider, so what was given for an address belongs to the content of this file too.

use std::path::Path;

use daypass_http::{CaBundle, HttpError};

/// Where a secret goes: the address, and what is trusted there besides the system's certificates. The address alone
/// without a `ca_file`.
pub(super) fn destination(address: &str, ca_file: Option<&str>) -> String {
    let Some(path) = ca_file else { return address.to_owned() };
    match CaBundle::fingerprint(Path::new(path)) {
        Ok(digest) => format!("{address} trusting {path} (sha256 {digest})"),
        // A destination that no secret is sent to: the problem with the file comes first.
        Err(_) => format!("{address} trusting {path} (which can't be used)"),
    }
}

/// What tells this content of `ca_file` from another. Empty without a `ca_file`. The path isn't part of it, so you stay
/// signed in when you move the file.
///
/// # Errors
///
/// When the file can't be read, or every user of this machine can change it.
pub(super) fn fingerprint(ca_file: Option<&str>) -> Result<String, HttpError> {
    ca_file.map_or_else(|| Ok(String::new()), |path| CaBundle::fingerprint(Path::new(path)))
}

/// Whether a sign-in with these certificates may be used with those. One from before Daypass stored them belongs to
/// those of its next refresh, as a secret from before belongs to where it is first sent.
pub(super) fn is_same(kept: Option<&str>, fingerprint: &str) -> bool {
    kept.is_none_or(|kept| kept == fingerprint)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_names_the_content_of_the_file() {
        const ADDRESS: &str = "https://idp.example";
        assert_eq!(destination(ADDRESS, None), ADDRESS);
        assert_eq!(fingerprint(None).unwrap(), "");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let path = path.to_str().unwrap();
        let missing = destination(ADDRESS, Some(path));
        assert!(fingerprint(Some(path)).is_err());
        std::fs::write(path, "one").unwrap();
        let one = destination(ADDRESS, Some(path));
        let digest = fingerprint(Some(path)).unwrap();
        assert_eq!(one, format!("{ADDRESS} trusting {path} (sha256 {digest})"));
        std::fs::write(path, "two").unwrap();
        let two = destination(ADDRESS, Some(path));
        assert!(one != two && one != missing && two != missing, "{one} {two} {missing}");
        assert!(!is_same(Some(&digest), &fingerprint(Some(path)).unwrap()));
        assert!(!is_same(Some(""), &digest) && !is_same(Some(&digest), ""));
        assert!(is_same(Some(&digest), &digest) && is_same(None, &digest) && is_same(None, ""));
    }
}
