/** Payments of a vault held while folding before they are stored: 20,000 of about 500 bytes are 10 MB. */
export const PAYMENTS_HELD_MAX = 20_000;

/** Payments told of after a step. */
export const PAYMENTS_TOLD_MAX = 1_000;
