import { keccak256 } from '@surety/contracts';
import type { BlockHeight } from '@surety/domain';
import type { RpcReply } from '@surety/rpc';
import { AnvilNode, type Lie, type SeenRequest, pick } from '@surety/rpc/testing';
import type { VerifiedFrame } from '@surety/workflows';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OriginChainReader } from './create-origin-chain.js';
import type { ChainLimits } from './limits.js';
import { JournalWriter } from './testing/journal-writer.js';
import { openTestChain } from './testing/test-chain.js';

/** Time limit for a counter on a busy machine. */
const POLL = { timeout: 10_000 };

type Json = Record<string, unknown>;

const reply = (request: SeenRequest, result: unknown): RpcReply => ({
  status: 200,
  body: JSON.stringify({ jsonrpc: '2.0', id: request.id, result }),
});

/** Lies about one method by changing the honest result. */
const about =
  (method: string, change: (result: never) => unknown): Lie =>
  (request, { body }) =>
    request.method === method ? reply(request, change(body.result as never)) : undefined;

const logs = (change: (logs: Json[]) => unknown): Lie => about('eth_getLogs', change);
const proof = (change: (proof: { accountProof: string[]; storageProof: { proof: string[] }[] }) => unknown): Lie =>
  about('eth_getProof', change);
const block = (change: (block: Json) => unknown): Lie => about('eth_getBlockByNumber', change);
const always =
  (answer: (request: SeenRequest, honest: RpcReply) => RpcReply): Lie =>
  (request, { reply: honest }) =>
    answer(request, honest);

/** Changes the last hex digit. */
const flip = (hex: unknown): string => {
  const text = String(hex);
  return `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`;
};
const flipLast = (list: string[]): string[] => list.map((node, at) => (at === list.length - 1 ? flip(node) : node));

const silence: Lie = () => new Promise<RpcReply>(() => undefined);

/** The lies of one provider of four, then of two. */
const LIES: readonly (readonly [name: string, lie: Lie, counter: 'failed' | 'lied'])[] = [
  ['a forged log', logs(([first, ...rest]) => [{ ...first, data: flip(first?.['data']) }, ...rest]), 'lied'],
  ['an invented log', logs((list) => [...list, { ...list.at(-1), logIndex: '0x9' }]), 'lied'],
  ['a dropped log', logs((list) => list.slice(1)), 'lied'],
  ['a last log dropped', logs((list) => list.slice(0, -1)), 'lied'],
  ['a doubled log', logs(([first, ...rest]) => [first, first, ...rest]), 'lied'],
  ['logs in another order', logs((list) => [...list].reverse()), 'lied'],
  [
    'a log of another contract',
    logs((list) => list.map((log) => ({ ...log, address: `0x${'99'.repeat(20)}` }))),
    'lied',
  ],
  [
    'a log of another edge',
    logs((list) =>
      list.map((log) => ({
        ...log,
        topics: [(log['topics'] as string[])[0], `0x${'99'.repeat(32)}`, ...(log['topics'] as string[]).slice(2)],
      })),
    ),
    'lied',
  ],
  [
    'a log with too wide an amount',
    logs((list) => list.map((log) => ({ ...log, data: `0x${'f'.repeat(256)}` }))),
    'lied',
  ],
  [
    'a wrong block hash in a log',
    logs((list) => list.map((log) => ({ ...log, blockHash: flip(log['blockHash']) }))),
    'lied',
  ],
  ['a log from outside the range', logs((list) => list.map((log) => ({ ...log, blockNumber: '0xfffff' }))), 'lied'],
  ['a log moved to another block', (request, { body }) => movedLog(request, body.result), 'lied'],
  ['empty logs', logs(() => []), 'lied'],
  ['a removed log', logs((list) => list.map((log) => ({ ...log, removed: true }))), 'lied'],
  ['logs that are no list', logs(() => ({})), 'failed'],
  [
    'a forged storage proof',
    proof((honest) => ({
      ...honest,
      storageProof: honest.storageProof.map((slot) => ({ ...slot, proof: flipLast(slot.proof) })),
    })),
    'lied',
  ],
  ['a forged account proof', proof((honest) => ({ ...honest, accountProof: flipLast(honest.accountProof) })), 'lied'],
  ['a proof without its slots', proof((honest) => ({ ...honest, storageProof: [] })), 'lied'],
  [
    'a proof of another slot',
    proof((honest) => ({ ...honest, storageProof: [...honest.storageProof].reverse() })),
    'lied',
  ],
  ['a forged header field', block((honest) => ({ ...honest, stateRoot: flip(honest['stateRoot']) })), 'lied'],
  ['a forged block hash', block((honest) => ({ ...honest, hash: flip(honest['hash']) })), 'lied'],
  ['a block of another height', async (request, { reply: honest }) => otherHeight(request, honest), 'lied'],
  ['a null block', block(() => null), 'failed'],
  ['a wrong chain id', about('eth_chainId', () => '0x1'), 'lied'],
  ['a stale head', (request) => staleHead(request), 'failed'],
  ['a head far ahead', (request) => headAhead(request), 'failed'],
  ['a giant body', always((_, honest) => ({ status: 200, body: honest.body + ' '.repeat(200_000) })), 'failed'],
  [
    'a wrong id',
    always((_, honest) => ({ status: 200, body: honest.body.replace(/"id":\d+/, '"id":999999') })),
    'failed',
  ],
  ['no id at all', always((_, honest) => ({ status: 200, body: honest.body.replace(/"id":\d+,?/, '') })), 'failed'],
  ['bad hex', block((honest) => ({ ...honest, timestamp: '0xzz' })), 'failed'],
  ['a number above 256 bits', block((honest) => ({ ...honest, gasUsed: `0x1${'0'.repeat(64)}` })), 'failed'],
  ['no JSON', always(() => ({ status: 200, body: '<html>' })), 'failed'],
  [
    'HTTP 429',
    always(() => ({ status: 429, body: '{"error":{"code":-32005,"message":"rate limit exceeded"}}' })),
    'failed',
  ],
  ['HTTP 500', always(() => ({ status: 500, body: '' })), 'failed'],
  [
    'an error',
    always((request) => ({
      status: 200,
      body: JSON.stringify({ jsonrpc: '2.0', id: request.id, error: { code: -32000, message: 'no' } }),
    })),
    'failed',
  ],
  ['silence', silence, 'failed'],
];

let node: AnvilNode;
let writer: JournalWriter;
let wide: AnvilNode;

const otherHeight = async (request: SeenRequest, honest: RpcReply): Promise<RpcReply> => {
  const [height] = request.params;
  if (request.method !== 'eth_getBlockByNumber' || height === 'finalized') return honest;
  return reply(
    request,
    await node.rpc('eth_getBlockByNumber', [`0x${(BigInt(String(height)) - 1n).toString(16)}`, false]),
  );
};

/** Moves the last log to the block after its own, with that block's true hash. */
const movedLog = async (request: SeenRequest, honest: unknown): Promise<RpcReply> => {
  if (request.method !== 'eth_getLogs') return reply(request, honest);
  const list = honest as Json[];
  const blockNumber = `0x${(BigInt(String(list.at(-1)?.['blockNumber'])) + 1n).toString(16)}`;
  const { hash } = (await node.rpc('eth_getBlockByNumber', [blockNumber, false])) as { hash: string };
  return reply(request, [...list.slice(0, -1), { ...list.at(-1), blockNumber, blockHash: hash }]);
};

const staleHead = async (request: SeenRequest): Promise<RpcReply> => {
  const stale = request.method === 'eth_getBlockByNumber' && request.params[0] === 'finalized';
  return reply(request, await node.rpc(request.method, stale ? ['0x1', false] : request.params));
};

const headAhead = async (request: SeenRequest): Promise<RpcReply> => {
  const ahead = request.method === 'eth_getBlockByNumber' && request.params[0] === 'finalized';
  return ahead
    ? reply(request, await wide.rpc(request.method, ['latest', false]))
    : reply(request, await node.rpc(request.method, request.params));
};

beforeAll(async () => {
  node = await AnvilNode.start({ chainId: 41_010, args: ['--slots-in-an-epoch', '1'] });
  wide = await AnvilNode.start({ chainId: 41_010 });
  await wide.mine(200);
  writer = await JournalWriter.deploy(node, keccak256);
  for (let amount = 16n; amount < 22n; amount++)
    await writer.append(amount * 1_000n, amount % 3n === 0n ? 'SHORTFALL' : undefined);
  await node.mine(20);
});
afterAll(() => Promise.all([node.stop(), wide.stop()]));

/** Long enough for a busy machine; silence is shortened, since the tests wait for it. */
const limitsOf = (lies: readonly (Lie | undefined)[]): Partial<ChainLimits> => ({
  callTimeoutMs: lies.includes(silence) ? 1_500 : 15_000,
  stragglerMs: lies.includes(silence) ? 100 : 10_000,
  responseBytesMax: 100_000,
  lagBlocksMax: 8,
});

const open = (lies: readonly (Lie | undefined)[]): ReturnType<typeof openTestChain> =>
  openTestChain(node, { limits: limitsOf(lies) }).then((opened) => {
    for (const [at, lie] of lies.entries()) pick(opened.transports, at).lie = lie;
    return opened;
  });

const readAll = async (chain: OriginChainReader): Promise<VerifiedFrame> => {
  const tip = await chain.readFinalTip();
  const after = writer.empty;
  return chain.readFrame({
    journal: writer.spec,
    block: tip,
    after,
    afterBlock: (writer.spec.fromBlock - 1n) as BlockHeight,
  });
};

describe('one lying provider of four', () => {
  it.each(LIES)('changes only a counter: %s', async (_, lie, counter) => {
    const honest = await readAll((await open([])).chain);
    const { chain } = await open([lie]);
    expect(await readAll(chain)).toEqual(honest);
    expect(honest.position).toEqual(writer.position());
    expect(chain.condition()).toEqual({ kind: 'live' });
    await expect.poll(() => chain.providerStats()[0]?.[counter], POLL).toBeGreaterThan(0);
    for (const stats of chain.providerStats().slice(1))
      expect(stats).toMatchObject({ failed: 0, lied: 0, lastError: null });
  });
});

describe('two lying providers of four', () => {
  /** The third provider can answer what proves itself, and a mere failure is not a lie. */
  const merelyFailing = new Set(['logs that are no list']);

  it.each(LIES.filter(([name]) => !merelyFailing.has(name)))(
    'prevent a quorum, and nothing is returned: %s',
    async (_, lie) => {
      const { chain, observer } = await open([lie, lie]);
      await expect(readAll(chain)).rejects.toMatchObject({ code: 'NO_QUORUM', retryable: true });
      expect(chain.condition()).toMatchObject({ kind: 'no-quorum', reason: expect.any(String) as string });
      expect(observer.named('quorum-lost')).toHaveLength(1);
    },
  );

  it('let the chain resume by itself once they stop lying', async () => {
    const lie = block((honest) => ({ ...honest, stateRoot: flip(honest['stateRoot']) }));
    const { chain, transports, observer } = await open([lie, lie]);
    await expect(chain.readFinalTip()).rejects.toMatchObject({ code: 'NO_QUORUM' });
    for (const transport of transports) transport.lie = undefined;
    await chain.readFinalTip();
    expect(chain.condition()).toEqual({ kind: 'live' });
    expect(observer.named('quorum-restored')).toHaveLength(1);
  });
});

describe('a head that goes back', () => {
  const backwards: Lie = (request) => staleHead(request);

  it('at one provider only changes its counter, and the tip never falls', async () => {
    const { chain, transports } = await open([]);
    const tip = await chain.readFinalTip();
    pick(transports, 0).lie = backwards;
    expect(await chain.readFinalTip()).toEqual(tip);
    expect(chain.providerStats()[0]).toMatchObject({ lastError: { code: 'HEAD_ASTRAY' } });
  });

  it('at two providers prevents a quorum', async () => {
    const { chain, transports } = await open([]);
    await chain.readFinalTip();
    for (const transport of transports.slice(0, 2)) transport.lie = backwards;
    await expect(chain.readFinalTip()).rejects.toMatchObject({ code: 'NO_QUORUM' });
  });

  it('with one liar and two silent providers, there is no quorum', async () => {
    const { chain } = await open([silence, silence, block((honest) => ({ ...honest, gasUsed: '0x5' }))]);
    await expect(chain.readFinalTip()).rejects.toMatchObject({ code: 'NO_QUORUM' });
  });
});
