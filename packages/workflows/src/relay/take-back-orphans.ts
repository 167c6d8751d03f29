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
  /** By source and the hint asked: the hash after which its next page begins. */
  readonly cursors: Map<string, Bytes32>;
}

/** Returns the memory of a loop that has not run yet. */
export function freshTakeBackMemory(): TakeBackMemory {
  return { passes: 0, cursors: new Map() };
}

/** The refusal of every orphan of a source whose journal was not heard to its tip, or not for three days. @source ILedgerRewind.sol */
const TOO_EARLY = 'TakeBackTooEarly';

/**
 * Takes back the orphans of a source that one hint names, a bounded number of them, until the ledger says that it is too early for
 * any. One that it refuses otherwise holds up no other. @throws what hint and ledger throw.
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
