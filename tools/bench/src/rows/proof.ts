import { verifyMerkleProof } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import { keccak256 } from '@surety/contracts';
import {
  type AccountProof,
  type Bytes32,
  address,
  bytes32,
  bytesToHex,
  hexToBytes,
  uintToBytes,
  verifyStateProof,
} from '@surety/domain';
import { alternate } from '../alternate.js';
import { buildProofWorld } from '../proof-world.js';
import type { Measurement } from '../row.js';

const PROOFS = 256;
/** The fast side repeats its work, so that both take long enough to time. */
const REPEATS = 4;
const ACCOUNTS = 3_000;
const SLOTS = 4_000;

const slotAt = (at: number): Bytes32 => bytes32(bytesToHex(uintToBytes(BigInt(at), 32)));

/** Account and storage proofs with this project's verifier, with the maintained trie library, and hashing their nodes alone. */
export const proofRows: Measurement = {
  ids: ['proof.verify', 'proof.hash-floor'],
  measure: async () => {
    const contract = address(`0x${'c0'.repeat(20)}`);
    const world = await buildProofWorld({
      accounts: ACCOUNTS,
      contract,
      slots: new Map(Array.from({ length: SLOTS }, (_, at) => [slotAt(at), BigInt(at) ** 5n + 1n])),
    });
    // Every fourth slot was never written: its absence is proved.
    const wanted = Array.from({ length: PROOFS }, (_, at) => slotAt(at % 4 === 3 ? SLOTS + at : at * 13));
    const proofs = await Promise.all(wanted.map(async (slot) => ({ slot, proof: await world.prove([slot]) })));
    const ours = (): string[] =>
      proofs.map(({ slot, proof }) => {
        const proven = verifyStateProof(
          { stateRoot: world.stateRoot, address: contract, slots: [slot], proof },
          keccak256,
        );
        return `${proven?.codeHash}:${proven?.values[0]}`;
      });
    const root = hexToBytes(world.stateRoot, 32);
    const theirs = async (): Promise<string[]> => {
      const results: string[] = [];
      for (const { slot, proof } of proofs) results.push(await verifyWithLibrary({ root, contract, slot, proof }));
      return results;
    };
    const hashes = (): void => {
      for (const { proof } of proofs) {
        for (const node of proof.accountNodes) keccak256(node);
        for (const nodes of proof.slotNodes) for (const node of nodes) keccak256(node);
      }
    };
    return [
      await alternate({
        id: 'proof.verify',
        subject: { items: PROOFS * (REPEATS + 1), run: () => (repeat(ours), ours()) },
        reference: { items: PROOFS, run: theirs },
        unit: 'proofs/s',
        against: '@ethereumjs/mpt',
      }),
      await alternate({
        id: 'proof.hash-floor',
        subject: { items: PROOFS * REPEATS, run: () => repeat(ours) },
        reference: { items: PROOFS * REPEATS, run: () => repeat(hashes) },
        unit: 'proofs/s',
        against: 'hashing the nodes',
        floor: true,
      }),
    ];
  },
};

function repeat(work: () => unknown): void {
  for (let at = 0; at < REPEATS; at++) work();
}

async function verifyWithLibrary(of: {
  root: Uint8Array;
  contract: string;
  slot: Bytes32;
  proof: AccountProof;
}): Promise<string> {
  const account = await verifyMerkleProof(hexToBytes(of.contract, 20), [...of.proof.accountNodes], {
    useKeyHashing: true,
    root: of.root,
  });
  if (account === null) return 'undefined:undefined';
  const [, , storageRoot, codeHash] = RLP.decode(account) as Uint8Array[];
  const stored = await verifyMerkleProof(hexToBytes(of.slot, 32), [...(of.proof.slotNodes[0] ?? [])], {
    useKeyHashing: true,
    ...(storageRoot === undefined ? {} : { root: storageRoot }),
  });
  const value = stored === null ? new Uint8Array() : (RLP.decode(stored) as Uint8Array);
  const word = new Uint8Array(32);
  word.set(value, 32 - value.length);
  return `${bytesToHex(codeHash ?? new Uint8Array())}:${bytesToHex(word)}`;
}
