/** Entries one call may hand in or read: 512 · 95 bytes are 49 kB, as hex with places about 250 kB. */
export const ENTRIES_PER_CALL_MAX = 512;

/** Statements one call may hand in: 256 · about 900 bytes are 230 kB. */
export const STATEMENTS_PER_CALL_MAX = 256;

/** Unattested entries kept per poster: 31 posters · 4,096 · about 400 bytes in memory stay below 50 MB at the worst. */
export const CANDIDATES_PER_POSTER_MAX = 4_096n;

/** Complete statements kept per (edge, count): heartbeats of a quiet journal come every ten minutes for ever. */
export const STATEMENTS_PER_COUNT_MAX = 8;
