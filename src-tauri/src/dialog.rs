//! A small GTK window without a web view, for what a page must not see or answer.

use gtk::prelude::*;
use gtk::{Align, DialogFlags, Orientation};
use tauri::{AppHandle, Manager};

use crate::window;

/// A window with this title. It is found again by its name, and belongs to the main window.
pub(crate) fn new(app: &AppHandle, name: &str, title: &str) -> gtk::Dialog {
    let main = app.get_webview_window(window::LABEL).and_then(|main| main.gtk_window().ok());
    let dialog = gtk::Dialog::with_buttons(Some(title), main.as_ref(), DialogFlags::DESTROY_WITH_PARENT, &[]);
    dialog.set_widget_name(name);
    dialog.set_resizable(false);
    dialog
}

/// The open window with this name.
pub(crate) fn with_name(name: &str) -> Option<gtk::Window> {
    let mut open = gtk::Window::list_toplevels().into_iter().filter(|other| other.widget_name() == name);
    open.find_map(|other| other.downcast::<gtk::Window>().ok())
}

/// The place for a window's content, this wide or wider.
pub(crate) fn column(dialog: &gtk::Dialog, width: i32) -> gtk::Box {
    let column = gtk::Box::new(Orientation::Vertical, 10);
    column.set_border_width(24);
    column.set_size_request(width, -1);
    dialog.content_area().add(&column);
    column
}

/// A text of several lines.
pub(crate) fn words(text: &str) -> gtk::Label {
    gtk::Label::builder().label(text).halign(Align::Start).wrap(true).max_width_chars(44).xalign(0.0).build()
}
