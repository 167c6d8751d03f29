import type { EdgeDirection } from '@surety/domain';
import { FAULT_KINDS, type FaultKind, REPAIRED_KINDS } from './faults.js';
import type { PlantName } from './plants.js';
import type { Random } from './random.js';

/** One collateral chain, or the settlement chain. */
export interface ChainOptions {
  readonly blockTimeMs: number;
  /** Blocks on top of a final one. */
  readonly finalityLag: number;
  /** Final heights move in steps of so many blocks. */
  readonly finalityStep: number;
  readonly frameLength: number;
  readonly providers: number;
}

/** Parts of one seed. */
export interface SwarmOptions {
  readonly chains: readonly ChainOptions[];
  readonly settlement: ChainOptions;
  readonly attesters: number;
  /** Signing keys in the hands of a liar. */
  readonly liars: number;
  readonly relayers: number;
  /** True if watchers tell entries that are merely seen. */
  readonly tellsSeen: boolean;
  readonly aggregators: number;
  readonly faults: ReadonlySet<FaultKind>;
  /** What has to be repaired by governance, or makes an asset short; at most one thing in a world. */
  readonly trouble: (typeof REPAIRED_KINDS)[number] | undefined;
  /** True if the same chain breaks, or the same edge is forged, once more after its repair. */
  readonly troubleRepeats: boolean;
  /** Time between a repair and the repetition. */
  readonly repeatAfterMs: number;
  /** Time for which the first point of an edge waits, as in a timelock. */
  readonly pointWaitMs: number;
  /** Entries by which a rewind goes further back than it must. */
  readonly pointBack: number;
  /** True if a watcher loses its log, and its halt is cleared, between a break and the rewind. */
  readonly losesLog: boolean;
  /** Direction of the journal whose quorum forges. */
  readonly forged: EdgeDirection;
  /** True if it forges entries that the replica refuses, again and again. */
  readonly forgesRefused: boolean;
  /** True if a vault's refunds wait until witnesses confirm their releases. */
  readonly hasWitnesses: boolean;
  /** Mean time between two faults that the campaign brings. */
  readonly faultEveryMs: number;
  readonly lossRate: number;
  readonly doubleRate: number;
  readonly delayMs: number;
  readonly writeErrorRate: number;
  /** Share of unsynced writes that a loss of power takes. */
  readonly unsyncedLossRate: number;
  readonly safetyMs: number;
  readonly lockEveryMs: number;
  readonly releaseEveryMs: number;
  /** Seconds after the start at which a second attester set becomes active; none without a rotation. */
  readonly rotationAfterS: number | undefined;
  /** Seconds for which the old set is accepted after that. */
  readonly overlapS: number;
  readonly startS: number;
  readonly plant: PlantName | undefined;
}

/** Draws what a seed consists of: every seed its own part of the faults, at its own strengths. */
export function drawSwarm(random: Random, plant: PlantName | undefined): SwarmOptions {
  const breadth = random.pick([0, 0.15, 0.35, 0.6, 0.9]);
  const faults = new Set(FAULT_KINDS.filter(() => random.chance(breadth)));
  const attesters = random.pick([4, 4, 4, 5, 6, 7]);
  const faulty = attesters - (Math.floor((2 * attesters) / 3) + 1);
  const chainCount = random.pick([2, 2, 2, 2, 3, 3, 4]);
  const midnightS = 1_700_006_400;
  return {
    chains: Array.from({ length: chainCount }, () => drawChain(random)),
    settlement: drawChain(random),
    attesters,
    liars: random.chance(0.4) ? random.whole(0, faulty) : 0,
    relayers: random.whole(2, 3),
    tellsSeen: random.chance(0.5),
    aggregators: random.chance(0.25) ? 2 : 1,
    faults,
    trouble: random.chance(0.5) ? random.pick(REPAIRED_KINDS) : undefined,
    faultEveryMs: random.pick([1_000, 3_000, 8_000]),
    lossRate: random.pick([0, 0.02, 0.1, 0.3]),
    doubleRate: random.pick([0, 0.05, 0.2, 0.5]),
    delayMs: random.pick([5, 50, 400, 2_000]),
    writeErrorRate: random.pick([0.01, 0.03, 0.1]),
    unsyncedLossRate: 0.8 + 0.2 * random.unit(),
    safetyMs: random.pick([1, 1, 1, 2, 2, 3, 6]) * 60_000,
    lockEveryMs: random.pick([1_500, 4_000, 12_000]),
    releaseEveryMs: random.pick([4_000, 15_000]),
    rotationAfterS: random.chance(0.3) ? random.whole(20, 240) : undefined,
    overlapS: random.pick([30, 120, 3_600]),
    // A third of the seeds starts shortly before midnight, when cuts are restated.
    startS: midnightS + (random.chance(0.33) ? 86_400 - random.whole(20, 240) : random.whole(0, 80_000)),
    plant,
    troubleRepeats: random.chance(0.3),
    losesLog: random.chance(0.4),
    forged: random.chance(0.4) ? 'to-vault' : 'to-ledger',
    hasWitnesses: random.chance(0.5),
    forgesRefused: random.chance(0.3),
    repeatAfterMs: random.chance(0.2) ? 90_000 : 0,
    pointWaitMs: random.chance(0.05) ? 400_000 : 0,
    pointBack: random.chance(0.2) ? random.whole(1, 12) : 0,
  };
}

/** Block times with finality lags: no chain here takes more than three minutes to its final blocks. */
const PACES: readonly (readonly [blockTimeMs: number, finalityLag: number])[] = [
  [1_000, 70],
  [2_000, 10],
  [2_000, 40],
  [4_000, 6],
  [6_000, 12],
  [12_000, 3],
  [12_000, 12],
];

function drawChain(random: Random): ChainOptions {
  const [blockTimeMs, finalityLag] = random.pick(PACES);
  return {
    blockTimeMs,
    finalityLag,
    finalityStep: random.pick([1, 4, 8, 8]),
    frameLength: random.pick([1, 2, 4, 8]),
    providers: random.pick([4, 4, 5, 6]),
  };
}
