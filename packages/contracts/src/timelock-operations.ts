import { type Address, type Bytes32, type Hex, ZERO_WORD, bytes32 } from '@surety/domain';
import { type PublicClient, parseEventLogs } from 'viem';
import { type BatchWords, batchOperationId, operationId } from './deploy/schedule-acts.js';
import { suretyTimelockAbi } from './generated/index.js';

/** One call of an operation. */
export interface OperationCall {
  readonly to: Address;
  readonly data: Hex;
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

/** Values of a timelock's `getOperationState`. @source TimelockController.OperationState */
export const OPERATION_STATE = { unset: 0, waiting: 1, ready: 2, done: 3 } as const;
/** Longest delay of an operation, in seconds. @source SuretyTimelock.DELAY_MAX */
const DELAY_MAX_S = 30n * 86_400n;

/** A chain that is asked for operations. */
interface AskedChain {
  /** `logRangeMax` is the number of blocks that one query of logs may span. */
  readonly limits: { readonly logRangeMax: number };
  /** Leaves the calls out where the logs cannot be read, for acts that need no more than ids, such as a veto. */
  readonly areCallsOptional?: boolean;
}

/** Reads every pending operation of a timelock with its calls, in the order in which they become ready. */
export async function readOperations(
  reader: PublicClient,
  timelock: Address,
  { limits, areCallsOptional = false }: AskedChain,
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
      const name = state === OPERATION_STATE.ready ? ('ready' as const) : ('waiting' as const);
      return { id: bytes32(id), state: name, readyAt, expiresAt };
    }),
  );
  const oldest = dated.reduce((least, { readyAt }) => (readyAt < least ? readyAt : least), dated[0]?.readyAt ?? 0n);
  const contents = await readContents(reader, timelock, {
    ids: new Set(dated.map(({ id }) => id)),
    sinceS: oldest - DELAY_MAX_S,
    range: BigInt(limits.logRangeMax),
  }).catch((cause: unknown) => {
    if (areCallsOptional) return new Map<Bytes32, Words>();
    throw cause;
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
): Promise<Map<Bytes32, Words>> {
  const found = new Map<Bytes32, Words>();
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
function keepContent(found: Map<Bytes32, Words>, id: Bytes32, logs: readonly ScheduleLog[]): void {
  const numbered = new Map<bigint, OperationCall>();
  let predecessor = ZERO_WORD;
  let salt = ZERO_WORD;
  for (const { eventName, args } of logs) {
    if (args.id !== id) continue;
    if (eventName === 'CallSalt') salt = bytes32(args.salt);
    else {
      predecessor = bytes32(args.predecessor);
      numbered.set(args.index, { to: args.target.toLowerCase() as Address, data: args.data, value: args.value });
    }
  }
  const calls = callsInOrder(numbered);
  // A provider whose calls do not hash to the operation's id is not believed.
  const content = { calls, predecessor, salt };
  if (calls.length > 0 && (isSingleOperation(id, content) || batchOperationId(batchWordsOf(content)) === id))
    found.set(id, content);
}

/** None unless they are numbered from 0 on without a gap: a provider may number them as it likes. */
function callsInOrder(numbered: ReadonlyMap<bigint, OperationCall>): readonly OperationCall[] {
  const calls: OperationCall[] = [];
  for (let index = 0n; index < numbered.size; index++) {
    const call = numbered.get(index);
    if (call === undefined) return [];
    calls.push(call);
  }
  return calls;
}

type Words = Omit<OperationContent, 'isPredecessorDone'>;

/** Returns whether an operation was scheduled as one call, not as a batch of one: their ids differ. */
export function isSingleOperation(id: Bytes32, { calls, predecessor, salt }: Words): boolean {
  const [only, ...more] = calls;
  if (only === undefined || more.length > 0) return false;
  return operationId([only.to, only.value, only.data, predecessor, salt]) === id;
}

/** Returns the calls of a batch as `scheduleBatch` and `executeBatch` take them. */
export function batchWordsOf({ calls, predecessor, salt }: Words): BatchWords {
  return [calls.map(({ to }) => to), calls.map(({ value }) => value), calls.map((one) => one.data), predecessor, salt];
}
