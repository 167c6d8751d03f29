import type { FaultKind } from './faults.js';
import type { PlantName } from './plants.js';
import { runSeed } from './run-seed.js';
import type { SwarmOptions } from './swarm.js';
import type { Violation } from './world.js';

/** Time for payments to come about, and for a guardian or a hostile relayer to reach for them. */
const LONG_WITH_RELEASES = { safetyMs: 600_000, releaseEveryMs: 1_500 } as const;

/** Releases are forged, and stopped since no vault accounts for as much. */
const FORGED_RELEASES = {
  trouble: 'forged-quorum',
  forged: 'to-vault',
  safetyMs: 420_000,
  releaseEveryMs: 12_000,
  settlement: { blockTimeMs: 4_000, finalityLag: 3, finalityStep: 1, frameLength: 4, providers: 4 },
} as const;

/** Chains whose final blocks are near: a break of finality drops much that was applied at the other end. */
const NEAR = { blockTimeMs: 4_000, finalityLag: 3, finalityStep: 1, frameLength: 1, providers: 4 } as const;
const NEAR_CHAINS = { chains: [NEAR, NEAR], settlement: NEAR } as const;

/** Needs of a planted bug beside its seed. */
interface Needs {
  /** They must be among the faults of the run. */
  readonly faults?: readonly FaultKind[];
  /** Other settings. */
  readonly set?: Partial<SwarmOptions>;
  /** The first seed of the hunt, 1 unless given: of a bug that the first seeds do not show, the first that does. */
  readonly from?: number;
}

const NEEDS: Partial<Record<PlantName, Needs>> = {
  'sign-before-final': {},
  'believe-one-provider': { faults: ['lie-final-height', 'lie-block-hash'] },
  'unknown-as-yes': { faults: ['lie-block-hash', 'provider-down', 'lie-final-height', 'provider-dead-fork'] },
  'halt-on-one-word': { faults: ['lie-block-hash', 'provider-flip-flop'] },
  'forget-halt': { set: { trouble: 'vault-chain-breaks' } },
  'restated-cut-with-another-head': { faults: ['lock-burst'], set: { lockEveryMs: 500 } },
  'clock-in-statements': { faults: ['clock-jump'] },
  'ignore-epoch': { set: { rotationAfterS: 40, overlapS: 30 } },
  'accept-expired-epoch': {
    faults: ['hostile-relayer-garbage', 'hostile-relayer-race'],
    set: { rotationAfterS: 40, overlapS: 1 },
  },
  'skip-cuts': { faults: ['lock-burst'] },
  'trust-any-signer': { faults: ['garbage-signature', 'forged-head'], set: { liars: 1 } },
  'count-repeated-signatures': { faults: ['message-doubled'], set: { doubleRate: 0.5 } },
  'accept-one-signature-less': { faults: ['hostile-relayer-garbage'] },
  'accept-repeated-signer': { faults: ['hostile-relayer-garbage'] },
  'replay-applied-batch': { faults: ['hostile-relayer-race', 'hostile-relayer-garbage'] },
  'skip-head-comparison': { faults: ['hostile-relayer-garbage'], set: { safetyMs: 600_000, relayers: 1 } },
  'pay-stopped': { faults: ['hostile-relayer-race'], set: LONG_WITH_RELEASES },
  'pay-early': { faults: ['hostile-relayer-race'], set: LONG_WITH_RELEASES },
  'stop-without-refund': { set: LONG_WITH_RELEASES },
  'refund-twice': { set: LONG_WITH_RELEASES },
  'pay-twice': { faults: ['hostile-relayer-garbage', 'hostile-relayer-race'] },
  'lose-parked': { set: { lockEveryMs: 500 } },
  'rewind-to-any-point': { set: { trouble: 'forged-quorum' }, from: 7 },
  'unwind-lowers-lines': { set: { trouble: 'vault-chain-breaks' } },
  'keep-parked': { set: { trouble: 'vault-chain-breaks', lockEveryMs: 400 }, from: 7 },
  'keep-queued': { set: { trouble: 'settlement-chain-breaks', ...LONG_WITH_RELEASES }, from: 6 },
  'void-paid': { set: { trouble: 'settlement-chain-breaks', ...LONG_WITH_RELEASES }, from: 6 },
  'come-again-credits': { set: { trouble: 'vault-chain-breaks' }, from: 6 },
  'orphan-matches-twice': { set: { trouble: 'vault-chain-breaks' }, from: 6 },
  'orphan-stays-counted': { set: { trouble: 'vault-chain-breaks' }, from: 6 },
  'settle-twice': { set: { trouble: 'settlement-chain-breaks', ...LONG_WITH_RELEASES }, from: 6 },
  'take-back-early': { set: { trouble: 'vault-chain-breaks' } },
  'missing-forgotten': { set: { trouble: 'forged-quorum' }, from: 7 },
  'loss-not-taken': { set: { trouble: 'forged-quorum' }, from: 7 },
  'release-while-unsettled': { set: { trouble: 'forged-quorum' }, from: 7 },
  'lock-while-short': { set: { trouble: 'tokens-lost' } },
  'pay-in-full': { set: { trouble: 'tokens-lost', ...LONG_WITH_RELEASES }, from: 4 },
  'report-counts-at-once': { set: { trouble: 'tokens-lost' } },
  'cover-early': { set: { trouble: 'tokens-lost' } },
  'coverage-never-rises': { set: { trouble: 'tokens-lost' }, from: 7 },
  'rescue-waits-for-others': { set: { lockEveryMs: 300 } },
  'keep-former-name': { set: { trouble: 'vault-chain-breaks' } },
  'former-name-taken': { set: { trouble: 'forged-quorum', forged: 'to-ledger' } },
  'refund-unconfirmed': { set: { ...FORGED_RELEASES, hasWitnesses: true } },
  'quarantine-each-time': { set: { trouble: 'forged-quorum', forgesRefused: true } },
  'quarantine-by-refund': { set: FORGED_RELEASES },
  'cuts-not-restated': { faults: ['lock-burst'], set: { trouble: 'vault-chain-breaks', lockEveryMs: 400 } },
  'old-point-taken': { set: { trouble: 'vault-chain-breaks', pointWaitMs: 400_000 } },
  'keep-time-heard': { set: { trouble: 'vault-chain-breaks', troubleRepeats: true, repeatAfterMs: 90_000 } },
  'spent-credited-again': { set: { trouble: 'vault-chain-breaks', ...NEAR_CHAINS } },
  'stopped-queued-again': {
    set: { trouble: 'settlement-chain-breaks', pointBack: 12, safetyMs: 240_000, ...NEAR_CHAINS },
  },
  'hide-tip': {
    faults: ['lock-burst'],
    set: { trouble: 'vault-chain-breaks', losesLog: true, faultEveryMs: 3_000, ...NEAR_CHAINS },
    from: 30,
  },
  'fold-step-not-whole': { faults: ['aggregator-kill', 'power-loss'] },
};

/** Outcome of a hunt. */
export interface Hunt {
  /** Seeds until something was found, or all of them. */
  readonly seeds: number;
  readonly violation: Violation | undefined;
}

/** Runs seeds with a planted bug until an invariant tells of it. */
export async function huntPlant(plant: PlantName | undefined, seedsMax: number): Promise<Hunt> {
  const needs = (plant === undefined ? undefined : NEEDS[plant]) ?? {};
  const { from = 1 } = needs;
  for (let seed = from; seed < from + seedsMax; seed++) {
    const adjust = (drawn: SwarmOptions): SwarmOptions => ({
      ...drawn,
      chains: drawn.chains.slice(0, 2),
      safetyMs: 180_000,
      lockEveryMs: 1_500,
      releaseEveryMs: 4_000,
      trouble: undefined,
      troubleRepeats: false,
      losesLog: false,
      hasWitnesses: false,
      forgesRefused: false,
      repeatAfterMs: 0,
      pointWaitMs: 0,
      pointBack: 0,
      ...needs.set,
      faults: new Set([...drawn.faults, ...(needs.faults ?? [])]),
    });
    const { violation } = await runSeed({
      seed,
      ...(plant === undefined ? {} : { plant }),
      adjust,
      // What a rewind or a shortage leaves is settled by the source's own clock, which ticks every ten minutes.
      healMaxMs: (needs.set?.trouble === undefined ? 25 : 60) * 60_000,
    });
    if (violation !== undefined) return { seeds: seed - from + 1, violation };
  }
  return { seeds: seedsMax, violation: undefined };
}
