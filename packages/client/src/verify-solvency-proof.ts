import { type SolvencyProofView, solvencyProofView } from '@surety/api';
import { type SolvencyLimits, type SolvencyShown, verifySolvency } from '@surety/contracts';
import { AppError } from '@surety/domain';
import { readAnswer } from './bad-answer.js';

/** The outcome of checking a proof of solvency; the code is that of the error: BAD_HEADER, BAD_PROOF, BAD_RLP, BLOCKS_APART. */
export type SolvencyOutcome =
  | ({ readonly kind: 'proven' } & SolvencyShown)
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string };

/** Reads a proof of solvency from JSON, as `surety proof solvency --json` writes it. @throws BAD_ANSWER naming the first member that does not fit. */
export function parseSolvencyProof(json: unknown): SolvencyProofView {
  return readAnswer(solvencyProofView, json);
}

/**
 * Checks, without any connection, that a proof of solvency follows from the blocks that it names, and returns what it shows of each
 * asset. The hashes of the blocks, the addresses of ledger and vaults and the tokens' mappings are yours to compare with those that
 * you know; assets in `missing`, and those whose standing is `balance-unproven`, may be short.
 */
export function verifySolvencyProof(proof: SolvencyProofView, limits: SolvencyLimits = {}): SolvencyOutcome {
  try {
    return { kind: 'proven', ...verifySolvency(proof, limits) };
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    return { kind: 'refused', code: cause.code, detail: cause.message };
  }
}
