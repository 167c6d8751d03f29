import type { Bytes32 } from '@surety/domain';
import { crashPoint } from '../crash-point.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { LocatedEntries } from '../ports/origin-chain.js';
import type { ReplicaFact } from './collateral-rows.js';
import type { BlockName, IntakeStore } from './fact-store.js';
import type { Intake } from './intake.js';
import type { SettlementReader } from './settlement-reader.js';
import { stageName } from './stage-name.js';

/** What a look at the newest block stands on. */
export interface LedgerGlancePorts {
  readonly reader: SettlementReader;
  readonly intake: Intake;
  readonly intakeStore: IntakeStore;
  readonly clock: Clock;
  readonly observer: Observer;
}

/**
 * What the ledger's newest block shows, by one provider's word: for display only. A replica is never shown past what k
 * members have signed or the fold has proven, so that a lie is bounded by what will be true soon.
 */
export class LedgerGlance {
  readonly #ports: LedgerGlancePorts;
  #newest: BlockName | undefined;
  #requested: ReadonlyMap<Bytes32, LocatedEntries> = new Map();

  constructor(ports: LedgerGlancePorts) {
    this.#ports = ports;
  }

  /** The newest block that was looked at. */
  get newest(): BlockName | undefined {
    return this.#newest;
  }

  /** Releases of an edge that were requested in blocks that are not final yet. */
  requestedOf(edge: Bytes32): LocatedEntries | undefined {
    return this.#requested.get(edge);
  }

  /** Looks once. @throws the reader's errors. */
  async look(
    replicas: readonly ReplicaFact[],
    finalHeight: bigint | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { reader, intake } = this.#ports;
    // A vault may be configured before the ledger lists it; asked about such a source, the ledger reverts.
    const folded = new Map(replicas.map((replica) => [replica.edge, replica.count]));
    const edges = intake.books.map((book) => book.known).filter((known) => folded.has(known.edgeId));
    const newest = await reader.readNewest({ edges, after: finalHeight ?? 0n }, signal);
    this.#newest = newest.block;
    this.#requested = newest.released;
    for (const [edge, { name, count }] of newest.replicas) {
      // Under another name its numbers are others, and so is what was signed: the fold comes to it.
      if (intake.book(edge)?.name !== name) continue;
      await noteApplied({ edge, count, folded: folded.get(edge) ?? 0n, block: newest.block }, this.#ports);
    }
    for (const [edge, { locations }] of newest.released) {
      const last = locations.at(-1)?.index;
      if (last !== undefined) await intake.noteRequested(edge, last);
    }
  }
}

/** Notes how far a replica shows itself to be, no further than it was attested or folded; the stage of its entries follows. */
export async function noteApplied(
  seen: { readonly edge: Bytes32; readonly count: bigint; readonly folded: bigint; readonly block: BlockName },
  { intake, intakeStore, clock, observer }: Omit<LedgerGlancePorts, 'reader'>,
): Promise<void> {
  const { edge, folded, block } = seen;
  const book = intake.book(edge);
  if (book === undefined) return;
  const bound = book.attestedCount > folded ? book.attestedCount : folded;
  const count = seen.count < bound ? seen.count : bound;
  if (book.appliedCount === count || count < folded) return;
  const grew = count > book.appliedCount;
  book.noteApplied(count);
  if (!grew) return;
  crashPoint('aggregator.glance.grown');
  await intakeStore.saveMilestones([{ edge, stage: 'applied', count, atMs: clock.nowMs(), block }]);
  const stage = stageName('applied', book.known.direction);
  observer.observe({ name: 'stage-reached', level: 'info', fields: { edge, stage, count } });
}
