import { marginError } from '@surety/margin';

/** Refuses inputs that contradict each other. @throws INCONSISTENT_INPUT if the condition does not hold. */
export function requireConsistent(holds: boolean, message: string): void {
  if (!holds) throw marginError('INCONSISTENT_INPUT', message);
}

/** Refuses a key that occurs twice. @throws INCONSISTENT_INPUT. */
export function requireDistinct(keys: readonly string[], path: string): void {
  const seen = new Set<string>();
  for (const key of keys) {
    requireConsistent(!seen.has(key), `${path} names ${JSON.stringify(key)} twice`);
    seen.add(key);
  }
}
