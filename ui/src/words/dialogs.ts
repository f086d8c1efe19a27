/** What is asked before something is done. */
import { count, listed } from '../lib/time';

const one = (many: number): boolean => many === 1;

export const dialogs = {
  rotate: {
    title: (identity: string) => `Rotate the access key of ${identity}?`,
    verb: 'Rotate',
    about:
      'AWS creates a new key, and Daypass tests it before it deactivates and deletes the old one. You can resume an interrupted rotation. Other programs that use the old key stop working.',
  },
  removeIdentity: {
    title: (identity: string) => `Remove identity ${identity}?`,
    verb: 'Remove identity',
    about: (alsoGone: string) =>
      `This also removes ${alsoGone}. Its profiles are removed from your AWS files. Nothing changes at your provider.`,
    alsoGone: (secrets: readonly string[], roles: number, profiles: readonly string[]) =>
      listed([
        'its sign-in',
        ...(secrets.length ? [`its secrets in the vault (${secrets.join(', ')})`] : []),
        ...(roles ? [`its ${count(roles, 'role')}`] : []),
        ...(profiles.length ? [`its ${count(profiles.length, 'session')} (${profiles.join(', ')})`] : []),
      ]),
  },
  removeRole: {
    title: (role: string) => `Remove role ${role}?`,
    verb: 'Remove role',
    about: 'The role is removed from config.toml. Nothing changes in AWS.',
    session: (profile: string) => `Its session ends, and profile ${profile} is removed.`,
  },
  takeProfile: {
    title: (profile: string) => `Profile ${profile} is in use`,
    verb: (role: string) => `Stop it and start ${role}`,
    about: (running: string, profile: string, starting: string) =>
      `${running} is running under profile ${profile}. A profile can have one session, so starting ${starting} there stops it.`,
    of: (role: string, identity: string) => `${role} (${identity})`,
    instead: (role: string) => `To run both, cancel and give ${role} another profile name.`,
  },
  keepKey: {
    title: 'Keep the vault’s key in a file?',
    verb: 'Keep it in a file',
    about:
      'Daypass encrypts your secrets in a vault. Its key belongs in a keyring, but Daypass didn’t find one that it can use. Only your user can read a key file, but anyone who has a backup of both the file and your vault can open the vault.',
    instead:
      'If you start a keyring instead, Daypass finds it. You can also protect the key with a passphrase. Run this in a terminal:',
    command: 'daypass vault move passphrase',
  },
  stopAll: {
    title: (sessions: number) => (one(sessions) ? 'Stop the session?' : `Stop all ${sessions} sessions?`),
    verb: (sessions: number) => (one(sessions) ? 'Stop it' : 'Stop all'),
    about: (profiles: readonly string[]) =>
      one(profiles.length)
        ? `Profile ${profiles[0]} will be removed from your AWS files. Tools that use it stop working.`
        : `Profiles ${profiles.join(', ')} will be removed from your AWS files. Tools that use them stop working.`,
  },
  signOut: {
    title: (identity: string) => `Sign out of ${identity}?`,
    verb: 'Sign out only',
    also: (sessions: number) => (one(sessions) ? 'Also stop its session' : `Also stop its ${sessions} sessions`),
    about: (identity: string, profiles: readonly string[]) =>
      one(profiles.length)
        ? `A session of ${identity} is running: ${profiles[0]}. Signing out doesn’t end it. Tools can use it until it expires.`
        : `${count(profiles.length, 'session')} of ${identity} are running: ${profiles.join(', ')}. Signing out doesn’t end them. Tools can use them until they expire.`,
    question: (sessions: number) => (one(sessions) ? 'Also stop it?' : `Also stop these ${sessions} sessions?`),
  },
  replaceProfile: {
    title: (profile: string) => `Replace profile ${profile}?`,
    verb: 'Back up and replace',
    about:
      'Daypass can back up the file and replace only this profile. Or cancel, and give the role another profile name.',
  },
};
