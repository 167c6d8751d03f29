import { keccak256 } from '@surety/contracts';
import type { BlockHeight } from '@surety/domain';
import { hashHeader } from '@surety/rpc';
import { AnvilNode, type Lie, ManualClock, pick } from '@surety/rpc/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { JournalWriter } from './testing/journal-writer.js';
import { openTestChain } from './testing/test-chain.js';

/** Applies a lie only to the newest block. */
function onlyLatest(lie: Lie): Lie {
  return (request, honest) => (request.params[0] === 'latest' ? lie(request, honest) : undefined);
}

/** Builds a response with a changed header and the hash that matches it. */
function inventedHead(request: { id: number }, honest: unknown, change: { extra?: number; number?: string }): string {
  const extraData = `0x${(change.extra ?? 0).toString(16).padStart(8, '0')}`;
  const header = {
    ...(honest as object),
    extraData,
    ...(change.number === undefined ? {} : { number: change.number }),
  };
  return JSON.stringify({ jsonrpc: '2.0', id: request.id, result: { ...header, hash: hashHeader(header, keccak256) } });
}

describe('following a chain', () => {
  let node: AnvilNode;

  beforeEach(async () => {
    node = await AnvilNode.start({ chainId: 41_030, args: ['--slots-in-an-epoch', '4'] });
    await node.mine(12);
    return () => node.stop();
  });

  it('resolves at each new head, or after its time limit', async () => {
    const { chain, observer } = await openTestChain(node, {
      limits: { headWaitMaxMs: 100, callTimeoutMs: 2_000, pollIntervalMs: 10 },
    });
    await chain.waitForHead();
    await chain.waitForHead();
    await node.mine(3);
    await chain.waitForHead();
    expect(observer.named('reorg-seen')).toEqual([]);
  });

  it('stops waiting when its caller does, and never rejects', async () => {
    const { chain, transports } = await openTestChain(node);
    await chain.waitForHead();
    const stop = new AbortController();
    const waiting = chain.waitForHead(stop.signal);
    stop.abort();
    await waiting;
    for (const transport of transports) transport.lie = () => ({ status: 500, body: '' });
    const { signal } = new AbortController();
    const limited = await openTestChain(node, { limits: { headWaitMaxMs: 60, callTimeoutMs: 50, pollIntervalMs: 10 } });
    for (const transport of limited.transports) transport.lie = () => ({ status: 500, body: '' });
    await limited.chain.waitForHead(signal);
    expect(pick(limited.chain.providerStats(), 0).failed).toBeGreaterThan(0);
  });

  it('stops at its time limit though each look takes longer than the pause before the next', async () => {
    const limits = { headWaitMaxMs: 200, callTimeoutMs: 60, pollIntervalMs: 10 };
    const { chain, transports } = await openTestChain(node, { limits });
    await chain.waitForHead();
    // Packets are dropped: nobody refuses, nobody answers.
    for (const transport of transports) transport.lie = () => new Promise(() => undefined);
    await chain.waitForHead();
    expect(pick(chain.providerStats(), 1).failed).toBeGreaterThan(0);
  });

  it('asks another provider once one fails', async () => {
    const { chain, transports } = await openTestChain(node);
    const second = pick(transports, 1);
    pick(transports, 0).lie = () => ({ status: 503, body: '' });
    await chain.waitForHead();
    expect(second.count('eth_getBlockByNumber')).toBeGreaterThan(0);
    expect(chain.providerStats()[0]).toMatchObject({ failed: 1 });
  });

  it.each([1, 2, 5])('reports a reorganisation of %i blocks before finality, with its depth', async (depth) => {
    const { chain, observer } = await openTestChain(node);
    for (let block = 0; block < 8; block++) {
      await node.mine(1);
      await chain.waitForHead();
    }
    await node.rpc('anvil_reorg', [depth, []]);
    await chain.waitForHead();
    expect(observer.named('reorg-seen').map(({ fields }) => fields['depth'])).toEqual([depth]);
    expect(observer.named('chain-halted')).toEqual([]);
  });

  it('polls at most once per interval, however often a provider shows another head', async () => {
    const clock = new ManualClock();
    const { chain, transports } = await openTestChain(node, { clock });
    const [first] = transports;
    if (first === undefined) throw new Error('there is no provider');
    let invented = 0;
    first.lie = onlyLatest((request, { body }) => ({
      status: 200,
      body: inventedHead(request, body.result, { extra: invented++ }),
    }));
    await chain.waitForHead();
    const looks = first.count('eth_getBlockByNumber');
    const second = chain.waitForHead();
    for (let call = 0; call < 3; call++) await node.rpc('eth_blockNumber', []);
    expect(first.count('eth_getBlockByNumber')).toBe(looks);
    clock.advance(20);
    await second;
    expect(first.count('eth_getBlockByNumber')).toBeGreaterThan(looks);
  });

  describe('once a block', () => {
    const blockTimeMs = 400;
    const pollIntervalMs = 100;
    let clock: ManualClock;
    let looks: () => number;
    let waitForHead: () => Promise<void>;

    beforeEach(async () => {
      clock = new ManualClock();
      const { chain, transports } = await openTestChain(node, { clock, limits: { blockTimeMs, pollIntervalMs } });
      looks = () => pick(transports, 0).count('eth_getBlockByNumber');
      waitForHead = () => chain.waitForHead();
      await waitForHead();
    });

    /** Returns how often the provider is asked until just before some milliseconds have passed, and until they have. */
    async function looksWithin(ms: number): Promise<number[]> {
      const before = looks();
      const counts: number[] = [];
      for (const step of [ms - 1, 1]) {
        clock.advance(step);
        for (let call = 0; call < 3; call++) await node.rpc('eth_blockNumber', []);
        counts.push(looks() - before);
      }
      return counts;
    }

    it('waits three quarters of a block after a head, then polls at its interval', async () => {
      const next = waitForHead();
      expect(await looksWithin(300)).toEqual([0, 1]);
      await node.mine(1);
      expect(await looksWithin(pollIntervalMs)).toEqual([0, 1]);
      await next;
    });

    it('looks once for each block when it knows when they come, and at times sooner', async () => {
      let next = waitForHead();
      expect(await looksWithin(300)).toEqual([0, 1]);
      await node.mine(1);
      expect(await looksWithin(pollIntervalMs)).toEqual([0, 1]);
      await next;
      for (let block = 0; block < 7; block++) {
        next = waitForHead();
        await node.mine(1);
        expect(await looksWithin(blockTimeMs)).toEqual([0, 1]);
        await next;
      }
      next = waitForHead();
      await node.mine(1);
      expect(await looksWithin(300)).toEqual([0, 1]);
      await next;
      // The block was there already: the looks were late, and go on being early until one is.
      next = waitForHead();
      await node.mine(1);
      expect(await looksWithin(300)).toEqual([0, 1]);
      await next;
    });
  });

  it('notices heads again after a provider named one far above all others', async () => {
    const { chain, transports } = await openTestChain(node, { limits: { headWaitMaxMs: 60_000 } });
    const [first, second] = transports;
    if (first === undefined || second === undefined) throw new Error('providers are missing');
    first.lie = onlyLatest((request, { body }) => ({
      status: 200,
      body: inventedHead(request, body.result, { number: '0xffffffff' }),
    }));
    await chain.waitForHead();
    first.lie = () => ({ status: 503, body: '' });
    await chain.waitForHead();
    expect(second.count('eth_getBlockByNumber')).toBe(1);
  });

  it('does not mistake a lagging provider for a reorganisation', async () => {
    const { chain, transports, observer } = await openTestChain(node, {
      limits: { headWaitMaxMs: 50, callTimeoutMs: 2_000, pollIntervalMs: 10 },
    });
    await chain.waitForHead();
    const old = (await node.rpc('eth_getBlockByNumber', ['0x2', false])) as object;
    for (const transport of transports) {
      transport.lie = (request) =>
        request.params[0] === 'latest'
          ? { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id: request.id, result: old }) }
          : undefined;
    }
    await chain.waitForHead();
    expect(observer.named('reorg-seen')).toEqual([]);
  });
});

describe('the contents above the final blocks', () => {
  it('are read only if the followed headers do not rule out a log', async () => {
    const node = await AnvilNode.start({ chainId: 41_032, args: ['--slots-in-an-epoch', '2'] });
    try {
      const writer = await JournalWriter.deploy(node, keccak256);
      const { chain, transports } = await openTestChain(node);
      const asked = (): number => transports.reduce((sum, transport) => sum + transport.count('eth_getLogs'), 0);
      const seen = async (afterBlock: bigint): Promise<number> => {
        const at = { journal: writer.spec, after: writer.empty, afterBlock: afterBlock as BlockHeight };
        return (await chain.readSeen(at)).locations.length;
      };
      await chain.waitForHead();
      const start = BigInt((await node.rpc('eth_blockNumber', [])) as string);
      await node.mine(2);
      await chain.waitForHead();
      expect([await seen(start), asked()]).toEqual([0, 0]);
      // The first blocks were mined before polling began.
      expect([await seen(start - 2n), asked()]).toEqual([0, 1]);
      await writer.append(500n);
      await chain.waitForHead();
      expect([await seen(start), asked()]).toEqual([1, 2]);
      expect([await seen(start + 3n), asked()]).toEqual([0, 2]);
    } finally {
      await node.stop();
    }
  });
});

describe('a lock that a reorganisation drops before finality', () => {
  it('is seen, then gone again, and only the surviving locks are verified', async () => {
    const node = await AnvilNode.start({ chainId: 41_031, args: ['--slots-in-an-epoch', '2'] });
    try {
      const writer = await JournalWriter.deploy(node, keccak256);
      const { chain } = await openTestChain(node);
      const after = writer.empty;
      const at = { journal: writer.spec, after, afterBlock: (writer.spec.fromBlock - 1n) as BlockHeight };
      await writer.append(500n);
      await node.mine(6);
      const tip = await chain.readFinalTip();
      expect((await chain.readFrame({ ...at, block: tip })).position.count).toBe(1n);

      await writer.append(700n);
      await writer.append(900n);
      expect((await chain.readSeen(at)).locations).toHaveLength(3);
      const final = await chain.readFinalTip();
      expect((await chain.readFrame({ ...at, block: final })).position.count).toBe(1n);
      await node.rpc('anvil_reorg', [2, []]);
      writer.forget(2);
      expect((await chain.readSeen(at)).locations).toHaveLength(1);

      await writer.append(800n);
      await node.mine(8);
      const later = await chain.readFrame({ ...at, block: await chain.readFinalTip() });
      expect(later.position).toEqual(writer.position());
      expect(later.entries.locations.map(({ index }) => index)).toEqual([1n, 2n]);
      expect(chain.condition()).toEqual({ kind: 'live' });
    } finally {
      await node.stop();
    }
  });
});
