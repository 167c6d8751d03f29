/** Reports of one account that a watcher serves: the newest, and earlier ones that slower watchers have just reached. */
export const REPORTS_OF_ACCOUNT = 3;

/**
 * Reports that a watcher serves, and that a relayer reads from one: 2,048 of a kilobyte are half of a client's response
 * limit.
 */
export const REPORTS_SERVED_MAX = 2_048;

/**
 * Signatures of one watcher that a relayer recovers per pass; known ones cost nothing. 256 take about 15 ms, and a new
 * watcher is read in eight passes.
 */
export const RECOVERIES_OF_SOURCE = 256;

/** Milliseconds between two checks for a newer block to report: several per finality frame. */
export const REPORT_LOOK_MS = 2_000;

/**
 * Accounts whose reports a watcher prepares at the same time. Each asks every provider some 30 questions, and waits for the slower ones.
 */
export const REPORTS_AT_ONCE = 4;

/** Milliseconds before a report is checked again that its contract or the account's position refused: a provider may lag. */
export const REPORT_RETRY_MS = 15_000;

/**
 * Reports served with their inputs, one per account. Each is some kilobytes, formatted again for every request on the
 * main thread.
 */
export const REPORT_FILES_MAX = 256;

/** Epochs that a relayer accepts from one watcher: a rotation has two. Each costs chain reads. */
export const EPOCHS_OF_SOURCE = 3;

/** Longest pause in milliseconds before a failed account is retried at the same block; doubles from the poll interval. */
export const REPORT_REST_MAX_MS = 120_000;
