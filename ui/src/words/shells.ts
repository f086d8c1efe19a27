/** What reads the variables of a session. */
import type { Shell } from '../lib/backend';

export const SHELL_NAMES: Record<Shell, string> = {
  sh: 'sh, bash, zsh',
  fish: 'fish',
  powershell: 'PowerShell',
  cmd: 'cmd.exe',
  dotenv: 'a .env file',
  json: 'JSON',
};
