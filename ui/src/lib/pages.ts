/** Texts that people paste instead of names. */
import type { Problem } from '../bindings/Problem';
import type { Backend } from './backend';
import { asProblem } from './problems';

const PAGE = /^(arn:|https?:\/\/)/i;
const LINK = /^daypass:/i;

/** The ARN or address in a query, words beside it or not. */
export const pageIn = (query: string): string | null => query.split(/\s+/).find((word) => PAGE.test(word)) ?? null;

/** The `daypass://` link in a query. */
export const linkIn = (query: string): string | null => query.split(/\s+/).find((word) => LINK.test(word)) ?? null;

/** Why no role reaches what was pasted. Null: some do, or nothing was. */
export async function whyNone(backend: Pick<Backend, 'rolesReaching'>, query: string): Promise<Problem | null> {
  const page = pageIn(query);
  if (page === null) return null;
  try {
    await backend.rolesReaching(page);
    return null;
  } catch (thrown) {
    return asProblem(thrown);
  }
}
