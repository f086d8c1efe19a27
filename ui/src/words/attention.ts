/** What needs the person, in words. `Attention` is closed: a new kind doesn't compile until it has words. */
import type { Attention } from '../bindings/Attention';
import type { AttentionItem } from '../bindings/AttentionItem';
import type { AttentionSession } from '../bindings/AttentionSession';
import type { SignInAsk } from '../bindings/SignInAsk';
import { REMEDY_LABELS, type Remedy, wordsFor } from '../lib/problems';
import { clockTime, count, listed } from '../lib/time';

/** So many profiles are named; the rest is counted. */
const NAMED = 4;

export const attention = {
  title: 'Needs you',
  /** In the list of commands. */
  command: 'Show what needs you',
  /** For a screen reader, when it comes up. */
  announced: (title: string) => `Needs you: ${title}.`,
  nothing: 'Nothing needs you',
  nothingMore: 'Sign-ins, failed renewals and changes to accept appear here.',
  /** The badge's accessible name. */
  open: (n: number) => (n === 1 ? 'One thing needs you' : `${n.toLocaleString('en')} things need you`),
  andMore: (n: number) => `and ${n.toLocaleString('en')} more`,
  showAll: 'Show all',
  hide: 'Hide until something new comes up',
  whole: 'Daypass',
  signInAll: (names: readonly string[]) => `Sign in to ${names.length} identities`,
  signInAllHow: (names: readonly string[]) => `One after another: ${listed(names, NAMED)}.`,
  signInAllShort: 'Sign in to all',
  /** What is said of an identity, beneath its name. */
  groupOf: (identity: string) => `What ${identity} needs`,
  requestId: (id: string) => `Request ID ${id}`,
};

/** One line that says what it is. */
export function titleOf({ what, identity }: AttentionItem): string {
  const who = identity ?? '';
  switch (what.is) {
    case 'sign-in-waits':
      return `Finish signing in to ${who}`;
    case 'sign-in-needed':
      return `Sign in to ${who}`;
    case 'sign-in-failed':
      return `Sign-in to ${who} failed`;
    case 'sign-in-ends':
      return `Sign in to ${who} soon`;
    case 'roles-not-listed':
      return `Couldn’t list the roles of ${who}`;
    case 'identity-unusable':
      return `${who}: ${wordsFor(what.problem).title}`;
    case 'session-failed':
      return `Can’t renew ${inFull(what.session)}`;
    case 'renewal-delayed':
      return `The renewal of ${inFull(what.session)} is delayed`;
    case 'catalog-waits':
      return `Shared catalog ${what.catalog} has changed`;
    case 'catalog-unusable':
      return `Shared catalog ${what.catalog}: ${wordsFor(what.problem).title}`;
    case 'clock-wrong':
      return `Your clock is ${minutes(what.seconds)} ${what.seconds > 0 ? 'behind' : 'ahead'}`;
    case 'vault-locked':
    case 'vault-unusable':
    case 'config-mistake':
    case 'policy-unusable':
    case 'aws-files':
      return wordsFor(what.problem).title;
  }
}

/** What it means, besides what its problem says. `ask`: what a sign-in that waits asks of the person, if that is known. */
export function detailOf(what: Attention, now: number, ask: SignInAsk | null): string | null {
  switch (what.is) {
    case 'sign-in-waits':
      return whereOpen(ask);
    case 'sign-in-needed':
      return what.profiles.length ? `${profiles(what.profiles)} can’t be renewed until you do.` : null;
    case 'sign-in-ends':
      return `${profiles(what.profiles)} can’t be renewed without you. The first ends at ${clockTime(what.at, now)}.`;
    case 'session-failed':
      return left(what.session, now);
    case 'renewal-delayed':
      return `Daypass keeps trying. ${left(what.session, now)}`;
    case 'catalog-waits':
      return what.changes === 1 ? '1 change is waiting for you to accept it.' : `${what.changes} changes are waiting for you to accept them.`;
    case 'vault-locked':
      return 'Unlock it to see what’s running, to sign in and to start roles. Renewals are paused until then.';
    case 'clock-wrong':
      return 'Set this machine’s clock. Daypass uses AWS’s clock to count the time left, but AWS rejects your tools’ requests if this clock is wrong.';
    case 'sign-in-failed':
    case 'roles-not-listed':
    case 'identity-unusable':
    case 'catalog-unusable':
    case 'vault-unusable':
    case 'config-mistake':
    case 'policy-unusable':
    case 'aws-files':
      return null;
  }
}

/** What its button says. */
export function stepLabel(item: AttentionItem, remedy: Remedy | null): string | null {
  if (remedy !== null) return REMEDY_LABELS[remedy];
  switch (item.step.is) {
    case 'sign-in':
      return item.what.is === 'sign-in-failed' ? 'Try again' : 'Sign in';
    case 'continue-sign-in':
      return 'Continue';
    case 'show-role':
      return 'Show role';
    case 'renew':
      return 'Renew now';
    case 'list-roles':
      return 'Try again';
    case 'review-catalog':
      return 'Review';
    case 'unlock':
      return REMEDY_LABELS.unlock;
    case 'as-problem':
    case 'nothing':
      return null;
  }
}

/** Where a sign-in is open, and what its button does. */
function whereOpen(ask: SignInAsk | null): string {
  switch (ask?.by) {
    case 'browser':
      return 'Its page is open in your browser. Continue shows its address.';
    case 'device':
      return `Enter the code at ${ask.shortUrl}. Continue shows the code.`;
    case 'window':
      return `Its page is open in ${ask.browser ?? 'a Daypass window'}. Continue tells you more.`;
    case undefined:
      return 'It started a moment ago. Continue shows its progress.';
  }
}

function inFull({ account, role, profile }: AttentionSession): string {
  return `${profile} (${account} · ${role})`;
}

function profiles(names: readonly string[]): string {
  return names.length === 1 ? `Profile ${names[0]}` : `Profiles ${listed(names, NAMED)}`;
}

function left({ expiresHere }: AttentionSession, now: number): string {
  const works = expiresHere !== null && Date.parse(expiresHere) > now;
  return works ? `Its credentials work until ${clockTime(expiresHere, now)}.` : 'It has no credentials now.';
}

function minutes(seconds: number): string {
  return count(Math.round(Math.abs(seconds) / 60), 'minute');
}
