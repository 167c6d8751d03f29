import type { Address, Hex } from '@surety/domain';
import type { OfferedPrice } from '@surety/workflows';

/** Asks one service for a JSON document, by a path below the service's own. @throws PRICE_SERVICE_UNAVAILABLE (retryable). */
export type AskService = (path: string, signal?: AbortSignal) => Promise<unknown>;

/** A pull source as chains.config.json states it. */
export type PullSourceSpec =
  | { readonly kind: 'pyth'; readonly adapter: Address; readonly pyth: Address; readonly feedId: Hex }
  | {
      readonly kind: 'redstone';
      readonly adapter: Address;
      /** ASCII, padded with zeros on the right. */
      readonly feedId: Hex;
      readonly signers: readonly Address[];
      readonly threshold: number;
    };

/** Returns the offers of one network for one price, newest first. */
export type ReadOffers = (signal?: AbortSignal) => Promise<readonly OfferedPrice[]>;

/** Asks all services for a document below their own paths. @throws the first failure where all fail. */
export type AskAll = (
  path: string,
  signal?: AbortSignal,
) => Promise<{ readonly service: string; readonly answer: unknown }[]>;

/** Most requests for which a service that fails beside others is left out. */
const LEFT_OUT_MAX = 7;

/**
 * Asks services at once and keeps what answered, each with the service's name: its place in the list. One that fails beside others is left
 * out of the next request, and of twice as many and one more each time: one that accepts and never answers would else hold up every request
 * until its time is over. All are asked where none of those in their turn answers.
 */
export function createAskAll(services: readonly AskService[]): AskAll {
  const standing = services.map((ask, at) => ({ ask, service: `service ${at + 1}`, failures: 0, leftOut: 0 }));
  return async (path, signal) => {
    const ask = async (asked: typeof standing) => {
      const answers = await Promise.allSettled(asked.map((one) => one.ask(path, signal)));
      return asked.map((one, at) => ({ one, answer: answers[at] as PromiseSettledResult<unknown> }));
    };
    const inTurn = standing.filter(({ leftOut }) => leftOut === 0);
    const resting = standing.filter(({ leftOut }) => leftOut > 0);
    for (const one of resting) one.leftOut -= 1;
    let answers = await ask(inTurn);
    if (answers.every(({ answer }) => answer.status === 'rejected')) answers = [...answers, ...(await ask(resting))];
    const good = answers.flatMap(({ one, answer }) =>
      answer.status === 'fulfilled' ? [{ service: one.service, answer: answer.value }] : [],
    );
    const failed = answers.flatMap(({ one, answer }) => (answer.status === 'rejected' ? [{ one, answer }] : []));
    if (good.length === 0 && failed[0] !== undefined) throw failed[0].answer.reason;
    for (const { one, answer } of answers) if (answer.status === 'fulfilled') [one.failures, one.leftOut] = [0, 0];
    for (const { one } of failed) {
      one.failures += 1;
      one.leftOut = Math.min(2 ** one.failures - 1, LEFT_OUT_MAX);
    }
    return good;
  };
}
