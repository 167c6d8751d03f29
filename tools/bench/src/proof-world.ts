import { RLP } from '@ethereumjs/rlp';
import { MerklePatriciaTrie, createMPT, createMerkleProof } from '@ethereumjs/mpt';
import { keccak256 } from '@surety/contracts';
import {
  type AccountProof,
  type Address,
  type Bytes32,
  address,
  bytes32,
  bytesToHex,
  hexToBytes,
  uintToBytes,
} from '@surety/domain';

/** A state with one contract among many accounts, built by the maintained trie library. */
export interface ProofWorld {
  readonly stateRoot: Bytes32;
  readonly contract: Address;
  readonly codeHash: Bytes32;
  /** Returns the proof of some slots of the contract. */
  readonly prove: (slots: readonly Bytes32[]) => Promise<AccountProof>;
  /** Returns the proof that some other account is, or is not, there. */
  readonly proveAccount: (of: Address) => Promise<readonly Uint8Array[]>;
}

/** Builds a state of some accounts and some slots of one contract at the given words. */
export async function buildProofWorld(options: {
  accounts: number;
  contract: Address;
  slots: ReadonlyMap<Bytes32, bigint>;
}): Promise<ProofWorld> {
  const storage = await createMPT({ useKeyHashing: true });
  for (const [slot, value] of options.slots) {
    await storage.put(hexToBytes(slot, 32), RLP.encode(value));
  }
  const codeHash = keccak256(Uint8Array.of(0x60, 0x01));
  const state = await createMPT({ useKeyHashing: true });
  const put = (of: Address, storageRoot: Uint8Array, code: Uint8Array): Promise<void> =>
    state.put(hexToBytes(of, 20), RLP.encode([1n, 5n, storageRoot, code]));
  const empty = (await createMPT({ useKeyHashing: true })).root();
  for (let at = 0; at < options.accounts; at++) {
    await put(
      address(bytesToHex(keccak256(uintToBytes(BigInt(at), 32)).slice(12))),
      empty,
      keccak256(new Uint8Array()),
    );
  }
  await put(options.contract, storage.root(), codeHash);
  const nodes = async (trie: MerklePatriciaTrie, key: Uint8Array): Promise<Uint8Array[]> =>
    createMerkleProof(trie, key);
  return {
    stateRoot: bytes32(bytesToHex(state.root())),
    contract: options.contract,
    codeHash: bytes32(bytesToHex(codeHash)),
    prove: async (slots) => ({
      accountNodes: await nodes(state, hexToBytes(options.contract, 20)),
      slotNodes: await Promise.all(slots.map((slot) => nodes(storage, hexToBytes(slot, 32)))),
    }),
    proveAccount: (of) => nodes(state, hexToBytes(of, 20)),
  };
}
