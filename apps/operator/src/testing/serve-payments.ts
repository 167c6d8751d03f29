import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { type Hex, ZERO_WORD, bytesToHex, packEntry, tokenUnits, bytes32 } from '@surety/domain';
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

/** A vault with payments that are due, and nothing else to do. */
export interface ServedPayments {
  readonly chainId: number;
  readonly vault: Hex;
  readonly payments: readonly ServedPayment[];
}

const RECIPIENT: Hex = `0x${'22'.repeat(20)}`;
const ACCOUNT = bytes32(pad(RECIPIENT));
const AMOUNT = 5n;
const TIME_S = 1_700_000_000n;
const abi: Abi = [...collateralVaultAbi, ...collateralLedgerAbi];

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
  const paymentIn = (data: Hex): ServedPayment | undefined => {
    const { args } = decodeFunctionData({ abi: collateralVaultAbi, data });
    return payments.find(({ seq }) => seq === (args as readonly unknown[])[0]);
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
        return viewOf(served, (first as { readonly data: Hex }).data);
      case 'eth_getLogs':
        return payments.map((one, at) => queuedLog(vault, one, at));
      case 'eth_estimateGas':
        return gasOf(paymentIn((first as { readonly data: Hex }).data));
      case 'eth_sendRawTransaction': {
        const hash = keccak256(first as Hex);
        sent.set(hash, paymentIn(parseTransaction(first as `0x02${string}`).data ?? '0x'));
        return hash;
      }
      case 'eth_getTransactionByHash':
        return sent.has(first as Hex) ? { hash: first } : null;
      case 'eth_getTransactionReceipt':
        return receiptOf(vault, first as Hex, sent.get(first as Hex));
      default:
        return '0x10000';
    }
  }, closing);
}

function gasOf(payment: ServedPayment | undefined): unknown {
  if (payment?.outcome === 'silent') return null;
  if (payment?.outcome !== 'paused') return '0x10000';
  return { reverted: encodeErrorResult({ abi: collateralVaultAbi, errorName: 'PayPaused', args: [1, 1_900_000_000] }) };
}

function viewOf({ payments }: ServedPayments, data: Hex): Hex {
  const { functionName, args } = decodeFunctionData({ abi, data });
  const payment = payments.find(({ seq }) => seq === args?.[0]);
  const results: Record<string, unknown> = {
    replicaState: [ZERO_WORD, 3n, ZERO_WORD, 0, 0, 0],
    journalHead: [ZERO_WORD, 3n, ZERO_WORD],
    exitStatus: servedRecord('exitStatus', {}),
    payment: servedRecord('payment', { state: PAYMENT_STATES.indexOf(payment?.state ?? 'VOID') }),
  };
  // The ledger has a view of the same name as the vault's.
  const view = abi.filter((one) => 'name' in one && one.name === functionName).slice(0, 1);
  return encodeFunctionResult({ abi: view, functionName, result: results[functionName] as readonly unknown[] });
}

function queuedLog(vault: Hex, { seq }: ServedPayment, at: number): object {
  const args = { seq, account: ACCOUNT, recipient: RECIPIENT };
  return {
    address: vault,
    topics: encodeEventTopics({ abi: collateralVaultAbi, eventName: 'Queued', args }),
    data: encodeAbiParameters(
      ['uint16', 'uint128', 'uint40'].map((type) => ({ type })),
      [1, AMOUNT, 1],
    ),
    blockNumber: '0x20',
    blockHash: `0x${'b2'.repeat(32)}`,
    transactionHash: `0x${'cc'.repeat(32)}`,
    transactionIndex: '0x0',
    logIndex: numberToHex(at),
    removed: false,
  };
}

function receiptOf(vault: Hex, transactionHash: Hex, payment: ServedPayment | undefined): object | null {
  if (payment === undefined) return null;
  const { seq, outcome } = payment;
  const event: Omit<ServedLog, 'address'> =
    outcome === 'paid'
      ? {
          topics: encodeEventTopics({
            abi: collateralVaultAbi,
            eventName: 'Paid',
            args: { seq, feeTo: RECIPIENT },
          }) as Hex[],
          data: encodeAbiParameters([{ type: 'uint96' }], [0n]),
        }
      : {
          topics: encodeEventTopics({ abi: collateralVaultAbi, eventName: 'Claimable', args: { seq } }) as Hex[],
          data: encodeAbiParameters([{ type: 'uint8' }], [2]),
        };
  const place = { blockHash: `0x${'ab'.repeat(32)}`, blockNumber: '0x6a' };
  const logs = [{ address: vault, ...event }];
  return { transactionHash, ...place, gasUsed: '0x1', effectiveGasPrice: '0x1', status: '0x1', logs };
}
