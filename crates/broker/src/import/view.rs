//! A planned import as the person sees it.

use std::collections::{BTreeMap, HashSet};

use aws_files::{Document, FileKind, ProfileEntry};
use daypass_core::import::{
    ImportIdentity, ImportKey, ImportPlan, ImportProfile, ImportRemark, ImportRole, ImportSecret, ImportSecretSource,
    ImportTool, ImportUser,
};
use daypass_core::text::shown;
use daypass_import::{Machine, Merged, MergedIdentity, MergedRole, Origin, Remark, Secret};

/// What was found, without the files that change.
pub(crate) fn view(merged: &Merged, machine: &Machine, provider: impl Fn(&MergedIdentity) -> String) -> ImportPlan {
    let tools = merged.files.iter().map(|(tool, files)| ImportTool {
        id: tool.id().to_owned(),
        name: tool.name().to_owned(),
        files: files.iter().map(|file| machine.shown(file)).collect(),
    });
    let users = merged.users.iter();
    ImportPlan {
        tools: tools.collect(),
        identities: merged.identities.iter().map(|one| identity(one, machine, provider(one))).collect(),
        roles: merged.roles.iter().map(role).collect(),
        users: users
            .map(|user| ImportUser { identity: user.identity.clone(), profile: user.profile.name.clone() })
            .collect(),
        accounts: merged.accounts.keys().cloned().collect(),
        remarks: merged.remarks.iter().map(|one| remark(one, machine)).collect(),
        files: Vec::new(),
        keys: merged.identities.iter().flat_map(|one| keys(one, machine)).collect(),
        is_done: false,
    }
}

fn identity(merged: &MergedIdentity, machine: &Machine, provider: String) -> ImportIdentity {
    let fields = daypass_identity::secrets(&merged.settings);
    let secrets = merged.secrets.iter().map(|found| {
        let field = fields.iter().find(|field| field.name == found.field);
        let source = match &found.secret {
            Secret::Held(held) => ImportSecretSource::Held { place: place(&held.origin, machine) },
            Secret::Sealed(sealed) => {
                let (tool, place) = (sealed.tool.id().to_owned(), machine.shown(&sealed.file));
                ImportSecretSource::Sealed { tool, place }
            }
            Secret::Ask { why } => ImportSecretSource::Ask { why: shown(why).into_owned() },
        };
        let label = field.map_or_else(|| found.field.to_owned(), |field| field.label.clone());
        ImportSecret { field: found.field.to_owned(), label, source }
    });
    ImportIdentity {
        name: merged.name.clone(),
        settings: merged.settings.clone(),
        provider: shown(&provider).into_owned(),
        from: merged.tools.iter().map(|tool| tool.name().to_owned()).collect(),
        secrets: secrets.collect(),
        is_there: merged.is_there,
    }
}

fn role(merged: &MergedRole) -> ImportRole {
    let role = &merged.role;
    ImportRole {
        role_id: format!("{}:{}", role.identity, role.arn),
        identity: role.identity.clone(),
        account: role.arn.account().clone(),
        name: role.arn.name().to_owned(),
        via: role.via.as_ref().map(ToString::to_string),
        profiles: merged.profiles.iter().map(|profile| profile.name.clone()).collect(),
        from: merged.tool.name().to_owned(),
        is_there: merged.is_there,
    }
}

fn keys<'a>(merged: &'a MergedIdentity, machine: &'a Machine) -> impl Iterator<Item = ImportKey> + 'a {
    merged.in_files.iter().map(|(file, profile)| ImportKey {
        profile: shown(profile).into_owned(),
        file: machine.shown(file),
        identity: merged.name.clone(),
    })
}

pub(crate) fn remark(remark: &Remark, machine: &Machine) -> ImportRemark {
    ImportRemark {
        what: shown(&remark.what).into_owned(),
        why: shown(&remark.why).into_owned(),
        advice: remark.advice.as_ref().map(|advice| shown(advice).into_owned()),
        place: place(&remark.origin, machine),
    }
}

fn place(origin: &Origin, machine: &Machine) -> String {
    let file = machine.shown(&origin.file);
    origin.line.map_or_else(|| file.clone(), |line| format!("{file}:{line}"))
}

/// Keys whose values are never shown.
const SECRET: [&str; 3] = ["aws_secret_access_key", "aws_session_token", "aws_security_token"];

/// What differs in the profiles of a file.
pub(crate) fn diff(before: &[u8], after: &[u8], kind: FileKind) -> Vec<ImportProfile> {
    let (before, after) = (Document::parse(before, kind).profiles(), Document::parse(after, kind).profiles());
    let old: BTreeMap<&str, &ProfileEntry> = before.iter().map(|entry| (entry.name.as_str(), entry)).collect();
    let new: HashSet<&str> = after.iter().map(|entry| entry.name.as_str()).collect();
    let gone = before.iter().filter(|entry| !new.contains(entry.name.as_str())).map(|entry| (Some(entry), None));
    let there = after.iter().map(|entry| (old.get(entry.name.as_str()).copied(), Some(entry)));
    let changed = there.chain(gone).map(|(before, after)| profile(before, after));
    changed.filter(|profile| !profile.removed.is_empty() || !profile.added.is_empty()).collect()
}

fn profile(before: Option<&ProfileEntry>, after: Option<&ProfileEntry>) -> ImportProfile {
    let lines = |entry: Option<&ProfileEntry>, other: Option<&ProfileEntry>| {
        let keys = entry.into_iter().flat_map(ProfileEntry::keys);
        let differs = |key: &&str| entry.and_then(|entry| entry.get(key)) != other.and_then(|other| other.get(key));
        let line = |key: &str| {
            let value =
                if SECRET.contains(&key) { "…" } else { entry.and_then(|entry| entry.get(key)).unwrap_or("") };
            shown(&format!("{key} = {value}")).into_owned()
        };
        keys.filter(differs).map(line).collect::<Vec<_>>()
    };
    let name = before.or(after).map_or("", |entry| entry.name.as_str());
    ImportProfile {
        name: shown(name).into_owned(),
        is_new: before.is_none(),
        removed: lines(before, after),
        added: lines(after, before),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_has_no_secret() {
        let before = b"[dev]\naws_access_key_id = AKIA1\naws_secret_access_key = PLANTED\nregion = x\n[b]\ny = 1\n";
        let changed = diff(before, b"[dev]\nregion = x\n[b]\ny = 1\n[new]\nz = 1\n", FileKind::Credentials);
        assert_eq!(changed.len(), 2);
        assert_eq!(changed[0].removed, ["aws_access_key_id = AKIA1", "aws_secret_access_key = …"]);
        assert!(changed[1].is_new && changed[1].added == ["z = 1"] && changed[0].added.is_empty());
    }
}
