import { type Keccak256, asciiToBytes, bytesToHex, concatBytes, hexToBytes, uintToBytes } from './hex.js';
import { type Address, type Bytes32, type ChainId, bytes32 } from './units.js';

/** One journal and its reader: what `head[0]` commits to. @source PROTOCOL section 3 */
export interface Edge {
  readonly originChainId: ChainId | bigint;
  readonly journal: Address;
  readonly destinationChainId: ChainId | bigint;
  readonly replica: Address;
  readonly generation: number;
  /** 0 for generation 0; else the head at which the generation before was closed. */
  readonly previousHead: Bytes32;
}

/** Which way an edge leads: from a vault's journal to the ledger, or from the ledger's journal to a vault. */
export type EdgeDirection = 'to-ledger' | 'to-vault';

/** The two contracts that a vault's two edges connect. */
export interface EdgeEnds {
  readonly settlementChainId: ChainId | bigint;
  readonly ledger: Address;
  readonly vaultChainId: ChainId | bigint;
  readonly vault: Address;
}

/** The word of 32 zero bytes. */
export const ZERO_WORD = `0x${'0'.repeat(64)}` as Bytes32;

/** Gives one of the two edges between the ledger and a vault, in generation 0. */
export function edgeBetween(ends: EdgeEnds, direction: EdgeDirection): Edge {
  const { settlementChainId, ledger, vaultChainId, vault } = ends;
  const path =
    direction === 'to-ledger'
      ? { originChainId: vaultChainId, journal: vault, destinationChainId: settlementChainId, replica: ledger }
      : { originChainId: settlementChainId, journal: ledger, destinationChainId: vaultChainId, replica: vault };
  return { ...path, generation: 0, previousHead: ZERO_WORD };
}

/**
 * Gives all generations of one of the two edges, the first one first and the one of now last. `closedHeads` are the heads at which
 * the earlier ones were closed, in order: the next one's name commits to each.
 */
export function generationsBetween(
  ends: EdgeEnds,
  direction: EdgeDirection,
  closedHeads: readonly Bytes32[],
): readonly Edge[] {
  const first = edgeBetween(ends, direction);
  return [first, ...closedHeads.map((previousHead, at) => ({ ...first, generation: at + 1, previousHead }))];
}

const EDGE_TYPE = asciiToBytes('surety.edge.v1');

/** Gives head[0] of an edge, which is the edge's name. @source PROTOCOL section 3 */
export function edgeId(edge: Edge, keccak256: Keccak256): Bytes32 {
  const zeros = new Uint8Array(12);
  return bytes32(
    bytesToHex(
      keccak256(
        concatBytes(
          keccak256(EDGE_TYPE),
          uintToBytes(BigInt(edge.originChainId), 32),
          concatBytes(zeros, hexToBytes(edge.journal, 20)),
          uintToBytes(BigInt(edge.destinationChainId), 32),
          concatBytes(zeros, hexToBytes(edge.replica, 20)),
          uintToBytes(BigInt(edge.generation), 32),
          hexToBytes(edge.previousHead, 32),
        ),
      ),
    ),
  );
}
