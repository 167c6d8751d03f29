import type { Bytes32 } from '@surety/domain';
import type { OpenPayment } from '../ports/aggregator-api.js';
import type { ParkedHints } from '../ports/ledger.js';
import type { PaymentHints, Vault } from '../ports/vault.js';
import type { SilenceHints } from '../ports/witness.js';
import {
  PARKED_PAGE,
  PARKED_PAGES_MAX,
  PAYMENTS_REMEMBERED_MAX,
  PAYMENT_PAGE,
  PAYMENT_PAGES_MAX,
} from '../relay/limits.js';
import { pageInTurn } from './page-in-turn.js';

/** Credits and payments are numbered generation · 2^64 + n. */
const COUNT_BITS = 64n;
const COUNT_MASK = (1n << COUNT_BITS) - 1n;
/** Payments that the vault is asked about at one look: those that do not wait are not asked about again. */
const ASKED_MAX = 32;

/** Gives what has waited longest at the ledger for a confirmation of a source's journal, by one of the hints. */
export function oldestCredit(hints: readonly ParkedHints[], source: number): SilenceHints {
  return {
    async readOldest(past, pass, signal) {
      const parked = await pageInTurn({
        hints: oneOf(hints, pass),
        readPage: (asked, after, inner) => asked.readParked(source, after, inner),
        numberOf: ({ index }) => index,
        pageSize: PARKED_PAGE,
        pagesMax: PARKED_PAGES_MAX,
      })(signal);
      const generation = (parked.at(-1)?.index ?? 0n) >> COUNT_BITS;
      return parked.find(
        ({ reason, index }) =>
          reason === 'UNCONFIRMED' && index >> COUNT_BITS === generation && (index & COUNT_MASK) > past,
      )?.index;
    },
  };
}

/** Gives the waiting payment at a vault whose date is oldest: one with a date far ahead hides none that was due long ago. */
export function oldestPayment(
  hints: readonly PaymentHints[],
  { edge, vault }: { readonly edge: Bytes32; readonly vault: Pick<Vault, 'readPayment'> },
): SilenceHints {
  /** What does not wait: that is decided when a release is replayed, or it has ended. */
  const settled = new Set<bigint>();
  return {
    async readOldest(past, pass, signal) {
      const open = await pageInTurn<PaymentHints, OpenPayment>({
        hints: oneOf(hints, pass),
        readPage: (asked, after, inner) => asked.readPayments(edge, after, inner),
        numberOf: ({ seq }) => seq,
        pageSize: PAYMENT_PAGE,
        pagesMax: PAYMENT_PAGES_MAX,
      })(signal);
      const generation = (open.at(-1)?.seq ?? 0n) >> COUNT_BITS;
      const beyond = open
        .filter(({ seq }) => seq >> COUNT_BITS === generation && (seq & COUNT_MASK) > past && !settled.has(seq))
        .toSorted((left, right) => Number(left.readyAt - right.readyAt));
      if (settled.size > PAYMENTS_REMEMBERED_MAX) settled.clear();
      for (const { seq } of beyond.slice(0, ASKED_MAX)) {
        const { state, waits } = await vault.readPayment(seq, signal);
        if (waits && state === 'QUEUED') return seq;
        // One that this provider has not replayed yet is looked at again.
        if (state !== 'NONE') settled.add(seq);
      }
      return undefined;
    },
  };
}

/** The one whose turn it is: whoever hides something hides it in one pass of many, from each witness alike. */
function oneOf<Hints>(hints: readonly Hints[], pass: number): readonly Hints[] {
  return hints.slice(pass % Math.max(1, hints.length)).slice(0, 1);
}
