/** From settings to what stands in the fields and back, for any kind. */
import type { IdentitySettings } from '../../bindings/IdentitySettings';
import type { IdentityView } from '../../bindings/IdentityView';
import { type Complaint, json } from '../validate';
import type { FieldSpec, Form, FormValue, Kind, Pair, SecretInForm } from './kind';

type Settings = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, FieldSpec>>;

export function emptyForm(kind: Kind): Form {
  const form = Object.fromEntries(Object.entries(kind.fields).map(([name, field]) => [name, emptyValue(field)]));
  return { ...form, either: kind.either?.options[0]?.value ?? '' };
}

export function formOf(kind: Kind, settings: IdentitySettings): Form {
  const all = settings as Settings;
  return { ...valuesOf(kind.fields, all), either: kind.either?.chosen(all) ?? '' };
}

export function settingsOf(kind: Kind, form: Form): IdentitySettings {
  return { kind: kind.word, ...settle(kind.fields, form, form) } as unknown as IdentitySettings;
}

/** What is wrong, by the fields' names; those of a group by `group.field`. */
export function complaints(kind: Kind, form: Form): Record<string, string> {
  const found: [string, Complaint][] = [
    ...complaintsOf(kind.fields, form, form, ''),
    ...Object.entries(kind.check?.(form) ?? {}),
  ];
  return Object.fromEntries(found.filter((one): one is [string, string] => one[1] !== null));
}

/** Whether any of these fields holds something that the person wrote. */
export function touched(fields: Fields, form: Form, of: (field: FieldSpec) => boolean): boolean {
  return Object.entries(fields).some(
    ([name, field]) => of(field) && JSON.stringify(form[name]) !== JSON.stringify(emptyValue(field)),
  );
}

/** The secrets to ask for: what the kind knows, and what the broker told of an identity that is there. */
export function secretsFor(kind: Kind, edit: IdentityView | null, form: Form): SecretInForm[] {
  const kept = new Map(edit?.secrets.map((secret) => [secret.name, secret]) ?? []);
  const known = kind.secrets
    .filter((secret) => secret.when?.(form) ?? true)
    .map((secret) => ({ ...secret, isSet: kept.get(secret.name)?.isSet ?? false }));
  const more = [...kept.values()]
    .filter((one) => !kind.secrets.some((secret) => secret.name === one.name))
    .map(({ name, label, optional, isSet }) => ({ name, label, optional, isSet, help: 'Kept in the vault.' }));
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

/** A setting that does not belong to the way that was chosen. */
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
    case 'number':
      return (value as string).trim() === '' ? null : Number(value);
    case 'text':
    case 'url':
      // What must be there is a text to the broker, even while it is being typed.
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

function complaintsOf(fields: Fields, values: Form, form: Form, under: string): [string, Complaint][] {
  return Object.entries(fields).flatMap(([name, field]): [string, Complaint][] => {
    if (!(field.when?.(form) ?? true)) return [];
    const value = values[name] as FormValue;
    if (field.type === 'group') {
      return isBlank(field, value) ? [] : complaintsOf(field.fields, value as Form, form, `${under}${name}.`);
    }
    return [[under + name, complaintOf(field, value)]];
  });
}

function complaintOf(field: Exclude<FieldSpec, { type: 'group' }>, value: FormValue): Complaint {
  switch (field.type) {
    case 'text':
    case 'url':
    case 'number': {
      const text = (value as string).trim();
      if (text === '') return field.required ?? null;
      return field.check?.(text) ?? null;
    }
    case 'words':
    case 'lines': {
      const check = field.check;
      if (!check) return null;
      return listed(value as string).reduce<Complaint>((found, one) => found ?? check(one), null);
    }
    case 'json':
      return json(value as string);
    case 'identity':
      return value === '' ? field.required : null;
    case 'map':
      return mapComplaint(field, value as Pair[]);
    default:
      return null;
  }
}

function mapComplaint(field: FieldSpec & { type: 'map' }, pairs: readonly Pair[]): Complaint {
  const typed = pairs.filter(({ key, value }) => key.trim() !== '' || value.trim() !== '');
  const half = typed.find(({ key, value }) => key.trim() === '' || value.trim() === '');
  if (half) return `Fill in both, ${field.keyLabel.toLowerCase()} and ${field.valueLabel.toLowerCase()}.`;
  const keys = typed.map(({ key }) => key.trim());
  const twice = keys.find((key, i) => keys.indexOf(key) < i);
  if (twice !== undefined) return `“${twice}” is there twice.`;
  for (const { value } of typed) {
    for (const one of field.several ? listed(value) : [value.trim()]) {
      const complaint = field.checkValue?.(one);
      if (complaint) return complaint;
    }
  }
  return null;
}
