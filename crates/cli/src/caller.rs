//! The program that runs this command, for the person who looks later at what took credentials.

/// A program that only runs another one.
#[cfg(target_os = "linux")]
const BETWEEN: [&str; 2] = ["sh", "dash"];

/// What called us, as the system names it. An SDK may have a shell in between.
#[cfg(target_os = "linux")]
pub(crate) fn program() -> Option<String> {
    let parent = std::os::unix::process::parent_id();
    let name = name_of(parent)?;
    if !BETWEEN.contains(&name.as_str()) {
        return Some(name);
    }
    parent_of(parent).and_then(name_of).or(Some(name))
}

/// Elsewhere the system doesn't tell without calls that Rust can't make safely.
#[cfg(not(target_os = "linux"))]
pub(crate) fn program() -> Option<String> {
    None
}

#[cfg(target_os = "linux")]
fn name_of(process: u32) -> Option<String> {
    let name = std::fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
    Some(name.trim_end().to_owned())
}

/// The name in the second field may have any character in it, also `)`.
#[cfg(target_os = "linux")]
fn parent_of(process: u32) -> Option<u32> {
    let facts = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    facts.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_system_names_processes_and_their_parents() {
        assert!(program().is_some_and(|name| !name.is_empty()));
        assert_eq!(parent_of(std::process::id()).unwrap(), std::os::unix::process::parent_id());
    }
}
