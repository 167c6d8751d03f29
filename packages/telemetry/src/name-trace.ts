import { createHash } from 'node:crypto';

/** The names of an entry’s trace: 32 and 16 hex digits. */
export interface TraceName {
  readonly traceId: string;
  /** The span of the whole way, above all others. */
  readonly rootId: string;
}

/**
 * Names the trace of an entry: the first 24 bytes of the SHA-256 of its edge and index. So the processes of different
 * operators put their spans into one trace without telling each other.
 */
export function nameTrace(edge: string, index: bigint): TraceName {
  const digest = createHash('sha256').update(`surety entry ${edge.toLowerCase()}:${index}`).digest('hex');
  return { traceId: digest.slice(0, 32), rootId: digest.slice(32, 48) };
}
