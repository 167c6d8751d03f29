/** Entries per call, posted or read: 512 · 95 bytes are 49 kB, about 250 kB as hex with locations. */
export const ENTRIES_PER_CALL_MAX = 512;

/**
 * Incomplete statements of one member and edge: the cuts of 30 days, restated each day, are 1,563 for 100,000 entries.
 * 31 members · 8,192 · about 1 kB are 250 MB for each edge if every member lies.
 */
export const OPEN_STATEMENTS_MAX = 8_192;

/** Oldest incomplete statements that go when a member has too many, so that it is counted once for so many new ones. */
export const OPEN_STATEMENTS_ROOM = 1_024;

/** Seconds that a statement's `asOf` may be ahead of our clock: 120 as on chain, the rest for inaccurate clocks. */
export const AS_OF_AHEAD_MAX_S = 3_600n;

/** Unattested entries kept per poster: 31 posters · 4,096 · about 400 bytes in memory stay below 50 MB at the worst. */
export const CANDIDATES_PER_POSTER_MAX = 4_096n;

/** Complete statements kept per (edge, count). A quiet journal gets a heartbeat every ten minutes without end. */
export const STATEMENTS_PER_COUNT_MAX = 8;
