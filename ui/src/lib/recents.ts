/**
 * What the person used last in this window: the shell for copying, profile names, how the list is grouped. The
 * roles that were used last are the broker's.
 * Without storage in the web view, it is forgotten when the window closes.
 */
import type { Grouping } from '../bindings/Grouping';
import type { Shell } from './backend';

/** For how many roles a profile name and a lifetime are kept. */
const KEPT_BY_ROLE = 300;

export class Recents {
  #shell: Shell | undefined = read('daypass.shell', isShell);
  #profiles: Record<string, string> = read('daypass.profiles', isTextMap) ?? {};
  #lifetimes: Record<string, string> = read('daypass.lifetimes', isTextMap) ?? {};
  #grouping: Grouping = read('daypass.grouping', isGrouping) ?? 'account';
  #railFolded = read('daypass.rail', isText) === 'folded';

  shell(platform: string): Shell {
    return this.#shell ?? (platform === 'windows' ? 'powershell' : 'sh');
  }

  useShell(shell: Shell): void {
    this.#shell = shell;
    write('daypass.shell', shell);
  }

  /** By role: the profile name that the person typed for it. */
  get profiles(): Readonly<Record<string, string>> {
    return this.#profiles;
  }

  /** Null: the role's own again. */
  nameProfile(roleId: string, profile: string | null): void {
    this.#profiles = changed(this.#profiles, roleId, profile);
    write('daypass.profiles', this.#profiles);
  }

  /** How long the last session of a role lasted, such as `8h`. */
  lifetime(roleId: string): string | null {
    return this.#lifetimes[roleId] ?? null;
  }

  lasted(roleId: string, lifetime: string): void {
    if (this.#lifetimes[roleId] === lifetime) return;
    this.#lifetimes = changed(this.#lifetimes, roleId, lifetime);
    write('daypass.lifetimes', this.#lifetimes);
  }

  get grouping(): Grouping {
    return this.#grouping;
  }

  groupBy(grouping: Grouping): void {
    this.#grouping = grouping;
    write('daypass.grouping', grouping);
  }

  get railFolded(): boolean {
    return this.#railFolded;
  }

  foldRail(folded: boolean): void {
    this.#railFolded = folded;
    write('daypass.rail', folded ? 'folded' : 'open');
  }

  /** An identity has another name, and its roles other ids. */
  renameIdentity(old: string, name: string): void {
    const renamed = (id: string) => (id.startsWith(`${old}:`) ? name + id.slice(old.length) : id);
    const ofRoles = (map: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(map).map(([id, value]) => [renamed(id), value]));
    this.#profiles = ofRoles(this.#profiles);
    this.#lifetimes = ofRoles(this.#lifetimes);
    write('daypass.profiles', this.#profiles);
    write('daypass.lifetimes', this.#lifetimes);
  }
}

/** The newest entry is last. */
function changed(map: Readonly<Record<string, string>>, key: string, value: string | null): Record<string, string> {
  const others = Object.entries(map).filter(([other]) => other !== key);
  const all = value === null ? others : [...others, [key, value] as [string, string]];
  return Object.fromEntries(all.slice(-KEPT_BY_ROLE));
}

function read<T>(key: string, is: (value: unknown) => value is T): T | undefined {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    return is(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is full or switched off. Only the order of a list is lost.
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTextMap = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' && value !== null && Object.values(value).every(isText);
const SHELLS: readonly Shell[] = ['sh', 'fish', 'powershell', 'cmd', 'dotenv', 'json'];
const isShell = (value: unknown): value is Shell => SHELLS.some((shell) => shell === value);
const GROUPINGS: readonly Grouping[] = ['account', 'identity', 'folder'];
const isGrouping = (value: unknown): value is Grouping => GROUPINGS.some((grouping) => grouping === value);
