/** Bytes of a body: 256 statements of 900 bytes, or 512 entries of 190 hex digits with places of 320 bytes, are below 300 kB. */
export const BODY_BYTES_MAX = 512 * 1024;

/** Most entries under way shown for one account and edge. */
export const ENTRIES_PER_ACCOUNT_MAX = 100;

/** Releases shown of one account. */
export const RELEASES_PER_ACCOUNT_MAX = 50;

/** Open payments in one read. */
export const PAYMENTS_PER_READ_MAX = 256;

/** Entries shown of one transaction. */
export const ENTRIES_PER_TX_MAX = 100;

/**
 * Burst of new statements and entries of one poster, and of known ones of one remote address. A rebuild posts 100,000
 * entries within minutes; a steady watcher needs one a second.
 */
export const POSTER_BURST = 16_384;
/** Refill of such a budget, items a second. */
export const POSTER_PER_SECOND = 1_024;

/** Refused items from one remote address before it must wait: each costs us one recovery, about 40 µs. */
export const REFUSED_BURST = 512;
/** Refill of a remote address's budget of refusals, items a second. */
export const REFUSED_PER_SECOND = 16;

/** Burst of reads of one remote address: a wallet's page needs a dozen, a relayer's pass a few for each edge. */
export const READ_BURST = 600;
/** Refill of an address's budget of reads, a second. */
export const READ_PER_SECOND = 60;

/** Stopped payments shown beside one page of open ones. */
export const STOPPED_PER_READ_MAX = 64;

/** Loads of rows for one page of payments: those whose entries are not held yet are not shown, and while an aggregator rebuilds itself that is all. */
export const PAGE_LOADS_MAX = 16;

/** Reads as which a quote counts, since it asks a quorum of providers each time. */
export const QUOTE_READS = 20;
/** Reads as which a page of auctions counts, or one of them: one provider is asked about each account, 64 in a page. */
export const AUCTION_READS = 20;

/** Reads as which a page of a history counts: the times of 16 blocks may be read, each by a quorum of providers. */
export const HISTORY_READS = 10;

/** Reads as which an explanation counts: one of a transaction weighs several accounts. `surety lock --wait` asks twice a second. */
export const EXPLAIN_READS = 10;

/** Entries of one transaction that are explained at once; each may read another account, and ask a quorum of providers about it. */
export const ENTRIES_EXPLAINED_MAX = 8;

/** Remote addresses and posters remembered; the oldest are forgotten first. */
export const BUCKETS_MAX = 4_096;

/** Entries that reach a stage at once and are told one by one: more are read by nobody as they come, and cost a rebuild a read each. */
export const ENTRIES_TOLD_MAX = 64n;

/** Event streams at a time. */
export const EVENT_STREAMS_MAX = 64;
/** Event streams at a time of one remote address: a household of pages, and too few to shut everybody else out. */
export const EVENT_STREAMS_PER_ADDRESS_MAX = 8;
/** Events kept for streams that resume: 1,024 of at most a few hundred bytes. */
export const EVENTS_KEPT = 1_024;
/** Bytes that may wait for a slow reader before its stream is ended. */
export const EVENT_BACKLOG_BYTES_MAX = 1024 * 1024;
/** Milliseconds between two comments that keep a quiet stream open. */
export const EVENT_KEEPALIVE_MS = 15_000;

/** Milliseconds that a browser waits before it opens a broken stream again. */
export const EVENT_RETRY_MS = 2_000;

/** Milliseconds in which a request must arrive whole: 512 kB at 20 kB a second. A slower one loses its connection. */
export const REQUEST_TIMEOUT_MS = 30_000;

/** Most connections at once: event streams, watchers, relayers and readers; each costs some 20 kB. */
export const CONNECTIONS_MAX = 1_024;
/** Connections at once of one remote address that is no trusted proxy: some machines with watchers, relayers and pages behind one. */
export const CONNECTIONS_PER_ADDRESS_MAX = 64;

/** Milliseconds for pending requests when the aggregator stops; a supervisor waits 10 seconds for it. */
export const STOP_GRACE_MS = 2_000;
