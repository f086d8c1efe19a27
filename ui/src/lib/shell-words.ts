/** The text that makes a profile the one that a command or a shell uses. */
import type { Shell } from './backend';

export interface ProfileText {
  of: 'command' | Shell;
  text: string;
}

/** Texts for a profile, in the order in which they are offered: the person's own shell comes right after the command. */
export function profileTexts(profile: string, own: Shell): [ProfileText, ...ProfileText[]] {
  const others = (['sh', 'fish', 'powershell', 'cmd'] as const).filter((shell) => shell !== own);
  const shells: Shell[] = isText(own) ? [own, ...others] : [...others];
  return [
    { of: 'command', text: `--profile ${inShell(profile, own)}` },
    ...shells.map((shell) => ({ of: shell, text: assignment(profile, shell) })),
  ];
}

/** Whether a profile can be chosen in it. A file of variables and JSON aren't shells. */
const isText = (shell: Shell) => shell !== 'dotenv' && shell !== 'json';

function assignment(profile: string, shell: Shell): string {
  switch (shell) {
    case 'fish':
      return `set -gx AWS_PROFILE ${inShell(profile, shell)}`;
    case 'powershell':
      return `$env:AWS_PROFILE = ${quoted(profile, "''")}`;
    case 'cmd':
      return `set "AWS_PROFILE=${profile}"`;
    case 'sh':
    case 'dotenv':
    case 'json':
      return `export AWS_PROFILE=${inShell(profile, shell)}`;
  }
}

/** The name as one word. */
function inShell(profile: string, shell: Shell): string {
  if (/^[\w@%+=:,./-]+$/.test(profile)) return profile;
  switch (shell) {
    case 'powershell':
      return quoted(profile, "''");
    case 'cmd':
      return `"${profile}"`;
    case 'fish':
      return `'${profile.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
    case 'sh':
    case 'dotenv':
    case 'json':
      return quoted(profile, "'\\''");
  }
}

const quoted = (text: string, quote: string) => `'${text.replaceAll("'", quote)}'`;
