//! The machine's id as the npm package `node-machine-id` finds it: Leapp's passphrase is the SHA-256 of it.

use sha2::{Digest, Sha256};

use crate::Machine;

/// The passphrases that Leapp may have used here, the likeliest first.
pub(super) fn passphrases(machine: &Machine) -> Vec<String> {
    let files = ["/var/lib/dbus/machine-id", "/etc/machine-id", "/etc/hostname"];
    let of_files = files.into_iter().filter_map(|path| {
        let text = machine.read(&machine.system(path)).ok()??.text;
        Some(text.lines().next().unwrap_or_default().to_owned())
    });
    let mut ids: Vec<String> = platform().into_iter().chain(of_files).collect();
    for id in &mut ids {
        id.retain(|c| !c.is_whitespace());
        *id = hex::encode(Sha256::digest(id.to_lowercase()));
    }
    ids.dedup();
    ids
}

#[cfg(target_os = "macos")]
fn platform() -> Option<String> {
    let output = std::process::Command::new("/usr/sbin/ioreg").args(["-rd1", "-c", "IOPlatformExpertDevice"]).output();
    let text = String::from_utf8(output.ok()?.stdout).ok()?;
    Some(text.split_once("\"IOPlatformUUID\" = \"")?.1.split_once('"')?.0.to_owned())
}

#[cfg(windows)]
fn platform() -> Option<String> {
    windows_registry::LOCAL_MACHINE.open(r"SOFTWARE\Microsoft\Cryptography").ok()?.get_string("MachineGuid").ok()
}

/// Its id is in a file.
#[cfg(not(any(target_os = "macos", windows)))]
fn platform() -> Option<String> {
    None
}
