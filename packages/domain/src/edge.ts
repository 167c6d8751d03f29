import { type Keccak256, asciiToBytes, bytesToHex, concatBytes, hexToBytes, uintToBytes } from './hex.js';
import { type Address, type Bytes32, type ChainId, bytes32 } from './units.js';

/** The ledger's index of the vault on its own chain. @source PROTOCOL section 4.2 */
export const LOCAL_SOURCE = 0;

/** One journal and its one reader. @source PROTOCOL section 3.2 */
export interface Edge {
  readonly originChainId: ChainId | bigint;
  readonly journal: Address;
  readonly destinationChainId: ChainId | bigint;
  readonly replica: Address;
}

/** The rewind behind the name that statements about a journal carry. */
export interface Rewound {
  /** Number of rewinds so far. */
  readonly generation: number;
  /** Head to which it was rewound last, 0 for generation 0. */
  readonly previousHead: Bytes32;
}

/** Direction of an edge: from a vault's journal to the ledger, or from the ledger's journal to a vault. */
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

/** Returns one of the two edges between the ledger and a vault. */
export function edgeBetween(ends: EdgeEnds, direction: EdgeDirection): Edge {
  const { settlementChainId, ledger, vaultChainId, vault } = ends;
  return direction === 'to-ledger'
    ? { originChainId: vaultChainId, journal: vault, destinationChainId: settlementChainId, replica: ledger }
    : { originChainId: settlementChainId, journal: ledger, destinationChainId: vaultChainId, replica: vault };
}

const EDGE_TYPE = asciiToBytes('surety.edge.v1');

/** A replica that was never rewound. */
const NEVER_REWOUND: Rewound = { generation: 0, previousHead: ZERO_WORD };

/**
 * Returns the first name of an edge: head[0] of its journal, which never changes. Entries, positions and witnesses' records are
 * kept under it, and statements carry it until the replica is rewound.
 * @source PROTOCOL section 3.2
 */
export function edgeId(edge: Edge, keccak256: Keccak256): Bytes32 {
  return edgeName(edge, NEVER_REWOUND, keccak256);
}

/**
 * Returns the name of an edge that statements carry after a number of rewinds, the last of them to a head.
 * @source PROTOCOL section 3.2
 */
export function edgeName(edge: Edge, rewound: Rewound, keccak256: Keccak256): Bytes32 {
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
          uintToBytes(BigInt(rewound.generation), 32),
          hexToBytes(rewound.previousHead, 32),
        ),
      ),
    ),
  );
}
