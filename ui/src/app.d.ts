/** Whether this bundle carries the fake backend: true in `npm run dev` and tests, false in the product. */
declare const __FAKE__: boolean;

/** The one thing that `vite.config.ts` needs of Node. */
declare module 'node:os' {
  export function availableParallelism(): number;
}
