import { AppError, type Bytes32 } from '@surety/domain';
import type { RelayStatus } from '@surety/workflows';
import { describe, expect, it } from 'vitest';
import { exitCodeOf, relayerError } from './errors.js';
import { relayerPolicy } from './relayer-policy.js';
import { PASS_STALE_MS, type RelayerState, freshRelayerState, relayerReadiness } from './relayer-state.js';

const EDGE = `0x${'ab'.repeat(32)}` as Bytes32;
const AT = { nowMs: 1_000_000, walletLowWei: 100n };

function passed(source: number, problem: RelayStatus['problem'] = null, passedAtMs = AT.nowMs): RelayStatus {
  return { source, direction: 'to-ledger', edge: EDGE, count: 5n, attestedCount: 5n, passedAtMs, problem };
}

function running(sources: readonly number[] = [1, 2]): RelayerState {
  const state = freshRelayerState(sources);
  state.starting = null;
  state.walletWei = 100n;
  for (const source of sources) state.edges.set(source, passed(source));
  return state;
}

const codes = (state: RelayerState): string[] => relayerReadiness(state, AT).reasons.map(({ code }) => code);
const isReady = (state: RelayerState): boolean => relayerReadiness(state, AT).ready;

describe('a relayer is not ready', () => {
  it('before it has read the ledger, and before an edge has passed', () => {
    expect(relayerReadiness(freshRelayerState([1]), AT)).toEqual({
      ready: false,
      reasons: [{ code: 'STARTING', detail: 'the ledger was not read yet' }],
    });
    const state = running([1]);
    state.edges.clear();
    expect([isReady(state), codes(state)]).toEqual([false, ['EDGE_NOT_READ']]);
  });

  it('with an empty wallet', () => {
    const state = running();
    state.walletWei = 0n;
    expect([isReady(state), codes(state)]).toEqual([false, ['EMPTY_WALLET']]);
  });

  it('when no edge passes', () => {
    const state = running();
    for (const source of [1, 2])
      state.edges.set(source, passed(source, { code: 'AGGREGATOR_UNREACHABLE', detail: 'x' }));
    expect([isReady(state), codes(state)]).toEqual([false, ['AGGREGATOR_UNREACHABLE', 'AGGREGATOR_UNREACHABLE']]);
  });
});

describe('a relayer is ready with reasons', () => {
  it('when one edge of several fails or hangs', () => {
    const state = running();
    state.edges.set(1, passed(1, { code: 'SOURCE_CLOSED', detail: 'x' }));
    expect([isReady(state), codes(state)]).toEqual([true, ['SOURCE_CLOSED']]);
    state.edges.set(1, passed(1, null, AT.nowMs - PASS_STALE_MS));
    expect(codes(state)).toEqual([]);
    state.edges.set(1, passed(1, null, AT.nowMs - PASS_STALE_MS - 1));
    expect([isReady(state), codes(state)]).toEqual([true, ['EDGE_STUCK']]);
  });

  it('when the wallet is low, but not at the limit', () => {
    const state = running();
    state.walletWei = 99n;
    expect([isReady(state), codes(state)]).toEqual([true, ['LOW_WALLET']]);
    state.walletWei = 100n;
    expect(codes(state)).toEqual([]);
  });

  it('when prices are stuck in one way or another', () => {
    const state = running();
    state.prices = { passedAtMs: AT.nowMs, stuckSlots: [3], problem: null };
    expect([isReady(state), codes(state)]).toEqual([true, ['FEEDS_STUCK']]);
    state.prices = { passedAtMs: AT.nowMs, stuckSlots: [], problem: { code: 'POKE_REFUSED', detail: 'x' } };
    expect(codes(state)).toEqual(['POKE_REFUSED']);
    state.prices = { passedAtMs: AT.nowMs - PASS_STALE_MS - 1, stuckSlots: [], problem: null };
    expect(codes(state)).toEqual(['PRICES_STUCK']);
  });
});

describe('the end of a relayer', () => {
  it('tells a person’s work, wrong use and a later try apart', () => {
    expect(exitCodeOf(relayerError('CODE_CHANGED', 'x'))).toBe(1);
    expect(exitCodeOf(relayerError('NOTHING_TO_RELAY', 'x'))).toBe(1);
    expect(exitCodeOf(new AppError({ code: 'CONFIG_INVALID', message: 'x' }))).toBe(2);
    expect(exitCodeOf(new AppError({ code: 'RPC_UNAVAILABLE', message: 'x', retryable: true }))).toBe(75);
    expect(exitCodeOf(new TypeError('x'))).toBe(1);
  });
});

describe('the figures of a relayer', () => {
  it('follow the settlement chain’s block time within bounds', () => {
    expect(relayerPolicy(1_000).relay.pollIntervalMs).toBe(250);
    expect(relayerPolicy(12_000).relay.pollIntervalMs).toBe(3_000);
    expect(relayerPolicy(100).send).toMatchObject({
      pollIntervalMs: 50,
      replaceAfterMs: 4_000,
      takeoverAfterMs: 30_000,
    });
    expect(relayerPolicy(12_000).send).toMatchObject({ replaceAfterMs: 36_000, takeoverAfterMs: 120_000 });
  });
});
