//! Names derived from contents.

use sha2::{Digest, Sha256};

/// The first 16 hex digits of SHA-256: enough to tell your own files apart, and short enough for a file name.
pub fn short(bytes: &[u8]) -> String {
    full(bytes)[..16].to_owned()
}

/// The same 16 digits, as a number.
pub fn number(bytes: &[u8]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = Sha256::digest(bytes).into();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// SHA-256 in hex.
pub fn full(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        use std::fmt::Write;
        let _ = write!(text, "{byte:02x}");
        text
    })
}
