/**
 * A kind of identity in the window: words for the picker, and the form as data. A kind is one file beside this one and
 * one line in `index.ts`; `screens/IdentityDialog.svelte` shows any of them.
 */
import type { SecretField } from '../../bindings/SecretField';
import type { IconName } from '../../components/Icon.svelte';
import type { Pair } from '../pairs';
import type { Mistake } from '../typed';

export interface Kind {
  /** `kind` in config.toml. */
  word: string;
  title: string;
  /** One line in the picker, to choose by. */
  about: string;
  icon: IconName;
  /** Above the form: what happens, and what to prepare. Code is in backticks. */
  intro: string;
  /** An example for the name. */
  example: string;
  /** A choice that decides which fields are shown. */
  either?: Either;
  /** By the names of config.toml, in the order of the form. */
  fields: Readonly<Record<string, FieldSpec>>;
  secrets: readonly SecretSpec[];
  /** Nothing is signed in to by itself, so saving is all that the form does. */
  isQuiet?: boolean;
  /** Whether signing in adds roles by itself, or the identity's own user. */
  namesRoles: (settings: Readonly<Record<string, unknown>>) => boolean;
}

/** A kind whose fields are exactly the broker's settings. A setting without a field does not compile. */
export type KindOf<Settings> = Omit<Kind, 'fields'> & {
  fields: Readonly<Record<Exclude<keyof Settings, 'kind'>, FieldSpec>>;
};

export interface Either {
  label: string;
  options: readonly Option[];
  /** The option that settings belong to. */
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
  /** Whether it is shown, checked and sent. Otherwise the setting is left out. */
  when?: (form: Form) => boolean;
}

export interface TextSpec extends Basic {
  type: 'text' | 'url' | 'number';
  placeholder?: string;
  /** Must not be empty; what is said then. What is typed is checked by the broker. */
  required?: string;
  /** The initial text. */
  usual?: string;
  suggestions?: readonly string[];
  /** A text in words, not code, a region or an address. */
  prose?: boolean;
  /** What to choose from comes once other fields tell it, and is offered as soon as the person is in the field. */
  learned?: boolean;
}

/** A list of texts. */
interface ListSpec extends Basic {
  placeholder?: string;
  usual?: readonly string[];
  /** Left out of what is sent, because the broker adds it. */
  implied?: string;
}

/** Separated by spaces in one line. */
export interface WordsSpec extends ListSpec {
  type: 'words';
}

/** One per line. */
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

/** One of a few. The first has an empty value and leaves the setting out. */
export interface ChoiceSpec extends Basic {
  type: 'choice';
  options: readonly Option[];
}

/** One of the person's other identities. */
export interface IdentitySpec extends Basic {
  type: 'identity';
  /** The kinds to choose from. */
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
  /** A value can be several texts, separated by commas. It is sent as one text or as a list. */
  several?: boolean;
}

/** Settings in a table of their own, which is left out while all of them are empty. */
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

/** A secret, which goes to the vault and never comes back. */
export interface SecretSpec {
  name: string;
  label: string;
  help: string;
  optional?: boolean;
  advanced?: boolean;
  /** Asked for before the settings. */
  first?: boolean;
  /** Shown while it is typed, because it is not a secret by itself, such as an access key's ID. */
  plain?: boolean;
  check?: (text: string) => Mistake;
  when?: (form: Form) => boolean;
}

/** A secret in the form: the kind's words for it, and whether the vault has one. */
export type SecretInForm = SecretSpec & Pick<SecretField, 'isSet'>;

/** Texts as typed, switches, pairs and groups. `either` holds the choice. */
export type Form = { [field: string]: FormValue };
export type FormValue = string | boolean | Pair[] | Form;
