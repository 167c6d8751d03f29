import { attesterSetAbi, keccak256, recoverCanonical } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type Hex,
  address,
  bytesToHex,
  hexToBytes,
  quorumOf,
  statementDigest,
} from '@surety/domain';
import type { GatherOptions, SignedStatement, StatementSource } from '@surety/workflows';
import { BaseError, ContractFunctionRevertedError, type PublicClient } from 'viem';
import type { RelayedEdge } from './relayed-edges.js';

/** A statement with some signatures, as files and `GET /v1/edges/:id/statements` have it. */
export interface HeldStatement {
  readonly statement: SignedStatement['statement'];
  /** 65 bytes each. */
  readonly signatures: Hex;
}

/** Reads the held statements that carry a name of an edge, for counts above a number. */
export type ReadHeld = (edge: Bytes32, after: bigint, signal?: AbortSignal) => Promise<readonly HeldStatement[]>;

/**
 * Statements from any source. Each signature is recovered and compared with its epoch's members at the destination's
 * own attester set, so a file needs no trust.
 */
export class StatementPool {
  readonly #edge: RelayedEdge;
  readonly #destination: PublicClient;
  readonly #members = new Map<number, Promise<readonly Address[]>>();
  readonly #judged = new WeakMap<SignedStatement, { readonly digest: Bytes32; readonly quorum: number }>();

  constructor(edge: RelayedEdge, destination: PublicClient) {
    this.#edge = edge;
    this.#destination = destination;
  }

  /** Returns the member whose valid signature it is; undefined for one that no member gave. */
  readonly judge: GatherOptions['judge'] = (signed) => this.#judged.get(signed);

  /** Makes a source of what is held somewhere, by the name that statements carry now. */
  sourceOf(readHeld: ReadHeld): StatementSource {
    return {
      readSigned: async (edge, { after }, signal) => {
        const held = await readHeld(edge, after, signal);
        const named = held.filter(({ statement }) => statement.edge === edge);
        const parts = await Promise.all(named.map((one) => this.#split(one)));
        return parts.flat();
      },
    };
  }

  /** Takes a statement's signatures apart and keeps those of members; nothing of one that has more of them than there are members. */
  async #split({ statement, signatures }: HeldStatement): Promise<SignedStatement[]> {
    const members = await this.#membersOf(statement.epoch);
    const digest = statementDigest(statement, this.#edge.domain, keccak256);
    const bytes = hexToBytes(signatures);
    // A recovery takes milliseconds, and nothing else runs meanwhile: whoever serves a statement must not choose how many there are.
    if (bytes.length > 65 * members.length) return [];
    const signed: SignedStatement[] = [];
    for (let at = 0; at + 65 <= bytes.length; at += 65) {
      const signature = bytesToHex(bytes.subarray(at, at + 65));
      const signer = await recoverCanonical(digest, signature);
      if (signer === undefined || !members.includes(signer)) continue;
      const one = { statement, signer, signature };
      this.#judged.set(one, { digest, quorum: quorumOf(members.length) });
      signed.push(one);
    }
    return signed;
  }

  #membersOf(epoch: number): Promise<readonly Address[]> {
    const held = this.#members.get(epoch);
    if (held !== undefined) return held;
    const read = this.#destination
      .readContract({
        address: this.#edge.domain.verifyingContract,
        abi: attesterSetAbi,
        functionName: 'members',
        args: [epoch],
      })
      .then(
        (members) => members.map((member) => address(member)),
        (error: unknown) => {
          if (isRevert(error)) return [];
          this.#members.delete(epoch);
          throw error;
        },
      );
    this.#members.set(epoch, read);
    return read;
  }
}

/** An epoch that the verifier does not know has no members: a file may name any. */
function isRevert(error: unknown): boolean {
  return error instanceof BaseError && error.walk((one) => one instanceof ContractFunctionRevertedError) !== null;
}
