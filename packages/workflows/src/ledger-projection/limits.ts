/** Lines held in memory before they are stored: 20,000 of about 400 bytes are 8 MB. */
export const LINES_HELD_MAX = 20_000;

/** Changed accounts held until their health is judged: 100,000 of about 150 bytes are 15 MB. */
export const CHANGED_HELD_MAX = 100_000;

/** Changed dates of parked credits that are remembered: 4,096 of about 100 bytes are 0.4 MB. */
export const DATINGS_HELD_MAX = 4_096;
