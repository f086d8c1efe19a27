//! Says which role a partial name meant.

use daypass_broker::naming::{Spellings, is_whole};
use daypass_core::view::{RoleView, SessionView};

use crate::say;

/// As [`tell`], of the role of a session.
pub(super) fn tell_of_session(typed: &str, session: &SessionView) {
    tell(typed, &RoleView::of_session(session), Some(session));
}

/// Tells the person which role they got for a part of its name. Another role may have that part tomorrow.
pub(super) fn tell(typed: &str, role: &RoleView, session: Option<&SessionView>) {
    if is_whole(typed, role, session) {
        return;
    }
    let whole = Spellings::of([role]).spell(role);
    say::note(&format!("{typed} means {} here. In a script, write {}", say::role(role), say::shell_word(&whole)));
}
