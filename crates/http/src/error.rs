//! Why an HTTP client can't be built.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use daypass_core::openness::Opening;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::proxy::NotAProxy;

/// Why an HTTP client can't be built.
#[derive(Debug, Error)]
pub enum HttpError {
    /// The file with certificates to trust cannot be read.
    #[error("the certificate file {} can't be read: {source}", path.display())]
    UnreadableCertificates {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Every user of this machine can change the file.
    #[error(
        "every user of this machine can change the certificate file {}, because {opening}. Daypass didn't use it",
        path.display()
    )]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// What lets them.
        opening: Opening,
    },
    /// The file holds no certificate.
    #[error("{} contains no certificate", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A certificate in the file is damaged.
    #[error("a certificate in {} can't be used: {why}", path.display())]
    BadCertificate {
        /// The file.
        path: PathBuf,
        /// Why, in the TLS library's words.
        why: String,
    },
    /// `config.toml` names a file of certificates whose content you haven't confirmed.
    #[error(
        "config.toml names a file of certificates to trust for every connection, {}, and you haven't confirmed what is in \
         it. Nothing was sent",
        path.display()
    )]
    Unconfirmed {
        /// The file.
        path: PathBuf,
    },
    /// A variable doesn't name a proxy. Its value may have a password in it, so it isn't shown.
    #[error("the variable {variable} doesn't name a proxy: {why}")]
    BadProxy {
        /// Its name.
        variable: &'static str,
        /// What is wrong with it.
        why: NotAProxy,
    },
    /// What the vault keeps for the network can't be read.
    #[error("{0}")]
    Vault(Problem),
    /// The HTTP or TLS library doesn't start.
    #[error("HTTPS can't be set up: {why}")]
    Setup {
        /// Why, in the library's words.
        why: String,
    },
}

impl From<HttpError> for Problem {
    fn from(error: HttpError) -> Self {
        Self::from(&error)
    }
}

impl From<&HttpError> for Problem {
    fn from(error: &HttpError) -> Self {
        let (kind, code, hint) = match error {
            HttpError::UnreadableCertificates { .. } => {
                (ProblemKind::Invalid, ProblemCode::CaFileUnreadable, "check the path, and that you may read the file")
            }
            HttpError::OpenToOthers { opening, .. } => {
                return Problem::new(ProblemKind::Invalid, ProblemCode::BadCaFile, error.to_string())
                    .hint(format!("check what's in it, then {}", opening.advice()));
            }
            HttpError::NoCertificate { .. } => (
                ProblemKind::Invalid,
                ProblemCode::CaFileEmpty,
                "the file must hold certificates in PEM form, each between BEGIN CERTIFICATE and END CERTIFICATE",
            ),
            HttpError::BadCertificate { .. } => {
                (ProblemKind::Invalid, ProblemCode::CaFileBad, "export the certificate again, in PEM (Base64) form")
            }
            HttpError::Unconfirmed { path } => {
                return Problem::new(ProblemKind::Invalid, ProblemCode::CaFileUnconfirmed, error.to_string()).hint(format!(
                    "the owner of such a certificate can read everything you send. If it's your company's, run `daypass \
                     config set network.ca_file {}`. Otherwise remove ca_file from [settings.network]",
                    path.display()
                ));
            }
            HttpError::BadProxy { variable, .. } => {
                let hint = format!("set {variable} to a URL like http://proxy.example.org:8080, or unset it");
                return Problem::new(ProblemKind::Invalid, ProblemCode::BadProxy, error.to_string()).hint(hint);
            }
            HttpError::Vault(problem) => return problem.clone(),
            HttpError::Setup { .. } => (
                ProblemKind::Failed,
                ProblemCode::HttpsSetup,
                "install the system's certificates (package ca-certificates), or unset SSL_CERT_FILE",
            ),
        };
        Problem::new(kind, code, error.to_string()).hint(hint)
    }
}
