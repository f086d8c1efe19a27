//! Reads the command line, and reports mistakes in words, or in the same JSON as other problems.

pub(crate) mod examples;

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, CommandFactory, FromArgMatches, ValueEnum};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

use crate::args::{Arguments, Command, ShellName};

/// A command line that can't be carried out, or that only asks for help.
pub(crate) struct WrongUsage {
    error: clap::Error,
    given: Vec<String>,
}

/// The arguments of this process.
///
/// # Errors
///
/// When they are wrong, or ask for help or the version.
pub(crate) fn parse(given: Vec<OsString>) -> Result<Arguments, WrongUsage> {
    // Examples cost time that only a person has.
    let plain = Arguments::command().try_get_matches_from(&given).and_then(|it| Arguments::from_arg_matches(&it));
    plain.and_then(|arguments| exec_as_meant(arguments, &given)).map_err(|error| {
        let error = match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                examples::command().try_get_matches_from(&given).err().unwrap_or(error)
            }
            _ => error,
        };
        let given = given.iter().skip(1).map(|it| it.to_string_lossy().into_owned()).collect();
        WrongUsage { error: with_tip(error), given }
    })
}

/// `daypass exec -- PROGRAM` names no role. Clap doesn't tell on which side of `--` a word stands.
fn exec_as_meant(mut arguments: Arguments, given: &[OsString]) -> Result<Arguments, clap::Error> {
    let names_no_role = match given.iter().position(|word| word == "--") {
        Some(dashes) => {
            let before = Arguments::command().try_get_matches_from(&given[..dashes]);
            // Other commands with dashes lack this argument.
            let has_none = |command: &ArgMatches| command.try_contains_id("role").is_ok_and(|has| !has);
            before.map(|it| it.subcommand().is_some_and(|(_, command)| has_none(command)))
        }
        None => Ok(false),
    };
    let (is_missing, usage) = match &mut arguments.command {
        Command::Exec(exec) => {
            if names_no_role? {
                exec.without_role();
            }
            (exec.program.is_empty(), "daypass exec ROLE -- PROGRAM")
        }
        Command::Lease(lease) if lease.command.is_none() => {
            if names_no_role? {
                lease.without_role();
            }
            (lease.begin.program.is_empty(), "daypass lease ROLE --for 30m -- PROGRAM")
        }
        _ => return Ok(arguments),
    };
    if is_missing {
        let words = format!("the program to run is missing: {usage}");
        return Err(Arguments::command().error(ErrorKind::MissingRequiredArgument, words));
    }
    Ok(arguments)
}

impl WrongUsage {
    /// Whether it only asks for help or the version.
    pub(crate) fn is_help(&self) -> bool {
        !self.error.use_stderr()
    }

    /// Prints clap's words.
    pub(crate) fn print(&self) {
        let _ = self.error.print();
    }

    /// Whether the output is for a program.
    pub(crate) fn wants_json(&self) -> bool {
        self.given.iter().take_while(|it| *it != "--").any(|it| it == "--json")
    }

    /// The shell that would have evaluated the output: of `daypass env`, however short that was written, and of
    /// `daypass use` where the shell's function calls it.
    pub(crate) fn evaluated_by(&self) -> Option<ShellName> {
        let name = self.given.iter().find(|it| !it.starts_with('-'))?;
        let is_env = !name.is_empty() && "env".starts_with(name.as_str());
        if !is_env && !matches!(name.as_str(), "use" | "unuse") {
            return None;
        }
        let after = |word: &String| word.strip_prefix("--shell=").map(str::to_owned);
        let beside = || self.given.iter().skip_while(|it| *it != "--shell").nth(1).cloned();
        let shell = self.given.iter().find_map(after).or_else(beside);
        let named = shell.and_then(|name| ShellName::from_str(&name, false).ok());
        named.or(is_env.then_some(ShellName::Sh))
    }

    /// Prints help where it isn't evaluated.
    pub(crate) fn print_aside(&self) {
        crate::say::note(self.error.render().to_string().trim_end());
    }

    /// The same as a problem.
    pub(crate) fn problem(&self) -> Problem {
        let text = self.error.render().to_string();
        let mut paragraphs = text.split("\n\n").map(str::trim);
        let first = paragraphs.next().unwrap_or_default();
        // Clap says `error: `, as other problems don't.
        let first = first.split_once(": ").map_or(first, |(_, rest)| rest);
        let hint: Vec<&str> = paragraphs.filter(|it| !it.is_empty()).collect();
        Problem::new(ProblemKind::Invalid, ProblemCode::BadUsage, first).hint(hint.join("\n"))
    }
}

/// What people type who know another tool, and what it is called here. `daypass` words are commands, words in capitals
/// are theirs.
const TIPS: &[(&[&str], &str)] = &[
    (
        &["ls", "list", "accounts", "roles"],
        "`daypass role list` lists roles, `daypass identity list` identities, and `daypass status` sessions",
    ),
    (&["identities"], "use `daypass identity list`"),
    (&["sso", "signin", "sign-in", "auth", "authenticate"], "to sign in, use `daypass identity login NAME`"),
    (&["signout", "sign-out"], "to sign out, use `daypass identity logout NAME`"),
    (&["run", "with", "do"], "to run a program with a role's credentials, use `daypass exec ROLE -- PROGRAM`"),
    (
        &["bash", "zsh", "sh", "fish", "pwsh", "powershell", "subshell"],
        "`daypass shell ROLE` starts a shell with a role's credentials, `daypass sandbox -- bash` one to try Daypass, and `daypass completions bash` prints completions",
    ),
    (
        &["assume", "assume-role", "switch", "get"],
        "`daypass start ROLE` gets a role's credentials, and `daypass use ROLE` also makes them those of this shell",
    ),
    (&["ps", "sessions", "session", "show", "info"], "use `daypass status`"),
    (
        &["rm", "remove", "delete", "kill", "end"],
        "`daypass stop PROFILE` ends a session, `daypass identity remove NAME` and `daypass role remove ROLE` remove \
         what you added",
    ),
    (
        &["add", "new", "create", "configure", "setup"],
        "to add an identity, use `daypass identity add ADDRESS`. For a role, use `daypass role add ARN`",
    ),
    (
        &["credentials", "creds", "print", "process", "keys"],
        "`daypass env PROFILE` prints variables, and `daypass credential-process --profile PROFILE` what AWS tools read",
    ),
    (&["web", "open", "url", "link"], "to open the AWS console, use `daypass console ROLE`"),
    (&["daemon", "service"], "use `daypass agent`"),
    (
        &["server", "ecs-server", "ec2-server", "imds", "docker", "endpoint"],
        "to serve credentials to other programs and to containers, use `daypass serve ROLE`",
    ),
    (&["settings", "options", "set"], "use `daypass config get` and `daypass config set SETTING VALUE`"),
    (&["mfa", "totp", "otp"], "use `daypass identity code NAME`"),
    (&["rotate"], "use `daypass identity rotate-key NAME`"),
    (
        &["check", "diagnose", "test"],
        "`daypass doctor` checks this machine, and `daypass identity try NAME` an identity",
    ),
];

/// Options that people expect where they aren't, and what to do instead. Clap would suggest one that is spelt alike.
const OPTION_TIPS: &[(&str, &str)] = &[
    (
        "--duration",
        "set a session's duration on its role: `daypass role add ARN --identity NAME --duration 4h`, or \
         set the role's `duration` in config.toml",
    ),
    ("--role", "write the role without --role, as ACCOUNT/ROLE, as its ARN or as its profile"),
];

/// Says what an unknown command or option is called here, if we know.
fn with_tip(mut error: clap::Error) -> clap::Error {
    if error.kind() == ErrorKind::UnknownArgument
        && let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg)
        && let Some((_, tip)) = OPTION_TIPS.iter().find(|(known, _)| option == known)
    {
        error.remove(ContextKind::SuggestedArg);
        // It would have that argument too.
        error.remove(ContextKind::Usage);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![(*tip).into()]));
    }
    if error.kind() == ErrorKind::InvalidSubcommand
        && let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
        && let Some(tip) = tip(word)
    {
        error.remove(ContextKind::SuggestedSubcommand);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

fn tip(word: &str) -> Option<String> {
    let word = word.to_lowercase();
    let known = TIPS.iter().find(|(words, _)| words.contains(&&*word)).map(|(_, tip)| (*tip).to_owned());
    known.or_else(|| {
        let mut places = Vec::new();
        find(&Arguments::command(), "daypass", &word, &mut places);
        (!places.is_empty()).then(|| format!("use {}", places.join(" or ")))
    })
}

/// Every command of that name, wherever it is.
fn find(command: &clap::Command, path: &str, name: &str, places: &mut Vec<String>) {
    for sub in command.get_subcommands() {
        let path = format!("{path} {}", sub.get_name());
        if sub.get_name() == name {
            places.push(format!("`{path}`"));
        }
        find(sub, &path, name, places);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn wrong(command: &str) -> WrongUsage {
        parse(command.split(' ').map(OsString::from).collect()).err().unwrap()
    }

    #[test]
    fn a_command_of_another_tool_is_told_with_what_it_is_called_here() {
        for (typed, expected) in [
            ("daypass login", "`daypass identity login`"),
            ("daypass login work", "`daypass identity login`"),
            ("daypass logout", "`daypass identity logout`"),
            ("daypass ls", "`daypass role list`"),
            ("daypass run dev -- aws", "`daypass exec ROLE -- PROGRAM`"),
            ("daypass bash", "`daypass completions bash`"),
            ("daypass SSO", "`daypass identity login NAME`"),
            ("daypass role login", "`daypass identity login`"),
            ("daypass identity start dev", "`daypass start`"),
            ("daypass rotate-key", "`daypass identity rotate-key`"),
        ] {
            let wrong = wrong(typed);
            let text = wrong.error.render().to_string();
            assert!(text.contains("tip: ") && text.contains(expected), "{typed}\n{text}");
            assert!(wrong.problem().hint.unwrap().contains(expected), "{typed}");
        }
    }

    #[test]
    fn dashes_before_a_program_are_taken_by_each_command_that_runs_one() {
        for command in
            ["exec dev -- aws", "exec -- aws", "lease dev --for 30m -- claude", "sandbox -- bash", "serve -- dev"]
        {
            let given = std::iter::once("daypass").chain(command.split(' ')).map(OsString::from).collect();
            assert!(parse(given).is_ok(), "{command}");
        }
    }

    #[test]
    fn an_option_that_is_elsewhere_is_not_taken_for_one_that_is_spelt_alike() {
        let hint = wrong("daypass start dev --duration 4h").problem().hint.unwrap();
        assert!(hint.contains("set a session's duration on its role") && !hint.contains("--region"), "{hint}");
    }

    #[test]
    fn every_command_of_a_tip_exists() {
        for (words, tip) in TIPS {
            for told in tip.split('`').skip(1).step_by(2) {
                let mut command = Arguments::command();
                for name in told.split(' ').skip(1).take_while(|it| it.chars().all(|c| c.is_lowercase() || c == '-')) {
                    if !command.has_subcommands() {
                        break;
                    }
                    command = command.find_subcommand(name).unwrap_or_else(|| panic!("{told}")).clone();
                }
            }
            for word in *words {
                assert!(Arguments::command().find_subcommand(word).is_none(), "{word} is a command");
            }
        }
    }

    #[test]
    fn a_mistake_is_a_problem_like_others() {
        let wrong = wrong("daypass start --json --nonsense");
        assert!(wrong.wants_json() && !wrong.is_help());
        let problem = wrong.problem();
        assert_eq!(problem.code, ProblemCode::BadUsage);
        assert_eq!(problem.kind, ProblemKind::Invalid);
        assert!(problem.message.starts_with("unexpected argument '--nonsense'"), "{}", problem.message);
        assert!(problem.hint.unwrap().contains("--help"));
        assert!(!self::wrong("daypass sandbox --nonsense -- x --json").wants_json());
    }

    #[test]
    fn only_dashes_tell_the_role_of_exec_from_its_program() {
        let exec = |typed: &str| {
            let arguments = parse(typed.split(' ').map(OsString::from).collect()).ok().unwrap();
            let Command::Exec(exec) = arguments.command else { unreachable!() };
            let program: Vec<String> = exec.program.iter().map(|word| word.to_string_lossy().into_owned()).collect();
            (exec.role.unwrap_or_default(), program.join(" "))
        };
        for (typed, role, program) in [
            ("daypass exec dev -- aws s3 ls", "dev", "aws s3 ls"),
            ("daypass exec -- aws s3 ls", "", "aws s3 ls"),
            ("daypass exe --region eu-west-1 --read-only -- env", "", "env"),
            ("daypass exec --region eu-west-1 dev -- env", "dev", "env"),
            ("daypass exec dev aws s3 ls", "dev", "aws s3 ls"),
            ("daypass exec dev aws -- x", "dev", "aws -- x"),
            ("daypass exec -- aws -- x", "", "aws -- x"),
            ("daypass exec dev -- -x --region y", "dev", "-x --region y"),
            ("daypass -v exec -- daypass exec dev", "", "daypass exec dev"),
        ] {
            assert_eq!(exec(typed), (role.to_owned(), program.to_owned()), "{typed}");
        }
        for typed in ["daypass exec", "daypass exec dev", "daypass exec dev --"] {
            assert!(wrong(typed).problem().message.contains("the program to run is missing"), "{typed}");
        }
    }

    #[test]
    fn the_shell_of_env_is_known_however_env_is_written() {
        use ShellName::{Fish, Powershell, Sh};
        let shell = |typed: &str| wrong(typed).evaluated_by().map(|it| it as u8);
        assert_eq!(shell("daypass env --nonsense"), Some(Sh as u8));
        assert_eq!(shell("daypass -v en --nonsense"), Some(Sh as u8));
        assert_eq!(shell("daypass env --nonsense --shell fish"), Some(Fish as u8));
        assert_eq!(shell("daypass env --nonsense --shell=powershell"), Some(Powershell as u8));
        assert_eq!(shell("daypass env a --shell nonsense"), Some(Sh as u8));
        assert_eq!(shell("daypass start --nonsense"), None);
        assert_eq!(shell("daypass use --shell fish --help"), Some(Fish as u8));
        assert_eq!(shell("daypass unuse --shell=zsh --nonsense"), Some(Sh as u8));
        assert_eq!(shell("daypass use --nonsense"), None);
    }
}
