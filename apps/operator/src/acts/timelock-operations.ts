import {
  OPERATION_STATE,
  type OperationWords,
  type TimelockOperation,
  batchWordsOf,
  isSingleOperation,
  operationId,
  suretyTimelockAbi,
} from '@surety/contracts';
import { type Address, type Bytes32, type Hex, ZERO_WORD, bytes32, bytesToHex, uintToBytes } from '@surety/domain';
import { type PublicClient, encodeFunctionData } from 'viem';
import { operatorError } from '../errors.js';
import type { Call } from '../chains/simulate-call.js';

/** An act scheduled this often under one predecessor is not an accident. */
const SALTS_MAX = 1_000n;

/** Finds the pending operation that makes exactly one call. One that can never run does not count. */
export function findPending(pending: readonly TimelockOperation[], { to, data }: Call): TimelockOperation | undefined {
  return pending.find((operation) => {
    const [only, ...more] = operation.content?.calls ?? [];
    return more.length === 0 && only?.to === to && only.data === data && canRun(operation, pending);
  });
}

/** Returns false for an operation in whose line one was cancelled or became void: none behind that one can ever run. */
export function canRun(operation: TimelockOperation, pending: readonly TimelockOperation[]): boolean {
  let { content } = operation;
  // Each step leads to another one, since an id commits to what it follows.
  for (let left = pending.length; left >= 0; left--) {
    const follows = content?.predecessor ?? ZERO_WORD;
    if (follows === ZERO_WORD || content?.isPredecessorDone === true) return true;
    const before = pending.find(({ id }) => id === follows);
    if (before === undefined) return false;
    content = before.content;
  }
  return false;
}

/** Lists the operations that can run only once another one is executed, in the order in which they follow it. */
export function findFollowers(pending: readonly TimelockOperation[], leader: Bytes32): TimelockOperation[] {
  const next = pending.filter(({ content }) => content?.predecessor === leader);
  return next.flatMap((one) => [one, ...findFollowers(pending, one.id)]);
}

/** Returns the call of `execute` for an operation. @throws ACT_REFUSED if its calls are not known. */
export function executeCall(timelock: Address, { id, content }: TimelockOperation): Call {
  if (content === undefined) {
    throw operatorError('ACT_REFUSED', `no log tells the calls of ${id}; name a provider that keeps logs of 44 days`);
  }
  const { calls, predecessor, salt } = content;
  const [first] = calls;
  const data =
    first !== undefined && isSingleOperation(id, content)
      ? encodeFunctionData({
          abi: suretyTimelockAbi,
          functionName: 'execute',
          args: [first.to, first.value, first.data, predecessor, salt],
        })
      : encodeFunctionData({ abi: suretyTimelockAbi, functionName: 'executeBatch', args: batchWordsOf(content) });
  return { to: timelock, data };
}

/** An act as it is to be scheduled. */
export interface PlannedSchedule {
  readonly id: Bytes32;
  readonly salt: Bytes32;
  readonly predecessor: Bytes32;
  /** Seconds. */
  readonly delayS: bigint;
  readonly call: Call;
}

/**
 * Plans the scheduling of a call, under the first salt that the same call has not used yet, with the timelock's least
 * delay for it or a given longer one.
 * @throws BAD_USE for a delay below the least; ACT_REFUSED if it is already scheduled.
 */
export async function planSchedule(
  reader: PublicClient,
  timelock: Address,
  {
    call,
    predecessor = ZERO_WORD,
    salt,
    delayS,
  }: { call: Call; predecessor?: Bytes32; salt?: Bytes32; delayS?: bigint },
): Promise<PlannedSchedule> {
  const contract = { address: timelock, abi: suretyTimelockAbi } as const;
  const args = [call.to, call.data] as const;
  const least = await reader.readContract({ ...contract, functionName: 'leastDelayOf', args });
  const delay = delayS ?? least;
  if (delay < least) {
    throw operatorError(
      'BAD_USE',
      `--wait-for is ${delay} s; expected at least the ${least} s that ${timelock} asks for this call, or none`,
    );
  }
  for (let number = 0n; number < SALTS_MAX; number++) {
    const tried = salt ?? bytes32(bytesToHex(uintToBytes(number, 32)));
    const words: OperationWords = [call.to, 0n, call.data, predecessor, tried];
    const id = operationId(words);
    const state = await reader.readContract({ ...contract, functionName: 'getOperationState', args: [id] });
    if (state === OPERATION_STATE.unset) {
      const data: Hex = encodeFunctionData({
        abi: suretyTimelockAbi,
        functionName: 'schedule',
        args: [...words, delay],
      });
      return { id, salt: tried, predecessor, delayS: delay, call: { to: timelock, data } };
    }
    if (state !== OPERATION_STATE.done || salt !== undefined) {
      const seen = state === OPERATION_STATE.done ? 'done' : 'scheduled';
      throw operatorError(
        'ACT_REFUSED',
        `${id} is ${seen} at ${timelock}; nothing was sent; surety timelock list shows what waits`,
      );
    }
  }
  throw operatorError('ACT_REFUSED', `the same call was done ${SALTS_MAX} times at ${timelock}; name a --salt`);
}
