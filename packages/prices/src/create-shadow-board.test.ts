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

/** A reader of a governor, and of what it answers when it is asked what waits there. */
function underGovernor(answer: () => Promise<never>): PublicClient {
  const readContract = (asked: { functionName: string }): Promise<unknown> =>
    asked.functionName === 'governor' ? Promise.resolve(GOVERNOR) : answer();
  return { readContract } as unknown as PublicClient;
}

function boardUnder(reader: PublicClient) {
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
    expect(await boardUnder(underGovernor(() => Promise.reject(failure))).readShadows()).toEqual({
      readings: [],
      unseen: [],
    });
  }
});

it('ends with its signal while a provider of the timelock is silent', async () => {
  const stop = new AbortController();
  const silent = { readContract: () => new Promise(() => {}) } as unknown as PublicClient;
  const waiting = [boardUnder(silent), boardUnder(underGovernor(() => new Promise(() => {})))].map((board) =>
    board.readShadows(stop.signal),
  );
  stop.abort(new Error('stopped'));
  for (const each of waiting) await expect(each).rejects.toThrow('stopped');
  expect.assertions(2);
});

it('takes a governor that could not be asked for unknown, not for none', async () => {
  const away = underGovernor(() => Promise.reject(new Error('no provider answers')));
  await expect(boardUnder(away).readShadows()).rejects.toThrow('no provider answers');
});
