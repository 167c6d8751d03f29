import { FAULT_KINDS, REPAIRED_KINDS, SOMETIMES } from './faults.js';
import { type SeedOutcome, runSeed } from './run-seed.js';

/** Totals of a range of seeds; all fields can be summed over ranges. */
export interface CampaignTotals {
  readonly seeds: number;
  readonly simulatedMs: number;
  readonly events: number;
  readonly signatures: number;
  readonly entries: number;
  readonly releases: number;
  /** Times each kind fired, and in how many seeds. */
  readonly faults: Readonly<Record<string, { readonly fired: number; readonly seeds: number }>>;
  readonly points: Readonly<Record<string, number>>;
  /** Seeds with at least one trouble that governance repairs, or that makes an asset short. */
  readonly repaired: number;
  readonly slowestHealMs: number;
  readonly failures: readonly { readonly seed: number; readonly invariant: string; readonly detail: string }[];
  /** One hash over the hashes of all seeds, in order. */
  readonly hashes: readonly string[];
}

/** Totals of no seed at all. */
function noTotals(): CampaignTotals {
  return {
    seeds: 0,
    simulatedMs: 0,
    events: 0,
    signatures: 0,
    entries: 0,
    releases: 0,
    faults: Object.fromEntries(FAULT_KINDS.map((kind) => [kind, { fired: 0, seeds: 0 }])),
    points: Object.fromEntries(SOMETIMES.map((point) => [point, 0])),
    repaired: 0,
    slowestHealMs: 0,
    failures: [],
    hashes: [],
  };
}

/** Who hears of a campaign while it runs. */
export interface CampaignListener {
  /** Told of each seed before it runs. */
  readonly onBegin: (seed: number) => void;
  /** Told the totals after each seed. */
  readonly onEnd: (totals: CampaignTotals) => void;
}

/** Runs seeds one after the other; each has no other input than its number. */
export async function runCampaign(seeds: readonly number[], listener: CampaignListener): Promise<CampaignTotals> {
  let totals = noTotals();
  for (const seed of seeds) {
    listener.onBegin(seed);
    totals = addSeed(totals, await runSeed({ seed }));
    listener.onEnd(totals);
  }
  return totals;
}

function addSeed(totals: CampaignTotals, outcome: SeedOutcome): CampaignTotals {
  const { seed, violation, faults, points } = outcome;
  const addFault = (kind: string): readonly [string, { fired: number; seeds: number }] => {
    const fired = faults.get(kind as (typeof FAULT_KINDS)[number]) ?? 0;
    const before = totals.faults[kind] ?? { fired: 0, seeds: 0 };
    return [kind, { fired: before.fired + fired, seeds: before.seeds + (fired > 0 ? 1 : 0) }];
  };
  const { invariant, detail } = violation ?? { invariant: '', detail: '' };
  return {
    seeds: totals.seeds + 1,
    simulatedMs: totals.simulatedMs + outcome.simulatedMs,
    events: totals.events + outcome.events,
    signatures: totals.signatures + outcome.signatures,
    entries: totals.entries + outcome.entries,
    releases: totals.releases + outcome.releases,
    faults: Object.fromEntries(FAULT_KINDS.map(addFault)),
    points: Object.fromEntries(
      SOMETIMES.map((point) => [point, (totals.points[point] ?? 0) + (points.get(point) ?? 0)]),
    ),
    repaired: totals.repaired + (REPAIRED_KINDS.some((kind) => (faults.get(kind) ?? 0) > 0) ? 1 : 0),
    slowestHealMs: Math.max(totals.slowestHealMs, outcome.healedAfterMs ?? 0),
    failures: violation === undefined ? totals.failures : [...totals.failures, { seed, invariant, detail }],
    hashes: [...totals.hashes, `${seed}:${outcome.hash}`],
  };
}
