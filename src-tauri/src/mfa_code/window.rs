//! A small GTK window for the MFA code, outside the web view.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use daypass_core::clock::{Clock, SystemClock};
use daypass_core::names::IdentityName;
use gtk::glib::{self, ControlFlow};
use gtk::prelude::*;
use gtk::{Align, ResponseType};
use secrecy::ExposeSecret;
use tauri::{AppHandle, Manager};
use tokio::sync::oneshot;

use super::shown::{ShownCode, title};
use crate::clipboard::Clipboard;
use crate::{dialog, notify};

/// How often the countdown is updated, which is often enough not to skip a second.
const UPDATE_EVERY: Duration = Duration::from_millis(250);

const COPY: &str = "Copy";

/// Opens the window and closes any open one for the same identity.
pub(super) fn open(app: &AppHandle, identity: IdentityName, shown: ShownCode) {
    let on_main = app.clone();
    // This fails only while the app is ending.
    let _ = app.run_on_main_thread(move || CodeWindow::open(on_main, identity, shown));
}

struct CodeWindow {
    app: AppHandle,
    identity: IdentityName,
    shown: RefCell<ShownCode>,
    copied: Cell<bool>,
    dialog: gtk::Dialog,
    digits: gtk::Label,
    time_left: gtk::Label,
    warning: gtk::Label,
    button: gtk::Button,
}

impl CodeWindow {
    fn open(app: AppHandle, identity: IdentityName, shown: ShownCode) {
        let name = format!("mfa-code-{identity}");
        if let Some(before) = dialog::with_name(&name) {
            before.close();
        }
        let dialog = dialog::new(&app, &name, &title(&identity));
        let line = || gtk::Label::builder().halign(Align::Center).build();
        let (digits, time_left, warning) = (line(), line(), line());
        let button = gtk::Button::with_label(COPY);
        let (shown, copied) = (RefCell::new(shown), Cell::new(false));
        let code = Self { app, identity, shown, copied, dialog, digits, time_left, warning, button };
        code.lay_out();
        Rc::new(code).run();
    }

    fn lay_out(&self) {
        // As wide as the longest text, so that the window doesn't resize when the text changes.
        let column = dialog::column(&self.dialog, 320);
        let whose = gtk::Label::new(Some(&format!("MFA device for {}", self.identity)));
        for label in [&whose, &self.digits, &self.time_left, &self.warning] {
            column.pack_start(label, false, false, 0);
        }
        self.dialog.add_button("Close", ResponseType::Close);
        self.button.set_can_default(true);
        self.dialog.add_action_widget(&self.button, ResponseType::Accept);
        self.dialog.set_default_response(ResponseType::Accept);
        self.dialog.show_all();
        self.button.grab_focus();
        self.update_code();
    }

    /// Updates the countdown and handles the buttons until the window closes, which drops the code.
    fn run(self: Rc<Self>) {
        let counting = Rc::downgrade(&self);
        glib::timeout_add_local(UPDATE_EVERY, move || match counting.upgrade() {
            Some(window) => {
                window.update_time_left();
                ControlFlow::Continue
            }
            None => ControlFlow::Break,
        });
        let dialog = self.dialog.clone();
        let pressed = Rc::downgrade(&self);
        dialog.connect_response(move |dialog, response| match (response, pressed.upgrade()) {
            (ResponseType::Accept, Some(window)) => window.press(),
            (ResponseType::Close, _) => dialog.close(),
            _ => {}
        });
        let held = RefCell::new(Some(self));
        dialog.connect_destroy(move |_| drop(held.take()));
    }

    fn press(self: &Rc<Self>) {
        let shown = self.shown.borrow();
        if shown.time_left(SystemClock.now()).is_none() {
            drop(shown);
            return self.next();
        }
        match self.app.state::<Clipboard>().put(shown.code.expose_secret().to_owned()) {
            Ok(()) => self.copied.set(true),
            Err(problem) => notify::problem(&self.app, &problem),
        }
        drop(shown);
        self.update_time_left();
    }

    fn next(self: &Rc<Self>) {
        self.button.set_sensitive(false);
        let (tell, told) = oneshot::channel();
        let (app, identity) = (self.app.clone(), self.identity.clone());
        tauri::async_runtime::spawn(async move {
            // The receiver is gone if the window was closed meanwhile.
            let _ = tell.send(ShownCode::of(&app, &identity).await);
        });
        let waiting = Rc::downgrade(self);
        glib::spawn_future_local(async move {
            let next = told.await;
            let Some(window) = waiting.upgrade() else { return };
            window.button.set_sensitive(true);
            match next {
                Ok(Ok(shown)) => {
                    window.shown.replace(shown);
                    window.copied.set(false);
                    window.update_code();
                }
                Ok(Err(problem)) => notify::problem(&window.app, &problem),
                Err(_) => {}
            }
        });
    }

    fn update_code(&self) {
        let shown = self.shown.borrow();
        // Digits and a space, so nothing to escape.
        self.digits.set_markup(&format!("<span font_family=\"monospace\" size=\"32768\">{}</span>", shown.digits()));
        self.warning.set_text(shown.warning().unwrap_or_default());
        self.warning.set_visible(shown.warning().is_some());
        drop(shown);
        self.update_time_left();
    }

    fn update_time_left(&self) {
        let time_left = self.shown.borrow().time_left(SystemClock.now());
        self.digits.set_sensitive(time_left.is_some());
        self.button.set_label(if time_left.is_some() { COPY } else { "Show next code" });
        self.time_left.set_text(&match time_left {
            Some(time_left) if self.copied.get() => format!("Copied. {time_left}"),
            Some(time_left) => time_left,
            None => "This code has expired.".to_owned(),
        });
    }
}
