import { blockHash, blockHeight } from '@surety/domain';
import { parseObject } from '@surety/rpc';
import { chainError } from '../errors.js';
import type { HaltEvidence } from './halt-store.js';

/** Converts a halt to JSON. */
export function printHalt(halt: HaltEvidence): Record<string, unknown> {
  return { ...halt, height: halt.height === null ? null : halt.height.toString() };
}

/** Parses a halt from JSON. @throws HALT_STORE_UNAVAILABLE, BAD_RESPONSE. */
export function parseHalt(value: unknown): HaltEvidence {
  const { reason, sinceMs, height, accepted, contradicting } = parseObject(value, 'halt');
  if (typeof reason !== 'string' || typeof sinceMs !== 'number') {
    throw chainError('HALT_STORE_UNAVAILABLE', 'the halt has no reason or time; expected both');
  }
  return {
    reason,
    sinceMs,
    height: typeof height === 'string' ? blockHeight(BigInt(height)) : null,
    accepted: typeof accepted === 'string' ? blockHash(accepted) : null,
    contradicting: typeof contradicting === 'string' ? blockHash(contradicting) : null,
  };
}
