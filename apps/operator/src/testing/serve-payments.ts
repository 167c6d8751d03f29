import { attesterSetAbi, collateralLedgerAbi, collateralVaultAbi, localDeskAbi } from '@surety/contracts';
import {
  type Bytes32,
  type Hex,
  ZERO_WORD,
  bytes32,
  bytesToHex,
  concatBytes,
  foldJournal,
  hexToBytes,
  packEntry,
  tokenUnits,
} from '@surety/domain';
import { PAYMENT_STATES } from '@surety/workflows';
import {
  type Abi,
  decodeFunctionData,
  encodeAbiParameters,
  encodeErrorResult,
  encodeEventTopics,
  encodeFunctionResult,
  keccak256,
  numberToHex,
  pad,
  parseTransaction,
} from 'viem';
import { type ServedLog, serveMethods } from './serve-landing.js';
import { servedRecord } from './serve-timelocked-vault.js';

/** A payment that a vault owes, and what becomes of who tries to make it: its transfer fails, the vault refuses it, or nothing is answered. */
export interface ServedPayment {
  readonly seq: bigint;
  readonly state: 'QUEUED' | 'CLAIMABLE';
  readonly outcome: 'paid' | 'claimable' | 'paused' | 'silent';
}

/** A vault with payments that are due, which has heard nothing for years. */
export interface ServedPayments {
  readonly chainId: number;
  readonly vault: Hex;
  readonly payments: readonly ServedPayment[];
  /** Releases that the vault lacks: none unless given. */
  readonly waiting?: ServedReleases;
  /** True if it answers every view with nothing once something was sent. */
  readonly isSilentOnceSent?: boolean;
}

/** Releases after entry 3 in the ledger's journal, and how many batches of them the desk takes before it refuses. */
export interface ServedReleases {
  readonly ledger: Hex;
  readonly edge: Bytes32;
  readonly entries: number;
  readonly batchesTaken: number;
}

const RECIPIENT: Hex = `0x${'22'.repeat(20)}`;
const ACCOUNT = bytes32(pad(RECIPIENT));
const AMOUNT = 5n;
const TIME_S = 1_700_000_000n;
const abi: Abi = [...collateralVaultAbi, ...collateralLedgerAbi, ...localDeskAbi, ...attesterSetAbi];
const REFUSED = {
  reverted: encodeErrorResult({ abi: collateralVaultAbi, errorName: 'PayPaused', args: [1, 1_900_000_000] }),
};
const KNOWN = { count: 3n, head: ZERO_WORD };

/** The journal's entry of a served payment. */
export function servedRelease(): Hex {
  const [amount, fee] = [tokenUnits(AMOUNT), tokenUnits(0n)];
  return bytesToHex(packEntry({ kind: 'RELEASE', asset: 1, amount, account: ACCOUNT, party: ACCOUNT, fee }));
}

/**
 * Starts a provider of such a vault, on whose chain payments land at once, while what it says of each payment stays as it was: it is a block
 * behind. `closing` gets what ends it.
 */
export function servePayments(served: ServedPayments, closing: (() => void)[]): Promise<string> {
  const { chainId, vault, payments } = served;
  const sent = new Map<Hex, ServedPayment | undefined>();
  let batches = 0;
  const readCall = (data: Hex): { readonly isBatch: boolean; readonly payment: ServedPayment | undefined } => {
    const { functionName, args } = decodeFunctionData({ abi, data });
    return { isBatch: functionName === 'deliver', payment: payments.find(({ seq }) => seq === args?.[0]) };
  };
  return serveMethods((method, [first]) => {
    switch (method) {
      case 'eth_chainId':
        return numberToHex(chainId);
      case 'eth_blockNumber':
        return '0x6a';
      case 'eth_getBlockByNumber':
        return { number: '0x6a', timestamp: numberToHex(TIME_S), baseFeePerGas: '0x1' };
      case 'eth_getBalance':
        return '0xde0b6b3a7640000';
      case 'eth_getTransactionCount':
        return numberToHex(sent.size);
      case 'eth_call':
        return served.isSilentOnceSent === true && sent.size > 0
          ? null
          : viewOf(served, (first as { readonly data: Hex }).data);
      case 'eth_getLogs':
        return [...payments.map((one, at) => queuedLog(vault, one, at)), ...releasedLogs(served.waiting)];
      case 'eth_estimateGas': {
        const { isBatch, payment } = readCall((first as { readonly data: Hex }).data);
        return isBatch && batches === served.waiting?.batchesTaken ? REFUSED : gasOf(payment);
      }
      case 'eth_sendRawTransaction': {
        const hash = keccak256(first as Hex);
        const { isBatch, payment } = readCall(parseTransaction(first as `0x02${string}`).data ?? '0x');
        if (isBatch) batches += 1;
        sent.set(hash, payment);
        return hash;
      }
      case 'eth_getTransactionByHash':
        return sent.has(first as Hex) ? { hash: first } : null;
      case 'eth_getTransactionReceipt':
        return sent.has(first as Hex) ? receiptOf(vault, first as Hex, sent.get(first as Hex)) : null;
      default:
        return '0x10000';
    }
  }, closing);
}

function gasOf(payment: ServedPayment | undefined): unknown {
  if (payment?.outcome === 'silent') return null;
  return payment?.outcome === 'paused' ? REFUSED : '0x10000';
}

function viewOf({ payments, waiting }: ServedPayments, data: Hex): Hex {
  const { functionName, args } = decodeFunctionData({ abi, data });
  const payment = payments.find(({ seq }) => seq === args?.[0]);
  const releases = Array.from({ length: waiting?.entries ?? 0 }, () => hexToBytes(servedRelease()));
  const tip = foldJournal(KNOWN, concatBytes(...releases), (bytes) => keccak256(bytes, 'bytes'));
  const results: Record<string, unknown> = {
    replicaState: [ZERO_WORD, KNOWN.count, KNOWN.head, 1_000, 0, 0],
    journalHead: [ZERO_WORD, tip.count, tip.head],
    exitStatus: servedRecord('exitStatus', {}),
    payment: servedRecord('payment', { state: PAYMENT_STATES.indexOf(payment?.state ?? 'VOID') }),
  };
  // The ledger has a view of the same name as the vault's.
  const view = abi.filter((one) => 'name' in one && one.name === functionName).slice(0, 1);
  return encodeFunctionResult({ abi: view, functionName, result: results[functionName] as readonly unknown[] });
}

function queuedLog(address: Hex, { seq }: ServedPayment, at: number): object {
  const args = { seq, account: ACCOUNT, recipient: RECIPIENT };
  const topics = encodeEventTopics({ abi: collateralVaultAbi, eventName: 'Queued', args }) as Hex[];
  return logOf({ address, topics, data: dataOf(['uint16', 'uint128', 'uint40'], [1, AMOUNT, 1]) }, at);
}

function releasedLogs(waiting: ServedReleases | undefined): object[] {
  if (waiting === undefined) return [];
  const { ledger: address, edge, entries } = waiting;
  const data = dataOf(['uint16', 'uint16', 'uint128', 'bytes32', 'uint96'], [1, 1, AMOUNT, ACCOUNT, 0n]);
  return Array.from({ length: entries }, (_, at) => {
    const args = { edge, index: KNOWN.count + BigInt(at) + 1n, account: ACCOUNT };
    const topics = encodeEventTopics({ abi: collateralLedgerAbi, eventName: 'Released', args }) as Hex[];
    return logOf({ address, topics, data }, at);
  });
}

function dataOf(types: readonly string[], values: readonly unknown[]): Hex {
  return encodeAbiParameters(
    types.map((type) => ({ type })),
    values,
  );
}

function logOf(log: ServedLog, at: number): object {
  return {
    ...log,
    blockNumber: '0x20',
    blockHash: `0x${'b2'.repeat(32)}`,
    transactionHash: `0x${'cc'.repeat(32)}`,
    transactionIndex: '0x0',
    logIndex: numberToHex(at),
    removed: false,
  };
}

function receiptOf(vault: Hex, transactionHash: Hex, payment: ServedPayment | undefined): object {
  const logs = payment === undefined ? [] : [{ address: vault, ...endOf(payment) }];
  const place = { blockHash: `0x${'ab'.repeat(32)}`, blockNumber: '0x6a' };
  return { transactionHash, ...place, gasUsed: '0x1', effectiveGasPrice: '0x1', status: '0x1', logs };
}

/** The event of a payment whose call landed. */
function endOf({ seq, outcome }: ServedPayment): Omit<ServedLog, 'address'> {
  const topicsOf = (eventName: 'Paid' | 'Claimable'): Hex[] =>
    encodeEventTopics({ abi: collateralVaultAbi, eventName, args: { seq, feeTo: RECIPIENT } }) as Hex[];
  return outcome === 'paid'
    ? { topics: topicsOf('Paid'), data: dataOf(['uint96'], [0n]) }
    : { topics: topicsOf('Claimable'), data: dataOf(['uint8'], [2]) };
}
