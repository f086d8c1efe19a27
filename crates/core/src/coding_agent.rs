//! Coding agents, by what they run as and by the variables that they set for the commands that they run.
//!
//! Both only help to recognise one that doesn't hide: nothing is decided by them.

/// A coding agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodingAgent {
    /// What it is called.
    pub name: &'static str,
    /// What its program is called.
    programs: &'static [&'static str],
    /// Variables that it sets for its commands.
    variables: &'static [&'static str],
}

const AGENTS: &[CodingAgent] = &[
    CodingAgent { name: "Claude Code", programs: &["claude"], variables: &["CLAUDECODE"] },
    CodingAgent { name: "Codex", programs: &["codex"], variables: &["CODEX_SANDBOX", "CODEX_THREAD_ID", "CODEX_CI"] },
    CodingAgent { name: "Cursor", programs: &["cursor-agent"], variables: &["CURSOR_AGENT"] },
    CodingAgent { name: "Gemini CLI", programs: &["gemini"], variables: &["GEMINI_CLI"] },
    CodingAgent { name: "opencode", programs: &["opencode"], variables: &["OPENCODE"] },
    CodingAgent { name: "Cline", programs: &["cline"], variables: &["CLINE_ACTIVE"] },
    // It sets none of its own.
    CodingAgent { name: "Aider", programs: &["aider"], variables: &[] },
];

impl CodingAgent {
    /// The agent whose program has this name.
    #[must_use]
    pub fn of_program(name: &str) -> Option<&'static Self> {
        AGENTS.iter().find(|agent| agent.programs.contains(&name))
    }

    /// The agent that runs a command with these variables.
    #[must_use]
    pub fn around(is_set: impl Fn(&str) -> bool) -> Option<&'static Self> {
        AGENTS.iter().find(|agent| agent.variables.iter().any(|name| is_set(name)))
    }

    /// The program with which it is started.
    #[must_use]
    pub fn program(&self) -> &'static str {
        self.programs.first().copied().unwrap_or(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_known_by_their_program_and_their_variables() {
        assert_eq!(CodingAgent::of_program("claude").map(|agent| agent.name), Some("Claude Code"));
        assert_eq!(CodingAgent::of_program("terraform"), None);
        let around = |set: &str| CodingAgent::around(|name| name == set).map(CodingAgent::program);
        assert_eq!(around("CLAUDECODE"), Some("claude"));
        assert_eq!(around("CURSOR_AGENT"), Some("cursor-agent"));
        assert_eq!(around("HOME"), None);
    }
}
