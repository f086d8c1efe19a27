/** What the person answered about programs, on the role's page. */
import { fireEvent, screen } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import type { ConsentGiven } from '../bindings/ConsentGiven';
import type { SessionView } from '../bindings/SessionView';
import { main } from '../lib/fake-scenarios';
import { openWindow, settled } from './window';

const [session] = main().sessions as [SessionView];
const given = (id: number, more: Partial<ConsentGiven> = {}): ConsentGiven => ({
  id,
  at: new Date().toISOString(),
  program: { name: 'aws', process: 7, executable: '/usr/bin/aws', parents: [{ name: 'zsh', process: 6 }, { name: 'konsole', process: 5 }] },
  role: { id: session.roleId, arn: session.role, account: '104928374651', accountName: null, production: false, profile: session.profile },
  by: 'process',
  answer: 'program',
  holds: { is: 'session' },
  ...more,
});

test('an answer is listed on its role’s page, and can be taken back', async () => {
  const { backend } = await openWindow(main());
  backend.log.consents = [given(3), given(4, { role: { ...given(4).role, id: 'acme:other' } })];
  backend.emit({ type: 'consents-changed' });
  await fireEvent.click(screen.getAllByRole('option', { name: new RegExp(session.profile) })[0] as HTMLElement);
  await settled();
  expect(screen.getByText('aws, by zsh, in konsole')).toBeVisible();
  expect(screen.getByText('Allowed, until the session ends')).toBeVisible();
  const button = screen.getByRole('button', { name: 'Revoke the answer about aws, by zsh, in konsole' });
  await fireEvent.click(button);
  await settled();
  expect(backend.log.consents.map(({ id }) => id)).toEqual([4]);
  expect(screen.queryByText('aws, by zsh, in konsole')).toBeNull();
});
