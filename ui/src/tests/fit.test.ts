/** What fits beside an account, and how commands are found. */
import { describe, expect, it } from 'vitest';
import type { RoleLine } from '../bindings/RoleLine';
import { nameOf, widthOf } from '../components/RolePick.svelte';
import { columns, COLUMNS_FROM } from '../lib/columns';
import { fit, Ruler } from '../lib/fit';
import { matching } from '../lib/match';

describe('the roles of an account', () => {
  const widths = Array<number>(10).fill(60);

  it('are all shown where they fit', () => {
    expect(fit([60, 60], 120, -1, 0)).toEqual({ from: 0, to: 2 });
    expect(fit([], 120, -1, 0)).toEqual({ from: 0, to: 0 });
  });

  it('leave room for the number of those that do not fit', () => {
    expect(fit(widths, 300, -1, 0)).toEqual({ from: 0, to: 4 });
    expect(fit([60, 60], 120, -1, 5), 'others are not here yet').toEqual({ from: 0, to: 1 });
  });

  it('always have the one with the cursor, from first to last', () => {
    for (let chosen = 0; chosen < widths.length; chosen++) {
      const { from, to } = fit(widths, 300, chosen, 0);
      expect(from).toBeLessThanOrEqual(chosen);
      expect(to).toBeGreaterThan(chosen);
    }
    expect(fit(widths, 300, 9, 0)).toEqual({ from: 7, to: 10 });
  });

  it('have at least one, however little room there is', () => {
    expect(fit(widths, 10, -1, 0)).toEqual({ from: 0, to: 1 });
    expect(fit(widths, 10, 5, 0)).toEqual({ from: 5, to: 6 });
  });

  it('have room at every width of the window', () => {
    for (let width = 320; width < 2000; width += 10) {
      const { name, roles, id } = columns(width);
      expect(roles, `${width}`).toBeGreaterThan(150);
      if (width >= COLUMNS_FROM) expect(name + roles + id).toBeLessThan(width);
    }
  });
});

describe('commands', () => {
  const find = (query: string) => matching(['Sign in', 'Sign out', 'Design', 'Open config file'], query, (text) => [text]);

  it('are found by parts of words, the beginnings of words first', () => {
    expect(find('sign').map(({ item }) => item)).toEqual(['Sign in', 'Sign out', 'Design']);
    expect(find('file open').map(({ item }) => item)).toEqual(['Open config file']);
    expect(find('sign nothing')).toEqual([]);
    expect(find('')).toHaveLength(4);
  });

  it('say what matched', () => {
    expect(find('out si')[0]).toMatchObject({ item: 'Sign out', marks: [[[0, 2], [5, 8]]] });
    expect(find('sig sign')[0]?.marks, 'what overlaps is marked once').toEqual([[[0, 3]]]);
  });
});

describe('the ID of an identity pool', () => {
  const pool = (marks: [number, number][]) =>
    ({ kind: 'identity-pool', name: '1d2c3b4a-5e6f-4a1b-8c2d-3e4f5a6b7c8d', marks: { name: marks, identity: [] } }) as unknown as RoleLine;

  it('leaves room for the other roles, and is whole where the search found it', () => {
    expect(nameOf(pool([]))).toBe('1d2c3b4a…');
    expect(nameOf(pool([[9, 13]]))).toBe(pool([]).name);
    expect(widthOf(pool([]), false, new Ruler())).toBeLessThan(250);
    expect(nameOf({ ...pool([]), kind: 'role' })).toBe(pool([]).name);
  });
});
