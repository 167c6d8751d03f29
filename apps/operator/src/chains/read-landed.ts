import { AppError, type TxHash } from '@surety/domain';
import { type ReceiptLog, createChainReads } from '@surety/transactions';
import { operatorError } from '../errors.js';
import { type SpendingChain, openRpc, pollIntervalOf } from './open-sender.js';

/** Looks at a receipt that some provider had already: 15 blocks' time, or a minute where blocks are slow. */
const LOOKS_MAX = 30;

/** A transaction that landed. */
export interface LandedCall {
  readonly hash: TxHash;
  /** The act in a word, such as `lock`. */
  readonly purpose: string;
}

/**
 * Finds something in the events of a transaction that landed. A provider may be behind the one that showed the transaction landed: each is
 * asked in turn until one has the receipt.
 * @throws ENTRY_UNREAD with the hash if none has it in time; the transaction landed all the same.
 */
export async function readLanded<Found>(
  place: SpendingChain,
  { hash, purpose }: LandedCall,
  find: (logs: readonly ReceiptLog[]) => Found | undefined,
): Promise<Found> {
  const rpc = openRpc(place);
  const reads = createChainReads(rpc, []);
  for (let look = 0; look < LOOKS_MAX; look++) {
    const logs = await reads.readLogs(hash).catch((cause: unknown) => {
      if (cause instanceof AppError) return [];
      throw cause;
    });
    const found = find(logs);
    if (found !== undefined) return found;
    rpc.rotate();
    // All providers are asked once before anything is waited for.
    if (look + 1 >= place.endpoints.length) await place.clock.sleep(pollIntervalOf(place.chain));
  }
  throw operatorError(
    'ENTRY_UNREAD',
    `the ${purpose} landed in ${hash}, and no provider of ${place.chain.name} shows its event; expected one that does; do not send it again: surety explain ${hash} follows it`,
  );
}
