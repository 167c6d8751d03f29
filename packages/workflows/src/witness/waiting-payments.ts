import type { Bytes32 } from '@surety/domain';
import type { OpenPayment } from '../ports/aggregator-api.js';
import type { PaymentHints, Vault } from '../ports/vault.js';
import type { ReadWorths, WaitingHints } from '../ports/witness.js';
import { PAYMENTS_REMEMBERED_MAX, PAYMENT_PAGE, PAYMENT_PAGES_MAX } from '../relay/limits.js';
import { parsePayable } from '../relay/parse-release.js';
import { pageInTurn } from './page-in-turn.js';

/** Most waiting payments to look for, the newest first: their confirmation also serves earlier ones. */
const WAITING_MAX = 16;

/** Sources of one vault's payments, and the vault that decides whether they wait. */
export interface WaitingPaymentsDeps {
  /** The edge to the vault. */
  readonly edge: Bytes32;
  /** Sources of open payments, one per poll in turn. */
  readonly hints: readonly PaymentHints[];
  readonly vault: Pick<Vault, 'readPayment' | 'readConfirmed'>;
  /** Worths of the vault's assets on the ledger's chain. */
  readonly readWorths: ReadWorths;
}

/**
 * Lists payments at a vault that wait for a confirmation of the ledger's journal. Hints list open payments; the vault
 * is asked once for each whether it waits, since that and its date are decided at the replay. After a rewind another
 * payment may have the same index.
 */
export function waitingPayments({ edge, hints, vault, readWorths }: WaitingPaymentsDeps): WaitingHints {
  const look = pageInTurn<PaymentHints, OpenPayment>({
    hints,
    readPage: (asked, after, signal) => asked.readPayments(edge, after, signal),
    numberOf: ({ seq }) => seq,
    pageSize: PAYMENT_PAGE,
    pagesMax: PAYMENT_PAGES_MAX,
  });
  const payable = new Set<string>();
  const readUnconfirmed = async (open: readonly OpenPayment[], signal?: AbortSignal): Promise<OpenPayment[]> => {
    const confirmed = await vault.readConfirmed(signal);
    if (payable.size > PAYMENTS_REMEMBERED_MAX) payable.clear();
    const found: OpenPayment[] = [];
    for (const payment of open.toReversed()) {
      const { seq, readyAt } = payment;
      if (seq <= confirmed || found.length >= WAITING_MAX) break;
      const name = `${seq}:${readyAt}`;
      if (payable.has(name)) continue;
      const { state, waits } = await vault.readPayment(seq, signal);
      if (waits && (state === 'QUEUED' || state === 'CLAIMABLE')) found.push(payment);
      // A payment that this provider has not replayed yet is read again.
      else if (state !== 'NONE') payable.add(name);
    }
    return found;
  };
  return {
    async readWaiting(signal) {
      const open = await look(signal);
      const found = open.length === 0 ? [] : await readUnconfirmed(open, signal);
      if (found.length === 0) return [];
      const released = found.flatMap(({ packed }) => parsePayable(packed) ?? []);
      const worths = await readWorths(
        released.map(({ asset, amount }) => ({ vaultAsset: asset, units: amount })),
        signal,
      );
      const isRead = released.length === found.length;
      return found.map(({ seq }, at) => ({ count: seq, worthWei: (isRead ? worths[at] : null) ?? null }));
    },
  };
}
