import { type BlockHeight, type Bytes32, address, bytes32 } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeAuctions } from '../testing/fake-auctions.js';
import { freshServingMemory, inOwnOrder } from './choose-served.js';
import {
  type RunningMemory,
  freshRunningMemory,
  readBegan,
  readRunningListed,
  runningByLogs,
} from './follow-running.js';
import { BLOCKS_FOLLOWED_MAX, BLOCKS_READ_AGAIN, RECORDS_IN_TURN } from './limits.js';

const some = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const list = (count: number): Bytes32[] => Array.from({ length: count }, (_, n) => some(n + 1));
const ordered = (accounts: readonly Bytes32[]): Bytes32[] =>
  inOwnOrder(freshServingMemory(), accounts, (account) => account);
const LONG = ordered(list(3 * RECORDS_IN_TURN));
const [BEFORE_LAST, LAST] = LONG.slice(-2) as [Bytes32, Bytes32];

let desk: FakeAuctions;
let memory: RunningMemory;

beforeEach(() => {
  desk = new FakeAuctions(address(`0x${'c1'.repeat(20)}`));
  memory = freshRunningMemory();
  desk.height = 100n;
});

/** Reads at a later block, and returns which auctions run and how many records were read. */
async function read(listed: readonly Bytes32[], { blocks = 1n } = {}) {
  desk.height += blocks;
  const head = { height: desk.height as BlockHeight, timeS: desk.timeS };
  const began = await readBegan(desk, memory, head);
  const running = await readRunningListed(desk, memory, { listed, began, head, serving: freshServingMemory() });
  return { running: [...running.keys()], records: desk.recordsRead.at(-1)?.length };
}

describe('the running auctions of a list', () => {
  it('are read of every account while the list is short', async () => {
    const short = ordered(list(RECORDS_IN_TURN));
    for (const account of [some(2), some(700)]) {
      desk.startByRival(account);
      expect((await read(short)).records).toBe(short.length);
    }
    expect(new Set(memory.running.keys())).toEqual(new Set([some(2), some(700)]));
  });

  it('are read of a long list once, then of those that ran or began, and of the others in turn', async () => {
    desk.startByRival(LAST);
    expect(await read(LONG)).toEqual({ running: [LAST], records: LONG.length });
    for (const account of [BEFORE_LAST, some(9_999)]) desk.startByRival(account);
    // The second turn, which these are not in.
    expect(await read(LONG)).toEqual({
      running: [BEFORE_LAST, LAST, some(9_999)],
      records: RECORDS_IN_TURN + 3,
    });
    desk.put(LAST, { record: null });
    expect((await read(LONG.slice(0, -1))).running).toEqual([BEFORE_LAST, some(9_999)]);
  });

  it('are found in logs where no list has them, after a restart in those of the newest blocks', async () => {
    await read([some(1)]);
    desk.startByRival(some(9));
    expect(await read([some(1)])).toEqual({ running: [some(9)], records: 2 });
    for (const [blocks, found] of [
      [BLOCKS_FOLLOWED_MAX - 1n, [some(9)]],
      [1n, []],
    ] as const) {
      memory = freshRunningMemory();
      expect((await read([some(1)], { blocks })).running).toEqual(found);
    }
  });

  it('are read of accounts that were not listed before', async () => {
    desk.startByRival(some(3_000));
    desk.height += 2n * BLOCKS_FOLLOWED_MAX;
    const before = LONG.filter((account) => account !== some(3_000));
    expect((await read(before)).running).toEqual([]);
    expect((await read(LONG)).running).toEqual([some(3_000)]);
  });

  it('are found in turn where logs leave them out', async () => {
    await read(LONG);
    desk.startByRival(LAST);
    desk.started.length = 0;
    const found = [await read(LONG), await read(LONG), await read(LONG)].map(({ running }) => running.length);
    expect(found).toEqual([0, 1, 1]);
  });

  it('are read of every account where no logs are to be had, after a long time, and at an earlier block', async () => {
    await read(LONG);
    desk.readStarted = () => Promise.reject(new Error('refused'));
    expect((await read(LONG)).records).toBe(LONG.length);
    desk.readStarted = async () => [];
    expect((await read(LONG)).records).toBe(RECORDS_IN_TURN);
    expect((await read(LONG, { blocks: BLOCKS_FOLLOWED_MAX + 1n })).records).toBe(LONG.length);
    expect((await read(LONG, { blocks: -1n })).records).toBe(LONG.length);
  });

  it('are, as far as logs say, those of the last look and those that began since', async () => {
    const [ran, began, sold] = [some(1), some(2), some(3)];
    for (const account of [ran, sold]) desk.startByRival(account);
    await read(LONG);
    desk.put(sold, { record: null });
    await read(LONG);
    // Its log is read again, and it may be due anew.
    expect([...runningByLogs(memory, [ran, sold, began])]).toEqual([ran, began]);
    expect([...runningByLogs(memory, undefined)]).toEqual([ran]);
  });

  it('are looked for again in the blocks before, which another branch may have replaced', async () => {
    await read(LONG);
    const asked: bigint[][] = [];
    desk.readStarted = async ({ from, to }) => {
      asked.push([from, to]);
      return [];
    };
    await read(LONG);
    expect(asked).toEqual([[101n - BLOCKS_READ_AGAIN, 102n]]);
  });
});
