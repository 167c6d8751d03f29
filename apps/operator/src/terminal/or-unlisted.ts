import { BaseError, ContractFunctionRevertedError } from 'viem';

/** Returns undefined for an unlisted asset or source, which reverts: its listing may still wait in the timelock. */
export async function orUnlisted<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (failure) {
    const reverted =
      failure instanceof BaseError && failure.walk((inner) => inner instanceof ContractFunctionRevertedError) !== null;
    if (reverted) return undefined;
    throw failure;
  }
}
