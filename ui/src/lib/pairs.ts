/** Pairs of texts as a form has them: rows, where the broker gets a map or a list. */
import { typed as words } from '../words/typed';

export interface Pair {
  key: string;
  value: string;
}

/** What a map cannot say: a row that is half empty, or a key that stands in two rows. */
export function incompletePairs(pairs: readonly Pair[], labels: { keyLabel: string; valueLabel: string }): string | null {
  const typed = pairs.filter(({ key, value }) => key.trim() !== '' || value.trim() !== '');
  if (typed.some(({ key, value }) => key.trim() === '' || value.trim() === '')) {
    return words.both(labels.keyLabel, labels.valueLabel);
  }
  return twice(typed);
}

/** The same where a value may be empty. */
export function missingKeys(pairs: readonly Pair[], missing: string): string | null {
  const typed = pairs.filter(({ key, value }) => key.trim() !== '' || value !== '');
  return typed.some(({ key }) => key.trim() === '') ? missing : twice(typed);
}

function twice(pairs: readonly Pair[]): string | null {
  const keys = pairs.map(({ key }) => key.trim());
  const again = keys.find((key, i) => keys.indexOf(key) < i);
  return again === undefined ? null : words.twice(again);
}
