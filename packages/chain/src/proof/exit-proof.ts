import {
  assetSlot,
  exitShareSlot,
  headerSlot,
  journalSlots,
  lineSlot,
  operatorSlot,
  parseHeaderProtocols,
  parkedSlots,
  releasedSlot,
  replicaSlots,
  unsettledSlot,
} from '@surety/contracts';
import type { Address, BlockHash, Bytes32, Hex } from '@surety/domain';
import { type AskNode, type Nodes, type ProvenSlots, proveSlots } from './prove-slots.js';

/** The block that an exit proves in: the ledger's, at the hash that the vault keeps as its anchor. */
export interface ExitPlace {
  readonly ledger: Address;
  readonly anchor: BlockHash;
}

/** The proof that a vault's `openExit` takes, besides the entries that the ledger had not applied. @source IVaultExit.sol */
export interface ExitOpening {
  readonly header: Hex;
  readonly account: Nodes;
  readonly head: Nodes;
  readonly count: Nodes;
  readonly replicaHead: Nodes;
  readonly replica: Nodes;
}

/** Proofs that every claim of an account needs; `operator` is empty if its owner, or a protocol's claimant, claims. */
export interface ExitClaimantProof {
  readonly header: Nodes;
  readonly operator: Nodes;
  /** One for each protocol of the account, in the order of its header: what it registered. */
  readonly shares: readonly Nodes[];
  /** The indices of those protocols at the ledger. */
  readonly protocols: readonly number[];
}

/**
 * Proves the ledger for a vault: its journal for the vault, and how far it has applied the vault's.
 * @throws BAD_HEADER if the node gives another block than the anchor; BAD_PROOF, BAD_RLP if it lies.
 */
export async function proveExitOpening(
  ask: AskNode,
  place: ExitPlace & { toVault: Bytes32; toLedger: Bytes32 },
): Promise<ExitOpening> {
  const journal = journalSlots(place.toVault);
  const applied = replicaSlots(place.toLedger);
  const proven = await proveLedger(ask, place, [journal.head, journal.count, applied.head, applied.count]);
  const [head, count, replicaHead, replica] = proven.slots;
  return {
    header: proven.header,
    account: proven.account,
    head: head ?? [],
    count: count ?? [],
    replicaHead: replicaHead ?? [],
    replica: replica ?? [],
  };
}

/**
 * Proves the protocols of an account with what each registered, and an operator's rights if one is named.
 * @throws as {@link proveExitOpening}.
 */
export async function proveExitClaimant(
  ask: AskNode,
  place: ExitPlace & { account: Bytes32; operator?: Address },
): Promise<ExitClaimantProof> {
  const rights = place.operator === undefined ? [] : [operatorSlot(place.account, place.operator)];
  const { slots, values } = await proveLedger(ask, place, [headerSlot(place.account), ...rights]);
  const protocols = parseHeaderProtocols(BigInt(values[0] ?? 0n));
  const wanted = protocols.map((protocol) => exitShareSlot(place.account, protocol));
  const shares = wanted.length === 0 ? [] : (await proveLedger(ask, place, wanted)).slots;
  return { header: slots[0] ?? [], operator: slots[1] ?? [], shares, protocols };
}

/** Proves a line and where its asset's tokens are. @throws as {@link proveExitOpening}. */
export async function proveExitLine(
  ask: AskNode,
  place: ExitPlace & { account: Bytes32; assetId: number },
): Promise<{ readonly line: Nodes; readonly asset: Nodes }> {
  const { slots } = await proveLedger(ask, place, [lineSlot(place.account, place.assetId), assetSlot(place.assetId)]);
  return { line: slots[0] ?? [], asset: slots[1] ?? [] };
}

/** Proves a parked credit. @throws as {@link proveExitOpening}. */
export async function proveExitParked(
  ask: AskNode,
  place: ExitPlace & { source: number; index: bigint },
): Promise<{ readonly account: Nodes; readonly amount: Nodes }> {
  const parked = parkedSlots(place.source, place.index);
  const { slots } = await proveLedger(ask, place, [parked.account, parked.amount]);
  return { account: slots[0] ?? [], amount: slots[1] ?? [] };
}

/** Proves the ledger's record of a release that its vault stopped. @throws as {@link proveExitOpening}. */
export async function proveExitStopped(
  ask: AskNode,
  place: ExitPlace & { source: number; seq: bigint },
): Promise<{ readonly record: Nodes }> {
  const { slots } = await proveLedger(ask, place, [releasedSlot(place.source, place.seq)]);
  return { record: slots[0] ?? [] };
}

/** Proves what a rewind of the ledger had not settled of an asset: its first claim needs it. @throws as {@link proveExitOpening}. */
export async function proveExitUnsettled(
  ask: AskNode,
  place: ExitPlace & { source: number; vaultAsset: number },
): Promise<Nodes> {
  return (await proveLedger(ask, place, [unsettledSlot(place.source, place.vaultAsset)])).slots[0] ?? [];
}

/** Proves slots of the ledger in the anchor block. */
function proveLedger(ask: AskNode, { ledger, anchor }: ExitPlace, slots: readonly Bytes32[]): Promise<ProvenSlots> {
  return proveSlots(ask, { contract: ledger, block: anchor }, slots);
}
