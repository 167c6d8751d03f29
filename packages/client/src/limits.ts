/** Most bytes of one answer: 512 entries of 95 bytes in hex are 97 kB with 512 places of 300 bytes; 4 MiB leaves room for lists. */
export const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** Most bytes of one server-sent event; an event names one entry or one account. */
export const EVENT_BYTES_MAX = 64 * 1024;

/** Pages of statements that are read for one batch: its 512 counts, each signed for three times, and a page to spare. */
export const BATCH_PAGES_MAX = 16;

/** Pages of one list before it counts as endless: 1,000 pages are 100,000 statements. */
export const PAGES_MAX = 1_000;
