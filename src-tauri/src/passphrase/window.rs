//! The GTK window.
//!
//! GTK overwrites the text of an entry when it is deleted. On its way here it is copied once more: a long passphrase into
//! memory that is wiped, one of up to 21 bytes over the stack, which isn't. An input method or the X server may have kept
//! the keys that were pressed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::Ordering;

use daypass_core::problem::{Problem, ProblemCode};
use gtk::glib;
use gtk::prelude::*;
use gtk::{Align, InputHints, InputPurpose, ResponseType};
use secrecy::SecretString;
use tauri::AppHandle;
use tokio::sync::oneshot;

use super::purpose::Purpose;
use super::typed::{IS_DECLINED, Typed, give};
use crate::dialog;

/// The window's own name, to find it again.
const NAME: &str = "vault-passphrase";

/// Opens the window, or brings it up if it is open.
pub(super) fn open(app: &AppHandle, purpose: Purpose) {
    let on_main = app.clone();
    // This fails only while the app is ending.
    let _ = app.run_on_main_thread(move || match dialog::with_name(NAME) {
        Some(window) => window.present(),
        None => PassphraseWindow::open(on_main, purpose),
    });
}

struct PassphraseWindow {
    app: AppHandle,
    purpose: Purpose,
    dialog: gtk::Dialog,
    /// The one in force.
    existing: Option<gtk::Entry>,
    /// A new one, and the same again.
    new: Option<[gtk::Entry; 2]>,
    mistake: gtk::Label,
    button: gtk::Widget,
    is_done: Cell<bool>,
}

impl PassphraseWindow {
    fn open(app: AppHandle, purpose: Purpose) {
        let dialog = dialog::new(&app, NAME, purpose.title());
        let existing = purpose.asks_for_the_existing_one().then(entry);
        let new = purpose.asks_for_a_new_one().then(|| [entry(), entry()]);
        let mistake = dialog::words("");
        dialog.add_button("Cancel", ResponseType::Cancel);
        let button = dialog.add_button(purpose.verb(), ResponseType::Accept);
        let window = Self { app, purpose, dialog, existing, new, mistake, button, is_done: Cell::new(false) };
        window.lay_out();
        Rc::new(window).run();
    }

    fn lay_out(&self) {
        let column = dialog::column(&self.dialog, 360);
        column.pack_start(&dialog::words(self.purpose.words()), false, false, 0);
        let labels = self.purpose.labels();
        for (label, entry) in labels.iter().copied().zip(self.entries()) {
            let label = gtk::Label::builder().label(label).halign(Align::Start).mnemonic_widget(entry).build();
            column.pack_start(&label, false, false, 0);
            column.pack_start(entry, false, false, 0);
        }
        column.pack_start(&self.mistake, false, false, 0);
        self.dialog.set_default_response(ResponseType::Accept);
        self.dialog.show_all();
        self.focus();
    }

    /// Handles the buttons until the window closes, which drops what was typed.
    fn run(self: Rc<Self>) {
        let dialog = self.dialog.clone();
        let pressed = Rc::downgrade(&self);
        dialog.connect_response(move |dialog, response| match (response, pressed.upgrade()) {
            (ResponseType::Accept, Some(window)) => window.accept(),
            (ResponseType::Cancel, _) => dialog.close(),
            _ => {}
        });
        let held = RefCell::new(Some(self));
        dialog.connect_destroy(move |_| {
            let Some(window) = held.take() else { return };
            window.clear();
            if window.purpose.opens_the_vault() {
                IS_DECLINED.store(!window.is_done.get(), Ordering::Relaxed);
            }
        });
    }

    fn accept(self: &Rc<Self>) {
        let Some(typed) = self.typed() else {
            return self.refuse("The passphrases don't match. Type the passphrase again.");
        };
        self.clear();
        self.wait_for_it(true);
        let (tell, told) = oneshot::channel();
        let app = self.app.clone();
        tauri::async_runtime::spawn(async move {
            // The receiver is gone if the window was closed meanwhile.
            let _ = tell.send(give(&app, typed).await);
        });
        let waiting = Rc::downgrade(self);
        glib::spawn_future_local(async move {
            let outcome = told.await;
            let Some(window) = waiting.upgrade() else { return };
            window.wait_for_it(false);
            match outcome {
                Ok(Ok(())) => {
                    window.is_done.set(true);
                    window.dialog.close();
                }
                Ok(Err(problem)) => window.refuse(&words(&problem)),
                Err(_) => {}
            }
        });
    }

    /// Nothing can be typed while the passphrase is tried, because it would be lost.
    fn wait_for_it(&self, is_tried: bool) {
        self.button.set_sensitive(!is_tried);
        self.mistake.set_text(if is_tried { "Opening the vault…" } else { "" });
        self.entries().for_each(|entry| entry.set_sensitive(!is_tried));
    }

    fn refuse(&self, why: &str) {
        self.clear();
        self.dialog.set_title(&format!("{}: try again", self.purpose.title()));
        self.mistake.set_text(why);
        self.focus();
    }

    fn clear(&self) {
        self.entries().for_each(|entry| entry.set_text(""));
    }

    fn focus(&self) {
        if let Some(first) = self.entries().next() {
            first.grab_focus();
        }
    }

    /// What was typed. `None` if a new passphrase and the same again differ.
    fn typed(&self) -> Option<Typed> {
        let new = match &self.new {
            Some([new, again]) if new.text() != again.text() => return None,
            new => new.as_ref().map(|[new, _]| text_of(new)),
        };
        Some(Typed { purpose: self.purpose, existing: self.existing.as_ref().map(text_of), new })
    }

    fn entries(&self) -> impl Iterator<Item = &gtk::Entry> {
        self.existing.iter().chain(self.new.iter().flatten())
    }
}

fn entry() -> gtk::Entry {
    let entry = gtk::Entry::builder().visibility(false).activates_default(true).build();
    entry.set_input_purpose(InputPurpose::Password);
    entry.set_input_hints(InputHints::NO_SPELLCHECK | InputHints::NO_EMOJI);
    entry
}

fn text_of(entry: &gtk::Entry) -> SecretString {
    String::from(entry.text()).into()
}

/// Why it wasn't taken, as sentences.
fn words(problem: &Problem) -> String {
    match problem.code {
        ProblemCode::PassphraseWrong => "That isn't the vault's passphrase. Try again.".to_owned(),
        ProblemCode::PassphraseEmpty => "The passphrase is empty. Choose one that is hard to guess.".to_owned(),
        _ => {
            let hint = problem.hint.as_deref().map(|hint| format!(" {hint}.")).unwrap_or_default();
            format!("{}.{hint}", problem.message)
        }
    }
}
