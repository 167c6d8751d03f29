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

/**
 * Asks every service at once and keeps what answered, each with the service's name: its place in the list. One that fails is left
 * out while another answers.
 * @throws the first failure where all fail.
 */
export async function askAll(
  services: readonly AskService[],
  path: string,
  signal?: AbortSignal,
): Promise<{ readonly service: string; readonly answer: unknown }[]> {
  const answers = await Promise.allSettled(services.map((ask) => ask(path, signal)));
  const good = answers.flatMap((answer, at) =>
    answer.status === 'fulfilled' ? [{ service: `service ${at + 1}`, answer: answer.value }] : [],
  );
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (good.length === 0 && failed !== undefined) throw failed.reason;
  return good;
}
