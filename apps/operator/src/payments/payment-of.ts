import { logsOf } from '@surety/client';
import { collateralVaultAbi } from '@surety/contracts';
import type { Address } from '@surety/domain';
import type { ReceiptLog } from '@surety/transactions';
import { parseEventLogs } from 'viem';

/** The effect of a `pay` that landed: the vault keeps a payment whose transfer fails, and reverts nothing. */
export type PaymentEnd = 'paid' | 'claimable';

/** Says what became of a payment by the events of its `pay`; undefined while they are not shown. */
export function paymentOf(logs: readonly ReceiptLog[], vault: Address): PaymentEnd | undefined {
  const own = logsOf(logs, vault);
  const [event] = parseEventLogs({ abi: collateralVaultAbi, eventName: ['Paid', 'Claimable'], logs: own });
  if (event === undefined) return undefined;
  return event.eventName === 'Paid' ? 'paid' : 'claimable';
}
