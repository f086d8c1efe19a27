//! The portal for global shortcuts, which Wayland's desktops have instead of X11's keys
//! (<https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.GlobalShortcuts.html>).
//!
//! The desktop asks the person, once, and may give the shortcut other keys than we wish for.

use std::collections::HashMap;
use std::pin::Pin;

use thiserror::Error;
use zbus::export::futures_core::Stream as _;
use zbus::fdo::DBusProxy;
use zbus::message::Type;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, MatchRule, Message, MessageStream, Proxy};

const DESKTOP: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SHORTCUTS: &str = "org.freedesktop.portal.GlobalShortcuts";
const REQUEST: &str = "org.freedesktop.portal.Request";
const SESSION: &str = "org.freedesktop.portal.Session";

/// Tells the portal which app this is, outside of Flatpak.
const REGISTRY: &str = "org.freedesktop.host.portal.Registry";

/// The name of our desktop entry.
const APP_ID: &str = "Daypass";

const ID: &str = "quick-switch";
const DESCRIPTION: &str = "Open the Daypass quick switch";

/// Why the portal refuses a shortcut.
#[derive(Debug, Error)]
pub(super) enum PortalError {
    /// The desktop doesn't have the portal.
    #[error("this desktop doesn't have a portal for global shortcuts: {0}")]
    NotThere(zbus::Error),
    /// The person or the desktop refused.
    #[error("the shortcut was refused")]
    Refused,
    /// It ended.
    #[error("the desktop's portal ended")]
    Ended,
    /// The bus failed.
    #[error(transparent)]
    Bus(#[from] zbus::Error),
}

type Details = HashMap<String, OwnedValue>;

/// Asks for a shortcut with these keys, and hears it until the future is dropped. `bound` gets what the desktop calls
/// its keys, if it says so; `pressed` a token for the focus, if there is one.
///
/// # Errors
///
/// [`PortalError`]. It never ends otherwise.
pub(super) async fn hear(
    trigger: &str,
    bound: impl Fn(Option<String>),
    pressed: impl Fn(Option<String>),
) -> Result<(), PortalError> {
    let mut portal = Portal::open().await?;
    let session = portal.session().await?;
    bound(portal.bind(&session, trigger).await?);
    loop {
        let message = portal.next().await?;
        let header = message.header();
        match (header.interface().map(|it| it.as_str()), header.member().map(|it| it.as_str())) {
            (Some(SHORTCUTS), Some("Activated")) => {
                let body = message.body();
                let told = body.deserialize::<(ObjectPath<'_>, &str, u64, Details)>();
                if let Ok((of, ID, _, details)) = told
                    && of == *session
                {
                    pressed(text_of(&details, "activation_token"));
                }
            }
            (Some(SESSION), Some("Closed")) if header.path().is_some_and(|path| *path == *session) => {
                return Err(PortalError::Ended);
            }
            _ => {}
        }
    }
}

struct Portal {
    bus: Connection,
    /// Who answers for the portal. Others could send its signals too.
    owner: OwnedUniqueName,
    messages: MessageStream,
    asked: u32,
}

impl Portal {
    async fn open() -> Result<Self, PortalError> {
        let bus = Connection::session().await?;
        let dbus = DBusProxy::new(&bus).await?;
        let messages = MessageStream::from(&bus);
        for (interface, member) in [(REQUEST, "Response"), (SHORTCUTS, "Activated"), (SESSION, "Closed")] {
            let rule = MatchRule::builder().msg_type(Type::Signal).interface(interface)?.member(member)?;
            dbus.add_match_rule(rule.build()).await.map_err(zbus::Error::from)?;
        }
        // Older portals have no registry, and find the app by its systemd unit.
        let _ = bus.call_method(Some(DESKTOP), PATH, Some(REGISTRY), "Register", &(APP_ID, Details::new())).await;
        let there = Proxy::new(&bus, DESKTOP, PATH, SHORTCUTS).await?;
        there.get_property::<u32>("version").await.map_err(PortalError::NotThere)?;
        let owner = dbus.get_name_owner(DESKTOP.try_into().map_err(zbus::Error::from)?).await;
        let owner = owner.map_err(|error| PortalError::NotThere(error.into()))?;
        Ok(Self { bus, owner, messages, asked: 0 })
    }

    async fn session(&mut self) -> Result<OwnedObjectPath, PortalError> {
        let token = self.token();
        let options =
            HashMap::from([("handle_token", Value::from(&token)), ("session_handle_token", Value::from("daypass"))]);
        let made = self.ask("CreateSession", &(options,)).await?;
        let session = text_of(&made, "session_handle").and_then(|path| OwnedObjectPath::try_from(path).ok());
        session.ok_or(PortalError::Refused)
    }

    async fn bind(&mut self, session: &OwnedObjectPath, trigger: &str) -> Result<Option<String>, PortalError> {
        let wish =
            HashMap::from([("description", Value::from(DESCRIPTION)), ("preferred_trigger", Value::from(trigger))]);
        let token = self.token();
        let options = HashMap::from([("handle_token", Value::from(&token))]);
        let bound = self.ask("BindShortcuts", &(session, vec![(ID, wish)], "", options)).await?;
        bound.get("shortcuts").and_then(|all| ours_among(all)).ok_or(PortalError::Refused)
    }

    fn token(&mut self) -> String {
        self.asked += 1;
        format!("daypass{}", self.asked)
    }

    /// Asks, and waits for the answer, which can be the person's.
    async fn ask<B>(&mut self, method: &str, body: &B) -> Result<Details, PortalError>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let reply = self.bus.call_method(Some(DESKTOP), PATH, Some(SHORTCUTS), method, body).await?;
        let request: OwnedObjectPath = reply.body().deserialize()?;
        loop {
            let message = self.next().await?;
            let header = message.header();
            let is_it = header.path().is_some_and(|path| *path == *request)
                && header.interface().is_some_and(|interface| interface == REQUEST);
            if is_it {
                let (response, details) = message.body().deserialize::<(u32, Details)>()?;
                return (response == 0).then_some(details).ok_or(PortalError::Refused);
            }
        }
    }

    /// The next signal of the portal's.
    async fn next(&mut self) -> Result<Message, PortalError> {
        loop {
            let next = std::future::poll_fn(|context| Pin::new(&mut self.messages).poll_next(context)).await;
            let message = next.ok_or(PortalError::Ended)??;
            let is_the_portals = message.header().sender().is_some_and(|sender| *sender == *self.owner);
            if is_the_portals && message.message_type() == Type::Signal {
                return Ok(message);
            }
        }
    }
}

/// What the desktop calls the keys of our shortcut, if it says so, among those that were granted.
fn ours_among(shortcuts: &Value<'_>) -> Option<Option<String>> {
    let Value::Array(all) = shortcuts else { return None };
    all.iter().find_map(|one| {
        let Value::Structure(one) = one else { return None };
        let [Value::Str(id), Value::Dict(details)] = one.fields() else { return None };
        let keys = || details.get::<&str, &str>(&"trigger_description").ok().flatten().map(str::to_owned);
        (id.as_str() == ID).then(keys)
    })
}

fn text_of(details: &Details, name: &str) -> Option<String> {
    details.get(name).and_then(|value| <&str>::try_from(value).ok()).map(str::to_owned)
}
