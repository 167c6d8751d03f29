import type { AssetView, ExplanationView } from '@surety/client';
import { tokenUnits } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { LockPlan } from './plan-lock.js';
import { type LockPreviewFacts, previewLock } from './preview-lock.js';

const ETHER = 10n ** 18n;
const finality = { rule: 'depth', depth: 2, stepBlocks: 1 };
const plan = {
  chain: { chainId: 902, name: 'beta', blockTimeMs: 1_000, finality },
  vault: { address: `0x${'ee'.repeat(20)}`, source: 2 },
  asset: { symbol: 'WETH', decimals: 18 },
  amount: tokenUnits(4n * ETHER),
} as unknown as LockPlan;
const factors = { base: 800_000, source: 950_000, freshness: 0, size: 1_000_000, vol: 1_000_000 };
const asset = {
  factors: { initial: factors },
  priceInitial1e12: 3_500n * 10n ** 12n,
  coverageWad: ETHER,
  sourceState: 'LIVE',
  conditions: ['source-dark'],
  fastLimit: null,
  fastUsed: 0n,
  room: 100n * ETHER,
  seasonRoom: 100n * ETHER,
} as unknown as AssetView;
const cost = { gas: 62_000n, feeWei: 62_000n * 10n ** 9n, approval: true };
const preview = (change: Partial<LockPreviewFacts> = {}) =>
  previewLock({ plan, fee: 0n, cost, asset, edge: undefined, ...change });

describe('the preview of a lock', () => {
  it('weighs the line as if its source were fresh, whatever its age now', () => {
    // 4 × 3,500 × 0.8 × 0.95, though the source counts nothing at this moment.
    expect(preview().gainWad).toBe(10_640n * ETHER);
    expect(preview({ fee: ETHER }).gainWad).toBe(7_980n * ETHER);
  });

  it('shows amount, vault, haircuts, margin, fee, gas and seconds', () => {
    expect(preview({ fee: ETHER / 1_000n }).lines).toEqual([
      `amount: 4 WETH into the vault 0x${'ee'.repeat(20)} on beta (902)`,
      'margin: about +10,637.34 initial, at 0.80 for the asset × 0.95 for the chain',
      'fee: 0.001 WETH of the amount, for the relayer',
      'gas: about 0.000062 of the coin of beta (62000 gas, approval included)',
      'counts: about 6 s from now, by the finality of beta',
    ]);
    expect(preview().delays).toEqual([]);
  });

  it('keeps what an aggregator says on its line', () => {
    const strange = 'held\ncounts: at once\u202e';
    const cause = { summary: strange, cause: {} } as unknown as ExplanationView;
    const { lines } = preview({ asset: { ...asset, sourceState: strange }, edge: cause });
    expect(lines.filter((line) => line.includes('held'))).toEqual([
      expect.stringContaining('may take longer: beta is held\\u000acounts: at once\\u202e at the ledger'),
      'may take longer: held\\u000acounts: at once\\u202e',
    ]);
  });

  it('names each thing that may hold it up', () => {
    const cause = { summary: '1 of the 3 signatures it needs are there', cause: {} } as unknown as ExplanationView;
    const held = preview({
      asset: { ...asset, sourceState: 'CONTESTED', fastLimit: ETHER, fastUsed: ETHER, seasonRoom: ETHER },
      edge: cause,
    });
    expect(held.delays).toEqual([
      'beta is CONTESTED at the ledger, which credits it once it is LIVE again',
      'it is above the fast limit (1 WETH of 1 WETH in use): parked until a witness confirms it',
      '3 WETH of it count only after they have seasoned',
      '1 of the 3 signatures it needs are there',
    ]);
    const stale = preview({ asset: { ...asset, priceInitial1e12: 0n, conditions: ['price-stale'], room: ETHER } });
    expect(stale.gainWad).toBe(0n);
    expect(stale.delays).toEqual([
      'its price opens nothing now (price-stale): it counts 0 until that ends',
      "the ledger's cap leaves room for 1 WETH: parked until there is more",
    ]);
  });

  it('says that the margin is unknown where no aggregator answers', () => {
    const blind = preview({ asset: undefined });
    expect([blind.gainWad, blind.lines[1]]).toEqual([null, 'margin: unknown, since no aggregator answers']);
  });
});
