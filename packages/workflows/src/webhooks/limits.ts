/** Messages in hand at once for one endpoint: after a crash at most so many arrive a second time. */
export const WEBHOOK_WINDOW = 32;

/** Requests at one endpoint at once. */
export const WEBHOOK_REQUESTS = 8;

/** A message that could not be delivered for a day is given up: a receiver that comes back reads the present state instead. */
export const WEBHOOK_GIVE_UP_MS = 86_400_000;

/** Messages kept for endpoints that do not take them: 50 MB. The oldest go first. */
export const WEBHOOKS_KEPT_MAX = 100_000;

/** Pauses between attempts: from two seconds to five minutes. */
export const WEBHOOK_RETRY = { firstMs: 1_000, maxMs: 300_000 };
