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
import { type BridgeReads, type View, readView } from '../bridge-reads.js';
import type { WitnessSpec } from '../witness-spec.js';

/** One witness of one edge, in either direction. */
export interface WitnessedEdge {
  readonly source: number;
  readonly direction: EdgeDirection;
  readonly edge: Bytes32;
  /** Contract with the edge's replica, which confirms: the ledger, or the vault. */
  readonly replica: Address;
  readonly witness: WitnessSpec;
  /** Most gas of one call by simulation. */
  readonly gasCeiling: bigint;
}

/** The ends of a witness: beside the journal, and beside its replica. */
export function endsOf({ direction, witness }: WitnessedEdge): { readonly near: Address; readonly far: Address } {
  const [vault, ledger] = [address(witness.atVault.contract), address(witness.atLedger.contract)];
  return direction === 'to-ledger' ? { near: vault, far: ledger } : { near: ledger, far: vault };
}

/** Gives how many entries a journal has now, 0 where it is another edge's by now. @throws WITNESS_UNREADABLE. */
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
  const [name, count] = await readView<[Hex, bigint]>(reads, view, signal);
  return name === edge ? count : 0n;
}

/** Gives what has arrived at the far end, and what the replica makes of it. @throws WITNESS_UNREADABLE. */
export async function readRecord(at: WitnessedEdge, reads: BridgeReads, signal?: AbortSignal): Promise<WitnessRecord> {
  const end = { to: endsOf(at).far, abi: layerZeroWitnessAbi, args: [at.edge] };
  const [recorded, head] = await readView<[bigint, Hex, number]>(reads, { ...end, functionName: 'latest' }, signal);
  const broken = await readView<boolean>(reads, { ...end, functionName: 'isContradicted' }, signal);
  const { confirmed, conflicted } = await readConfirmed(at, reads, signal);
  return { recorded, head: bytes32(head), confirmed, conflicted: broken || conflicted };
}

/** Gives the head that the witness has told at a count, undefined for none. @throws WITNESS_UNREADABLE. */
export async function readHead(
  at: WitnessedEdge,
  reads: BridgeReads,
  count: bigint,
  signal?: AbortSignal,
): Promise<Bytes32 | undefined> {
  const view = { to: endsOf(at).far, abi: layerZeroWitnessAbi, functionName: 'headAt', args: [at.edge, count] };
  return unlessNone(await readView<Hex>(reads, view, signal));
}

/** Gives the head that the replica stored at a count, undefined for none. @throws WITNESS_UNREADABLE. */
export async function readMark(
  at: WitnessedEdge,
  reads: BridgeReads,
  count: bigint,
  signal?: AbortSignal,
): Promise<Bytes32 | undefined> {
  return unlessNone(await readView<Hex>(reads, viewOf(at, 'markOf', [count]), signal));
}

function unlessNone(head: Hex): Bytes32 | undefined {
  return head === ZERO_WORD ? undefined : bytes32(head);
}

/** Encodes the replica's comparison at a count with what the witness recorded. */
export function confirmCalldata(at: WitnessedEdge, count: bigint): Hex {
  return calldataOf(at, 'confirm', [at.witness.slot, count]);
}

/** Encodes the storing of the head at a count, from which the entries lead to the replica's own. */
export function markCalldata(
  at: WitnessedEdge,
  { count, head, packed }: { readonly count: bigint; readonly head: Bytes32; readonly packed: Uint8Array },
): Hex {
  return calldataOf(at, 'mark', [count, head, bytesToHex(packed)]);
}

/** Gives what the replica makes of the witness, and asks the witness nothing. @throws WITNESS_UNREADABLE. */
async function readConfirmed(
  at: WitnessedEdge,
  reads: BridgeReads,
  signal?: AbortSignal,
): Promise<Pick<WitnessRecord, 'confirmed' | 'conflicted'>> {
  const { slot } = at.witness;
  const view = viewOf(at, 'witnessOf', [slot]);
  if (at.direction === 'to-ledger') {
    const [, , conflicted, confirmed] = await readView<[Hex, boolean, boolean, bigint]>(reads, view, signal);
    return { confirmed, conflicted };
  }
  const [, confirmed] = await readView<[unknown, bigint]>(reads, view, signal);
  const policy = { to: at.replica, abi: collateralVaultAbi, functionName: 'witnessPolicy' };
  const [, counting] = await readView<[number, number, number, bigint]>(reads, policy, signal);
  // A vault counts a witness until it shows another head.
  return { confirmed, conflicted: (counting & (1 << slot)) === 0 };
}

/** The ledger's views and acts name the source, the vault's are about its one inbound edge. */
function argsOf({ direction, source }: WitnessedEdge, args: readonly unknown[]): readonly unknown[] {
  return direction === 'to-ledger' ? [source, ...args] : args;
}

function viewOf(at: WitnessedEdge, functionName: string, args: readonly unknown[]): View {
  const abi = at.direction === 'to-ledger' ? collateralLedgerAbi : collateralVaultAbi;
  return { to: at.replica, abi, functionName, args: argsOf(at, args) };
}

function calldataOf(at: WitnessedEdge, functionName: string, args: readonly unknown[]): Hex {
  const { abi } = viewOf(at, functionName, args);
  return encodeFunctionData({ abi, functionName, args: [...argsOf(at, args)] });
}
