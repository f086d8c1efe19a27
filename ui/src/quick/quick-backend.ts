/** What the quick switch can ask: to find roles, and the few things that it does with one. It never sees a secret. */
import type { Backend } from '../lib/backend';

export interface QuickBackend extends Pick<Backend, 'snapshot' | 'rolesNow' | 'rolesRanked' | 'rolesReaching' | 'followLink' | 'onEvent'> {
  /** The page can be shown. */
  ready(): Promise<void>;
  hide(): Promise<void>;
  /** Starts a role, after a sign-in in the browser if one is needed. */
  start(role: string): Promise<QuickStarted>;
  /** Opens the console as a role. `to`: a page of it, or an ARN. */
  openConsole(role: string, to: string | null): Promise<void>;
  /** Shows a role in the main window. Null: the window as it is. */
  show(role: string | null): Promise<void>;
  /** Calls back when the window appears and when it goes. */
  onShown(listener: () => void): Promise<() => void>;
  onHidden(listener: () => void): Promise<() => void>;
}

/** `in-the-window`: the main window has to ask the person first. */
export type QuickStarted = 'started' | 'in-the-window';
