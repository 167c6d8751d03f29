import { collateralLedgerAbi, collateralVaultAbi, layerZeroWitnessAbi } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type EdgeDirection,
  type Hex,
  ZERO_WORD,
  address,
  bytes32,
  bytesToHex,
} from '@surety/domain';
import type { WitnessRecord } from '@surety/workflows';
import { encodeFunctionData } from 'viem';
import { type BridgeReads, type ContractView, readContractView } from '../bridge-reads.js';
import type { WitnessSpec } from '../witness-spec.js';

/** One witness of one edge, in one direction. */
export interface WitnessedEdge {
  readonly source: number;
  readonly direction: EdgeDirection;
  readonly edge: Bytes32;
  /** The contract with the edge's replica, ledger or vault, which compares heads with the witness. */
  readonly replica: Address;
  readonly witness: WitnessSpec;
  /** Largest simulated gas of one call. */
  readonly gasCeiling: bigint;
}

/** The two ends of a witness: beside the journal, and beside its replica. */
export function endsOf({ direction, witness }: WitnessedEdge): { readonly near: Address; readonly far: Address } {
  const [vault, ledger] = [address(witness.atVault.contract), address(witness.atLedger.contract)];
  return direction === 'to-ledger' ? { near: vault, far: ledger } : { near: ledger, far: vault };
}

/** Returns the journal's number of entries, 0 if it belongs to another edge by now. @throws WITNESS_UNREADABLE. */
export async function readJournalCount(
  of: Pick<WitnessedEdge, 'source' | 'direction' | 'edge'> & { readonly journal: Address },
  reads: BridgeReads,
  signal?: AbortSignal,
): Promise<bigint> {
  const { source, direction, edge, journal: to } = of;
  const view =
    direction === 'to-ledger'
      ? { to, abi: collateralVaultAbi, functionName: 'journalHead' }
      : { to, abi: collateralLedgerAbi, functionName: 'journalHead', args: [source] };
  const [name, count] = await readContractView<[Hex, bigint]>(reads, view, signal);
  return name === edge ? count : 0n;
}

/** Returns what has arrived at the far end, and how the replica counts it. @throws WITNESS_UNREADABLE. */
export async function readRecord(at: WitnessedEdge, reads: BridgeReads, signal?: AbortSignal): Promise<WitnessRecord> {
  const end = { to: endsOf(at).far, abi: layerZeroWitnessAbi, args: [at.edge] };
  const [recorded, head] = await readContractView<[bigint, Hex, number]>(
    reads,
    { ...end, functionName: 'latest' },
    signal,
  );
  const broken = await readContractView<boolean>(reads, { ...end, functionName: 'isContradicted' }, signal);
  const { confirmed, conflicted } = await readConfirmed(at, reads, signal);
  return { recorded, head: bytes32(head), confirmed, conflicted: broken || conflicted };
}

/** Returns the head that the witness recorded at a count; undefined if none. @throws WITNESS_UNREADABLE. */
export async function readHead(
  at: WitnessedEdge,
  reads: BridgeReads,
  count: bigint,
  signal?: AbortSignal,
): Promise<Bytes32 | undefined> {
  const view = { to: endsOf(at).far, abi: layerZeroWitnessAbi, functionName: 'headAt', args: [at.edge, count] };
  return unlessNone(await readContractView<Hex>(reads, view, signal));
}

/** Returns the head that the replica stored at a count; undefined if none. @throws WITNESS_UNREADABLE. */
export async function readMark(
  at: WitnessedEdge,
  reads: BridgeReads,
  count: bigint,
  signal?: AbortSignal,
): Promise<Bytes32 | undefined> {
  return unlessNone(await readContractView<Hex>(reads, viewOf(at, 'markOf', [count]), signal));
}

function unlessNone(head: Hex): Bytes32 | undefined {
  return head === ZERO_WORD ? undefined : bytes32(head);
}

/** Encodes the replica's comparison of its head at a count with the witness's record. */
export function confirmCalldata(at: WitnessedEdge, count: bigint): Hex {
  return calldataOf(at, 'confirm', [at.witness.slot, count]);
}

/** Encodes storing the head at a count as a mark; the entries prove that it leads to the replica's current head. */
export function markCalldata(
  at: WitnessedEdge,
  { count, head, packed }: { readonly count: bigint; readonly head: Bytes32; readonly packed: Uint8Array },
): Hex {
  return calldataOf(at, 'mark', [count, head, bytesToHex(packed)]);
}

/** Returns how the replica counts the witness, without reading the witness itself. @throws WITNESS_UNREADABLE. */
async function readConfirmed(
  at: WitnessedEdge,
  reads: BridgeReads,
  signal?: AbortSignal,
): Promise<Pick<WitnessRecord, 'confirmed' | 'conflicted'>> {
  const { slot } = at.witness;
  const view = viewOf(at, 'witnessOf', [slot]);
  if (at.direction === 'to-ledger') {
    const [, , conflicted, confirmed] = await readContractView<[Hex, boolean, boolean, bigint]>(reads, view, signal);
    return { confirmed, conflicted };
  }
  const [, confirmed] = await readContractView<[unknown, bigint]>(reads, view, signal);
  const policy = { to: at.replica, abi: collateralVaultAbi, functionName: 'witnessPolicy' };
  const [, counting] = await readContractView<[number, number, number, bigint]>(reads, policy, signal);
  // A vault counts a witness until it shows a different head.
  return { confirmed, conflicted: (counting & (1 << slot)) === 0 };
}

/** The ledger's functions take the source as an argument; the vault has only one inbound edge. */
function argsOf({ direction, source }: WitnessedEdge, args: readonly unknown[]): readonly unknown[] {
  return direction === 'to-ledger' ? [source, ...args] : args;
}

function viewOf(at: WitnessedEdge, functionName: string, args: readonly unknown[]): ContractView {
  const abi = at.direction === 'to-ledger' ? collateralLedgerAbi : collateralVaultAbi;
  return { to: at.replica, abi, functionName, args: argsOf(at, args) };
}

function calldataOf(at: WitnessedEdge, functionName: string, args: readonly unknown[]): Hex {
  const { abi } = viewOf(at, functionName, args);
  return encodeFunctionData({ abi, functionName, args: [...argsOf(at, args)] });
}
