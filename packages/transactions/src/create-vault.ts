import { attesterSetAbi, collateralVaultAbi } from '@surety/contracts';
import {
  type Address,
  AppError,
  type Entry,
  type Hex,
  address,
  bytes32,
  bytesToHex,
  mulDivDown,
  unpackEntry,
} from '@surety/domain';
import {
  PAYMENT_STATES,
  REPLICA_STATES,
  type ReplicaPosition,
  type TransactionSender,
  type Vault,
  type VaultHolding,
  type VaultPayment,
} from '@surety/workflows';
import { type Abi, encodeFunctionData, erc20Abi } from 'viem';
import type { ChainReads } from './chain-reads.js';
import { transactionError } from './errors.js';
import { judgeMarked } from './judge-marked.js';
import { landActs } from './land-acts.js';
import { PAY_GAS, VAULT_STALE_AFTER_S } from './limits.js';
import { readViews } from './read-views.js';
import { rewoundOf } from './rewound.js';
import type { Rpc } from './rpc.js';

/** Custom errors of every contract that a call to a vault can revert in. */
export const VAULT_ERRORS: Abi = [...collateralVaultAbi, ...attesterSetAbi].filter((item) => item.type === 'error');

/** Bits of an asset's flags: a shortage is on record; the exit has ended the asset. @source VaultBase.sol */
const ASSET_FLAGS = { short: 4, ended: 128 } as const;

const WAD = 10n ** 18n;

const ZERO_ADDRESS = address(`0x${'0'.repeat(40)}`);

/** Gas of a tried transfer and lock: what the vault gives, and 50,000 for the start of a call. @source CollateralVault.sol */
const TRY_GAS = { transfer: 350_000n, lock: 650_000n } as const;

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
  const abi = collateralVaultAbi;
  const act = landActs({ sender, to, abi, gasCeiling });
  const readReplica = (signal?: AbortSignal) => readReplicaOf(options, signal);
  const readPayment = (seq: bigint, signal?: AbortSignal) => readPaymentOf(options, seq, signal);
  // CLAIMABLE counts as done too: neither call can do anything more for this payment.
  const effectOn = (seq: bigint) => async (signal?: AbortSignal) =>
    !['NONE', 'QUEUED'].includes((await readPayment(seq, signal)).state);
  return {
    readReplica,
    readPayment,
    readConfirmed: async (signal) => {
      const { height } = await reads.readHead('latest', signal);
      const [, , , confirmed] = await viewsOf(options)('witnessPolicy', [], height, signal);
      return confirmed;
    },
    distrustProvider: () => options.rpc.rotate(),
    applyReleases: async ({ from, packed, marks = [], attested }, signal) => {
      const { statement, signatures } = attested;
      const readEffect = async (inner?: AbortSignal) => (await readReplica(inner)).count >= statement.count;
      const call = { purpose: 'apply-releases', priority: 'release', readEffect } as const;
      const args = [from, bytesToHex(packed), marks, statement, signatures] as const;
      return judgeMarked(reads, await act('applyReleases', args, call, signal), { marks, contract: to, abi }, signal);
    },
    refresh: ({ statement, signatures }, signal) => {
      const readEffect = async (inner?: AbortSignal) => (await readReplica(inner)).asOf >= statement.asOf;
      const call = { purpose: 'refresh', priority: 'upkeep', readEffect } as const;
      return act('refresh', [statement, signatures], call, signal);
    },
    pay: ({ seq, packed }, signal) => {
      const call = { purpose: 'pay', priority: 'release', readEffect: effectOn(seq) } as const;
      return act('pay', [seq, bytesToHex(packed), feeTo], call, signal);
    },
    takeLoss: ({ seq, packed }, signal) => {
      const call = { purpose: 'take-loss', priority: 'upkeep', readEffect: effectOn(seq) } as const;
      return act('takeLoss', [seq, bytesToHex(packed)], call, signal);
    },
    tryTransfer: (release, signal) => tryTransferOf(options, release, signal),
    ...wayBack(options, readPayment),
    readHolding: (asset, signal) => readHoldingOf(options, asset, signal),
    // The vault rejects a repeated record, so an overtaken call fails in simulation.
    report: (asset, signal) => act('report', [asset], { purpose: 'report', priority: 'upkeep' }, signal),
    noteCode: (asset, signal) => act('noteCode', [asset], { purpose: 'note-code', priority: 'upkeep' }, signal),
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
  const { height, timestamp } = await options.reads.readHead('latest', signal);
  const view = viewsOf(options);
  const [[edge, count, head, asOf, , stateIndex], [generation, next, , , pointHead]] = await Promise.all([
    view('replicaState', [], height, signal),
    view('rewindOf', [], height, signal),
  ]);
  return {
    source: options.source,
    edge: bytes32(edge),
    rewound: rewoundOf({ generation, next, head: pointHead }),
    count,
    head: bytes32(head),
    asOf: BigInt(asOf),
    state: REPLICA_STATES[stateIndex] ?? 'NONE',
    staleAfterS: VAULT_STALE_AFTER_S,
    height,
    timestamp,
  };
}

async function readPaymentOf(options: VaultOptions, seq: bigint, signal?: AbortSignal): Promise<VaultPayment> {
  const { height, timestamp } = await options.reads.readHead('latest', signal);
  const { entryHash, readyAt, state, flags } = await viewsOf(options)('payment', [seq], height, signal);
  return {
    entryHash,
    readyAt: BigInt(readyAt),
    state: PAYMENT_STATES[state] ?? 'VOID',
    waits: (flags & PAYMENT_FLAGS.waits) !== 0,
    isRefunded: (flags & PAYMENT_FLAGS.refunded) !== 0,
    timestamp,
  };
}

async function readAssetOf(options: VaultOptions, asset: number, signal?: AbortSignal) {
  const { reads, vault } = options;
  const { height } = await reads.readHead('latest', signal);
  const kept = await viewsOf(options)('assetOf', [asset], height, signal);
  const calldata = encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [vault] });
  const answer = await orHalt(reads.call({ to: address(kept.token), calldata }, height, signal));
  const isBalance = answer.kind === 'answer' && answer.bytes.length >= 66;
  return { kept, held: isBalance ? BigInt(answer.bytes.slice(0, 66)) : null, height };
}

/**
 * With which nodes say that a contract ended in an invalid instruction, as `assert` and a division by 0 did before Solidity 0.8. Any
 * other refusal may be the provider's own, and says nothing about the token.
 */
const HALT_WORDS = /invalid ?(?:fe)? ?opcode|opcode ?not ?found|bad ?instruction|invalid ?jump|stack ?underflow/i;

/** Takes a call that the contract itself ended without a revert as one that gives nothing. @throws every other error. */
async function orHalt<Answer>(asked: Promise<Answer>): Promise<Answer | { readonly kind: 'halted' }> {
  try {
    return await asked;
  } catch (error) {
    const isHalt = error instanceof AppError && error.code === 'RPC_REFUSED';
    if (!isHalt || !HALT_WORDS.test(String(error.context['detail']))) throw error;
    return { kind: 'halted' };
  }
}

/** Makes the vault's call to itself by which `_execute` sends, as the vault, with the gas that it gives. */
async function tryTransferOf(options: VaultOptions, release: Entry, signal?: AbortSignal): Promise<boolean> {
  const { reads, vault, feeTo } = options;
  const { kept, held, height } = await readAssetOf(options, release.asset, signal);
  const token = address(kept.token);
  const recipient = address(`0x${release.party.slice(-40)}`);
  if (BigInt(release.party) >> 160n !== 0n || [ZERO_ADDRESS, vault, token].includes(recipient)) return false;
  // A token without a balance reverts `pay` itself, which its simulation shows.
  if (held === null) return true;
  const isShort = held < kept.accounted;
  const out = isShort ? mulDivDown(release.amount, held, kept.accounted) : release.amount;
  const fee = isShort ? mulDivDown(release.fee, out, release.amount) : release.fee;
  const amount = recipient === feeTo ? out : out - fee;
  // Nothing is sent where all of it is fee. What no vault records, `pay` refuses in its simulation.
  if (amount <= 0n) return true;
  if (amount > held) return false;
  const isSuccessor = address(await viewsOf(options)('successor', [], height, signal)) === recipient;
  const rest = held - amount;
  const calldata = isSuccessor
    ? encodeFunctionData({
        abi: collateralVaultAbi,
        functionName: 'lockExactly',
        args: [token, amount, release.account, rest],
      })
    : encodeFunctionData({
        abi: collateralVaultAbi,
        functionName: 'transferExactly',
        args: [token, recipient, amount, rest],
      });
  const gas = isSuccessor ? TRY_GAS.lock : TRY_GAS.transfer;
  return (await reads.call({ from: vault, to: vault, calldata, gas }, height, signal)).kind === 'answer';
}

async function readHoldingOf(options: VaultOptions, asset: number, signal?: AbortSignal): Promise<VaultHolding> {
  const { kept, held } = await readAssetOf(options, asset, signal);
  const isShort = (kept.flags & ASSET_FLAGS.short) !== 0;
  return {
    accounted: kept.accounted,
    held,
    reportedWad: isShort ? kept.coverage : WAD,
    shortSince: BigInt(kept.shortSince),
    hasEnded: (kept.flags & ASSET_FLAGS.ended) !== 0,
  };
}

function viewsOf({ reads, vault }: VaultOptions) {
  return readViews({
    reads,
    to: vault,
    abi: collateralVaultAbi,
    missing: ({ name, args }, seen) =>
      transactionError(
        'NO_VAULT',
        `${name}(${args.join(', ')}) of ${vault} gave ${seen}; expected a vault; check chains[].vault.address in chains.config.json`,
        { vault },
      ),
  });
}
