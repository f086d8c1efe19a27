//! The platform's menu, updated where it differs from the menu as data, and rebuilt only if its entries changed.

use tauri::AppHandle;
use tauri::Wry;
use tauri::menu::{CheckMenuItem, CheckMenuItemBuilder, IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};

use super::menu::Entry;

/// A menu that is shown, and what it says.
pub(super) struct LiveMenu {
    pub(super) menu: Menu<Wry>,
    entries: Vec<Entry>,
    items: Vec<LiveItem>,
}

enum LiveItem {
    Action(MenuItem<Wry>),
    Check(CheckMenuItem<Wry>),
    Submenu(Submenu<Wry>, Vec<LiveItem>),
    Separator(PredefinedMenuItem<Wry>),
}

impl LiveMenu {
    /// Makes the platform's menu.
    ///
    /// # Errors
    ///
    /// What the platform refuses.
    pub(super) fn new(app: &AppHandle, entries: Vec<Entry>) -> tauri::Result<Self> {
        let items = build(app, &entries)?;
        let menu = Menu::with_items(app, &refs(&items))?;
        Ok(Self { menu, entries, items })
    }

    /// Has the next [`LiveMenu::say`] ask for a rebuild.
    pub(super) fn forget(&mut self) {
        self.entries.clear();
    }

    /// Says what these entries say, without a rebuild. Returns whether that was possible: the entries do the same as
    /// before, in the same order.
    ///
    /// # Errors
    ///
    /// What the platform refuses.
    pub(super) fn say(&mut self, entries: &[Entry]) -> tauri::Result<bool> {
        if self.entries == entries {
            return Ok(true);
        }
        if !do_the_same(&self.entries, entries) {
            return Ok(false);
        }
        say(&self.items, &self.entries, entries)?;
        self.entries = entries.to_vec();
        Ok(true)
    }
}

fn build(app: &AppHandle, entries: &[Entry]) -> tauri::Result<Vec<LiveItem>> {
    let item = |entry: &Entry| -> tauri::Result<LiveItem> {
        Ok(match entry {
            Entry::Action { id, label } => LiveItem::Action(MenuItem::with_id(app, id, label, true, None::<&str>)?),
            Entry::Words { label } => LiveItem::Action(MenuItem::new(app, label, false, None::<&str>)?),
            Entry::Check { id, label, on } => {
                LiveItem::Check(CheckMenuItemBuilder::with_id(id, label).checked(*on).build(app)?)
            }
            Entry::Submenu { id, label, entries } => {
                let items = build(app, entries)?;
                LiveItem::Submenu(Submenu::with_id_and_items(app, id, label, true, &refs(&items))?, items)
            }
            Entry::Separator => LiveItem::Separator(PredefinedMenuItem::separator(app)?),
        })
    };
    entries.iter().map(item).collect()
}

fn refs(items: &[LiveItem]) -> Vec<&dyn IsMenuItem<Wry>> {
    items.iter().map(LiveItem::as_item).collect()
}

impl LiveItem {
    fn as_item(&self) -> &dyn IsMenuItem<Wry> {
        match self {
            Self::Action(item) => item,
            Self::Check(item) => item,
            Self::Submenu(item, _) => item,
            Self::Separator(item) => item,
        }
    }
}

/// With GTK, muda puts a submenu's words into a box that its `set_text` doesn't reach, so the menu is made again.
const CAN_RENAME_SUBMENUS: bool = !cfg!(target_os = "linux");

/// Whether both have the same entries but for words that can be changed.
pub(super) fn do_the_same(some: &[Entry], others: &[Entry]) -> bool {
    let same = |(one, other): (&Entry, &Entry)| match (one, other) {
        (Entry::Separator, Entry::Separator) | (Entry::Words { .. }, Entry::Words { .. }) => true,
        (Entry::Action { id, .. }, Entry::Action { id: as_id, .. })
        | (Entry::Check { id, .. }, Entry::Check { id: as_id, .. }) => id == as_id,
        (Entry::Submenu { id, label, entries }, Entry::Submenu { id: as_id, label: as_label, entries: as_entries }) => {
            id == as_id && (CAN_RENAME_SUBMENUS || label == as_label) && do_the_same(entries, as_entries)
        }
        _ => false,
    };
    some.len() == others.len() && some.iter().zip(others).all(same)
}

fn say(items: &[LiveItem], before: &[Entry], entries: &[Entry]) -> tauri::Result<()> {
    for ((item, before), entry) in items.iter().zip(before).zip(entries).filter(|((_, before), entry)| before != entry)
    {
        match (item, entry) {
            (LiveItem::Action(item), Entry::Action { label, .. } | Entry::Words { label }) => item.set_text(label)?,
            (LiveItem::Check(item), Entry::Check { label, on, .. }) => {
                item.set_text(label)?;
                item.set_checked(*on)?;
            }
            (LiveItem::Submenu(item, items), Entry::Submenu { label, entries, .. }) => {
                let Entry::Submenu { entries: before, label: said, .. } = before else { continue };
                if said != label {
                    item.set_text(label)?;
                }
                say(items, before, entries)?;
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(id: &str, label: &str) -> Entry {
        Entry::Action { id: id.to_owned(), label: label.to_owned() }
    }

    fn submenu(label: &str, entries: Vec<Entry>) -> Entry {
        Entry::Submenu { id: "session:dev".to_owned(), label: label.to_owned(), entries }
    }

    #[test]
    fn words_alone_need_no_rebuild() {
        let before = [action("open", "Open"), submenu("5 min left", vec![action("stop:dev", "Stop")])];
        let later = [action("open", "Show"), submenu("5 min left", vec![action("stop:dev", "Stop now")])];
        assert!(do_the_same(&before, &later));
        let renamed = [action("open", "Open"), submenu("4 min left", vec![action("stop:dev", "Stop")])];
        assert_eq!(do_the_same(&before, &renamed), CAN_RENAME_SUBMENUS);
        let other = [action("open", "Open"), submenu("5 min left", vec![action("stop:ops", "Stop")])];
        assert!(!do_the_same(&before, &other));
        assert!(!do_the_same(&before, &before[..1]));
        assert!(!do_the_same(&[Entry::Separator], &[action("open", "Open")]));
    }
}
