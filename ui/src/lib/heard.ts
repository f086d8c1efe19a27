/** What a screen reader hears of the list's options. Where each stands is said by its position. */
import type { SessionView } from '../bindings/SessionView';
import { heard, list } from '../words/list';
import { DELIVERY_WORDS, SESSION_WORDS } from './states';
import type { Listed } from './cursor';
import { endsHere, timeLeftInWords } from './time';
import { shortName } from './terms';
import { TARGET_WORDS } from '../words/terms';

/** `at`: which of the roles of its line, `of` how many. */
export function sayRole({ role, account }: Listed, session: SessionView | null, now: number, at: number, of: number): string {
  return said(
    role.name,
    role.kind === 'role' ? '' : TARGET_WORDS[role.kind].noun,
    role.several ? list.as(role.identity) : '',
    account.name ?? account.account,
    account.production ? heard.production : '',
    session ? stands(session, now) : '',
    role.favourite ? heard.favourite : '',
    heard.roleOf(at, of),
  );
}

export function saySession(session: SessionView, now: number): string {
  return said(
    shortName(session.role),
    session.accountName ?? accountOf(session),
    session.production ? heard.production : '',
    stands(session, now),
    heard.profile(session.profile),
    heard.delivery(DELIVERY_WORDS[session.delivery]),
  );
}

/** The account in an ARN. */
export const accountOf = (session: SessionView): string => session.role.split(':')[4] || session.role;

function stands(session: SessionView, now: number): string {
  const end = session.state === 'active' ? endsHere(session) : null;
  return said(
    SESSION_WORDS[session.state].label,
    end ? timeLeftInWords(end, now) : '',
    session.terms.read_only && !session.elevation ? list.readOnly : '',
  );
}

const said = (...parts: string[]): string => parts.filter((part) => part !== '').join(', ');
