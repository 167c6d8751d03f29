import { createHash } from 'node:crypto';
import { thousands } from '../markdown.js';

/** Totals of a half of the seeds, as test/src/simulation writes them. */
export interface Totals {
  readonly seeds: number;
  readonly simulatedMs: number;
  readonly events: number;
  readonly signatures: number;
  readonly entries: number;
  readonly releases: number;
  /** Times each kind fired, and in how many seeds. */
  readonly faults: Readonly<Record<string, { readonly fired: number; readonly seeds: number }>>;
  readonly points: Readonly<Record<string, number>>;
  readonly repaired: number;
  readonly slowestHealMs: number;
  readonly failures: readonly { readonly seed: number; readonly invariant: string; readonly detail: string }[];
  /** `seed hash` of each. */
  readonly hashes: readonly string[];
}

/** Percent of a campaign's seeds that must have something to repair, and the seeds from which on the share says so. */
const REPAIRED_LEAST = { percent: 30, seeds: 5_000 };

/** Adds up the halves of a campaign. Both know the same kinds of faults and the same points. */
export function addTotals(halves: readonly Totals[]): Totals {
  const sum = (read: (half: Totals) => number): number => halves.reduce((total, half) => total + read(half), 0);
  const names = (read: (half: Totals) => object): readonly string[] => [
    ...new Set(halves.flatMap((half) => Object.keys(read(half)))),
  ];
  return {
    seeds: sum((half) => half.seeds),
    simulatedMs: sum((half) => half.simulatedMs),
    events: sum((half) => half.events),
    signatures: sum((half) => half.signatures),
    entries: sum((half) => half.entries),
    releases: sum((half) => half.releases),
    repaired: sum((half) => half.repaired),
    slowestHealMs: Math.max(...halves.map((half) => half.slowestHealMs)),
    faults: Object.fromEntries(
      names((half) => half.faults).map((kind) => [
        kind,
        { fired: sum((half) => half.faults[kind]?.fired ?? 0), seeds: sum((half) => half.faults[kind]?.seeds ?? 0) },
      ]),
    ),
    points: Object.fromEntries(
      names((half) => half.points).map((point) => [point, sum((half) => half.points[point] ?? 0)]),
    ),
    failures: halves.flatMap((half) => half.failures),
    hashes: halves.flatMap((half) => half.hashes).sort((left, right) => Number.parseInt(left) - Number.parseInt(right)),
  };
}

/** The figures that both the printed table and the recorded row show. */
export function figuresOf(totals: Totals): {
  readonly fired: string;
  readonly kinds: string;
  readonly hours: string;
  readonly slowestHealing: string;
  readonly hash: string;
} {
  const faults = Object.values(totals.faults);
  return {
    fired: thousands(faults.reduce((total, one) => total + one.fired, 0)),
    kinds: `${faults.filter((one) => one.fired > 0).length} of ${faults.length}`,
    hours: thousands(totals.simulatedMs / 3_600_000),
    slowestHealing: `${Math.round(totals.slowestHealMs / 60_000)} simulated minutes`,
    hash: createHash('sha256').update(totals.hashes.join('\n')).digest('hex').slice(0, 16),
  };
}

/** Writes the tables of a campaign. */
export function describeTotals(totals: Totals, from: number, wallTime: string): string {
  const { fired, kinds, hours, slowestHealing, hash } = figuresOf(totals);
  return [
    '| measure | figure |',
    '| --- | ---: |',
    `| seeds | ${thousands(totals.seeds)}, from ${from} |`,
    `| broken invariants | ${totals.failures.length} |`,
    `| simulated time | ${hours} hours |`,
    `| events, each followed by a check | ${thousands(totals.events)} |`,
    `| faults fired | ${fired} |`,
    `| kinds of faults that fired | ${kinds} |`,
    `| entries locked, releases requested | ${thousands(totals.entries)}, ${thousands(totals.releases)} |`,
    `| statements signed | ${thousands(totals.signatures)} |`,
    `| seeds with something to repair | ${totals.repaired} |`,
    `| slowest healing | ${slowestHealing} |`,
    `| hash over the hashes of all seeds | ${hash} |`,
    `| wall time | ${wallTime} |`,
    '',
    '| fault | fired | in seeds |',
    '| --- | ---: | ---: |',
    ...Object.entries(totals.faults).map(
      ([kind, one]) => `| ${kind} | ${thousands(one.fired)} | ${thousands(one.seeds)} |`,
    ),
    '',
    '| sometimes | times |',
    '| --- | ---: |',
    ...Object.entries(totals.points).map(([point, times]) => `| ${point} | ${thousands(times)} |`),
  ].join('\n');
}

/** Says that too few seeds had something to repair; undefined where enough had, or too few ran to tell. */
export function judgeRepairs({ repaired, seeds }: Pick<Totals, 'repaired' | 'seeds'>): string | undefined {
  const percent = (100 * repaired) / seeds;
  return seeds >= REPAIRED_LEAST.seeds && percent < REPAIRED_LEAST.percent
    ? `${percent} % of the seeds repair; expected at least ${REPAIRED_LEAST.percent} %`
    : undefined;
}
