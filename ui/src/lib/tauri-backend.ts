/** The only file that uses Tauri. Names and arguments match the commands in `src-tauri`. */
import { Channel, invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

import type { AttentionItem } from '../bindings/AttentionItem';
import type { Event } from '../bindings/Event';
import type { TrialNews } from '../bindings/TrialNews';
import type { TrialStep } from '../bindings/TrialStep';
import type { Backend, Destination, TrialWatch } from './backend';

export const tauriBackend: Backend = {
  snapshot: () => invoke('snapshot'),
  shellFacts: () => invoke('shell_facts'),
  attention: () => invoke('attention'),

  rolesFound: (asked) => invoke('roles_found', { asked }),
  moreRoles: (asked) => invoke('more_roles', { asked }),
  rolesNow: (query, filter) => invoke('roles_now', { query, filter }),
  rolesRanked: (query, filter, from, to) => invoke('roles_ranked', { query, filter, from, to }),
  roles: (ids) => invoke('roles', { ids }),
  rolesBefore: (identity, arn, query) => invoke('roles_before', { identity, arn, query }),
  account: (account) => invoke('account', { account }),

  addFavourites: (roles) => invoke('add_favourites', { roles }),
  removeFavourites: (roles) => invoke('remove_favourites', { roles }),
  moveFavourite: (role, to) => invoke('move_favourite', { role, to }),
  putAccountFolder: (account, folder) => invoke('put_account_folder', { account, folder }),
  putFilter: (filter) => invoke('put_filter', { filter }),
  removeFilter: (name) => invoke('remove_filter', { name }),

  addIdentity: (name, settings, secrets) => invoke('add_identity', { name, settings, secrets }),
  updateIdentity: (name, settings, secrets) => invoke('update_identity', { name, settings, secrets }),
  removeIdentity: (name) => invoke('remove_identity', { name }),
  renameIdentity: (name, newName) => invoke('rename_identity', { name, newName }),
  checkIdentity: (name, settings, isNew) => invoke('check_identity', { name, settings, new: isNew }),
  recognise: (text, ask) => invoke('recognise', { text, ask }),
  suggestRegion: () => invoke('suggest_region'),
  tryIdentity: (name, watch) => watched('try_identity', { name }, watch),
  trySettings: (draft, watch) => watched('try_settings', { ...draft }, watch),
  likelyMfaSerial: (draft) => invoke('likely_mfa_serial', { ...draft }),

  signIn: (identity, device, given) => invoke('sign_in', { identity, device, given }),
  cancelSignIn: (identity) => invoke('cancel_sign_in', { identity }),
  signOut: (identity) => invoke('sign_out', { identity }),
  listRoles: (identity) => invoke('list_roles', { identity }),
  copySignInUrl: (identity) => invoke('copy_sign_in_url', { identity }),
  openSignInUrl: (identity) => invoke('open_sign_in_url', { identity }),
  showSignInWindow: (identity) => invoke('show_sign_in_window', { identity }),

  copyMfaCode: (identity) => invoke('copy_mfa_code', { identity }),
  showMfaCode: (identity) => invoke('show_mfa_code', { identity }),
  rotateKey: (identity) => invoke('rotate_key', { identity }),

  checkRole: (role, isNew) => invoke('check_role', { role, new: isNew }),
  putRole: (role, handOut) => invoke('put_role', { role, handOut: handOut ?? null }),
  removeRole: (role) => invoke('remove_role', { role }),
  acceptCatalog: (name, waitingId) => invoke('accept_catalog', { name, waitingId }),
  putAccountRegion: (account, region) => invoke('put_account_region', { account, region }),

  start: (role, profile, replaceForeign, readOnly, person) =>
    invoke('start', { role, profile, replaceForeign, readOnly, person }),
  stop: (profile) => invoke('stop', { profile }),
  stopAll: () => invoke('stop_all'),
  undoStop: (profiles) => invoke('undo_stop', { profiles }),
  rearrangeSession: (change) => invoke('change_session', { change }),
  stopAndGiveBack: (profile) => invoke('stop_and_give_back', { profile }),
  elevate: (profile, lasts, why, person) => invoke('elevate', { profile, lasts, why, person }),
  fallBack: (profile) => invoke('fall_back', { profile }),
  renew: (profile, person) => invoke('renew', { profile, person }),
  copyEnv: (profile, shell, person) => invoke('copy_env', { profile, shell, person }),
  openConsole: ({ profile, role, service, to }, person) =>
    invoke('open_console', { role: profile ?? role, service, to, person }),
  rolesReaching: (page) => invoke('roles_reaching', { page }),
  askedByLink: () => invoke('asked_by_link'),
  endLink: () => invoke('end_link'),
  followLink: (link) => invoke('follow_link', { link }),
  quickShortcut: () => invoke('quick_shortcut'),
  consoleServices: (role) => invoke('console_services', { role }),
  chainOf: (role) => invoke('chain_of', { role }),
  browserChoices: (role) => invoke('browser_choices', { role }),
  chooseBrowser: (role, choice) => invoke('choose_browser', { role, choice }),
  copyConsoleUrl: (profile, person) => invoke('copy_console_url', { profile, person }),

  toolsFound: () => invoke('tools_found'),
  planImport: (moveKeys) => invoke('plan_import', { moveKeys }),
  importPlanned: (moveKeys, shown, typed) => invoke('import_planned', { moveKeys, shown, ...typed }),
  undoImport: () => invoke('undo_import'),

  explainDenial: (profile, message) => invoke('explain_denial', { profile, message }),
  whoseKey: (profile, keyId) => invoke('whose_key', { profile, keyId }),

  history: (asked) => invoke('history', { asked }),
  checkHistory: () => invoke('check_history'),
  exportHistory: (asked, format) => invoke('export_history', { asked, format }),
  lastUses: () => invoke('last_uses'),
  consentsGiven: () => invoke('consents_given'),
  revokeConsent: (id) => invoke('revoke_consent', { id }),

  startSandbox: () => invoke('start_sandbox'),
  copySandboxEnv: (shell) => invoke('copy_sandbox_env', { shell }),
  leaveSandbox: () => invoke('leave_sandbox'),
  openConfigFile: () => invoke('open_config_file'),
  keepKeyInFile: () => invoke('keep_key_in_file'),
  lockVault: () => invoke('lock_vault'),
  unlockVault: () => invoke('unlock_vault'),
  setZoom: (factor) => invoke('set_zoom', { factor }),

  settings: () => invoke('settings'),
  putSetting: (name, value) => invoke('put_setting', { name, value }),
  browsers: () => invoke('browsers'),
  vaultStatus: () => invoke('vault_status'),
  changePassphrase: () => invoke('change_passphrase'),
  usePassphrase: () => invoke('use_passphrase'),
  putProxySignIn: (user, password) => invoke('put_proxy_sign_in', { user, password }),
  forgetProxySignIn: () => invoke('forget_proxy_sign_in'),
  refreshCatalogs: (name) => invoke('refresh_catalogs', { name }),
  removeCatalog: (name) => invoke('remove_catalog', { name }),
  filesOfDaypass: () => invoke('files_of_daypass'),

  onEvent: (listener) => listen<Event>('event', ({ payload }) => listener(payload)),
  onAttention: (listener) => listen<AttentionItem[]>('attention', ({ payload }) => listener(payload)),
  onNavigate: (listener) => listen<Destination>('navigate', ({ payload }) => listener(payload)),
};

/** A trial reports to a channel of its own, which also ends it. */
async function watched(command: string, args: Record<string, unknown>, watch: TrialWatch): Promise<TrialStep[]> {
  const news = new Channel<TrialNews>(watch.tell);
  const end = () => void invoke('end_trial', { news: news.id });
  watch.signal.addEventListener('abort', end);
  try {
    return await invoke<TrialStep[]>(command, { ...args, news });
  } finally {
    watch.signal.removeEventListener('abort', end);
  }
}
