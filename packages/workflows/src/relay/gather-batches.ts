import { type Address, AppError, type Bytes32, ENTRY_BYTES, bytesToHex, concatBytes, hexToBytes } from '@surety/domain';
import type { AttestedStatement } from '../ports/aggregator-api.js';
import type { SignedStatement } from '../ports/attester.js';
import type { BatchSource, EntryBytes, StatementSource } from '../ports/batch-source.js';
import { SIGNED_STATEMENTS_MAX } from './limits.js';

/** Sources of the parts of batches, and the verifier of signatures. */
export interface GatherOptions {
  /** All are asked, and their statements combined: files, aggregators, watchers' logs. */
  readonly statements: readonly StatementSource[];
  /** Asked in turn until one returns everything requested: chain logs, aggregators. */
  readonly entries: readonly EntryBytes[];
  /**
   * Returns the digest of a statement that a member of its epoch has truly signed, and the signatures that epoch asks for;
   * undefined for any other. `judgeStatement` is one.
   */
  readonly judge: (signed: SignedStatement) => { readonly digest: Bytes32; readonly quorum: number } | undefined;
}

/**
 * Combines statements and entries of several sources, so that entries can be relayed without an aggregator. Signatures
 * are verified and counted here, so a lying source changes nothing.
 * @throws a source's error if no source of a kind answers; BAD_ENTRIES, NO_SOURCE.
 */
export function gatherBatches(options: GatherOptions): BatchSource {
  let turn = 0;
  return {
    async readAttested(edge, counts, signal) {
      const signed = await firstOfAll(options.statements, edge, (one) => one.readSigned(edge, counts, signal));
      // The same number from each source, so that one that floods does not crowd out the others.
      const wanted = signed.flatMap((own) =>
        own
          .filter(({ statement }) => statement.edge === edge && statement.count > counts.after)
          .slice(0, SIGNED_STATEMENTS_MAX),
      );
      return assemble(wanted, options.judge);
    },
    async readEntries(edge, from, to, signal) {
      turn += 1;
      const failures: unknown[] = [];
      for (let step = 0; step < options.entries.length; step++) {
        const source = options.entries[(turn + step) % options.entries.length] as EntryBytes;
        try {
          return requireAll(await source.readEntries(edge, from, to, signal), from, to);
        } catch (error) {
          signal?.throwIfAborted();
          failures.push(error);
        }
      }
      throw failures[0] ?? noSource(edge);
    },
  };
}

/** Returns the responses of all sources; silent ones are left out if another one responds. */
async function firstOfAll<Source, Value>(
  sources: readonly Source[],
  edge: Bytes32,
  ask: (source: Source) => Promise<Value>,
): Promise<Value[]> {
  const answers = await Promise.allSettled(sources.map(ask));
  const given = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (given.length === 0) throw failed?.reason ?? noSource(edge);
  return given;
}

interface Gathered {
  readonly statement: SignedStatement['statement'];
  readonly quorum: number;
  readonly signatures: Map<Address, SignedStatement['signature']>;
}

/** Combines signatures over equal bytes; returns the statements that have enough, ascending by count. */
function assemble(signed: readonly SignedStatement[], judge: GatherOptions['judge']): AttestedStatement[] {
  const byDigest = new Map<Bytes32, Gathered>();
  for (const one of signed) {
    const judged = judge(one);
    if (judged === undefined) continue;
    const { digest, quorum } = judged;
    const known = byDigest.get(digest) ?? { statement: one.statement, quorum, signatures: new Map() };
    known.signatures.set(one.signer, one.signature);
    byDigest.set(digest, known);
  }
  return [...byDigest.values()]
    .filter(({ signatures, quorum }) => signatures.size >= quorum)
    .sort((left, right) => Number(left.statement.count - right.statement.count))
    .map(({ statement, signatures }) => {
      const signers = [...signatures.keys()].sort();
      const bytes = signers.map((signer) => hexToBytes(signatures.get(signer) ?? '0x', 65));
      return { statement, signers, signatures: bytesToHex(concatBytes(...bytes)) };
    });
}

function requireAll(packed: Uint8Array, from: bigint, to: bigint): Uint8Array {
  if (BigInt(packed.length) === (to - from) * BigInt(ENTRY_BYTES)) return packed;
  throw new AppError({
    code: 'BAD_ENTRIES',
    message: `a source gave ${packed.length} bytes for entries ${from} to ${to}; expected ${ENTRY_BYTES} bytes each; another one is asked`,
    retryable: true,
  });
}

function noSource(edge: Bytes32): AppError {
  return new AppError({
    code: 'NO_SOURCE',
    message: `nothing gives statements or entries of edge ${edge}; expected at least one of each`,
  });
}
