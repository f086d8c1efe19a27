/** The settings of the fake backend: the table of the broker, with what was changed. */
import type { BrowserView } from '../bindings/BrowserView';
import type { SettingView } from '../bindings/SettingView';
import table from '../cases/settings.json';
import type { FilesOfDaypass, SettingChange, VaultStatus } from './settings-backend';

/** In the order of the broker. */
const TABLE = table as SettingView[];

export class FakeSettings {
  /** What the file says, by name. */
  readonly file = new Map<string, string>();
  /** What a policy limits, by name: how, and the words that it allows. */
  readonly limited = new Map<string, { limited: string; allowed?: string[] }>();

  all(): SettingView[] {
    return TABLE.map((row) => this.#view(row));
  }

  /** Refuses what the broker would refuse, for some forms. */
  put(name: string, value: string | null): SettingChange {
    const row = TABLE.find((one) => one.name === name);
    if (!row) throw refused(`no setting is called "${name}"`);
    if (value !== null) check(row, value);
    if (value === null) this.file.delete(name);
    else this.file.set(name, value);
    return this.#view(row);
  }

  vault(exists: boolean): VaultStatus {
    const key = this.file.get('vault.key') ?? 'keyring';
    const place = key === 'keyring' ? 'the keyring' : key === 'passphrase' ? 'the passphrase-sealed key' : 'the key file';
    return {
      file: '/home/ann/.local/share/daypass/vault.age',
      exists,
      key,
      place,
      secrets: exists ? 7 : null,
      problem: null,
      movesFrom: null,
    };
  }

  #view(row: SettingView): SettingView {
    const said = this.file.get(row.name);
    const limited = this.limited.get(row.name);
    const view = { ...row, value: said ?? this.#untaken(row), isSet: said !== undefined };
    return { ...view, ...limited };
  }

  /** A key that was chosen for one shortcut is no longer the default of another. */
  #untaken(row: SettingView): string | null {
    if (row.form.is !== 'keys') return row.default;
    const chosen = [...this.file].flatMap(([name, value]) => (name.startsWith('shortcuts.') ? value.split(' ') : []));
    return (row.default ?? '').split(' ').filter((key) => !chosen.includes(key)).join(' ');
  }
}

export const BROWSERS_FOUND: readonly BrowserView[] = [
  { name: 'firefox', title: 'Firefox', profiles: ['default', 'Work'] },
  { name: 'chromium', title: 'Chromium', profiles: ['Person 1'] },
];

export const FILES: FilesOfDaypass = {
  config: '/home/ann/.config/daypass/config.toml',
  vault: '/home/ann/.local/share/daypass/vault.age',
  auditLog: '/home/ann/.local/state/daypass/audit.jsonl',
  awsConfig: '/home/ann/.aws/config',
  awsCredentials: '/home/ann/.aws/credentials',
  policy: '/etc/daypass/policy.toml',
};

function check({ name, form }: SettingView, value: string): void {
  if (form.is === 'region' && !/^[a-z]{2}(-[a-z]+)+-\d$/.test(value)) throw refused(`region "${value}" isn't valid`);
  if (form.is === 'amount' && !/^\d+ ?(%|[a-zA-Z]+)$/.test(value)) throw refused(`"${value}" can't be ${name}`);
  if (form.is === 'keys' && /^[A-Z0-9]$/.test(value)) throw refused(`${value} can't be a shortcut: it would be typed`);
}

function refused(message: string) {
  return { kind: 'invalid', code: 'config-mistake', message, hint: 'nothing was changed' };
}
