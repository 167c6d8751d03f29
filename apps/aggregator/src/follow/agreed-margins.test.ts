import { collateralLedgerAbi } from '@surety/contracts';
import { AppError, type Bytes32, ZERO_WORD, address, bytes32, chainId } from '@surety/domain';
import { DEFAULT_RPC_LIMITS, RpcProvider } from '@surety/rpc';
import { ManualClock } from '@surety/rpc/testing';
import { type Hex, decodeFunctionData, encodeFunctionResult } from 'viem';
import { describe, expect, it } from 'vitest';
import { finalBlockOf } from '../testing/fake-settlement-reader.js';
import { ChainSettlementReader } from './chain-settlement-reader.js';
import { QuorumCaller } from './quorum-caller.js';

const CHAIN = 7;
const LEDGER = address(`0x${'11'.repeat(20)}`);
const BLOCK = finalBlockOf(CHAIN, 9n);
const word = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const [ALICE, MALLORY, BOB] = [word(1), word(2), word(3)];

/** Returns a maintenance requirement, or undefined if the provider does not answer. */
type RequirementAt = (account: Bytes32, provider: number) => bigint | undefined;

/** What her protocol returns: the base fee, which nodes set differently where a call names none. */
const baseFee: RequirementAt = (account, provider) => (account === MALLORY ? BigInt(provider % 2) : BigInt(account));

interface Opened {
  readonly reader: ChainSettlementReader;
  readonly asked: Bytes32[];
  /** Names of the providers that were counted as lying. */
  readonly lied: () => string[];
}

function readerOf(requirementAt: RequirementAt): Opened {
  const asked: Bytes32[] = [];
  const providers = [0, 1, 2, 3].map((provider) => {
    const requiredBy = (account: Bytes32): bigint | undefined => {
      asked.push(account);
      return requirementAt(account, provider);
    };
    const transport = { send: async (body: string) => ({ status: 200, body: answerTo(body, requiredBy) }) };
    const context = {
      chainId: chainId(CHAIN),
      clock: new ManualClock(),
      observer: { observe: () => undefined },
      limits: DEFAULT_RPC_LIMITS,
    };
    return new RpcProvider({ name: `p${provider}`, operator: `p${provider}`, transport }, context);
  });
  const options = { chain: { chainId: CHAIN }, caller: new QuorumCaller(providers), ledger: LEDGER };
  const lied = (): string[] => providers.flatMap((one) => (one.stats().lied > 0 ? [one.name] : []));
  return { reader: new ChainSettlementReader(options as never), asked, lied };
}

/** Answers as a node that takes no call without a receiver, so that each margin is asked alone in the end. */
function answerTo(body: string, requiredBy: (account: Bytes32) => bigint | undefined): string {
  const { id, method, params } = JSON.parse(body);
  if (method === 'eth_chainId') return JSON.stringify({ jsonrpc: '2.0', id, result: `0x${CHAIN.toString(16)}` });
  const { to, data } = params[0] as { readonly to?: Hex; readonly data: Hex };
  const account = to === undefined ? undefined : decodeFunctionData({ abi: collateralLedgerAbi, data }).args?.[0];
  const requirement = account === undefined ? undefined : requiredBy(account as Bytes32);
  if (requirement === undefined)
    return JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_000, message: 'not now' } });
  const result = encodeFunctionResult({
    abi: collateralLedgerAbi,
    functionName: 'marginOf',
    result: [1n, 2n, 3n, 4n, 5n, requirement, 0n, 7n],
  });
  return JSON.stringify({ jsonrpc: '2.0', id, result });
}

describe('margins by a quorum of providers', () => {
  it('leave out an account whose protocol answers each node differently, and give each other one its own figures', async () => {
    const { reader, asked } = readerOf(baseFee);
    const margins = await reader.readAgreedMargins({ accounts: [ALICE, MALLORY, BOB], block: BLOCK });
    expect([...margins].map(([account, { maintenanceRequirement }]) => [account, maintenanceRequirement])).toEqual([
      [ALICE, 1n],
      [BOB, 3n],
    ]);
    expect(asked.filter((account) => account === ZERO_WORD)).toHaveLength(4);
  });

  it('are those of nobody where hers is the only one asked', async () => {
    const { reader } = readerOf(baseFee);
    expect(await reader.readAgreedMargins({ accounts: [MALLORY], block: BLOCK })).toEqual(new Map());
    expect(await reader.readAgreedMargins({ accounts: [], block: BLOCK })).toEqual(new Map());
  });

  it('make nobody a liar whom a protocol answers as no other node, and count who lies about the margin of nobody', async () => {
    const oneApart = readerOf((account, provider) => (account === MALLORY && provider === 3 ? 9n : BigInt(account)));
    expect((await oneApart.reader.readAgreedMargins({ accounts: [ALICE, MALLORY], block: BLOCK })).size).toBe(2);
    expect(oneApart.lied()).toEqual([]);
    const liar = readerOf((account, provider) =>
      account === ZERO_WORD ? BigInt(provider === 3) : baseFee(account, provider),
    );
    expect(await liar.reader.readAgreedMargins({ accounts: [MALLORY], block: BLOCK })).toEqual(new Map());
    expect(liar.lied()).toEqual(['p3']);
  });

  it('ask no further account where all agree', async () => {
    const { reader, asked } = readerOf((account) => BigInt(account));
    expect((await reader.readAgreedMargins({ accounts: [ALICE, BOB], block: BLOCK })).size).toBe(2);
    expect(asked).not.toContain(ZERO_WORD);
  });

  it('fail where the providers are away, whatever her protocol answers, and ask no more than the first accounts', async () => {
    const { reader, asked } = readerOf((account, provider) => (provider > 1 ? undefined : baseFee(account, provider)));
    const accounts = Array.from({ length: 256 }, (_, at) => word(1 + at));
    await expect(reader.readAgreedMargins({ accounts, block: BLOCK })).rejects.toMatchObject({
      code: 'NO_QUORUM',
      retryable: true,
    });
    expect(new Set(asked).size).toBeLessThanOrEqual(33);
  });

  it('fail where the providers are away after they agreed on the margin of nobody', async () => {
    let agreements = 0;
    const { reader, asked } = readerOf((account, provider) => {
      if (agreements >= 4) return undefined;
      if (account === ZERO_WORD) agreements++;
      return baseFee(account, provider);
    });
    const accounts = [MALLORY, ...Array.from({ length: 64 }, (_, at) => word(10 + at))];
    await expect(reader.readAgreedMargins({ accounts, block: BLOCK })).rejects.toMatchObject({ code: 'NO_QUORUM' });
    expect(asked.filter((account) => account === ZERO_WORD).length).toBeGreaterThan(4);
  });

  it('fail where their caller stops, though only hers is missing', async () => {
    const stop = new AbortController();
    stop.abort();
    const { reader } = readerOf(baseFee);
    const stopped = reader.readAgreedMargins({ accounts: [MALLORY], block: BLOCK }, stop.signal);
    await expect(stopped).rejects.toSatisfy((cause) => cause instanceof AppError && cause.code === 'ABORTED');
  });
});
