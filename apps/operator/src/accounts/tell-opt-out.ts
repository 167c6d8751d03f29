import { findOptOutcome } from '@surety/client';
import { type Address, AppError, type TxHash } from '@surety/domain';
import { formatTime } from '../terminal/format.js';
import type { SpendingChain } from '../chains/open-sender.js';
import { readLanded } from '../chains/read-landed.js';

/** The notice lapses unless it is used within this time. @source LedgerProtocols.NOTICE */
const NOTICE_S = 7n * 86_400n;

/** Says what an opt-out that landed left to do, by its own events: nothing, or a second call once its notice has run. */
export async function tellOptOut(
  place: SpendingChain,
  { ledger, hash }: { readonly ledger: Address; readonly hash: TxHash },
): Promise<readonly string[]> {
  try {
    const outcome = await readLanded(place, { hash, purpose: 'opt-out' }, (logs) => {
      const found = findOptOutcome(logs, ledger);
      return found.kind === 'unchanged' ? undefined : found;
    });
    if (outcome.kind !== 'notice') return [];
    const [from, until] = [formatTime(outcome.endsAt), formatTime(outcome.endsAt + NOTICE_S)];
    return [`the account is still in: notice is given; run this again from ${from} on, before ${until}`];
  } catch (cause) {
    if (cause instanceof AppError && cause.code === 'ENTRY_UNREAD')
      return [
        `no provider of ${place.chain.name} shows yet whether the account is out, or notice is given: see surety account`,
      ];
    throw cause;
  }
}
