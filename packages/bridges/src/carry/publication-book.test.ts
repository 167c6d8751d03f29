import { layerZeroWitnessAbi } from '@surety/contracts';
import { type Hex, type TxHash, address, bytes32, txHash } from '@surety/domain';
import { encodeAbiParameters, encodeEventTopics } from 'viem';
import { expect, test } from 'vitest';
import { type ChainEvent, type Publication, keepPublications } from './publication-book.js';

const EDGE = bytes32(`0x${'ee'.repeat(32)}`);
const HEAD = bytes32(`0x${'11'.repeat(32)}`);
const contract = address(`0x${'a1'.repeat(20)}`);
const hashOf = (nibble: string): TxHash => txHash(`0x${nibble.repeat(64)}`);

function published(count: bigint, height: bigint, hash: TxHash): ChainEvent {
  const topics = encodeEventTopics({ abi: layerZeroWitnessAbi, eventName: 'HeadPublished', args: { edge: EDGE } });
  const data = encodeAbiParameters([{ type: 'uint64' }, { type: 'bytes32' }], [count, HEAD]);
  return { txHash: hash, height, topics: topics as Hex[], data };
}

function world(blocksBack: bigint, rangeBlocks = 2_000n, servedBlocks = rangeBlocks) {
  const chain = { height: 0n, events: [] as ChainEvent[], nowMs: 0, elapsedMs: 0, timesRead: 0, distrusted: 0 };
  const ranges: [bigint, bigint][] = [];
  const book = keepPublications({
    reads: {
      readHead: async () => ({ height: chain.height }),
      readTime: async (height) => {
        chain.timesRead++;
        return height * 12n;
      },
      readEvents: async ({ from, to }) => {
        ranges.push([from, to]);
        if (to - from + 1n > servedBlocks) throw new Error('RPC_REFUSED');
        return chain.events.filter(({ height }) => height >= from && height <= to);
      },
    },
    contract,
    clock: { nowMs: () => chain.nowMs, elapsedMs: () => chain.elapsedMs },
    blocksBack,
    rangeBlocks,
    distrustProvider: () => chain.distrusted++,
  });
  const firsts = () => book.firstsOf(EDGE).map(({ count, height }) => [count, height]);
  return { chain, ranges, book, counts: () => book.list().map(({ count }) => count), firsts };
}

test('finds publications before the start as far back as configured, in ranges that providers serve', async () => {
  const { chain, ranges, book, counts } = world(3_000n);
  chain.height = 10_000n;
  chain.events = [published(1n, 6_000n, hashOf('1')), published(2n, 8_000n, hashOf('2'))];
  await book.look(1_000);
  expect(counts()).toEqual([2n]);
  expect(ranges).toEqual([
    [6_936n, 8_935n],
    [8_936n, 10_000n],
  ]);
});

test('polls at most once per interval, and reads new blocks together with those that may change', async () => {
  const { chain, ranges, book, counts } = world(0n);
  chain.height = 100n;
  await book.look(1_000);
  chain.events = [published(1n, 101n, hashOf('1'))];
  chain.height = 101n;
  await book.look(1_000);
  expect(counts()).toEqual([]);
  chain.elapsedMs = 1_000;
  await book.look(1_000);
  expect(counts()).toEqual([1n]);
  expect(ranges.at(-1)).toEqual([37n, 101n]);
});

test('polls at its interval even if the time of day is set back', async () => {
  const { chain, book, counts } = world(0n);
  chain.nowMs = 3_600_000;
  await book.look(1_000);
  [chain.nowMs, chain.elapsedMs, chain.height] = [0, 1_000, 1n];
  chain.events = [published(1n, 1n, hashOf('1'))];
  await book.look(1_000);
  expect(counts()).toEqual([1n]);
});

test('keeps a publication that a reorganisation moved once, at its new height', async () => {
  const { chain, book, counts } = world(0n);
  chain.height = 100n;
  chain.events = [published(1n, 100n, hashOf('1'))];
  await book.look(1_000);
  chain.events = [published(2n, 101n, hashOf('2'))];
  chain.height = 102n;
  chain.elapsedMs = 1_000;
  await book.look(1_000);
  expect(counts()).toEqual([2n]);
});

test('does not read up to an invented height, and still finds what comes later', async () => {
  const { chain, ranges, book, counts } = world(3_000n);
  for (const lie of [1n << 60n, 1n << 61n]) {
    chain.height = lie;
    await book.look(0);
    expect(ranges.splice(0).length).toBeLessThanOrEqual(64);
    chain.height = 10_000n;
    chain.events = [published(1n, 9_000n, hashOf('1')), published(2n, 10_000n, hashOf('2'))];
    await book.look(0);
    expect(counts()).toEqual([1n, 2n]);
    ranges.splice(0);
  }
});

test('waits for a lagging provider', async () => {
  const { chain, ranges, book } = world(0n);
  chain.height = 5_000n;
  await book.look(0);
  [chain.height, ranges.length] = [3_001n, 0];
  await book.look(0);
  expect(ranges).toEqual([]);
});

test('reads a young chain from its first block', async () => {
  const { chain, ranges, book } = world(1_000n);
  chain.height = 5n;
  await book.look(1_000);
  expect(ranges).toEqual([[0n, 5n]]);
});

test('lets two concurrent callers share one poll', async () => {
  const { chain, ranges, book, counts } = world(0n);
  chain.height = 5n;
  chain.events = [published(1n, 5n, hashOf('1'))];
  await Promise.all([
    book.look(1_000),
    book.look(0).then(() => {
      expect(counts()).toEqual([1n]);
    }),
  ]);
  expect(ranges).toHaveLength(1);
});

test('reads back range by range to the first block, each once, and keeps known publications', async () => {
  const { chain, ranges, book, counts } = world(0n);
  chain.height = 25_064n;
  chain.events = [
    published(1n, 100n, hashOf('1')),
    published(2n, 20_000n, hashOf('2')),
    published(3n, 25_010n, hashOf('3')),
  ];
  await book.lookBack();
  expect([counts(), ranges]).toEqual([[], []]);
  await book.look(1_000);
  expect(counts()).toEqual([3n]);
  ranges.length = 0;
  await book.lookBack();
  expect(counts()).toEqual([2n, 3n]);
  expect([ranges.length, ranges[0], ranges.at(-1)]).toEqual([10, [23_000n, 24_999n], [5_000n, 6_999n]]);
  await book.lookBack();
  expect(counts()).toEqual([1n, 2n, 3n]);
  expect([ranges.length, ranges.at(-1)]).toEqual([13, [0n, 999n]]);
  await book.lookBack();
  chain.elapsedMs = 1_000;
  await book.look(1_000);
  expect(counts()).toEqual([1n, 2n, 3n]);
  expect([ranges.length, ranges.at(-1)]).toEqual([14, [25_001n, 25_064n]]);
});

test('turns to the oldest publications where there are more than it remembers, and on to the newest page by page', async () => {
  const { chain, book, counts } = world(0n);
  const hash = (count: number): TxHash => txHash(`0x${count.toString(16).padStart(64, '0')}`);
  const events = Array.from({ length: 900 }, (_, at) => published(BigInt(at + 1), 8_001n + BigInt(at), hash(at + 1)));
  const span = (): unknown[] => [counts().length, counts()[0], counts().at(-1)];
  chain.height = 8_700n;
  chain.events = events.slice(0, 600);
  await book.look(0);
  expect(span()).toEqual([0, undefined, undefined]);
  await book.lookBack();
  expect(span()).toEqual([256, 1n, 256n]);
  // What is published meanwhile pushes others out of what is remembered.
  chain.height = 8_900n;
  chain.events = events;
  await book.look(0);
  expect(span()).toEqual([256, 1n, 256n]);
  await book.lookOn();
  expect(span()).toEqual([256, 257n, 512n]);
  await book.lookOn();
  expect(span()).toEqual([133, 513n, 645n]);
  await book.lookOn();
  expect(span()).toEqual([256, 645n, 900n]);
  await book.lookOn();
  expect(span()).toEqual([256, 645n, 900n]);
});

test.each([
  ['repeats one head', 0n],
  ['publishes another head each time', 1n],
])('keeps the first publication of each count though a stranger %s', async (_name, step) => {
  const { chain, ranges, book, counts, firsts } = world(3_000n);
  chain.height = 3_000n;
  const strangers = Array.from({ length: 2_000 }, (_, at) =>
    published(41n + step * BigInt(at), 100n + BigInt(at), hashOf('2')),
  );
  chain.events = [published(40n, 1n, hashOf('1')), ...strangers];
  await book.look(0);
  await book.look(0);
  expect(firsts().slice(0, 2)).toEqual([
    [40n, 1n],
    [41n, 100n],
  ]);
  expect(firsts()).toHaveLength(step === 0n ? 2 : 2_001);
  expect(book.firstsOf(HEAD)).toEqual([]);
  expect([counts().length, ranges.length]).toEqual([256, 3]);
});

test('keeps a limited number of counts, the newest', async () => {
  const { chain, book, firsts } = world(3_000n);
  chain.height = 1_000n;
  chain.events = Array.from({ length: 16_400 }, (_, at) => published(BigInt(at + 1), 900n, hashOf('1')));
  await book.look(0);
  expect([firsts().length, firsts()[0]]).toEqual([16_384, [17n, 900n]]);
});

test('moves the first publication of a count with a reorganisation, and finds an earlier one by reading back', async () => {
  const { chain, book, firsts } = world(0n);
  chain.height = 5_000n;
  chain.events = [
    published(7n, 100n, hashOf('1')),
    published(7n, 4_990n, hashOf('2')),
    published(8n, 4_991n, hashOf('3')),
  ];
  await book.look(0);
  chain.events[2] = published(8n, 4_993n, hashOf('3'));
  await book.look(0);
  expect(firsts()).toEqual([
    [7n, 4_990n],
    [8n, 4_993n],
  ]);
  await book.lookBack();
  expect(firsts()).toEqual([
    [7n, 100n],
    [8n, 4_993n],
  ]);
});

test('takes a publication’s age from its block, or from when it was first seen if that is older, and reads it once', async () => {
  const { chain, book } = world(0n);
  chain.nowMs = 100_000;
  const [first, second] = ['1', '2'].map((nibble, at) => ({
    edge: EDGE,
    count: 1n,
    txHash: hashOf(nibble),
    height: [5n, 9n][at],
  })) as [Publication, Publication];
  expect(await book.readAtMs(first)).toBe(60_000);
  expect(await book.readAtMs(first)).toBe(60_000);
  expect(await book.readAtMs(second)).toBe(100_000);
  chain.nowMs = 200_000;
  // Its block's time was ahead of our clock.
  expect(await book.readAtMs(second)).toBe(100_000);
  expect(chain.timesRead).toBe(2);
  // A reorganisation moved it.
  expect(await book.readAtMs({ ...first, height: 6n })).toBe(72_000);
});

test.each([1n, 64n, 500n])('asks for no more than %s blocks at once where providers serve no more', async (served) => {
  const { chain, ranges, book, counts } = world(200n, served);
  chain.height = 20_000n;
  chain.events = [published(1n, 19_900n, hashOf('1'))];
  for (let looks = 0; looks < 4; looks++) await book.look(0);
  expect(counts()).toEqual([1n]);
  expect(ranges.every(([from, to]) => to - from < served)).toBe(true);
  ranges.length = 0;
  await book.lookBack();
  expect(ranges).toHaveLength(10);
  expect(chain.distrusted).toBe(0);
});

test('leaves a provider whose look fails, at most once for all who share the look', async () => {
  const { chain, book, counts } = world(200n, 2_000n, 100n);
  chain.height = 20_000n;
  const both = await Promise.allSettled([book.look(0), book.look(0)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(chain.distrusted).toBe(1);
  const aborted = AbortSignal.abort();
  await expect(book.look(0, aborted)).rejects.toThrow('RPC_REFUSED');
  expect([chain.distrusted, counts()]).toEqual([1, []]);
});

test('tells that the last poll failed until one succeeds, also while none is due', async () => {
  const { chain, book } = world(200n, 2_000n, 100n);
  chain.height = 20_000n;
  for (let looks = 0; looks < 2; looks++) await expect(book.requireLook(1_000)).rejects.toThrow('RPC_REFUSED');
  expect(chain.distrusted).toBe(1);
  await book.look(1_000);
  [chain.height, chain.elapsedMs] = [50n, 1_000];
  await book.look(1_000);
  await expect(book.requireLook(1_000)).resolves.toBeUndefined();
});
