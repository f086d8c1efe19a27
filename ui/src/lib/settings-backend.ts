/** What the settings screen can ask of the broker. Part of `Backend`. */
import type { BrowserView } from '../bindings/BrowserView';
import type { CatalogView } from '../bindings/CatalogView';
import type { Problem } from '../bindings/Problem';
import type { SettingView } from '../bindings/SettingView';

export interface SettingsBackend {
  settings(): Promise<SettingView[]>;
  /** Changes a setting in config.toml; null goes back to its default. */
  putSetting(name: string, value: string | null): Promise<SettingChange>;
  /** The browsers of this machine. */
  browsers(): Promise<BrowserView[]>;
  vaultStatus(): Promise<VaultStatus>;
  /** Opens the window that asks for both passphrases, which is outside of this page. */
  changePassphrase(): Promise<void>;
  /** Opens the window that asks for a passphrase, and moves the vault's key under it. */
  usePassphrase(): Promise<void>;
  /** Goes one way, to the vault. Resolves with the proxy that gets it. */
  putProxySignIn(user: string, password: string): Promise<string>;
  /** Resolves with whether there was one. */
  forgetProxySignIn(): Promise<boolean>;
  /** Looks for new versions of a shared catalog, or of all. */
  refreshCatalogs(name: string | null): Promise<CatalogView[]>;
  removeCatalog(name: string): Promise<void>;
  filesOfDaypass(): Promise<FilesOfDaypass>;
}

export interface SettingChange extends SettingView {
  /** What became of the vault's key. */
  vault?: VaultMove | null;
}

export interface VaultMove {
  place: string;
  oldPlace: string | null;
  oldKeyLeft: boolean;
  notRemoved: Problem | null;
}

export interface VaultStatus {
  file: string;
  exists: boolean;
  /** As `vault.key` says it. */
  key: string;
  /** The same in words. */
  place: string;
  /** How many secrets it holds. Null while it doesn't open. */
  secrets: number | null;
  problem: Problem | null;
  movesFrom: string | null;
}

export interface FilesOfDaypass {
  config: string;
  vault: string;
  auditLog: string;
  awsConfig: string;
  awsCredentials: string;
  policy: string;
}
