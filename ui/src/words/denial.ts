/** "Why was I denied", "Whose key is this", and the session that asks. */
import type { Verdict } from '../bindings/Verdict';

export const denial = {
  title: 'Why was I denied?',
  who: 'A running session that is allowed to call sts:DecodeAuthorizationMessage.',
  why: 'Start a role first. Only AWS can decode the message.',
  verb: 'Explain',
  message: 'Encoded message',
  messageHelp: 'The text after “Encoded authorization failure message”, or the whole error.',
  messageMissing: 'Paste the message, or the whole error that contains it.',
  verdicts: {
    'explicit-deny': { title: 'A statement denies it', why: 'No other statement can override that.' },
    'not-allowed': { title: 'No statement allows it', why: 'A policy must allow the action on the resource.' },
    allowed: { title: 'It would be allowed', why: 'The denial has another cause, or a policy has changed since.' },
  } satisfies Record<Verdict, { title: string; why: string }>,
  principal: 'Who',
  action: 'Action',
  resource: 'Resource',
  denies: 'Denies',
  allows: 'Allows',
  statement: (number: number) => `Statement ${number}`,
  actions: 'Actions',
  resources: 'Resources',
  principals: 'Principals',
  condition: (key: string) => `If ${key}`,
  context: 'Request context',
  unreadable: 'Policies AWS couldn’t read',
  policy: 'Policy',
};

export const asking = {
  as: 'Ask as',
  noSessions: 'No active sessions',
  asking: 'Asking…',
};

export const whoseKey = {
  title: 'Whose key is this?',
  who: 'A running session that is allowed to call sts:GetAccessKeyInfo.',
  why: 'Start a role first. AWS answers only signed requests.',
  verb: 'Ask AWS',
  keyId: 'Access key ID',
  keyIdHelp: 'AKIA… or ASIA…, active or not. Never paste the secret key.',
  /** Before its digits. */
  answer: 'It belongs to account',
  name: (name: string) => ` (${name})`,
};
