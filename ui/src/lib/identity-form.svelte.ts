/**
 * The form of an identity: what is typed, what was recognised, and what the broker says of it. Made while a component is,
 * because it follows what is typed for as long as that is there.
 */
import { untrack } from 'svelte';
import type { FieldMistake } from '../bindings/FieldMistake';
import type { IdentityView } from '../bindings/IdentityView';
import type { Recognised } from '../bindings/Recognised';
import { form as words } from '../words/first';
import type { Backend, Draft } from './backend';
import { byField, Checker } from './checker.svelte';
import { kindOf } from './kinds';
import {
  emptyForm,
  filledForm,
  formOf,
  gaps,
  inFormWords,
  secretsFor,
  settingsOf,
  shownFields,
  touched,
} from './kinds/form';
import type { FieldSpec, Form, Kind, SecretInForm } from './kinds/kind';
import type { FromPaste } from './pasted.svelte';

/** Fields with an address that tells more. */
const ADDRESSES = ['start_url', 'sso_url', 'issuer', 'url'];

/** An access key, whose secret is pasted with its ID. */
const KEY_ID = 'access_key_id';
const KEY_SECRET = 'secret_access_key';

/** What AWS can tell of an IAM user's key before it is saved. */
const MFA_DEVICE = 'mfa_serial';

export const isAdvanced = (field: FieldSpec) => field.advanced === true;

export class IdentityForm {
  kind = $state.raw<Kind | null>(null);
  /** What was recognised, and the identity that it proposes. */
  pasted = $state.raw<Recognised | null>(null);
  /** The secret that was pasted with it, by name. It isn't shown, and the person can type another. */
  pastedSecret = $state<string | null>(null);
  /** What to choose from, by field, where something else in the form tells. */
  suggested = $state.raw<Readonly<Record<string, readonly string[]>>>({});
  name = $state('');
  values = $state<Form>({});
  /** By name; null: untouched. Emptied as soon as they are sent. */
  secrets = $state<Record<string, string | null>>({});
  /** Whether what is folded away is shown. */
  advanced = $state(false);

  readonly backend: Backend;
  readonly edit: IdentityView | null;
  readonly #checker = new Checker<FieldMistake[]>();

  readonly proposed = $derived(this.pasted?.identity ?? null);
  readonly #found = $derived(byField(this.#checker.answer ?? []));
  readonly nameMistake = $derived(this.name.trim() === '' ? words.nameMissing : (this.#found['name'] ?? null));
  /** By field. */
  readonly wrong = $derived.by((): Record<string, string> => {
    const { kind } = this;
    return kind ? { ...this.#ofShown(kind), ...gaps(kind, this.values) } : {};
  });
  /** The secrets that are asked for. */
  readonly asked = $derived.by(() => (this.kind ? secretsFor(this.kind, this.edit, this.values) : []));
  readonly wrongSecrets = $derived(
    Object.fromEntries(this.asked.map((secret) => [secret.name, mistakeIn(secret, this.secrets[secret.name] ?? null)])),
  );
  readonly #secretsAreWrong = $derived(Object.values(this.wrongSecrets).some((mistake) => mistake !== null));
  /** The settings as text, which changes when they do. */
  readonly entered = $derived(this.kind && JSON.stringify(settingsOf(this.kind, this.values)));
  readonly fields = $derived(this.kind ? Object.entries(this.kind.fields) : []);
  /** The field or secret that the focus goes to: the first that is left to say. Null: the name. */
  readonly focus = $derived.by((): string | null => {
    if (this.edit) return this.fields.find(([, field]) => !isAdvanced(field) && (field.when?.(this.values) ?? true))?.[0] ?? null;
    return this.proposed?.asked.find((name) => name !== this.pastedSecret && this.kind?.fields[name]?.type !== 'identity') ?? null;
  });
  readonly hasFolded = $derived(this.fields.some(([, field]) => isAdvanced(field) && (field.when?.(this.values) ?? true)));
  readonly #typedAddress = $derived(
    ADDRESSES.map((field) => this.values[field]).find((value) => typeof value === 'string' && value !== ''),
  );

  /** What the default region and the name were filled in with: as long as they are that, they follow what is above. */
  #followedRegion = '';
  #followedName = '';
  #suggestedRegion = $state('');

  constructor(backend: Backend, edit: IdentityView | null, picked: Kind | null, from: FromPaste | null) {
    this.backend = backend;
    this.edit = edit;
    this.#fill(edit ? kindOf(edit.settings) : picked, from);
    $effect(() => {
      if (this.entered !== null) this.#checker.soon(this.#question(this.name, this.entered));
    });
    if (edit === null) this.#follow();
  }

  /** A kind was chosen, or recognised in what was pasted. */
  pick(kind: Kind, from: FromPaste | null): void {
    this.#checker.clear();
    this.#fill(kind, from);
  }

  back(): void {
    this.kind = null;
    this.pasted = null;
    this.forgetSecrets();
  }

  forgetSecrets(): void {
    this.secrets = {};
    this.pastedSecret = null;
  }

  /** The person typed a secret, or cleared a field for one. */
  type(name: string, text: string | null): void {
    this.secrets[name] = text;
    if (name === this.pastedSecret) this.pastedSecret = null;
  }

  stop(): void {
    this.#checker.stop();
    this.forgetSecrets();
  }

  /** The person left a field. */
  left(): void {
    this.#checker.flush();
    const address = this.#typedAddress;
    const lacksRegion = this.kind?.fields['start_url'] && this.values['region'] === '';
    if (!this.edit && lacksRegion && typeof address === 'string') void this.#learn(address, true);
    void this.#suggestDevice();
  }

  /** Whether the settings can be saved or tried, once the broker has seen what is in the form now. */
  async areSettingsRight(): Promise<boolean> {
    if (this.entered !== null) await this.#checker.now(this.#question(this.name, this.entered));
    return Object.keys(this.wrong).length === 0;
  }

  /** Whether all of it can be saved. */
  async isRight(): Promise<boolean> {
    return (await this.areSettingsRight()) && !this.nameMistake && !this.#secretsAreWrong;
  }

  /** What was typed, by name. An empty text removes what is in the vault. */
  given(): Record<string, string> {
    const known = this.asked.map(({ name, isSet }) => [name, this.secrets[name] ?? null, isSet] as const);
    return Object.fromEntries(
      known.flatMap(([name, text, isSet]) => (text === null || (text === '' && !isSet) ? [] : [[name, text]])),
    );
  }

  /** What a trial is of. The name can come later. */
  draft(kind: Kind): Draft {
    const isRemovable = (name: string) => this.asked.some((secret) => secret.name === name && secret.optional);
    return {
      name: this.edit?.name ?? (this.nameMistake ? kind.example : this.name.trim()),
      settings: settingsOf(kind, this.values),
      // A field that was opened to replace a secret, and is still empty, replaces nothing yet.
      secrets: Object.fromEntries(Object.entries(this.given()).filter(([name, text]) => text !== '' || isRemovable(name))),
      exists: this.edit !== null,
    };
  }

  /** Shows a mistake that is folded away. */
  unfoldWrong(): void {
    const byName = this.kind?.fields ?? {};
    const isOutOfSight = (field: string) => byName[field] !== undefined && isAdvanced(byName[field]);
    if (Object.keys(this.wrong).some((field) => isOutOfSight(field.split('.')[0] as string))) this.advanced = true;
  }

  /** Fills the form in: with what there is of an identity, or what was pasted, or nothing. */
  #fill(kind: Kind | null, from: FromPaste | null): void {
    this.kind = kind;
    this.pasted = from?.is ?? null;
    this.name = this.edit?.name ?? this.proposed?.name ?? '';
    this.values = this.#begin();
    this.secrets = this.#plainSecrets();
    const secret = from?.takeSecret() ?? null;
    this.pastedSecret = secret === null ? null : KEY_SECRET;
    if (secret !== null) this.secrets[KEY_SECRET] = secret;
    this.suggested = {};
    this.advanced = kind !== null && (touched(kind.fields, this.values, isAdvanced) || this.#keepsAdvanced());
  }

  #begin(): Form {
    const { kind, edit, pasted } = this;
    if (!kind) return {};
    if (edit) return formOf(kind, edit.settings);
    return pasted?.identity ? filledForm(kind, pasted.identity.filled) : emptyForm(kind);
  }

  /** What was pasted that belongs to the secrets and isn't one, such as an access key's ID. */
  #plainSecrets(): Record<string, string> {
    const plain = this.kind?.secrets.filter((secret) => secret.plain).map(({ name }) => name) ?? [];
    return Object.fromEntries(Object.entries(this.pasted?.identity?.filled ?? {}).filter(([name]) => plain.includes(name)));
  }

  /** Whether the vault has a secret that few need. */
  #keepsAdvanced(): boolean {
    const kept = this.edit?.secrets.filter((secret) => secret.isSet).map((secret) => secret.name) ?? [];
    return this.kind?.secrets.some((secret) => secret.advanced && kept.includes(secret.name)) ?? false;
  }

  /** Fills in what other fields tell, while the person hasn't said otherwise. */
  #follow(): void {
    $effect(() => {
      const region = regionIn(this.values);
      untrack(() => {
        if (region === null || this.values['default_region'] !== this.#followedRegion) return;
        this.values['default_region'] = this.#followedRegion = region;
      });
    });
    // Where nothing names a region, the one that the person's other tools use.
    void this.backend.suggestRegion().then(
      (region) => (this.#suggestedRegion = region),
      () => undefined,
    );
    $effect(() => {
      if (!this.kind || !this.#suggestedRegion || regionIn(this.values)) return;
      untrack(() => {
        if (this.values['default_region'] === '') this.values['default_region'] = this.#followedRegion = this.#suggestedRegion;
      });
    });
    $effect(() => {
      const address = this.#typedAddress;
      if (!this.pasted && typeof address === 'string') untrack(() => void this.#learn(address, false));
    });
  }

  /** Fills in what an address tells that was typed into the form. `ask`: its region too, which its page tells. */
  async #learn(address: string, ask: boolean): Promise<void> {
    const identity = (await this.backend.recognise(address, ask).catch(() => null))?.identity;
    if (identity?.kind !== this.kind?.word || this.#typedAddress !== address) return;
    if (identity && identity.name !== 'work' && this.name === this.#followedName) {
      this.name = this.#followedName = identity.name;
    }
    if (identity && this.values['region'] === '') this.values['region'] = identity.filled['region'] ?? '';
  }

  /** The key that was asked about last. */
  #askedAbout = '';

  /** Asks AWS whose the key in the form is, which tells what the MFA device is most likely called. */
  async #suggestDevice(): Promise<void> {
    const { kind } = this;
    if (!kind?.fields[MFA_DEVICE] || this.#secretsAreWrong || this.values[MFA_DEVICE] !== '') return;
    const kept = this.asked.some((secret) => secret.name === KEY_ID && secret.isSet) ? (this.edit?.name ?? '') : '';
    const key = this.secrets[KEY_ID] ?? kept;
    if (key === '' || key === this.#askedAbout) return;
    this.#askedAbout = key;
    // A failure isn't worth a word here: the key is checked when it is saved.
    const device = await this.backend.likelyMfaSerial(this.draft(kind)).catch(() => null);
    if (this.kind !== kind || this.#askedAbout !== key) return;
    if (device !== null) this.suggested = { [MFA_DEVICE]: [device] };
    // Its secret may be corrected.
    else this.#askedAbout = '';
  }

  /** What the broker is asked about the form. */
  #question(name: string, settings: string): () => Promise<FieldMistake[]> {
    return () => this.backend.checkIdentity(name.trim(), JSON.parse(settings), this.edit === null);
  }

  /** A mistake in a field that is not shown cannot be corrected here: saving reports it. */
  #ofShown(kind: Kind): Record<string, string> {
    const found = this.#found;
    const shown = shownFields(kind, this.values).flatMap((field) => (found[field] ? [[field, found[field]] as const] : []));
    return Object.fromEntries(shown.map(([field, message]) => [field, inFormWords(kind, message)]));
  }
}

/** The region that the other fields name, where the profiles of the roles most likely belong too. */
function regionIn({ region, pool_id: pool }: Form): string | null {
  if (typeof region === 'string') return region.trim();
  return typeof pool === 'string' ? (/^([a-z0-9-]+):/.exec(pool.trim())?.[1] ?? '') : null;
}

function mistakeIn(secret: SecretInForm, typed: string | null): string | null {
  const missing = () => words.missing(`${secret.label.charAt(0).toLowerCase()}${secret.label.slice(1)}`);
  // A secret in the vault stays unless it is replaced; an optional one that is emptied is removed.
  if (typed === null) return secret.isSet || secret.optional ? null : missing();
  if (typed === '') return secret.optional ? null : missing();
  return secret.check?.(typed) ?? null;
}
