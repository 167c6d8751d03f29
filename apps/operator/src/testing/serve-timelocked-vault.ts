import {
  collateralLedgerAbi,
  collateralVaultAbi,
  operationId,
  roleHolderAbi,
  suretyTimelockAbi,
  suretyTimelockCode,
} from '@surety/contracts';
import { type Bytes32, type Hex, ZERO_WORD, address } from '@surety/domain';
import {
  type Abi,
  type AbiFunction,
  type AbiParameter,
  decodeFunctionData,
  encodeAbiParameters,
  encodeEventTopics,
  encodeFunctionResult,
  keccak256,
  numberToHex,
  stringToHex,
  toFunctionSelector,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { serveMethods } from './serve-landing.js';

/** The vault of the example network. */
const SERVED_VAULT = address(`0x${'11'.repeat(20)}`);
const TIMELOCK = address(`0x${'ab'.repeat(20)}`);
/** The key of the proposer, who is the guardian too. */
export const SERVED_KEY = `0x${'ab'.repeat(32)}`;
const PERSON = address(privateKeyToAccount(`0x${'ab'.repeat(32)}`).address.toLowerCase());
const HEIGHT = 256n;
const SLOT = 86_400n;

/** One operation that waits at the timelock: one call of the vault. */
export interface ServedOperation {
  readonly data: Hex;
  readonly predecessor?: Bytes32;
  readonly isBeyondVeto?: boolean;
  /** False if the provider keeps no log of it. */
  readonly isLogged?: boolean;
}

/** A chain with a vault, or with the ledger, whose governor is a timelock. */
export interface TimelockedVault {
  readonly chainId: number;
  /** Time of its newest block in seconds. */
  readonly timeS: bigint;
  readonly operations?: readonly ServedOperation[];
  /** True if the provider answers no question about logs. */
  readonly refusesLogs?: boolean;
  /** Operations that a transaction which lands here cancels. */
  readonly cancels?: readonly Bytes32[];
  /** Answers of further views, by name; a function gets the call's arguments, and `{ encoded }` is sent as it is. */
  readonly views?: Readonly<Record<string, unknown>>;
}

/** Returns the id of an operation as the timelock gives it. */
export function servedId({ data, predecessor = ZERO_WORD }: ServedOperation): Bytes32 {
  return operationId([SERVED_VAULT, 0n, data, predecessor, ZERO_WORD]);
}

const ABI: readonly AbiFunction[] = [
  ...suretyTimelockAbi,
  ...collateralVaultAbi,
  ...collateralLedgerAbi,
  ...roleHolderAbi,
].filter((one): one is AbiFunction & typeof one => one.type === 'function');
const roleOf = (name: string): Hex => keccak256(stringToHex(name));

/** Starts a provider of such a chain; `closing` gets what ends it. */
export function serveTimelockedVault(served: TimelockedVault, closing: (() => void)[]): Promise<string> {
  const operations = served.operations ?? [];
  const find = (id: unknown): ServedOperation | undefined => operations.find((one) => servedId(one) === id);
  const views: Readonly<Record<string, unknown>> = {
    governor: TIMELOCK,
    guardian: PERSON,
    pauser: PERSON,
    getMinDelay: 172_800n,
    leastDelayOf: 172_800n,
    PROPOSER_ROLE: roleOf('PROPOSER_ROLE'),
    CANCELLER_ROLE: roleOf('CANCELLER_ROLE'),
    EXECUTOR_ROLE: roleOf('EXECUTOR_ROLE'),
    getRoleMembers: (role: Hex) => [role === roleOf('EXECUTOR_ROLE') ? address(`0x${'00'.repeat(20)}`) : PERSON],
    pendingOperations: operations.map(servedId),
    isSlow: true,
    isBeyondVeto: (id: Hex) => find(id)?.isBeyondVeto === true,
    getOperationState: (id: Hex) => (find(id) === undefined ? 0 : 1),
    getTimestamp: served.timeS + SLOT,
    expiryOf: served.timeS + 15n * SLOT,
    isOperationDone: false,
    ...served.views,
  };
  let landed: Hex | undefined;
  return serveMethods((method, params) => {
    if (method === 'eth_sendRawTransaction') return (landed = keccak256(params[0] as Hex));
    return landed === undefined
      ? answerOf(served, views, method, params)
      : landedAnswerOf(served, views, method, params);
  }, closing);
}

/** Answers once the one transaction has landed. */
function landedAnswerOf(
  served: TimelockedVault,
  views: Readonly<Record<string, unknown>>,
  method: string,
  params: readonly unknown[],
): unknown {
  if (method === 'eth_getTransactionCount') return '0x1';
  if (method === 'eth_getTransactionByHash') return { hash: params[0] };
  if (method !== 'eth_getTransactionReceipt') return answerOf(served, views, method, params);
  const logs = (served.cancels ?? []).map((id) => ({
    address: TIMELOCK,
    topics: encodeEventTopics({ abi: suretyTimelockAbi, eventName: 'Cancelled', args: { id } }),
    data: '0x',
  }));
  const place = { blockHash: `0x${'b1'.repeat(32)}`, blockNumber: numberToHex(HEIGHT) };
  return { transactionHash: params[0], ...place, gasUsed: '0x1', effectiveGasPrice: '0x1', status: '0x1', logs };
}

function answerOf(
  { chainId, timeS, operations = [], refusesLogs = false }: TimelockedVault,
  views: Readonly<Record<string, unknown>>,
  method: string,
  [first]: readonly unknown[],
): unknown {
  switch (method) {
    case 'eth_chainId':
      return numberToHex(chainId);
    case 'eth_blockNumber':
      return numberToHex(HEIGHT);
    case 'eth_getBlockByNumber':
      return {
        number: numberToHex(HEIGHT),
        hash: `0x${'b1'.repeat(32)}`,
        timestamp: numberToHex(timeS),
        baseFeePerGas: '0x1',
      };
    case 'eth_getCode':
      return (first as string).toLowerCase() === TIMELOCK ? suretyTimelockCode.runtime : '0x';
    case 'eth_getLogs':
      return refusesLogs ? { reverted: '0x' } : operations.filter(({ isLogged }) => isLogged !== false).map(logOf);
    case 'eth_call':
      return callOf(views, (first as { readonly data: Hex }).data);
    case 'eth_estimateGas':
    case 'eth_maxPriorityFeePerGas':
      return '0x10000';
    case 'eth_getTransactionCount':
      return '0x0';
    case 'eth_getBalance':
      return '0xde0b6b3a7640000';
    default:
      return null;
  }
}

function callOf(views: Readonly<Record<string, unknown>>, data: Hex): Hex {
  const item = ABI.find((one) => toFunctionSelector(one) === data.slice(0, 10));
  if (item === undefined || !(item.name in views)) return '0x';
  const { args = [] } = decodeFunctionData({ abi: [item] as Abi, data });
  const view = views[item.name];
  const result: unknown = typeof view === 'function' ? (view as (...given: unknown[]) => unknown)(...args) : view;
  if (typeof result === 'object' && result !== null && 'encoded' in result) return result.encoded as Hex;
  return encodeFunctionResult({ abi: [item] as Abi, functionName: item.name, result });
}

function logOf(operation: ServedOperation, at: number): object {
  const topics = encodeEventTopics({
    abi: suretyTimelockAbi,
    eventName: 'CallScheduled',
    args: { id: servedId(operation), index: 0n },
  });
  const types = ['address', 'uint256', 'bytes', 'bytes32', 'uint256'].map((type) => ({ type }));
  const words = [SERVED_VAULT, 0n, operation.data, operation.predecessor ?? ZERO_WORD, 172_800n];
  return {
    address: TIMELOCK,
    topics,
    data: encodeAbiParameters(types, words),
    blockNumber: '0x90',
    blockHash: `0x${'b2'.repeat(32)}`,
    transactionHash: `0x${'cc'.repeat(32)}`,
    transactionIndex: '0x0',
    logIndex: numberToHex(at),
    removed: false,
  };
}

/** Returns a struct of a view with these members, and nothing in the others. */
export function servedRecord(functionName: string, members: Readonly<Record<string, unknown>>): unknown {
  const item = ABI.find(({ name }) => name === functionName);
  const { components = [] } = (item?.outputs[0] ?? {}) as { components?: readonly AbiParameter[] };
  return Object.fromEntries(components.map(({ name = '', type }) => [name, members[name] ?? nothingOf(type)]));
}

function nothingOf(type: string): unknown {
  if (type === 'bool') return false;
  if (type === 'address') return `0x${'00'.repeat(20)}`;
  const bytes = /^bytes(\d+)$/.exec(type);
  if (bytes !== null) return `0x${'00'.repeat(Number(bytes[1]))}`;
  return /^uint(8|16|24|32|40|48)$/.test(type) ? 0 : 0n;
}
