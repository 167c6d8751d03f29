import { type Keccak256, bytesToHex, bytesToUint, hexToBytes, uintToBytes } from '../hex.js';
import { type Address, type Bytes32, bytes32 } from '../units.js';
import { proofError } from './proof-error.js';
import { type RlpItem, decodeRlp } from './rlp.js';
import { verifyTrieProof } from './trie-proof.js';

/** The nodes that prove one account and some of its slots, in the order the slots were asked for. */
export interface AccountProof {
  readonly accountNodes: readonly Uint8Array[];
  readonly slotNodes: readonly (readonly Uint8Array[])[];
}

/** An account as the state root commits to it. */
export interface ProvenAccount {
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly storageRoot: Bytes32;
  readonly codeHash: Bytes32;
  /** One word per slot, 0 for a slot that holds nothing. */
  readonly values: readonly Bytes32[];
}

/**
 * Verifies an account and some of its storage slots under a state root. Returns undefined for an account that provably
 * does not exist.
 * @throws BAD_PROOF, BAD_RLP.
 */
export function verifyStateProof(
  request: { stateRoot: Bytes32; address: Address; slots: readonly Bytes32[]; proof: AccountProof },
  keccak256: Keccak256,
): ProvenAccount | undefined {
  const { proof, slots } = request;
  if (proof.slotNodes.length !== slots.length) {
    throw proofError('BAD_PROOF', `the proof covers ${proof.slotNodes.length} slots; expected ${slots.length}`);
  }
  const leaf = verifyTrieProof(
    { root: request.stateRoot, key: hexToBytes(request.address, 20), nodes: proof.accountNodes },
    keccak256,
  );
  if (leaf === undefined) return undefined;
  const account = readAccount(leaf);
  const values = slots.map((slot, at) => {
    const nodes = proof.slotNodes[at] ?? [];
    return readWord(verifyTrieProof({ root: account.storageRoot, key: hexToBytes(slot, 32), nodes }, keccak256));
  });
  return { ...account, values };
}

/** An account's leaf: nonce, balance, storage root, code hash. @source Ethereum Yellow Paper, section 4.1 */
function readAccount(leaf: Uint8Array): Omit<ProvenAccount, 'values'> {
  const item = decodeRlp(leaf);
  if (item.kind !== 'list' || item.items.length !== 4)
    throw proofError('BAD_PROOF', 'an account does not have 4 fields');
  const [nonce, balance, storageRoot, codeHash] = item.items;
  return {
    nonce: readInteger(nonce, 8),
    balance: readInteger(balance, 32),
    storageRoot: readHash(storageRoot),
    codeHash: readHash(codeHash),
  };
}

function readWord(leaf: Uint8Array | undefined): Bytes32 {
  // Ethereum's trie drops a slot that becomes 0; a local node's trie may keep it as 0.
  const value = leaf === undefined ? 0n : readInteger(decodeRlp(leaf), 32);
  return bytes32(bytesToHex(uintToBytes(value, 32)));
}

function readInteger(item: RlpItem | undefined, bytesMax: number): bigint {
  if (item?.kind !== 'string' || item.payload.length > bytesMax || item.payload[0] === 0) {
    throw proofError(
      'BAD_PROOF',
      `a number is not canonical; expected at most ${bytesMax} bytes without leading zeros`,
    );
  }
  return bytesToUint(item.payload);
}

function readHash(item: RlpItem | undefined): Bytes32 {
  if (item?.kind !== 'string' || item.payload.length !== 32)
    throw proofError('BAD_PROOF', 'a hash does not have 32 bytes');
  return bytes32(bytesToHex(item.payload));
}
