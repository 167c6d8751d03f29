import { layerZeroWitnessAbi } from '@surety/contracts';
import { address, bytes32, txHash } from '@surety/domain';
import type { TransactionSender } from '@surety/workflows';
import { type Abi, decodeFunctionData, encodeFunctionResult, parseAbi } from 'viem';
import { expect, test } from 'vitest';
import type { WitnessSpec } from '../witness-spec.js';
import type { BridgeReads } from '../bridge-reads.js';
import { type PublisherReads, createHeadPublisher } from './create-head-publisher.js';
import type { Publication } from './publication-book.js';
import { readJournalCount } from './witnessed-edge.js';

const end = { contract: `0x${'a1'.repeat(20)}`, core: `0x${'c0'.repeat(20)}`, consistencyLevel: 1 };
const witness: WitnessSpec = {
  kind: 'wormhole',
  name: 'wormhole',
  slot: 1,
  mayConflict: true,
  guardianSet: { index: 0, size: 13 },
  atVault: end,
  atLedger: end,
};
const edge = bytes32(`0x${'ee'.repeat(32)}`);
const inbound = {
  source: 1,
  direction: 'to-ledger',
  edge,
  gasCeiling: 8_000_000n,
  witness,
  replica: address(`0x${'1e'.repeat(20)}`),
} as const;
type Answer = Awaited<ReturnType<BridgeReads['call']>>;

function publisherOf(answer: Answer, book: readonly Publication[] = []) {
  const looks: number[] = [];
  const aged: bigint[] = [];
  const reads: PublisherReads = {
    call: async () => answer,
    readMarket: async () => ({ baseFeePerGas: 7n, tipPerGas: 3n }),
  };
  const publisher = createHeadPublisher(inbound, {
    origin: reads,
    destination: reads,
    sender: {} as TransactionSender,
    lookEveryMs: 2_000,
    isDelivered: false,
    readJournal: async () => 9n,
    published: {
      look: async (olderThanMs) => void looks.push(olderThanMs),
      lookBack: async () => undefined,
      lookOn: async () => undefined,
      list: () => book,
      firstsOf: (of) => book.filter((one) => one.edge === of),
      readAtMs: async ({ height }) => (aged.push(height), Number(height)),
    },
  });
  return { publisher, looks, aged };
}

const uint = (value: bigint): Answer => {
  const result = encodeFunctionResult({ abi: layerZeroWitnessAbi, functionName: 'quotePublish', result: value });
  return { kind: 'answer', bytes: result };
};

test.each<[string, Answer, string]>([
  ['refuses', { kind: 'reverted', revert: { name: 'WrongEdge' } }, 'WrongEdge'],
  ['is none', { kind: 'answer', bytes: '0x' }, 'it answers nothing'],
])('a contract that %s does not count as a fee of 0', async (_name, answer, words) => {
  await expect(publisherOf(answer).publisher.readCost()).rejects.toMatchObject({
    code: 'WITNESS_UNREADABLE',
    retryable: true,
    message: expect.stringContaining(words) as string,
  });
});

test('publishing costs the bridge’s fee, and gas at market price', async () => {
  const { publisher } = publisherOf(uint(5n));
  expect(await publisher.readCost()).toEqual({ feeWei: 5n, gasWei: 450_000n });
  expect(publisher.isDelivered).toBe(false);
});

test('returns the first publication of each count of this edge, above what has arrived', async () => {
  const other = bytes32(`0x${'dd'.repeat(32)}`);
  const at = (count: bigint, height: bigint, of = edge): Publication => ({
    edge: of,
    count,
    height,
    txHash: txHash(`0x${'1'.repeat(64)}`),
  });
  const book = [at(3n, 1n), at(5n, 2n), at(9n, 3n, other), at(5n, 4n), at(6n, 5n), at(4n, 6n)];
  const { publisher, looks, aged } = publisherOf(uint(0n), book);
  expect(await publisher.readPublished(3n)).toEqual([
    { count: 5n, atMs: 2 },
    { count: 6n, atMs: 5 },
  ]);
  expect([looks, aged]).toEqual([[2_000], [2n, 5n]]);
  expect(await publisher.readPublished(6n)).toEqual([]);
});

test('a count that the journal does not have hides no later publication', async () => {
  const at = (count: bigint, height: bigint): Publication => ({
    edge,
    count,
    height,
    txHash: txHash(`0x${'1'.repeat(64)}`),
  });
  const book = [at((1n << 64n) - 1n, 1n), at(10n, 2n), at(5n, 100n), at(9n, 101n)];
  const published = await publisherOf(uint(0n), book).publisher.readPublished(3n);
  expect(published.map(({ count }) => count)).toEqual([5n, 9n]);
});

const heads: Abi = parseAbi([
  'function journalHead() view returns (bytes32 edge, uint64 count, bytes32 head)',
  'function journalHead(uint16 source) view returns (bytes32 edge, uint64 count, bytes32 head)',
]);

test.each(['to-ledger', 'to-vault'] as const)('%s reads the journal’s count on its own chain', async (direction) => {
  const asked: unknown[] = [];
  const reads: BridgeReads = {
    call: async ({ to, calldata }) => {
      asked.push(to, decodeFunctionData({ abi: heads, data: calldata }).args ?? []);
      const item = [heads[0]] as Abi;
      return {
        kind: 'answer',
        bytes: encodeFunctionResult({ abi: item, functionName: 'journalHead', result: [edge, 8n, edge] }),
      };
    },
  };
  const journal = address(`0x${'7a'.repeat(20)}`);
  expect(await readJournalCount({ source: 1, direction, edge, journal }, reads)).toBe(8n);
  expect(asked).toEqual([journal, direction === 'to-ledger' ? [] : [1]]);
  const earlier = bytes32(`0x${'dd'.repeat(32)}`);
  expect(await readJournalCount({ source: 1, direction, edge: earlier, journal }, reads)).toBe(0n);
});
