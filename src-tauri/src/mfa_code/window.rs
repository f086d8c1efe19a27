//! A small window of GTK's, in which the rest of the app is drawn as well.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use daypass_core::clock::{Clock, SystemClock};
use daypass_core::names::IdentityName;
use gtk::glib::{self, ControlFlow};
use gtk::prelude::*;
use gtk::{Align, DialogFlags, Orientation, ResponseType};
use secrecy::ExposeSecret;
use tauri::{AppHandle, Manager};
use tokio::sync::oneshot;

use super::{Shown, title};
use crate::clipboard::Clipboard;
use crate::{notify, window};

/// How often the seconds are looked at: often enough that none is skipped.
const LOOKED_AT_EVERY: Duration = Duration::from_millis(250);

const COPY: &str = "Copy";

/// Opens the window, in the place of one that is open for the same identity.
pub(super) fn open(app: &AppHandle, identity: IdentityName, shown: Shown) {
    let on_main = app.clone();
    // Where the loop does not run any more, the app is ending.
    let _ = app.run_on_main_thread(move || CodeWindow::open(on_main, identity, shown));
}

struct CodeWindow {
    app: AppHandle,
    identity: IdentityName,
    shown: RefCell<Shown>,
    copied: Cell<bool>,
    dialog: gtk::Dialog,
    digits: gtk::Label,
    standing: gtk::Label,
    caution: gtk::Label,
    button: gtk::Button,
}

impl CodeWindow {
    fn open(app: AppHandle, identity: IdentityName, shown: Shown) {
        let name = format!("mfa-code-{identity}");
        let open = gtk::Window::list_toplevels().into_iter().filter(|other| other.widget_name() == name);
        for before in open.filter_map(|other| other.downcast::<gtk::Window>().ok()) {
            before.close();
        }
        let main = app.get_webview_window(window::LABEL).and_then(|main| main.gtk_window().ok());
        let flags = DialogFlags::DESTROY_WITH_PARENT;
        let dialog = gtk::Dialog::with_buttons(Some(&title(&identity)), main.as_ref(), flags, &[]);
        dialog.set_widget_name(&name);
        dialog.set_resizable(false);
        let line = || gtk::Label::builder().halign(Align::Center).build();
        let (digits, standing, caution) = (line(), line(), line());
        let button = gtk::Button::with_label(COPY);
        let (shown, copied) = (RefCell::new(shown), Cell::new(false));
        let code = Self { app, identity, shown, copied, dialog, digits, standing, caution, button };
        code.lay_out();
        Rc::new(code).live();
    }

    fn lay_out(&self) {
        let column = gtk::Box::new(Orientation::Vertical, 10);
        column.set_border_width(24);
        // As wide as its longest words: it stays where it is when others take their place.
        column.set_size_request(320, -1);
        let whose = gtk::Label::new(Some(&format!("From the MFA device of {}", self.identity)));
        for label in [&whose, &self.digits, &self.standing, &self.caution] {
            column.pack_start(label, false, false, 0);
        }
        self.dialog.content_area().add(&column);
        self.dialog.add_button("Close", ResponseType::Close);
        self.button.set_can_default(true);
        self.dialog.add_action_widget(&self.button, ResponseType::Accept);
        self.dialog.set_default_response(ResponseType::Accept);
        self.dialog.show_all();
        self.button.grab_focus();
        self.tell_code();
    }

    /// Counts the seconds and does what is pressed, until the window is closed: then the code goes with it.
    fn live(self: Rc<Self>) {
        let counting = Rc::downgrade(&self);
        glib::timeout_add_local(LOOKED_AT_EVERY, move || match counting.upgrade() {
            Some(window) => {
                window.tell_standing();
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
        if shown.standing(SystemClock.now()).is_none() {
            drop(shown);
            return self.next();
        }
        match self.app.state::<Clipboard>().put(shown.code.expose_secret().to_owned()) {
            Ok(()) => self.copied.set(true),
            Err(problem) => notify::problem(&self.app, &problem),
        }
        drop(shown);
        self.tell_standing();
    }

    fn next(self: &Rc<Self>) {
        self.button.set_sensitive(false);
        let (tell, told) = oneshot::channel();
        let (app, identity) = (self.app.clone(), self.identity.clone());
        tauri::async_runtime::spawn(async move {
            // Nobody waits where the window was closed meanwhile.
            let _ = tell.send(Shown::of(&app, &identity).await);
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
                    window.tell_code();
                }
                Ok(Err(problem)) => notify::problem(&window.app, &problem),
                Err(_) => {}
            }
        });
    }

    fn tell_code(&self) {
        let shown = self.shown.borrow();
        // Digits and a blank: nothing that markup would read otherwise.
        self.digits.set_markup(&format!("<span font_family=\"monospace\" size=\"32768\">{}</span>", shown.digits()));
        self.caution.set_text(shown.caution().unwrap_or_default());
        self.caution.set_visible(shown.caution().is_some());
        drop(shown);
        self.tell_standing();
    }

    fn tell_standing(&self) {
        let standing = self.shown.borrow().standing(SystemClock.now());
        self.digits.set_sensitive(standing.is_some());
        self.button.set_label(if standing.is_some() { COPY } else { "Show the next one" });
        self.standing.set_text(&match standing {
            Some(standing) if self.copied.get() => format!("Copied. {standing}"),
            Some(standing) => standing,
            None => "This code is over.".to_owned(),
        });
    }
}
