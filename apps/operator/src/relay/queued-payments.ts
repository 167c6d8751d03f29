import { collateralVaultAbi } from '@surety/contracts';
import { ENTRY_BYTES } from '@surety/domain';
import type { EntryBytes, PaymentHints } from '@surety/workflows';
import type { PublicClient } from 'viem';
import type { RelayedEdge } from './relayed-edges.js';

/** Payments per page. */
const PAGE = 256;

/** Lists payments by a vault's own state: every queued release of its replica. Entries come from the ledger's journal. */
export function queuedPayments(edge: RelayedEdge, vault: PublicClient, entries: EntryBytes): PaymentHints {
  const contract = { address: edge.journal.edge.replica, abi: collateralVaultAbi } as const;
  return {
    async readPayments(edgeId, afterSeq, signal) {
      const [, count] = await vault.readContract({ ...contract, functionName: 'replicaState' });
      const packed = await entries.readEntries(edgeId, 0n, count, signal);
      const open: { seq: bigint; packed: Uint8Array; readyAt: bigint }[] = [];
      for (let seq = afterSeq + 1n; seq <= count && open.length < PAGE; seq++) {
        const payment = await vault.readContract({ ...contract, functionName: 'payment', args: [seq] });
        if (payment.state !== 1) continue;
        const from = Number(seq - 1n) * ENTRY_BYTES;
        open.push({ seq, packed: packed.slice(from, from + ENTRY_BYTES), readyAt: BigInt(payment.readyAt) });
      }
      return open;
    },
  };
}
