import {
  type BlockHash,
  type Bytes32,
  type Keccak256,
  WAD,
  bytes32,
  bytesToHex,
  concatBytes,
  hexToBytes,
  uintToBytes,
} from '@surety/domain';
import { type ReplicaFact, generationOf, nameOf } from '../following/replica-fact.js';
import { PAYMENT_STATES, type PaymentState } from '../ports/vault.js';
import type { CoverageFact, LineFact } from './collateral-rows.js';

/** The fields of a payment that the hash covers. */
export interface HashedPayment {
  /** First name of the edge. */
  readonly edge: Bytes32;
  /** Index of the entry in the ledger's journal. */
  readonly seq: bigint;
  /** First 25 bytes of a keccak256. */
  readonly entryHash: Uint8Array;
  readonly state: PaymentState;
}

/** One chain's rows, after one of its final blocks. */
export interface ChainRows {
  readonly chainId: number;
  readonly height: bigint;
  readonly hash: BlockHash;
  /** Pages of lines, ascending by (account, asset). */
  readonly lines: AsyncIterable<readonly LineFact[]>;
  readonly replicas: readonly Pick<ReplicaFact, 'edge' | 'name' | 'generation' | 'count' | 'head'>[];
  /** Coverages of assets, on the ledger's chain, in any order. */
  readonly coverages: readonly CoverageFact[];
  /** Pages of payments, ascending by (edge, seq). */
  readonly payments: AsyncIterable<readonly HashedPayment[]>;
}

/** Yields nothing, for a chain without rows of a kind. */
export async function* noRows(): AsyncGenerator<never> {
  yield* [];
}

/**
 * Returns the state hash of invariant I11: keccak256 over, for each chain that has rows, ascending by chain id, big-endian
 * and without separators,
 *
 *   chainId u64 (8) ‖ block number u64 (8) ‖ block hash (32)
 *   lines, ascending by (account, asset), those of amount 0 left out:
 *       account (32) ‖ asset u16 (2) ‖ amount u112 (14) ‖ unseasoned u104 (13) ‖ seasonEnd u32 (4)          65 bytes
 *   replicas, ascending by name, those of count 0 that were never rewound left out:
 *       name that statements carry (32) ‖ count u64 (8) ‖ head (32)                                         72 bytes
 *   coverages, ascending by (source, vault asset), those left out of which all units count, nothing waits and nothing is open:
 *       source u16 (2) ‖ vault asset u16 (2) ‖ in force u64 (8) ‖ reported u64 (8) ‖ impaired since u40 (5) ‖
 *       orphaned u104 (13) ‖ missing u104 (13) ‖ found u104 (13) ‖ number of the open LOST u96 (12)              76 bytes
 *   payments, ascending by (edge, seq), refused entries left out:
 *       edge (32) ‖ seq u96 (12) ‖ entry hash (25) ‖ state u8 (1)                                           70 bytes
 *
 * The block of a chain is the one of the last final fact that changed such a row of it, so the hash of a quiet chain stays,
 * and what a provider may leave out unnoticed, a listing that nothing followed, is no part of it.
 * Amounts are units, coverages WAD. A payment is a replayed RELEASE, or a replayed LOST: PAID is one that was taken over.
 * The settlement chain's rows are the ledger's lines, replicas and coverages. A vault's chain has rows once its vault has replayed a
 * release: its replica and its payments. Those of the vault beside the ledger follow the ledger's, under the same chain id and the
 * block of their own last fact.
 */
export async function stateHash(chains: readonly ChainRows[], keccak256: Keccak256): Promise<Bytes32> {
  const parts: Uint8Array[] = [];
  for (const chain of [...chains].sort((left, right) => left.chainId - right.chainId)) {
    parts.push(uintToBytes(BigInt(chain.chainId), 8), uintToBytes(chain.height, 8), hexToBytes(chain.hash, 32));
    for await (const page of chain.lines)
      parts.push(concatBytes(...page.filter(({ amount }) => amount > 0n).map(lineBytes)));
    const replicas = chain.replicas
      .filter((replica) => replica.count > 0n || generationOf(replica) > 0)
      .map((replica) => ({ name: nameOf(replica), count: replica.count, head: replica.head }))
      .sort((left, right) => (left.name < right.name ? -1 : 1));
    for (const { name, count, head } of replicas)
      parts.push(hexToBytes(name, 32), uintToBytes(count, 8), hexToBytes(head, 32));
    parts.push(...chain.coverages.filter(isNotable).sort(byAsset).map(coverageBytes));
    for await (const page of chain.payments)
      parts.push(concatBytes(...page.filter(({ state }) => state !== 'NONE').map(paymentBytes)));
  }
  return bytes32(bytesToHex(keccak256(concatBytes(...parts))));
}

function lineBytes({ account, assetId, amount, unseasoned, seasonEnd }: LineFact): Uint8Array {
  return concatBytes(
    hexToBytes(account, 32),
    uintToBytes(BigInt(assetId), 2),
    uintToBytes(amount, 14),
    uintToBytes(unseasoned, 13),
    uintToBytes(seasonEnd, 4),
  );
}

/** True if an asset is short, waits for its vault, or was left unsettled by a rewind. */
function isNotable(coverage: CoverageFact): boolean {
  const { inForceWad, reportedWad, impairedSince, orphaned, missing, found, lostSeq } = coverage;
  const isOpen = (orphaned | missing | found | lostSeq) !== 0n;
  return inForceWad !== WAD || reportedWad !== WAD || impairedSince !== 0n || isOpen;
}

function byAsset(left: CoverageFact, right: CoverageFact): number {
  return left.source - right.source || left.vaultAsset - right.vaultAsset;
}

function coverageBytes(coverage: CoverageFact): Uint8Array {
  const { source, vaultAsset, inForceWad, reportedWad, impairedSince, orphaned, missing, found, lostSeq } = coverage;
  return concatBytes(
    uintToBytes(BigInt(source), 2),
    uintToBytes(BigInt(vaultAsset), 2),
    uintToBytes(inForceWad, 8),
    uintToBytes(reportedWad, 8),
    uintToBytes(impairedSince, 5),
    uintToBytes(orphaned, 13),
    uintToBytes(missing, 13),
    uintToBytes(found, 13),
    uintToBytes(lostSeq, 12),
  );
}

function paymentBytes({ edge, seq, entryHash, state }: HashedPayment): Uint8Array {
  return concatBytes(
    hexToBytes(edge, 32),
    uintToBytes(seq, 12),
    entryHash,
    uintToBytes(BigInt(PAYMENT_STATES.indexOf(state)), 1),
  );
}
