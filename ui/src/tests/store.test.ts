import { describe, expect, it } from 'vitest';
import type { RoleView } from '../bindings/RoleView';
import type { SessionView } from '../bindings/SessionView';
import { FakeBackend, sessionView } from '../lib/fake-backend';
import { main, problem } from '../lib/fake-scenarios';
import { Store } from '../lib/store.svelte';
import { settled } from './window';

async function connected() {
  const backend = new FakeBackend(main());
  const store = new Store(backend);
  await store.connect();
  return { backend, store };
}

describe('store', () => {
  it('takes a session through its life', async () => {
    const { backend, store } = await connected();
    const role = backend.state.roles[3] as RoleView;
    const session = sessionView(role, 'mine', 'starting', Date.now(), null);
    store.apply({ type: 'session-changed', change: 'requested', session });
    expect(store.sessionsByRole.get(role.id)?.map((s) => s.state)).toEqual(['starting']);
    store.apply({ type: 'session-changed', change: 'started', session: { ...session, state: 'active' } });
    expect(store.sessions.get('mine')?.state).toBe('active');
    expect(store.announcement).toBe(`${role.name}, profile mine: started.`);
    store.apply({ type: 'session-changed', change: 'stopped', session: { ...session, state: 'stopped' } });
    expect(store.sessions.has('mine')).toBe(false);
    expect(store.sessionsByRole.has(role.id)).toBe(false);
  });

  it('follows a sign-in', async () => {
    const { backend, store } = await connected();
    const state = () => store.identityByName.get('northwind')?.state;
    const done = backend.signIn('northwind', false, {});
    await settled();
    expect(state()).toBe('signing-in');
    expect(store.signIns.get('northwind')?.ask).toMatchObject({ by: 'browser', url: expect.stringContaining('state=northwind') });
    backend.finishSignIn('northwind');
    await done;
    expect(state()).toBe('signed-in');
    expect(store.signIns.size).toBe(0);
    await settled();
    expect(store.identityByName.get('northwind')?.person).toBe('mara@example.com');
  });

  it('keeps why a sign-in failed, but not that it was cancelled', async () => {
    const { store } = await connected();
    const failed = problem('sts-access-denied', 'needs-sign-in', 'refused');
    store.apply({ type: 'sign-in-failed', identity: 'northwind', problem: failed });
    expect(store.identityByName.get('northwind')).toMatchObject({ state: 'signed-out', problem: failed });
    const cancelled = problem('sign-in-cancelled', 'cancelled', 'cancelled');
    store.apply({ type: 'sign-in-failed', identity: 'northwind', problem: cancelled });
    expect(store.identityByName.get('northwind')?.problem).toBeNull();
  });

  it('marks an identity whose proof is spent', async () => {
    const { store } = await connected();
    const spent = problem('oidc-sign-in-spent', 'needs-sign-in', 'spent');
    store.apply({ type: 'sign-in-needed', identity: 'acme', profiles: ['a'], problem: spent });
    expect(store.identityByName.get('acme')).toMatchObject({ state: 'needs-sign-in', problem: spent });
  });

  it('does not lose an event that overtakes a snapshot', async () => {
    const { backend, store } = await connected();
    const [session] = [...store.sessions.values()] as [SessionView];
    const loading = store.load();
    // The answer was made before this happened.
    store.apply({ type: 'session-changed', change: 'stopped', session: { ...session, state: 'stopped' } });
    await loading;
    expect(backend.state.sessions.some((s) => s.profile === session.profile)).toBe(true);
    expect(store.sessions.has(session.profile)).toBe(false);
  });

  it('asks for one snapshot at a time, and once more for what came meanwhile', async () => {
    const { backend, store } = await connected();
    backend.calls.length = 0;
    for (let i = 0; i < 5; i++) store.apply({ type: 'catalog-changed' });
    await settled();
    expect(backend.calls.map((call) => call.command)).toEqual(['snapshot', 'attention', 'snapshot', 'attention']);
  });

  it('knows how far each listing is, until that one ends', async () => {
    const { backend, store } = await connected();
    const listings = () => ['acme', 'northwind'].map((name) => store.identityByName.get(name)?.listing);
    backend.list('acme', { accounts: 1200, done: 45 });
    backend.list('northwind', { accounts: 7, done: 1 });
    const both = [
      { accounts: 1200, done: 45 },
      { accounts: 7, done: 1 },
    ];
    expect(listings()).toEqual(both);
    // Other changes end none, and a window that opens now knows of both.
    backend.emit({ type: 'catalog-changed' });
    await settled();
    expect(listings()).toEqual(both);
    backend.list('northwind', null);
    expect(listings()).toEqual([both[0], null]);
    // A snapshot that was asked for meanwhile brings nothing back.
    await settled();
    expect(listings()).toEqual([both[0], null]);
    const busy = problem('identity-center-busy', 'passing', 'busy');
    backend.list('acme', null, busy);
    expect(store.announcement).toBe('Couldn’t list the roles of acme: busy');
    await settled();
    expect(store.identityByName.get('acme')).toMatchObject({ listing: null, problem: busy });
  });

  it('says why there is no snapshot, and recovers', async () => {
    const backend = new FakeBackend(main());
    backend.failing.set('snapshot', problem('agent-gone', 'failed', 'the agent ended'));
    const store = new Store(backend);
    await store.connect();
    expect(store.problem?.message).toBe('the agent ended');
    await store.load();
    expect(store.problem).toBeNull();
    expect(store.roles).toBeGreaterThan(0);
  });
});
