import {
  type Bytes32,
  type JournalPosition,
  type Keccak256,
  asciiToBytes,
  bytes32,
  bytesToHex,
  bytesToUint,
  concatBytes,
  hexToBytes,
  uintToBytes,
} from '@surety/domain';

/** Gives the ERC-7201 root of a namespace: keccak256(keccak256(id) − 1) with the last byte 0. @source ERC-7201 */
export function namespaceSlot(id: string, keccak256: Keccak256): Bytes32 {
  const inner = bytesToUint(keccak256(asciiToBytes(id)));
  const root = keccak256(uintToBytes(inner - 1n, 32));
  root[31] = 0;
  return bytes32(bytesToHex(root));
}

/** Gives the slot `offset` words after keccak256(edge ‖ root of the namespace). */
export function edgeSlot(namespace: Bytes32, edge: Bytes32, offset: bigint, keccak256: Keccak256): Bytes32 {
  const base = bytesToUint(keccak256(concatBytes(hexToBytes(edge, 32), hexToBytes(namespace, 32))));
  return bytes32(bytesToHex(uintToBytes((base + offset) % 2n ** 256n, 32)));
}

/** Gives the two slots of an edge's journal: its head; then count, generation and time packed. @source JournalLib.sol */
export function journalSlots(edge: Bytes32, keccak256: Keccak256): readonly [head: Bytes32, state: Bytes32] {
  const namespace = namespaceSlot('surety.journal', keccak256);
  return [edgeSlot(namespace, edge, 0n, keccak256), edgeSlot(namespace, edge, 1n, keccak256)];
}

/** A journal as its two slots say it. */
export interface StoredJournal {
  readonly position: JournalPosition;
  readonly generation: number;
  /** Seconds. */
  readonly lastAppend: bigint;
}

/** Reads a journal's two slots; undefined if the edge was never opened. Packed from the right: u64 count, u32 generation, u40 time. */
export function readStoredJournal(head: Bytes32, state: Bytes32): StoredJournal | undefined {
  if (BigInt(head) === 0n) return undefined;
  const packed = BigInt(state);
  return {
    position: { count: packed & (2n ** 64n - 1n), head },
    generation: Number((packed >> 64n) & (2n ** 32n - 1n)),
    lastAppend: (packed >> 96n) & (2n ** 40n - 1n),
  };
}
