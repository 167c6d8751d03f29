import { collateralVaultAbi } from '@surety/contracts';
import { type Bytes32, ENTRY_KINDS, address, bytes32 } from '@surety/domain';
import type { RpcTransport } from '@surety/rpc';
import { ManualClock } from '@surety/rpc/testing';
import { VAULT_ERRORS, createChainReads, createRpc, createVault } from '@surety/transactions';
import {
  type AttestedStatement,
  type BatchSource,
  type ObservedEvent,
  type PayReleasesDeps,
  type TransactionSender,
  payReleases,
  relayEdge,
  replicaOfVault,
} from '@surety/workflows';
import { type Abi, decodeFunctionData, encodeFunctionResult, toHex } from 'viem';
import { beforeEach, describe, expect, it } from 'vitest';
import { PROVIDER_TURN_MS, turnProviders } from './turn-providers.js';

const CHAIN_ID = 900;
/** Untyped: the views' names are told by the calls. */
const abi: Abi = collateralVaultAbi;
const EDGE = word(0xed6e);
const ATTESTED = 12n;
const HONEST = { count: 5n, baseFeeWei: 10n ** 9n };
const FALSE_FEE_WEI = 25_600n * 10n ** 9n;
const POLL_MS = 2_000;

/** Calls that each provider took, and what the first one and the others say. */
let asked: number[];
let [lies, truth] = [HONEST, HONEST];
let clock: ManualClock;
let events: ObservedEvent[];
let sent: string[];

beforeEach(() => {
  asked = [0, 0, 0];
  [lies, truth] = [HONEST, HONEST];
  clock = new ManualClock();
  events = [];
  sent = [];
});

function word(value: number): Bytes32 {
  return bytes32(`0x${value.toString(16).padStart(64, '0')}`);
}

/** The first of three providers lies; the heights of all rise with the clock. */
function provider(at: number): RpcTransport {
  const { count, baseFeeWei } = at === 0 ? lies : truth;
  const views: Record<string, unknown> = {
    replicaState: [EDGE, count, word(0x77), 1n, 0, 1],
    rewindOf: [0, word(0), 0n, 0n, word(0)],
    payment: { entryHash: `0x${'ab'.repeat(25)}`, readyAt: 1, state: 1, flags: 0 },
  };
  const answer = (method: string, params: readonly [{ readonly data: `0x${string}` }]): unknown => {
    if (method === 'eth_chainId') return toHex(CHAIN_ID);
    if (method === 'eth_blockNumber') return toHex(clock.elapsedMs());
    if (method === 'eth_maxPriorityFeePerGas') return '0x0';
    if (method === 'eth_getBlockByNumber') {
      const now = toHex(clock.elapsedMs());
      return { number: now, timestamp: now, baseFeePerGas: toHex(baseFeeWei) };
    }
    const { functionName } = decodeFunctionData({ abi, data: params[0].data });
    return encodeFunctionResult({ abi, functionName, result: views[functionName] });
  };
  return {
    send: async (body) => {
      asked[at] = (asked[at] ?? 0) + 1;
      const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: never };
      return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, result: answer(method, params) }) };
    },
  };
}

/** The adapters of a relayer over the three providers. Its transactions are noted and refused. */
function desk() {
  const endpoints = ['p0', 'p1', 'p2'].map((name) => ({ name, url: 'http://localhost' }));
  const observer = { observe: (event: ObservedEvent): unknown => events.push(event) };
  const transportOf = ({ name }: { readonly name: string }): RpcTransport => provider(Number(name.slice(1)));
  const rpc = createRpc({
    chainId: CHAIN_ID,
    endpoints,
    timeoutMs: 5_000,
    stillAfterMs: 4_000,
    clock,
    observer,
    transportOf,
  });
  const feeTo = address(`0x${'11'.repeat(20)}`);
  const sender: TransactionSender = {
    address: feeTo,
    land: async ({ purpose }) => (sent.push(purpose), { kind: 'refused', name: 'NOTED', detail: 'only noted' }),
  };
  const to = address(`0x${'22'.repeat(20)}`);
  const reads = createChainReads(rpc, VAULT_ERRORS);
  const vault = createVault({ rpc, reads, sender, vault: to, source: 1, feeTo, gasCeiling: 8_000_000n });
  return { rpc, vault, world: { clock, observer, source: 1, edge: EDGE } };
}

/** Lets the loops run for some time, with or without turns. */
async function run(
  loop: (signal: AbortSignal) => Promise<void>,
  { rpc }: Pick<ReturnType<typeof desk>, 'rpc'>,
  options: { readonly forMs: number; readonly turning: boolean },
): Promise<void> {
  const stop = new AbortController();
  const loops = [loop(stop.signal), ...(options.turning ? [turnProviders({ rpc, clock }, stop.signal)] : [])];
  for (let passedMs = 0; passedMs < options.forMs; passedMs += POLL_MS) {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(POLL_MS);
  }
  stop.abort();
  await Promise.all(loops);
}

function relay({ vault, world }: ReturnType<typeof desk>) {
  const counts = { count: ATTESTED, tip: ATTESTED };
  const block = { blockNumber: 1n, blockHash: word(3), asOf: 2n, epoch: 1 };
  const statement = { edge: EDGE, ...counts, head: word(12), ...block };
  const attested = { statement, signers: [address(`0x${'aa'.repeat(20)}`)], signatures: `0x${'00'.repeat(65)}` };
  const source: BatchSource = {
    readAttested: async (_, { after }) => (after < ATTESTED ? [attested as unknown as AttestedStatement] : []),
    readEntries: async (_, from, to) => new Uint8Array(95 * Number(to - from)),
  };
  const policy = { pollIntervalMs: POLL_MS, gasCeiling: 8_000_000n, refreshShareBps: 1_000_000 };
  const ends = {
    direction: 'to-vault',
    nameOf: () => EDGE,
    sources: [source],
    replica: replicaOfVault(vault),
  } as const;
  return (signal: AbortSignal) => relayEdge({ ...world, ...ends, policy }, signal);
}

function pay({ vault, world }: ReturnType<typeof desk>, paid: PayReleasesDeps['hints']) {
  const policy = { pollIntervalMs: POLL_MS, mode: 'covered', subsidyWei: 0n, parallel: 1 } as const;
  const ends = {
    hints: paid,
    vault: { ...vault, tryTransfer: async () => true },
    policy,
    readWorthWei: async () => 10n ** 16n,
  };
  return (signal: AbortSignal) => payReleases({ ...world, ...ends }, signal);
}

const RELEASE = Uint8Array.from({ length: 95 }, (_, at) => (at === 0 ? ENTRY_KINDS.RELEASE : 0));

describe('a provider whose false word leaves a relayer nothing to do', () => {
  const MINUTES_MS = 2 * PROVIDER_TURN_MS;

  it.each([
    { turning: true, tried: true },
    { turning: false, tried: false },
  ])('keeps it from applying for one turn at most (turns: $turning)', async ({ turning, tried }) => {
    lies = { ...lies, count: ATTESTED };
    const own = desk();
    await run(relay(own), own, { forMs: MINUTES_MS, turning });
    expect(sent.includes('apply-releases')).toBe(tried);
    expect((asked[1] ?? 0) > 0).toBe(tried);
  });

  it.each([
    { turning: true, tried: true },
    { turning: false, tried: false },
  ])('keeps it from paying for one turn at most (turns: $turning)', async ({ turning, tried }) => {
    lies = { ...lies, baseFeeWei: FALSE_FEE_WEI };
    const own = desk();
    const hints = [{ readPayments: async () => [{ seq: 1n, packed: RELEASE, readyAt: 1n }] }];
    await run(pay(own, hints), own, { forMs: MINUTES_MS, turning });
    expect(sent.includes('pay')).toBe(tried);
  });
});

describe('turns between honest providers', () => {
  it('cost each one’s proof of identity, once, and tell nothing', async () => {
    [lies, truth] = [
      { ...lies, count: ATTESTED },
      { ...truth, count: ATTESTED },
    ];
    const totals: number[] = [];
    for (const turning of [false, true]) {
      asked = [0, 0, 0];
      const own = desk();
      await run(relay(own), own, { forMs: 4 * PROVIDER_TURN_MS, turning });
      totals.push(asked.reduce((sum, one) => sum + one, 0));
    }
    const [still = 0, turned = 0] = totals;
    expect([turned - still, events, sent]).toEqual([2, [], []]);
    expect(Math.min(...asked)).toBeGreaterThan(0);
  });
});
