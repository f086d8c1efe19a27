//! zsh, fish and PowerShell. Their scripts pass the words without quotes; zsh and fish quote the answers themselves.

use std::ffi::OsString;
use std::io::{Error, Write};
use std::path::Path;

use clap::Command;
use clap_complete::env::EnvCompleter;

use super::answers::{Answer, answers};

pub(super) struct Zsh;
pub(super) struct Fish;
pub(super) struct PowerShell;

const ZSH: &str = r#"#compdef PROGRAM
_daypass_complete() {
    local -a answers folders others
    local answer
    answers=("${(@f)$(VARIABLE=zsh COMPLETER -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    for answer in $answers; do
        if [[ "${answer%%:*}" == */ ]]; then
            folders+=("$answer")
        else
            others+=("$answer")
        fi
    done
    if (( $#folders + $#others == 0 )); then
        _files
        return
    fi
    (( $#others )) && _describe -V 'daypass' others
    (( $#folders )) && _describe -V 'daypass' folders -S ''
}
if [[ $funcstack[1] == _PROGRAM ]]; then
    _daypass_complete "$@"
else
    compdef _daypass_complete PROGRAM
fi"#;

const FISH: &str = r#"function __daypass_complete
    set -l token (commandline --current-token --cut-at-cursor)
    set -l plain (string unescape -- $token 2>/dev/null; or string trim --left --chars='"\'' -- $token)
    set -l answers (VARIABLE=fish COMPLETER -- (commandline --current-process --tokenize --cut-at-cursor) "$plain" 2>/dev/null)
    if test (count $answers) -eq 0
        __fish_complete_path $token
    else
        printf '%s\n' $answers
    end
end
complete --command PROGRAM --keep-order --no-files --arguments '(__daypass_complete)'"#;

const POWERSHELL: &str = r#"Register-ArgumentCompleter -Native -CommandName PROGRAM -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object {
            if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value }
            else { $_.Extent.Text }
        })
    # Older versions pass no empty arguments on, so a mark stands for the word that is to begin.
    if ($wordToComplete -eq '') { $words += 'EMPTY' }
    $before = $env:VARIABLE
    $env:VARIABLE = 'powershell'
    try { $answers = @(& COMPLETER -- @words 2>$null) } finally { $env:VARIABLE = $before }
    $answers | ForEach-Object {
        $text, $shown, $about = $_.Split("`t")
        [System.Management.Automation.CompletionResult]::new($text, $shown, 'ParameterValue', $about)
    }
}"#;

/// What no one types.
const EMPTY: &str = "\u{1}";

fn register(script: &str, variable: &str, program: &str, completer: &str, out: &mut dyn Write) -> Result<(), Error> {
    let script = script.replace("VARIABLE", variable).replace("COMPLETER", completer).replace("EMPTY", EMPTY);
    writeln!(out, "{}", script.replace("PROGRAM", program))
}

macro_rules! shell {
    ($shell:ty, $name:literal $(| $other:literal)*, $script:expr, $write:ident) => {
        impl EnvCompleter for $shell {
            fn name(&self) -> &'static str {
                $name
            }

            fn is(&self, name: &str) -> bool {
                matches!(name, $name $(| $other)*)
            }

            fn write_registration(
                &self,
                variable: &str,
                _name: &str,
                program: &str,
                completer: &str,
                out: &mut dyn Write,
            ) -> Result<(), Error> {
                register($script, variable, program, completer, out)
            }

            fn write_complete(
                &self,
                command: &mut Command,
                args: Vec<OsString>,
                folder: Option<&Path>,
                out: &mut dyn Write,
            ) -> Result<(), Error> {
                $write(command, args, folder, out)
            }
        }
    };
}

shell!(Zsh, "zsh", ZSH, for_zsh);
shell!(Fish, "fish", FISH, for_fish);
shell!(PowerShell, "powershell" | "pwsh", POWERSHELL, for_powershell);

/// `WORD:ABOUT`, as `_describe` reads it.
fn for_zsh(
    command: &mut Command,
    args: Vec<OsString>,
    folder: Option<&Path>,
    out: &mut dyn Write,
) -> Result<(), Error> {
    for Answer { word, about } in answers(command, args, folder)? {
        let word = word.replace('\\', "\\\\").replace(':', "\\:");
        match about.as_str() {
            "" => writeln!(out, "{word}")?,
            about => writeln!(out, "{word}:{}", about.replace('\\', "\\\\"))?,
        }
    }
    Ok(())
}

fn for_fish(
    command: &mut Command,
    args: Vec<OsString>,
    folder: Option<&Path>,
    out: &mut dyn Write,
) -> Result<(), Error> {
    for Answer { word, about } in answers(command, args, folder)? {
        writeln!(out, "{word}\t{about}")?;
    }
    Ok(())
}

fn for_powershell(
    command: &mut Command,
    mut args: Vec<OsString>,
    folder: Option<&Path>,
    out: &mut dyn Write,
) -> Result<(), Error> {
    if let Some(last) = args.last_mut().filter(|last| *last == EMPTY) {
        last.clear();
    }
    for Answer { word, about } in answers(command, args, folder)? {
        // It refuses a description that is empty.
        let about = if about.is_empty() { &word } else { &about };
        writeln!(out, "{}\t{word}\t{about}", quoted_for_powershell(&word))?;
    }
    Ok(())
}

/// The text as PowerShell reads it. Typographic quotes are quotes to it.
fn quoted_for_powershell(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./+=:".contains(c);
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    let mut quoted = String::from("'");
    for c in text.chars() {
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::quoted_for_powershell;

    #[test]
    fn powershell_reads_a_name_as_text() {
        assert_eq!(quoted_for_powershell("work:1111/Dev"), "work:1111/Dev");
        assert_eq!(quoted_for_powershell("Shop prod/Dev"), "'Shop prod/Dev'");
        assert_eq!(quoted_for_powershell("it's; $(id) ‘x’"), "'it''s; $(id) ‘‘x’’'");
    }
}
