//! The GTK window.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use daypass_broker::broker::{Answerer, Broker};
use daypass_core::consent::{ConsentAnswer, ConsentQuestion, Consents, answers_to};
use daypass_core::event::Event;
use daypass_core::problem::{Problem, ProblemCode};
use gtk::glib;
use gtk::prelude::*;
use gtk::{Align, ResponseType};
use tauri::{AppHandle, Manager};
use tokio::sync::broadcast::error::RecvError;

use super::words;
use crate::{dialog, notify};

/// The window's own name, to find it again.
const NAME: &str = "consent";

/// How long the buttons of a new question do nothing. The person may be typing into another window.
const NOT_AT_ONCE: std::time::Duration = std::time::Duration::from_millis(700);

thread_local! {
    /// The open window, on GTK's thread.
    static OPEN: RefCell<Option<Rc<Question>>> = const { RefCell::new(None) };
}

/// Asks each question that comes up, for as long as the app runs.
pub(crate) fn follow(app: &AppHandle) {
    let app = app.clone();
    let mut events = app.state::<Broker>().subscribe();
    tauri::async_runtime::spawn(async move {
        loop {
            match events.recv().await {
                Ok(Event::ConsentsChanged) | Err(RecvError::Lagged(_)) => show(&app),
                Ok(_) => {}
                Err(RecvError::Closed) => return,
            }
        }
    });
}

/// Shows the oldest question, or closes the window when none waits.
fn show(app: &AppHandle) {
    let (shown, consents) = (app.clone(), app.state::<Broker>().consents());
    // This fails only while the app is ending.
    let _ = app.run_on_main_thread(move || {
        let open = OPEN.with_borrow(Clone::clone);
        match (consents.questions.first(), open) {
            (Some(first), Some(open)) if open.question.id == first.id => open.update(&consents),
            (first, open) => {
                if let Some(open) = open {
                    open.dismiss();
                }
                if let Some(first) = first {
                    Question::open(shown, first.clone(), &consents);
                }
            }
        }
    });
}

struct Question {
    app: AppHandle,
    question: ConsentQuestion,
    dialog: gtk::Dialog,
    facts: gtk::Grid,
    others: gtk::Label,
    /// Whether it was answered, or needs no answer.
    is_over: Cell<bool>,
}

impl Question {
    fn open(app: AppHandle, question: ConsentQuestion, consents: &Consents) {
        let dialog = dialog::new(&app, NAME, &words::title(&question));
        dialog.set_transient_for(None::<&gtk::Window>);
        dialog.set_keep_above(true);
        dialog.set_urgency_hint(true);
        let others = gtk::Label::builder().halign(Align::Start).build();
        let facts = gtk::Grid::builder().row_spacing(4).column_spacing(12).build();
        let window = Rc::new(Self { app, question, dialog, facts, others, is_over: Cell::new(false) });
        window.lay_out();
        window.update(consents);
        window.listen();
        OPEN.set(Some(window));
    }

    fn lay_out(&self) {
        let column = dialog::column(&self.dialog, 420);
        column.pack_start(&dialog::words(&words::asks(&self.question)), false, false, 0);
        column.pack_start(&self.facts, false, false, 0);
        column.pack_start(&self.others, false, false, 0);
        for answer in answers_to(&self.question).into_iter().rev() {
            let button = self.dialog.add_button(words::button(answer, self.question.ask), response(answer));
            button.set_sensitive(false);
            glib::timeout_add_local_once(NOT_AT_ONCE, move || button.set_sensitive(true));
        }
        // Enter refuses: it may have been meant for another window.
        self.dialog.set_default_response(response(ConsentAnswer::No));
    }

    /// Shows how many wait now.
    fn update(&self, consents: &Consents) {
        let now = consents.questions.first().unwrap_or(&self.question);
        self.facts.foreach(|shown| self.facts.remove(shown));
        for (row, (label, value)) in (0..).zip(words::facts(now)) {
            let label = gtk::Label::builder().label(label).halign(Align::End).valign(Align::Start).build();
            self.facts.attach(&label, 0, row, 1, 1);
            let value = dialog::words(&value);
            value.set_selectable(true);
            value.set_can_focus(false);
            value.set_line_wrap_mode(gtk::pango::WrapMode::WordChar);
            self.facts.attach(&value, 1, row, 1, 1);
        }
        let others = words::others(consents.questions.len().saturating_sub(1));
        self.others.set_text(others.as_deref().unwrap_or_default());
        self.dialog.show_all();
        self.others.set_visible(others.is_some());
    }

    /// Gives the answer of the button that is pressed. Closing the window refuses.
    fn listen(self: &Rc<Self>) {
        let pressed = Rc::downgrade(self);
        self.dialog.connect_response(move |dialog, pressed_button| {
            let Some(window) = pressed.upgrade().filter(|window| !window.is_over.replace(true)) else { return };
            let answers = answers_to(&window.question);
            let answer = answers.into_iter().find(|answer| response(*answer) == pressed_button);
            OPEN.set(None);
            window.answer(answer.unwrap_or(ConsentAnswer::No));
            dialog.close();
        });
    }

    fn answer(&self, answer: ConsentAnswer) {
        let (app, id) = (self.app.clone(), self.question.id);
        tauri::async_runtime::spawn_blocking(move || {
            match app.state::<Broker>().answer_consent(id, answer, &Answerer::Window) {
                // The question was over, or answered in a terminal.
                Ok(_) | Err(Problem { code: ProblemCode::UnknownConsent, .. }) => {}
                Err(problem) => notify::problem(&app, &problem),
            }
            show(&app);
        });
    }

    /// Closes the window without an answer, because the question is over.
    fn dismiss(&self) {
        self.is_over.set(true);
        OPEN.set(None);
        self.dialog.close();
    }
}

fn response(answer: ConsentAnswer) -> ResponseType {
    match answer {
        ConsentAnswer::Once => ResponseType::Other(1),
        ConsentAnswer::Program => ResponseType::Other(2),
        ConsentAnswer::ReadOnly => ResponseType::Other(3),
        ConsentAnswer::No => ResponseType::No,
    }
}
