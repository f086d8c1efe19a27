/**
 * What the person used last in this window: roles, newest first, and the shell for copying. Without storage in the web
 * view, it is forgotten when the window closes.
 */
import type { Shell } from './backend';

const KEPT = 30;

export class Recents {
  #roles: string[] = read('daypass.recent-roles', isTextList) ?? [];
  #shell: Shell | undefined = read('daypass.shell', isShell);

  /** Role ARNs, newest first. */
  get roles(): readonly string[] {
    return this.#roles;
  }

  use(id: string): void {
    this.#roles = [id, ...this.#roles.filter((other) => other !== id)].slice(0, KEPT);
    write('daypass.recent-roles', this.#roles);
  }

  shell(platform: string): Shell {
    return this.#shell ?? (platform === 'windows' ? 'powershell' : 'sh');
  }

  useShell(shell: Shell): void {
    this.#shell = shell;
    write('daypass.shell', shell);
  }
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

const isTextList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');
const isShell = (value: unknown): value is Shell =>
  value === 'sh' || value === 'fish' || value === 'powershell' || value === 'json';
