import type { Bytes32 } from '@surety/domain';
import type { PaymentHints, Vault } from '../ports/vault.js';
import type { WaitingHints } from '../ports/witness.js';
import { PAYMENTS_REMEMBERED_MAX, PAYMENT_PAGE, PAYMENT_PAGES_MAX } from '../relay/limits.js';

/** Sequence numbers are generation · 2^64 + n. */
const COUNT_MASK = (1n << 64n) - 1n;

/** Where the payments of one vault are learnt, and who says whether they wait. */
export interface WaitingPaymentsDeps {
  /** The edge to the vault. */
  readonly edge: Bytes32;
  /** Asked in turn, one a look: which payments are open. */
  readonly hints: readonly PaymentHints[];
  readonly vault: Pick<Vault, 'readPayment' | 'readConfirmed'>;
}

/**
 * Gives what waits at a vault for a confirmation of the ledger's journal. Hints name open payments, the vault says of each whether it
 * waits, once: that is decided when its release is replayed.
 */
export function waitingPayments({ edge, hints, vault }: WaitingPaymentsDeps): WaitingHints {
  let looks = 0;
  const cursors: bigint[] = [];
  const payable = new Set<bigint>();
  return {
    async readWaiting(signal) {
      const turn = looks++ % Math.max(1, hints.length);
      const asked = hints[turn];
      if (asked === undefined) return 0n;
      const { open, next } = await readOpen(asked, { edge, after: cursors[turn] ?? 0n }, signal);
      cursors[turn] = next;
      if (open.length === 0) return 0n;
      const confirmed = await vault.readConfirmed(signal);
      if (payable.size > PAYMENTS_REMEMBERED_MAX) payable.clear();
      // From the newest on: its confirmation serves all before it.
      for (const seq of open.toReversed()) {
        const count = seq & COUNT_MASK;
        if (count <= confirmed) return 0n;
        if (payable.has(seq)) continue;
        const { state, waits } = await vault.readPayment(seq, signal);
        if (waits && (state === 'QUEUED' || state === 'CLAIMABLE')) return count;
        // One that this provider has not replayed yet is looked at again.
        if (state !== 'NONE') payable.add(seq);
      }
      return 0n;
    },
  };
}

/** Numbers of open payments past one, ascending, and the one past which the next look begins: 0 after the last page. */
async function readOpen(
  hints: PaymentHints,
  { edge, after }: { readonly edge: Bytes32; readonly after: bigint },
  signal?: AbortSignal,
): Promise<{ readonly open: readonly bigint[]; readonly next: bigint }> {
  const open: bigint[] = [];
  for (let page = 0; page < PAYMENT_PAGES_MAX; page++) {
    const found = await hints.readPayments(edge, open.at(-1) ?? after, signal);
    open.push(...found.map(({ seq }) => seq));
    if (found.length < PAYMENT_PAGE) return { open, next: 0n };
  }
  return { open, next: open.at(-1) ?? 0n };
}
