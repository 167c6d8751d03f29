import { AppError } from '@surety/domain';
import { isOutOfGas } from '@surety/rpc';
import { BaseError, RpcRequestError } from 'viem';

/** With which nodes give up a call that uses all the time that they allow. */
const OUT_OF_TIME = /execution (?:aborted|timed? ?out)/i;

/**
 * True if a call failed because the contract has no such view, reverts, answers in another shape or with more than a provider may
 * send, or never ends; not for a provider's failure.
 */
export function isContractAnswer(cause: unknown): boolean {
  return cause instanceof BaseError && cause.walk(isAnswer) !== null;
}

function isAnswer(one: unknown): boolean {
  if (one instanceof AppError) return one.code === 'RESPONSE_TOO_LARGE';
  if (one instanceof RpcRequestError) return isOutOfGas(one.details) || OUT_OF_TIME.test(one.details);
  return one instanceof Error && /^(ContractFunction(Reverted|ZeroData)|AbiDecoding)/.test(one.name);
}
