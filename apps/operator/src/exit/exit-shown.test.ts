import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collateralVaultAbi } from '@surety/contracts';
import { ZERO_WORD } from '@surety/domain';
import type { Clock } from '@surety/workflows';
import { type Abi, type Hex, decodeFunctionData, encodeFunctionResult, keccak256, numberToHex } from 'viem';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { exitEnvironment } from '../testing/exit-environment.js';
import { runSurety } from '../testing/run-surety.js';
import { serveMethods } from '../testing/serve-landing.js';
import { servedRecord } from '../testing/serve-timelocked-vault.js';
import { type ExitHand, awaitShown } from './exit-hand.js';

const abi: Abi = collateralVaultAbi;
const BEFORE = 0x64;
const LANDED_AT = 0x65;
const NOW_S = 1_700_000_000;
const folder = mkdtempSync(join(tmpdir(), 'surety-exit-shown-'));
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The vault as of a block: its exit is announced in the block in which the announcement landed. */
function viewAt(height: number, data: Hex): Hex {
  const { functionName } = decodeFunctionData({ abi, data });
  const announced = height < LANDED_AT ? {} : { announcedAt: NOW_S, openableAt: NOW_S + 604_800 };
  const results: Record<string, unknown> = {
    exitStatus: servedRecord('exitStatus', announced),
    replicaState: [ZERO_WORD, 3n, ZERO_WORD, 1_000, 0, 0],
    journalHead: [ZERO_WORD, 3n, ZERO_WORD],
  };
  return encodeFunctionResult({ abi, functionName, result: results[functionName] });
}

/** Serves two providers: at the first what is sent lands at once, the second shows its block after so many questions for its height. */
async function serveTwo(isBehindFor: number): Promise<Record<string, string>> {
  let sent: Hex | undefined;
  let left = isBehindFor;
  const start = (isBehind: boolean): Promise<string> =>
    serveMethods((method, [first, second]) => {
      const landed = isBehind && left > 0 ? undefined : sent;
      const newest = landed === undefined ? BEFORE : LANDED_AT;
      const heightOf = (tag: unknown): number => (tag === 'latest' ? newest : Number(tag));
      switch (method) {
        case 'eth_chainId':
          return '0x1';
        case 'eth_blockNumber':
          if (isBehind && sent !== undefined) left -= 1;
          return numberToHex(newest);
        case 'eth_getBlockByNumber': {
          const number = numberToHex(heightOf(first));
          return { number, hash: keccak256(number), timestamp: numberToHex(NOW_S), baseFeePerGas: '0x1' };
        }
        case 'eth_getBalance':
          return '0xde0b6b3a7640000';
        case 'eth_getTransactionCount':
          return landed === undefined ? '0x0' : '0x1';
        case 'eth_call':
          return viewAt(heightOf(second), (first as { readonly data: Hex }).data);
        case 'eth_sendRawTransaction':
          return (sent = keccak256(first as Hex));
        case 'eth_getTransactionByHash':
          return landed === undefined ? null : { hash: landed };
        case 'eth_getTransactionReceipt':
          return landed === undefined ? null : receiptOf(landed);
        default:
          return '0x10000';
      }
    }, closing);
  return { RPC_URL_ETHEREUM_1: await start(false), RPC_URL_ETHEREUM_2: await start(true) };
}

function receiptOf(transactionHash: Hex): object {
  const place = { blockHash: keccak256(numberToHex(LANDED_AT)), blockNumber: numberToHex(LANDED_AT) };
  return { transactionHash, ...place, gasUsed: '0x1', effectiveGasPrice: '0x1', status: '0x1', logs: [] };
}

/** A pause ends at once and counts as two seconds; a limit of time ends once as many pauses have passed. */
function hurried(): Clock {
  let elapsedMs = 0;
  return {
    nowMs: () => NOW_S * 1_000,
    elapsedMs: () => elapsedMs,
    async sleep(ms, signal) {
      const isPause = ms < 2_000;
      const untilMs = elapsedMs + (isPause ? 0 : ms);
      if (isPause) elapsedMs += 2_000;
      do await new Promise(setImmediate);
      while (elapsedMs < untilMs && signal?.aborted !== true);
    },
  };
}

/** Announces an exit where the second provider is behind for so many questions. */
async function announce(isBehindFor: number, run: Partial<Parameters<typeof runSurety>[1]> = {}) {
  const environment = await exitEnvironment(folder, { payments: [] }, closing);
  const argv = ['exit', 'open', '--chain', 'ethereum', '--yes', '--json'];
  const served = { ...environment, ...(await serveTwo(isBehindFor)) };
  const { code, told, output } = await runSurety(argv, { clock: hurried(), environment: served, ...run });
  return { code, told, ...(JSON.parse(output) as { readonly acts: readonly object[]; readonly next: unknown }) };
}

const WAITING = 'waiting until two thirds of the providers of ethereum show block 101 …';
const acts = [{ act: 'announce', txHash: expect.stringMatching(/^0x[0-9a-f]{64}$/) as string }];

describe('an exit of which a step landed at one of two providers', () => {
  it('goes on once both show the block of the step', async () => {
    const { code, told, ...result } = await announce(5);
    expect(result).toMatchObject({ acts, next: { kind: 'wait' } });
    expect([code, told.split(WAITING).length - 1]).toEqual([0, 1]);
  });

  it('says nothing of a wait where both show it at once', async () => {
    const { told, ...result } = await announce(0);
    expect(result).toMatchObject({ acts, next: { kind: 'wait' } });
    expect(told).not.toContain(WAITING);
  });

  it('goes by what they show after a minute where one stands still', async () => {
    const { code, told, ...result } = await announce(Infinity);
    expect(result).toMatchObject({ acts, next: { kind: 'announce' } });
    expect([code, told]).toEqual([0, expect.stringContaining(WAITING)]);
  });
});

/** A hand whose step landed in block 101, at providers that show these blocks, the last one from then on; `few` where too few answer. */
function handAt(...blocks: readonly (bigint | 'few')[]) {
  const told: string[] = [];
  const interruption = new AbortController();
  let looks = 0;
  const getBlock = async (): Promise<object> => {
    const number = blocks[Math.min(looks, blocks.length - 1)];
    looks += 1;
    if (number === 'few') throw new Error('too few providers answer');
    return { number };
  };
  const last = { purpose: 'announcement', height: 101n };
  const landing: ExitHand['landing'] = { last, isGivenUp: false };
  const hand = {
    terminal: {
      tell: (line: string) => void told.push(line),
      untilInterrupted: <Result>(act: (signal: AbortSignal) => Promise<Result>) => act(interruption.signal),
    },
    place: { at: { chain: { name: 'alpha', blockTimeMs: 1_000 }, clock: hurried() }, client: { getBlock } },
    landing,
  } as unknown as ExitHand;
  return { hand, told, interruption, landAgain: () => (landing.last = last), looks: () => looks };
}

describe('the block of a step that landed', () => {
  it('is shown once two thirds of the providers have reached it, and waited for once', async () => {
    const { hand, told, looks } = handAt(100n, 'few', 100n, 103n);
    expect([await awaitShown(hand), looks(), told.length]).toEqual([103n, 4, 1]);
    expect([await awaitShown(hand), looks()]).toEqual([undefined, 4]);
  });

  it.each([100n, 'few'] as const)('is not shown where providers tell %s for a minute', async (seen) => {
    const { hand, landAgain, looks } = handAt(seen);
    expect([await awaitShown(hand), hand.landing.isGivenUp]).toEqual([undefined, true]);
    const before = looks();
    landAgain();
    expect([await awaitShown(hand), looks() - before]).toEqual([undefined, 1]);
  });

  it('is no longer waited for where somebody interrupts, who hears what landed', async () => {
    const { hand, interruption } = handAt(100n);
    const waiting = awaitShown(hand);
    interruption.abort();
    await expect(waiting).rejects.toThrow(
      'interrupted before two thirds of the providers of alpha show block 101, in which the announcement landed; nothing else was sent',
    );
  });
});
