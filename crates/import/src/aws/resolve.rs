//! Chains of profiles: where each begins, and by which roles it leads to a profile.

use std::collections::{HashMap, HashSet};

use super::step::{Own, Step, own, step};
use crate::aws_vault::VaultKeys;
use crate::profiles::AwsFiles;
use crate::profiles::Process;

/// Where a profile's chain leads.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum End {
    /// To the credentials of a profile.
    Own(String, Own),
    /// Not to an identity: why, as a sentence without its full stop.
    Nowhere(String),
}

/// The most profiles of a chain. Each may be a call of STS, and Daypass compares every chain with every other.
const LONGEST: usize = 50;

/// The chains of all profiles. Each profile is looked at once.
#[derive(Default)]
pub(super) struct Chains {
    /// Where each leads, and how many profiles it has.
    ends: HashMap<String, (End, usize)>,
}

impl Chains {
    /// Where the chain of a profile leads.
    pub(super) fn end(&mut self, name: &str, files: &AwsFiles, keys: &VaultKeys) -> End {
        let (mut way, mut on_it) = (Vec::new(), HashSet::new());
        let mut at = name.to_owned();
        let (end, mut length) = loop {
            if let Some(known) = self.ends.get(&at) {
                break known.clone();
            }
            if !on_it.insert(at.clone()) {
                way.push(at);
                break (End::Nowhere(format!("its source_profile settings form a loop: {}", shown(&way))), 0);
            }
            way.push(at.clone());
            match next(&at, files, keys) {
                Next::Profile(source) => at = source,
                Next::End(end) => break (end, 0),
            }
        };
        for name in way.into_iter().rev() {
            length += 1;
            let end = match &end {
                End::Own(..) if length > LONGEST => End::Nowhere(format!("its chain has more than {LONGEST} profiles")),
                end => end.clone(),
            };
            self.ends.insert(name, (end, length));
        }
        self.ends.get(name).map_or(end, |(end, _)| end.clone())
    }
}

enum Next {
    Profile(String),
    End(End),
}

fn next(name: &str, files: &AwsFiles, keys: &VaultKeys) -> Next {
    let nowhere = |why: String| Next::End(End::Nowhere(why));
    let Some(profile) = files.profile(name) else {
        return if keys.has(name) {
            Next::End(End::Own(name.to_owned(), Own::VaultKey))
        } else {
            nowhere(format!("its source profile {name:?} isn't in either file"))
        };
    };
    let step = match step(profile, files, keys) {
        Step::Role { source } if source == name => {
            own(profile, keys, profile.get("credential_process").map(Process::of))
        }
        step => step,
    };
    match step {
        Step::Role { source } => Next::Profile(source.to_owned()),
        Step::Alias { of } => Next::Profile(of),
        Step::Own(own) => Next::End(End::Own(name.to_owned(), own)),
        Step::Daypass => nowhere(format!("it uses {name:?}, which Daypass already writes, and works unchanged")),
        Step::Of(tool) => nowhere(format!("it uses {name:?}, which asks {}", tool.name())),
        Step::Settings => nowhere(format!("its source profile {name:?} doesn't have credentials in either file")),
        Step::Broken(why, _) => nowhere(format!("its source profile {name:?} can't be kept: {why}")),
    }
}

/// A way of many profiles is shown by its beginning and its end.
fn shown(way: &[String]) -> String {
    let quoted: Vec<String> = way.iter().map(|name| format!("{name:?}")).collect();
    match quoted.as_slice() {
        [first, second, .., last] if quoted.len() > 6 => format!("{first} → {second} → … → {last}"),
        all => all.join(" → "),
    }
}
