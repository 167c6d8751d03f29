/** Returns the pause after some failures in a row: it doubles from `firstMs` and stops at `maxMs`. */
export function retryDelayMs(failures: number, limits: { readonly firstMs: number; readonly maxMs: number }): number {
  return Math.min(limits.maxMs, limits.firstMs * 2 ** Math.min(failures, 30));
}
