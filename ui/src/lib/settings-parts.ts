/** The parts of the settings screen: the sections of the table of settings, and what no setting says. */
import type { SettingSection } from '../bindings/SettingSection';
import type { SettingView } from '../bindings/SettingView';

export type SettingsPart = SettingSection | 'catalogs' | 'updates' | 'about';

const ORDER: readonly SettingsPart[] = [
  'general',
  'notifications',
  'shortcuts',
  'console',
  'regions',
  'network',
  'delivery',
  'vault',
  'audit',
  'catalogs',
  'updates',
  'about',
];
/** Those that have something to show without settings. */
const ALWAYS: ReadonlySet<SettingsPart> = new Set(['vault', 'catalogs', 'updates', 'about'] as const);

/** Those that have something to show. */
export function partsOf(settings: readonly SettingView[]): SettingsPart[] {
  const used = new Set<SettingsPart>(settings.map((one) => one.section));
  return ORDER.filter((part) => used.has(part) || ALWAYS.has(part));
}

/** Settings in which each word of a query occurs, by name, label, value or description. */
export function matching(settings: readonly SettingView[], query: string): SettingView[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return settings.filter((one) => {
    const choices = one.form.is === 'choice' ? one.form.choices.map((choice) => choice.label) : [];
    const text = [`settings.${one.name}`, one.label, one.about, one.value ?? '', ...choices].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
