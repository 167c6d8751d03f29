import type { Bytes32 } from '@surety/domain';
import type { FoldCursor } from '../following/fold-cursor.js';
import type { ReplicaFact } from '../following/replica-fact.js';
import type { PaymentRow, VaultSumsFact } from './vault-fact.js';

/** The result of folding a range of a vault's blocks, stored in one transaction with its cursor. */
export interface VaultStep {
  readonly cursor: FoldCursor;
  readonly replica: ReplicaFact;
  readonly payments: readonly PaymentRow[];
  readonly sums: readonly VaultSumsFact[];
}

/** Stores folded vaults. Every write is one transaction. */
export interface PaymentStore {
  /** Returns the cursor of the vault at the end of an edge from the ledger. */
  loadCursor(chainId: number, edge: Bytes32): Promise<FoldCursor | undefined>;
  /** Returns the replicas on a chain; on the settlement chain the ledger's are among them. */
  loadReplicas(chainId: number): Promise<readonly ReplicaFact[]>;
  loadVaultSums(edge: Bytes32): Promise<readonly VaultSumsFact[]>;
  /** Returns the existing rows of these indices of an edge, in any order. */
  loadPayments(edge: Bytes32, seqs: readonly bigint[]): Promise<readonly PaymentRow[]>;
  /** Returns queued and claimable payments past a number, ascending. */
  loadOpenPayments(edge: Bytes32, afterSeq: bigint, limit: number): Promise<readonly PaymentRow[]>;
  /** Returns stopped payments past a number, ascending; of a stopped loss nothing comes back, so it is none. */
  loadStoppedPayments(edge: Bytes32, afterSeq: bigint, limit: number): Promise<readonly PaymentRow[]>;
  /** Returns queued payments that become ready in `after` < time ≤ `upTo`, in seconds. */
  loadReadyPayments(
    edge: Bytes32,
    times: { readonly after: bigint; readonly upTo: bigint },
    limit: number,
  ): Promise<readonly PaymentRow[]>;
  /** Returns rows of one edge above an index, ascending, including refused entries. */
  loadPaymentsAfter(edge: Bytes32, afterSeq: bigint, limit: number): Promise<readonly PaymentRow[]>;
  saveVaultStep(step: VaultStep): Promise<void>;
}
