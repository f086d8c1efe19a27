import regions from './regions.json';

/** Suggestions for the region field. Any code of the right form is accepted, because AWS adds regions. The terminal
 * completes the same ones. */
export const COMMON_REGIONS: readonly string[] = regions;

export const COMMON_DURATIONS = ['15m', '30m', '1h', '2h', '4h', '8h', '12h'] as const;
