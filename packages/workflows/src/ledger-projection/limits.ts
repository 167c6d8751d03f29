/** Lines held while folding before they are stored: 20,000 of about 400 bytes are 8 MB. */
export const LINES_HELD_MAX = 20_000;

/** Accounts held as changed until their health was looked at: 100,000 of about 150 bytes are 15 MB. */
export const CHANGED_HELD_MAX = 100_000;
