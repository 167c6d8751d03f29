import type { AppError } from '@surety/domain';
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
 * counts as silence. A revert is an answer, as is a call out of gas; what it says is told if more say the same than may lie. Reads reject
 * with NO_QUORUM (retryable) if too few agree.
 */
export function quorumTransport(
  providers: readonly RpcProvider[],
  keyOf: (result: unknown) => string = JSON.stringify,
): Transport {
  const request = async (asked: { method: string; params?: unknown }): Promise<unknown> => {
    const question = questionOf(asked);
    if (providers.length === 0) throw rpcError('NO_QUORUM', `there is no provider to ask ${question.method}; add one`);
    const quorum = quorumSize(providers.length);
    const reverts: AppError[] = [];
    const answer = await askQuorum<RpcAnswer>({
      subject: question.method,
      providers,
      quorum,
      ask: async (provider) => {
        const said = await askProvider(provider, question);
        // A revert is an answer, and so is a call that takes more gas than a node allows; any other refusal counts as silence.
        if (said.kind === 'refused' && !isRevert(said.error) && !ranOut(said)) throw provider.report(said.error);
        if (said.kind === 'result' && said.result === null)
          throw provider.report(lacksBlock(provider, question.method));
        if (said.kind === 'refused' && !ranOut(said)) reverts.push(said.error);
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
    if (answer.kind === 'result') return answer.result;
    throw refusalOf(question, ranOut(answer) ? answer.error : toldByMost(reverts, providers.length - quorum));
  };
  return custom({ request }, { retryCount: 0 });
}

/** Returns the revert that more providers tell than may lie: by its bytes, or by its words where it has none. One without either, if none is. */
function toldByMost(reverts: readonly AppError[], liarsMax: number): AppError {
  const sayingOf = ({ context: { payload, detail } }: AppError): unknown =>
    typeof payload === 'string' && payload !== '0x' ? payload : detail;
  const told = reverts.find((one) => reverts.filter((other) => sayingOf(other) === sayingOf(one)).length > liarsMax);
  return told ?? UNTOLD;
}

/** A revert of which nothing else is known. */
const UNTOLD = rpcError('RPC_ERROR', 'the call reverts, and its providers tell different things of why', {
  context: { rpc_code: 3, detail: 'execution reverted', payload: null },
});

/** True for a node's own limit; a contract that reverts with such words has answered. */
function ranOut(said: RpcAnswer): boolean {
  return said.kind === 'refused' && !isRevert(said.error) && isOutOfGas(String(said.error.context['detail']));
}

function lacksBlock({ name }: RpcProvider, method: string): Error {
  return rpcError('UNKNOWN_BLOCK', `${name} answered ${method} with nothing; expected a value of a block that it has`);
}
