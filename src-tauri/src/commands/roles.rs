//! Commands of the list of roles: the lines that the window shows, and the person's choices for it.

use daypass_broker::broker::Broker;
use daypass_core::names::{AccountId, FilterName, FolderName, IdentityName, Target};
use daypass_core::problem::Problem;
use daypass_core::role_list::{
    AccountShown, MoreRolesAsked, RoleLine, RolesAsked, RolesFilter, RolesFound, RolesNow, RolesRanked, SavedFilter,
};
use daypass_core::view::RoleView;
use tauri::State;

use super::blocking::blocking;

#[tauri::command]
pub(super) async fn roles_found(broker: State<'_, Broker>, asked: RolesAsked) -> Result<RolesFound, Problem> {
    blocking(&broker, move |broker| Ok(broker.roles_found(&asked))).await
}

#[tauri::command]
pub(super) async fn more_roles(broker: State<'_, Broker>, asked: MoreRolesAsked) -> Result<Vec<RoleLine>, Problem> {
    blocking(&broker, move |broker| Ok(broker.more_roles(&asked))).await
}

#[tauri::command]
pub(super) async fn roles_now(
    broker: State<'_, Broker>,
    query: String,
    filter: RolesFilter,
) -> Result<RolesNow, Problem> {
    blocking(&broker, move |broker| Ok(broker.roles_now(&query, &filter))).await
}

#[tauri::command]
pub(super) async fn roles_ranked(
    broker: State<'_, Broker>,
    query: String,
    filter: RolesFilter,
    from: u32,
    to: u32,
) -> Result<RolesRanked, Problem> {
    blocking(&broker, move |broker| Ok(broker.roles_ranked(&query, &filter, from, to))).await
}

#[tauri::command]
pub(super) async fn roles(broker: State<'_, Broker>, ids: Vec<String>) -> Result<Vec<RoleView>, Problem> {
    blocking(&broker, move |broker| Ok(broker.roles_by_id(&ids))).await
}

#[tauri::command]
pub(super) async fn roles_before(
    broker: State<'_, Broker>,
    identity: IdentityName,
    arn: Option<Target>,
    query: String,
) -> Result<Vec<RoleView>, Problem> {
    blocking(&broker, move |broker| Ok(broker.roles_before(&identity, arn.as_ref(), &query))).await
}

#[tauri::command]
pub(super) async fn account(broker: State<'_, Broker>, account: AccountId) -> Result<Option<AccountShown>, Problem> {
    blocking(&broker, move |broker| Ok(broker.account_shown(&account))).await
}

#[tauri::command]
pub(super) async fn add_favourites(broker: State<'_, Broker>, roles: Vec<String>) -> Result<(), Problem> {
    blocking(&broker, move |broker| broker.add_favourites(&roles).map(drop)).await
}

#[tauri::command]
pub(super) async fn remove_favourites(broker: State<'_, Broker>, roles: Vec<String>) -> Result<(), Problem> {
    blocking(&broker, move |broker| broker.remove_favourites(&roles).map(drop)).await
}

#[tauri::command]
pub(super) async fn move_favourite(broker: State<'_, Broker>, role: String, to: usize) -> Result<(), Problem> {
    blocking(&broker, move |broker| broker.move_favourite(&role, to)).await
}

#[tauri::command]
pub(super) async fn put_account_folder(
    broker: State<'_, Broker>,
    account: AccountId,
    folder: Option<FolderName>,
) -> Result<(), Problem> {
    blocking(&broker, move |broker| broker.put_account_folder(&account, folder)).await
}

#[tauri::command]
pub(super) async fn put_filter(broker: State<'_, Broker>, filter: SavedFilter) -> Result<(), Problem> {
    blocking(&broker, move |broker| broker.put_filter(filter)).await
}

#[tauri::command]
pub(super) async fn remove_filter(broker: State<'_, Broker>, name: FilterName) -> Result<(), Problem> {
    blocking(&broker, move |broker| broker.remove_filter(&name)).await
}
