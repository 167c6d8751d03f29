import type { RelayIntervals } from '@surety/config';
import { type Bytes32, address, bytes32 } from '@surety/domain';
import type { PayStatus, RelayStatus } from '@surety/workflows';
import { describe, expect, it } from 'vitest';
import { chainPolicy, payPolicy } from './relayer-policy.js';
import {
  type ChainState,
  LOOP_FAILING_MS,
  PASS_STALE_MS,
  type RelayerState,
  relayerReadiness,
} from './relayer-state.js';
import type { ServedEdge } from './served-chains.js';

const AT = { elapsedMs: 1_000_000 };
const edgeNamed = (digit: string): Bytes32 => `0x${digit.repeat(64)}` as Bytes32;
const verifier = address(`0x${'a5'.repeat(20)}`);
const served = (direction: ServedEdge['direction'], edge: Bytes32): ServedEdge => ({
  source: 1,
  direction,
  edge,
  nameOf: () => edge,
  verifier,
});
const LEDGER_EDGE = served('to-ledger', edgeNamed('a'));
const VAULT_EDGE = served('to-vault', edgeNamed('b'));

function passed(edge: ServedEdge, problem: RelayStatus['problem'] = null, passedAtMs = AT.elapsedMs): RelayStatus {
  return { ...edge, count: 5n, attestedCount: 5n, passedAtMs, problem };
}

function paid(problem: PayStatus['problem'] = null): PayStatus {
  const { source, edge } = VAULT_EDGE;
  return { source, edge, open: 0, uncovered: 0, failing: 0, short: 0, claimable: 0, passedAtMs: AT.elapsedMs, problem };
}

function chain(chainId: number, edge: ServedEdge): ChainState {
  return {
    chainId,
    name: `chain ${chainId}`,
    edges: [edge],
    walletLowWei: 100n,
    walletWei: 100n,
    sender: null,
    starting: null,
  };
}

function running(): RelayerState & { chains: readonly [ChainState, ChainState] } {
  return {
    chains: [chain(900, LEDGER_EDGE), chain(901, VAULT_EDGE)],
    relays: new Map([LEDGER_EDGE, VAULT_EDGE].map((edge) => [edge.edge, passed(edge)])),
    payments: new Map([[VAULT_EDGE.edge, paid()]]),
    prices: null,
    pulls: null,
    watchers: { all: 4, needed: 2, silent: new Set() },
    doubtedFeeds: [],
    symbols: new Map([[3, 'BTC']]),
    drift: { reasons: () => [] },
    failingLoops: { list: () => [], stuckReasons: () => [] },
  };
}

const codes = (state: RelayerState): string[] => relayerReadiness(state, AT).reasons.map(({ code }) => code);
const isReady = (state: RelayerState): boolean => relayerReadiness(state, AT).ready;
const trouble = { code: 'AGGREGATOR_UNREACHABLE', detail: 'x' };

describe('a relayer is not ready', () => {
  it('before any chain has begun, and before an edge has passed', () => {
    const state = running();
    for (const one of state.chains) one.starting = 'its contracts were not read yet';
    expect(relayerReadiness(state, AT)).toEqual({
      ready: false,
      reasons: [
        { code: 'STARTING', detail: 'chain 900 (900): its contracts were not read yet' },
        { code: 'STARTING', detail: 'chain 901 (901): its contracts were not read yet' },
      ],
    });
    const fresh = running();
    fresh.relays.clear();
    expect([isReady(fresh), codes(fresh)]).toEqual([false, ['EDGE_NOT_READ', 'EDGE_NOT_READ']]);
  });

  it('with an empty wallet on every chain', () => {
    const state = running();
    for (const one of state.chains) one.walletWei = 0n;
    expect([isReady(state), codes(state)]).toEqual([false, ['EMPTY_WALLET', 'EMPTY_WALLET']]);
  });

  it('while one chain of several has not begun or has no wallet: what leads there waits for it', () => {
    const state = running();
    state.chains[1].starting = 'no provider answered';
    expect([isReady(state), codes(state)]).toEqual([false, ['STARTING']]);
    state.chains[1].starting = null;
    state.chains[1].walletWei = 0n;
    expect(relayerReadiness(state, AT)).toEqual({
      ready: false,
      reasons: [
        {
          code: 'EMPTY_WALLET',
          detail: 'chain 901 (901): the wallet holds 0 wei; expected at least 100; send it coin',
        },
      ],
    });
  });

  it('when no edge passes', () => {
    const state = running();
    for (const edge of [LEDGER_EDGE, VAULT_EDGE]) state.relays.set(edge.edge, passed(edge, trouble));
    expect([isReady(state), codes(state)]).toEqual([false, [trouble.code, trouble.code]]);
  });
});

describe('a relayer is ready with reasons', () => {
  it('when a witness is set otherwise than configured', () => {
    const reason = { code: 'WITNESS_DRIFT' as const, detail: 'source 1 (alpha): policy.m at the ledger' };
    const state = { ...running(), drift: { reasons: () => [reason] } };
    expect(relayerReadiness(state, AT)).toEqual({ ready: true, reasons: [reason] });
  });

  it('when one edge of several fails or hangs, or its payments do', () => {
    const state = running();
    state.relays.set(LEDGER_EDGE.edge, passed(LEDGER_EDGE, { code: 'SOURCE_CLOSED', detail: 'x' }));
    expect([isReady(state), codes(state)]).toEqual([true, ['SOURCE_CLOSED']]);
    state.relays.set(LEDGER_EDGE.edge, passed(LEDGER_EDGE, null, AT.elapsedMs - PASS_STALE_MS));
    expect(codes(state)).toEqual([]);
    state.relays.set(LEDGER_EDGE.edge, passed(LEDGER_EDGE, null, AT.elapsedMs - PASS_STALE_MS - 1));
    expect([isReady(state), codes(state)]).toEqual([true, ['EDGE_STUCK']]);
    state.relays.set(LEDGER_EDGE.edge, passed(LEDGER_EDGE));
    state.payments.set(VAULT_EDGE.edge, paid({ code: 'BUDGET_SPENT', detail: 'x' }));
    expect([isReady(state), codes(state)]).toEqual([true, ['BUDGET_SPENT']]);
  });

  it('when a wallet is low or a budget nearly spent, but not at the limit', () => {
    const state = running();
    state.chains[0].walletWei = 99n;
    expect([isReady(state), codes(state)]).toEqual([true, ['LOW_WALLET']]);
    state.chains[0].walletWei = 100n;
    expect(codes(state)).toEqual([]);
    const day = { budgetWei: 1_000n, spentWei: 700n, pendingWei: 99n };
    state.chains[0].sender = { recovering: false, underWay: 1, day };
    expect(codes(state)).toEqual([]);
    state.chains[0].sender = { recovering: false, underWay: 1, day: { ...day, pendingWei: 100n } };
    expect([isReady(state), codes(state)]).toEqual([true, ['BUDGET_LOW']]);
  });

  it('when prices are stuck in one way or another', () => {
    const state = running();
    state.prices = { passedAtMs: AT.elapsedMs, stuckSlots: [3, 9], problem: null };
    expect([isReady(state), codes(state)]).toEqual([true, ['FEEDS_STUCK']]);
    expect(relayerReadiness(state, AT).reasons[0]?.detail).toBe('no newer price of BTC, slot 9; see surety doctor');
    state.prices = { passedAtMs: AT.elapsedMs, stuckSlots: [], problem: { code: 'POKE_REFUSED', detail: 'x' } };
    expect(codes(state)).toEqual(['POKE_REFUSED']);
    state.prices = { passedAtMs: AT.elapsedMs - PASS_STALE_MS - 1, stuckSlots: [], problem: null };
    expect(codes(state)).toEqual(['PRICES_STUCK']);
  });

  it('when a feed that waits for a slot gives another price, or none', () => {
    const state = running();
    const feed = address(`0x${'fe'.repeat(20)}`);
    state.doubtedFeeds = [
      { slot: 3, feed, readyAt: 1_800_000_000n, apart: { ppm: 20_001n } },
      { slot: 9, feed, readyAt: 1_800_000_000n, apart: { failing: 'PriceStale' } },
      { operation: bytes32(`0x${'0b'.repeat(32)}`), readyAt: 1_800_000_000n },
    ];
    expect([isReady(state), codes(state)]).toEqual([true, ['FEED_DOUBTED', 'FEED_DOUBTED', 'FEED_DOUBTED']]);
    const details = relayerReadiness(state, AT).reasons.map(({ detail }) => detail);
    expect(details[0]).toBe(
      `feed ${feed}, which may take over BTC from 1800000000 s on, is 20001 ppm off the price that counts; cancel the operation that lists it unless that is meant`,
    );
    expect(details[1]).toContain('slot 9 from 1800000000 s on, gives no price (PriceStale)');
    expect(details[2]).toBe(
      `operation 0x${'0b'.repeat(32)}, which may be executed from 1800000000 s on, may list a feed: no provider shows its calls; ask one that keeps older logs, or cancel it`,
    );
  });

  it('when fewer watchers answer than a halt needs, or not all where they are too few anyway', () => {
    const state = running();
    for (const origin of ['http://a', 'http://b']) state.watchers.silent.add(origin);
    expect(codes(state)).toEqual([]);
    state.watchers.silent.add('http://c');
    expect([isReady(state), codes(state)]).toEqual([true, ['WATCHERS_SILENT']]);
    expect(relayerReadiness(state, AT).reasons[0]?.detail).toBe(
      '1 of 4 watchers answer; a halt needs signatures of 2: http://a, http://b, http://c',
    );
    const watchers = { all: 1, needed: 2, silent: new Set<string>() };
    expect(codes({ ...state, watchers })).toEqual([]);
    watchers.silent.add('http://a');
    expect(codes({ ...state, watchers })).toEqual(['WATCHERS_SILENT']);
  });

  it('when a loop that nothing waits for has failed at each try for ten minutes, but not at the limit', () => {
    const loop = { loop: 'cover-failed', code: 'RPC_REFUSED', detail: 'x' };
    const failing = (sinceMs: number): RelayerState => ({
      ...running(),
      failingLoops: { list: () => [{ ...loop, sinceMs }], stuckReasons: () => [] },
    });
    expect(codes(failing(AT.elapsedMs - LOOP_FAILING_MS))).toEqual([]);
    expect(relayerReadiness(failing(AT.elapsedMs - LOOP_FAILING_MS - 1), AT)).toEqual({
      ready: true,
      reasons: [{ code: 'LOOP_FAILING', detail: 'cover-failed for 600 s at each try: RPC_REFUSED: x' }],
    });
  });

  it('when the pass of a loop that nothing waits for does not end', () => {
    const reason = { code: 'LOOP_STUCK' as const, detail: 'the loop of cover-failed' };
    const failingLoops = { list: () => [], stuckReasons: () => [reason] };
    expect(relayerReadiness({ ...running(), failingLoops }, AT)).toEqual({ ready: true, reasons: [reason] });
  });

  it('when a source did not get the update that it needs', () => {
    const state = running();
    state.pulls = { passedAtMs: AT.elapsedMs, failing: [{ name: 'ETH of pyth', code: 'NO_UPDATE', detail: 'x' }] };
    expect([isReady(state), codes(state)]).toEqual([true, ['NO_UPDATE']]);
  });

  it('when no pass over its sources has ended for a while', () => {
    const state = running();
    state.pulls = { passedAtMs: AT.elapsedMs - PASS_STALE_MS, failing: [] };
    expect(codes(state)).toEqual([]);
    state.pulls = { passedAtMs: AT.elapsedMs - PASS_STALE_MS - 1, failing: [] };
    expect([isReady(state), codes(state)]).toEqual([true, ['PRICES_STUCK']]);
  });
});

describe('the figures of a relayer', () => {
  const gas = { feeCapWei: 7n, tipCapWei: 3n, budgetWeiPerDay: 1_004n };
  const plain = { pollMs: null, replaceAfterMs: null, witnessFallbackMs: null };
  const policy = (blockTimeMs: number, development = true, intervals: RelayIntervals = plain) =>
    chainPolicy({ blockTimeMs, development, gas, intervals });

  it('follow the chain’s block time within bounds', () => {
    expect(policy(1_000).relay.pollIntervalMs).toBe(250);
    expect(policy(12_000).relay.pollIntervalMs).toBe(3_000);
    expect(policy(100).send).toMatchObject({ pollIntervalMs: 50, replaceAfterMs: 4_000, takeoverAfterMs: 30_000 });
    expect(policy(12_000).send).toMatchObject({ replaceAfterMs: 36_000, takeoverAfterMs: 120_000 });
    const told = policy(12_000, true, { pollMs: 77, replaceAfterMs: 7_777, witnessFallbackMs: null });
    expect([told.relay.pollIntervalMs, told.send.replaceAfterMs]).toEqual([77, 7_777]);
  });

  it('take caps and budget from the configuration, and alarm at a fifth of the budget', () => {
    expect(policy(1_000).send).toMatchObject({
      maxFeePerGasCap: 7n,
      maxPriorityFeePerGasCap: 3n,
      budgetWeiPerDay: 1_004n,
      finalDepth: 64,
    });
    expect(policy(1_000).walletLowWei).toBe(200n);
    expect(policy(1_000, false).send.finalDepth).toBe('finalized');
    const pay = payPolicy({ blockTimeMs: 12_000 }, { mode: 'covered', subsidyWei: 5n, gasUnderlying: null });
    expect(pay).toMatchObject({ mode: 'covered', subsidyWei: 5n, pollIntervalMs: 3_000 });
  });
});
