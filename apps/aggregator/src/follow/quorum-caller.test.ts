import { keccak256 } from '@surety/contracts';
import { address, bytes32, chainId } from '@surety/domain';
import { DEFAULT_RPC_LIMITS, RpcProvider, hashHeader } from '@surety/rpc';
import { ManualClock, RecordingObserver } from '@surety/rpc/testing';
import { describe, expect, it } from 'vitest';
import { decodeSourceWord } from './decode-words.js';
import { QuorumCaller } from './quorum-caller.js';

const TO = address(`0x${'11'.repeat(20)}`);
const call = { to: TO, input: '0x01', blockHash: `0x${'22'.repeat(32)}` } as const;
const observer = new RecordingObserver();
let providers = 0;

const zeros = (bytes: number): string => `0x${'00'.repeat(bytes)}`;
const HEADER = {
  parentHash: zeros(32),
  sha3Uncles: zeros(32),
  miner: zeros(20),
  stateRoot: zeros(32),
  transactionsRoot: zeros(32),
  receiptsRoot: zeros(32),
  logsBloom: zeros(256),
  difficulty: '0x0',
  number: '0x9',
  gasLimit: '0x0',
  gasUsed: '0x0',
  timestamp: '0x0',
  extraData: '0x',
  mixHash: zeros(32),
  nonce: zeros(8),
};
/** A block of the first fork, whose header hashes to its hash. */
const BLOCK = { ...HEADER, hash: hashHeader(HEADER, keccak256) };

interface Asked {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}
type Answers = (request: Asked) => unknown;

/** A provider of chain 7 that answers each other question with what is given: a result, a promise of one, or an error to throw. */
function provider(answer: unknown, change: { id?: number; chain?: number } = {}): RpcProvider {
  const transport = {
    send: async (body: string) => {
      const request = JSON.parse(body) as Asked;
      const given = request.method === 'eth_chainId' ? `0x${(change.chain ?? 7).toString(16)}` : undefined;
      const result = given ?? (await (typeof answer === 'function' ? (answer as Answers)(request) : answer));
      if (result instanceof Error) throw result;
      const id = given === undefined ? (change.id ?? request.id) : request.id;
      const outcome = typeof result === 'object' && result !== null && 'error' in result ? result : { result };
      return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, ...outcome }) };
    },
  };
  const context = { chainId: chainId(7), clock: new ManualClock(), observer, limits: DEFAULT_RPC_LIMITS };
  return new RpcProvider({ name: `p${++providers}`, operator: 'op', transport }, context);
}

const caller = (...answers: unknown[]): QuorumCaller =>
  new QuorumCaller(answers.map((answer) => (answer instanceof RpcProvider ? answer : provider(answer))));
const silent = (): Promise<never> => new Promise(() => undefined);
const away = new Error('away');

describe('a call that a quorum must answer', () => {
  it('is refused where two of four providers answer alike', async () => {
    const split = caller('0x01', '0x01', '0x02', '0x02');
    await expect(split.callAgreed(call)).rejects.toMatchObject({ code: 'NO_QUORUM', retryable: true });
  });

  it.each([
    ['fails', away],
    ['is of another chain', provider('0x01', { chain: 8 })],
    ['answers another question', provider('0x01', { id: 99 })],
  ])('counts a provider against the quorum that %s', async (_name, odd) => {
    await expect(caller('0x01', '0x01', odd, away).callAgreed(call)).rejects.toMatchObject({ code: 'NO_QUORUM' });
    expect(await caller('0x01', '0x01', odd, '0x01').callAgreed(call)).toBe('0x01');
  });

  it('is answered once three of four agree, at the named block, though the fourth says nothing', async () => {
    const asked: Asked[] = [];
    const first = (request: Asked): string => {
      asked.push(request);
      return '0xAb';
    };
    expect(await caller(first, silent, '0xab', '0xab').callAgreed(call)).toBe('0xab');
    expect(asked[0]?.params).toEqual([{ to: TO, data: '0x01' }, { blockHash: call.blockHash }]);
  });

  it('tells a return from a revert, and a revert without a reason from both', async () => {
    const tried = { ...call, from: TO };
    const reverted = { error: { code: 3, message: 'execution reverted', data: '0xDEAD' } };
    const nested = { error: { code: 3, message: 'execution reverted', data: { data: '0xdead' } } };
    expect(await caller('0x', '0x', '0x').tryAgreed(tried)).toEqual({ kind: 'returned', output: '0x' });
    const reason = { kind: 'reverted', reason: '0xdead' };
    expect(await caller(reverted, nested, '0x').tryAgreed(tried)).toEqual(reason);
    const untold = { error: { code: -32_000, message: 'no state' } };
    await expect(caller(untold, untold, '0x').tryAgreed(tried)).rejects.toMatchObject({ code: 'NO_QUORUM' });
  });

  it('counts as lying who alone contradicts it, except where a stranger’s contract decides the answer', async () => {
    const liedAfter = async (ask: (quorum: QuorumCaller) => Promise<unknown>): Promise<number> => {
      const odd = provider('0x02');
      await ask(caller(odd, '0x01', '0x01', '0x01'));
      return odd.stats().lied;
    };
    expect(await liedAfter((quorum) => quorum.callAgreed(call))).toBe(1);
    expect(await liedAfter((quorum) => quorum.callAgreed({ ...call, mayDiffer: true }))).toBe(0);
    expect(await liedAfter((quorum) => quorum.tryAgreed({ ...call, from: TO }))).toBe(0);
  });
});

describe('a question to one provider', () => {
  it('goes to the next one if it fails or cannot be read, and ends after the last', async () => {
    const read = (output: string): string => {
      if (output === '0x') throw new TypeError('no data');
      return output;
    };
    expect(await caller(away, 7, '0x', '0x05').callOne(call, read)).toBe('0x05');
    await expect(caller(away, '0x').callOne(call, read)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    });
  });

  it('makes as many contract calls at the newest block as it announces', async () => {
    const one = caller((request: Asked) => (request.method === 'eth_call' ? '0x01' : BLOCK));
    const outputs: string[] = [];
    await one.lookAtNewest({ calls: 200, signal: undefined }, async (newest) => {
      for (let at = 0; at < 200; at++) outputs.push(await newest.call(TO, '0x01'));
    });
    expect(outputs).toHaveLength(200);
  });

  it('looks at the first logs of more than it takes, and asks for the topics alone', async () => {
    const topic = `0x${'ab'.repeat(32)}` as const;
    const log = (logIndex: number) => ({
      address: TO,
      topics: [topic],
      data: '0x',
      blockNumber: '0x9',
      blockHash: BLOCK.hash,
      transactionHash: topic,
      logIndex: `0x${logIndex.toString(16)}`,
    });
    const asked: unknown[] = [];
    const many = caller((request: Asked) => {
      if (request.method !== 'eth_getLogs') return BLOCK;
      asked.push(request.params);
      return Array.from({ length: 5_000 }, (_, at) => log(at));
    });
    const seen = await many.lookAtNewest({ calls: 0, signal: undefined }, (newest) =>
      newest.logs({ contract: TO, topics: [bytes32(topic)], after: 3n }),
    );
    expect([seen.length, seen.at(-1)?.logIndex]).toEqual([4_096, 4_095]);
    expect(asked).toEqual([[{ address: TO, topics: [[topic]], fromBlock: '0x4', toBlock: '0x9' }]]);
  });

  it('gives the input of a transaction', async () => {
    expect(await caller(null, { input: '0xAB' }).readInput(call.blockHash)).toBe('0xab');
  });
});

describe('decodeSourceWord', () => {
  it('refuses a state that does not exist', () => {
    expect(() => decodeSourceWord(9n << 40n)).toThrowError(expect.objectContaining({ code: 'BAD_WORD' }));
  });

  it('reads each field from its place', () => {
    const word =
      100n |
      (3n << 40n) |
      (200n << 48n) |
      (9_000n << 88n) |
      (9_500n << 104n) |
      (300n << 152n) |
      (90n << 192n) |
      (360n << 208n) |
      (4_320n << 224n) |
      (8_000n << 240n);
    expect(decodeSourceWord(word)).toEqual({
      asOf: 100n,
      state: 'QUARANTINED',
      stateUntil: 200n,
      weightInitialBps: 9_000,
      weightMaintenanceBps: 9_500,
      staleAfterMinutes: 90,
      darkAfterMinutes: 360,
      floorAfterMinutes: 4_320,
      frozenMaintenanceBps: 8_000,
      thawedAt: 300n,
    });
  });
});
