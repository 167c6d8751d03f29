import {
  AppError,
  type BlockHash,
  type Bytes32,
  ENTRY_BYTES,
  type Entry,
  type Keccak256,
  ZERO_WORD,
  address,
  blockHash,
  bytes32,
  foldJournal,
  packEntries,
  tokenUnits,
} from '@surety/domain';
import { createKeccak } from 'hash-wasm';
import { CollateralState } from '../ledger-projection/collateral-state.js';
import type { LedgerFact } from '../ledger-projection/ledger-fact.js';

const hasher = await createKeccak(256);
/** Keccak-256, as passed to folds in tests. */
export const keccak256: Keccak256 = (bytes) => hasher.init().update(bytes).digest('binary');
/** The journal that the tests’ ledger applies. */
export const EDGE = bytes32(`0x${'e1'.repeat(32)}`);
/** The journal that the tests’ ledger keeps for that source. */
export const OUTBOUND = bytes32(`0x${'e2'.repeat(32)}`);
/** Receives the fees of batches. */
export const FEE_TO = account(99);
/** The hash of every test block. */
export const BLOCK: BlockHash = blockHash(`0x${'bb'.repeat(32)}`);
/** One source with two assets, of 6 and 18 decimals. */
export const listing: LedgerFact[] = [
  {
    kind: 'source-listed',
    source: 1,
    edge: EDGE,
    outboundEdge: OUTBOUND,
    originChainId: 31,
    vault: address(`0x${'a1'.repeat(20)}`),
  },
  { kind: 'asset-listed', assetId: 4, source: 1, vaultAsset: 1, underlying: 1, ownPrice: 0, decimals: 6 },
  { kind: 'asset-listed', assetId: 5, source: 1, vaultAsset: 2, underlying: 2, ownPrice: 0, decimals: 18 },
];

/** Returns the account of a person by number. */
export function account(n: number): Bytes32 {
  return bytes32(`0x${n.toString(16).padStart(40, '0')}${'0'.repeat(24)}`);
}

/** Builds a person's lock, in the smallest units of a vault’s asset. */
export function lock(owner: number, amount: bigint, asset = 1, fee = 0n): Entry {
  return {
    kind: 'LOCK',
    asset,
    amount: tokenUnits(amount),
    account: account(owner),
    party: ZERO_WORD,
    fee: tokenUnits(fee),
  };
}

/** Builds the batch of the entries `from` + 1 … `to`. */
export function applied(entries: readonly Entry[], from: number, to: number): LedgerFact {
  const { head } = foldJournal({ count: 0n, head: EDGE }, packEntries(entries.slice(0, to)), keccak256);
  return { kind: 'applied', edge: EDGE, from: BigInt(from), to: BigInt(to), head, feeTo: FEE_TO };
}

/** Returns a lookup of a journal's bytes, as a fold needs it. */
export function lookupOf(entries: readonly Entry[]) {
  const packed = packEntries(entries);
  return (_: Bytes32, from: bigint, to: bigint): Uint8Array =>
    packed.subarray(Number(from) * ENTRY_BYTES, Number(to) * ENTRY_BYTES);
}

/** Builds a listed ledger that folded these facts. */
export function folded(entries: readonly Entry[], ...facts: LedgerFact[]): CollateralState {
  const state = new CollateralState({ chainId: 99, keccak256 });
  state.apply(listing, lookupOf([]));
  state.apply(facts, lookupOf(entries));
  return state;
}

/** Amounts of all lines by `person:asset`. */
export function amounts(state: CollateralState): Record<string, bigint> {
  return Object.fromEntries(
    state.lines.map((line) => [`${Number(BigInt(line.account) >> 96n)}:${line.assetId}`, line.amount]),
  );
}

/** Returns the code of a fold's error; fails if there is none. */
export function codeOf(run: () => unknown): string {
  return refusalOf(run).code;
}

/** Returns a fold's error; fails if there is none. */
export function refusalOf(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
