/** The person's answers about programs that want a role's credentials. */
import type { ConsentGiven } from '../bindings/ConsentGiven';
import type { ConsentAnswer } from '../bindings/ConsentAnswer';
import type { ConsentHolds } from '../bindings/ConsentHolds';
import { lastUse } from './last-use';

export const consent = {
  title: 'Your answers about programs',
  line: ({ answer, holds }: ConsentGiven): string => `${ANSWERS[answer]}, ${HOLDS[holds.is]}`,
  program: ({ program }: ConsentGiven): string =>
    [program.name, lastUse.parents({ by: 'process', program: program.name, details: program })].filter(Boolean).join(', '),
  revoke: 'Revoke',
  revokeOf: (given: ConsentGiven): string => `Revoke the answer about ${consent.program(given)}`,
  revoked: 'Daypass asks you again',
};

const ANSWERS: Record<ConsentAnswer, string> = {
  once: 'Allowed once',
  program: 'Allowed',
  'read-only': 'Allowed to read',
  no: 'Refused',
};

const HOLDS: Record<ConsentHolds['is'], string> = {
  process: 'while it runs',
  session: 'until the session ends',
  'until-revoked': 'until you revoke it',
  until: 'for a minute',
};
