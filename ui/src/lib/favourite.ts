/** What a star says: what it does, and the shortcut that does the same. */
import { lineMenu } from '../words/list';
import type { Actions } from './actions';
import { inWords } from './shortcuts';

export function favouriteTitle({ shortcuts, store }: Actions, isOne: boolean): string {
  const title = isOne ? lineMenu.unfavourite : lineMenu.favourite;
  const [keys] = shortcuts.keys('favourite');
  return keys === undefined ? title : `${title} (${inWords(keys, store.shell.platform)})`;
}
