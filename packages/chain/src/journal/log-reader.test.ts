import { keccak256 } from '@surety/contracts';
import { type BlockHeight, bytes32 } from '@surety/domain';
import { AnvilNode, type Lie, type SeenRequest } from '@surety/rpc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JournalWriter } from '../testing/journal-writer.js';
import { openTestChain } from '../testing/test-chain.js';
import { EntryDecoder } from './entry-decoder.js';

const [LOCKED = null] = new EntryDecoder('to-ledger', keccak256).topics;

const spanOf = (request: SeenRequest): number => {
  const [filter] = request.params as [{ fromBlock: string; toBlock: string }];
  return Number(BigInt(filter.toBlock) - BigInt(filter.fromBlock)) + 1;
};

const isLogs = ({ method }: SeenRequest): boolean => method === 'eth_getLogs';

/** A provider that refuses ranges above some blocks, in its own words. */
const limitedTo =
  (blocks: number, answer: { status: number; error: object | null }): Lie =>
  (request) => {
    if (request.method !== 'eth_getLogs' || spanOf(request) <= blocks) return undefined;
    return { status: answer.status, body: JSON.stringify({ jsonrpc: '2.0', id: request.id, error: answer.error }) };
  };

describe('logs over many blocks', () => {
  let node: AnvilNode;
  let writer: JournalWriter;

  beforeAll(async () => {
    node = await AnvilNode.start({ chainId: 41_040, args: ['--slots-in-an-epoch', '1'] });
    writer = await JournalWriter.deploy(node, keccak256);
    for (let at = 0; at < 10; at++) {
      await writer.append(BigInt(at + 1) * 100n);
      await node.mine(60);
    }
  });
  afterAll(() => node.stop());

  const requestFrame = async (opened: Awaited<ReturnType<typeof openTestChain>>): Promise<unknown> => {
    const block = await opened.chain.readFinalTip();
    const after = writer.empty;
    return opened.chain.readFrame({
      journal: writer.spec,
      block,
      after,
      afterBlock: (writer.spec.fromBlock - 1n) as BlockHeight,
    });
  };

  it('stop at the limit on calls, naming count and limit', async () => {
    const opened = await openTestChain(node, { limits: { callsPerFrameMax: 20, logSpanInitial: 10, logSpanMax: 10 } });
    await expect(requestFrame(opened)).rejects.toMatchObject({
      code: 'CALL_LIMIT',
      message: expect.stringMatching(/needs call 21 at provider p1; expected at most 20/) as string,
      context: { provider: 'p1', count: 21, max: 20 },
    });
    expect(Math.max(...(opened.chain.callCounts().get('frame')?.values() ?? []))).toBe(20);
  });

  it.each([
    ['an error code', { status: 200, error: { code: -32005, message: 'no' } }],
    ['words', { status: 200, error: { code: -32602, message: 'block range is too wide' } }],
    ['HTTP 413', { status: 413, error: null }],
  ])('fit a provider that refuses long ranges with %s', async (_, answer) => {
    const opened = await openTestChain(node);
    const [first] = opened.transports;
    if (first === undefined) throw new Error('there is no provider');
    first.lie = limitedTo(100, answer);
    await requestFrame(opened);
    const spans = first.requests.filter(({ method }) => method === 'eth_getLogs').map(spanOf);
    expect(spans.slice(0, 4)).toEqual([609, 304, 152, 76]);
    expect(spans[4]).toBeGreaterThan(76);
    const refused = spans.filter((span) => span > 100);
    expect(refused.length).toBeLessThanOrEqual(5);
    expect(opened.observer.named('log-range-shrunk')).toHaveLength(refused.length);
    expect(opened.chain.providerStats()[0]).toMatchObject({ failed: 0, lied: 0 });
  });

  it('are asked for in shorter ranges next time where a gateway gives up on long ones', async () => {
    const opened = await openTestChain(node);
    for (const transport of opened.transports)
      transport.lie = (request) =>
        request.method === 'eth_getLogs' && spanOf(request) > 200 ? { status: 502, body: 'Bad Gateway' } : undefined;
    for (const span of [609, 304]) {
      await expect(requestFrame(opened)).rejects.toMatchObject({ code: 'INCOMPLETE', retryable: true });
      expect(opened.transports.flatMap(({ requests }) => requests.filter(isLogs)).map(spanOf)).toContain(span);
    }
    await requestFrame(opened);
  });

  it('come from another provider if one refuses even a single block', async () => {
    const opened = await openTestChain(node);
    const [first] = opened.transports;
    if (first !== undefined) first.lie = limitedTo(0, { status: 200, error: { code: -32005, message: 'no' } });
    await requestFrame(opened);
    expect(opened.chain.providerStats()[0]).toMatchObject({ failed: 1, lastError: { code: 'RPC_ERROR' } });
  });

  it('are INCOMPLETE if no provider gives any', async () => {
    const opened = await openTestChain(node);
    for (const transport of opened.transports)
      transport.lie = limitedTo(0, { status: 200, error: { code: 1, message: 'off' } });
    await expect(requestFrame(opened)).rejects.toMatchObject({ code: 'INCOMPLETE', retryable: true });
  });

  it('are refused past the bound on logs', async () => {
    await expect(requestFrame(await openTestChain(node, { limits: { logsMax: 9 } }))).rejects.toMatchObject({
      code: 'LOG_LIMIT',
    });
    await requestFrame(await openTestChain(node, { limits: { logsMax: 10 } }));
  });

  it('leave locations unchecked above the limit on blocks, and report that', async () => {
    const opened = await openTestChain(node, { limits: { blockChecksMax: 9 } });
    await requestFrame(opened);
    expect(opened.observer.named('places-unchecked').map(({ fields }) => fields['blocks'])).toEqual([1]);
    const tight = await openTestChain(node, { limits: { callsPerFrameMax: 8 } });
    await requestFrame(tight);
    expect(tight.observer.named('places-unchecked').map(({ fields }) => fields['blocks'])).toEqual([4]);
    expect(tight.chain.callCounts().get('frame')?.get('p1')).toBe(8);
    const within = await openTestChain(node, { limits: { blockChecksMax: 10 } });
    await requestFrame(within);
    expect(within.observer.named('places-unchecked')).toEqual([]);
  });

  it('have their locations checked though another provider spent all its calls before', async () => {
    const opened = await openTestChain(node, { limits: { callsPerFrameMax: 64 } });
    const [first] = opened.transports;
    if (first !== undefined) first.lie = limitedTo(1, { status: 200, error: { code: -32005, message: 'no' } });
    await requestFrame(opened);
    expect(opened.chain.callCounts().get('frame')?.get('p1')).toBe(64);
    expect(opened.observer.named('places-unchecked')).toEqual([]);
  });

  describe('of any contract', () => {
    const request = (
      toBlock: bigint,
    ): Parameters<Awaited<ReturnType<typeof openTestChain>>['chain']['readLogs']>[0] => ({
      address: writer.spec.contract,
      topics: [LOCKED, writer.spec.edgeId, null],
      fromBlock: writer.spec.fromBlock,
      toBlock: toBlock as BlockHeight,
    });

    it('are refused if they lie in more blocks than the limit', async () => {
      const { chain } = await openTestChain(node, { limits: { blockChecksMax: 9 } });
      const { height } = await chain.readFinalTip();
      await expect(chain.readLogs({ ...request(height), checkBlocks: true })).rejects.toMatchObject({
        code: 'LOG_LIMIT',
      });
    });

    it('are refused past the bound on logs', async () => {
      const { chain } = await openTestChain(node, { limits: { logsMax: 9, logSpanInitial: 50, logSpanMax: 50 } });
      await expect(chain.readLogs(request(600n))).rejects.toMatchObject({ code: 'LOG_LIMIT' });
    });

    it('come from another provider if their reader refuses them', async () => {
      const { chain, transports } = await openTestChain(node);
      const [first] = transports;
      if (first !== undefined) {
        first.lie = (asked) =>
          asked.method === 'eth_getLogs'
            ? { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id: asked.id, result: [] }) }
            : undefined;
      }
      const found = await chain.readLogs({
        ...request(600n),
        refuse: (logs) => (logs.length === 10 ? undefined : 'some are missing'),
      });
      expect(found).toHaveLength(10);
      expect(chain.providerStats()[0]).toMatchObject({
        lied: 1,
        lastError: { code: 'BAD_LOGS', message: 'some are missing' },
      });
    });

    it('are read with topics that match anything, one value or several, in checked blocks', async () => {
      const { chain } = await openTestChain(node);
      const { height } = await chain.readFinalTip();
      const all = await chain.readLogs({ ...request(height), checkBlocks: true });
      expect(all.map(({ topics }) => BigInt(topics[2] ?? 0n))).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n]);
      const word = (value: number): ReturnType<typeof bytes32> => bytes32(`0x${value.toString(16).padStart(64, '0')}`);
      const some = await chain.readLogs({
        ...request(height),
        topics: [LOCKED, null, [word(3), word(5)]],
      });
      expect(some).toHaveLength(2);
      expect(await chain.readLogs({ ...request(height), fromBlock: (height + 1n) as BlockHeight })).toEqual([]);
    });
  });
});
