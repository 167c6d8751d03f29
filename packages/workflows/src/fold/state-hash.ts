import {
  type BlockHash,
  type Bytes32,
  type Keccak256,
  bytes32,
  bytesToHex,
  concatBytes,
  hexToBytes,
  uintToBytes,
} from '@surety/domain';
import type { LineFact, ReplicaFact } from './collateral-rows.js';

/** A payment of a vault, as the state hash names it. */
export interface PaymentFact {
  readonly edge: Bytes32;
  /** uint96. */
  readonly seq: bigint;
  /** First 25 bytes of the entry's hash. */
  readonly hash: Uint8Array;
  readonly state: number;
}

/** One chain's rows, after one of its final blocks. */
export interface ChainRows {
  readonly chainId: number;
  readonly height: bigint;
  readonly hash: BlockHash;
  /** Pages of lines, ascending by (account, asset). */
  readonly lines: AsyncIterable<readonly LineFact[]>;
  readonly replicas: readonly Pick<ReplicaFact, 'edge' | 'count' | 'head'>[];
  readonly payments: readonly PaymentFact[];
}

/**
 * Gives the state hash of invariant I11: keccak256 over, for each chain that has rows, ascending by chain id, big-endian
 * and without separators,
 *
 *   chainId u64 (8) ‖ block number u64 (8) ‖ block hash (32)
 *   lines, ascending by (account, asset), those of amount 0 left out:
 *       account (32) ‖ asset u16 (2) ‖ amount u112 (14) ‖ unseasoned u104 (13) ‖ seasonEnd u32 (4)          65 bytes
 *   replicas, ascending by edge: edge (32) ‖ count u64 (8) ‖ head (32)                                      72 bytes
 *   payments, ascending by (edge, seq): edge (32) ‖ seq u96 (12) ‖ entry hash (25) ‖ state u8 (1)           70 bytes
 *
 * The block of a chain is the one of the last final fact that changed a row of it, so the hash of a quiet ledger stays.
 * The settlement chain's rows are the ledger's lines and replicas; a vault's chain has rows once it has payments.
 */
export async function stateHash(chains: readonly ChainRows[], keccak256: Keccak256): Promise<Bytes32> {
  const parts: Uint8Array[] = [];
  for (const chain of [...chains].sort((left, right) => left.chainId - right.chainId)) {
    parts.push(uintToBytes(BigInt(chain.chainId), 8), uintToBytes(chain.height, 8), hexToBytes(chain.hash, 32));
    for await (const page of chain.lines)
      parts.push(concatBytes(...page.filter(({ amount }) => amount > 0n).map(lineBytes)));
    const replicas = [...chain.replicas].sort((left, right) => (left.edge < right.edge ? -1 : 1));
    for (const { edge, count, head } of replicas)
      parts.push(hexToBytes(edge, 32), uintToBytes(count, 8), hexToBytes(head, 32));
    for (const payment of [...chain.payments].sort(byPlace)) {
      parts.push(
        hexToBytes(payment.edge, 32),
        uintToBytes(payment.seq, 12),
        payment.hash,
        uintToBytes(BigInt(payment.state), 1),
      );
    }
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

function byPlace(left: PaymentFact, right: PaymentFact): number {
  if (left.edge !== right.edge) return left.edge < right.edge ? -1 : 1;
  return left.seq < right.seq ? -1 : 1;
}
