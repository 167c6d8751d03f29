/** Reports of one account that a watcher serves: the newest, and those before it that slower watchers have just reached. */
export const REPORTS_OF_ACCOUNT = 3;

/** Reports that a watcher serves, and that a relayer judges of one: 2,048 of a kilobyte are half of what a client reads as one answer. */
export const REPORTS_SERVED_MAX = 2_048;

/**
 * Signatures of one watcher that a relayer recovers in one pass; those that it has seen before cost nothing. 256 take about
 * 15 ms, and a watcher that has just been found is read in eight passes.
 */
export const RECOVERIES_OF_SOURCE = 256;

/** Pause in milliseconds between two looks at whether a newer block is to be reported: some per finality frame. */
export const REPORT_LOOK_MS = 2_000;

/** Pause in milliseconds before a report is looked at again that its contract, or the account's position, refused: a provider may lag. */
export const REPORT_RETRY_MS = 15_000;

/**
 * Reports that a watcher serves with their inputs, one for each account. Each is some kilobytes, formatted again for every
 * request on the main thread.
 */
export const REPORT_FILES_MAX = 256;

/** Epochs that a relayer accepts from one watcher: a rotation has two. Each costs it questions. */
export const EPOCHS_OF_SOURCE = 3;

/** Longest pause in milliseconds before an account whose report failed is tried again at the same block; it doubles from the one of a look. */
export const REPORT_REST_MAX_MS = 120_000;
