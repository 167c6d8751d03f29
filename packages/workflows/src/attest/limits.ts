/**
 * Cuts restated at the first heartbeat of a day or epoch. The protocol requires those of 30 days and those above the
 * replica's count; restating more is harmless, since the heads are the same. 16,384 cuts are 1,048,576 entries, about
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

/**
 * Seconds of block time after which attester sets are read again: a quarter of a minute is nothing compared with the
 * day for which a reading is valid.
 */
export const EPOCHS_REREAD_SECONDS = 15n;

/**
 * Final blocks shared by the journals of one chain: the two ends of a day's search and the frames of a step of 256, so
 * that concurrent journals reuse each other's reads. 600 blocks of about 500 B are 300 kB.
 */
export const POOLED_BLOCKS_MAX = 600;

/**
 * Frames of one step while far behind: 256 frames of 8 blocks are 2,048 blocks, about one log range of most providers.
 * A step that exceeds a limit of its chain is halved.
 */
export const STEP_FRAMES_MAX = 256n;

/**
 * Entries in one step above which the next one is halved: 4,096 logs of about 1 kB of JSON are 4 MB, held several times
 * over.
 */
export const STEP_ENTRIES_MAX = 4_096n;

/** Entries in one post: 256 entries are 49 kB of hex with 256 locations of about 250 bytes, so about 113 kB. */
export const ENTRIES_PER_POST = 256;

/** Statements in one post. @source the aggregator's request limit */
export const STATEMENTS_PER_POST = 256;

/** Entries delivered ahead of their statements. Keeps unattested entries few at the aggregator. */
export const ENTRIES_AHEAD_MAX = 1_024n;

/** Entries announced as seen, per journal: those that may be waiting for finality. Further ones are not announced. */
export const SEEN_ENTRIES_MAX = 1_024;

/** First pause after a failure; it doubles with each further one. */
export const RETRY_FIRST_MS = 500;

/** Longest pause after a chain could not be read: about one block of a slow chain. */
export const RETRY_MAX_MS = 15_000;

/** Longest pause after an aggregator could not be reached: a request costs little, and users wait for the aggregator. */
export const DELIVERY_RETRY_MAX_MS = 5_000;

/** Interval for asking an idle aggregator what it holds. */
export const AGGREGATOR_POLL_MS = 5_000;

/** First wait in milliseconds before redelivery to an aggregator without a quorum; doubles to 10 minutes. */
export const REDELIVER_FIRST_MS = 15_000;

/** The same for an aggregator that holds our newest statement: its quorum waits for others. */
export const REDELIVER_KNOWN_FIRST_MS = 120_000;

/** The same for one that lost or refused a delivery: a starting aggregator accepts it a few seconds later. */
export const REDELIVER_LOST_FIRST_MS = 2_000;

/** @see REDELIVER_FIRST_MS */
export const REDELIVER_MAX_MS = 600_000;

/**
 * Counts below its newest row from which an attester asks for statements of its key: a different head there reveals a
 * second copy. Four cuts of 64 entries; about one page of statements or a few.
 */
export const OWN_HISTORY_OVERLAP = 256n;

/**
 * Longest wait for what an aggregator or peer holds of this key before the first signature: an honest one lists a page in less
 * than a second, and an old history lacks the first rows already.
 */
export const OTHERS_FIRST_MAX_MS = 30_000;

/** Longest pause before a silent aggregator or peer is asked again for statements of this key. */
export const OTHERS_RETRY_MAX_MS = 30_000;

/** Milliseconds between two checks whether an edge's origin is broken: a halt does not wait for a block. */
export const HALT_LOOK_MS = 2_000;

/** Milliseconds between two checks whether a cut-off point needs to be signed: heartbeats are minutes apart. */
export const POINT_LOOK_MS = 5_000;

/** Signatures of one point that are served: two hours of heartbeats, enough for other operators to name it too. */
export const POINTS_KEPT_MAX = 12;
