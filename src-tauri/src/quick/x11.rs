//! A key combination that X11 reports, whichever window has the focus.
//!
//! The thread sleeps in the connection until a key is pressed. (The `global-hotkey` crate, which other platforms use,
//! looks for keys 20 times a second on X11.)

use std::sync::{Arc, Mutex, PoisonError};

use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, Mapping, ModMask, Window};
use x11rb::protocol::{ErrorKind, Event};
use x11rb::rust_connection::RustConnection;

use super::keys::Combination;

/// Why a combination isn't heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotHeard {
    /// Another program has it.
    Taken,
    /// The keyboard lacks that key, or no X server answers.
    Failed(String),
}

/// Hears a combination until it is dropped.
pub(super) struct Ear(Arc<Keyboard>);

struct Keyboard {
    connection: RustConnection,
    root: Window,
    /// The combination, with the key's number on this keyboard.
    grabbed: Mutex<Option<(Combination, u8)>>,
}

impl Ear {
    /// Hears a combination, and calls back at each press.
    ///
    /// # Errors
    ///
    /// [`NotHeard`].
    pub(super) fn hear(combination: Combination, pressed: impl Fn() + Send + 'static) -> Result<Self, NotHeard> {
        let failed = |why: String| NotHeard::Failed(why);
        let (connection, screen) = RustConnection::connect(None).map_err(|e| failed(e.to_string()))?;
        let root = connection.setup().roots.get(screen).map(|screen| screen.root);
        let root = root.ok_or_else(|| failed("the X server doesn't have a screen".to_owned()))?;
        let keyboard = Arc::new(Keyboard { connection, root, grabbed: Mutex::new(None) });
        keyboard.grab(combination)?;
        let listening = Arc::clone(&keyboard);
        std::thread::spawn(move || listening.listen(&pressed));
        Ok(Self(keyboard))
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.0.release();
        // Its thread sleeps until an event comes. This one goes to our own window.
        let _ = self.0.end();
    }
}

impl Keyboard {
    fn listen(&self, pressed: &impl Fn()) {
        let mut released = None;
        loop {
            match self.connection.wait_for_event() {
                // A key that is held down is released and pressed again at the same time.
                Ok(Event::KeyPress(key)) if released != Some(key.time) => pressed(),
                Ok(Event::KeyRelease(key)) => released = Some(key.time),
                Ok(Event::MappingNotify(event)) if event.request == Mapping::KEYBOARD => self.grab_again(),
                Ok(Event::DestroyNotify(_)) => return,
                Ok(_) => {}
                Err(error) => return tracing::warn!(%error, "the shortcut of the quick switch isn't heard any more"),
            }
        }
    }

    /// Ends the thread: the last event is that a window of ours is gone.
    fn end(&self) -> Result<(), ReplyError> {
        use x11rb::protocol::xproto::{CreateWindowAux, EventMask, WindowClass};
        let window = self.connection.generate_id().map_err(|_| x11rb::errors::ConnectionError::UnknownError)?;
        let heard = CreateWindowAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        let (class, visual) = (WindowClass::INPUT_ONLY, x11rb::COPY_FROM_PARENT);
        self.connection.create_window(0, window, self.root, 0, 0, 1, 1, 0, class, visual, &heard)?;
        self.connection.destroy_window(window)?.check()
    }

    fn grab(&self, combination: Combination) -> Result<(), NotHeard> {
        let failed = |e: ReplyError| NotHeard::Failed(e.to_string());
        let code = self.key_code(combination.key.keysym).map_err(failed)?;
        let code =
            code.ok_or_else(|| NotHeard::Failed(format!("this keyboard doesn't have {}", combination.key.written)))?;
        for locks in locks() {
            let mask = mask(&combination) | locks;
            let (sync, root) = (GrabMode::ASYNC, self.root);
            let asked = self.connection.grab_key(false, root, mask, code, sync, sync);
            match asked.map_err(ReplyError::from).and_then(|asked| asked.check()) {
                Ok(()) => {}
                Err(error) => {
                    self.ungrab(&combination, code);
                    return Err(match &error {
                        ReplyError::X11Error(refused) if refused.error_kind == ErrorKind::Access => NotHeard::Taken,
                        _ => failed(error),
                    });
                }
            }
        }
        *self.grabbed.lock().unwrap_or_else(PoisonError::into_inner) = Some((combination, code));
        Ok(())
    }

    fn release(&self) -> Option<Combination> {
        let (combination, code) = self.grabbed.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        self.ungrab(&combination, code);
        Some(combination)
    }

    /// The same key can be another one on the new keyboard.
    fn grab_again(&self) {
        if let Some(combination) = self.release()
            && let Err(why) = self.grab(combination)
        {
            tracing::warn!(?why, "the shortcut of the quick switch isn't on the new keyboard");
        }
    }

    fn ungrab(&self, combination: &Combination, code: u8) {
        for locks in locks() {
            if let Ok(asked) = self.connection.ungrab_key(code, self.root, mask(combination) | locks) {
                asked.ignore_error();
            }
        }
        let _ = self.connection.flush();
    }

    /// The number of a key on this keyboard.
    fn key_code(&self, keysym: u32) -> Result<Option<u8>, ReplyError> {
        let (first, last) = (self.connection.setup().min_keycode, self.connection.setup().max_keycode);
        let map = self.connection.get_keyboard_mapping(first, last - first + 1)?.reply()?;
        let each = usize::from(map.keysyms_per_keycode).max(1);
        let place = map.keysyms.chunks(each).position(|of_key| of_key.first() == Some(&keysym));
        Ok(place.and_then(|place| u8::try_from(place).ok()).map(|place| first + place))
    }
}

fn mask(combination: &Combination) -> ModMask {
    let held =
        [(combination.ctrl, ModMask::CONTROL), (combination.alt, ModMask::M1), (combination.shift, ModMask::SHIFT)];
    held.into_iter().filter(|(is_held, _)| *is_held).fold(ModMask::default(), |mask, (_, one)| mask | one)
}

/// For X11, locks are modifiers too: Num Lock and Caps Lock, each on or off.
fn locks() -> [ModMask; 4] {
    [ModMask::default(), ModMask::M2, ModMask::LOCK, ModMask::M2 | ModMask::LOCK]
}
