//! Files with certificates to trust.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::error::HttpError;
use super::trouble::causes;
use daypass_core::digest;
use daypass_core::openness;

/// A PEM file with certificates to trust in addition to the system's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaBundle {
    path: PathBuf,
    digest: String,
    certificates: Vec<CertificateDer<'static>>,
}

impl CaBundle {
    /// Reads and checks a PEM file.
    ///
    /// # Errors
    ///
    /// When the file can't be read, every user of this machine can change it, or it has no certificate or a damaged
    /// one.
    pub fn read(path: &Path) -> Result<Self, HttpError> {
        let pem = content(path)?;
        let bad = |why: String| HttpError::BadCertificate { path: path.to_owned(), why };
        let certificates: Vec<CertificateDer<'static>> =
            CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|e| bad(causes(&e)))?;
        if certificates.is_empty() {
            return Err(HttpError::NoCertificate { path: path.to_owned() });
        }
        let bundle = Self { path: path.to_owned(), digest: digest::short(&pem), certificates };
        bundle.add_to(&mut RootCertStore::empty())?;
        Ok(bundle)
    }

    /// What tells this content of a file from another: [`digest::short`] of it. Checks no certificate.
    ///
    /// # Errors
    ///
    /// When the file can't be read, or every user of this machine can change it.
    pub fn fingerprint(path: &Path) -> Result<String, HttpError> {
        Ok(digest::short(&content(path)?))
    }

    /// The [`CaBundle::fingerprint`] of what was read.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The file, as it was named.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many certificates are in it.
    #[must_use]
    pub fn count(&self) -> usize {
        self.certificates.len()
    }

    pub(crate) fn add_to(&self, roots: &mut RootCertStore) -> Result<(), HttpError> {
        self.certificates.iter().try_for_each(|certificate| {
            let added = roots.add(certificate.clone());
            added.map_err(|error| HttpError::BadCertificate { path: self.path.clone(), why: causes(&error) })
        })
    }
}

/// The path with the person's home in place of a `~` at its beginning, because a team shares the settings that name it.
pub(crate) fn at_home(path: &Path) -> Cow<'_, Path> {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => Cow::Owned(home.join(rest)),
        _ => Cow::Borrowed(path),
    }
}

/// What is in a file of certificates. A user who can change it can pose as any server, so one that is open to all isn't
/// used.
fn content(path: &Path) -> Result<Vec<u8>, HttpError> {
    let path = &*at_home(path);
    let content =
        std::fs::read(path).map_err(|source| HttpError::UnreadableCertificates { path: path.to_owned(), source })?;
    match openness::judge(path) {
        Err(opening) => Err(HttpError::OpenToOthers { path: path.to_owned(), opening }),
        Ok(_) => Ok(content),
    }
}
