//! The desktop's notification server, by the Desktop Notifications Specification. One task has the connection: it sends
//! what is to be shown and hears what was pressed.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::OnceLock;
use std::time::Duration;

use daypass_core::text;
use tauri::AppHandle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use zbus::export::futures_core::Stream as _;
use zbus::message::Type;
use zbus::zvariant::Value;
use zbus::{Connection, MatchRule, Message, MessageStream};

use super::note::{Note, NoteAction, OnPress, Pressed};
use super::plan::Change;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// The keys of the buttons. The specification gives `default` its meaning: the note itself.
const NOTE: &str = "default";
const LATER: &str = "later";
/// It never times out, because the person may be away for hours.
const STAYS: i32 = 0;
/// `urgency` of the specification. Critical ones break through "do not disturb", which is the person's to decide.
const NORMAL: u8 = 1;

/// At login, the server may start after this app.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// The task that speaks to the server, once something was to be shown.
#[derive(Default)]
pub(super) struct Server(OnceLock<UnboundedSender<Change>>);

impl Server {
    /// Has the server show or close a note.
    pub(super) fn send(&self, app: &AppHandle, change: Change, on_press: OnPress) {
        let sender = self.0.get_or_init(|| {
            let (sender, receiver) = unbounded_channel();
            tauri::async_runtime::spawn(speak(app.clone(), receiver, on_press));
            sender
        });
        let _ = sender.send(change);
    }
}

/// Speaks to the server for as long as the app runs.
async fn speak(app: AppHandle, mut changes: UnboundedReceiver<Change>, on_press: OnPress) {
    while let Some(first) = changes.recv().await {
        let mut talk = begin(&app, on_press).await;
        if let Err(error) = talk.go_on(first, &mut changes).await {
            tracing::warn!(%error, "a notification couldn't be shown");
        }
    }
}

/// Waits for a server as long as it takes.
async fn begin(app: &AppHandle, on_press: OnPress) -> Talk<'_> {
    let mut wait = FIRST_WAIT;
    loop {
        match Talk::begin(app, on_press).await {
            Ok(talk) => return talk,
            Err(error) => tracing::warn!(%error, "no notification can be shown yet"),
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// A connection to the bus.
struct Talk<'a> {
    app: &'a AppHandle,
    on_press: OnPress,
    bus: Connection,
    messages: MessageStream,
    /// Whether bodies are read as markup, so that `<` has to be escaped.
    markup: bool,
    buttons: bool,
    /// The server's numbers of what is shown.
    ids: HashMap<String, u32>,
    /// Tokens come just before what was pressed.
    tokens: HashMap<u32, String>,
}

impl<'a> Talk<'a> {
    async fn begin(app: &'a AppHandle, on_press: OnPress) -> zbus::Result<Self> {
        let bus = Connection::session().await?;
        let messages = MessageStream::from(&bus);
        let rule = MatchRule::builder().msg_type(Type::Signal).interface(NAME)?.path(PATH)?.build();
        zbus::fdo::DBusProxy::new(&bus).await?.add_match_rule(rule).await?;
        let answer = bus.call_method(Some(NAME), PATH, Some(NAME), "GetCapabilities", &()).await?;
        let can: Vec<String> = answer.body().deserialize()?;
        let has = |what: &str| can.iter().any(|one| one == what);
        let (markup, buttons) = (has("body-markup"), has("actions"));
        Ok(Self { app, on_press, bus, messages, markup, buttons, ids: HashMap::new(), tokens: HashMap::new() })
    }

    /// Until the app or the bus ends.
    async fn go_on(&mut self, first: Change, changes: &mut UnboundedReceiver<Change>) -> zbus::Result<()> {
        self.change(first).await?;
        loop {
            tokio::select! {
                change = changes.recv() => match change {
                    Some(change) => self.change(change).await?,
                    None => return Ok(()),
                },
                message = next(&mut self.messages) => match message? {
                    Some(message) => self.hear(&message),
                    None => return Err(zbus::Error::Failure("the bus has ended".to_owned())),
                },
            }
        }
    }

    async fn change(&mut self, change: Change) -> zbus::Result<()> {
        match change {
            Change::Show(note) => self.show(&note).await,
            Change::Close(key) => self.close(&key).await,
        }
    }

    async fn show(&mut self, note: &Note) -> zbus::Result<()> {
        let replaced = self.ids.get(&note.key).copied().unwrap_or(0);
        let body = body(&note.body, self.markup);
        let summary = text::shown(&note.summary);
        let actions = if self.buttons { buttons(note) } else { Vec::new() };
        let hints =
            HashMap::from([("urgency", Value::from(NORMAL)), ("desktop-entry", Value::from("daypass-desktop"))]);
        let call = ("Daypass", replaced, "daypass-desktop", summary.as_ref(), body, actions, hints, STAYS);
        let answer = self.bus.call_method(Some(NAME), PATH, Some(NAME), "Notify", &call).await?;
        self.ids.insert(note.key.clone(), answer.body().deserialize()?);
        Ok(())
    }

    async fn close(&mut self, key: &str) -> zbus::Result<()> {
        if let Some(id) = self.ids.remove(key) {
            // It may be gone already, which servers answer with an error.
            let closed = self.bus.call_method(Some(NAME), PATH, Some(NAME), "CloseNotification", &id).await;
            if let Err(error) = closed {
                tracing::debug!(%error, "a notification was closed before");
            }
        }
        Ok(())
    }

    /// Takes in what the server tells. It tells every program about every notification.
    fn hear(&mut self, message: &Message) {
        let Some((id, heard)) = heard(message) else { return };
        let Some(key) = self.ids.iter().find(|(_, one)| **one == id).map(|(key, _)| key.clone()) else { return };
        let what = match heard {
            Heard::Token(token) => {
                self.tokens.insert(id, token);
                return;
            }
            Heard::Closed => Pressed::Closed,
            Heard::Action(action) => match action.as_str() {
                NOTE => Pressed::Note,
                LATER => Pressed::Later,
                _ => Pressed::Action,
            },
        };
        let token = self.tokens.remove(&id);
        self.ids.remove(&key);
        (self.on_press)(self.app, &key, what, token.as_deref());
    }
}

enum Heard {
    Token(String),
    Action(String),
    Closed,
}

fn heard(message: &Message) -> Option<(u32, Heard)> {
    let header = message.header();
    if header.interface().is_none_or(|interface| interface.as_str() != NAME) {
        return None;
    }
    let body = message.body();
    match header.member()?.as_str() {
        "ActivationToken" => body.deserialize::<(u32, String)>().ok().map(|(id, token)| (id, Heard::Token(token))),
        "ActionInvoked" => body.deserialize::<(u32, String)>().ok().map(|(id, key)| (id, Heard::Action(key))),
        "NotificationClosed" => body.deserialize::<(u32, u32)>().ok().map(|(id, _)| (id, Heard::Closed)),
        _ => None,
    }
}

/// Keys and labels in turn.
fn buttons(note: &Note) -> Vec<&'static str> {
    let mut buttons = vec![NOTE, "Open Daypass"];
    match note.action {
        Some(NoteAction::SignIn(_)) => buttons.extend(["sign-in", "Sign in"]),
        Some(NoteAction::Unlock) => buttons.extend(["unlock", "Unlock"]),
        None => {}
    }
    if note.can_wait {
        buttons.extend([LATER, "Later"]);
    }
    buttons
}

/// A text from a provider, as the server reads it.
fn body(text: &str, markup: bool) -> String {
    let shown = text::shown_lines(text);
    match markup {
        true => shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
        false => shown.into_owned(),
    }
}

async fn next(messages: &mut MessageStream) -> zbus::Result<Option<Message>> {
    std::future::poll_fn(|context| Pin::new(&mut *messages).poll_next(context)).await.transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_escaped_only_where_it_is_read_as_markup() {
        let text = "<b>Denied</b> & \u{202e}gone\nnext";
        assert_eq!(body(text, true), "&lt;b&gt;Denied&lt;/b&gt; &amp; \\u{202e}gone\nnext");
        assert_eq!(body(text, false), "<b>Denied</b> & \\u{202e}gone\nnext");
    }
}
