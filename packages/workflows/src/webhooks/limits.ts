/** Messages in hand at once for one endpoint: after a crash at most so many arrive a second time, or all behind a lane that is held back. */
export const WEBHOOK_WINDOW = 32;

/** The same while a lane is held back, and the size of a page behind such a window: half a megabyte. */
export const WEBHOOK_WINDOW_HELD = 1_024;

/** Requests at one endpoint at once, and failures of one kind of lanes that end a pass. */
export const WEBHOOK_REQUESTS = 8;

/** Free lanes, and then held ones, begin no request for longer than this in one pass: what was written meanwhile has its turn too. */
export const WEBHOOK_PASS_MS = 2_000;

/** A message that could not be delivered for a day is given up: a receiver that comes back reads the present state instead. */
export const WEBHOOK_GIVE_UP_MS = 86_400_000;

/** But it is not before this process has tried it for so long: after a day away the receiver may start later than the aggregator. */
export const WEBHOOK_TRIED_MS = 900_000;

/** One that its receiver refuses for itself for so long while it takes others is given up: trying it longer only holds its account's next ones back. */
export const WEBHOOK_REFUSED_GIVE_UP_MS = 3_600_000;

/**
 * Messages kept for endpoints that do not take them: 50 MB. The oldest go first. Those of one account are at most two falls past all
 * steps and back, so that an account that goes up and down for ever pushes out its own oldest alone.
 */
export const WEBHOOKS_KEPT = { all: 100_000, ofLane: 16 };

/** Pauses between the attempts of one message, and between attempts at the outbox: from two seconds to five minutes. */
export const WEBHOOK_RETRY = { firstMs: 1_000, maxMs: 300_000 };

/** Each failure of a held lane lets all of them wait so long: at most 1,800 an hour fail, however many there are. */
export const WEBHOOK_HELD_EVERY_MS = 2_000;

/** For so long a lane that is held back may be tried before those that wait longer: a failure that passes does so by then. */
export const WEBHOOK_HURRIED_MS = 60_000;
