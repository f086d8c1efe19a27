/** Names that are written from right to left stay where they are, and change nothing beside them. */
import { describe, expect, it } from 'vitest';
import { main } from '../lib/fake-scenarios';
import { openWindow, press, searchField, settled, type } from './window';

const NAMES = ['חנות ייצור', 'متجر الاختبار'] as const;
const RIGHT_TO_LEFT = /[\u0590-\u08ff]/;

function state() {
  const { roles, ...rest } = main();
  const accounts = [...new Set(roles.map((role) => role.account))];
  const name = (account: string) => NAMES[accounts.indexOf(account) % NAMES.length] as string;
  return { ...rest, roles: roles.map((role) => ({ ...role, accountName: name(role.account) })) };
}

/** Texts from right to left that are neither alone in a `bdi` nor isolated by `dir="auto"`. */
function loose(): string[] {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found: string[] = [];
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const text = node.nodeValue ?? '';
    if (RIGHT_TO_LEFT.test(text) && !node.parentElement?.closest('bdi, [dir="auto"]')) found.push(text.trim());
  }
  return found;
}

describe('names from right to left', () => {
  it('are isolated in the list and beside it', async () => {
    await openWindow(state());
    expect(document.body.textContent).toMatch(RIGHT_TO_LEFT);
    expect(loose()).toEqual([]);
    await press('ArrowDown');
    await settled();
    expect(loose()).toEqual([]);
  });

  it('are isolated where they are searched for', async () => {
    await openWindow(state());
    await type(searchField(), 'חנות');
    await settled();
    expect(loose()).toEqual([]);
    await press('k', { ctrlKey: true });
    expect(loose()).toEqual([]);
  });
});

describe('the layout', () => {
  const sources = {
    ...import.meta.glob<string>('../**/*.svelte', { query: '?raw', import: 'default', eager: true }),
    ...import.meta.glob<string>('../*.css', { query: '?raw', import: 'default', eager: true }),
  };
  const PHYSICAL = /^\s+(?:(?:margin|padding|border)-(?:left|right)|left|right|text-align: (?:left|right)\b)[:;].*$/gm;

  it('turns around as a whole, because nothing in it is said of left or right', () => {
    expect(Object.keys(sources).length).toBeGreaterThan(50);
    const found = Object.entries(sources).flatMap(([path, text]) => (text.match(PHYSICAL) ?? []).map((line) => path + line));
    expect(found).toEqual([]);
  });
});
