import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { runCampaign } from './campaign.js';
import { REPAIRED_KINDS } from './faults.js';

/** Seeds of the ring that runs before every merge, both halves together. */
const MERGE_SEEDS = 200;
/** Percent of the seeds that must have something to repair. */
const REPAIRED_LEAST = 30;
/** Seeds between two words on how far a campaign has come. */
const TOLD_EVERY = 25;

/**
 * Runs one half of the seeds: every second one. `npm run simulate` names more of them in the environment and collects the
 * totals from a file.
 */
export async function runHalf(half: 0 | 1): Promise<void> {
  const { SURETY_SIMULATE_FROM: from, SURETY_SIMULATE_SEEDS: count, SURETY_SIMULATE_OUT: out } = process.env;
  const first = Number(from ?? 1);
  const total = Number(count ?? MERGE_SEEDS);
  const seeds = Array.from({ length: total }, (_, at) => first + at).filter((_, at) => at % 2 === half);
  const totals = await runCampaign(seeds, {
    // Whoever started this process tells of a seed that stands here for long: one that hangs says nothing itself.
    onBegin: (seed) => out !== undefined && writeFileSync(`${out}/half-${half}.seed`, String(seed)),
    onEnd: ({ seeds: done, failures: broken }) => {
      if (out === undefined || done % TOLD_EVERY !== 0) return;
      process.stderr.write(`half ${half}: ${done} of ${seeds.length} seeds, ${broken.length} broken\n`);
    },
  });
  if (out !== undefined) writeFileSync(`${out}/half-${half}.json`, JSON.stringify(totals));
  const failures = totals.failures.map(
    ({ seed, invariant, detail }) =>
      `${invariant}: ${detail}; replay with: npm run simulate -- --seeds 1 --from ${seed}`,
  );
  expect(failures).toEqual([]);
  // Shares are judged of the ring's own seeds, which are always the same; a campaign's tool judges all of its seeds together.
  if (seeds.length < MERGE_SEEDS / 2 || count !== undefined) return;
  const percent = (hit: number): number => Math.floor((100 * hit) / seeds.length);
  const shares = REPAIRED_KINDS.map((kind) => `${kind} ${percent(totals.faults[kind]?.seeds ?? 0)} %`);
  process.stderr.write(`half ${half}: ${percent(totals.repaired)} % of the seeds repair: ${shares.join(', ')}\n`);
  expect(percent(totals.repaired)).toBeGreaterThanOrEqual(REPAIRED_LEAST);
  const fired = Object.values(totals.faults).filter((one) => one.fired > 0).length;
  expect(fired).toBeGreaterThanOrEqual(40);
}
