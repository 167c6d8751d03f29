import { type RpcProvider, askProvider, describeError } from '@surety/rpc';
import { chainError } from '../errors.js';
import type { AskNode } from './prove-slots.js';

/**
 * Runs a proof at one provider after the other, until one gives it; `what` is proven, in words.
 * @throws UNPROVEN with what each provider said, if none keeps the state that it needs.
 */
export async function proveInTurn<Proof>(
  providers: readonly RpcProvider[],
  what: string,
  take: (ask: AskNode) => Promise<Proof>,
): Promise<Proof> {
  const failures: string[] = [];
  for (const provider of providers) {
    const ask: AskNode = async (method, params) => {
      const answer = await askProvider(provider, { method, params });
      if (answer.kind === 'refused') throw answer.error;
      return answer.result;
    };
    try {
      return await take(ask);
    } catch (failure) {
      failures.push(`${provider.name}: ${describeError(failure)}`);
    }
  }
  throw chainError(
    'UNPROVEN',
    `no provider proves ${what} (${failures.join('; ')}); expected one that keeps its state`,
  );
}
