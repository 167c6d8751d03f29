import {
  type Address,
  type Halt,
  type Hex,
  type Keccak256,
  type MarginReport,
  type PostedEntries,
  type StatementDomain,
  bytes32,
  bytesToHex,
  haltDigest,
  hexToBytes,
  postedEntriesDigest,
  statementDigest,
  uintToBytes,
} from '@surety/domain';
import { attestError } from '../attest/errors.js';
import type { Attester, HistoryRow, SignedStatement, SigningHistory, VerifiedStatement } from '../ports/attester.js';

/** Signs with a hash of its name instead of a key: equal digests give equal bytes, other names give others. */
export class FakeAttester implements Attester {
  readonly address: Address;
  readonly #history: SigningHistory;
  readonly #keccak256: Keccak256;
  /** Statements signed, in order. */
  readonly signed: SignedStatement[] = [];
  /** Thrown between recording and signing while set, to simulate a crash there. */
  crash: Error | undefined;

  constructor(options: { address: Address; history: SigningHistory; keccak256: Keccak256 }) {
    this.address = options.address;
    this.#history = options.history;
    this.#keccak256 = options.keccak256;
  }

  async sign(statements: readonly VerifiedStatement[], domain: StatementDomain): Promise<readonly SignedStatement[]> {
    const rows = statements.flatMap(({ originChainId, statement }): HistoryRow[] => [
      { kind: 'head', edge: statement.edge, count: statement.count, value: statement.head },
      {
        kind: 'tip',
        edge: statement.edge,
        asOf: statement.asOf,
        height: statement.blockNumber,
        value: bytes32(bytesToHex(uintToBytes(statement.tip, 32))),
      },
      {
        kind: 'block',
        chainId: originChainId,
        height: statement.blockNumber,
        value: statement.blockHash as string as Hex as HistoryRow['value'],
      },
    ]);
    const outcome = await this.#history.record(rows);
    if (outcome.kind === 'contradicted') throw attestError('CONTRADICTION', 'the statement contradicts a recorded one');
    if (this.crash !== undefined) throw this.crash;
    const signed = statements.map(({ statement }) => ({
      statement,
      signer: this.address,
      signature: this.#mark(statementDigest(statement, domain, this.#keccak256)),
    }));
    this.signed.push(...signed);
    return signed;
  }

  async signPosted(posted: PostedEntries, domain: StatementDomain): Promise<Hex> {
    return this.#mark(postedEntriesDigest(posted, domain, this.#keccak256));
  }

  async signHalt(halt: Halt, domain: StatementDomain): Promise<Hex> {
    return this.#mark(haltDigest(halt, domain, this.#keccak256));
  }

  async signReport({ inputsHash }: MarginReport): Promise<Hex> {
    return this.#mark(inputsHash);
  }

  async judge(
    found: SignedStatement,
    domain: StatementDomain,
  ): Promise<'foreign' | 'known' | 'unknown' | 'contradicted'> {
    const { statement } = found;
    if (found.signature !== this.#mark(statementDigest(statement, domain, this.#keccak256))) return 'foreign';
    const stored = await this.#history.readHead(statement.edge, statement.count);
    if (stored === undefined) return 'unknown';
    return stored === statement.head ? 'known' : 'contradicted';
  }

  #mark(digest: Hex): Hex {
    const word = this.#keccak256(hexToBytes(`${digest}${this.address.slice(2)}`));
    return bytesToHex(new Uint8Array([...word, ...word, 27]));
  }
}
