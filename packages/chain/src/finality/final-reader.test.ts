import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OriginChainOptions, createOriginChain } from '../create-origin-chain.js';
import { MemoryHaltStore, openTestChain } from '../testing/test-chain.js';
import { blockHeight, chainId } from '@surety/domain';
import { systemClock } from '@surety/process';
import { DEFAULT_RPC_LIMITS, quorumSize } from '@surety/rpc';
import { AnvilNode, type Lie, ManualClock, RecordingObserver, lyingProviders } from '@surety/rpc/testing';

const open = (overrides: Partial<OriginChainOptions>): ReturnType<typeof createOriginChain> =>
  createOriginChain({
    chainId: chainId(41_050),
    providers: lyingProviders(['http://127.0.0.1:1'], 4).configs,
    finality: { kind: 'finalized-tag' },
    haltStore: new MemoryHaltStore(),
    clock: new ManualClock(),
    observer: new RecordingObserver(),
    ...overrides,
  });

const providers = (count: number, operators = count): OriginChainOptions['providers'] =>
  lyingProviders(['http://127.0.0.1:1'], count).configs.map((config, at) => ({
    ...config,
    operator: `op${at % operators}`,
  }));

/** Time limit for a counter on a busy machine. */
const POLL = { timeout: 10_000 };

describe('a configuration', () => {
  it.each([
    ['three providers', { providers: providers(3) }, /has 3 providers of 3 operators; expected at least 4 of 3/],
    ['four providers of two operators', { providers: providers(4, 2) }, /4 providers of 2 operators/],
    ['no provider, even for development', { providers: [], development: true }, /has no provider/],
    ['two providers of one name', { providers: [...providers(4), ...providers(1)] }, /two providers of one name/],
    ['a depth without a reason', { finality: { kind: 'depth', depth: 20n, reason: ' ' } as const }, /without a reason/],
    ['a depth of 0', { finality: { kind: 'depth', depth: 0n, reason: 'none' } as const }, /depth of at least 1/],
    [
      'a development rule on a real chain',
      { finality: { kind: 'development', depth: 0n } as const },
      /marked for development/,
    ],
    [
      'a negative depth',
      { finality: { kind: 'development', depth: -1n } as const, development: true },
      /depth of at least 1/,
    ],
    ['a bound of 0', { limits: { callsPerFrameMax: 0 } }, /callsPerFrameMax of chain 41050 is 0/],
    ['a bound that is no integer', { limits: { callTimeoutMs: 0.5 } }, /callTimeoutMs/],
  ])('with %s refuses to start', async (_, overrides, reason) => {
    await expect(open(overrides)).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      retryable: false,
      message: expect.stringMatching(reason) as string,
    });
  });

  it('of one provider starts on a development chain only', async () => {
    await open({ providers: providers(1), development: true });
    await expect(open({ providers: providers(1) })).rejects.toMatchObject({ code: 'BAD_OPTIONS' });
    await open({ providers: providers(4, 3) });
  });

  it('needs two thirds of the configured providers, rounded up', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 9, 10].map(quorumSize)).toEqual([1, 2, 2, 3, 4, 4, 5, 6, 7]);
  });
});

describe('on a node', () => {
  let node: AnvilNode;
  let other: AnvilNode;

  beforeAll(async () => {
    [node, other] = await Promise.all([
      AnvilNode.start({ chainId: 41_051, args: ['--slots-in-an-epoch', '2'] }),
      AnvilNode.start({ chainId: 41_052 }),
    ]);
    await node.mine(20);
  });
  afterAll(() => Promise.all([node.stop(), other.stop()]));

  it.each([
    ['the finalized tag', { kind: 'finalized-tag' }, 16n],
    ['a depth', { kind: 'depth', depth: 7n, reason: 'a test' }, 13n],
    ['a development depth', { kind: 'development', depth: 0n }, 20n],
  ] as const)('%s decides what is final', async (_, finality, height) => {
    const { chain } = await openTestChain(node, { finality, development: true });
    const tip = await chain.readFinalTip();
    expect(tip.height).toBe(height);
    await expect(chain.readFinalBlock((height + 1n) as typeof tip.height)).rejects.toMatchObject({
      code: 'NOT_FINAL',
      retryable: true,
    });
    expect((await chain.readFinalBlock((height - 1n) as typeof tip.height)).hash).toBe(tip.parentHash);
    expect(await chain.readFinalBlock(tip.height)).toEqual(tip);
  });

  it('the genesis block is read and re-hashed like any other', async () => {
    const { chain } = await openTestChain(node);
    const first = await chain.readFinalBlock(blockHeight(0n));
    expect(first).toMatchObject({ height: 0n, parentHash: `0x${'00'.repeat(32)}` });
  });

  it('a chain younger than its depth has no final block', async () => {
    const { chain } = await openTestChain(node, { finality: { kind: 'depth', depth: 21n, reason: 'a test' } });
    await expect(chain.readFinalTip()).rejects.toMatchObject({ code: 'NOT_FINAL' });
  });

  it('each provider proves a final block at start, or is refused with a reason', async () => {
    const { chain, transports, observer } = await openTestChain(node);
    const [, second, third, fourth] = transports;
    const pruned: Lie = (request) =>
      request.method === 'eth_getProof'
        ? {
            status: 200,
            body: JSON.stringify({
              jsonrpc: '2.0',
              id: request.id,
              error: { code: -32000, message: 'missing trie node' },
            }),
          }
        : undefined;
    if (second === undefined || third === undefined || fourth === undefined) throw new Error('providers are missing');
    second.lie = pruned;
    third.lie = (request) =>
      request.method === 'eth_chainId'
        ? { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id: request.id, result: '0x1' }) }
        : undefined;
    const checks = await chain.checkProviders();
    expect(checks[0]).toEqual({ provider: 'p1', operator: 'op1', ok: true, height: 16n, depth: 4n });
    expect(checks[1]).toMatchObject({
      ok: false,
      code: 'UNPROVEN',
      reason: expect.stringMatching(/p2 cannot prove block 16 at depth 4 \(RPC_ERROR/) as string,
    });
    expect(checks[2]).toMatchObject({
      ok: false,
      code: 'WRONG_CHAIN',
      reason: 'provider p3 answered chain id 1; expected 41051, check its address',
    });
    expect(checks[3]).toMatchObject({ ok: true });
    expect(observer.named('provider-refused').length).toBeGreaterThanOrEqual(2);
    await expect(chain.readFinalTip()).rejects.toMatchObject({
      code: 'NO_QUORUM',
      message: expect.stringMatching(/PROVIDER_REFUSED/) as string,
    });
  });

  it('a refused provider counts again once its proof succeeds', async () => {
    let passedMs = 0;
    const clock = { ...systemClock, elapsedMs: () => systemClock.elapsedMs() + passedMs };
    const { chain, transports } = await openTestChain(node, { clock });
    for (const transport of transports.slice(0, 2))
      transport.lie = (request) => (request.method === 'eth_getProof' ? { status: 500, body: '' } : undefined);
    expect((await chain.checkProviders()).filter(({ ok }) => ok)).toHaveLength(2);
    for (const transport of transports) transport.lie = undefined;
    passedMs = DEFAULT_RPC_LIMITS.recheckAfterMs;
    // Three of four suffice for an answer, so the fourth may prove itself only at a later one.
    const proofs = (): (number | undefined)[] => transports.slice(0, 2).map((one) => one.count('eth_getProof'));
    const look = (): Promise<unknown> =>
      chain.readFinalTip().then(
        ({ height }) => [height, ...proofs()],
        () => undefined,
      );
    await expect.poll(look, POLL).toEqual([16n, 2, 2]);
  });

  it('a URL that serves another chain after a lost connection is noticed at the next use', async () => {
    const { chain, transports } = await openTestChain(node);
    await chain.readFinalTip();
    const [first] = transports;
    if (first === undefined) throw new Error('there is no provider');
    first.lie = () => Promise.reject(new Error('connection reset'));
    await chain.readFinalTip();
    await expect.poll(() => chain.providerStats()[0]?.failed, POLL).toBeGreaterThan(0);
    first.lie = async (request) => ({
      status: 200,
      body: JSON.stringify({ jsonrpc: '2.0', id: request.id, result: await other.rpc(request.method, request.params) }),
    });
    await chain.readFinalTip();
    await expect.poll(() => chain.providerStats()[0]?.lastError?.code, POLL).toBe('WRONG_CHAIN');
  });

  describe('with nodes on another fork of the same chain', () => {
    let fork: AnvilNode;

    beforeAll(async () => {
      fork = await AnvilNode.start({
        chainId: 41_051,
        args: ['--slots-in-an-epoch', '2', '--timestamp', '1700000000'],
      });
      await fork.mine(20);
    });
    afterAll(() => fork.stop());

    it('a tip shown by all is not read again; if one shows another block, each is asked for that height', async () => {
      const asked = async (urls: readonly string[]): Promise<number> => {
        const { configs, transports } = lyingProviders(urls);
        const { chain } = await openTestChain(node, { providers: configs });
        await chain.readFinalTip();
        return transports.reduce((sum, transport) => sum + transport.count('eth_getBlockByNumber'), 0);
      };
      expect(await asked([node.url, node.url, node.url, node.url])).toBe(4);
      expect(await asked([node.url, node.url, node.url, fork.url])).toBe(8);
    });

    it('one provider of four is counted as lying, two of four prevent a quorum', async () => {
      const one = await openTestChain(node, {
        providers: lyingProviders([node.url, node.url, node.url, fork.url]).configs,
      });
      const { hash } = await one.chain.readFinalTip();
      expect(hash).toBe(((await node.rpc('eth_getBlockByNumber', ['0x10', false])) as { hash: string }).hash);
      await expect.poll(() => one.chain.providerStats()[3]?.lied, POLL).toBe(1);
      const two = await openTestChain(node, { providers: lyingProviders([node.url, fork.url]).configs });
      await expect(two.chain.readFinalTip()).rejects.toMatchObject({
        code: 'NO_QUORUM',
        message: expect.stringMatching(/2 different answers/) as string,
      });
    });
  });

  it('an aborting caller gets an abort, and no provider is blamed', async () => {
    const { chain, transports } = await openTestChain(node);
    await chain.readFinalTip();
    for (const transport of transports) transport.lie = () => new Promise(() => undefined);
    const stop = new AbortController();
    const reading = chain.readFinalTip(stop.signal);
    stop.abort();
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' });
    for (const stats of chain.providerStats()) expect(stats.failed).toBe(0);
    expect(chain.condition()).toEqual({ kind: 'live' });
  });
});
