//! What needs the person.

use daypass_core::attention::AttentionItem;
use tauri::AppHandle;

use crate::faces;

/// As it is now, and not as an event told it last.
#[tauri::command]
pub(super) async fn attention(app: AppHandle) -> Vec<AttentionItem> {
    faces::look_again(&app).await
}
