import { BaseError } from 'viem';

/** True if a call failed because the contract has no such view, reverts, or answers in another shape; not for a provider's failure. */
export function isContractAnswer(cause: unknown): boolean {
  const isAnswer = (one: unknown): boolean =>
    one instanceof Error && /^(ContractFunction(Reverted|ZeroData)|AbiDecoding)/.test(one.name);
  return cause instanceof BaseError && cause.walk(isAnswer) !== null;
}
