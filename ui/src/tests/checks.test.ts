import { describe, expect, it, vi } from 'vitest';
import cases from '../cases/forms.json';
import { byField, Checker, PAUSE } from '../lib/checker.svelte';
import { KINDS } from '../lib/kinds';
import { emptyForm, formOf, gaps, settingsOf } from '../lib/kinds/form';
import type { Form } from '../lib/kinds/kind';
import { oauth } from '../lib/kinds/oauth';
import { oidc } from '../lib/kinds/oidc';
import { incompletePairs, missingKeys } from '../lib/pairs';
import { taskWords } from '../lib/terms';
import * as typed from '../lib/typed';

// The broker runs the same cases: crates/broker/src/broker/forms/tests.rs.
describe('what is checked here', () => {
  it.each(['mfaCode', 'userKeyId', 'keyId'] as const)('%s accepts what the broker accepts', (name) => {
    for (const [text, isGood] of cases.typed[name] as [string, boolean][]) {
      expect(typed[name](text) === null, `“${text}”`).toBe(isGood);
    }
  });

  it.each(KINDS)('$title asks for the fields that the broker does not accept empty', (kind) => {
    const required = Object.keys(gaps(kind, emptyForm(kind)));
    const refused = cases.identities.filter((one) => one.kind === kind.word).flatMap(({ typed, mistakes }) => {
      const [only, ...others] = Object.entries(typed);
      return others.length === 0 && only?.[1] === '' ? mistakes.map(({ field }) => field) : [];
    });
    // A field that is shown only for some values of another one has a case of its own below.
    const always = required.filter((name) => kind.fields[name]?.when === undefined);
    expect(refused, 'a case for each').toEqual(expect.arrayContaining(always));
  });

  it('knows which providers’ addresses the broker knows', () => {
    for (const { kind, typed, mistakes } of cases.identities) {
      const { provider_id, ...others } = typed as { provider_id?: string };
      if (kind !== 'oauth' || !provider_id || Object.keys(others).length > 0) continue;
      const asks = oauth.fields.token_endpoint.when?.({ ...emptyForm(oauth), provider_id } as Form);
      expect(asks, provider_id).toBe(mistakes.some(({ field }) => field === 'token_endpoint'));
    }
  });

  it('has words for every task of a root session', () => {
    const tasks = cases.roles.flatMap(({ answer }) => answer.taskPolicies);
    expect(tasks.length).toBeGreaterThan(4);
    for (const task of tasks) expect(taskWords(task), task).not.toBe(task);
  });

  it('finds rows that are half empty, and keys that appear twice', () => {
    const labels = { keyLabel: 'Context provider', valueLabel: 'Context assertion' };
    const pair = (key: string, value: string) => ({ key, value });
    expect(incompletePairs([pair('a', 'b'), pair('', '')], labels)).toBeNull();
    expect(incompletePairs([pair('a', '')], labels)).toBe('Fill in both: context provider and context assertion.');
    expect(incompletePairs([pair('a', 'b'), pair(' a', 'c')], labels)).toMatch(/twice/);
    expect(missingKeys([pair('a', '')], 'Every tag needs a key.')).toBeNull();
    expect(missingKeys([pair('', 'b')], 'Every tag needs a key.')).toBe('Every tag needs a key.');
  });
});

describe('what the broker checks', () => {
  const answers = () => {
    const waiting: ((answer: string) => void)[] = [];
    return { waiting, ask: () => new Promise<string>((answer) => waiting.push(answer)) };
  };

  it('is asked once typing pauses, and at once when a field is left', async () => {
    vi.useFakeTimers();
    PAUSE.ms = 150;
    try {
      const checker = new Checker<string>();
      const ask = vi.fn(() => Promise.resolve('fine'));
      checker.soon(ask);
      checker.soon(ask);
      expect(ask).not.toHaveBeenCalled();
      vi.advanceTimersByTime(150);
      expect(ask).toHaveBeenCalledTimes(1);
      checker.soon(ask);
      checker.flush();
      checker.flush();
      expect(ask).toHaveBeenCalledTimes(2);
      checker.soon(ask);
      checker.stop();
      vi.advanceTimersByTime(1000);
      expect(ask).toHaveBeenCalledTimes(2);
    } finally {
      PAUSE.ms = 0;
      vi.useRealTimers();
    }
  });

  it('is shown until there is a newer answer, and an older one never replaces it', async () => {
    const checker = new Checker<string>();
    const { waiting, ask } = answers();
    const all = [checker.now(ask), checker.now(ask), checker.now(ask)];
    waiting[1]?.('second');
    await all[1];
    expect(checker.answer).toBe('second');
    waiting[0]?.('first');
    await all[0];
    expect(checker.answer).toBe('second');
    waiting[2]?.('third');
    await all[2];
    expect(checker.answer).toBe('third');
  });

  it('does not keep a form from being saved when it cannot be asked', async () => {
    const checker = new Checker<string>();
    expect(await checker.now(() => Promise.reject(new Error('no bridge')))).toBeNull();
    expect(checker.answer).toBeNull();
  });

  it('is the first mistake of each field', () => {
    const mistake = (field: string, message: string) => ({ field, message });
    expect(byField([mistake('a', 'one'), mistake('b', 'two'), mistake('a', 'three')])).toEqual({ a: 'one', b: 'two' });
  });
});

describe('identity form', () => {
  it('gives back what it was made from', () => {
    const settings = {
      kind: 'oidc' as const,
      issuer: 'https://login.example.com',
      client_id: 'daypass',
      scopes: ['email', 'groups'],
      redirect_port: 8400,
      redirect_host: 'localhost' as const,
      redirect_path: '/callback/corp',
      authorization_parameters: { prompt: 'login' },
      session_name: '{email}',
      roles_claim: 'roles',
      ca_file: '/etc/ca.pem',
      default_region: 'eu-central-1',
    };
    expect(settingsOf(oidc, formOf(oidc, settings))).toEqual(settings);
  });

  it('sends a number as it was typed where it is not one', () => {
    const port = (redirect_port: string) => settingsOf(oidc, { ...emptyForm(oidc), redirect_port });
    expect(port('8400')).toMatchObject({ redirect_port: 8400 });
    expect(port('abc')).toMatchObject({ redirect_port: 'abc' });
    expect(port('1e3')).toMatchObject({ redirect_port: '1e3' });
  });

  it('leaves empty fields out, and never asks for openid twice', () => {
    const form = { ...emptyForm(oidc), issuer: ' https://a.example ', client_id: 'x', scopes: ' openid  email ' };
    expect(settingsOf(oidc, form)).toMatchObject({
      issuer: 'https://a.example',
      scopes: ['email'],
      redirect_port: null,
      ca_file: null,
    });
  });

  it('names the fields that are missing', () => {
    expect(Object.keys(gaps(oidc, emptyForm(oidc)))).toEqual(['issuer', 'client_id']);
  });
});
