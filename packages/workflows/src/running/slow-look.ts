/** Least and most milliseconds between two slow looks. */
const PAUSE_MS = { min: 5_000, max: 60_000 } as const;

/** Returns the pause in milliseconds between two looks at what takes effect in days, such as a shortage: ten blocks of the chain, a minute at most. */
export function slowLookMs(blockTimeMs: number): number {
  return Math.round(Math.min(PAUSE_MS.max, Math.max(PAUSE_MS.min, blockTimeMs * 10)));
}
