import { type EdgeCondition, REPLICA_STATES } from '@surety/workflows';
import type { Hex } from 'viem';

/** Reads an edge's state from its contract. The cause is the printable part of its 32 bytes. */
export function conditionOf(said: {
  readonly state: number;
  readonly until: number | bigint;
  readonly cause: Hex;
}): EdgeCondition {
  const { state, until, cause } = said;
  return { state: REPLICA_STATES[state] ?? 'NONE', until: BigInt(until), cause: wordText(cause) };
}

/** Returns the readable text in a word of 32 bytes; empty if there is none. */
export function wordText(word: Hex): string {
  const text = Buffer.from(word.slice(2), 'hex').toString('latin1').replace(/\0+$/, '');
  return /^[\x20-\x7e]*$/.test(text) ? text : '';
}
