/** Problems as the window shows them: their words by code and kind, and what was thrown. */
import type { Problem } from '../bindings/Problem';
import type { ProblemCode } from '../bindings/ProblemCode';
import { BY_CODE, BY_KIND, OF_AWS, type OwnCode, windowFailed, type Words } from '../words/problems';

export { REMEDY_LABELS, type Remedy, type Severity, type Words } from '../words/problems';

export function wordsFor({ code, kind }: Problem): Words {
  return { ...BY_KIND[kind], ...(isOwn(code) ? BY_CODE[code] : OF_AWS[code]) };
}

/** What a problem is called whose code is all that is known. */
export const titleOf = (code: ProblemCode): string => (isOwn(code) ? BY_CODE[code] : OF_AWS[code])?.title ?? code;

function isOwn(code: ProblemCode): code is OwnCode {
  return Object.hasOwn(BY_CODE, code);
}

/** Whether two places show the same problem. */
export function isSame(one: Problem | null | undefined, other: Problem | null | undefined): boolean {
  return one?.code === other?.code && one?.requestId === other?.requestId;
}

/** What happened and what to do about it, where there is room for one line of text. */
export const told = ({ message, hint }: Problem): string => [message, hint].filter(Boolean).map((text) => capital(text as string)).join('. ');

/** A message or hint for the window: a sentence starts with a capital, and text in backticks is code. */
export function pieces(text: string): { text: string; code: boolean }[] {
  const parts = text.split('`');
  parts[0] = capital(parts[0] as string);
  // A backtick without a partner is part of the text.
  if (parts.length % 2 === 0) return [{ text: parts.join('`'), code: false }];
  return parts.map((part, i) => ({ text: part, code: i % 2 === 1 })).filter((part) => part.text !== '');
}

/** A path, an address, a file name or code keeps its first letter. */
export function capital(text: string): string {
  return /^[a-z]+[ ,;]/.test(text) && !text.startsWith('daypass ') ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** Anything thrown, as a problem. Commands reject with one; a broken bridge rejects with a text. */
export function asProblem(thrown: unknown): Problem {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'kind' in thrown && 'message' in thrown) {
    return thrown as Problem;
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    code: 'window-failed',
    message: windowFailed.message(message),
    hint: windowFailed.hint,
    kind: 'failed',
    requestId: null,
  };
}
