import type { Network } from '@surety/config';
import {
  type BatchWords,
  type OperationWords,
  batchOperationId,
  operationId,
  suretyTimelockAbi,
} from '@surety/contracts';
import { type Address, type Bytes32, type Hex, ZERO_WORD, bytes32, bytesToHex, uintToBytes } from '@surety/domain';
import { type PublicClient, encodeFunctionData, parseEventLogs } from 'viem';
import { operatorError } from '../errors.js';
import type { Call } from './find-route.js';

/** One call of an operation. */
export interface OperationCall extends Call {
  /** Wei. */
  readonly value: bigint;
}

/** An operation that waits in a timelock, or may be executed. */
export interface TimelockOperation {
  readonly id: Bytes32;
  readonly state: 'waiting' | 'ready';
  /** Seconds; it is void from `expiresAt` on. */
  readonly readyAt: bigint;
  readonly expiresAt: bigint;
  /** Missing if no log of the last weeks shows it: the provider keeps none so old. */
  readonly content?: OperationContent;
}

/** The calls of an operation, and its predecessor. */
export interface OperationContent {
  readonly calls: readonly OperationCall[];
  readonly predecessor: Bytes32;
  readonly isPredecessorDone: boolean;
  readonly salt: Bytes32;
}

/** Values of `getOperationState`. @source TimelockController.OperationState */
const STATE = { unset: 0, waiting: 1, ready: 2, done: 3 } as const;
/** Longest delay of an operation, in seconds. @source SuretyTimelock.DELAY_MAX */
const DELAY_MAX_S = 30n * 86_400n;
/** An act scheduled this often under one predecessor is not an accident. */
const SALTS_MAX = 1_000n;

type Chain = Pick<Network['chains'][number], 'limits'>;

/** Reads every pending operation of a timelock with its calls, in the order in which they become ready. */
export async function readOperations(
  reader: PublicClient,
  timelock: Address,
  chain: Chain,
): Promise<TimelockOperation[]> {
  const contract = { address: timelock, abi: suretyTimelockAbi } as const;
  const ids = await reader.readContract({ ...contract, functionName: 'pendingOperations' });
  if (ids.length === 0) return [];
  const dated = await Promise.all(
    ids.map(async (id) => {
      const [state, readyAt, expiresAt] = await Promise.all([
        reader.readContract({ ...contract, functionName: 'getOperationState', args: [id] }),
        reader.readContract({ ...contract, functionName: 'getTimestamp', args: [id] }),
        reader.readContract({ ...contract, functionName: 'expiryOf', args: [id] }),
      ]);
      const name = state === STATE.ready ? ('ready' as const) : ('waiting' as const);
      return { id: bytes32(id), state: name, readyAt, expiresAt };
    }),
  );
  const oldest = dated.reduce((least, { readyAt }) => (readyAt < least ? readyAt : least), dated[0]?.readyAt ?? 0n);
  const contents = await readContents(reader, timelock, {
    ids: new Set(dated.map(({ id }) => id)),
    sinceS: oldest - DELAY_MAX_S,
    range: BigInt(chain.limits.logRangeMax),
  });
  const operations = await Promise.all(
    dated.map(async (one): Promise<TimelockOperation> => {
      const content = contents.get(one.id);
      if (content === undefined) return one;
      const args = [content.predecessor] as const;
      const isPredecessorDone =
        content.predecessor !== ZERO_WORD &&
        (await reader.readContract({ ...contract, functionName: 'isOperationDone', args }));
      return { ...one, content: { ...content, isPredecessorDone } };
    }),
  );
  return operations.toSorted((left, right) => Number(left.readyAt - right.readyAt));
}

/** Walks logs back from the newest block until each operation's calls were seen, or blocks are too old to hold them. */
async function readContents(
  reader: PublicClient,
  timelock: Address,
  { ids, sinceS, range }: { readonly ids: ReadonlySet<Bytes32>; readonly sinceS: bigint; readonly range: bigint },
): Promise<Map<Bytes32, Omit<OperationContent, 'isPredecessorDone'>>> {
  const found = new Map<Bytes32, Omit<OperationContent, 'isPredecessorDone'>>();
  let to = await reader.getBlockNumber();
  while (found.size < ids.size) {
    const from = to < range ? 0n : to - range + 1n;
    const raw = await reader.getLogs({ address: timelock, fromBlock: from, toBlock: to });
    const logs = parseEventLogs({ abi: suretyTimelockAbi, logs: raw, eventName: ['CallScheduled', 'CallSalt'] });
    for (const id of ids) if (!found.has(id)) keepContent(found, id, logs);
    if (from === 0n || (await reader.getBlock({ blockNumber: from })).timestamp < sinceS) break;
    to = from - 1n;
  }
  return found;
}

type ScheduleLog = ReturnType<
  typeof parseEventLogs<typeof suretyTimelockAbi, true, ('CallScheduled' | 'CallSalt')[]>
>[number];

/** Of an operation that was scheduled more than once, each time says the same: its name commits to it. */
function keepContent(
  found: Map<Bytes32, Omit<OperationContent, 'isPredecessorDone'>>,
  id: Bytes32,
  logs: readonly ScheduleLog[],
): void {
  const calls: OperationCall[] = [];
  let predecessor = ZERO_WORD;
  let salt = ZERO_WORD;
  for (const { eventName, args } of logs) {
    if (args.id !== id) continue;
    if (eventName === 'CallSalt') salt = bytes32(args.salt);
    else {
      predecessor = bytes32(args.predecessor);
      calls[Number(args.index)] = { to: args.target.toLowerCase() as Address, data: args.data, value: args.value };
    }
  }
  // A provider whose calls do not hash to the operation's id is not believed.
  const content = { calls, predecessor, salt };
  if (calls.length > 0 && (isSingle(id, content) || batchOperationId(batchWords(content)) === id))
    found.set(id, content);
}

/**
 * Finds the pending operation that makes exactly one call. One that was scheduled behind a cancelled operation can never run, so it
 * does not count.
 */
export function findPending(pending: readonly TimelockOperation[], { to, data }: Call): TimelockOperation | undefined {
  return pending.find(({ content }) => {
    const { calls = [], predecessor = ZERO_WORD, isPredecessorDone = false } = content ?? {};
    const [only, ...more] = calls;
    if (more.length > 0 || only?.to !== to || only.data !== data) return false;
    return predecessor === ZERO_WORD || isPredecessorDone || pending.some(({ id }) => id === predecessor);
  });
}

/** Returns the call of `execute` for an operation. @throws ACT_REFUSED if its calls are not known. */
export function executeCall(timelock: Address, { id, content }: TimelockOperation): Call {
  if (content === undefined) {
    throw operatorError('ACT_REFUSED', `no log tells the calls of ${id}; name a provider that keeps logs of 44 days`);
  }
  const { calls, predecessor, salt } = content;
  const [first] = calls;
  const data =
    first !== undefined && isSingle(id, content)
      ? encodeFunctionData({
          abi: suretyTimelockAbi,
          functionName: 'execute',
          args: [first.to, first.value, first.data, predecessor, salt],
        })
      : encodeFunctionData({ abi: suretyTimelockAbi, functionName: 'executeBatch', args: batchWords(content) });
  return { to: timelock, data };
}

type Words = Omit<OperationContent, 'isPredecessorDone'>;

/** True if an operation was scheduled as one call, not as a batch of one: their ids differ. */
function isSingle(id: Bytes32, { calls, predecessor, salt }: Words): boolean {
  const [only, ...more] = calls;
  if (only === undefined || more.length > 0) return false;
  return operationId([only.to, only.value, only.data, predecessor, salt]) === id;
}

function batchWords({ calls, predecessor, salt }: Words): BatchWords {
  return [calls.map(({ to }) => to), calls.map(({ value }) => value), calls.map((one) => one.data), predecessor, salt];
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
 * @throws ACT_REFUSED if it is already scheduled.
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
  const delay = delayS === undefined || delayS < least ? least : delayS;
  for (let number = 0n; number < SALTS_MAX; number++) {
    const tried = salt ?? bytes32(bytesToHex(uintToBytes(number, 32)));
    const words: OperationWords = [call.to, 0n, call.data, predecessor, tried];
    const id = operationId(words);
    const state = await reader.readContract({ ...contract, functionName: 'getOperationState', args: [id] });
    if (state === STATE.unset) {
      const data: Hex = encodeFunctionData({
        abi: suretyTimelockAbi,
        functionName: 'schedule',
        args: [...words, delay],
      });
      return { id, salt: tried, predecessor, delayS: delay, call: { to: timelock, data } };
    }
    if (state !== STATE.done || salt !== undefined) {
      const seen = state === STATE.done ? 'done' : 'scheduled';
      throw operatorError(
        'ACT_REFUSED',
        `${id} is ${seen} at ${timelock}; nothing was sent; surety timelock list shows what waits`,
      );
    }
  }
  throw operatorError('ACT_REFUSED', `the same call was done ${SALTS_MAX} times at ${timelock}; name a --salt`);
}
