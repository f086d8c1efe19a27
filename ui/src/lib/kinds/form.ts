/** Turns settings into the contents of a form and back, for any kind. */
import type { IdentitySettings } from '../../bindings/IdentitySettings';
import type { IdentityView } from '../../bindings/IdentityView';
import { incompletePairs, type Pair } from '../pairs';
import { shared } from '../../words/kinds/shared';
import type { FieldSpec, Form, FormValue, Kind, SecretInForm } from './kind';

type Settings = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, FieldSpec>>;

export function emptyForm(kind: Kind): Form {
  const form = Object.fromEntries(Object.entries(kind.fields).map(([name, field]) => [name, emptyValue(field)]));
  return { ...form, either: kind.either?.options[0]?.value ?? '' };
}

/** The form of a kind with these settings filled in, as texts. */
export function filledForm(kind: Kind, filled: Readonly<Record<string, string>>): Form {
  const form = emptyForm(kind);
  for (const [name, text] of Object.entries(filled)) {
    const field = kind.fields[name];
    if (field) form[name] = field.type === 'bool' ? text === 'true' : text;
  }
  const settings = Object.fromEntries(Object.keys(kind.fields).map((name) => [name, filled[name] ?? null]));
  return kind.either ? { ...form, either: kind.either.chosen(settings) } : form;
}

export function formOf(kind: Kind, settings: IdentitySettings): Form {
  const all = settings as Settings;
  return { ...valuesOf(kind.fields, all), either: kind.either?.chosen(all) ?? '' };
}

export function settingsOf(kind: Kind, form: Form): IdentitySettings {
  return { kind: kind.word, ...settle(kind.fields, form, form) } as unknown as IdentitySettings;
}

/**
 * What is missing, by the fields' names; within a group by `group.field`. The rest is for the broker to check, which sees
 * the settings and not the form.
 */
export function gaps(kind: Kind, form: Form): Record<string, string> {
  return Object.fromEntries(gapsOf(kind.fields, form, form, ''));
}

/** The names of the fields that are shown. */
export function shownFields(kind: Kind, form: Form): string[] {
  return Object.entries(kind.fields)
    .filter(([, field]) => field.when?.(form) ?? true)
    .flatMap(([name, field]) => [name, ...(field.type === 'group' ? Object.keys(field.fields).map((one) => `${name}.${one}`) : [])]);
}

/** A message of the broker, which names settings as in config.toml, with the labels of the form instead. */
export function inFormWords(kind: Kind, message: string): string {
  return message.replace(/\b[a-z]+(_[a-z]+)+\b/g, (name) => {
    const label = kind.fields[name]?.label;
    return label ? `“${label}”` : name;
  });
}

/** Whether any of these fields holds something other than its initial value. */
export function touched(fields: Fields, form: Form, of: (field: FieldSpec) => boolean): boolean {
  return Object.entries(fields).some(
    ([name, field]) => of(field) && JSON.stringify(form[name]) !== JSON.stringify(emptyValue(field)),
  );
}

/** The secrets to ask for: those that the kind knows, and others that the broker has of an existing identity. */
export function secretsFor(kind: Kind, edit: IdentityView | null, form: Form): SecretInForm[] {
  const kept = new Map(edit?.secrets.map((secret) => [secret.name, secret]) ?? []);
  const known = kind.secrets
    .filter((secret) => secret.when?.(form) ?? true)
    .map((secret) => ({ ...secret, isSet: kept.get(secret.name)?.isSet ?? false }));
  const more = [...kept.values()]
    .filter((one) => !kind.secrets.some((secret) => secret.name === one.name))
    .map(({ name, label, optional, isSet }) => ({ name, label, optional, isSet, help: shared.inVault }));
  return [...known, ...more];
}

function emptyValue(field: FieldSpec): FormValue {
  switch (field.type) {
    case 'bool':
      return false;
    case 'map':
      return [];
    case 'group':
      return Object.fromEntries(Object.entries(field.fields).map(([name, one]) => [name, emptyValue(one)]));
    case 'words':
      return (field.usual ?? []).join(' ');
    case 'text':
    case 'url':
    case 'number':
      return field.usual ?? '';
    default:
      return '';
  }
}

function valuesOf(fields: Fields, settings: Settings): Form {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, valueOf(field, settings[name])]));
}

function valueOf(field: FieldSpec, setting: unknown): FormValue {
  switch (field.type) {
    case 'bool':
      return setting === true;
    case 'map':
      return Object.entries((setting ?? {}) as Record<string, string | string[]>).map(([key, value]) => ({
        key,
        value: Array.isArray(value) ? value.join(', ') : value,
      }));
    case 'group':
      return valuesOf(field.fields, (setting ?? {}) as Settings);
    case 'words':
      return ((setting ?? []) as string[]).join(' ');
    case 'lines':
      return ((setting ?? []) as string[]).join('\n');
    default:
      return setting === null || setting === undefined ? '' : String(setting);
  }
}

function settle(fields: Fields, values: Form, form: Form): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const shown = field.when?.(form) ?? true;
      return [name, shown ? settingOf(field, values[name] as FormValue, form) : leftOut(field)];
    }),
  );
}

/** The value of a setting whose field is not shown. */
function leftOut(field: FieldSpec): unknown {
  switch (field.type) {
    case 'bool':
      return false;
    case 'words':
    case 'lines':
      return [];
    case 'map':
      return {};
    default:
      return null;
  }
}

function emptied(field: FieldSpec): FormValue {
  const value = emptyValue(field);
  return typeof value === 'string' ? '' : value;
}

function settingOf(field: FieldSpec, value: FormValue, form: Form): unknown {
  switch (field.type) {
    case 'bool':
      return value;
    case 'map':
      return Object.fromEntries(
        (value as Pair[])
          .filter((pair) => pair.key.trim() !== '')
          .map(({ key, value: text }) => [key.trim(), field.several ? oneOrSeveral(text) : text.trim()]),
      );
    case 'group':
      return isBlank(field, value) ? null : settle(field.fields, value as Form, form);
    case 'words':
    case 'lines':
      return listed(value as string).filter((one) => one !== field.implied);
    case 'number': {
      // What is not a number is sent as it is, for the broker to say so.
      const text = (value as string).trim();
      if (text === '') return null;
      return /^\d{1,9}$/.test(text) ? Number(text) : text;
    }
    case 'text':
    case 'url':
      // The broker expects a text for a required setting, even while the field is empty.
      return (value as string).trim() || (field.required === undefined ? null : '');
    case 'identity':
      return value;
    case 'json':
    case 'choice':
      return (value as string).trim() || null;
  }
}

const listed = (text: string): string[] => text.split(/[\s,]+/).filter((one) => one !== '');

function oneOrSeveral(text: string): string | string[] {
  const all = listed(text);
  return all.length > 1 ? all : (all[0] ?? '');
}

function isBlank(field: FieldSpec, value: FormValue): boolean {
  if (field.type !== 'group') return JSON.stringify(value) === JSON.stringify(emptied(field));
  return Object.entries(field.fields).every(([name, one]) => isBlank(one, (value as Form)[name] as FormValue));
}

function gapsOf(fields: Fields, values: Form, form: Form, under: string): [string, string][] {
  return Object.entries(fields).flatMap(([name, field]): [string, string][] => {
    if (!(field.when?.(form) ?? true)) return [];
    const value = values[name] as FormValue;
    if (field.type === 'group') {
      return isBlank(field, value) ? [] : gapsOf(field.fields, value as Form, form, `${under}${name}.`);
    }
    const gap = gapOf(field, value);
    return gap === null ? [] : [[under + name, gap]];
  });
}

function gapOf(field: Exclude<FieldSpec, { type: 'group' }>, value: FormValue): string | null {
  if (field.type === 'map') return incompletePairs(value as Pair[], field);
  const isEmpty = typeof value === 'string' && value.trim() === '';
  return 'required' in field && field.required !== undefined && isEmpty ? field.required : null;
}
