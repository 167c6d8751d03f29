import { type Transport, custom } from 'viem';
import { type RpcAnswer, askProvider, isRevert } from '../ask-in-turn.js';
import { rpcError } from '../errors.js';
import { askQuorum } from '../quorum/ask-quorum.js';
import { quorumSize } from '../quorum/quorum-size.js';
import type { RpcProvider } from '../rpc-provider.js';
import { questionOf, refusalOf } from './provider-transport.js';

/**
 * Gives a viem client's way to all providers of a chain: what two thirds of them answer alike counts. It suits what changes
 * rarely, since each answers at its own newest block. One provider makes up no difference, and hides none. Reads end with
 * NO_QUORUM (retryable) where too few agree.
 */
export function quorumTransport(providers: readonly RpcProvider[]): Transport {
  const request = async (asked: { method: string; params?: unknown }): Promise<unknown> => {
    const question = questionOf(asked);
    if (providers.length === 0) throw rpcError('NO_QUORUM', `there is no provider to ask ${question.method}; add one`);
    const answer = await askQuorum<RpcAnswer>({
      subject: question.method,
      providers,
      quorum: quorumSize(providers.length),
      ask: async (provider) => {
        const said = await askProvider(provider, question);
        // A revert is an answer; whatever else a provider refuses is silence.
        if (said.kind === 'refused' && !isRevert(said.error)) throw provider.report(said.error);
        return said;
      },
      // What nodes word differently is one revert.
      keyOf: (said) => (said.kind === 'refused' ? 'reverted' : `answered ${JSON.stringify(said.result)}`),
    });
    if (answer.kind === 'refused') throw refusalOf(question, answer.error);
    return answer.result;
  };
  return custom({ request }, { retryCount: 0 });
}
