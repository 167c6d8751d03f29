/**
 * Largest response in bytes: 512 entries of 95 bytes in hex with 512 locations of 300 bytes are about 250 kB; 4 MiB
 * leaves room for lists.
 */
export const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** Largest server-sent event in bytes; an event names one entry or one account. */
export const EVENT_BYTES_MAX = 64 * 1024;

/** Milliseconds without a byte after which an open stream of events counts as lost: an aggregator sends a comment every 15 seconds. */
export const EVENTS_IDLE_MS_MAX = 60_000;

/** Pages of statements read for one batch: its 512 counts with three statements each, and a spare page. */
export const BATCH_PAGES_MAX = 16;

/** Pages after which a list counts as endless: 1,000 pages are 100,000 statements. */
export const PAGES_MAX = 1_000;

/** Payments that make a page full. @source GET /v1/edges/:id/payments */
export const PAYMENTS_PER_PAGE = 256;

/**
 * Requests for one page of payments. An aggregator reads past 1,024 rows or more in each that it does not show; a liar's pages have no end,
 * and it may answer each as late as it may, while relayers and witnesses wait.
 */
export const SHORT_PAGES_MAX = 4;

/** Largest delay of a timer in milliseconds: a longer one, or one that is no number, fires at once. */
export const TIMER_MS_MAX = 2 ** 31 - 1;

/** Seconds to wait that are believed at most: an aggregator is a stranger. */
export const RETRY_AFTER_S_MAX = 3_600;
