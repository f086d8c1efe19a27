/** Texts that people paste instead of names. */

/** Whether a query is an address or an ARN, and no words. */
export const isPage = (query: string): boolean => /^(arn:|https?:\/\/)\S+$/i.test(query.trim());
