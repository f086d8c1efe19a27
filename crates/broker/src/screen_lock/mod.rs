//! Listens for the screen being locked and the machine going to sleep. On Linux only, over D-Bus.
//!
//! Every desktop of the person can tell it, each in its own way, and more than one may. A program of theirs could say
//! it too, which only locks the vault.

// Nothing is heard elsewhere.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
mod away;
#[cfg(target_os = "linux")]
mod bus;

pub(crate) use away::Away;

/// Waits for the person to go away, each time, and has `lock` lock the vault. The machine waits for that before it
/// sleeps. Never completes.
#[cfg(target_os = "linux")]
pub(crate) async fn watch<F: Future<Output = ()>>(lock: impl Fn(Away) -> F) {
    tokio::join!(bus::again("session", || bus::of_session(&lock)), bus::again("system", || bus::of_system(&lock)));
}

#[cfg(not(target_os = "linux"))]
pub(crate) async fn watch<F: Future<Output = ()>>(_: impl Fn(Away) -> F) {
    std::future::pending::<()>().await;
}
