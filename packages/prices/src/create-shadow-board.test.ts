import { suretyTimelockAbi } from '@surety/contracts';
import { type BlockHeight, address } from '@surety/domain';
import {
  ContractFunctionExecutionError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  type PublicClient,
} from 'viem';
import { expect, it } from 'vitest';
import { createShadowBoard } from './create-shadow-board.js';

const RISK_MANAGER = address(`0x${'aa'.repeat(20)}`);
const GOVERNOR = address(`0x${'bb'.repeat(20)}`);
const functionName = 'pendingOperations';

/** A board under a governor that fails in a way when it is asked what waits there. */
function boardUnder(failure: Error) {
  const reader = {
    readContract: async (asked: { functionName: string }) => {
      if (asked.functionName === 'governor') return GOVERNOR;
      throw failure;
    },
  } as unknown as PublicClient;
  const reads = {
    readHead: () => Promise.resolve({ height: 9n as BlockHeight, timestamp: 1n }),
    call: () => Promise.reject(new Error('nothing is asked of feeds')),
  };
  return createShadowBoard({ reads, reader, riskManager: RISK_MANAGER, limits: { logRangeMax: 1 } });
}

it('shows no feed under a governor that is an account, or a contract of another kind', async () => {
  const abi = suretyTimelockAbi;
  for (const cause of [
    new ContractFunctionZeroDataError({ functionName }),
    new ContractFunctionRevertedError({ abi, functionName, message: 'reverted' }),
  ]) {
    const failure = new ContractFunctionExecutionError(cause, { abi, functionName });
    expect(await boardUnder(failure).readShadows()).toEqual({ readings: [], unseen: [] });
  }
});

it('takes a governor that could not be asked for unknown, not for none', async () => {
  await expect(boardUnder(new Error('no provider answers')).readShadows()).rejects.toThrow('no provider answers');
});
