import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import {
  type Hex,
  type JournalHead,
  ZERO_WORD,
  address,
  blockHash,
  blockHeight,
  bytes32,
  chainId,
} from '@surety/domain';
import { type RpcTransport, createHttpTransport } from '@surety/rpc';
import { AnvilNode, ManualClock } from '@surety/rpc/testing';
import type { FoundStatement } from '@surety/workflows';
import { type Abi, encodeFunctionData, encodeFunctionResult, toFunctionSelector } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STATEMENT_FUNCTIONS, decodeStatements, openSubmittedStatements } from './submitted-statements.js';

const SENDER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
const edge = bytes32(`0x${'ed'.repeat(32)}`);
const other = bytes32(`0x${'0e'.repeat(32)}`);
const signatures = (digit: string): Hex => `0x${digit.repeat(130)}`;
const statementAt = (count: bigint, of = edge): JournalHead => ({
  edge: of,
  count,
  tip: count,
  head: bytes32(`0x${'ab'.repeat(32)}`),
  blockNumber: 8n,
  blockHash: blockHash(`0x${'cd'.repeat(32)}`),
  asOf: 1_700_000_000n,
  epoch: 1,
});

const abi = STATEMENT_FUNCTIONS;
const applied = (count: bigint, of = edge): Hex =>
  encodeFunctionData({
    abi,
    functionName: 'applyEntries',
    args: [1, 0n, `0x${'11'.repeat(95)}`, [], statementAt(count, of), signatures('1'), ZERO_WORD],
  });
const released = (count: bigint): Hex =>
  encodeFunctionData({
    abi,
    functionName: 'applyReleases',
    args: [0n, `0x${'22'.repeat(95)}`, [3n], statementAt(count), signatures('2')],
  });
const refreshed = (count: bigint): Hex =>
  encodeFunctionData({ abi, functionName: 'refresh', args: [statementAt(count), signatures('3')] });
const refreshedMany = (...counts: bigint[]): Hex =>
  encodeFunctionData({
    abi,
    functionName: 'refresh',
    args: [counts.map((count) => statementAt(count)), counts.map(() => signatures('4'))],
  });

describe('the functions that are searched for', () => {
  it('are all functions of the contracts that take a signed statement', () => {
    const taking = ([...collateralLedgerAbi, ...collateralVaultAbi] as Abi).flatMap((item) => {
      if (item.type !== 'function' || item.stateMutability !== 'nonpayable') return [];
      const takes = item.inputs.some(
        (input) => 'components' in input && input.components.some(({ name }) => name === 'tip'),
      );
      return takes ? [toFunctionSelector(item)] : [];
    });
    expect(taking.length).toBeGreaterThanOrEqual(2);
    const known = STATEMENT_FUNCTIONS.map((item) => toFunctionSelector(item));
    expect(known).toEqual(expect.arrayContaining(taking));
  });
});

describe('decodeStatements', () => {
  it('returns nothing for other bytes', () => {
    for (const input of ['0x', '0x12345678', applied(3n).slice(0, 200), `0x${'00'.repeat(64)}`]) {
      expect(decodeStatements(input as Hex, edge)).toEqual([]);
    }
  });

  it('returns the statement and signatures of each kind of call, at any offset', () => {
    const inner = [applied(3n), released(4n), refreshed(5n), refreshedMany(6n, 7n)];
    const [target, results] = [SENDER as Hex, inner.map((callData) => ({ success: true, returnData: callData }))];
    const multicall = encodeFunctionResult({
      abi: [
        {
          type: 'function',
          name: 'aggregate',
          stateMutability: 'view',
          inputs: [],
          outputs: [
            { type: 'address' },
            {
              type: 'tuple[]',
              components: [
                { name: 'success', type: 'bool' },
                { name: 'returnData', type: 'bytes' },
              ],
            },
          ],
        },
      ],
      result: [target, results],
    });
    const found = decodeStatements(`0xdeadbeef${multicall.slice(2)}`, edge);
    const counts = found.map(({ statement }) => statement.count).sort((left, right) => Number(left - right));
    expect(counts).toEqual([3n, 4n, 5n, 6n, 7n]);
    expect(found.find(({ statement }) => statement.count === 3n)).toEqual({
      statement: statementAt(3n),
      signatures: signatures('1'),
    });
  });
});

describe('decodeStatements, given untrusted bytes,', () => {
  const MEBIBYTE_DIGITS = 2 * 1024 * 1024;

  it.each(STATEMENT_FUNCTIONS.map((item) => [toFunctionSelector(item).slice(2)]))(
    'skips a mebibyte of look-alikes of %s without decoding each of them',
    (selector) => {
      const started = performance.now();
      expect(decodeStatements(`0x${selector.repeat(MEBIBYTE_DIGITS / 8)}`, edge)).toEqual([]);
      expect(performance.now() - started).toBeLessThan(5_000);
    },
  );

  it('returns at most 64 statements, none of another edge, and none with more signature bytes than a set has', () => {
    const many = `0x${refreshed(5n).slice(2).repeat(200)}` as const;
    expect(decodeStatements(many, edge)).toHaveLength(64);
    expect(decodeStatements(applied(5n, other), edge)).toEqual([]);
    const long = encodeFunctionData({
      abi,
      functionName: 'refresh',
      args: [statementAt(5n), `0x${'33'.repeat(31 * 65 + 1)}`],
    });
    expect(decodeStatements(long, edge)).toEqual([]);
  });

  it('returns nothing for words that no statement contains, or offsets that lead outside', () => {
    const call = refreshed(5n).slice(2);
    for (let word = 1; word < 9; word++) {
      const at = 8 + word * 64;
      const spoilt = `0x${call.slice(0, at)}${'ff'.repeat(32)}${call.slice(at + 64)}` as const;
      expect(decodeStatements(spoilt, edge)).toHaveLength(word === 3 || word === 5 ? 1 : 0);
    }
  });
});

describe('openSubmittedStatements', () => {
  let node: AnvilNode;
  let replica = address(SENDER);
  let forwarder: string;
  let start = 0n;

  /** Deploys runtime code by an eleven-byte constructor that returns it. */
  const deploy = (runtime: string): ReturnType<AnvilNode['send']> => {
    const size = (runtime.length / 2).toString(16).padStart(2, '0');
    return node.send({ from: SENDER, data: `0x60${size}80600b6000396000f3${runtime}` });
  };

  beforeAll(async () => {
    node = await AnvilNode.start({ chainId: 31_345 });
    // Emits a log of the edge at every call.
    const emitter = await deploy(`7f${edge.slice(2)}7f${'aa'.repeat(32)}60006000a200`);
    replica = address(emitter.contract);
    start = emitter.height;
    forwarder = (await deploy(`6000600060006000600073${replica.slice(2)}5af100`)).contract;
    await node.send({ from: SENDER, to: replica, data: applied(3n) });
    await node.mine(40);
    await node.send({ from: SENDER, to: replica, data: released(4n) });
    await node.send({ from: SENDER, to: replica, data: applied(9n, other) });
    await node.send({ from: SENDER, to: forwarder, data: `0xdeadbeef${refreshed(5n).slice(2)}` });
  });

  afterAll(() => node.stop());

  const silent: RpcTransport = { send: () => Promise.reject(new Error('nobody listens')) };
  const source = (
    transports: readonly RpcTransport[],
    { fromBlock = start, span = 16, clock = new ManualClock() } = {},
  ): ReturnType<typeof openSubmittedStatements> =>
    openSubmittedStatements({
      chainId: chainId(31_345),
      providers: transports.map((transport, at) => ({ name: `p${at}`, operator: 'me', transport })),
      replica,
      fromBlock: blockHeight(fromBlock),
      clock,
      observer: { observe: () => undefined },
      limits: { logSpanInitial: span, logSpanMax: span, callTimeoutMs: 10 ** 9 },
    });
  const honest = (): RpcTransport => createHttpTransport({ url: node.url });
  const read = async (from: ReturnType<typeof openSubmittedStatements>, after = 0n): Promise<bigint[]> => {
    const found = await from.read({ edge, after }, new AbortController().signal);
    return found.map(({ statement }) => statement.count).sort((left, right) => Number(left - right));
  };

  it('finds what the replica accepted, newest first over several ranges, also through another contract', async () => {
    expect(await read(source([honest()]))).toEqual([3n, 4n, 5n]);
    expect(await read(source([honest()]), 4n)).toEqual([5n]);
    expect(await read(source([honest()], { fromBlock: start + 20n }))).toEqual([4n, 5n]);
  });

  it('rejects below a quorum of responses, and tolerates one silent provider', async () => {
    await expect(read(source([honest(), silent]))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(read(source([silent]))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(new Set(await read(source([honest(), honest(), honest(), silent])))).toEqual(new Set([3n, 4n, 5n]));
  });

  const hiding: RpcTransport = {
    async send(body, options) {
      const reply = await honest().send(body, options);
      if (!body.includes('eth_getLogs')) return reply;
      return { ...reply, body: JSON.stringify({ ...(JSON.parse(reply.body) as object), result: [] }) };
    },
  };

  it('finds what one provider of four shows even if the others hide it', async () => {
    expect(await read(source([hiding, hiding, hiding]))).toEqual([]);
    expect(await read(source([hiding, hiding, hiding, honest()]))).toEqual([3n, 4n, 5n]);
  });

  it('answers a while after a quorum, and hands over what a slow provider finds later', async () => {
    const clock = new ManualClock();
    let release: () => void = () => undefined;
    const isReleased = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: RpcTransport = { send: (body, options) => isReleased.then(() => honest().send(body, options)) };
    const late: Promise<readonly FoundStatement[]>[] = [];
    const { signal } = new AbortController();
    const from = source([hiding, hiding, hiding, slow], { clock });
    const reading = from.read({ edge, after: 0n }, signal, (found) => late.push(found));
    let isOver = false;
    void reading.then(() => (isOver = true));
    // Passes the while that the slow one has left, whenever it begins.
    await expect
      .poll(() => {
        clock.advance(30_000);
        return isOver;
      })
      .toBe(true);
    expect([await reading, late.length]).toEqual([[], 1]);
    release();
    expect((await late[0])?.map(({ statement }) => statement.count)).toContain(5n);
  });

  it('gives up once no quorum can answer any more, though a slow provider has not', async () => {
    const stuck: RpcTransport = { send: () => new Promise(() => undefined) };
    await expect(read(source([honest(), silent, silent, stuck]))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('succeeds even if someone sends the longest transaction that a node accepts', async () => {
    const padding = '7d1ca296'.repeat(28_000);
    const { height } = await node.send({
      from: SENDER,
      to: replica,
      data: `${applied(6n)}${padding}`,
      gas: '0x1000000',
    });
    expect(await read(source([honest()], { fromBlock: height }))).toEqual([6n]);
  });

  /** Serves logs of one block at a time only; `onCalls` is told how many calls it was sent. */
  const narrow = (onCalls: (calls: number) => void = () => undefined): RpcTransport => {
    let calls = 0;
    return {
      async send(body, options) {
        onCalls(++calls);
        const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: [LogRange] };
        if (method !== 'eth_getLogs' || params[0].fromBlock === params[0].toBlock) return honest().send(body, options);
        const error = { code: -32_005, message: 'block range too large' };
        return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, error }) };
      },
    };
  };

  it('finds as much at three providers whatever a fourth spends of its calls', async () => {
    await node.mine(300);
    let spent: () => void = () => undefined;
    const isSpent = new Promise<void>((resolve) => {
      spent = resolve;
    });
    // The others begin only once the narrow one has made as many calls as a search of 64 ranges takes.
    const late: RpcTransport = { send: (body, options) => isSpent.then(() => honest().send(body, options)) };
    const greedy = narrow((calls) => {
      if (calls === 72) spent();
    });
    expect(new Set(await read(source([greedy, late, late, late])))).toEqual(new Set([3n, 4n, 5n, 6n]));
  });

  it('takes a search that ran out of calls for no answer', async () => {
    await expect(read(source([narrow()], { span: 64 }))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/^0 of 1 providers/) as string,
    });
  });
});

interface LogRange {
  readonly fromBlock: string;
  readonly toBlock: string;
}
