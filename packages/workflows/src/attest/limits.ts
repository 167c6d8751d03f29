/**
 * Cuts stated again at the first heartbeat of a day or epoch. The protocol asks for those of 30 days and those above the
 * replica's count; stating more is harmless, since the heads are the same. 16,384 cuts are 1,048,576 entries, about
 * 35,000 locks a day for 30 days, and 8 MB of statements.
 */
export const RESTATED_CUTS_MAX = 16_384;

/**
 * Seconds after the first reading of an edge's new name in which each heartbeat restates cuts. Attesters read the name at
 * different times, and equal bytes need one heartbeat of all of them: six heartbeats cover most of an hour.
 */
export const NEW_NAME_SECONDS = 3_600n;

/**
 * Seconds after a destination's final block for which its attester sets are known: a rotation is final that long before its
 * epoch begins.
 * @source PROTOCOL section 5
 */
export const ROTATION_NOTICE_SECONDS = 86_400n;

/** Block time after which attester sets are read again: of the day that a reading holds for, a quarter of a minute is nothing. */
export const EPOCHS_REREAD_SECONDS = 15n;

/**
 * Final blocks that the journals of one chain share: the two ends of a day's search and the frames of a step of 256, so
 * that journals which walk side by side find what another one read. 600 blocks of about 500 B are 300 kB.
 */
export const POOLED_BLOCKS_MAX = 600;

/**
 * Frames walked in one step while far behind: with frames of 8 blocks 2,048 blocks, about one log range of most providers.
 * A step that meets a limit of its chain is halved.
 */
export const STEP_FRAMES_MAX = 256n;

/** Entries in one step above which the next one is halved: 4,096 logs of about 1 kB of JSON are 4 MB, held a few times over. */
export const STEP_ENTRIES_MAX = 4_096n;

/** Entries in one post: 256 entries are 49 kB of hex with 256 places of about 250 bytes, so about 113 kB. */
export const ENTRIES_PER_POST = 256;

/** Statements in one post. @source the aggregator's request limit */
export const STATEMENTS_PER_POST = 256;

/** Entries delivered ahead of their statements. Keeps unattested entries few at the aggregator. */
export const ENTRIES_AHEAD_MAX = 1_024n;

/** Entries announced as seen, per journal: those that may wait for finality. Further ones wait unannounced. */
export const SEEN_ENTRIES_MAX = 1_024;

/** First pause after a failure; it doubles with each further one. */
export const RETRY_FIRST_MS = 500;

/** Longest pause after a chain could not be read: about one block of a slow chain. */
export const RETRY_MAX_MS = 15_000;

/** Longest pause after an aggregator could not be reached: a call costs little, and people wait for it to come back. */
export const DELIVERY_RETRY_MAX_MS = 5_000;

/** Interval for asking an idle aggregator what it holds. */
export const AGGREGATOR_POLL_MS = 5_000;

/** First wait before redelivery to an aggregator without a quorum; doubles to 10 minutes. */
export const REDELIVER_FIRST_MS = 15_000;

/** The same for an aggregator that holds our newest statement: its quorum waits for others. */
export const REDELIVER_KNOWN_FIRST_MS = 120_000;

/** The same for one that lost or refused a delivery: a starting aggregator accepts it a few seconds later. */
export const REDELIVER_LOST_FIRST_MS = 2_000;

/** @see REDELIVER_FIRST_MS */
export const REDELIVER_MAX_MS = 600_000;

/**
 * Counts below its newest row for which an attester asks what others hold of its key: another head there shows a second
 * copy. Four cuts of 64 entries; about one page of statements or a few.
 */
export const OWN_HISTORY_OVERLAP = 256n;

/** Longest pause before an aggregator or peer that did not answer is asked again what it holds of this key. */
export const OTHERS_RETRY_MAX_MS = 30_000;

/** Shortest pause between two looks at the balances of a vault: a shortage takes its effect at the vault in seven days. */
export const BALANCES_LOOK_MS = 60_000;

/** Pause in milliseconds between two looks whether an edge's origin is broken: a halt waits for no block. */
export const HALT_LOOK_MS = 2_000;

/** Pause in milliseconds between two looks whether a point of a rewind is to be signed: heartbeats are minutes apart. */
export const POINT_LOOK_MS = 5_000;

/** Signatures of one point kept to be served: two hours of heartbeats, in which other operators name it too. */
export const POINTS_KEPT_MAX = 12;
