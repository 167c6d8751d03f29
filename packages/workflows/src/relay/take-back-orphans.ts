import type { Bytes32 } from '@surety/domain';
import type { Ledger, OrphanHints } from '../ports/ledger.js';
import type { Observer } from '../ports/observer.js';
import { ORPHAN_PAGE, TAKE_BACKS_PER_PASS_MAX } from './limits.js';

/** Ports for taking orphans back. */
export interface TakeBackDeps {
  readonly hints: readonly OrphanHints[];
  readonly ledger: Pick<Ledger, 'takeBack'>;
  readonly observer: Observer;
}

/** The memory between passes; losing it costs some refused simulations. */
export interface TakeBackMemory {
  passes: number;
  /** By source and hint: the hash after which the next page starts. */
  readonly cursors: Map<string, Bytes32>;
}

/** Returns the memory of a new loop. */
export function freshTakeBackMemory(): TakeBackMemory {
  return { passes: 0, cursors: new Map() };
}

/**
 * The error for any orphan of a source whose journal was not replayed to its tip, or not for three days.
 * @source ILedgerRewind.sol
 */
const TOO_EARLY = 'TakeBackTooEarly';

/**
 * Takes back a limited number of a source's orphans that one hint lists, until the ledger reverts because it is too
 * early for any. Another refusal does not stop the others.
 * @throws errors of hint and ledger.
 */
export async function takeBackOrphans(
  { hints, ledger, observer }: TakeBackDeps,
  memory: TakeBackMemory,
  source: number,
  signal?: AbortSignal,
): Promise<void> {
  const turn = memory.passes++ % Math.max(1, hints.length);
  const hint = hints[turn];
  if (hint === undefined) return;
  const key = `${source}:${turn}`;
  const listed = await hint.readOrphans(source, memory.cursors.get(key), signal);
  const tried = listed.slice(0, TAKE_BACKS_PER_PASS_MAX);
  const isMore = listed.length > tried.length || listed.length === ORPHAN_PAGE;
  const last = isMore ? tried.at(-1) : undefined;
  if (last === undefined) memory.cursors.delete(key);
  else memory.cursors.set(key, last.entryHash);
  for (const { entryHash, packed } of tried) {
    const outcome = await ledger.takeBack({ source, packed }, signal);
    const fields = { source, entry_hash: entryHash };
    if (outcome.kind === 'landed') {
      observer.observe({ name: 'orphan-taken-back', level: 'warn', fields: { ...fields, tx_hash: outcome.txHash } });
    } else if (outcome.kind !== 'overtaken') {
      observer.observe({ name: 'take-back-refused', level: 'debug', fields: { ...fields, code: outcome.name } });
      if (outcome.name === TOO_EARLY) return;
    }
  }
}
