import type { ChainReads } from '@surety/transactions';
import type { TransactionSender } from '@surety/workflows';
import { type TakenItems, eachUnlessEnded } from '../terminal/each-unless-ended.js';

/** Thrown in place of a send: the call would be taken. */
const TRIED = new Error('the call was simulated, and nothing was sent');

/** A sender that only simulates, and the purposes of the calls that would be taken. */
export interface TrialSender {
  readonly sender: TransactionSender;
  readonly tried: readonly string[];
}

/** Creates a sender that simulates each call at the newest block: a refusal is its outcome, anything else throws {@link TRIED}. */
export function createTrialSender(reads: ChainReads, { address }: Pick<TransactionSender, 'address'>): TrialSender {
  const tried: string[] = [];
  return {
    tried,
    sender: {
      address,
      async land({ purpose, to, calldata, value = 0n }, signal) {
        const answer = await reads.estimate({ from: address, to, calldata, value }, signal);
        if (answer.kind === 'reverted') {
          const { name, detail } = answer.revert;
          return { kind: 'refused', name, detail };
        }
        tried.push(purpose);
        throw TRIED;
      },
    },
  };
}

/** Runs an act with a trial sender: what it returns if it never came to a send, else undefined. */
export async function untilTried<Result>(run: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await run();
  } catch (failure) {
    if (failure === TRIED) return undefined;
    throw failure;
  }
}

/** Takes items as {@link eachUnlessEnded} does; with a trial sender it ends, without a failure, at the first that would be taken. */
export async function eachUnlessTried<Item>(
  ...[items, take]: Parameters<typeof eachUnlessEnded<Item>>
): Promise<TakenItems> {
  const taken = await eachUnlessEnded(items, take);
  if (taken.ended?.by !== TRIED) return taken;
  const { refused, failures } = taken;
  return { refused, failures };
}
