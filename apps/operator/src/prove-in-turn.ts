import type { AskNode } from '@surety/chain';
import { providerTransport } from '@surety/rpc';
import { createPublicClient } from 'viem';
import { operatorError } from './errors.js';
import { type SpendingChain, providersOf } from './open-sender.js';

/**
 * Runs a proof at one provider of a chain after the other, until one gives it; `what` is proven, in words.
 * @throws PROVIDER_FAILED if none keeps the state that it needs.
 */
export async function proveInTurn<Proof>(
  at: SpendingChain,
  what: string,
  take: (ask: AskNode) => Promise<Proof>,
): Promise<Proof> {
  const failures: string[] = [];
  for (const provider of providersOf(at)) {
    const one = createPublicClient({ transport: providerTransport([provider]) });
    const ask: AskNode = (method, params) => one.request({ method, params } as Parameters<typeof one.request>[0]);
    try {
      return await take(ask);
    } catch (failure) {
      failures.push(`${provider.name}: ${reasonOf(failure)}`);
    }
  }
  const names = at.chain.providers.map(({ urlEnv }) => urlEnv).join(', ');
  throw operatorError(
    'PROVIDER_FAILED',
    `no provider of ${at.chain.name} proves ${what} (${failures.join('; ')}); expected one that keeps its state: set one of ${names} to an archive node`,
  );
}

function reasonOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const { details } = failure as { details?: unknown };
  return typeof details === 'string' ? details : failure.message;
}
