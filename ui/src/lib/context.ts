import { createContext } from 'svelte';
import type { Actions } from './actions';

/** What every component may reach: the actions, and through them the store and the state of the window. */
export const [useActions, provideActions] = createContext<Actions>();
