import { type EdgeDirection, accountId } from '@surety/domain';
import type { TransactionSender } from '@surety/workflows';
import type { Hex } from 'viem';
import type { ActOptions } from '../chains/act-by-hand.js';
import { openSpendingKey } from '../chains/open-sender.js';
import { operatorError } from '../errors.js';
import { eachUnlessTried } from '../relay/trial-sender.js';
import { type TakenItems, unlessCoded } from '../terminal/each-unless-ended.js';
import type { Terminal } from '../terminal/terminal.js';
import { type LandedBatch, carryPending } from './carry-pending.js';
import type { LocalPlace } from './local-place.js';
import { openLocalDesk } from './open-local-desk.js';
import { type PendingEntries, readPending } from './read-pending.js';

/** Entries that were carried, or in a dry run would be taken. */
interface CarriedByHand extends TakenItems {
  readonly pending: PendingEntries;
  /** Entries that waited. */
  readonly count: bigint;
  /** Entries that were carried, and the replica's count after them. */
  readonly carried: bigint;
  readonly reached: bigint;
  readonly sender: TransactionSender;
  readonly transactions: readonly Hex[];
  /** Purposes of the calls that a dry run simulated. */
  readonly tried: readonly string[];
}

/**
 * Asks, then carries every entry that waits in one direction with the key of the environment; a dry run simulates the first
 * transaction and ends. What was carried before a batch failed is in the answer, together with that failure.
 * @throws DECLINED.
 */
export async function carryByHand(
  { terminal, options }: { readonly terminal: Terminal; readonly options: ActOptions },
  place: LocalPlace,
  carry: {
    readonly direction: EdgeDirection;
    readonly command: 'credit' | 'deliver';
    /** The question before anything is sent; undefined where nothing will be. */
    readonly question: (count: bigint, payer: string) => string | undefined;
  },
): Promise<CarriedByHand> {
  const pending = await readPending(place, carry.direction);
  const count = pending.tip.count - pending.after.count;
  const account = openSpendingKey(terminal.environment);
  const desk = openLocalDesk(place, { account, waiting: terminal });
  const trial = options.dryRun === true ? desk.openTrial() : undefined;
  const sender = trial?.sender ?? desk.sender;
  const question = carry.question(count, `${account.address}, which pays the gas?`);
  if (question !== undefined && trial === undefined && options.yes !== true && !(await terminal.confirm(question))) {
    throw operatorError('DECLINED', `nothing was sent; add --yes to ${carry.command} without a question`);
  }
  const feeTo = accountId({ owner: sender.address, home: 0, sub: 0n });
  const landed: LandedBatch[] = [];
  const use = { direction: carry.direction, sender, feeTo, landed, tell: (line: string): void => terminal.tell(line) };
  const reachedNow = (): bigint => landed.at(-1)?.end ?? pending.after.count;
  const nameOf = (): string => `the batch from entry ${reachedNow() + 1n} on`;
  const taken = await eachUnlessTried({ items: [pending], isEnded: unlessCoded('CARRY_REFUSED'), nameOf }, (one) =>
    carryPending(place, one, use),
  );
  const transactions = landed.map(({ txHash }) => txHash);
  const carried = reachedNow() - pending.after.count;
  const reached = trial === undefined ? reachedNow() : pending.tip.count;
  return { ...taken, pending, count, carried, reached, sender, transactions, tried: trial?.tried ?? [] };
}
