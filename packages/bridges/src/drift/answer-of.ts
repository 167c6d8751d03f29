import {
  AbiDecodingDataSizeTooSmallError,
  AbiDecodingZeroDataError,
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
} from 'viem';

/** Errors that only the contract can cause: it reverts, lacks the view, or does not exist. */
const REFUSALS = [
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  AbiDecodingZeroDataError,
  AbiDecodingDataSizeTooSmallError,
];

/**
 * Returns a view's result; undefined if the contract cannot return one.
 * @throws any error that kept the chain from responding.
 */
export async function answerOf<Answer>(reading: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await reading;
  } catch (error) {
    const isRefusal = (inner: unknown): boolean => REFUSALS.some((kind) => inner instanceof kind);
    if (error instanceof BaseError && error.walk(isRefusal) !== null) return undefined;
    throw error;
  }
}
