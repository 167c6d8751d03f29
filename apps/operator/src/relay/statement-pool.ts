import { attesterSetAbi, keccak256 } from '@surety/contracts';
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
import { BaseError, ContractFunctionRevertedError, type PublicClient, recoverAddress } from 'viem';
import type { RelayedEdge } from './relayed-edges.js';

/** Half the order of secp256k1, rounded down. @source AttesterSet.sol */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/** A statement with some signatures, as files and `GET /v1/edges/:id/statements` hold it. */
export interface HeldStatement {
  readonly statement: SignedStatement['statement'];
  /** 65 bytes each. */
  readonly signatures: Hex;
}

/** Reads the held statements of one edge for counts above a number. */
export type ReadHeld = (edge: Bytes32, after: bigint, signal?: AbortSignal) => Promise<readonly HeldStatement[]>;

/**
 * Statements from any source, each signature recovered and compared with the members of its epoch as the destination's
 * own attester set names them. So a file needs no trust.
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

  /** Says whose valid signature it is; undefined for one that no member gave. */
  readonly judge: GatherOptions['judge'] = (signed) => this.#judged.get(signed);

  /** Makes a source of what is held somewhere. */
  sourceOf(readHeld: ReadHeld): StatementSource {
    return {
      readSigned: async (edge, { after }, signal) => {
        const held = await readHeld(edge, after, signal);
        const parts = await Promise.all(held.map((one) => this.#split(one)));
        return parts.flat();
      },
    };
  }

  /** Takes a statement's signatures apart and keeps those of members. */
  async #split({ statement, signatures }: HeldStatement): Promise<SignedStatement[]> {
    if (statement.edge !== this.#edge.journal.edgeId) return [];
    const members = await this.#membersOf(statement.epoch);
    const digest = statementDigest(statement, this.#edge.domain, keccak256);
    const bytes = hexToBytes(signatures);
    const signed: SignedStatement[] = [];
    for (let at = 0; at + 65 <= bytes.length; at += 65) {
      const signature = bytesToHex(bytes.subarray(at, at + 65));
      // Another form of a member's signature recovers to it too, and the verifier refuses the whole batch for it.
      if (!isCanonical(signature)) continue;
      const signer = await recoverAddress({ hash: digest, signature }).then(address, () => undefined);
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

/** Says whether a signature has the one form that the verifier takes: low-s, v 27 or 28. */
function isCanonical(signature: Hex): boolean {
  return /1[bc]$/i.test(signature) && BigInt(`0x${signature.slice(66, 130)}`) <= HALF_ORDER;
}

/** An epoch that the verifier does not know has no members: a file may name any. */
function isRevert(error: unknown): boolean {
  return error instanceof BaseError && error.walk((one) => one instanceof ContractFunctionRevertedError) !== null;
}
