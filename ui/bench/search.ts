/** Times the window's search for `./dev bench search`, as `crates/search/examples/search_bench.rs` does the others. */
import { readFileSync } from 'node:fs';
import { Matcher } from '../src/lib/fuzzy';

const { roles, queries } = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as {
  roles: string[][];
  queries: string[];
};
const matcher = new Matcher(roles, (role) => role);

function run(query: string) {
  const began = performance.now();
  const found = matcher.find(query);
  return { ms: performance.now() - began, count: found.length, first: [...found.subarray(0, 5)] };
}

queries.slice(0, 5).forEach(run);
console.log(JSON.stringify({ search: 'the window’s', answers: queries.map(run) }));
