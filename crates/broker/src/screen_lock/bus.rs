//! The two D-Bus buses, and their signals.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;

use zbus::export::futures_core::Stream as _;
use zbus::message::Type;
use zbus::zvariant::{OwnedFd, OwnedObjectPath, OwnedValue};
use zbus::{Connection, MatchRule, Message, MessageStream};

use super::away::Away;

/// A bus that ended may be back: the person signed in again, or it wasn't there yet.
const AGAIN: Duration = Duration::from_secs(30);

/// Each has the signal `ActiveChanged` with one boolean.
const SCREEN_SAVERS: &[&str] = &[
    "org.freedesktop.ScreenSaver",
    "org.gnome.ScreenSaver",
    "org.cinnamon.ScreenSaver",
    "org.mate.ScreenSaver",
    "org.xfce.ScreenSaver",
];

const LOGIN: &str = "org.freedesktop.login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const SESSION: &str = "org.freedesktop.login1.Session";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// Watches a bus, also after it was gone.
pub(super) async fn again<F: Future<Output = zbus::Result<()>>>(which: &str, watch: impl Fn() -> F) {
    loop {
        if let Err(error) = watch().await {
            tracing::debug!(which, %error, "locking of the screen isn't heard on this bus");
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// The screen savers of desktops.
pub(super) async fn of_session<F: Future<Output = ()>>(lock: impl Fn(Away) -> F) -> zbus::Result<()> {
    let bus = Connection::session().await?;
    let mut messages = MessageStream::from(&bus);
    for interface in SCREEN_SAVERS {
        let rule = MatchRule::builder().msg_type(Type::Signal).interface(*interface)?.member("ActiveChanged")?;
        add(&bus, rule.build()).await?;
    }
    while let Some(message) = next(&mut messages).await? {
        if is_screen_saver(&message) && message.body().deserialize::<bool>().is_ok_and(|is_active| is_active) {
            lock(Away::Screen).await;
        }
    }
    Ok(())
}

/// logind, which every systemd machine has.
pub(super) async fn of_system<F: Future<Output = ()>>(lock: impl Fn(Away) -> F) -> zbus::Result<()> {
    let bus = Connection::system().await?;
    let mut messages = MessageStream::from(&bus);
    add(&bus, MatchRule::builder().msg_type(Type::Signal).sender(LOGIN)?.build()).await?;
    let mut delay = delay_sleep(&bus).await;
    while let Some(message) = next(&mut messages).await? {
        match told(&message) {
            Some(Told::Locks(Some(session))) if !is_own(&bus, &session).await => {}
            Some(Told::Locks(_)) => lock(Away::Screen).await,
            Some(Told::Sleeps) => {
                lock(Away::Sleep).await;
                // The machine may sleep now.
                drop(delay.take());
            }
            Some(Told::Wakes) => delay = delay_sleep(&bus).await,
            None => {}
        }
    }
    Ok(())
}

async fn add(bus: &Connection, rule: MatchRule<'_>) -> zbus::Result<()> {
    Ok(zbus::fdo::DBusProxy::new(bus).await?.add_match_rule(rule).await?)
}

async fn next(messages: &mut MessageStream) -> zbus::Result<Option<Message>> {
    std::future::poll_fn(|context| Pin::new(&mut *messages).poll_next(context)).await.transpose()
}

fn is_screen_saver(message: &Message) -> bool {
    let header = message.header();
    let interface = header.interface().map(|it| it.as_str());
    header.member().is_some_and(|member| member == "ActiveChanged")
        && interface.is_some_and(|interface| SCREEN_SAVERS.contains(&interface))
}

/// What logind tells.
enum Told {
    /// This session is locked, where it says which.
    Locks(Option<OwnedObjectPath>),
    Sleeps,
    Wakes,
}

fn told(message: &Message) -> Option<Told> {
    let header = message.header();
    let session = || header.path().map(|path| OwnedObjectPath::from(path.to_owned()));
    match (header.interface()?.as_str(), header.member()?.as_str()) {
        (SESSION, "Lock") => Some(Told::Locks(session())),
        (MANAGER, "PrepareForSleep") => {
            let is_before = message.body().deserialize::<bool>().ok()?;
            Some(if is_before { Told::Sleeps } else { Told::Wakes })
        }
        (PROPERTIES, "PropertiesChanged") => {
            let body = message.body();
            let (interface, changed, _) =
                body.deserialize::<(String, HashMap<String, OwnedValue>, Vec<String>)>().ok()?;
            let is_locked = changed.get("LockedHint").is_some_and(|hint| bool::try_from(hint).unwrap_or_default());
            (interface == SESSION && is_locked).then(|| Told::Locks(session()))
        }
        _ => None,
    }
}

/// Whether a session is of this user. One that can't be asked counts as theirs.
async fn is_own(bus: &Connection, session: &OwnedObjectPath) -> bool {
    let asked = bus.call_method(Some(LOGIN), session, Some(PROPERTIES), "Get", &(SESSION, "User")).await;
    let user = asked.ok().and_then(|answer| {
        let value = answer.body().deserialize::<OwnedValue>().ok()?;
        <(u32, OwnedObjectPath)>::try_from(value).ok()
    });
    user.is_none_or(|(uid, _)| uid == rustix::process::getuid().as_raw())
}

/// Has the machine wait for the vault to be locked before it sleeps, five seconds at most.
async fn delay_sleep(bus: &Connection) -> Option<OwnedFd> {
    let why = ("sleep", "Daypass", "Locks the vault", "delay");
    let asked = bus.call_method(Some(LOGIN), "/org/freedesktop/login1", Some(MANAGER), "Inhibit", &why).await;
    asked.ok()?.body().deserialize::<OwnedFd>().ok()
}
