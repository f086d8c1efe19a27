import { screen, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { kinds, main, problem } from '../lib/fake-scenarios';
import { formOf, roleOf } from '../lib/role-form';
import { NO_TERMS, shortName } from '../lib/terms';
import { click, heard, lastAsked, openWindow, press, searchField, settled, type } from './window';

const AUDITOR = 'arn:aws:iam::530192847561:role/Auditor';
const field = (name: string) => screen.getByLabelText<HTMLInputElement>(new RegExp(`^${name}( · optional)?$`));

async function reveal(arn: string) {
  const window = await openWindow(kinds());
  window.backend.navigate({ to: 'role', id: `acme:${arn}` });
  await settled();
  return { ...window, detail: screen.getByRole('complementary', { name: 'Chosen role' }) };
}

describe('the form of a role', () => {
  it('keeps the terms that are not in the form', () => {
    const role = kinds().roles.find(({ arn }) => arn === AUDITOR);
    if (!role) throw new Error('no auditor');
    const kept = { provided_contexts: [{ provider_arn: 'arn', assertion: 'signed' }], minimum_session_token_size: 2048 };
    const form = formOf({ ...role, terms: { ...role.terms, ...kept } }, role.identity);
    expect(roleOf(form, role.profile, null).terms).toMatchObject(kept);
  });
});

describe('the list', () => {
  it('tells what is no role from the roles beside it', async () => {
    await openWindow(kinds());
    await type(searchField(), 'mara');
    const told = heard('Accounts');
    expect(told.some((text) => /^mara, IAM user, .*acme-dev/.test(text))).toBe(true);
    expect(told.some((text) => /^mara, Federated user, .*acme-dev/.test(text))).toBe(true);
    expect(screen.getByRole('option', { name: /^mara, IAM user/ })).toHaveTextContent('mara IAM user');
  });
});

describe('an account', () => {
  it('is marked in the list and beside the chosen role if it is production', async () => {
    const production = main().roles.find((role) => role.production);
    if (!production) throw new Error('no production');
    const window = await openWindow(main());
    window.backend.navigate({ to: 'role', id: production.id });
    await settled();
    const all = screen.getAllByRole('option');
    const marked = all.filter((one) => one.getAttribute('aria-label')?.includes('production account'));
    expect(marked.length).toBeGreaterThan(0);
    expect(marked.length).toBeLessThan(all.length);
    const line = (one: HTMLElement) => one.closest('.line');
    expect(marked.every((one) => line(one)?.querySelector('[data-colour="red"]') && line(one)?.querySelector('[title=Production]'))).toBe(true);
    const detail = screen.getByRole('complementary', { name: 'Chosen role' });
    expect(detail.textContent).toContain(`Production · ${production.accountName}`);
  });
});

describe('a role of a chain', () => {
  it('shows who assumes what, and leads there', async () => {
    const { detail } = await reveal(AUDITOR);
    const steps = within(within(detail).getByRole('region', { name: 'Chain' })).getAllByRole('listitem');
    const names = steps.map((step) => step.querySelector('.name')?.textContent?.replace(/\s+/g, ' ').trim());
    expect(names).toEqual(['acme', 'Developer acme-dev', 'Hub 318274650912', 'Auditor acme-security']);
    await click('Developer');
    expect(screen.getByRole('heading', { name: 'Developer' })).toBeInTheDocument();
  });

  it('shows its terms, and the region that answered in place of another', async () => {
    const { detail } = await reveal(AUDITOR);
    for (const words of [
      'STS in eu-west-1 answered instead',
      'Tagged team=platform, and so are the roles that it assumes',
      'Tagged stage=prod',
      'daypass-2291',
      'Read-only',
    ]) {
      expect(detail).toHaveTextContent(words);
    }
  });

  it('is declared with the role before it, for an hour at most', async () => {
    const { backend } = await openWindow(main());
    await click('Add role');
    await type(field('Role ARN'), 'arn:aws:iam::530192847561:role/Deep');
    const via = screen.getByLabelText<HTMLSelectElement>('Assumed by');
    via.value = 'arn:aws:iam::104928374651:role/Developer';
    via.dispatchEvent(new Event('change', { bubbles: true }));
    await type(field('Duration'), '2h');
    await click('Save role');
    expect(field('Duration')).toHaveAccessibleDescription(/15m to 1h/);
    await type(field('Duration'), '1h');
    await type(screen.getByLabelText('Tag key 1'), 'team');
    await type(screen.getByLabelText('Tag value 1'), 'platform');
    screen.getByLabelText<HTMLInputElement>(/Transitive/).click();
    await type(field('Inline session policy'), '{');
    await click('Save role');
    expect(field('Inline session policy')).toHaveFocus();
    await type(field('Inline session policy'), '{"Version":"2012-10-17","Statement":[]}');
    await click('Save role');
    await settled();
    expect(backend.calls.find((call) => call.command === 'put_role')?.args).toEqual({
      arn: 'arn:aws:iam::530192847561:role/Deep',
      identity: 'acme',
      via: 'arn:aws:iam::104928374651:role/Developer',
      profile: 'deep',
      region: null,
      terms: {
        ...NO_TERMS,
        duration: '1h',
        policy: '{"Version":"2012-10-17","Statement":[]}',
        tags: { team: 'platform' },
        transitive_tag_keys: ['team'],
      },
    });
  });

  it('is changed with what it was made of', async () => {
    const { backend } = await reveal(AUDITOR);
    await click('Edit role');
    expect(field('Role ARN')).toHaveAttribute('readonly');
    expect(field('External ID')).toHaveValue('daypass-2291');
    await click('Save changes');
    await settled();
    const before = kinds().roles.find((role) => role.arn === AUDITOR);
    expect(backend.calls.find((call) => call.command === 'put_role')?.args).toMatchObject({
      arn: AUDITOR,
      via: before?.via.at(-1),
      terms: before?.terms,
    });
  });
});

describe('read-only', () => {
  it('is asked for when the session is started, and shown where it runs', async () => {
    const { backend } = await openWindow(main());
    await type(searchField(), 'developer 104928374651');
    screen.getByRole<HTMLInputElement>('switch', { name: 'Read-only' }).click();
    await settled();
    await click('Start');
    await settled();
    expect(backend.calls.find((call) => call.command === 'start')?.args).toMatchObject({ readOnly: true });
    expect(screen.getAllByText('Read-only').length).toBeGreaterThan(1);
    expect(screen.getByRole('option', { selected: true })).toHaveAccessibleName(/Read-only/);
  });

  it('cannot be turned off if the terms require it, nor on if STS does not accept a policy', async () => {
    const { backend } = await reveal(AUDITOR);
    await click('Stop');
    await settled();
    expect(screen.getByRole('switch', { name: 'Read-only' })).toBeDisabled();
    backend.navigate({ to: 'role', id: 'mara-key:arn:aws:iam::729384756102:root' });
    await settled();
    expect(screen.queryByRole('switch', { name: 'Read-only' })).toBeNull();
  });
});

it('a federated user of a directory cannot be made read-only: the policies are those of the identity', async () => {
  const { backend } = await openWindow(kinds());
  backend.navigate({ to: 'role', id: 'corp:arn:aws:sts::104928374651:federated-user/mara' });
  await settled();
  expect(screen.getByRole('heading', { name: 'mara' })).toBeInTheDocument();
  expect(screen.queryByRole('switch', { name: 'Read-only' })).toBeNull();
  await click('Edit role');
  expect(screen.queryByRole('switch', { name: 'Always read-only' })).toBeNull();
});

it('a choice of read-only gives way to a policy that the role gets later', async () => {
  const { backend } = await openWindow(main());
  await type(searchField(), 'developer 104928374651');
  screen.getByRole<HTMLInputElement>('switch', { name: 'Read-only' }).click();
  await settled();
  const policy = '{"Version":"2012-10-17","Statement":[]}';
  const roles = backend.state.roles.map((role) => ({ ...role, terms: { ...role.terms, policy }, canBeReadOnly: false }));
  backend.state = { ...backend.state, roles };
  backend.emit({ type: 'catalog-changed' });
  await settled();
  expect(screen.queryByRole('switch', { name: 'Read-only' })).toBeNull();
  await click('Start');
  expect(backend.calls.find((call) => call.command === 'start')?.args).toMatchObject({ readOnly: false });
});

it('a role that is typed as its own parent is refused with words', async () => {
  await openWindow(main());
  const parent = 'arn:aws:iam::104928374651:role/Developer';
  await click('Add role');
  const via = screen.getByLabelText<HTMLSelectElement>('Assumed by');
  via.value = parent;
  via.dispatchEvent(new Event('change', { bubbles: true }));
  await type(field('Role ARN'), parent);
  await settled();
  expect(field('Role ARN')).toHaveAccessibleDescription(/in the list already/);
  expect(via).toHaveValue(parent);
});

it('read-only goes with no other policy', async () => {
  await openWindow(main());
  await click('Add role');
  await type(field('Role ARN'), 'arn:aws:iam::530192847561:role/Deep');
  await settled();
  screen.getByRole<HTMLInputElement>('switch', { name: 'Always read-only' }).click();
  await type(field('Managed session policies'), 'arn:aws:iam::aws:policy/AdministratorAccess');
  await click('Save role');
  expect(field('Managed session policies')).toHaveAccessibleDescription(/can't be combined with read-only access/);
});

it('the root of an account is reached by way of a role, with a task', async () => {
  const { backend } = await openWindow(main());
  await click('Add role');
  await type(field('Role ARN'), 'arn:aws:iam::530192847561:root');
  await click('Save role');
  expect(screen.getByLabelText('Task')).toHaveAccessibleDescription('Choose a task.');
  for (const [label, value] of [
    ['Assumed by', 'arn:aws:iam::104928374651:role/Developer'],
    ['Task', 'S3UnlockBucketPolicy'],
  ] as const) {
    const select = screen.getByLabelText<HTMLSelectElement>(label);
    select.value = value;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  }
  await settled();
  expect(screen.queryByRole('switch', { name: 'Always read-only' })).toBeNull();
  await click('Save role');
  await settled();
  expect(backend.calls.find((call) => call.command === 'put_role')?.args).toMatchObject({
    arn: 'arn:aws:iam::530192847561:root',
    via: 'arn:aws:iam::104928374651:role/Developer',
    profile: 'root',
    terms: { ...NO_TERMS, task_policy: 'S3UnlockBucketPolicy' },
  });
});

describe('the tools', () => {
  const tool = async (name: string) => {
    await press('k', { ctrlKey: true });
    await type(screen.getByRole('combobox', { name: /Search commands/ }), name);
    await press('Enter');
  };

  it('explain a denial as a tree', async () => {
    const { backend } = await openWindow(main());
    await tool('why was i denied');
    await click('Explain');
    expect(field('Encoded message')).toHaveAccessibleDescription(/Paste the message/);
    await type(field('Encoded message'), 'An error occurred … Encoded authorization failure message: 4GIOHlTk');
    await click('Explain');
    const dialog = screen.getByRole('dialog');
    for (const words of ['A statement denies it.', 'ec2:RunInstances', 'Denies OnlyInEurope', 'us-east-1']) {
      expect(dialog).toHaveTextContent(words);
    }
    expect(lastAsked(backend)?.args).toMatchObject({ profile: 'acme-dev-power' });
  });

  it('say whose a key is, or why that is not told', async () => {
    const { backend } = await openWindow(main());
    await tool('whose key');
    await type(field('Access key ID'), 'AKIA');
    await click('Ask AWS');
    expect(backend.asked).toEqual([]);
    await type(field('Access key ID'), 'AKIAIOSFODNN7EXAMPLE');
    backend.failing.set('whose_key', problem('sts-access-denied', 'refused', 'not allowed'));
    await click('Ask AWS');
    expect(screen.getByText('Not allowed')).toBeInTheDocument();
    await click('Ask AWS');
    expect(screen.getByText(/It belongs to account/)).toHaveTextContent('104928374651 (acme-dev)');
  });

  it('copy an MFA code, which never comes here', async () => {
    const { backend } = await openWindow(kinds());
    await tool('copy mfa code');
    await settled();
    expect(backend.asked).toEqual(['copy_mfa_code']);
    expect(screen.getByText(/Copied the MFA code for mara-key\. It changes in 17 sec/)).toBeInTheDocument();
  });

  it('have an MFA code shown where this page cannot read it', async () => {
    const { backend } = await openWindow(kinds());
    await tool('show mfa code');
    await settled();
    expect(lastAsked(backend)).toEqual({ command: 'show_mfa_code', args: { identity: 'mara-key' } });
    backend.failing.set('show_mfa_code', problem('iam-user-no-totp', 'not-found', 'the vault has no secret of an MFA device'));
    await tool('show mfa code');
    await settled();
    expect(screen.getByText('No MFA secret in the vault')).toBeInTheDocument();
  });
});

describe('contexts', () => {
  const context = 'arn:aws:iam::aws:contextProvider/IdentityCenter';

  it('are typed, kept and changed with the role', async () => {
    const { backend } = await openWindow(main());
    await click('Add role');
    await type(field('Role ARN'), 'arn:aws:iam::530192847561:role/Deep');
    const via = screen.getByLabelText<HTMLSelectElement>('Assumed by');
    via.value = 'arn:aws:iam::104928374651:role/Developer';
    via.dispatchEvent(new Event('change', { bubbles: true }));
    await type(screen.getByLabelText('Context provider 1'), context);
    await click('Save role');
    expect(screen.getByLabelText('Context assertion 1')).toBeInvalid();
    expect(screen.getByText('Fill in both: context provider and context assertion.')).toBeInTheDocument();
    await type(screen.getByLabelText('Context assertion 1'), 'AQoJb3JpZ2luX2VjEXAMPLE');
    await click('Save role');
    const declared = backend.calls.find((call) => call.command === 'put_role')?.args as { terms: object };
    expect(declared.terms).toMatchObject({ provided_contexts: [{ provider_arn: context, assertion: 'AQoJb3JpZ2luX2VjEXAMPLE' }] });
    await settled();
    await click('Edit role');
    expect(screen.getByLabelText('Context provider 1')).toHaveValue(context);
  });

  it('are within the limits of AssumeRole', async () => {
    await openWindow(main());
    await click('Add role');
    await type(field('Role ARN'), 'arn:aws:iam::530192847561:role/Deep');
    const via = screen.getByLabelText<HTMLSelectElement>('Assumed by');
    via.value = 'arn:aws:iam::104928374651:role/Developer';
    via.dispatchEvent(new Event('change', { bubbles: true }));
    await type(screen.getByLabelText('Context provider 1'), context);
    await type(screen.getByLabelText('Context assertion 1'), 'abc');
    await click('Save role');
    expect(screen.getByText(/4 to 2,?048 characters/)).toBeInTheDocument();
  });
});

describe('what a session is of', () => {
  it('has a short name in its ARN', () => {
    expect(shortName('arn:aws:cognito-identity:eu-west-1:123456789012:identitypool/eu-west-1:ab-12')).toBe('ab-12');
    expect(shortName('arn:aws:iam::123456789012:user/div/ann')).toBe('ann');
    expect(shortName('arn:aws:iam::123456789012:root')).toBe('root');
  });
});
