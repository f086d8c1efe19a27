//! aws-sso-cli names profiles by a Go template with sprig's functions; Daypass by a template of its own, which has no
//! functions but filters.

/// Daypass's template for the forms that have a counterpart: a variable, a variable under `lower`, `upper`, `nospace` or
/// `replace " " "-"`, `FirstItem` of two names of the account, and `StringsJoin` of variables.
pub(super) fn template(format: &str) -> Option<String> {
    let mut template = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("{{") {
        let (inner, after) = after.split_once("}}")?;
        template.push_str(text(before)?);
        let inner = inner.trim_matches(|c: char| c == '-' || c.is_whitespace());
        template.push_str(&action(&words(inner)?)?);
        rest = after;
    }
    template.push_str(text(rest)?);
    template.parse::<daypass_core::profile_template::ProfileTemplate>().ok()?;
    Some(template)
}

/// What stands between the variables. Braces would begin one of Daypass's.
fn text(text: &str) -> Option<&str> {
    (!text.contains(['{', '}'])).then_some(text)
}

fn action(words: &[String]) -> Option<String> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [name] if name.starts_with('.') => Some(format!("{{{}}}", variable(name)?)),
        // A pipe hands on what stands before it as the last argument.
        [name, "|", function @ ..] if name.starts_with('.') => {
            let mut call = function.to_vec();
            call.push(name);
            filtered(&call)
        }
        ["FirstItem", ".AccountName", ".AccountAlias"] | ["FirstItem", ".AccountAlias", ".AccountName"] => {
            Some("{account}".to_owned())
        }
        ["FirstItem", first, "(", "nospace", ".AccountAlias", ")"] if *first == ".AccountName" => {
            Some("{account|-}".to_owned())
        }
        ["StringsJoin", separator, names @ ..] => {
            let names: Option<Vec<String>> =
                names.iter().map(|name| Some(format!("{{{}}}", variable(name)?))).collect();
            Some(names?.join(text(separator.trim_matches('"'))?))
        }
        call => filtered(call),
    }
}

fn filtered(call: &[&str]) -> Option<String> {
    let (name, filter) = match call {
        ["lower", name] => (name, "lower"),
        ["upper", name] => (name, "upper"),
        ["nospace", name] | ["replace" | "StringReplace", "\" \"", "\"-\"", name] => (name, "-"),
        ["kebabcase", name] => (name, "lower|-"),
        ["replace" | "StringReplace", "\" \"", "\"_\"", name] => (name, "_"),
        ["replace" | "StringReplace", "\" \"", "\".\"", name] => (name, "."),
        _ => return None,
    };
    Some(format!("{{{}|{filter}}}", variable(name)?))
}

fn variable(name: &str) -> Option<&'static str> {
    Some(match name {
        ".AccountIdPad" | ".AccountId" => "id",
        ".AccountAlias" | ".AccountName" => "account",
        ".RoleName" => "role",
        ".SSO" => "identity",
        _ => return None,
    })
}

/// The words of an action, with texts in their quotes and parentheses as words of their own.
fn words(inner: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = inner.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' | '|' => 1,
            '"' => rest[1..].find('"')? + 2,
            _ => rest.find(|c: char| c.is_whitespace() || "()|\"".contains(c)).unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at_checked(length)?;
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::template;

    #[test]
    fn forms_with_a_counterpart_are_translated() {
        for (format, expected) in [
            ("{{ .AccountIdPad }}:{{ .RoleName }}", Some("{id}:{role}")),
            ("{{.AccountName}}/{{.RoleName}}", Some("{account}/{role}")),
            ("{{ FirstItem .AccountName .AccountAlias }}", Some("{account}")),
            ("{{ FirstItem .AccountName (nospace .AccountAlias) }}:{{ .RoleName }}", Some("{account|-}:{role}")),
            ("{{ StringsJoin \":\" .AccountAlias .RoleName }}", Some("{account}:{role}")),
            ("{{ StringReplace \" \" \"_\" .AccountAlias }}", Some("{account|_}")),
            ("{{ .AccountAlias | replace \" \" \"-\" }}", Some("{account|-}")),
            ("{{ lower .RoleName }}", Some("{role|lower}")),
            ("{{- .SSO -}}-{{ .RoleName | lower }}", Some("{identity}-{role|lower}")),
            ("{{ .AccountId }}{{ if .Via }}x{{ end }}", None),
            ("{{ .Tags.Team }}", None),
            ("fixed", None),
            ("{{ .RoleName", None),
            ("{{ \" }}", None),
            ("{{ .RoleName }}{x}", None),
        ] {
            assert_eq!(template(format).as_deref(), expected, "{format}");
        }
    }
}
