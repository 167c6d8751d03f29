import { layerZeroWitnessAbi } from '@surety/contracts';
import { type Hex, type TxHash, address, bytes32, txHash } from '@surety/domain';
import { encodeAbiParameters, encodeEventTopics } from 'viem';
import { expect, test } from 'vitest';
import { type ChainEvent, keepPublications } from './publication-book.js';

const EDGE = bytes32(`0x${'ee'.repeat(32)}`);
const HEAD = bytes32(`0x${'11'.repeat(32)}`);
const contract = address(`0x${'a1'.repeat(20)}`);
const hashOf = (nibble: string): TxHash => txHash(`0x${nibble.repeat(64)}`);

function published(count: bigint, height: bigint, hash: TxHash): ChainEvent {
  const topics = encodeEventTopics({ abi: layerZeroWitnessAbi, eventName: 'HeadPublished', args: { edge: EDGE } });
  const data = encodeAbiParameters([{ type: 'uint64' }, { type: 'bytes32' }], [count, HEAD]);
  return { txHash: hash, height, topics: topics as Hex[], data };
}

function world(blocksBack: bigint) {
  const chain = { height: 0n, events: [] as ChainEvent[], nowMs: 0 };
  const ranges: [bigint, bigint][] = [];
  const book = keepPublications({
    reads: {
      readHead: async () => ({ height: chain.height }),
      readEvents: async ({ from, to }) => {
        ranges.push([from, to]);
        return chain.events.filter(({ height }) => height >= from && height <= to);
      },
    },
    contract,
    nowMs: () => chain.nowMs,
    blocksBack,
  });
  return { chain, ranges, book, counts: () => book.list().map(({ count }) => count) };
}

test('what was published before the start is found as far back as told, in ranges that providers serve', async () => {
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

test('a look comes at most once in its interval, and reads what is new with the blocks that may change', async () => {
  const { chain, ranges, book, counts } = world(0n);
  chain.height = 100n;
  await book.look(1_000);
  chain.events = [published(1n, 101n, hashOf('1'))];
  chain.height = 101n;
  await book.look(1_000);
  expect(counts()).toEqual([]);
  chain.nowMs = 1_000;
  await book.look(1_000);
  expect(counts()).toEqual([1n]);
  expect(ranges.at(-1)).toEqual([37n, 101n]);
});

test('a publication that a reorganisation moved is known where it stands, and once', async () => {
  const { chain, book, counts } = world(0n);
  chain.height = 100n;
  chain.events = [published(1n, 100n, hashOf('1'))];
  await book.look(1_000);
  chain.events = [published(2n, 101n, hashOf('2'))];
  chain.height = 102n;
  chain.nowMs = 1_000;
  await book.look(1_000);
  expect(counts()).toEqual([2n]);
});

test('a young chain is read from its first block on', async () => {
  const { chain, ranges, book } = world(1_000n);
  chain.height = 5n;
  await book.look(1_000);
  expect(ranges).toEqual([[0n, 5n]]);
});

test('two that ask at once wait for one look', async () => {
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
