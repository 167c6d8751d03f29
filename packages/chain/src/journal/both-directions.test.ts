import { keccak256 } from '@surety/contracts';
import { type BlockHeight, type EdgeDirection, emptyJournal, unpackEntries } from '@surety/domain';
import { type Lie, pick } from '@surety/rpc/testing';
import type { VerifiedFrame } from '@surety/workflows';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDestinationReader } from '../destination/create-destination-reader.js';
import { openTestChain } from '../testing/test-chain.js';
import { TwoChainLine } from '../testing/two-chain-line.js';

/** Longer than any unseasoned period. */
const SEASON_S = 3 * 86_400;

describe('the real contracts in both directions', () => {
  let line: TwoChainLine;
  let settlement: Awaited<ReturnType<typeof openTestChain>>;
  let collateral: Awaited<ReturnType<typeof openTestChain>>;

  const frameOf = async (
    source: number,
    direction: EdgeDirection,
    opened = direction === 'to-ledger' ? collateral : settlement,
  ): Promise<VerifiedFrame> => {
    const journal = line.line(source).journals[direction];
    const after = emptyJournal(journal.edge, keccak256);
    const block = await opened.chain.readFinalTip();
    return opened.chain.readFrame({ journal, block, after, afterBlock: 0n as BlockHeight });
  };

  beforeAll(async () => {
    line = await TwoChainLine.start({ settlement: 41_100, collateral: 41_101 });
    settlement = await openTestChain(line.settlement);
    collateral = await openTestChain(line.collateral);
    for (const source of [1, 2]) {
      await line.lock(source, 1_000_000_000n);
      await line.lock(source, 2_000_000n * BigInt(source));
    }
    await line.pass(1);
    for (const source of [1, 2]) await line.apply(source, await frameOf(source, 'to-ledger'));
    await line.pass(SEASON_S);
    for (let turn = 1n; turn <= 3n; turn++) {
      await line.release(1, turn * 1_000_000n, turn);
      await line.release(2, turn * 5_000_000n);
    }
    await line.pass(1);
  });
  afterAll(() => line.stop());

  it('keep a journal of releases for each vault in one ledger, rebuilt byte for byte from its logs', async () => {
    const first = await frameOf(1, 'to-vault');
    const second = await frameOf(2, 'to-vault');
    const recipient = `0x${'00'.repeat(12)}${TwoChainLine.account.slice(2, 42)}`;
    const entry = { kind: 'RELEASE', asset: 1, account: TwoChainLine.account, party: recipient };
    expect(unpackEntries(first.entries.packed)).toEqual(
      [1n, 2n, 3n].map((turn) => ({ ...entry, amount: turn * 1_000_000n, fee: turn })),
    );
    expect(unpackEntries(second.entries.packed)).toEqual(
      [1n, 2n, 3n].map((turn) => ({ ...entry, amount: turn * 5_000_000n, fee: 0n })),
    );
    expect(first.entries.locations.map(({ index }) => index)).toEqual([1n, 2n, 3n]);
    expect(settlement.chain.providerStats().map(({ lied }) => lied)).toEqual([0, 0, 0, 0]);
  });

  it('show releases at the newest block before they are final', async () => {
    const journal = line.line(2).journals['to-vault'];
    const { position, block } = await frameOf(2, 'to-vault');
    await line.release(2, 7_000_000n);
    const seen = await settlement.chain.readSeen({ journal, after: position, afterBlock: block.height });
    expect(seen.locations.map(({ index }) => index)).toEqual([4n]);
    expect(unpackEntries(seen.packed).map(({ amount }) => amount)).toEqual([7_000_000n]);
    await line.pass(1);
  });

  it('accept what is signed for the vault’s verifier: the vault replays the releases, and rejects them under the ledger’s', async () => {
    const frame = await frameOf(1, 'to-vault');
    const own = line.line(1).attesterSet;
    await expect(line.apply(1, frame, line.domainOf(1, 'to-ledger'))).rejects.toThrow(/failed/);
    await line.apply(1, frame);
    await line.pass(1);
    const destination = createDestinationReader(collateral.chain);
    const block = await destination.readFinalTip();
    const { edgeId } = frame.journal;
    expect(await destination.readReplica({ replica: line.line(1).vault, edge: edgeId, block })).toEqual({
      name: edgeId,
      count: 3n,
      generation: 0,
      isRewinding: false,
    });
    const [epoch] = await destination.readEpochs({ attesterSet: own, block, known: [] });
    expect(epoch).toMatchObject({ epoch: 1, quorum: 3, activeFrom: 0n });
  });

  type Log = { topics: string[]; data: string; logIndex: string };
  const logsOf =
    (change: (logs: Log[]) => unknown): Lie =>
    async (request, { body, reply }) =>
      request.method === 'eth_getLogs'
        ? {
            status: 200,
            body: JSON.stringify({ jsonrpc: '2.0', id: request.id, result: await change(body.result as Log[]) }),
          }
        : reply;
  /** Replaces the topic of the edge, or the whole filter, by another vault's journal of the same ledger. */
  const otherEdge = (): string => line.line(2).journals['to-vault'].edgeId;
  const logsOfOther = async (logs: Log[]): Promise<Log[]> => {
    const filter = {
      address: line.ledger,
      fromBlock: '0x0',
      toBlock: 'latest',
      topics: [logs[0]?.topics[0], otherEdge()],
    };
    return (await line.settlement.rpc('eth_getLogs', [filter])) as Log[];
  };

  it.each([
    [
      'a forged recipient',
      (logs: Log[]) => logs.map((log) => ({ ...log, data: `${log.data.slice(0, 230)}ff${log.data.slice(232)}` })),
    ],
    [
      'a forged amount',
      (logs: Log[]) => logs.map((log) => ({ ...log, data: `${log.data.slice(0, 190)}7${log.data.slice(191)}` })),
    ],
    ['a release left out', (logs: Log[]) => logs.filter((_, at) => at !== 1)],
    ['the last release left out', (logs: Log[]) => logs.slice(0, -1)],
    ['releases in another order', (logs: Log[]) => logs.toReversed()],
    ['a release doubled', (logs: Log[]) => [...logs.slice(0, 2), ...logs.slice(1)]],
    ['a release invented', (logs: Log[]) => [...logs, { ...logs.at(-1), logIndex: '0x63' }]],
    [
      'another edge in the indexed topic',
      (logs: Log[]) => logs.map((log) => ({ ...log, topics: [log.topics[0], otherEdge(), ...log.topics.slice(2)] })),
    ],
    ['another journal of the same ledger', logsOfOther],
    [
      'another journal’s logs under this edge’s name',
      async (logs: Log[]) => {
        const name = logs[0]?.topics[1] ?? '';
        return (await logsOfOther(logs))
          .slice(0, 3)
          .map((log) => ({ ...log, topics: [log.topics[0], name, ...log.topics.slice(2)] }));
      },
    ],
    [
      'another journal’s logs mixed in',
      async (logs: Log[]) =>
        [...logs, ...(await logsOfOther(logs))].sort((left, right) => Number(left.logIndex) - Number(right.logIndex)),
    ],
  ] as const)('are read truly past one provider that gives %s, and not at all past two', async (_, change) => {
    const honest = await frameOf(1, 'to-vault');
    const lie = logsOf(change as (logs: Log[]) => unknown);
    const one = await openTestChain(line.settlement);
    pick(one.transports, 0).lie = lie;
    expect((await frameOf(1, 'to-vault', one)).entries.packed).toEqual(honest.entries.packed);
    expect(one.chain.providerStats()[0]?.lied).toBe(1);
    const two = await openTestChain(line.settlement);
    for (const transport of two.transports.slice(0, 2)) transport.lie = lie;
    await expect(frameOf(1, 'to-vault', two)).rejects.toMatchObject({ code: 'NO_QUORUM' });
  });
});
