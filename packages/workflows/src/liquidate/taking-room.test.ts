import { type BlockHeight, type Bytes32, WAD, address, bytes32 } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeAuctions, bidsAt, freshKeeperMemory } from '../testing/fake-auctions.js';
import { settle } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { BLOCKS_BEHIND_MAX } from './limits.js';
import { serveSingly } from './serve-singly.js';

const protocol = address(`0x${'c1'.repeat(20)}`);
const some = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const BIDS = { ...bidsAt(protocol), totalMaxWad: 1_500n * WAD };

let desk: FakeAuctions;
let memory: ReturnType<typeof freshKeeperMemory>;

beforeEach(() => {
  [desk, memory] = [new FakeAuctions(protocol), freshKeeperMemory()];
  desk.readTaker = async () => ({
    height: desk.height as BlockHeight,
    assetsWad: desk.takerAssetsWad,
    requiredWad: desk.takenWad,
  });
});

/** Serves a new account at this block. @returns the share of its burden that is bid for, nothing without a bid. */
async function shareOf(account: Bytes32): Promise<bigint | undefined> {
  desk.startByRival(account);
  const policy = { isStarter: false, burdenMinWad: 0n, bids: BIDS, isDryRun: false };
  await serveSingly({ desk, observer: new RecordingObserver(), policy }, memory, [account]);
  await settle();
  return desk.bids.find((bid) => bid.account === account)?.terms.shareMaxWad;
}

/** Lets the next bid land at a height, whatever the block is. */
function landAt(height: bigint): void {
  const bid = desk.bid.bind(desk);
  desk.bid = async (one) => {
    desk.bid = bid;
    const outcome = await bid(one);
    return outcome.kind === 'landed' ? { ...outcome, height: height as BlockHeight } : outcome;
  };
}

describe('the room of a taker', () => {
  it('is read again some time after a bid that is said to have landed at a block that never comes', async () => {
    landAt(2n ** 63n);
    expect(await shareOf(some(1))).toBe(WAD);
    // Of the room of 1,500 there are 500 left as far as the keeper knows; then the account is paid down.
    desk.takenWad = 0n;
    desk.height += 1n;
    expect(await shareOf(some(2))).toBe(WAD / 2n);
    desk.takenWad = 0n;
    desk.height += BLOCKS_BEHIND_MAX - 1n;
    expect(await shareOf(some(3))).toBeUndefined();
    desk.height += 1n;
    expect(await shareOf(some(4))).toBe(WAD);
  });

  it('stays as it was known while a provider is behind, however often it is read', async () => {
    landAt(5n);
    expect(await shareOf(some(1))).toBe(WAD);
    desk.takenWad = 0n;
    for (let n = 2; n < 50; n++) await shareOf(some(n));
    expect(desk.bids.map(({ terms }) => terms.shareMaxWad)).toEqual([WAD, WAD / 2n]);
    desk.takenWad = 0n;
    desk.height = 5n;
    expect(await shareOf(some(99))).toBe(WAD);
  });
});
