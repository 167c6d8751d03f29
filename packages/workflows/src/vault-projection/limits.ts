/** Payments held in memory before they are stored: 20,000 of about 500 bytes are 10 MB. */
export const PAYMENTS_HELD_MAX = 20_000;

/** Open payments loaded after a step to find those that are due, and how many of these are compared with the vault's own. */
export const OPEN_LOADED_MAX = 1_000;
export const DUE_COMPARED_MAX = 32;

/** Payments announced after a step. */
export const PAYMENTS_TOLD_MAX = 1_000;
