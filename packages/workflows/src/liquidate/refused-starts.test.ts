import { type Bytes32, WAD, address, bytes32 } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeAuctions, STARTER_POLICY } from '../testing/fake-auctions.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { freshKeeperMemory, keepAuctionsOnce } from './keep-auctions.js';
import { ACCOUNTS_PER_TRANSACTION, REFUSED_AGAIN_S, REFUSED_STARTS_WAIT_MAX_S } from './limits.js';
import { RefusedStarts } from './refused-starts.js';
import { startTogether } from './serve-together.js';

const some = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const [ANN, BOB] = [some(1), some(2)];
const REFUSED = new Map([[ANN, 'GasTooLow']]);

let desk: FakeAuctions;
beforeEach(() => {
  desk = new FakeAuctions(address(`0x${'c1'.repeat(20)}`));
});

describe('an account that refuses its start', () => {
  it('is left alone for twice as long each time, at most ten minutes, until a start passes', () => {
    const refusals = new RefusedStarts();
    const waits: bigint[] = [];
    for (let times = 0; times < 7; times++) {
      refusals.note([ANN, BOB], REFUSED, 1_000n);
      let waitS = 0n;
      while (refusals.isPutOff(ANN, 1_000n + waitS)) waitS += 1n;
      waits.push(waitS);
    }
    const most = REFUSED_STARTS_WAIT_MAX_S;
    expect(waits).toEqual([REFUSED_AGAIN_S, 60n, 120n, 240n, 480n, most, most]);
    expect([refusals.isPutOff(BOB, 1_000n), refusals.isDoubted(BOB), refusals.isDoubted(ANN)]).toEqual([
      false,
      false,
      true,
    ]);
    refusals.note([ANN], new Map(), 1_000n);
    expect([refusals.isPutOff(ANN, 1_000n), refusals.isDoubted(ANN)]).toEqual([false, false]);
  });

  it('is not left alone for good where the block time was false', () => {
    const refusals = new RefusedStarts();
    refusals.note([ANN], REFUSED, 2n ** 40n);
    expect([refusals.isPutOff(ANN, 2n ** 40n), refusals.isPutOff(ANN, 1_000n)]).toEqual([true, false]);
  });

  it('is started by a keeper no more than that', async () => {
    const hint = { account: ANN, aM: 1n, qM: 2n, block: { height: 1n } };
    const deps = {
      hints: [{ readAccountsBelow: async () => [hint], readLeastHealthy: async () => [hint] }],
      desk,
      clock: new FakeClock(),
      observer: new RecordingObserver(),
      policy: STARTER_POLICY,
    };
    desk.put(ANN);
    desk.burning.add(ANN);
    const memory = freshKeeperMemory();
    const startedAt: bigint[] = [];
    for (let block = 0; block < 40; block++, desk.height += 1n, desk.timeS += 12n) {
      const before = desk.acts.length;
      await keepAuctionsOnce(deps, memory);
      await Promise.all(memory.runningOn);
      if (desk.acts.length > before) startedAt.push(BigInt(block) * 12n);
    }
    expect(startedAt).toEqual([0n, 36n, 96n, 216n, 456n]);
    expect(desk.startsTried).toEqual([true, false, false, false, false]);
  });
});

describe('a start', () => {
  const start = (accounts: readonly Bytes32[], doubted: readonly Bytes32[] = []) =>
    startTogether(
      { desk, observer: new RecordingObserver() },
      {
        startable: accounts.map((account) => ({ account, requiredWad: WAD })),
        perTransaction: ACCOUNTS_PER_TRANSACTION.usual,
        isDoubted: (account) => doubted.includes(account),
      },
    );

  it('is tried again only in the part with an account that is doubted, which comes last', async () => {
    const accounts = Array.from({ length: ACCOUNTS_PER_TRANSACTION.usual + 1 }, (_, n) => some(n + 1));
    await start(accounts, [ANN]);
    expect(desk.startsTried).toEqual([true, false]);
    expect(desk.acts.at(-1)).toBe('start 01');
  });

  it('is tried again once an act for its account has failed', async () => {
    desk.burning.add(BOB);
    expect(await start([ANN, BOB, some(3)])).toEqual(new Map([[BOB, 'GasTooLow']]));
    expect(desk.startsTried).toEqual([true, false, false, false, false]);
  });
});
