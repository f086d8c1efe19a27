/**
 * What a kind of identity is to the window: words for the picker, and the form as data. A kind is one file beside this
 * one and one line in `index.ts`; `screens/IdentityDialog.svelte` shows any of them.
 */
import type { SecretField } from '../../bindings/SecretField';
import type { IconName } from '../../components/Icon.svelte';
import type { Complaint } from '../validate';

export interface Kind {
  /** `kind` in config.toml. */
  word: string;
  title: string;
  /** One line in the picker: for whom it is. */
  about: string;
  icon: IconName;
  /** Above the form: what happens, and what to prepare. Code stands in backticks. */
  intro: string;
  /** An example for the name. */
  example: string;
  /** Where one of two ways has to be chosen before fields make sense. */
  either?: Either;
  /** By the names of config.toml, in the order of the form. */
  fields: Readonly<Record<string, FieldSpec>>;
  secrets: readonly SecretSpec[];
  /** Whether roles appear by themselves once somebody is signed in. */
  namesRoles: (settings: Readonly<Record<string, unknown>>) => boolean;
  /** What no field alone can know. */
  check?: (form: Form) => Record<string, Complaint>;
}

/** A kind whose fields are exactly the settings of the broker: the compiler sees a setting without a field. */
export type KindOf<Settings> = Omit<Kind, 'fields'> & {
  fields: Readonly<Record<Exclude<keyof Settings, 'kind'>, FieldSpec>>;
};

export interface Either {
  label: string;
  options: readonly Option[];
  /** Which of them settings use. */
  chosen: (settings: Readonly<Record<string, unknown>>) => string;
}

export interface Option {
  value: string;
  label: string;
  help?: string;
}

interface Basic {
  label: string;
  help: string;
  advanced?: boolean;
  /** Shown, checked and sent only then; otherwise the setting is left out. */
  when?: (form: Form) => boolean;
}

export interface TextSpec extends Basic {
  type: 'text' | 'url' | 'number';
  placeholder?: string;
  /** May not be left empty; what is said then. */
  required?: string;
  check?: (text: string) => Complaint;
  /** Begins with this. */
  usual?: string;
  suggestions?: readonly string[];
  /** Not code, a region or an address. */
  prose?: boolean;
}

/** Several of a sort. */
interface ListSpec extends Basic {
  placeholder?: string;
  usual?: readonly string[];
  check?: (text: string) => Complaint;
  /** Left out of what is sent: it goes without saying. */
  implied?: string;
}

/** Separated by blanks in one line. */
export interface WordsSpec extends ListSpec {
  type: 'words';
}

/** One a line. */
export interface LinesSpec extends ListSpec {
  type: 'lines';
}

export interface JsonSpec extends Basic {
  type: 'json';
  placeholder?: string;
}

export interface BoolSpec extends Basic {
  type: 'bool';
}

/** One of a few; leaving the first, whose value is empty, leaves the setting out. */
export interface ChoiceSpec extends Basic {
  type: 'choice';
  options: readonly Option[];
}

/** One of the person's other identities. */
export interface IdentitySpec extends Basic {
  type: 'identity';
  /** Kinds that will do. */
  of: readonly string[];
  required: string;
}

/** Pairs. */
export interface MapSpec extends Basic {
  type: 'map';
  keyLabel: string;
  valueLabel: string;
  keyPlaceholder: string;
  valuePlaceholder: string;
  /** A value may be several, separated by commas: then it is sent as one text or as a list. */
  several?: boolean;
  checkValue?: (text: string) => Complaint;
}

/** Settings in a table of their own; absent while all of them are empty. */
export interface GroupSpec extends Basic {
  type: 'group';
  fields: Readonly<Record<string, Exclude<FieldSpec, GroupSpec>>>;
}

export type FieldSpec =
  | TextSpec
  | WordsSpec
  | LinesSpec
  | JsonSpec
  | BoolSpec
  | ChoiceSpec
  | IdentitySpec
  | MapSpec
  | GroupSpec;

/** Something that goes to the vault and never comes back. */
export interface SecretSpec {
  name: string;
  label: string;
  help: string;
  optional?: boolean;
  advanced?: boolean;
  /** Not hidden while it is typed: no secret by itself, such as an access key's id. */
  plain?: boolean;
  check?: (text: string) => Complaint;
  when?: (form: Form) => boolean;
}

/** A secret as the form shows it: what the kind says of it, and what the vault has. */
export type SecretInForm = SecretSpec & Pick<SecretField, 'isSet'>;

/** Texts as typed, switches, pairs, groups; and under `either` which of two ways was chosen. */
export type Form = { [field: string]: FormValue };
export type FormValue = string | boolean | Pair[] | Form;
export interface Pair {
  key: string;
  value: string;
}
