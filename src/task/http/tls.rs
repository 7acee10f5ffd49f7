//! Whom https trusts: the authorities that browsers trust, and those of a file.

use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Whom https trusts.
#[derive(Clone)]
pub struct Trust(pub(super) TlsConnector);

impl Trust {
    /// The authorities that browsers trust, and those in a PEM file if one is given.
    ///
    /// # Errors
    /// The file cannot be read, or holds no certificate; the text names it.
    pub fn new(file: Option<&Path>) -> Result<Trust, String> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(path) = file {
            let wrong = |reason: &dyn std::fmt::Display| format!("the certificates in {}: {reason}", path.display());
            let certificates: Result<Vec<_>, _> =
                CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|error| wrong(&error));
            let certificates = certificates?;
            if certificates.is_empty() {
                return Err(wrong(&"there are none"));
            }
            for certificate in certificates {
                roots.add(certificate).map_err(|error| wrong(&error))?;
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has suites for the versions that are built in")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Trust(TlsConnector::from(Arc::new(config))))
    }
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Trust")
    }
}
