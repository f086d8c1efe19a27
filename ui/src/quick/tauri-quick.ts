/** The quick switch's commands, as `src-tauri/src/commands/quick.rs` has them. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Event } from '../bindings/Event';
import type { QuickBackend } from './quick-backend';

export const tauriQuick: QuickBackend = {
  snapshot: () => invoke('snapshot'),
  rolesNow: (query, filter) => invoke('roles_now', { query, filter }),
  rolesRanked: (query, filter, from, to) => invoke('roles_ranked', { query, filter, from, to }),
  rolesReaching: (page) => invoke('roles_reaching', { page }),
  followLink: (link) => invoke('follow_link', { link }),
  ready: () => invoke('quick_ready'),
  hide: () => invoke('quick_hide'),
  start: (role) => invoke('quick_start', { role }),
  openConsole: (role, to) => invoke('quick_console', { role, to }),
  show: (role) => invoke('quick_show', { role }),
  onEvent: (listener) => listen<Event>('event', (told) => listener(told.payload)),
  onShown: (listener) => listen('quick-shown', listener),
  onHidden: (listener) => listen('quick-hidden', listener),
};
