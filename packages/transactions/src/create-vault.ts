import { attesterSetAbi, collateralVaultAbi } from '@surety/contracts';
import { type Address, type Hex, address, bytes32, bytesToHex, unpackEntry } from '@surety/domain';
import {
  type AttestedStatement,
  type EntryBatch,
  PAYMENT_STATES,
  REPLICA_STATES,
  type ReplicaPosition,
  type TransactionCall,
  type TransactionSender,
  type Vault,
  type VaultHolding,
  type VaultPayment,
} from '@surety/workflows';
import { type Abi, decodeFunctionResult, encodeFunctionData, erc20Abi, parseAbi } from 'viem';
import type { ChainReads } from './chain-reads.js';
import { transactionError } from './errors.js';
import { judgeMarked } from './judge-marked.js';
import { PAY_GAS, VAULT_STALE_AFTER_S } from './limits.js';
import { rewoundOf } from './rewound.js';
import type { Rpc } from './rpc.js';

/** Custom errors of every contract that a call to a vault can revert in. */
export const VAULT_ERRORS: Abi = [...collateralVaultAbi, ...attesterSetAbi].filter((item) => item.type === 'error');

/** Calls that anyone may make, implemented in several modules of the vault. */
const ACTS = parseAbi(['function report(uint16 asset)', 'function noteCode(uint16 asset)']);

/** Bits of an asset's flags: a shortage is on record; the exit has ended the asset. @source VaultBase.sol */
const ASSET_FLAGS = { short: 4, ended: 128 } as const;

const WAD = 10n ** 18n;

/** Bits of a payment's flags: it waits for a confirmation; its REFUND is in the journal. @source VaultTypes.sol */
const PAYMENT_FLAGS = { waits: 1, refunded: 8 } as const;

/** A vault's address, and the settings for its calls. */
export interface VaultOptions {
  readonly rpc: Rpc;
  readonly reads: ChainReads;
  readonly sender: TransactionSender;
  readonly vault: Address;
  /** The ledger's index of this vault. */
  readonly source: number;
  /** Address on the vault's chain that receives the fees of payments. */
  readonly feeTo: Address;
  /** Largest simulated gas of one batch, and of one payment. */
  readonly gasCeiling: bigint;
}

/** Creates the port through which a relayer reads a vault, applies releases to it and pays them. */
export function createVault(options: VaultOptions): Vault {
  const { reads, sender, gasCeiling, vault: to, feeTo } = options;
  const readReplica = (signal?: AbortSignal) => readReplicaOf(options, signal);
  const readPayment = (seq: bigint, signal?: AbortSignal) => readPaymentOf(options, seq, signal);
  return {
    readReplica,
    readPayment,
    readConfirmed: (signal) => readConfirmedOf(options, signal),
    distrustProvider: () => options.rpc.rotate(),
    applyReleases: async (batch, signal) => {
      const landed = await sender.land(
        {
          purpose: 'apply-releases',
          priority: 'release',
          to,
          calldata: applyReleasesCalldata(batch),
          gasCeiling,
          readEffect: async (inner) => (await readReplica(inner)).count >= batch.attested.statement.count,
        },
        signal,
      );
      return judgeMarked(reads, landed, { marks: batch.marks ?? [], contract: to, abi: collateralVaultAbi }, signal);
    },
    refresh: (attested, signal) =>
      sender.land(
        {
          purpose: 'refresh',
          priority: 'upkeep',
          to,
          calldata: refreshVaultCalldata(attested),
          gasCeiling,
          readEffect: async (inner) => (await readReplica(inner)).asOf >= attested.statement.asOf,
        },
        signal,
      ),
    pay: ({ seq, packed }, signal) =>
      sender.land(
        {
          purpose: 'pay',
          priority: 'release',
          to,
          calldata: payCalldata({ seq, packed, feeTo }),
          gasCeiling,
          // CLAIMABLE counts as done too: `pay` can do nothing more for this payment.
          readEffect: async (inner) => !['NONE', 'QUEUED'].includes((await readPayment(seq, inner)).state),
        },
        signal,
      ),
    takeLoss: ({ seq, packed }, signal) =>
      sender.land(
        {
          purpose: 'take-loss',
          priority: 'upkeep',
          to,
          calldata: takeLossCalldata({ seq, packed }),
          gasCeiling,
          readEffect: async (inner) => !['NONE', 'QUEUED'].includes((await readPayment(seq, inner)).state),
        },
        signal,
      ),
    ...wayBack(options, readPayment),
    readHolding: (asset, signal) => readHoldingOf(options, asset, signal),
    report: (asset, signal) => sender.land(recordCall(options, 'report', asset), signal),
    noteCode: (asset, signal) => sender.land(recordCall(options, 'noteCode', asset), signal),
    async readPayCostWei(signal) {
      const { baseFeePerGas, tipPerGas } = await reads.readMarket(signal);
      return PAY_GAS * (baseFeePerGas + tipPerGas);
    },
  };
}

/** Builds the calls that return payments to the lines they were debited from. */
function wayBack(
  { sender, vault: to, gasCeiling }: VaultOptions,
  readPayment: Vault['readPayment'],
): Pick<Vault, 'giveBack' | 'refund'> {
  const common = { priority: 'upkeep', to, gasCeiling } as const;
  return {
    giveBack: ({ seq, packed }, signal) =>
      sender.land(
        {
          ...common,
          purpose: 'give-back',
          calldata: giveBackCalldata({ seq, packed }),
          readEffect: async (inner) => (await readPayment(seq, inner)).state !== 'CLAIMABLE',
        },
        signal,
      ),
    refund: ({ seq, packed }, signal) =>
      sender.land(
        {
          ...common,
          purpose: 'refund',
          calldata: refundCalldata({ seq, packed }),
          // A further refund of the same payment waits until `readyAt`.
          readEffect: async (inner) => {
            const { isRefunded, readyAt, timestamp } = await readPayment(seq, inner);
            return isRefunded && readyAt > timestamp;
          },
        },
        signal,
      ),
  };
}

/**
 * Builds a call that records what the vault finds about an asset. The vault rejects a repeated record, so an overtaken
 * call fails in simulation.
 */
function recordCall(
  { vault: to, gasCeiling }: VaultOptions,
  act: 'report' | 'noteCode',
  asset: number,
): TransactionCall {
  const calldata = encodeFunctionData({ abi: ACTS, functionName: act, args: [asset] });
  const purpose = act === 'report' ? 'report' : 'note-code';
  return { purpose, priority: 'upkeep', to, calldata, gasCeiling, readEffect: async () => false };
}

/** Encodes `applyReleases` of one batch. */
export function applyReleasesCalldata(batch: EntryBatch): Hex {
  const { statement, signatures } = batch.attested;
  return encodeFunctionData({
    abi: collateralVaultAbi,
    functionName: 'applyReleases',
    args: [batch.from, bytesToHex(batch.packed), batch.marks ?? [], statement, signatures],
  });
}

/** Encodes a vault's `refresh` of one statement. */
export function refreshVaultCalldata({ statement, signatures }: AttestedStatement): Hex {
  return encodeFunctionData({ abi: collateralVaultAbi, functionName: 'refresh', args: [statement, signatures] });
}

/** Encodes `pay` of one payment. */
export function payCalldata(payment: {
  readonly seq: bigint;
  readonly packed: Uint8Array;
  readonly feeTo: Address;
}): Hex {
  const args = [payment.seq, bytesToHex(payment.packed), payment.feeTo] as const;
  return encodeFunctionData({ abi: collateralVaultAbi, functionName: 'pay', args });
}

/** Encodes `takeLoss` of one loss. */
export function takeLossCalldata(loss: { readonly seq: bigint; readonly packed: Uint8Array }): Hex {
  const args = [loss.seq, bytesToHex(loss.packed)] as const;
  return encodeFunctionData({ abi: collateralVaultAbi, functionName: 'takeLoss', args });
}

/** Encodes `giveBack` of one payment. */
export function giveBackCalldata(payment: { readonly seq: bigint; readonly packed: Uint8Array }): Hex {
  const args = [payment.seq, bytesToHex(payment.packed)] as const;
  return encodeFunctionData({ abi: collateralVaultAbi, functionName: 'giveBack', args });
}

/** Encodes `refund` of one stopped payment by its entry. */
export function refundCalldata({ seq, packed }: { readonly seq: bigint; readonly packed: Uint8Array }): Hex {
  const { asset, amount, account } = unpackEntry(packed);
  return encodeFunctionData({ abi: collateralVaultAbi, functionName: 'refund', args: [seq, asset, amount, account] });
}

async function readReplicaOf(options: VaultOptions, signal?: AbortSignal): Promise<ReplicaPosition> {
  const head = await options.reads.readHead('latest', signal);
  const abi = collateralVaultAbi;
  const [state, rewind] = await Promise.all(
    (['replicaState', 'rewindOf'] as const).map((functionName) => {
      const calldata = encodeFunctionData({ abi, functionName });
      return readView(options, { calldata, name: `${functionName}()` }, head.height, signal);
    }),
  );
  const [edge, count, replicaHead, asOf, , stateIndex] = decodeFunctionResult({
    abi,
    functionName: 'replicaState',
    data: state ?? '0x',
  });
  const [generation, next, , , pointHead] = decodeFunctionResult({
    abi,
    functionName: 'rewindOf',
    data: rewind ?? '0x',
  });
  return {
    source: options.source,
    edge: bytes32(edge),
    rewound: rewoundOf({ generation, next, head: pointHead }),
    count,
    head: bytes32(replicaHead),
    asOf: BigInt(asOf),
    state: REPLICA_STATES[stateIndex] ?? 'NONE',
    staleAfterS: VAULT_STALE_AFTER_S,
    height: head.height,
    timestamp: head.timestamp,
  };
}

async function readPaymentOf(options: VaultOptions, seq: bigint, signal?: AbortSignal): Promise<VaultPayment> {
  const head = await options.reads.readHead('latest', signal);
  const calldata = encodeFunctionData({ abi: collateralVaultAbi, functionName: 'payment', args: [seq] });
  const bytes = await readView(options, { calldata, name: `payment(${seq})` }, head.height, signal);
  const payment = decodeFunctionResult({ abi: collateralVaultAbi, functionName: 'payment', data: bytes });
  return {
    entryHash: payment.entryHash,
    readyAt: BigInt(payment.readyAt),
    state: PAYMENT_STATES[payment.state] ?? 'VOID',
    waits: (payment.flags & PAYMENT_FLAGS.waits) !== 0,
    isRefunded: (payment.flags & PAYMENT_FLAGS.refunded) !== 0,
    timestamp: head.timestamp,
  };
}

async function readHoldingOf(options: VaultOptions, asset: number, signal?: AbortSignal): Promise<VaultHolding> {
  const { reads, vault } = options;
  const { height } = await reads.readHead('latest', signal);
  const calldata = encodeFunctionData({ abi: collateralVaultAbi, functionName: 'assetOf', args: [asset] });
  const bytes = await readView(options, { calldata, name: `assetOf(${asset})` }, height, signal);
  const kept = decodeFunctionResult({ abi: collateralVaultAbi, functionName: 'assetOf', data: bytes });
  const question = encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [vault] });
  const answer = await reads.call({ to: address(kept.token), calldata: question }, height, signal);
  const isBalance = answer.kind === 'answer' && answer.bytes.length >= 66;
  const isShort = (kept.flags & ASSET_FLAGS.short) !== 0;
  return {
    accounted: kept.accounted,
    held: isBalance ? BigInt(answer.bytes.slice(0, 66)) : null,
    reportedWad: isShort ? kept.coverage : WAD,
    shortSince: BigInt(kept.shortSince),
    hasEnded: (kept.flags & ASSET_FLAGS.ended) !== 0,
  };
}

async function readConfirmedOf(options: VaultOptions, signal?: AbortSignal): Promise<bigint> {
  const head = await options.reads.readHead('latest', signal);
  const calldata = encodeFunctionData({ abi: collateralVaultAbi, functionName: 'witnessPolicy' });
  const bytes = await readView(options, { calldata, name: 'witnessPolicy()' }, head.height, signal);
  const [, , , confirmed] = decodeFunctionResult({
    abi: collateralVaultAbi,
    functionName: 'witnessPolicy',
    data: bytes,
  });
  return confirmed;
}

async function readView(
  { reads, vault }: VaultOptions,
  view: { readonly calldata: Hex; readonly name: string },
  height: ReplicaPosition['height'],
  signal?: AbortSignal,
): Promise<Hex> {
  const answer = await reads.call({ to: vault, calldata: view.calldata }, height, signal);
  if (answer.kind === 'answer' && answer.bytes !== '0x') return answer.bytes;
  const seen = answer.kind === 'answer' ? 'no code' : answer.revert.detail;
  throw transactionError(
    'NO_VAULT',
    `${view.name} of ${vault} gave ${seen}; expected a vault; check chains[].vault.address in chains.config.json`,
    { vault },
  );
}
