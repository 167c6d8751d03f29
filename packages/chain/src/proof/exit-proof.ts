import {
  assetSlot,
  exitShareSlot,
  headerSlot,
  journalSlots,
  keccak256,
  lineSlot,
  operatorSlot,
  parseHeaderProtocols,
  parkedSlots,
  replicaSlots,
} from '@surety/contracts';
import { type Address, type BlockHash, type Bytes32, type Hex, bytes32, bytesToHex, hexToBytes } from '@surety/domain';
import { chainError } from '../errors.js';
import { parseBytes } from '../rpc/rpc-values.js';
import { verifyAccountProof } from './account-proof.js';
import { encodeHeader } from './header-hash.js';

/** Asks a node of the settlement chain; it must keep the state of the anchor block. */
export type AskNode = (method: string, params: readonly unknown[]) => Promise<unknown>;

/** Where an exit proves: the ledger in the block whose hash the vault keeps as its anchor. */
export interface ExitPlace {
  readonly ledger: Address;
  readonly anchor: BlockHash;
}

/** Nodes of one proof, top down. */
type Nodes = readonly Hex[];

/** The proof that `openExit` of a vault takes, beside the entries that the ledger had not applied. @source IVaultExit.sol */
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
  const proven = await proveSlots(ask, place, [journal.head, journal.count, applied.head, applied.count]);
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
  const { slots, values } = await proveSlots(ask, place, [headerSlot(place.account), ...rights]);
  const protocols = parseHeaderProtocols(BigInt(values[0] ?? 0n));
  const wanted = protocols.map((protocol) => exitShareSlot(place.account, protocol));
  const shares = wanted.length === 0 ? [] : (await proveSlots(ask, place, wanted)).slots;
  return { header: slots[0] ?? [], operator: slots[1] ?? [], shares, protocols };
}

/** Proves a line and where its asset's tokens are. @throws as {@link proveExitOpening}. */
export async function proveExitLine(
  ask: AskNode,
  place: ExitPlace & { account: Bytes32; assetId: number },
): Promise<{ readonly line: Nodes; readonly asset: Nodes }> {
  const { slots } = await proveSlots(ask, place, [lineSlot(place.account, place.assetId), assetSlot(place.assetId)]);
  return { line: slots[0] ?? [], asset: slots[1] ?? [] };
}

/** Proves a parked credit. @throws as {@link proveExitOpening}. */
export async function proveExitParked(
  ask: AskNode,
  place: ExitPlace & { source: number; index: bigint },
): Promise<{ readonly account: Nodes; readonly amount: Nodes; readonly scalings: Nodes }> {
  const parked = parkedSlots(place.source, place.index);
  const { slots } = await proveSlots(ask, place, [parked.account, parked.amount, parked.scalings]);
  return { account: slots[0] ?? [], amount: slots[1] ?? [], scalings: slots[2] ?? [] };
}

/** Asks for slots of the ledger in the anchor block, and verifies the answer as the vault will. */
async function proveSlots(
  ask: AskNode,
  place: ExitPlace,
  slots: readonly Bytes32[],
): Promise<{ header: Hex; account: Nodes; slots: readonly Nodes[]; values: readonly Bytes32[] }> {
  const block = fieldsOf(await ask('eth_getBlockByHash', [place.anchor, false]), 'the block');
  const header = encodeHeader(block);
  const hash = bytesToHex(keccak256(header));
  if (hash !== place.anchor) {
    throw chainError('BAD_HEADER', `the header hashes to ${hash}; expected the anchor ${place.anchor}`);
  }
  const answer = fieldsOf(await ask('eth_getProof', [place.ledger, slots, block['number']]), 'the proof');
  const account = nodesOf(answer['accountProof'], 'accountProof');
  const storage = listOf(answer['storageProof'], 'storageProof');
  const slotNodes = storage.map((each) => nodesOf(fieldsOf(each, 'storageProof')['proof'], 'storageProof.proof'));
  const proven = verifyAccountProof(
    {
      stateRoot: bytes32(String(block['stateRoot'])),
      address: place.ledger,
      slots,
      proof: { accountNodes: account.map(bytesOf), slotNodes: slotNodes.map((nodes) => nodes.map(bytesOf)) },
    },
    keccak256,
  );
  return { header: bytesToHex(header), account, slots: slotNodes, values: proven?.values ?? [] };
}

const bytesOf = (node: string): Uint8Array => hexToBytes(node);

function nodesOf(value: unknown, name: string): Nodes {
  return listOf(value, name).map((node) => parseBytes(node, name));
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw chainError('BAD_RESPONSE', `${name} is no list`);
  return value;
}

function fieldsOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) {
    throw chainError('BAD_RESPONSE', `${name} is missing; ask a node that keeps the state of that block`);
  }
  return value as Readonly<Record<string, unknown>>;
}
