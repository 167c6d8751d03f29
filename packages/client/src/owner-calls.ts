import { collateralLedgerAbi, collateralVaultAbi, lockGatewayAbi } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, bytes32 } from '@surety/domain';
import { type Log, encodeFunctionData, erc20Abi, pad, parseEventLogs } from 'viem';

/** A call for a wallet to sign: its target, its calldata, and the coin that goes with it. */
export interface OwnerCall {
  readonly to: Address;
  readonly data: Hex;
  /** Wei. */
  readonly value: bigint;
}

/** A lock; amounts in token units. */
export interface LockOrder {
  readonly vault: Address;
  /** The vault's own number of the token. */
  readonly vaultAsset: number;
  readonly amount: bigint;
  readonly account: Bytes32;
  /** Part of the amount that goes to whoever applies the lock. */
  readonly fee: bigint;
}

/** A release; amounts in token units. */
export interface ReleaseOrder {
  readonly ledger: Address;
  readonly account: Bytes32;
  /** The ledger's number of the asset. */
  readonly assetId: number;
  readonly amount: bigint;
  /** Address on the vault's chain. */
  readonly recipient: Address;
  readonly fee: bigint;
}

/** The memo of a lock that has none. */
const NO_MEMO = `0x${'0'.repeat(64)}` as const;

/** Encodes an approval of exactly an amount. @source ERC-20 approve */
export function approveCall(of: {
  readonly token: Address;
  readonly spender: Address;
  readonly amount: bigint;
}): OwnerCall {
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [of.spender, of.amount] });
  return { to: of.token, data, value: 0n };
}

/** Encodes a lock of a token that the vault was approved for. @source ICollateralVault.lock */
export function lockCall({ vault, vaultAsset, amount, account, fee }: LockOrder): OwnerCall {
  const args = [vaultAsset, amount, account, NO_MEMO, fee, 0] as const;
  return { to: vault, data: encodeFunctionData({ abi: collateralVaultAbi, functionName: 'lock', args }), value: 0n };
}

/** Encodes a lock of the chain's coin, which a gateway wraps; the amount is the coin sent. @source ILockGateway.lockNative */
export function lockCoinCall({ vault, amount, account, fee }: LockOrder, gateway: Address): OwnerCall {
  const args = [vault, account, NO_MEMO, fee, 0] as const;
  const data = encodeFunctionData({ abi: lockGatewayAbi, functionName: 'lockNative', args });
  return { to: gateway, data, value: amount };
}

/** Encodes the request of a release, by the account's owner or operator. @source ICollateralLedger.requestRelease */
export function releaseCall({ ledger, account, assetId, amount, recipient, fee }: ReleaseOrder): OwnerCall {
  const args = [account, assetId, amount, pad(recipient), fee] as const;
  return {
    to: ledger,
    data: encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'requestRelease', args }),
    value: 0n,
  };
}

/** A protocol that may require margin of an account, or may no longer. */
export interface OptOrder {
  readonly ledger: Address;
  readonly account: Bytes32;
  readonly protocol: Address;
}

/**
 * Encodes letting a protocol require margin of an account, or leaving it; the ledger gives one that fails notice instead.
 * @source ILedgerProtocols.optIn, optOut
 */
export function optingCall(functionName: 'optIn' | 'optOut', { ledger, account, protocol }: OptOrder): OwnerCall {
  const data = encodeFunctionData({ abi: collateralLedgerAbi, functionName, args: [account, protocol] });
  return { to: ledger, data, value: 0n };
}

/** Outcome of an opt-in or opt-out: the account is in, out, or may leave from a time in seconds. */
export type OptOutcome =
  | { readonly kind: 'in' | 'out' }
  | { readonly kind: 'notice'; readonly endsAt: bigint }
  | { readonly kind: 'unchanged' };

/** An event as the receipt of a transaction has it. */
export interface ReceiptEvent {
  readonly address: string;
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

/** Reads the outcome of an opt-in or opt-out from its receipt. @source ICollateralLedger.OptedIn, OptedOut, NoticeGiven */
export function findOptOutcome(logs: readonly ReceiptEvent[], ledger: Address): OptOutcome {
  const names = ['OptedIn', 'OptedOut', 'NoticeGiven'] as const;
  const told = parseEventLogs({ abi: collateralLedgerAbi, eventName: [...names], logs: logsOf(logs, ledger) }).at(-1);
  if (told === undefined) return { kind: 'unchanged' };
  if (told.eventName === 'NoticeGiven') return { kind: 'notice', endsAt: told.args.endsAt };
  return { kind: told.eventName === 'OptedIn' ? 'in' : 'out' };
}

/** An entry that a transaction added to a journal. */
export interface AddedEntry {
  /** `<edge>:<index>`: the name under which an aggregator explains it. */
  readonly id: string;
  readonly edge: Bytes32;
  readonly index: bigint;
  /** Token units: of a lock what arrived, of a release what left the line. */
  readonly amount: bigint;
}

/** Returns the last entry that a vault tells of in a receipt; undefined if it tells of none. @source ICollateralVault.Locked */
export function findLocked(logs: readonly ReceiptEvent[], vault: Address): AddedEntry | undefined {
  const locked = parseEventLogs({ abi: collateralVaultAbi, eventName: 'Locked', logs: logsOf(logs, vault) }).at(-1);
  return locked === undefined ? undefined : entryOf(locked.args);
}

/** Returns the first release that a ledger tells of in a receipt; undefined if it tells of none. @source ICollateralLedger.Released */
export function findReleased(logs: readonly ReceiptEvent[], ledger: Address): AddedEntry | undefined {
  const [released] = parseEventLogs({ abi: collateralLedgerAbi, eventName: 'Released', logs: logsOf(logs, ledger) });
  return released === undefined ? undefined : entryOf(released.args);
}

/** Returns the logs of one contract: others may tell of events of the same shape. */
export function logsOf(logs: readonly ReceiptEvent[], contract: Address): Log[] {
  const own = logs.filter((log) => log.address.toLowerCase() === contract.toLowerCase());
  // Reading an event takes topics and data alone.
  return own as unknown as Log[];
}

function entryOf({ edge, index, amount }: { edge: Hex; index: bigint; amount: bigint }): AddedEntry {
  return { id: `${edge}:${index}`, edge: bytes32(edge), index, amount };
}
