//! The provider's claims about a person.

use serde_json::{Map, Value, json};

use crate::{Knobs, Person, world::World};

pub(super) const SCOPES: [&str; 5] = ["openid", "profile", "email", "groups", "offline_access"];
/// The claim with the ARNs of the person's roles, so that people don't have to enter them in Daypass.
pub(super) const AWS_ROLES: &str = "https://aws.amazon.com/roles";
/// STS accepts web identity tokens with at most 20,000 characters. With more bytes of role ARNs than this, only the
/// userinfo endpoint has the claim.
const MAX_ROLES_BYTES: usize = 10_000;

/// The claims about a person for an ID token. They don't depend on the scope, which is how many providers that are
/// federated with AWS are set up. Omits the roles if they don't fit.
pub(super) fn for_id_token(world: &World, person: &Person) -> Map<String, Value> {
    let mut claims = for_userinfo(world, person);
    if claims.get(AWS_ROLES).is_some_and(|roles| roles.to_string().len() > MAX_ROLES_BYTES) {
        claims.remove(AWS_ROLES);
    }
    claims
}

/// The same for the userinfo endpoint, always with the roles.
pub(super) fn for_userinfo(world: &World, person: &Person) -> Map<String, Value> {
    let roles: Vec<&str> = world.roles_of(person).map(|placed| placed.arn.as_str()).collect();
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("sub", json!(person.username));
    put("preferred_username", json!(person.username));
    put("name", json!(person.name));
    put("email", json!(person.email));
    put("email_verified", json!(true));
    put("groups", json!(person.groups));
    put(AWS_ROLES, json!(roles));
    claims
}

/// The claim with the session tags that the knobs set, for ID tokens.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp>
pub(super) fn session_tags(knobs: &Knobs) -> Option<(String, Value)> {
    if knobs.principal_tags.is_empty() {
        return None;
    }
    let tags: Map<String, Value> =
        knobs.principal_tags.iter().map(|(key, value)| (key.clone(), json!([value]))).collect();
    let claim = json!({ "principal_tags": tags, "transitive_tag_keys": knobs.transitive_tag_keys });
    Some(("https://aws.amazon.com/tags".to_owned(), claim))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Account;

    #[test]
    fn too_many_roles_go_to_userinfo_only() {
        let world = World::new(Account::generate(100, 10), Person::made_up_people(), vec![]).unwrap();
        let maya = world.person("maya").unwrap();
        assert!(!for_id_token(&world, maya).contains_key(AWS_ROLES));
        assert_eq!(for_userinfo(&world, maya)[AWS_ROLES].as_array().unwrap().len(), 1_000);
    }
}
