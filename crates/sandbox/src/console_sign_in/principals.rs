//! Who can be signed in to the console.

use crate::{
    aws::{Principal, RoleSession},
    world::World,
};

/// An account's root users, IAM users, and the roles of people, by their ARNs.
pub(super) fn all(world: &World) -> Vec<Principal> {
    let root = world.management_account().map(|account| Principal::Root { account: account.to_owned() });
    let users = world.users().iter().map(|user| Principal::User {
        account: user.account.clone(),
        name: user.name.clone(),
        temporary: true,
        mfa: false,
    });
    let people = world.people().iter().flat_map(|person| {
        world.roles_of(person).map(|placed| {
            Principal::Role(RoleSession {
                account: placed.account.clone(),
                role_arn: placed.arn.clone(),
                role_name: placed.role.name.clone(),
                session_name: person.username.clone(),
                ..RoleSession::default()
            })
        })
    });
    users.chain(people).chain(root).collect()
}

/// The one with this ARN.
pub(super) fn find(world: &World, arn: &str) -> Option<Principal> {
    all(world).into_iter().find(|principal| principal.arn() == arn)
}
