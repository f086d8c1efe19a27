//! Session tags, and the transitive ones that role chaining passes on.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>

use std::collections::{BTreeMap, BTreeSet};

use super::fault::Fault;
use crate::params::Params;

const MAX_TAGS: usize = 50;

/// A session's tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SessionTags {
    all: BTreeMap<String, String>,
    transitive: BTreeSet<String>,
}

impl SessionTags {
    /// The tags that an identity provider vouches for.
    ///
    /// # Errors
    /// As [`SessionTags::read`].
    pub(super) fn vouched_for(tags: BTreeMap<String, String>, transitive: Vec<String>) -> Result<Self, Fault> {
        let mut vouched = Self::default();
        if tags.len() > MAX_TAGS {
            return Err(violated("tags", "Member must have length less than or equal to 50"));
        }
        for (key, value) in &tags {
            vouched.add(key, value)?;
        }
        for key in &transitive {
            vouched.hand_on(key)?;
        }
        Ok(vouched)
    }

    /// `Tags.member.N.Key`, `Tags.member.N.Value` and `TransitiveTagKeys.member.N`.
    ///
    /// # Errors
    /// `ValidationError` for values beyond the limits, `InvalidParameterValue` for duplicate keys and for transitive
    /// keys without a tag.
    pub(super) fn read(params: &Params) -> Result<Self, Fault> {
        let mut tags = Self::default();
        for n in 1.. {
            let Some(key) = params.get(&format!("Tags.member.{n}.Key")) else { break };
            let value = params.get(&format!("Tags.member.{n}.Value")).unwrap_or_default();
            if n > MAX_TAGS {
                return Err(violated("tags", "Member must have length less than or equal to 50"));
            }
            tags.add(key, value)?;
        }
        for n in 1.. {
            let Some(key) = params.get(&format!("TransitiveTagKeys.member.{n}")) else { break };
            tags.hand_on(key)?;
        }
        Ok(tags)
    }

    fn add(&mut self, key: &str, value: &str) -> Result<(), Fault> {
        check("key", key, 128)?;
        check("value", value, 256)?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid("Tag keys must not start with aws:"));
        }
        if self.has(key) {
            return Err(invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive."));
        }
        self.all.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    fn hand_on(&mut self, key: &str) -> Result<(), Fault> {
        if !self.has(key) {
            return Err(invalid("The specified transitive tag key must be included in the requested tags."));
        }
        self.transitive.insert(key.to_ascii_lowercase());
        Ok(())
    }

    /// Adds the transitive tags of the caller's own session.
    ///
    /// # Errors
    /// `InvalidParameterValue` if the request sets one of those again.
    pub(super) fn joined(mut self, caller: Option<&Self>) -> Result<Self, Fault> {
        let Some(caller) = caller else { return Ok(self) };
        for (key, value) in &caller.all {
            let key_of_old = key.to_ascii_lowercase();
            if !caller.transitive.contains(&key_of_old) {
                continue;
            }
            if self.has(key) {
                return Err(invalid(
                    "One of the specified transitive tag keys can't be set because it conflicts with a transitive \
                     tag key from the calling session.",
                ));
            }
            self.all.insert(key.clone(), value.clone());
            self.transitive.insert(key_of_old);
        }
        Ok(self)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What they take of the room for session policies and tags.
    pub(super) fn bytes(&self) -> usize {
        self.all.iter().map(|(key, value)| key.len() + value.len()).sum()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.all.keys().any(|known| known.eq_ignore_ascii_case(key))
    }
}

fn check(what: &str, text: &str, max: usize) -> Result<(), Fault> {
    if text.chars().count() > max {
        return Err(violated(
            &format!("tags.1.member.{what}"),
            &format!("Member must have length less than or equal to {max}"),
        ));
    }
    let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    if !text.chars().all(allowed) {
        let pattern = r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+";
        return Err(violated(&format!("tags.1.member.{what}"), pattern));
    }
    Ok(())
}

fn violated(name: &str, constraint: &str) -> Fault {
    Fault::validation(format!(
        "1 validation error detected: Value at '{name}' failed to satisfy constraint: {constraint}"
    ))
}

fn invalid(why: &str) -> Fault {
    Fault::invalid_parameter(why)
}
