import { type AskNode, proveInTurn } from '@surety/chain';
import { AppError } from '@surety/domain';
import { operatorError } from '../errors.js';
import { type SpendingChain, providersOf } from './open-sender.js';

/**
 * Runs a proof at one provider of a chain after the other, until one gives it; `what` is proven, in words.
 * @throws PROVIDER_FAILED naming the variables to set, if none keeps the state that it needs; NO_PROVIDER.
 */
export async function proveAtProviders<Proof>(
  at: SpendingChain,
  what: string,
  take: (ask: AskNode) => Promise<Proof>,
): Promise<Proof> {
  try {
    return await proveInTurn(providersOf(at), `${what} of ${at.chain.name}`, take);
  } catch (cause) {
    if (!(cause instanceof AppError) || cause.code !== 'UNPROVEN') throw cause;
    const names = at.chain.providers.map(({ urlEnv }) => urlEnv).join(', ');
    throw operatorError('PROVIDER_FAILED', `${cause.message}: set one of ${names} to an archive node`, cause);
  }
}
