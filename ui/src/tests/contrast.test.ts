import { describe, expect, it } from 'vitest';
import css from '../app.css?raw';
import high from '../contrast.css?raw';

/** The tokens of one theme, as `#rrggbb`. */
function tokens(theme: 0 | 1, css: string): Map<string, string> {
  const found = css.matchAll(/--([\w-]+): (?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));/g);
  return new Map([...found].map(([, name, light, dark, both]) => [name, [light, dark][theme] ?? both] as [string, string]));
}

/** WCAG 2.2, contrast ratio. */
function contrast(one: string, other: string): number {
  const luminance = (hex: string) => {
    const [r, g, b] = [1, 3, 5]
      .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const SURFACES = ['bg', 'rail', 'panel', 'raised', 'hover'];
const PAIRS: [text: string, on: string[], least: number][] = [
  ['text', [...SURFACES, 'accent-soft', 'warn-soft', 'bad-soft'], 7],
  ['text-2', [...SURFACES, 'accent-soft'], 4.5],
  ['text-3', SURFACES, 4.5],
  ['accent', [...SURFACES, 'accent-soft'], 4.5],
  ['good', ['raised', 'good-soft'], 4.5],
  ['warn', ['raised', 'rail', 'warn-soft'], 4.5],
  ['bad', [...SURFACES, 'bad-soft'], 4.5],
  ['on-primary', ['primary', 'primary-hover'], 4.5],
  // What a field or a focus ring looks like: 3:1 (WCAG 1.4.11).
  ['field-line', ['bg', 'panel', 'raised'], 3],
];

describe.each([
  ['light', 0],
  ['dark', 1],
] as const)('%s', (_, theme) => {
  const colours = tokens(theme, css);
  it.each(PAIRS)('%s can be read', (text, on, least) => {
    for (const surface of on) {
      const ratio = contrast(colours.get(text) as string, colours.get(surface) as string);
      expect(ratio, `${text} on ${surface}`).toBeGreaterThanOrEqual(least);
    }
  });
});

describe.each([
  ['light', 0],
  ['dark', 1],
] as const)('%s, where more contrast is wanted', (_, theme) => {
  // What comes later counts.
  const colours = tokens(theme, `${css}${high}`);
  it.each(PAIRS)('%s can be read well', (text, on, least) => {
    for (const surface of on) {
      const ratio = contrast(colours.get(text) as string, colours.get(surface) as string);
      expect(ratio, `${text} on ${surface}`).toBeGreaterThanOrEqual(least === 3 ? 4.5 : 7);
    }
  });

  it('lines can be seen', () => {
    for (const surface of SURFACES) {
      expect(contrast(colours.get('line') as string, colours.get(surface) as string), surface).toBeGreaterThanOrEqual(3);
    }
  });
});
