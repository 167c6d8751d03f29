import { type Transport, custom } from 'viem';
import { type RpcAnswer, askProvider, isOutOfGas, isRevert } from '../ask-in-turn.js';
import { rpcError } from '../errors.js';
import { askQuorum } from '../quorum/ask-quorum.js';
import { quorumSize } from '../quorum/quorum-size.js';
import type { RpcProvider } from '../rpc-provider.js';
import { questionOf, refusalOf } from './provider-transport.js';

/**
 * Creates a viem transport that asks all providers of a chain and returns the result that two thirds of them agree on.
 * Each provider answers at its own newest block, so use it for values that rarely change. A single provider can neither
 * invent a difference nor hide one. Two results are equal if their keys are. Null is no value: whoever lacks the block answers so, and it
 * counts as silence. A revert is an answer, as is a call out of gas. Reads reject with NO_QUORUM (retryable) if too few agree.
 */
export function quorumTransport(
  providers: readonly RpcProvider[],
  keyOf: (result: unknown) => string = JSON.stringify,
): Transport {
  const request = async (asked: { method: string; params?: unknown }): Promise<unknown> => {
    const question = questionOf(asked);
    if (providers.length === 0) throw rpcError('NO_QUORUM', `there is no provider to ask ${question.method}; add one`);
    const answer = await askQuorum<RpcAnswer>({
      subject: question.method,
      providers,
      quorum: quorumSize(providers.length),
      ask: async (provider) => {
        const said = await askProvider(provider, question);
        // A revert is an answer, and so is a call that takes more gas than a node allows; any other refusal counts as silence.
        if (said.kind === 'refused' && !isRevert(said.error) && !ranOut(said)) throw provider.report(said.error);
        if (said.kind === 'result' && said.result === null)
          throw provider.report(lacksBlock(provider, question.method));
        return said;
      },
      // Nodes word the same refusal differently.
      keyOf: (said) => {
        if (said.kind === 'refused') return ranOut(said) ? 'out of gas' : 'reverted';
        return `answered ${keyOf(said.result)}`;
      },
      // Each node has its own limit of gas.
      mayDiffer: ranOut,
    });
    if (answer.kind === 'refused') throw refusalOf(question, answer.error);
    return answer.result;
  };
  return custom({ request }, { retryCount: 0 });
}

/** True for a node's own limit; a contract that reverts with such words has answered. */
function ranOut(said: RpcAnswer): boolean {
  return said.kind === 'refused' && !isRevert(said.error) && isOutOfGas(String(said.error.context['detail']));
}

function lacksBlock({ name }: RpcProvider, method: string): Error {
  return rpcError('UNKNOWN_BLOCK', `${name} answered ${method} with nothing; expected a value of a block that it has`);
}
