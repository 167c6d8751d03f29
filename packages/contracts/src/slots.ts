import {
  type Address,
  type Bytes32,
  address,
  asciiToBytes,
  bytesToHex,
  bytesToUint,
  bytes32,
  concatBytes,
  hexToBytes,
  uintToBytes,
} from '@surety/domain';
import { portableKeccak256 as keccak256 } from './portable-keccak256.js';

/** The two slots that prove a journal: everything it ever said is committed to by `head`. */
export interface JournalSlots {
  readonly head: Bytes32;
  /** count u64 | lastAppend u40, from the lowest bit. */
  readonly count: Bytes32;
}

/** The slots of a replica. @source ReplicaLib.sol */
export interface ReplicaSlots {
  readonly head: Bytes32;
  /** count u64 | confirmed u64 | asOf u40 | acceptedAt u40 | state u8 | generation u32, from the lowest bit. */
  readonly count: Bytes32;
  readonly anchor: Bytes32;
  readonly marks: Bytes32;
  readonly confirmedBy: Bytes32;
}

/** The slots that say under which name a replica is addressed. @source RewindLib.sol */
export interface RewindSlots {
  /** Name that statements carry now; 0 while the replica was never rewound. */
  readonly name: Bytes32;
  /** Name that it takes at the end of the rewind that runs; 0 while none runs. */
  readonly next: Bytes32;
  /** count u64 | point u64, from the lowest bit; both stay when the rewind is over. */
  readonly counts: Bytes32;
}

/** The fields of a journal's second slot. */
export interface JournalCountWord {
  readonly count: bigint;
  /** Block time of the last entry, in seconds. */
  readonly lastAppend: bigint;
}

/** Fields of a replica's second slot besides its count. */
export interface ReplicaCountWord {
  readonly count: bigint;
  /** Number of rewinds. */
  readonly generation: number;
}

/** The fields of an asset's first slot at the ledger that say which token of which vault it is. */
export interface AssetPlaceWord {
  readonly source: number;
  readonly vaultAsset: number;
  readonly decimals: number;
}

/** The slots of a source at the ledger that never change once it is listed. */
export interface SourceSlots {
  /** First name of the edge to the ledger; 0 if the source is not listed. */
  readonly edge: Bytes32;
  /** First name of the edge to the vault. */
  readonly outboundEdge: Bytes32;
  /** vault address | originChainId u64, from the lowest bit. */
  readonly place: Bytes32;
}

/** The terms of an asset at the ledger that never change. */
export interface AssetTermsWord extends AssetPlaceWord {
  /** Price slot of the underlying. */
  readonly underlying: number;
  /** Price slot of the asset's own feed, 0 for none. */
  readonly ownPrice: number;
}

/** The slots of an asset at its vault. @source VaultBase.VaultAsset */
export interface VaultAssetSlots {
  /** Address of the token, in the lowest 20 bytes. */
  readonly token: Bytes32;
  /** Accounted units, in the lowest 104 bits. */
  readonly accounted: Bytes32;
  /** Units of payments that are recorded and not made, in the lowest 104 bits. */
  readonly owed: Bytes32;
}

/** The order in which a compiler hashes the key of a mapping and the mapping's own slot: Solidity's, or Vyper's. */
export type MappingOrder = 'key-first' | 'slot-first';

/** The ledger's own slots that proofs show. @source LedgerSlots.sol, LedgerStorage.sol */
const LEDGER_SLOTS = {
  lines: 0n,
  headers: 2n,
  operators: 5n,
  assets: 6n,
  sources: 8n,
  parked: 11n,
  released: 12n,
  assetCount: 15n,
  auctionNext: 21n,
  exitShares: 26n,
  unsettled: 28n,
};

/** The vault's mapping of its assets. @source VaultBase.sol */
const VAULT_ASSETS = 1n;

/** Returns the ERC-7201 root of a namespace. @source ERC-7201 */
export function namespaceRoot(name: string): Bytes32 {
  const inner = bytesToUint(keccak256(asciiToBytes(name))) - 1n;
  return bytes32(bytesToHex(Uint8Array.from(keccak256(uintToBytes(inner, 32)), (byte, at) => (at === 31 ? 0 : byte))));
}

const JOURNAL_NAMESPACE = namespaceRoot('surety.journal');
const REPLICA_NAMESPACE = namespaceRoot('surety.replica');
const REWIND_NAMESPACE = namespaceRoot('surety.rewind');

/** Returns the storage slots of an edge's journal, 32 bytes each as `eth_getProof` wants them. @source JournalLib.sol */
export function journalSlots(edge: Bytes32): JournalSlots {
  const base = baseSlot(edge, JOURNAL_NAMESPACE);
  return { head: slotAt(base, 0n), count: slotAt(base, 1n) };
}

/** Returns the storage slots of an edge's replica, 32 bytes each. @source ReplicaLib.sol */
export function replicaSlots(edge: Bytes32): ReplicaSlots {
  const base = baseSlot(edge, REPLICA_NAMESPACE);
  return {
    head: slotAt(base, 0n),
    count: slotAt(base, 1n),
    anchor: slotAt(base, 2n),
    marks: slotAt(base, 3n),
    confirmedBy: slotAt(base, 4n),
  };
}

/** Returns the storage slots of the names of an edge's replica, by the edge's first name. @source RewindLib.sol */
export function rewindSlots(edge: Bytes32): RewindSlots {
  const base = baseSlot(edge, REWIND_NAMESPACE);
  return { name: slotAt(base, 0n), next: slotAt(base, 1n), counts: slotAt(base, 3n) };
}

/** Returns the slot of a line at the ledger. @source LedgerSlots.sol */
export function lineSlot(account: Bytes32, assetId: number): Bytes32 {
  return slotAt(entrySlot(BigInt(assetId), entrySlot(wordOf(account), LEDGER_SLOTS.lines)), 0n);
}

/** Returns the slot of an account's header at the ledger. @source LedgerSlots.sol */
export function headerSlot(account: Bytes32): Bytes32 {
  return slotAt(entrySlot(wordOf(account), LEDGER_SLOTS.headers), 0n);
}

/** Returns the slot of an operator's rights at the ledger. @source LedgerSlots.sol */
export function operatorSlot(account: Bytes32, operator: Address): Bytes32 {
  const rights = entrySlot(wordOf(account), LEDGER_SLOTS.operators);
  return slotAt(entrySlot(bytesToUint(hexToBytes(operator, 20)), rights), 0n);
}

/**
 * Returns the slot of a protocol's registered share in an account's exit, by the protocol's index.
 * @source LedgerSlots.sol
 */
export function exitShareSlot(account: Bytes32, protocol: number): Bytes32 {
  const shares = entrySlot(wordOf(account), LEDGER_SLOTS.exitShares);
  return slotAt(entrySlot(BigInt(protocol), shares), 0n);
}

/** Reads the protocols that a header names, by their indices, in its order. @source LedgerSlots.sol */
export function parseHeaderProtocols(word: bigint): readonly number[] {
  return [0n, 32n, 64n, 96n].map((at) => Number(BigInt.asUintN(32, word >> at))).filter((index) => index !== 0);
}

/** Returns the slots of a source at the ledger that never change. @source LedgerStorage.SourceRecord */
export function sourceSlots(source: number): SourceSlots {
  const base = entrySlot(BigInt(source), LEDGER_SLOTS.sources);
  return { edge: slotAt(base, 1n), outboundEdge: slotAt(base, 2n), place: slotAt(base, 3n) };
}

/** Reads the slot that says where a source's vault is; both fields are 0 if the source is not listed. */
export function parseSourcePlaceWord(word: bigint): { readonly vault: Address; readonly originChainId: number } {
  const vault = address(bytesToHex(uintToBytes(BigInt.asUintN(160, word), 20)));
  return { vault, originChainId: Number(BigInt.asUintN(64, word >> 160n)) };
}

/** Returns the slot of the auction that was set last at the ledger. @source LedgerStorage.sol */
export function auctionNextSlot(): Bytes32 {
  return slotAt(LEDGER_SLOTS.auctionNext, 0n);
}

/** Reads the auction that was set last, and the time in seconds from which it counts; 0 if none was ever set. */
export function parseAuctionNextWord(word: bigint): { readonly next: Address; readonly from: number } {
  const next = address(bytesToHex(uintToBytes(BigInt.asUintN(160, word), 20)));
  return { next, from: Number(BigInt.asUintN(40, word >> 160n)) };
}

/** Returns the first slot of an asset at the ledger. @source LedgerSlots.sol */
export function assetSlot(assetId: number): Bytes32 {
  return slotAt(entrySlot(BigInt(assetId), LEDGER_SLOTS.assets), 0n);
}

/** Returns the slot of the sums of an asset at the ledger. @source LedgerStorage.AssetRecord */
export function assetSumsSlot(assetId: number): Bytes32 {
  return slotAt(entrySlot(BigInt(assetId), LEDGER_SLOTS.assets), 1n);
}

/** Reads the first slot of an asset at the ledger. @source LedgerStorage.AssetRecord */
export function parseAssetPlaceWord(word: bigint): AssetPlaceWord {
  const field = (bits: number, shift: bigint): number => Number(BigInt.asUintN(bits, word >> shift));
  return { source: field(16, 0n), vaultAsset: field(16, 16n), decimals: field(8, 48n) };
}

/** Reads the terms in the first slot of an asset at the ledger; 0 stands in all of them if it is not listed. */
export function parseAssetTermsWord(word: bigint): AssetTermsWord {
  const field = (shift: bigint): number => Number(BigInt.asUintN(16, word >> shift));
  return { ...parseAssetPlaceWord(word), underlying: field(32n), ownPrice: field(224n) };
}

/** Returns the slot that holds how many assets the ledger lists. @source LedgerStorage.sol */
export function assetCountSlot(): Bytes32 {
  return slotAt(LEDGER_SLOTS.assetCount, 0n);
}

/** Reads the number of listed assets from its slot, which the risk manager's address shares. */
export function parseAssetCountWord(word: bigint): number {
  return Number(BigInt.asUintN(16, word >> 160n));
}

/** Reads the sums of an asset: the units of all lines, and the parked ones. */
export function parseAssetSumsWord(word: bigint): { readonly credited: bigint; readonly parked: bigint } {
  return { credited: BigInt.asUintN(104, word), parked: BigInt.asUintN(104, word >> 104n) };
}

/** Returns the slots of an asset at its vault. */
export function vaultAssetSlots(vaultAsset: number): VaultAssetSlots {
  const base = entrySlot(BigInt(vaultAsset), VAULT_ASSETS);
  return { token: slotAt(base, 0n), accounted: slotAt(base, 1n), owed: slotAt(base, 4n) };
}

/** Returns the slot of an address in a mapping of any contract, such as a token's balances. */
export function mappedSlot(key: Address, mapping: { readonly slot: Bytes32; readonly order: MappingOrder }): Bytes32 {
  const [held, at] = [uintToBytes(bytesToUint(hexToBytes(key, 20)), 32), hexToBytes(mapping.slot, 32)];
  const pair = mapping.order === 'key-first' ? concatBytes(held, at) : concatBytes(at, held);
  return bytes32(bytesToHex(keccak256(pair)));
}

/** Returns the first two slots of a parked credit at the ledger: its account, its amount. @source LedgerSlots.sol */
export function parkedSlots(source: number, index: bigint): { readonly account: Bytes32; readonly amount: Bytes32 } {
  const base = entrySlot(index, entrySlot(BigInt(source), LEDGER_SLOTS.parked));
  return { account: slotAt(base, 0n), amount: slotAt(base, 1n) };
}

/** Returns the slot of the ledger's record of a release: 0 once it came back. @source LedgerSlots.sol */
export function releasedSlot(source: number, seq: bigint): Bytes32 {
  return slotAt(entrySlot(seq, entrySlot(BigInt(source), LEDGER_SLOTS.released)), 0n);
}

/**
 * Returns the first slot of the amounts of an asset that a rewind of the ledger's replica left unsettled.
 * @source LedgerSlots.sol
 */
export function unsettledSlot(source: number, vaultAsset: number): Bytes32 {
  return slotAt(entrySlot(BigInt(vaultAsset), entrySlot(BigInt(source), LEDGER_SLOTS.unsettled)), 0n);
}

/** Reads the second slot of a journal. */
export function parseJournalCountWord(word: bigint): JournalCountWord {
  return {
    count: BigInt.asUintN(64, word),
    lastAppend: BigInt.asUintN(40, word >> 64n),
  };
}

/** Reads the second slot of a replica. */
export function parseReplicaCountWord(word: bigint): ReplicaCountWord {
  return { count: BigInt.asUintN(64, word), generation: Number(BigInt.asUintN(32, word >> 216n)) };
}

/** Reads the counts of a replica's newest rewind: its point, and the count past which it has unwound. */
export function parseRewindCountsWord(word: bigint): { readonly count: bigint; readonly point: bigint } {
  return { count: BigInt.asUintN(64, word), point: BigInt.asUintN(64, word >> 64n) };
}

/** Slot of a mapping's entry. */
function entrySlot(key: bigint, mapping: bigint): bigint {
  return bytesToUint(keccak256(concatBytes(uintToBytes(key, 32), uintToBytes(mapping, 32))));
}

function wordOf(word: Bytes32): bigint {
  return bytesToUint(hexToBytes(word, 32));
}

function baseSlot(edge: Bytes32, namespace: Bytes32): bigint {
  return bytesToUint(keccak256(concatBytes(hexToBytes(edge, 32), hexToBytes(namespace, 32))));
}

function slotAt(base: bigint, offset: bigint): Bytes32 {
  return bytes32(bytesToHex(uintToBytes(BigInt.asUintN(256, base + offset), 32)));
}
