import { AppError } from '@surety/domain';
import { providerTransport, quorumSize, quorumTransport } from '@surety/rpc';
import { createPublicClient } from 'viem';
import type { OperatorErrorCode } from './errors.js';
import { type SpendingChain, providersOf } from './open-sender.js';
import type { ReadingPlace } from './read-ledger.js';

/**
 * Opens a chain at the newest block that two thirds of its providers have reached. A value read there is what two thirds of them answer.
 * @throws NO_PROVIDER; PROVIDER_FAILED if too few answer (try again); while it is read, NO_QUORUM (try again).
 */
export async function openAgreed(place: SpendingChain): Promise<ReadingPlace> {
  const providers = providersOf(place);
  const asked = await Promise.allSettled(
    providers.map((one) => createPublicClient({ transport: providerTransport([one]) }).getBlockNumber()),
  );
  const heights = asked
    .flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    .sort((a, b) => (a < b ? 1 : -1));
  const block = heights[quorumSize(providers.length) - 1];
  if (block === undefined) {
    throw new AppError<OperatorErrorCode>({
      code: 'PROVIDER_FAILED',
      message: `${heights.length} of ${providers.length} providers of ${place.chain.name} answer; expected ${quorumSize(providers.length)}; surety doctor names the others`,
      retryable: true,
    });
  }
  return { reader: createPublicClient({ transport: quorumTransport(providers) }), block };
}
