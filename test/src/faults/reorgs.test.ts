import { rebuildAggregator } from '@surety/devnet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ATTESTERS, type Line, startLine } from '../e2e/start-line.js';
import type { ToldHeads } from './compare-histories.js';
import { findAstray } from './find-astray.js';
import { EPOCH_SLOTS, ReorgCampaign, STAGES, summarizeReorgs } from './reorg-campaign.js';
import { seededRandom } from './seeded-random.js';

const SEED = Number(process.env['SURETY_CAMPAIGN_SEED'] ?? 1);
/** Rounds of one reorganisation of every chain; more in `npm run reorgs`. */
const ROUNDS = Math.ceil(Number(process.env['SURETY_CAMPAIGN_COUNT'] ?? 42) / 3);
/** Rounds after which everything is applied and compared: nodes keep 1,500 states, and a round makes about 100. */
const ROUNDS_PER_CHECK = 7;
const DEPTHS = [1, 64, 2, 32, 5, 48, 17, 9];
let line: Line;

beforeAll(async () => {
  line = await startLine({ epochSlots: EPOCH_SLOTS, statesOnDisk: 0 });
});
afterAll(() => line?.stop());

test(
  'a reorganisation of any depth below finality, at any stage, loses and doubles nothing',
  { timeout: 240_000 + 30_000 * ROUNDS },
  async () => {
    const { devnet } = line;
    const random = seededRandom(SEED);
    const campaign = new ReorgCampaign(devnet, random);
    await campaign.open();
    const told: ToldHeads = new Map();
    let compared = { entries: 0, releases: 0, signedHeads: 0 };
    for (let round = 1; round <= ROUNDS; round++) {
      const stage = STAGES[round % STAGES.length] ?? 'seen';
      const depth = round <= DEPTHS.length ? (DEPTHS[round - 1] ?? 1) : random.between(1, 64);
      await campaign.reorganiseAt(stage, depth);
      if (round % ROUNDS_PER_CHECK !== 0 && round !== ROUNDS) continue;
      await campaign.settle();
      const verdict = await findAstray(devnet, ATTESTERS, told);
      expect(verdict.findings).toEqual([]);
      compared = verdict;
    }
    for (const node of devnet.network.nodes.values()) await node.startBlocks(1);
    const rebuild = await rebuildAggregator(devnet);
    const { text, hitShare } = summarizeReorgs(campaign.reorgs);
    process.stdout.write(
      `reorgs: seed ${SEED}, ${text}\ncompared: ${compared.entries} entries, ${compared.releases} releases, ${compared.signedHeads} signed heads; astray: 0; state hash ${rebuild.hashAfter}\n`,
    );
    expect(rebuild.hashAfter).toBe(rebuild.hashBefore);
    expect(compared.entries).toBeGreaterThan(0);
    expect(hitShare).toBeGreaterThanOrEqual(0.3);
  },
);
