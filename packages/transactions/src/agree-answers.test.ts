import { getEventListeners } from 'node:events';
import { address } from '@surety/domain';
import type { RpcTransport } from '@surety/rpc';
import { ManualClock } from '@surety/rpc/testing';
import { describe, expect, it, vi } from 'vitest';
import { type ChainReads, createChainReads } from './chain-reads.js';
import { createRpc } from './rpc.js';

const TO = address(`0x${'1a'.repeat(20)}`);
const HASH = `0x${'7a'.repeat(32)}` as never;
const CALL = { from: TO, to: TO, calldata: '0x01' } as const;

const BLOCK = { number: '0x1', timestamp: '0x1', baseFeePerGas: '0x1' };

const ERRORS: Readonly<Record<string, object | undefined>> = {
  revert: { code: 3, message: 'execution reverted' },
  poor: { code: -32_000, message: 'insufficient funds for transfer' },
  lags: { code: -32_000, message: 'header not found' },
  unknown: { code: -32_601, message: 'the method does not exist' },
  busy: { code: -32_005, message: 'limit exceeded' },
};

/** One provider's answer to everything; undefined for one that is silent, `revert` for a refusal of the call, `poor`, `lags` and `busy` for one of other kinds. */
type Answer = string | object | null | undefined;

/** Reads a chain whose providers answer so; `asked` gets the index of each that is asked; all give this `block`. */
function readsOf(answers: readonly Answer[], asked: number[] = [], block?: object): ChainReads {
  const transportOf = ({ name }: { readonly name: string }): RpcTransport => ({
    async send(body) {
      const { id, method } = JSON.parse(body) as { id: number; method: string };
      const given = method === 'eth_getBlockByNumber' ? block : undefined;
      const answer = method === 'eth_chainId' ? '0x1' : (given ?? answers[Number(name)]);
      if (method !== 'eth_chainId') asked.push(Number(name));
      if (answer === undefined) return new Promise(() => undefined);
      const error = typeof answer === 'string' ? ERRORS[answer] : undefined;
      const said = error === undefined ? { result: answer } : { error };
      return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, ...said }) };
    },
  });
  const clock = new ManualClock();
  const patience = { clock: { sleep: () => Promise.resolve() }, afterMs: 1 };
  const endpoints = answers.map((_, at) => ({ name: String(at), url: '' }));
  const rpc = createRpc({ chainId: 1, endpoints, timeoutMs: 60_000, clock, transportOf, agreement: patience });
  return createChainReads(rpc, []);
}

const receipt = (changes: object = {}): object => ({
  transactionHash: HASH,
  blockHash: `0x${'ab'.repeat(32)}`,
  blockNumber: '0x10',
  status: '0x1',
  gasUsed: '0x5208',
  effectiveGasPrice: '0x1',
  logs: [{ address: TO, topics: [], data: '0x', logIndex: '0x0' }],
  ...changes,
});
const written = receipt({ logs: [{ address: TO.toUpperCase().replace('0X', '0x'), topics: [], data: '0x' }] });
const reorganised = receipt({ blockHash: `0x${'cd'.repeat(32)}` });
const noLogs = receipt({ logs: [] });
const failed = receipt({ status: '0x0' });

describe('answers of three or more providers', () => {
  it.each<[name: string, answers: Answer[], succeeded: boolean | undefined]>([
    ['of two thirds, however they write it', [failed, receipt(), written, receipt()], true],
    ['of two thirds beside a silent one', [undefined, failed, failed, failed], false],
    ['none while half of them lack it', [receipt(), receipt(), null, null], undefined],
    ['none while they show two blocks', [receipt(), receipt(), reorganised, reorganised], undefined],
    ['none while they show other events', [receipt(), noLogs, receipt(), noLogs], undefined],
    ['none where one of three makes it up', [receipt(), null, null], undefined],
  ])('have a receipt: %s', async (_, answers, succeeded) => {
    expect((await readsOf(answers).readReceipt(HASH))?.succeeded).toBe(succeeded);
  });

  it.each<[answers: Answer[], nonce: bigint]>([
    [['0x2d', '0x28', '0x28', '0x28'], 40n],
    [['0x0', '0x28', '0x28', '0x29'], 40n],
    [['0x2d', '0x28', '0x28', undefined], 40n],
    [['0x2d', 'odd', '0x28', '0x28'], 40n],
    [['0x2d', '0x28', '0x28'], 40n],
  ])('have the nonce that two thirds of them have reached: %j', async (answers, nonce) => {
    expect(await readsOf(answers).readNonce(TO, 'latest')).toBe(nonce);
  });

  it.each<[answers: Answer[], gas: bigint]>([
    [['0x10', '0x64', '0x64', '0x65'], 100n],
    [['0xffff', '0x64', '0x63', '0x64'], 100n],
    [['0x10', '0x64', '0x64', undefined], 100n],
    [['revert', '0x64', '0x64', '0x65'], 101n],
    [['revert', 'revert', '0x64', '0x63'], 100n],
    [['0x10', '0x64', undefined], 100n],
  ])('have the gas that is enough by all but those that may lie: %j', async (answers, gas) => {
    expect(await readsOf(answers).estimate(CALL)).toEqual({ kind: 'gas', gas });
  });

  it('refuse a call only if two thirds of them do', async () => {
    const kindOf = async (answers: Answer[]): Promise<string> => (await readsOf(answers).call(CALL, 'latest')).kind;
    expect(await kindOf(['revert', '0x01', '0x01', '0x01'])).toBe('answer');
    expect(await kindOf(['revert', 'revert', '0x01', 'revert'])).toBe('reverted');
    expect(await kindOf(['revert', undefined, undefined, 'revert', 'revert', 'revert'])).toBe('reverted');
    expect((await readsOf(['0x64', 'revert', 'revert', 'revert']).estimate(CALL)).kind).toBe('reverted');
  });

  it.each<Answer[]>([
    ['poor', 'poor', 'poor'],
    ['revert', 'poor', 'poor'],
    ['poor', 'poor', '0x64'],
  ])('refuse a call for another reason than a revert: %s %s %s', async (...answers) => {
    await expect(readsOf(answers).estimate(CALL)).rejects.toMatchObject({
      code: 'RPC_REFUSED',
      message: expect.stringContaining('refused eth_estimateGas: insufficient funds') as string,
    });
  });

  it('are named with the reason that each of too few gives', async () => {
    const reads = readsOf(['0x64', 'poor', 'busy', 'odd']);
    await expect(reads.estimate(CALL)).rejects.toThrow(
      /2 \(.*limit exceeded\), .*1 \(RPC_ERROR: insufficient funds for transfer\).*but of two that are left nobody is outvoted/,
    );
    await expect(readsOf(['lags', 'lags', 'lags']).estimate(CALL)).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
  });

  it('take no refusal from one where the others say nothing', async () => {
    const code = 'RPC_UNAVAILABLE';
    await expect(readsOf(['revert', 'busy', 'busy']).call(CALL, 'latest')).rejects.toMatchObject({ code });
    const refused = readsOf(['revert', 'poor', 'poor']).call(CALL, 'latest');
    await expect(refused).rejects.toMatchObject({ code: 'RPC_REFUSED' });
  });

  it('are asked for in turn where one answer is enough: a call that nobody refuses', async () => {
    const asked: number[] = [];
    expect((await readsOf(['0x01', '0x01', '0x01'], asked).call(CALL, 'latest')).kind).toBe('answer');
    expect(asked).toEqual([0]);
  });

  it('have the fees and the coin of the middle one', async () => {
    const block = (baseFeePerGas: string): object => ({ number: '0x1', timestamp: '0x1', baseFeePerGas });
    const dear = [block('0xffffff'), block('0x2'), block('0x2'), block('0x2')];
    expect((await readsOf(dear).readHead('latest')).baseFeePerGas).toBe(2n);
    expect((await readsOf([block('0x0'), ...dear.slice(1)]).readHead('latest')).baseFeePerGas).toBe(2n);
    expect(await readsOf(['0x0', '0x5', '0x5', '0x5']).readBalance(TO)).toBe(5n);
    expect(await readsOf(['0xffffff', '0x5', '0x5', '0x5']).readBalance(TO)).toBe(5n);
  });

  it.each<[answers: Answer[], tip: bigint]>([
    [['0xffff', '0x5', '0x5', '0x5'], 5n],
    [['0x0', '0x5', '0x5', '0x6'], 5n],
    [['unknown', '0x5', '0x5', '0x5'], 5n],
    [['unknown', 'unknown', '0x5', '0x5'], 5n],
    [['0xffff', 'unknown', 'unknown', 'unknown'], 0n],
  ])('have the tip of the middle one of those that suggest one: %j', async (answers, tip) => {
    const { tipPerGas } = await readsOf(answers, [], BLOCK).readMarket();
    expect(tipPerGas).toBe(tip);
  });

  it('are missed, and those without one named, where too few come', async () => {
    const few = readsOf(['0x1', 'odd', 'odd', '0x1']);
    const wordsOf = (method: string, why = 'RPC_BAD_ANSWER'): string =>
      `2 of 4 providers of chain 1 gave no answer to ${method} within 60000 ms: 1 (${why}), 2 (${why}); expected answers of 3`;
    await expect(few.readNonce(TO, 'latest')).rejects.toThrow(wordsOf('eth_getTransactionCount'));
    await expect(few.estimate(CALL)).rejects.toThrow(wordsOf('eth_estimateGas'));
    const away = readsOf([receipt(), 'revert', 'revert', receipt()]);
    await expect(away.readReceipt(HASH)).rejects.toThrow(
      wordsOf('eth_getTransactionReceipt', 'RPC_ERROR: execution reverted'),
    );
  });
});

describe('a question with a signal that outlives it', () => {
  it('leaves nothing on that signal', async () => {
    const { signal } = new AbortController();
    const combine = vi.spyOn(AbortSignal, 'any');
    const reads = readsOf([receipt(), receipt(), receipt()]);
    expect(await reads.readReceipt(HASH, signal)).toMatchObject({ succeeded: true });
    expect(await readsOf(['0x5', '0x5', '0x5']).readBalance(TO, signal)).toBe(5n);
    expect([getEventListeners(signal, 'abort').length, combine.mock.calls]).toEqual([0, []]);
    combine.mockRestore();
  });

  it('ends with that signal, also where it has aborted before', async () => {
    const stop = new AbortController();
    const silent = readsOf([undefined, undefined, undefined]);
    const asked = [silent.readBalance(TO, stop.signal), silent.readReceipt(HASH, stop.signal)];
    stop.abort(new Error('asked to stop'));
    for (const one of asked) await expect(one).rejects.toThrow('asked to stop');
    await expect(silent.readBalance(TO, stop.signal)).rejects.toThrow('asked to stop');
  });
});

it('of two providers, one answers alone', async () => {
  const asked: number[] = [];
  expect(await readsOf(['0x2d', '0x28'], asked).readNonce(TO, 'latest')).toBe(45n);
  expect(asked).toEqual([0]);
});
