/** What the palette offers: everything that can be done now, and all roles. */
import type { Actions } from './actions';
import type { Shell } from './backend';
import { KINDS } from './kinds';
import type { Marks } from './match';
import { NO_FILTER } from './roles-filter';
import { partsOf } from './settings-parts';
import { palette as words } from '../words/palette';
import { settings } from '../words/settings';
import { SHELL_NAMES } from '../words/shells';
import { hasCredentials, isLive } from './states';
import { attention as needsYou } from '../words/attention';
import { timeline as timelineWords } from '../words/timeline';

export interface Command {
  /** Unique, and stable while the palette is open. */
  key: string;
  label: string;
  /** Beside the label, quieter. */
  about: string;
  run: () => void;
}

export function commands(actions: Actions): Command[] {
  return [...forChosen(actions), ...general(actions), ...forIdentities(actions)];
}

/**
 * The roles that match, each found by the broker. Choosing one shows it, or opens the page that was pasted and that it
 * reaches.
 */
export async function forRoles(actions: Actions, query: string, most: number): Promise<Found[]> {
  const { backend, ui } = actions;
  const { shown, page } = await backend.rolesRanked(query, NO_FILTER, 0, most);
  const open = (id: string) => void ui.withRole(id, (role) => actions.openConsole(role, { to: page }));
  return shown.map(({ role, account }) => {
    const by = role.several ? `${role.identity} · ` : '';
    const name = account.name === null ? '' : `${account.name} `;
    const shift = (marks: Marks, by: number): Marks => marks.map(([from, to]) => [from + by, to + by] as const);
    return {
      command: {
        key: role.id,
        label: page === null ? role.name : words.openAs(role.name),
        about: `${by}${name}${account.account}`,
        run: () => (page === null ? ui.reveal(role.id) : open(role.id)),
      },
      marks: [
        page === null ? role.marks.name : [],
        [
          ...(role.several ? role.marks.identity : []),
          ...shift(account.marks.name, by.length),
          ...shift(account.marks.account, by.length + name.length),
        ],
      ],
    };
  });
}

/** A command, and what the query matched in its label and in what is said about it. */
export interface Found {
  command: Command;
  marks: readonly Marks[];
}

/** What a pasted link offers. */
export const forLink = (actions: Actions, link: string): Command => ({
  key: 'link',
  label: words.followLink,
  about: words.followLinkAbout,
  run: () => void actions.followLink(link),
});

function forChosen(actions: Actions): Command[] {
  const { ui } = actions;
  const role = ui.chosen;
  if (role === null || role.id !== ui.chosenId) return [];
  const session = ui.sessionOf(role);
  const several = ui.list.chosen?.role.several ?? false;
  const about = [role.name, role.accountName, several ? role.identity : null].filter(Boolean).join(' · ');
  const found: Command[] = [];
  const add = (label: string, run: () => void) => found.push({ key: `chosen ${label}`, label, about, run });
  if (!isLive(session)) {
    add(words.start, () => void actions.start(role));
    if (!role.terms.read_only && role.canBeReadOnly) {
      add(words.startReadOnly, () => {
        ui.setReadOnly(role, true);
        void actions.start(role);
      });
    }
  }
  add(words.openConsole, () => void actions.openConsole(role));
  if (hasCredentials(session)) {
    add(words.renew, () => void actions.renew(session));
    add(words.copyConsole, () => void actions.copyConsoleUrl(session));
    for (const shell of Object.keys(SHELL_NAMES) as Shell[]) {
      add(words.copyEnv(SHELL_NAMES[shell]), () => void actions.copyEnv(session, shell));
    }
  }
  // Last, because the first is what Enter does in a palette that was just opened.
  if (isLive(session)) add(words.stop, () => void actions.stop(session));
  return found;
}

function general(actions: Actions): Command[] {
  const { ui, store } = actions;
  const command = (label: string, about: string, run: () => void): Command => ({ key: label, label, about, run });
  // What would be saved is refused until config.toml is right.
  const isRight = !store.facts?.configProblem;
  return [
    ...(isRight
      ? [
          command(words.addIdentity, '', () => (ui.dialog = { is: 'identity', edit: null })),
          ...(store.facts?.sandbox
            ? []
            : [command(words.importTools, words.importAbout, () => (ui.dialog = { is: 'import' }))]),
          ...KINDS.map((kind) =>
            command(words.addKind(kind.title), kind.about, () => (ui.dialog = { is: 'identity', edit: null, picked: kind })),
          ),
        ]
      : []),
    ...(store.identities.length && isRight
      ? [command(words.addRole, words.addRoleAbout, () => (ui.dialog = { is: 'role', identity: null }))]
      : []),
    ...(store.sessions.size ? [command(words.stopAll, words.stopAllAbout, () => actions.askToStopAll())] : []),
    command(needsYou.command, actions.attention.items.length ? needsYou.open(actions.attention.items.length) : needsYou.nothing, () => {
      ui.screen = { is: 'attention' };
    }),
    ...(actions.attention.signIns.length > 1
      ? [command(needsYou.signInAll(actions.attention.signIns), '', () => void actions.attention.signInAll())]
      : []),
    command(words.showAll, '', () => ui.show({})),
    command(words.showActive, '', () => ui.show({ running: true })),
    command(timelineWords.title, timelineWords.about, () => (ui.screen = { is: 'timeline', role: null })),
    command(words.denied, words.deniedAbout, () => (ui.dialog = { is: 'denial' })),
    command(words.whoseKey, words.whoseKeyAbout, () => (ui.dialog = { is: 'key' })),
    store.isLocked
      ? command(words.unlock, '', () => void actions.unlockVault())
      : command(words.lock, words.lockAbout, () => void actions.lockVault()),
    command(words.openConfig, store.facts?.configFile ?? '', () => void actions.openConfigFile()),
    store.facts?.sandbox
      ? command(words.leaveSandbox, words.restarts, () => void actions.leaveSandbox())
      : command(words.startSandbox, words.startSandboxAbout, () => void actions.startSandbox()),
    command(settings.title, '', () => (ui.screen = { is: 'settings' })),
    ...partsOf(actions.settings.all).map((section) =>
      command(settings.part(section), settings.title, () => (ui.screen = { is: 'settings', section })),
    ),
    command(words.shortcuts, '', () => (ui.dialog = { is: 'shortcuts' })),
  ];
}

function forIdentities(actions: Actions): Command[] {
  const { ui, store } = actions;
  return store.identities.flatMap((identity): Command[] => {
    const { name } = identity;
    const command = (label: string, run: () => void) => ({ key: `${label} ${name}`, label, about: name, run });
    return [
      identity.state === 'signed-in'
        ? command(words.signOut, () => void actions.askToSignOut(name))
        : command(words.signIn, () => void actions.signIn(name)),
      ...(identity.way.by === 'browser' && identity.way.device
        ? [command(words.signInWithCode, () => void actions.signIn(name, true))]
        : []),
      ...(actions.hasMfaCode(identity)
        ? [
            command(words.showMfaCode, () => void actions.showMfaCode(name)),
            command(words.copyMfaCode, () => void actions.copyMfaCode(name)),
          ]
        : []),
      ...(actions.canListRoles(identity) ? [command(words.listRoles, () => void actions.listRoles(name))] : []),
      ...(actions.hasKey(identity) ? [command(words.rotateKey, () => (ui.dialog = { is: 'rotate-key', name }))] : []),
      command(words.tryIt, () => (ui.dialog = { is: 'try', identity: name })),
      command(words.showRoles, () => ui.show({ identities: [name] })),
      command(words.editIdentity, () => (ui.dialog = { is: 'identity', edit: identity })),
      command(words.removeIdentity, () => (ui.dialog = { is: 'remove-identity', name })),
    ];
  });
}
