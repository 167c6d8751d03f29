import {
  assetSlot,
  exitShareSlot,
  headerSlot,
  journalSlots,
  lineSlot,
  operatorSlot,
  parseHeaderProtocols,
  parkedSlots,
  parseJournalCountWord,
  parseReplicaCountWord,
  releasedSlot,
  replicaSlots,
  unsettledSlot,
} from '@surety/contracts';
import { type Address, type BlockHash, type Bytes32, type Hex, type JournalPosition, bytes32 } from '@surety/domain';
import { type AskNode, type Nodes, type SlotProofs, proveSlots } from './prove-slots.js';

const NOTHING = bytes32(`0x${'00'.repeat(32)}`);

/** The ledger at the block that the exit's proofs refer to: the block whose hash the vault stores as its anchor. */
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

/** A proven opening, with the positions that it shows. */
export interface ProvenOpening {
  readonly opening: ExitOpening;
  /** End of the ledger's journal for the vault. */
  readonly journal: JournalPosition;
  /** Where the ledger's replica of the vault's journal stood. */
  readonly applied: JournalPosition;
}

/**
 * Proofs needed by every claim of an account; `operator` is empty if the account's owner, or a protocol's claimant,
 * claims.
 */
export interface ExitClaimantProof {
  readonly header: Nodes;
  readonly operator: Nodes;
  /** One per protocol of the account, in the order of its header: its registered exit share. */
  readonly shares: readonly Nodes[];
  /** The ledger's indices of those protocols. */
  readonly protocols: readonly number[];
}

/**
 * Proves the ledger's journal for a vault, and how far the ledger has applied the vault's journal.
 * @throws BAD_HEADER if the node returns another block than the anchor; BAD_PROOF, BAD_RLP if it lies.
 */
export async function proveExitOpening(
  ask: AskNode,
  place: ExitPlace & { toVault: Bytes32; toLedger: Bytes32 },
): Promise<ProvenOpening> {
  const journal = journalSlots(place.toVault);
  const applied = replicaSlots(place.toLedger);
  const proven = await proveLedger(ask, place, [journal.head, journal.count, applied.head, applied.count]);
  const [head = [], count = [], replicaHead = [], replica = []] = proven.slots;
  const [headWord = NOTHING, countWord = NOTHING, appliedHead = NOTHING, appliedWord = NOTHING] = proven.values;
  return {
    opening: { header: proven.header, account: proven.account, head, count, replicaHead, replica },
    journal: { head: headWord, count: parseJournalCountWord(BigInt(countWord)).count },
    applied: { head: appliedHead, count: parseReplicaCountWord(BigInt(appliedWord)).count },
  };
}

/**
 * Proves an account's protocols with their registered exit shares, and the rights of an operator if one is given.
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

/** Proves a line, and which vault holds its asset. @throws as {@link proveExitOpening}. */
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

/** Proves the ledger's record of a stopped release. @throws as {@link proveExitOpening}. */
export async function proveExitStopped(
  ask: AskNode,
  place: ExitPlace & { source: number; seq: bigint },
): Promise<{ readonly record: Nodes }> {
  const { slots } = await proveLedger(ask, place, [releasedSlot(place.source, place.seq)]);
  return { record: slots[0] ?? [] };
}

/**
 * Proves the amounts of an asset that a rewind of the ledger left unsettled; the asset's first claim needs it.
 * @throws as {@link proveExitOpening}.
 */
export async function proveExitUnsettled(
  ask: AskNode,
  place: ExitPlace & { source: number; vaultAsset: number },
): Promise<Nodes> {
  return (await proveLedger(ask, place, [unsettledSlot(place.source, place.vaultAsset)])).slots[0] ?? [];
}

/** Proves storage slots of the ledger at the anchor block. */
function proveLedger(ask: AskNode, { ledger, anchor }: ExitPlace, slots: readonly Bytes32[]): Promise<SlotProofs> {
  return proveSlots(ask, { contract: ledger, block: anchor }, slots);
}
