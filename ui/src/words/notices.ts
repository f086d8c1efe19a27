/** What the window says once something is done. */
import { count } from '../lib/time';

const seconds = new Intl.NumberFormat('en', { style: 'unit', unit: 'second' }).format;

export const notices = {
  backedUp: (file: string) => `Backed up as ${file}`,
  stopped: (profiles: readonly string[]) =>
    profiles.length === 1 ? `Stopped ${profiles[0]}` : `Stopped ${count(profiles.length, 'session')}`,
  copiedEnv: (profile: string, shell: string) => `Copied ${profile} for ${shell}`,
  copiedForTerminal: (shell: string) => `Copied. Paste it in a terminal with ${shell}, and AWS tools there use the sandbox`,
  openedConsole: (service: string | null, isPage: boolean, role: string, account: string) =>
    `Opened ${service ?? (isPage ? 'the page' : 'the console')} as ${role} in ${account}`,
  copiedConsole: 'Copied the console URL',
  copied: (what: string) => `Copied ${what}`,
  copiedCode: (identity: string, used: boolean, left: number) =>
    `Copied the MFA code for ${identity}. ${used ? 'It has already been used. Wait for the next one' : 'It changes'} in ${seconds(left)}`,
  newKey: (identity: string) => `${identity} has a new access key`,
  foundRoles: (roles: number, identity: string) => `Found ${count(roles, 'role')} for ${identity}`,
  copiedAddress: 'Copied the sign-in address',
  keyInFile: 'The vault’s key is now in a file',
};
