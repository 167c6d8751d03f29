import { type Bytes32, bytes32 } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { type HealthPoint, noteHealth } from './health-points.js';
import { HEALTH_POINTS_KEPT_S } from './limits.js';

const ALICE = bytes32(`0x${'a1'.repeat(32)}`);
const BOB = bytes32(`0x${'b0'.repeat(32)}`);

let noted: HealthPoint[];
let keptFrom: bigint | undefined;
let writes: number;

const store = {
  loadLastPoints: async (accounts: readonly Bytes32[]) =>
    accounts.flatMap((account) => noted.filter((one) => one.account === account).slice(-1)),
  savePoints: async (points: readonly HealthPoint[], from: bigint) => {
    noted.push(...points);
    keptFrom = from;
    writes += 1;
  },
};

beforeEach(() => {
  [noted, keptFrom, writes] = [[], undefined, 0];
});

/** Judges Alice with some assets for a debt, once for each. */
async function judge(...figures: readonly (readonly [assets: bigint, requirement: bigint])[]): Promise<void> {
  for (const [assets, requirement] of figures) {
    const height = BigInt(noted.length);
    await noteHealth(store, [{ account: ALICE, assets, requirement, height, timestamp: 3_000_000n + height }]);
  }
}

const assetsNoted = (): bigint[] => noted.map(({ assets }) => assets);

describe('the health of an account', () => {
  it('is noted when it has moved by more than a hundredth, up or down, since it was last noted', async () => {
    await judge([10_000n, 5_000n], [10_100n, 5_000n], [9_900n, 5_000n], [10_101n, 5_000n], [10_001n, 5_000n]);
    expect(assetsNoted()).toEqual([10_000n, 10_101n]);
    await judge([9_999n, 5_000n]);
    expect(assetsNoted()).toEqual([10_000n, 10_101n, 9_999n]);
  });

  it('creeps, and is noted once the steps add up', async () => {
    await judge(...Array.from({ length: 100 }, (_, at) => [10_000n + BigInt(at) * 5n, 5_000n] as const));
    expect(assetsNoted()).toEqual([10_000n, 10_105n, 10_210n, 10_315n, 10_420n]);
  });

  it('stays where assets and debt grow alike', async () => {
    await judge([10_000n, 5_000n], [20_000n, 10_000n], [20_000n, 9_500n]);
    expect(noted.map(({ requirement }) => requirement)).toEqual([5_000n, 9_500n]);
  });

  it('begins with a debt and ends with it', async () => {
    await judge([7n, 0n], [7n, 5n], [7n, 0n], [8n, 0n], [8n, 5n]);
    expect(noted.map(({ requirement }) => requirement)).toEqual([5n, 0n, 5n]);
  });

  it('without assets is noted once, and when there are some again', async () => {
    await judge([0n, 5n], [0n, 5n], [0n, 9n], [1n, 9n]);
    expect(assetsNoted()).toEqual([0n, 1n]);
  });

  it('is compared with its own past alone, and all of a block is written at once', async () => {
    await judge([10_000n, 5_000n]);
    const at = { height: 9n, timestamp: 3_000_009n, requirement: 5_000n };
    await noteHealth(store, [
      { ...at, account: ALICE, assets: 10_050n },
      { ...at, account: BOB, assets: 10_050n },
    ]);
    expect(noted.map(({ account }) => account)).toEqual([ALICE, BOB]);
    expect([writes, keptFrom]).toEqual([2, at.timestamp - HEALTH_POINTS_KEPT_S]);
    await noteHealth(store, []);
    expect(writes).toBe(2);
  });
});
