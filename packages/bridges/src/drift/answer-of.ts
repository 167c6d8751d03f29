import {
  AbiDecodingDataSizeTooSmallError,
  AbiDecodingZeroDataError,
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
} from 'viem';

/** What only a contract can have caused: it refuses the view, has no such view, or is none. */
const REFUSALS = [
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  AbiDecodingZeroDataError,
  AbiDecodingDataSizeTooSmallError,
];

/** Gives what a view answers; undefined where the contract has no such answer. @throws whatever kept the chain from answering. */
export async function answerOf<Answer>(reading: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await reading;
  } catch (error) {
    const isRefusal = (inner: unknown): boolean => REFUSALS.some((kind) => inner instanceof kind);
    if (error instanceof BaseError && error.walk(isRefusal) !== null) return undefined;
    throw error;
  }
}
