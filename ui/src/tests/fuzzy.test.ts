import { describe, expect, it } from 'vitest';
import cases from '../cases/search.json';
import { marked, Matcher } from '../lib/fuzzy';

function found(items: string[], query: string, boosted: string[] = []): string[] {
  const matcher = new Matcher(items, (item) => [item]);
  matcher.boost(boosted.map((item) => [items.indexOf(item), 200]));
  return Array.from(matcher.find(query), (i) => items[i] as string);
}

describe('ranking', () => {
  it('puts whole before beginning, word, initials, inside, scattered', () => {
    const items = ['dxexv', 'sandevices', 'd-e-v', 'acme-dev', 'developer', 'dev'];
    expect(found(items, 'dev')).toEqual(['dev', 'developer', 'acme-dev', 'd-e-v', 'sandevices', 'dxexv']);
  });

  it('sees the words of camel case, and their initials', () => {
    expect(found(['Superuser', 'PowerUser'], 'user')).toEqual(['PowerUser', 'Superuser']);
    expect(found(['Compute', 'PowerUser'], 'pu')).toEqual(['PowerUser', 'Compute']);
    expect(found(['Jupyter-audit-trail', 'AdministratorAccess'], 'aa')[0]).toBe('AdministratorAccess');
  });

  it('puts boosted ones first among equals, never before better ones', () => {
    expect(found(['dev-a', 'dev-b', 'my-dev'], 'dev', ['dev-b', 'my-dev'])).toEqual(['dev-b', 'dev-a', 'my-dev']);
    expect(found(['a', 'b', 'c'], '', ['c'])).toEqual(['c', 'a', 'b']);
  });

  it('keeps the given order among equals', () => {
    expect(found(['x1-dev', 'x2-dev', 'x0-dev'], 'dev')).toEqual(['x1-dev', 'x2-dev', 'x0-dev']);
  });

  it('prefers the more telling field', () => {
    const items = [['Reader', 'prod'], ['prod', 'Reader']];
    const matcher = new Matcher(items, (item) => item);
    expect([...matcher.find('prod')]).toEqual([1, 0]);
  });
});

describe('matching', () => {
  it('wants every term, in any field and any order', () => {
    const roles = [['Developer', 'acme-prod'], ['Developer', 'acme-dev'], ['Billing', 'acme-prod']];
    const matcher = new Matcher(roles, (role) => role);
    expect([...matcher.find('prod dev')]).toEqual([0]);
    expect([...matcher.find('  BILL   acme ')]).toEqual([2]);
    expect([...matcher.find('prod qqq')]).toEqual([]);
  });

  it('finds account ids by any part, and text that is not ASCII', () => {
    expect(found(['104928374651', '204928374650'], '4651')).toEqual(['104928374651']);
    expect(found(['1-0-4'], '104')).toEqual([]);
    expect(found(['grün-dev', 'grau-dev'], 'Grü')).toEqual(['grün-dev']);
  });

  it('finds the same whether a query was typed or pasted', () => {
    const items = Array.from({ length: 3000 }, (_, i) => `${['pay', 'Search', 'dataLake'][i % 3]}-prod-${i * 7919}`);
    const typed = new Matcher(items, (item) => [item]);
    for (const query of ['sea prod 79', 'dl 1', 'apd', 'p-r 19']) {
      let last = new Uint32Array();
      for (let n = 1; n <= query.length; n++) last = typed.find(query.slice(0, n)) as Uint32Array<ArrayBuffer>;
      const pasted = new Matcher(items, (item) => [item]).find(query);
      expect([...last]).toEqual([...pasted]);
      expect(pasted.length).toBeGreaterThan(0);
    }
  });

  it('widens again when letters are taken back or the filter changes', () => {
    const matcher = new Matcher(['dev', 'data'], (item) => [item]);
    expect(matcher.find('dev')).toHaveLength(1);
    expect(matcher.find('d')).toHaveLength(2);
    expect(matcher.find('d', (item) => item === 'data')).toHaveLength(1);
    expect(matcher.find('da')).toHaveLength(1);
    expect(matcher.find('')).toHaveLength(2);
  });

  it('finds the one among 100,000', () => {
    const items = Array.from({ length: 100_000 }, (_, i) => ({ name: `Role${i % 7}`, account: String(10 ** 11 + i) }));
    const matcher = new Matcher(items, (item) => [item.name, item.account]);
    expect(matcher.find('')).toHaveLength(100_000);
    expect(Array.from(matcher.find('role3 100000077777'), (i) => items[i]?.account)).toEqual([]);
    expect(Array.from(matcher.find('role0 100000077777'), (i) => items[i]?.account)).toEqual(['100000077777']);
  });
});

describe('marking', () => {
  const hits = (text: string, query: string) => marked(text, query).filter((piece) => piece.hit).map((p) => p.text);

  it('marks what was found and loses no letter', () => {
    expect(hits('AdministratorAccess', 'adm acc')).toEqual(['Adm', 'Acc']);
    expect(hits('PowerUser', 'pu')).toEqual(['P', 'U']);
    expect(marked('xdev-dev', 'dev')).toEqual([{ text: 'xdev-', hit: false }, { text: 'dev', hit: true }]);
    expect(marked('PowerUser', 'zz')).toEqual([{ text: 'PowerUser', hit: false }]);
    expect(marked('acme-dev', 'dev a').map((p) => p.text).join('')).toBe('acme-dev');
  });
});

/** The terminal's search runs them too (`crates/search/tests/cases.rs`). */
describe('the cases of window and terminal', () => {
  it.each(cases.searches)('$about', ({ items, boosts, query, found }) => {
    const matcher = new Matcher(items, (item) => item);
    matcher.boost(boosts as [number, number][]);
    expect([...matcher.find(query)]).toEqual(found);
  });

  it('finds the same among roles', () => {
    const matcher = new Matcher(cases.roles, (role) => role);
    for (const { query, count, first } of cases.queries) {
      const found = [...matcher.find(query)];
      expect([found.length, found.slice(0, first.length)], query).toEqual([count, first]);
    }
  });

  it('marks the same', () => {
    for (const { text, query, marked: bracketed } of cases.marks) {
      const pieces = marked(text, query).map((piece) => (piece.hit ? `[${piece.text}]` : piece.text));
      expect(pieces.join(''), query).toBe(bracketed);
    }
  });
});
