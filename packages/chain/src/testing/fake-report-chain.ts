import { coveredLine } from '@surety/domain';
import type { ReportSubject } from '@surety/margin';
import type { PublicClient } from 'viem';
import type { ReportChain } from '../reports/report-chain.js';

const some = (pair: string): string => `0x${pair.repeat(20)}`;
const WAD = 10n ** 18n;
const PRICE = 10n ** 12n;
/** Price slot that the ledger lists for ether's own token, if any. */
const OWN_SLOT = 9;

/** Factors of an asset in parts per million, as `LedgerLens.weightsOf` gives them. */
export const FULL_WEIGHTS = { sourceI: 950_000, sourceM: 980_000, freshI: 1_000_000, freshM: 1_000_000 };

/** A test's changes to the chain of the example inputs. */
export interface FakeReportChain {
  /** The ledger's own price of ether; none by default. */
  readonly own?: { readonly price: bigint; readonly ageS: number };
  readonly positions?: readonly object[];
  readonly owedWad?: bigint;
  /** Protocols that the account has opted in to; one by default. */
  readonly protocols?: number;
  readonly weights?: typeof FULL_WEIGHTS;
  /** Thrown when the protocol is called. */
  readonly protocolFails?: Error;
  readonly unseasoned?: bigint;
  /** Coverage in force of ether's token, which is short below 1; WAD, all of it by default. */
  readonly coverageWad?: bigint;
  readonly confPpm?: number;
  /** Active epoch of the attester set, whose members are 0x01… to 0x04…; 1 by default. */
  readonly epoch?: number;
}

const perpetual = { kind: 0, expiry: 0 };
const POSITIONS = [
  { ...perpetual, slot: 3, priceWad: 3_000n * WAD, sizeWad: -10n * WAD },
  { ...perpetual, slot: 2, priceWad: 60_000n * WAD, sizeWad: (3n * WAD) / 10n },
];
const PRICES = new Map([
  [1, 1n],
  [2, 60_000n],
  [3, 3_000n],
]);
const LINES = new Map([
  [1, { amount: 20_000n * 10n ** 6n, decimals: 6, underlying: 1, base: { baseI: 950_000, baseM: 980_000 } }],
  [2, { amount: 4n * WAD, decimals: 18, underlying: 3, base: { baseI: 800_000, baseM: 850_000 } }],
]);

/** A chain that matches the example inputs for assets 1 and 2, ten blocks after theirs, of which two are not final. */
export function fakeReportChain(subject: ReportSubject, change: FakeReportChain = {}): ReportChain {
  const { own, positions = POSITIONS, owedWad = 0n, protocols = 1, weights = FULL_WEIGHTS, confPpm = 0 } = change;
  const cached = (price: bigint, ageS: number) => {
    const observedAt = Number(subject.asOf) - ageS;
    return { price: price * PRICE, ema: price * PRICE, confPpm, maxAgeS: 3_600, observedAt, failing: false };
  };
  const line = (id: number) => LINES.get(id) as NonNullable<ReturnType<(typeof LINES)['get']>>;
  const unseasoned = change.unseasoned ?? 0n;
  const seasonEnd = unseasoned === 0n ? 0 : Number(subject.asOf) + 1;
  const wordOf = (id: number): bigint => {
    const counted = coveredLine({ amount: line(id).amount, unseasoned }, id === 2 ? (change.coverageWad ?? WAD) : WAD);
    return counted.amount | (counted.unseasoned << 112n) | (BigInt(seasonEnd) << 216n);
  };
  const views: Record<string, (...args: never[]) => unknown> = {
    reports: () => {
      if (change.protocolFails !== undefined) throw change.protocolFails;
      return subject.reports;
    },
    positionsOf: () => [subject.positionNonce, -owedWad, positions],
    attesterSet: () => some('5e'),
    epoch: () => change.epoch ?? 1,
    newestEpoch: () => change.epoch ?? 1,
    members: () => ['01', '02', '03', '04'].map(some),
    suspended: () => 0,
    riskManager: () => some('a5'),
    priceOf: (slot: number) =>
      slot === OWN_SLOT ? cached(own?.price ?? 0n, own?.ageS ?? 0) : cached(PRICES.get(slot) ?? 0n, 0),
    protocolsOf: () => Array.from({ length: protocols }, () => subject.protocol),
    lineWordsOf: () => [[2, 1], [2, 1].map((id) => ({ line: wordOf(id) }))],
    weightsOf: (id: number) => ({ ...line(id).base, ...weights }),
    assetOf: (id: number) => {
      const { decimals, underlying } = line(id);
      return { terms: { decimals, underlying, source: 4, ownPrice: id === 2 && own !== undefined ? OWN_SLOT : 0 } };
    },
  };
  const reader = {
    getBlockNumber: async () => subject.blockNumber + 10n,
    getBlock: async () => ({ number: subject.blockNumber, hash: subject.blockHash, timestamp: subject.asOf }),
    readContract: async ({ functionName, args = [] }: { functionName: string; args?: never[] }) =>
      views[functionName]?.(...args),
  } as unknown as PublicClient;
  const underlyings = ['USD', 'BTC', 'ETH'].map((symbol, at) => ({ id: at + 1, symbol }));
  return {
    reader,
    settlement: { ledger: some('1e'), lens: some('1f'), attesterSet: some('5e'), underlyings },
    chain: { chainId: subject.chainId, finality: { rule: 'depth', depth: 2 } },
  };
}
