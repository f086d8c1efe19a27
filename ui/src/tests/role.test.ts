/** The role's page: what matters first, and what can be changed of a session while it runs. */
import { screen, within } from '@testing-library/svelte';
import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../bindings/HistoryEvent';
import type { FakeState } from '../lib/fake-state';
import { historyEvent } from '../lib/fake-history';
import { roleView, sessionView } from '../lib/fake-backend';
import { main } from '../lib/fake-scenarios';
import { readWhere, servicesLike } from '../lib/service-search';
import { sessionSettings } from '../lib/session-settings';
import { profileTexts } from '../lib/shell-words';
import { NO_TERMS } from '../lib/terms';
import { durationInWords } from '../words/role';
import { click, openWindow, press, searchField, settled, type } from './window';

const ARN = 'arn:aws:iam::104928374651:role/Builder';
const JUMP = 'arn:aws:iam::104928374651:role/Jump';
const detail = () => within(screen.getByRole('complementary', { name: 'Chosen role' }));

/** One role with a session that runs, and whatever else the test wants. */
function running(more: Partial<ReturnType<typeof sessionView>> = {}): FakeState {
  const state = main();
  const identity = state.identities[0]?.name ?? 'work';
  const role = roleView(ARN, identity, { profile: 'build', usualRegion: 'eu-central-1' });
  const session = { ...sessionView(role, 'build', 'active', Date.now(), 3600), ...more };
  return { ...state, roles: [role], sessions: [session] };
}

const session = (state: FakeState) => state.sessions[0];
const titles = () => detail().getAllByRole('heading', { level: 3 }).map((heading) => heading.textContent);

describe('the order of the page', () => {
  it('has what matters first, then what it may do, and identifiers folded at the end', async () => {
    const { container } = await openWindow(running());
    expect(titles()).toEqual(['Use it', 'AWS console', 'Session settings', 'History']);
    const identifiers = detail().getByText('Identifiers').closest('details');
    expect(identifiers).not.toHaveAttribute('open');
    expect(identifiers).toHaveTextContent(ARN);
    expect(detail().getByText('--profile build')).toBeInTheDocument();
    const found = await axe.run(container.querySelector('.detail') as HTMLElement, { rules: { 'color-contrast': { enabled: false } } });
    expect(found.violations).toEqual([]);
  });

  it('offers the profile for a command and for each shell', async () => {
    await openWindow(running());
    await click('Copy profile build for a command or a shell');
    const items = screen.getAllByRole('menuitem').map((item) => item.textContent?.trim());
    expect(items).toContain('For a command: --profile build');
    expect(items).toContain('For sh, bash or zsh: export AWS_PROFILE=build');
    expect(items).toContain("For PowerShell: $env:AWS_PROFILE = 'build'");
    expect(items.at(-1)).toBe('Just the name');
  });
});

describe('a change of a running session', () => {
  it('renames its profile in place, by keyboard, and the focus comes back', async () => {
    const { backend } = await openWindow(running());
    await click('Actions for profile build');
    await press('Enter');
    (document.activeElement as HTMLElement).click();
    await settled();
    const field = detail().getByRole('textbox', { name: 'New name of build' });
    expect(field).toHaveFocus();
    await type(field, 'ship');
    await click('Save');
    expect(session(backend.state)).toMatchObject({ profile: 'ship', renamedFrom: 'build' });
    expect(detail().getByText('--profile ship')).toBeInTheDocument();
    expect(detail().queryByText('--profile build')).toBeNull();
    expect(detail().getByText('Active')).toBeInTheDocument();
    expect(backend.asked).toEqual(['change_session']);
    expect(document.activeElement).not.toBe(document.body);
  });

  it('starts under its new name the next time', async () => {
    const { backend } = await openWindow(running());
    const before = session(backend.state);
    if (!before) throw new Error('no session');
    backend.changeSession('delivery-changed', { ...before, profile: 'ship', renamedFrom: 'build' });
    backend.changeSession('stopped', { ...before, profile: 'ship', state: 'stopped' });
    await settled();
    expect(detail().getByRole('textbox', { name: 'Profile' })).toHaveValue('ship');
  });

  it('Escape leaves the name as it was', async () => {
    const { backend } = await openWindow(running());
    await click('Add a profile');
    await type(detail().getByRole('textbox', { name: 'Another profile' }), 'x');
    detail().getByRole('textbox', { name: 'Another profile' }).focus();
    await press('Escape');
    expect(detail().queryByRole('textbox', { name: 'Another profile' })).toBeNull();
    expect(detail().getByRole('button', { name: 'Add a profile' })).toHaveFocus();
    expect(backend.asked).toEqual([]);
  });

  it('adds a profile and removes one again, but never the last', async () => {
    const { backend } = await openWindow(running());
    await click('Actions for profile build');
    expect(screen.queryByRole('menuitem', { name: 'Remove this profile' })).toBeNull();
    await press('Escape');
    await click('Add a profile');
    await type(detail().getByRole('textbox', { name: 'Another profile' }), 'default');
    await click('Save');
    expect(session(backend.state)?.also).toEqual(['default']);
    await click('Actions for profile build');
    await click('Remove this profile', 'menuitem');
    expect(session(backend.state)).toMatchObject({ profile: 'default', also: [] });
  });

  it('says at the field what is wrong with a name', async () => {
    const state = running();
    const other = roleView('arn:aws:iam::104928374651:role/Other', state.identities[0]?.name ?? '', { profile: 'other' });
    state.roles.push(other);
    state.sessions.push(sessionView(other, 'other', 'active', Date.now(), 3600));
    const { backend } = await openWindow(state);
    await type(searchField(), 'Builder');
    await settled();
    await click('Add a profile');
    const field = () => detail().getByRole('textbox', { name: 'Another profile' });
    await type(field(), 'other');
    await click('Save');
    expect(field()).toBeInvalid();
    expect(field()).toHaveAccessibleDescription(/belongs to the session of profile other/);
    await type(field(), 'a]b');
    await click('Save');
    expect(field()).toHaveAccessibleDescription(/can't be the name of a profile/);
    expect(backend.state.sessions.find((one) => one.profile === 'build')?.also).toEqual([]);
  });

  it('asks before it replaces another tool’s profile, and offers to put it back', async () => {
    const { backend } = await openWindow(running());
    backend.foreign.add('theirs');
    await click('Add a profile');
    await type(detail().getByRole('textbox', { name: 'Another profile' }), 'theirs');
    await click('Save');
    const dialog = within(screen.getByRole('dialog', { name: 'Replace profile theirs?' }));
    expect(session(backend.state)?.also).toEqual([]);
    dialog.getByRole('button', { name: 'Back up and replace' }).click();
    await settled();
    expect(session(backend.state)?.also).toEqual(['theirs']);
    await click('Stop and put it back');
    expect(backend.asked.at(-1)).toBe('stop_and_give_back');
    expect(screen.getByText('Stopped build and put back what it contained before')).toBeInTheDocument();
  });

  it('changes the delivery and the region without an end', async () => {
    const { backend } = await openWindow(running());
    expect(detail().getByRole('radio', { name: 'Credentials file' })).toBeChecked();
    await click('credential_process', 'radio');
    expect(session(backend.state)?.delivery).toBe('process');
    expect(detail().getByRole('radio', { name: 'credential_process' })).toBeChecked();
    const region = detail().getByRole('combobox', { name: 'Region for tools' });
    await type(region, 'us-west-2');
    await click('Set the region');
    expect(session(backend.state)?.region).toBe('us-west-2');
    await type(region, '');
    await click('Set the region');
    expect(session(backend.state)?.region).toBeNull();
    expect(backend.asked).toEqual(['change_session', 'change_session', 'change_session']);
  });

  it('shows a session that another program renamed as the same one', async () => {
    const { backend } = await openWindow(running());
    const before = session(backend.state);
    if (!before) throw new Error('no session');
    backend.state = { ...backend.state, sessions: [] };
    backend.changeSession('delivery-changed', { ...before, profile: 'elsewhere', renamedFrom: 'build' });
    await settled();
    expect(detail().getByText('--profile elsewhere')).toBeInTheDocument();
    expect(detail().queryByRole('group', { name: 'Sessions of this role' })).toBeNull();
  });
});

describe('the console', () => {
  it('opens at a service that is searched for, at a pasted page, and at its home', async () => {
    const { backend } = await openWindow(running());
    const where = detail().getByRole('combobox', { name: 'Service or page' });
    const last = () => backend.calls.filter((call) => call.command === 'open_console').at(-1)?.args;
    where.focus();
    await type(where, 'bucket');
    await press('ArrowDown');
    expect(document.getElementById(where.getAttribute('aria-activedescendant') ?? '')).toHaveTextContent('S3');
    await press('Enter');
    expect(last()).toMatchObject({ service: 's3', to: null, profile: 'build' });
    expect(screen.getByText(/^Opened S3 as \w+ in \S/), 'the browser may be behind other windows').toBeVisible();
    await type(where, 'arn:aws:s3:::logs');
    await click('Open this page');
    expect(last()).toMatchObject({ service: null, to: 'arn:aws:s3:::logs' });
    expect(screen.getByText(/^Opened the page as /)).toBeVisible();
    await type(where, '');
    await click('Open console');
    expect(last()).toMatchObject({ service: null, to: null });
  });

  it('knows a service by its names, and takes everything else for a page or for the broker to judge', () => {
    const services = [
      { id: 's3', name: 'S3', aliases: ['buckets'] },
      { id: 'ec2', name: 'EC2', aliases: ['instances'] },
      { id: 'kms', name: 'Key Management Service', aliases: ['keys'] },
    ];
    expect(servicesLike(services, 'key').map((one) => one.id)).toEqual(['kms']);
    expect(servicesLike(services, 'MANAGE')[0]?.id).toBe('kms');
    expect(servicesLike(services, '').length).toBe(3);
    expect(servicesLike(services, 'xyz')).toEqual([]);
    expect(readWhere(services, ' Buckets ')).toEqual({ service: 's3', name: 'S3' });
    expect(readWhere(services, 'https://console.aws.amazon.com/ec2')).toEqual({ to: 'https://console.aws.amazon.com/ec2' });
    expect(readWhere(services, '/ec2/home')).toEqual({ to: '/ec2/home' });
    expect(readWhere(services, 'glacier')).toEqual({ service: 'glacier' });
  });
});

describe('session settings', () => {
  it('are sentences', () => {
    const terms = {
      ...NO_TERMS,
      duration: '1h 30m',
      read_only: true,
      policy_arns: ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::aws:policy/job-function/Billing'],
      policy: 'x'.repeat(1200),
      tags: { team: 'shop', cost: 'a' },
      transitive_tag_keys: ['cost'],
      source_identity: 'mara',
    };
    const role = roleView(ARN, 'work', { terms });
    expect(sessionSettings(role, null, null)).toEqual([
      'Read-only',
      'Lasts 1 hour and 30 minutes',
      'Limited by ReadOnlyAccess and Billing',
      'Limited by a policy of 1,200 characters',
      'Tagged team=shop',
      'Tagged cost=a, and so are the roles that it assumes',
      'Source identity mara',
      'Signed in with work',
    ]);
    expect(sessionSettings(roleView(ARN, 'work', { usualDuration: null }), null, '8h')[0]).toBe(
      'AWS sets how long it lasts. Last time: 8 hours',
    );
  });

  it('have durations in words', () => {
    expect(['1h', '15m', '12h 5m', '90s', 'odd'].map(durationInWords)).toEqual([
      '1 hour',
      '15 minutes',
      '12 hours and 5 minutes',
      '90 seconds',
      'odd',
    ]);
  });
});

describe('a profile in a shell', () => {
  it('is one word, whatever its name is', () => {
    const text = (profile: string, own: 'sh' | 'fish' | 'powershell' | 'cmd') => profileTexts(profile, own)[0]?.text;
    expect(text('dev', 'sh')).toBe('--profile dev');
    expect(text("it's mine", 'sh')).toBe("--profile 'it'\\''s mine'");
    expect(text("it's mine", 'fish')).toBe("--profile 'it\\'s mine'");
    expect(text("it's mine", 'powershell')).toBe("--profile 'it''s mine'");
    expect(text('my dev', 'cmd')).toBe('--profile "my dev"');
    expect(profileTexts('dev', 'fish').map((one) => one.of)).toEqual(['command', 'fish', 'sh', 'powershell', 'cmd']);
    expect(profileTexts('dev', 'json')[1]?.text).toBe('export AWS_PROFILE=dev');
  });
});

describe('the chain', () => {
  it('has the steps with their own expiry, as far as it is known', async () => {
    const state = running();
    const identity = state.identities[0]?.name ?? '';
    const role = { ...(state.roles[0] as ReturnType<typeof roleView>), via: [JUMP] };
    const jump = roleView(JUMP, identity, { accountName: 'Tools' });
    const at = new Date(Date.now() + 1_800_000).toISOString();
    const sessions = state.sessions.map((one) => ({ ...one, via: [JUMP] }));
    const { backend } = await openWindow({ ...state, roles: [role, jump], sessions });
    backend.links.set(JUMP, at);
    const [one] = backend.state.sessions;
    if (one) backend.changeSession('renewed', { ...one, issuedAt: new Date().toISOString(), renewals: 1 });
    await type(searchField(), 'Builder');
    await settled();
    const steps = within(detail().getByRole('region', { name: 'Chain' })).getAllByRole('listitem');
    expect(steps).toHaveLength(3);
    expect(steps[1]).toHaveTextContent(/Jump.*Tools.*until /);
    expect(steps[2]).toHaveTextContent(/Builder.*until /);
    await click('Jump');
    expect(screen.getByRole('heading', { level: 2, name: 'Jump' })).toBeInTheDocument();
  });
});

describe('the history', () => {
  const event = (kind: HistoryEvent['kind'], minutes: number, more: Partial<HistoryEvent> = {}): HistoryEvent =>
    historyEvent(kind, Date.now() - minutes * 60_000, { id: `audit.${minutes}`, profile: 'build', ...more });

  async function opened(events: HistoryEvent[]) {
    const state = running();
    const roleId = state.roles[0]?.id ?? '';
    const window = await openWindow({ ...state, sessions: [] }, {});
    window.backend.log.events = events.map((one) => ({ ...one, roleId })).reverse();
    await type(searchField(), 'nothing');
    await type(searchField(), '');
    await settled();
    return window;
  }

  it('is of this role, newest first, and unfolds', async () => {
    await opened([1, 2, 3, 4, 5, 6].map((minutes) => event(minutes === 1 ? 'renewed' : 'started', minutes)));
    const region = within(detail().getByRole('region', { name: 'History' }));
    expect(region.getAllByRole('listitem')).toHaveLength(4);
    expect(region.getAllByRole('listitem')[0]).toHaveTextContent(/Renewed.*as build/);
    region.getByRole('button', { name: 'Show 2 more' }).focus();
    await click('Show 2 more');
    expect(region.getAllByRole('listitem')).toHaveLength(6);
    expect(region.getByRole('button', { name: 'Show fewer' })).toHaveFocus();
  });

  it('says what went wrong last and what to do, until it works again', async () => {
    await opened([event('failed', 1, { problem: 'signed-out' }), event('started', 9)]);
    expect(detail().getByText('Last problem')).toBeInTheDocument();
    const region = within(detail().getByRole('region', { name: 'History' }));
    expect(region.getAllByText('signed-out').length).toBeGreaterThan(0);
    expect(region.getByRole('button', { name: 'Try again' })).toBeInTheDocument();
  });

  it('says nothing of a problem that is over', async () => {
    await opened([event('started', 1), event('failed', 9, { problem: 'signed-out' })]);
    expect(detail().queryByText('Last problem')).toBeNull();
  });
});

describe('the name of an identity', () => {
  it('is changed in a dialog, and a name that is taken is said at its field', async () => {
    const state = running();
    const [first, second] = state.identities;
    if (!first || !second) throw new Error('two identities');
    const { backend } = await openWindow(state);
    const more = screen.getAllByRole('button', { name: 'More' }).find((one) => one.getAttribute('aria-describedby'));
    more?.click();
    await settled();
    await click('Rename…', 'menuitem');
    const dialog = within(screen.getByRole('dialog', { name: `Rename identity ${first.name}` }));
    const field = dialog.getByRole('textbox', { name: 'New name' });
    expect(dialog.getByRole('button', { name: 'Rename' })).toBeDisabled();
    await type(field, second.name);
    dialog.getByRole('button', { name: 'Rename' }).click();
    await settled();
    expect(field).toBeInvalid();
    await type(field, 'acme-new');
    dialog.getByRole('button', { name: 'Rename' }).click();
    await settled();
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(backend.state.identities[0]?.name).toBe('acme-new');
    expect(backend.state.roles[0]?.id).toBe(`acme-new:${ARN}`);
    expect(screen.getByText(`${first.name} is now called acme-new`)).toBeInTheDocument();
  });
});

describe('full access', () => {
  const readOnly = () => running({ terms: { ...NO_TERMS, read_only: true } });

  it('needs a reason, shows until when, and falls back', async () => {
    const { backend, container } = await openWindow(readOnly());
    const isShownReadOnly = () => container.querySelector('.status .only') !== null;
    expect(isShownReadOnly()).toBe(true);
    await click('Get full access…');
    const form = within(detail().getByRole('form', { name: 'Full access' }));
    expect(form.getByRole('button', { name: 'Get full access' })).toBeDisabled();
    await type(form.getByRole('textbox', { name: 'Why do you need it?' }), 'deploy 1.4.2');
    await click('Get full access');
    expect(backend.calls.at(-1)).toMatchObject({ command: 'elevate', args: { profile: 'build', lasts: '15m', why: 'deploy 1.4.2' } });
    const box = within(detail().getByRole('region', { name: 'Full access' }));
    expect(box.getByText(/^Full access until \d{1,2}:\d\d/)).toBeInTheDocument();
    expect(box.getByText('deploy 1.4.2')).toBeInTheDocument();
    expect(isShownReadOnly()).toBe(false);
    await click('Back to read-only');
    expect(isShownReadOnly()).toBe(true);
    expect(detail().queryByRole('region', { name: 'Full access' })).not.toBeInTheDocument();
  });

  it('is not offered for a session that is full already', async () => {
    await openWindow(running());
    expect(detail().queryByRole('button', { name: 'Get full access…' })).not.toBeInTheDocument();
  });

  it('is not offered for a lease', async () => {
    const lease = { until: new Date(Date.now() + 60_000).toISOString(), purpose: 'claude', onlyFor: null };
    await openWindow(running({ terms: { ...NO_TERMS, read_only: true }, lease }));
    expect(detail().queryByRole('button', { name: 'Get full access…' })).not.toBeInTheDocument();
  });
});
